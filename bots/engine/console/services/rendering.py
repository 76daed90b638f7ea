"""Templates to pages: the design system's macros, our own templates, and how dates and counts are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    Undefined,
)
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ...core.hours import Clock, wall_clock
from .static import Assets

LONDON = ZoneInfo("Europe/London")
TEMPLATES = Path(__file__).parents[1] / "templates"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SPANS = (("day", 86400), ("hour", 3600), ("minute", 60))
Then = datetime | float | Undefined | None
"""A moment as templates have it: the store keeps seconds since 1970."""
Around = Callable[[Request], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Which Rekey this is. `facts` stand at the foot of every page, such as {"Version": "0.1.0"}."""

    name: str
    environment: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_test(self) -> bool:
        # Whatever is not surely live is said loudly.
        return self.environment != "live"


class Pages:
    """Renders templates.

    `around` gives what every page of a request needs beside its own values: `nav`, a list of
    `{"text", "href", "current"}`, and `person`, `{"name", "href", "sign_out", "token"}`.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        assets: Assets | None = None,
        around: Around = lambda request: {},
        clock: Clock = wall_clock,
        folders: tuple[Path, ...] = (),
    ) -> None:
        self.assets = assets or Assets.read()
        self._around = around
        # The design system's macros follow options that nobody gave: that needs ChainableUndefined.
        self.environment = Environment(
            loader=_loader(folders), autoescape=True, undefined=ChainableUndefined, auto_reload=False
        )
        self.environment.globals.update(
            asset=self.assets.address, assets_missing=self.assets.missing, installation=installation
        )
        self.environment.filters.update(moment=moment, number=number, ago=lambda then: ago(then, now=clock()))

    def show(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page, with what stands around every page of this request."""
        return self.plain(template, status=status, **{**self._around(request), **values})

    def plain(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page alone: also when it is not known who asks, or nothing else works."""
        text = self.environment.get_template(template).render(values)
        return HTMLResponse(text, status_code=status)


def _loader(folders: tuple[Path, ...]) -> ChoiceLoader:
    return ChoiceLoader(
        [
            FileSystemLoader([*folders, TEMPLATES]),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )


def moment(then: Then | date) -> str:
    """Such as 2 November 2026 at 9:30am, in UK time; of a date only the day. Nothing for nothing."""
    if isinstance(then, date) and not isinstance(then, datetime):
        return f"{then.day} {_MONTHS[then.month - 1]} {then.year}"
    known = _known(then)
    if known is None:
        return ""
    there = known.astimezone(LONDON)
    return f"{moment(there.date())} at {time_of_day(there)}"


def time_of_day(there: datetime) -> str:
    """As the GOV.UK style guide wants it: 9:30am, 5pm, midday, midnight."""
    if there.minute == 0 and there.hour in (0, 12):
        return "midday" if there.hour else "midnight"
    minutes = f":{there.minute:02}" if there.minute else ""
    return f"{there.hour % 12 or 12}{minutes}{'am' if there.hour < 12 else 'pm'}"


def number(count: int | float | Undefined | None) -> str:
    """Such as 12,345."""
    return f"{count:,}" if isinstance(count, int | float) else ""


def ago(then: Then, *, now: datetime) -> str:
    """Such as 5 minutes ago, in 2 days, just now."""
    known = _known(then)
    if known is None:
        return ""
    seconds = (now - known).total_seconds()
    for name, length in _SPANS:
        many = int(abs(seconds) // length)
        if many:
            span = f"{many:,} {name}{'s' if many > 1 else ''}"
            return f"{span} ago" if seconds > 0 else f"in {span}"
    return "just now"


def _known(then: Then | date) -> datetime | None:
    if isinstance(then, int | float):
        return datetime.fromtimestamp(then, UTC)
    if not isinstance(then, datetime):
        return None
    if then.tzinfo is None:
        raise ValueError("A time without its zone cannot be shown.")
    return then

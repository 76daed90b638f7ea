"""Screen maps: the strict schema of `selectors/<system>/*.yaml`. Unknown keys are refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from ...core.brake import AT_RISK
from ...core.strict import STRICT, Pattern
from ...core.value import Format
from ..wire.declared import RequestMap, SavesMap
from .find import Find, Finds
from .opening_hours import BankHolidays, Week

Kind = Literal["text", "textarea", "select", "checkbox", "radio", "password", "display", "file"]


class Strict(BaseModel):
    model_config = STRICT


class Sign(Strict):
    """Something that a page says. All that is given must hold."""

    text: str | None = None
    heading: str | None = None
    css: str | None = None

    @model_validator(mode="after")
    def _something(self) -> Sign:
        if not (self.text or self.heading or self.css):
            raise ValueError("give text, heading or css")
        return self

    def sign(self) -> dict[str, Any]:
        return {k: v for k in ("text", "heading", "css") if (v := getattr(self, k))}


class FieldMap(Strict):
    find: Finds
    kind: Kind = "text"
    caption: str | None = None
    """The label beside the field, as people read it; a fallback must agree with it."""
    format: Format = Format.TEXT
    sensitive: bool = False
    max_length: int | None = Field(default=None, gt=0)
    default: str | None = ""
    """What an untouched field shows. `null`: the system decides; it is kept but not compared."""
    type: bool = False
    """Type it key by key: the page listens to keys."""
    posts_back: bool = False
    """Changing it makes the page anew; it is filled before the others, and what it cleared is put back."""

    dressed: bool = False
    """A script hides the control and shows another one in its place, such as a list to choose from: it is
    found although it is hidden."""
    part: str | None = None
    """The action that brings the part of the page on which it stands, such as a tab. Before that it is not
    looked for; afterwards also where another part hides it."""
    taken: Sign | None = None
    """For a file: what the page says once it has all of it."""

    @model_validator(mode="after")
    def _file_taken(self) -> FieldMap:
        if (self.kind == "file") != (self.taken is not None):
            raise ValueError("a file and `taken` go together: nobody would know that the page has all of it")
        return self

    def spec(self) -> dict[str, Any]:
        return {
            "find": [rank.plain() for rank in self.find],
            "kind": self.kind,
            "caption": self.caption,
            "hidden": self.dressed or self.part is not None,
        }


class ReceiptMap(Strict):
    """Where a success shows the target's own reference."""

    css: str | None = None
    pattern: Pattern | None = None
    """A regular expression; its first group is the reference."""


class InsteadMap(Sign):
    """What may stand where a screen was wanted: an ordinary answer of the system, not a failure of it."""

    business: str | None = None
    busy: str | None = None
    """Somebody else has the record open: tried again later."""
    sentence: str

    @model_validator(mode="after")
    def _one_end(self) -> InsteadMap:
        if (self.business is None) == (self.busy is None):
            raise ValueError("give one of business or busy")
        return self


class OutcomeMap(Sign):
    """What a commit may lead to. Success wants a receipt, or the search; the others a code."""

    receipt: ReceiptMap | None = None
    confirmed_by: Literal["find"] | None = None
    """The page goes on without a word of success: only the search shows whether it was saved."""
    business: str | None = None
    busy: str | None = None
    system: str | None = None
    saved: bool | None = None
    """`no`: the target said that nothing was saved."""
    look_again: bool = False
    """Search once more before a person is asked: somebody else may have saved the same case."""
    sentence: str | None = None

    @model_validator(mode="after")
    def _one_end(self) -> OutcomeMap:
        ends = (self.receipt, self.confirmed_by, self.business, self.busy, self.system)
        if sum(x is not None for x in ends) != 1:
            raise ValueError("give one of receipt, confirmed_by, business, busy or system")
        return self


class DialogMap(Strict):
    text: str
    answer: Literal["accept", "dismiss"]
    outcome: str | None = None


class ActionMap(Strict):
    find: Finds
    opens: str | None = None
    """The screen that it leads to."""
    window: bool = False
    """That screen is a pop-up window."""
    shows: Sign | None = None
    """It brings another part of the same page; what that says once it is there."""
    advances: bool = False
    """It leaves a page of a wizard: everything is read back first."""
    commits: bool = False
    saves: SavesMap | Annotated[tuple[SavesMap, ...], Field(min_length=1)] | None = None
    """The requests that make the change permanent, in their order: each is sent once."""
    dialogs: tuple[DialogMap, ...] = ()

    @model_validator(mode="after")
    def _commit_whole(self) -> ActionMap:
        if self.commits != (self.saves is not None):
            raise ValueError("commits and saves go together: name the request that saves")
        return self

    @property
    def requests(self) -> tuple[SavesMap, ...]:
        if self.saves is None:
            return ()
        return (self.saves,) if isinstance(self.saves, SavesMap) else self.saves

    def spec(self) -> dict[str, Any]:
        return {"find": [rank.plain() for rank in self.find]}


class ColumnMap(Strict):
    header: str
    format: Format = Format.TEXT


class EmptyMap(Strict):
    """What an empty list looks like."""

    text: str | None = None
    heading: str | None = None
    css: str | None = None
    headers: bool = False
    """It shows its headings and nothing below them."""

    @model_validator(mode="after")
    def _something(self) -> EmptyMap:
        said = bool(self.text or self.heading or self.css)
        if said == self.headers:
            raise ValueError("give text, heading or css, or headers")
        return self


class TableMap(Strict):
    find: Finds
    columns: dict[str, ColumnMap]
    empty: str | EmptyMap | None = None
    """What the page says when there are no rows."""
    covers: str | None = None
    """Over what the list goes, in words: such as "open and closed cases of all departments". Given: it shows
    every entry that a step makes, so that a whole list without an entry proves that there is none."""
    loaded: Sign | None = None
    """What the page says once a script has put all rows there."""
    most: int | None = Field(default=None, gt=0)
    """So many rows the system shows at most, and says nothing of others."""
    skip: tuple[Pattern, ...] = ()
    """Rows that are no entries, such as totals: regular expressions for their whole text."""
    count: Pattern | None = None
    """A regular expression whose first group is the number of rows over all pages."""
    pages: Pattern | None = None
    """A regular expression whose groups are this page's number and the number of pages."""
    next: tuple[Find, ...] = ()
    choose: str | None = None
    """The column whose link takes a row."""
    closes: bool = False
    """Taking a row closes this pop-up window."""

    @model_validator(mode="after")
    def _end_known(self) -> TableMap:
        if self.next and not (self.count or self.pages):
            raise ValueError("a table with next wants count or pages: else nobody notices a missing page")
        if self.none.get("headers") and not (self.count or self.loaded):
            raise ValueError("empty by its headers wants count or loaded: else a list that is late is empty")
        if self.covers is not None and not self.ends:
            raise ValueError("covers wants count, pages or most: else nobody knows that the list is whole")
        return self

    @property
    def ends(self) -> bool:
        """Whether it tells that it is whole."""
        return bool(self.count or self.pages or self.most)

    @property
    def none(self) -> dict[str, Any]:
        if self.empty is None or isinstance(self.empty, str):
            return {"text": self.empty} if self.empty else {}
        return self.empty.model_dump(exclude_none=True, exclude_defaults=True)

    def spec(self) -> dict[str, Any]:
        return {
            "find": [rank.plain() for rank in self.find],
            "columns": {name: column.header for name, column in self.columns.items()},
            "empty": self.none,
            "skip": list(self.skip),
            "count": self.count,
            "pages": self.pages,
            "next": [rank.plain() for rank in self.next],
        }


class OpenMap(Strict):
    path: str
    """May hold {placeholders} for the parameters of `open`."""
    frame: str | None = None
    again: bool = True
    """`no`: a record that is to be changed is not read a second time just before it is saved, because that
    disturbs the system. What somebody else changes in that minute may be lost."""


class ScreenMap(Strict):
    screen: str
    open: OpenMap | None = None
    """How to get there by address; a screen without it is reached by an action."""
    ready: Sign
    fields: dict[str, FieldMap] = {}
    actions: dict[str, ActionMap] = {}
    tables: dict[str, TableMap] = {}
    outcomes: dict[str, OutcomeMap] = {}
    instead: dict[str, InsteadMap] = {}
    """What may stand there in place of this screen."""

    @model_validator(mode="after")
    def _whole(self) -> ScreenMap:
        for name, action in self.actions.items():
            unknown = [d.outcome for d in action.dialogs if d.outcome and d.outcome not in self.outcomes]
            if unknown:
                raise ValueError(f"actions.{name}: outcome {unknown[0]} is not declared")
            if action.commits and not any(o.receipt or o.confirmed_by for o in self.outcomes.values()):
                raise ValueError(f"actions.{name} commits, but no outcome is a success")
        parts = {name for name, action in self.actions.items() if action.shows}
        lost = [name for name, field in self.fields.items() if field.part and field.part not in parts]
        if lost:
            raise ValueError(f"fields.{lost[0]}: its part is no action with `shows`")
        return self


class SignInMap(Strict):
    screen: str
    username: str
    password: str
    submit: str
    signed_in: Sign
    frame: str | None = None
    """The frame that says so."""
    refused: tuple[Sign, ...]


class SignOutMap(Strict):
    """How a session is ended in the system: an address that is asked for, or actions of a screen, in their
    order."""

    path: str | None = None
    screen: str | None = None
    actions: tuple[str, ...] = ()
    said: Sign
    """What the page says once it is signed out."""

    @model_validator(mode="after")
    def _one_way(self) -> SignOutMap:
        if (self.path is None) == (self.screen is None) or (self.screen is None) == bool(self.actions):
            raise ValueError("give path, or screen and actions")
        return self


class EnvironmentMap(Strict):
    css: str
    test: str
    live: str
    frame: str | None = None


class ClosedMap(Sign):
    code: str


class TimeoutsMap(Strict):
    """Seconds."""

    ready: float = 15.0
    window: float = 10.0
    """How long after its intent a commit may still be fired."""
    save: float = 20.0
    """The longest that this system takes to save."""
    settle: float = 1.0
    """How long after a save its search may lag."""
    late: float = Field(default=120.0, ge=0)
    """How long after the end of its connection a save may still take effect: servers go on without whoever
    asked them, and proxies in front of them queue. Nothing in doubt is looked up before that."""


class SlowMap(Strict):
    """When a system counts as slow, and sessions are given back: staff come first."""

    times: float = Field(default=3.0, gt=1)
    """Its answers take so many times as long as the best ones of the run, as a median,"""
    at_least: float = Field(default=2.0, ge=0)
    """and at least so many seconds."""


class SystemMap(Strict):
    system: str
    title: str
    home: str = "/"
    sessions: int = Field(default=2, gt=0)
    sign_in: SignInMap
    environment: EnvironmentMap
    signed_out: Sign
    sign_out: SignOutMap | None = None
    """None: its sessions are only closed, and run out in the system by themselves."""
    closed: tuple[ClosedMap, ...] = ()
    timeouts: TimeoutsMap = TimeoutsMap()
    hours: Week | None = None
    """When it may be worked, on the clock of Europe/London; none: always."""
    bank_holidays: BankHolidays = "closed"
    closed_on: tuple[date, ...] = ()
    """Further days on which it is closed."""
    slow: SlowMap = SlowMap()
    at_risk: int = Field(default=AT_RISK, gt=0)
    """So many saves of a step may be unproven at once, and so go wrong before work is stopped."""
    gate: bool = True
    """`no`: its sign-in (NTLM, channel binding) forbids that its requests pass through us."""
    harmless: tuple[RequestMap, ...] = ()
    """Requests that change nothing although they are no GET, such as a search, a drop-down that makes its
    page anew, the unlocking of a record. Whatever no map names is stopped."""
    language: str = "en-GB"
    time_zone: str = "Europe/London"
    """What the browser says of its user: pages show dates and times by them."""

    @model_validator(mode="after")
    def _closed_sometimes(self) -> SystemMap:
        if self.hours is None and self.model_fields_set & {"bank_holidays", "closed_on"}:
            raise ValueError("bank_holidays and closed_on want hours")
        return self

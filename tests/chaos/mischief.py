"""What can be wrong with the council while the bots work, as data: faults that its control address arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WASTE, REVENUES, BENEFITS = "waste", "revenues", "benefits"
_WASTE_SAVE = {"method": "POST", "path": "/cases/new"}
_WIZARD = {"method": "POST", "path": "/OpenAccount.aspx", "body": "btnNext="}
_CHANGE = {"method": "POST", "path": "/claims/*/changes/new"}
_ON_THE_WIRE = (
    *("redirect", "two_requests", "autosave", "beacon", "websocket", "shared_worker"),
    *("sticky_field", "twin_options", "emptied_on_submit"),
)
_OTHER_WORDS = ("ended_after_save", "busy_after_save", "reworded_success")
_ALL = (WASTE, REVENUES, BENEFITS)


@dataclass(frozen=True, kw_only=True)
class Mischief:
    """One fault of one system, for so many requests; None: until it is mended."""

    app: str
    fault: str
    times: int | None = 1
    value: Any = None
    match: Mapping[str, str] = field(default_factory=dict)

    def asked(self) -> dict[str, Any]:
        """The body of the request that arms it."""
        asked = {"app": self.app, "fault": self.fault, "times": self.times, "value": self.value}
        return asked | ({"match": dict(self.match)} if self.match else {})


def everywhere(lease: float) -> tuple[Mischief, ...]:
    """What may happen in any act. `lease`: seconds; the slow ones are measured against it."""
    outlasts, too_slow = lease + 0.5, 3 * lease
    return (
        Mischief(app=WASTE, fault="error_500", times=2),
        Mischief(app=WASTE, fault="error_500", match=_WASTE_SAVE),
        Mischief(app=WASTE, fault="cut_before_save"),
        Mischief(app=WASTE, fault="cut_after_save", times=2),
        Mischief(app=WASTE, fault="error_after_save"),
        Mischief(app=WASTE, fault="slow_save", value=too_slow),
        Mischief(app=WASTE, fault="latency", value=outlasts, match=_WASTE_SAVE),  # saves as late as that
        Mischief(app=WASTE, fault="latency", value=0.4, times=6),
        Mischief(app=WASTE, fault="session_expired", times=2),
        Mischief(app=WASTE, fault="maintenance", times=2),
        Mischief(app=WASTE, fault="undeclared_dialog", value="before"),
        Mischief(app=WASTE, fault="undeclared_dialog", value="after"),
        Mischief(app=WASTE, fault="layout", value="moved", times=2),
        Mischief(app=WASTE, fault="layout", value="lost"),
        Mischief(app=WASTE, fault="client_truncate", value=5, times=2),
        Mischief(app=WASTE, fault="changed_default", times=2),
        Mischief(app=WASTE, fault="reset_source", times=2),
        Mischief(app=WASTE, fault="success_without_save"),
        Mischief(app=WASTE, fault="error_500", match={"method": "POST", "path": "/login"}),
        Mischief(app=REVENUES, fault="error_500", times=2),
        Mischief(app=REVENUES, fault="cut_before_save"),
        Mischief(app=REVENUES, fault="cut_after_save", match={"path": "/EndLiability.aspx"}),
        Mischief(app=REVENUES, fault="cut_after_save", match={"path": "/OpenAccount.aspx"}),
        Mischief(app=REVENUES, fault="error_after_save"),
        Mischief(app=REVENUES, fault="slow_save", value=too_slow),
        Mischief(app=REVENUES, fault="latency", value=outlasts, match={"body": r"btn(Save|Confirm)="}),
        Mischief(app=REVENUES, fault="latency", value=0.3, times=8),
        Mischief(app=REVENUES, fault="session_expired", match=_WIZARD),
        Mischief(app=REVENUES, fault="maintenance", times=2),
        Mischief(app=REVENUES, fault="record_lock", times=2),
        Mischief(app=REVENUES, fault="viewstate"),
        Mischief(app=REVENUES, fault="undeclared_dialog"),
        Mischief(app=REVENUES, fault="layout", value="lost"),
        Mischief(app=REVENUES, fault="client_truncate", value=5),
        Mischief(app=REVENUES, fault="success_without_save"),
        Mischief(app=REVENUES, fault="error_500", match={"method": "POST", "path": "/Login.aspx"}),
        Mischief(app=BENEFITS, fault="error_500", times=2),
        Mischief(app=BENEFITS, fault="cut_before_save"),
        Mischief(app=BENEFITS, fault="cut_after_save", times=2),
        Mischief(app=BENEFITS, fault="error_after_save"),
        Mischief(app=BENEFITS, fault="slow_save", value=too_slow),
        Mischief(app=BENEFITS, fault="session_expired", match=_CHANGE),
        Mischief(app=BENEFITS, fault="maintenance", times=2),
        Mischief(app=BENEFITS, fault="record_lock", times=2),
        Mischief(app=BENEFITS, fault="changed_default", times=2),
        Mischief(app=BENEFITS, fault="client_truncate", value=5),
        Mischief(app=BENEFITS, fault="tab_fails"),
        Mischief(app=BENEFITS, fault="stage_fails"),
        Mischief(app=BENEFITS, fault="success_without_save"),
        *(Mischief(app=app, fault=fault) for app in _ALL for fault in _ON_THE_WIRE),
        *(Mischief(app=app, fault=fault) for app in _ALL for fault in _OTHER_WORDS),
        # Within what the maps allow for.
        *(Mischief(app=app, fault="late_save", value=1.0) for app in _ALL),
        *(Mischief(app=app, fault="list_lags", value=2, times=2) for app in _ALL),
    )


DOUBLES: Sequence[Mischief] = tuple(
    Mischief(app=app, fault="accepts_duplicates", times=None) for app in (WASTE, BENEFITS)
)
"""As many old systems do: what is keyed twice is there twice."""

LIES: Sequence[Mischief] = (
    Mischief(app=WASTE, fault="search_lags", value=100_000, times=None),
    Mischief(app=WASTE, fault="search_empty", times=None),
    # Of some cases it never hears, as searches that know no letters outside ASCII.
    Mischief(app=WASTE, fault="search_empty", times=None, match={"query": r"txtUPRN=\d*[13579]\b"}),
    Mischief(app=WASTE, fault="late_list", times=None),
)
"""One of these stands through the whole act of the lying searches."""

HALF_LIES: Sequence[Mischief] = (
    Mischief(app=WASTE, fault="search_first_page", times=3),
    Mischief(app=WASTE, fault="search_lags", value=2, times=3),
    Mischief(app=WASTE, fault="search_empty", times=2),
    Mischief(app=REVENUES, fault="search_lags", value=2, times=4),
    Mischief(app=REVENUES, fault="search_empty", times=1),
)
"""Lies that come and go, where the target refuses doubles."""

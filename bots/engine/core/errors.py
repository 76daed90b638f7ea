"""The error tree. The class decides an item's fate; the code is stable; the sentence is for people.

    RekeyError
    |-- BusinessException     the data or the rules say no: to a person, never retried
    |-- SystemException       the machinery failed: retried by policy, then to a person
    |   |-- ScreenChanged     a screen is not as its map says: never retried in this run
    |   |-- ReadBackDiffers   the screen shows something else than was typed
    |   |-- SignedOut         the session ended before anything was permanent
    |   |-- StoreAway         our own store is starting up, locked, or cannot be reached
    |   |-- Busy              somebody else has this record open: tried again later, the system is well
    |   |   `-- Crowded         as many saves of this step are unproven as may be: in a moment it may begin
    |   `-- SystemClosed      this system cannot be worked now (refused sign-in, environment, maintenance)
    |-- NeedsApproval         a person must agree to this item first; nothing was saved
    |-- NotFired              a commit that provably was not sent: nothing was saved
    |-- Unresolved            a commit may or may not have happened: the item is in doubt
    |   `-- Unclear           looking cannot tell: only a person can decide
    |-- LeaseLost             another worker may have the item: drop it, write nothing
    |-- Held                  a person or the brake stopped this work
    `-- ConfigurationError    unusable settings, arguments or maps: exit status 2
        `-- RequestStopped      a page sent what no map declares: stopped, and nothing was saved

A sentence never holds a record's values, because it is shown outside the store.
Values belong in `detail`, which only the store and its readers see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RekeyError(Exception):
    """The root: a stable `code`, a plain `sentence`, and `detail` that may hold personal data."""

    def __init__(self, code: str, sentence: str, detail: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.detail: Mapping[str, Any] = dict(detail or {})


class BusinessException(RekeyError):
    """The data or the rules say no."""


def refusal(code: str, sentence: str, detail: Mapping[str, Any] | None = None) -> BusinessException:
    """What a person is told at once; it never becomes the reason of an item."""
    return BusinessException(code, sentence, detail)


class SystemException(RekeyError):
    """The machinery failed."""

    retriable = True
    """Whether the next attempt of the same item may succeed without a person."""


class ScreenChanged(SystemException):
    """A screen is not as its map says; writing on would be guessing."""

    retriable = False


class ReadBackDiffers(SystemException):
    """What the screen shows is not what was typed; nothing was committed."""


class SignedOut(SystemException):
    """The session ended before anything was permanent."""


class StoreAway(SystemException):
    """Our own store cannot be used just now. What was being written may have been written."""


class Busy(SystemException):
    """Somebody else has this very record open; nothing was saved."""


class Crowded(Busy):
    """Other saves of this step must be proven first."""


class SystemClosed(SystemException):
    """A whole system cannot be worked now; the item goes back as it was."""


class NeedsApproval(RekeyError):
    """A person must see what would be saved, and agree."""


class NotFired(RekeyError):
    """The page or our own wire said no before anything was sent: nothing was saved."""


class Unresolved(RekeyError):
    """A commit was begun and its outcome is not known."""


class Unclear(Unresolved):
    """Looking cannot tell what was saved: only a person can decide."""


class LeaseLost(RekeyError):
    """The item is no longer ours."""


class Held(RekeyError):
    """Work on this process or system is stopped on purpose."""


class ConfigurationError(RekeyError):
    """Settings, arguments or maps that cannot be used as they are."""


class RequestStopped(ConfigurationError):
    """A page sent a request that no map declares. It did not leave, and nothing was saved: the process waits
    until the automation team has declared it, or mended the map."""

"""Dialogs: the declared ones are answered as the map says, any other is dismissed and remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from playwright.async_api import BrowserContext, Dialog
from playwright.async_api import Error as PlaywrightError

from .maps.schema import DialogMap


class Dialogs:
    """The dialogs of one session. `expect` names what the running action may show."""

    def __init__(self, context: BrowserContext) -> None:
        self._declared: Sequence[DialogMap] = ()
        self._may_accept: Callable[[], bool] = lambda: True
        self._on_outcome: Callable[[str], None] | None = None
        self.undeclared = False
        context.on("dialog", self._answer)

    def expect(
        self,
        declared: Sequence[DialogMap],
        may_accept: Callable[[], bool] = lambda: True,
        on_outcome: Callable[[str], None] | None = None,
    ) -> None:
        self._declared, self._may_accept, self._on_outcome = declared, may_accept, on_outcome

    def forget(self) -> None:
        """A new screen: what was said on the one before does not matter any more."""
        self.undeclared = False

    async def _answer(self, dialog: Dialog) -> None:
        known = next((d for d in self._declared if d.text in dialog.message), None)
        try:
            if known is None:
                self.undeclared = True
                await dialog.dismiss()
                self._tell("")
            elif known.answer == "accept" and self._may_accept() and not self.undeclared:
                await dialog.accept(dialog.default_value)  # of a prompt; a person would press OK
            else:
                await dialog.dismiss()
                if known.answer == "accept":
                    self._tell("")  # too late, or after a message that nobody declared
            if known is not None and known.outcome:
                self._tell(known.outcome)
        except PlaywrightError:
            return  # the page went away under the dialog

    def _tell(self, outcome: str) -> None:
        if self._on_outcome is not None:
            self._on_outcome(outcome)

"""One signed-in browser context on one system, seen through its screen maps."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page

from ..core.absence import ListRead
from ..core.errors import ConfigurationError, NotFired, ScreenChanged, SystemException
from ..core.points import OnPoint, pass_by
from ..core.screens import Outcome, Permit, Rehearsed
from ..core.value import Shown, Value, written
from . import commit, picture, rehearsing
from .arriving import Arriving
from .asking import ask, ask_until
from .dialogs import Dialogs
from .documents import kept_document
from .maps.files import System
from .maps.schema import ActionMap, ScreenMap, Sign
from .meanwhile import first_answer
from .reading import changed, check_length, check_read_back, differs, shown
from .tab import Tab
from .tables import Patience, all_rows
from .view import View
from .wire.door import Door

_LATE_ROWS = 3.0
"""Seconds that an empty list is waited for, while its page still fetches something."""
_MOST_LISTS = 1000
"""Lists of which a session remembers that they were whole, until it is asked."""


class Session:
    """The hands on one system. Satisfies `core.screens.TargetScreens`."""

    def __init__(
        self,
        *,
        system: System,
        page: Page,
        base_url: str,
        environment: str,
        browser: str,
        door: Door | None,
        on_point: OnPoint = pass_by,
        on_answer: Callable[[float], None] = lambda seconds: None,
        documents: Path | None = None,
    ) -> None:
        """`on_answer` is told how many seconds the system took for a page or a save. `documents`: the folder
        of what was handed in."""
        self.tab = Tab(system=system, page=page, door=door, dialogs=Dialogs(page.context))
        self._on_point = on_point
        self._on_answer = on_answer
        self._documents = documents
        self.drift: Counter[str] = Counter()
        self._arriving = Arriving(system=system, page=page, base_url=base_url, environment=environment)
        self._browser = browser
        self._account = ""
        self.well = True
        """No commit of it is in doubt: it may still be asked for something."""
        self._going = ""  # the screen to which it is on its way
        self._patience = Patience(
            page=system.map.timeouts.ready,
            late=max(_LATE_ROWS, system.map.timeouts.settle),
            fetching=lambda: door.fetching if door is not None else (),
        )
        self._read: deque[ListRead] = deque(maxlen=_MOST_LISTS)

    @property
    def writer(self) -> str:
        return self._browser

    @property
    def account(self) -> str:
        return self._account

    @property
    def place(self) -> str:
        return self._going or (self.tab.view.screen.screen if self.tab.views else "")

    def signed_in_as(self, account: str) -> None:
        self._account = account

    # ---- going somewhere --------------------------------------------------------------------
    async def open(self, screen: str, **parameters: str) -> None:
        with self._timed():
            await self._open(screen, **parameters)
        await self.check_environment()

    async def open_sign_in(self, screen: str) -> None:
        """Open the sign-in screen, which may come before any page that tells test from live."""
        await self._open(screen)

    async def _open(self, screen: str, **parameters: str) -> None:
        target = self.tab.system.screen(screen)
        if target.open is None:
            raise ConfigurationError("screen-map", f"The screen {screen} cannot be opened by address.")
        self._going = screen
        await self.tab.close_windows()
        self.tab.dialogs.forget()
        path = target.open.path.format(**{k: quote(v, safe="") for k, v in parameters.items()})
        frame = await self.frame(target.open.frame)
        since = self.tab.since(frame)
        with self.tab.explained(frame, since):
            response = await self._arriving.go(frame, path)
            await self._arriving.arrive(frame, target, response)
        view = View(page=self.tab.page, frame=frame, screen=target, since=since)
        await first_answer(view, response)
        self.tab.views[:] = [view]
        self._going = ""

    async def go(self, path: str) -> None:
        """To an address that is no screen: nothing is waited for."""
        await self.tab.close_windows()
        await self._arriving.go(self.tab.page.main_frame, path)

    async def frame(self, name: str | None) -> Frame:
        return await self._arriving.frame(name)

    async def check_environment(self) -> None:
        await self._arriving.check_environment()

    # ---- fields -----------------------------------------------------------------------------
    async def fill(self, **values: Value) -> None:
        view = self.tab.view
        for name, value in values.items():
            check_length(self.tab.system.map.title, name, view.field(name), value)
        view.typed.update(values)
        rebuilt = [await self._post_back(view, n) for n in values if view.screen.fields[n].posts_back]
        # What a page that was made anew has cleared is put back with the rest.
        wanted = dict(view.typed) if any(rebuilt) else values
        await self._fill(view, {n: v for n, v in wanted.items() if not view.screen.fields[n].posts_back})

    async def _fill(self, view: View, values: Mapping[str, Value]) -> None:
        texts = {n: written(view.screen.fields[n].format, v) for n, v in values.items()}
        batch = {n: text for n, text in texts.items() if not view.screen.fields[n].type}
        result = self._checked(view, await ask(view.frame, "fill", {"specs": view.specs, "values": batch}))
        again = [n for n in values if not self._shows(view, result, n, values[n])]
        if not again:
            return
        for name in again:
            await self._type(view, name, texts[name])
        result = self._checked(view, await ask(view.frame, "read", view.specs))
        wrong = {
            n: {"meant": texts[n], "shown": result["values"][n]}
            for n in values
            if not self._shows(view, result, n, values[n])
        }
        if wrong:
            raise differs(view.screen, wrong)

    async def _post_back(self, view: View, name: str) -> bool:
        """Fill a field whose change makes the page anew, and wait for that page. False: it stood there."""
        value = view.typed[name]
        before = self._checked(view, await ask(view.frame, "read", view.specs))
        if self._shows(view, before, name, value):
            return False
        batch = {name: written(view.screen.fields[name].format, value)}
        try:
            self._checked(view, await ask(view.frame, "fill", {"specs": view.specs, "values": batch}))
        except SystemException as error:
            if error.code != "page-failed":  # the page may leave before it can answer
                raise
        with self.tab.explained(view.frame, view.since):
            await self._arriving.arrive(view.frame, view.screen, old=before["doc"])
        return True

    def _shows(self, view: View, result: Mapping[str, Any], name: str, value: Value) -> bool:
        return shown(view.screen.fields, result)[name].equals(value)

    def _checked(self, view: View, result: Mapping[str, Any]) -> Mapping[str, Any]:
        for name, ranks in result.get("drift", {}).items():
            self.drift.update(f"{view.screen.screen}.{name}[{rank}]" for rank in ranks)
        if result["problems"]:
            raise changed(view.screen, result["problems"])
        return result

    async def _type(self, view: View, name: str, text: str) -> None:
        """Type like a person, for fields whose page listens to keys."""
        marked = await ask(view.frame, "mark", view.specs[name])
        if marked.get("problem"):
            raise changed(view.screen, {name: marked["problem"]})
        box = view.frame.locator("[data-rekey-mark]")
        try:
            if view.screen.fields[name].kind in ("text", "textarea", "password"):
                await box.fill("")
                await box.press_sequentially(text)
                await box.blur()
        except PlaywrightError:
            raise changed(view.screen, {name: "read-only"}) from None

    async def attach(self, field: str, document: str) -> None:
        view, spec = self.tab.view, self.tab.view.field(field)
        if spec.taken is None or self._documents is None:
            raise ConfigurationError("screen-map", f"{field} of {view.screen.screen} takes no documents.")
        path = kept_document(self._documents, document)
        marked = await ask(view.frame, "mark", view.specs[field])
        if marked.get("problem"):
            raise changed(view.screen, {field: marked["problem"]})
        try:
            await view.frame.locator("[data-rekey-mark]").set_input_files(path)
        except PlaywrightError:
            raise changed(view.screen, {field: "read-only"}) from None
        view.typed[field] = path.name
        view.files[field] = hashlib.sha256(path.read_bytes()).hexdigest()
        await self._said(view, spec.taken)

    async def _said(self, view: View, sign: Sign) -> None:
        with self._timed(), self.tab.explained(view.frame, view.since):
            await self._arriving.said(view, sign)

    async def options(self, field: str) -> Sequence[str]:
        view = self.tab.view
        view.field(field)
        found = await ask(view.frame, "options", view.specs[field])
        if found.get("problem"):
            raise changed(view.screen, {field: found["problem"]})
        return list(found["options"])

    async def read(self) -> Mapping[str, Shown]:
        view = self.tab.view
        result = self._checked(view, await ask(view.frame, "read", view.specs))
        return shown(view.screen.fields, result)

    async def read_back(self) -> Mapping[str, Shown]:
        view = self.tab.view
        if self.tab.dialogs.undeclared:
            raise ScreenChanged("undeclared-dialog", "A message that no map declares appeared.")
        view.must_be_whole()
        self.tab.check_stopped(view.frame, view.since)
        buttons = {name: action.spec() for name, action in view.screen.actions.items() if action.commits}
        await ask_until(view.frame, "ready", {"buttons": buttons}, self.tab.system.map.timeouts.ready)
        await self._arriving.check_environment(fresh=True)
        signs = {name: outcome.sign() for name, outcome in view.screen.outcomes.items()}
        asked = {"specs": view.specs, "signs": signs, "buttons": buttons}
        result = self._checked(view, await ask(view.frame, "settled", asked))
        seen = shown(view.screen.fields, result)
        check_read_back(view.screen, view.typed, seen)
        view.reading = result
        return seen

    # ---- actions and tables -----------------------------------------------------------------
    async def act(self, action: str) -> None:
        view = self.tab.view
        spec = self.tab.action(action)
        if spec.commits:
            raise ConfigurationError("commit-refused", f"{action} commits: only the engine may do that.")
        if spec.advances:
            await self.read_back()
        self.tab.dialogs.expect(spec.dialogs)
        target = self.tab.system.screen(spec.opens) if spec.opens else None
        if spec.window:
            await self._open_window(view, action, spec, target or view.screen)
            return
        if target is None:
            await self._click(view, action, spec)
            if spec.shows is not None:
                await self._said(view, spec.shows)
                view.parts.add(action)
            return
        since = self.tab.since(view.frame)
        with self._timed(), self.tab.explained(view.frame, since):
            old = await self._click(view, action, spec)
            self._going = target.screen
            await self._arriving.arrive(view.frame, target, old=old)
            self.tab.views[-1] = View(page=view.page, frame=view.frame, screen=target, since=since)
            self._going = ""

    async def _click(self, view: View, action: str, spec: ActionMap) -> str:
        result = await ask(view.frame, "click", spec.spec())
        if result.get("problem"):
            raise changed(view.screen, {action: result["problem"]})
        return str(result["doc"])

    async def _open_window(self, view: View, action: str, spec: ActionMap, target: ScreenMap) -> None:
        since = self.tab.since(view.frame)
        try:
            timeout = self.tab.system.map.timeouts.ready * 1000
            async with view.page.expect_popup(timeout=timeout) as opening:
                await self._click(view, action, spec)
            window = await opening.value
        except PlaywrightError:
            raise changed(view.screen, {action: "opened no window"}) from None
        await self._arriving.arrive(window.main_frame, target)
        self.tab.views.append(View(page=window, frame=window.main_frame, screen=target, since=since))

    async def rows(self, table: str) -> Sequence[Mapping[str, Shown]]:
        view, spec = self.tab.view, self.tab.view.table(table)
        if spec.loaded is not None:
            await self._said(view, spec.loaded)
        found = await all_rows(view, table, self._arriving.arrive, self._patience)
        self._read.append(found.read)
        return found.rows

    def lists(self) -> Sequence[ListRead]:
        found = list(self._read)
        self._read.clear()
        return found

    async def choose(self, table: str, row: int) -> None:
        view, spec = self.tab.view, self.tab.view.table(table)
        argument = {"spec": spec.spec(), "row": row, "column": spec.choose}
        if not spec.closes:
            self._chosen(view, table, await ask(view.frame, "choose", argument))
            return
        try:
            timeout = self.tab.system.map.timeouts.ready * 1000
            async with view.page.expect_event("close", timeout=timeout):
                with contextlib.suppress(SystemException):  # the window may close before it can answer
                    self._chosen(view, table, await ask(view.frame, "choose", argument))
        except PlaywrightError:
            raise changed(view.screen, {table: "did not close its window"}) from None
        self.tab.views.pop()

    @staticmethod
    def _chosen(view: View, table: str, result: Mapping[str, Any]) -> None:
        if result.get("problem"):
            raise changed(view.screen, {table: result["problem"]})

    # ---- the engine's own -------------------------------------------------------------------
    async def commit(self, action: str, permit: Permit) -> Outcome:
        try:
            with self._timed():
                return await commit.fire(self.tab, action, permit, self._on_point)
        except NotFired:
            self.well = self.tab.door is not None  # nothing left, and nothing of it leaves any more
            raise
        except BaseException:
            self.well = False
            raise

    async def rehearse(self, action: str, fill: Callable[[], Awaitable[object]]) -> Rehearsed:
        return await rehearsing.rehearse(self.tab, action, fill)

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        """Also an answer that did not come: it is the slowest of all."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._on_answer(time.monotonic() - began)

    async def evidence(self) -> Mapping[str, Any]:
        return await picture.take(self.tab)

    async def close(self) -> bool:
        """False: it hangs."""
        return await self.tab.close()

"""The sessions of one worker process: one browser, a context per holder and system, signed in once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from playwright.async_api import Error as PlaywrightError

from ..core.errors import ConfigurationError, SystemClosed, SystemException
from ..core.hours import Hours
from ..core.operations import REQUEST
from ..core.pace import Pace
from ..core.points import OnPoint, pass_by
from ..core.queue import Queue
from ..core.systems import Timing
from ..home.life import Liveness
from .asking import ask, ask_until
from .browser import Browser, end_browser
from .maps.files import System
from .session import Session
from .signing_out import sign_out
from .wire.policy import Policy, SigningIn
from .wire.wire import Wire

LICENCE_SECONDS = 60.0
_POLL = 0.25
_SCREENS = 10
"""Screens of a step that are waited for, at most: its search, its form and windows, and the entry again."""


class Account(Protocol):
    """What a sign-in needs; the password is revealed only into its field."""

    @property
    def username(self) -> str: ...

    def reveal(self) -> str: ...


class Accounts(Protocol):
    def account(self, system: str) -> Account:
        """Raises SystemClosed `no-credentials` when there is none."""


class BrowserSystems:
    """Satisfies `core.systems.Systems` with Chromium."""

    def __init__(
        self,
        *,
        systems: Mapping[str, System],
        urls: Mapping[str, str],
        accounts: Accounts,
        queue: Queue,
        environment: str,
        browser: str | None = None,
        licence_seconds: float = LICENCE_SECONDS,
        on_point: OnPoint = pass_by,
        documents: Path | None = None,
        certificates: Mapping[str, Path] | None = None,
        workers: Liveness,
    ) -> None:
        """`documents`: the folder of what was handed in to the process; `certificates`: of ours, by system;
        `workers`: also the others."""
        self._workers = workers
        self._documents = documents
        self._certificates = dict(certificates or {})
        self._systems = systems
        self._urls = urls
        self._accounts = accounts
        self._queue = queue
        self._environment = environment
        self._wanted = browser
        self._licence_seconds = licence_seconds
        self._on_point = on_point
        self._browser: Browser | None = None
        self._wire = Wire(on_point)
        self._starting = asyncio.Lock()
        self._sessions: dict[tuple[str, str], Session] = {}
        self._drift: Counter[str] = Counter()
        self._renewed: dict[tuple[str, str], float] = {}  # when each licence was last known to be ours
        self._hours = {name: system.hours for name, system in systems.items()}
        self._paces = {name: Pace(**system.map.slow.model_dump()) for name, system in systems.items()}

    async def enter(self, system: str, holder: str) -> Session:
        session = self._sessions.get((system, holder))
        if session is not None and not session.tab.page.is_closed():
            if time.monotonic() - self._renewed.get((system, holder), 0.0) < self._licence_seconds / 2:
                return session
            limit = self._systems[system].map.sessions
            if await self._queue.take_licence(system, limit, holder, self._licence_seconds):
                self._renewed[system, holder] = time.monotonic()
                return session
            await self.leave(system, holder)  # somebody else has our place now
        await self._licence(system, holder)
        self._renewed[system, holder] = time.monotonic()
        try:
            session = await self._new(system)
            await self._sign_in(session, system, holder)
        except BaseException:
            if session is not None:
                self._drift.update(_placed(system, session))
                await self._closed(session)
            await self._queue.give_licence(system, holder)
            raise
        self._sessions[system, holder] = session
        return session

    def current(self, system: str, holder: str) -> Session | None:
        return self._sessions.get((system, holder))

    async def leave(self, system: str, holder: str) -> None:
        session = self._sessions.pop((system, holder), None)
        if session is not None:
            self._drift.update(_placed(system, session))
            try:
                await sign_out(session)
            finally:
                await self._closed(session)
            await self._queue.give_licence(system, holder)

    async def _closed(self, session: Session) -> None:
        """Nothing of a session can fire any more. One that hangs takes the browser with it, if it is still
        the one that we use."""
        if await session.close() or self._browser is None or session.writer != self._browser.mark:
            return
        browser, self._browser = self._browser, None
        await browser.end()

    async def leave_all(self, holder: str) -> None:
        for system, who in list(self._sessions):
            if who == holder:
                await self.leave(system, who)

    async def beat(self, holder: str) -> None:
        for system, who in list(self._sessions):
            if who == holder:
                limit = self._systems[system].map.sessions
                if await self._queue.take_licence(system, limit, who, self._licence_seconds):
                    self._renewed[system, who] = time.monotonic()

    def timing(self, system: str) -> Timing:
        timeouts = self._system(system).map.timeouts
        save = timeouts.save + timeouts.settle
        return Timing(
            window=timeouts.window,
            save=save,
            late=timeouts.late,
            lag=timeouts.settle,
            step=_SCREENS * timeouts.ready + timeouts.window + save,
            at_risk=self._system(system).map.at_risk,
        )

    def requests(self, system: str, commit: str) -> int:
        screen, _, action = commit.partition(".")
        return len(self._system(system).screen(screen).actions[action].requests)

    def limit(self, system: str) -> int:
        return self._system(system).map.sessions

    def title(self, system: str) -> str:
        return self._system(system).map.title

    def hours(self, system: str) -> Hours | None:
        return self._hours[self._system(system).map.system]

    def pace(self, system: str) -> Pace:
        return self._paces[self._system(system).map.system]

    async def gone(self, system: str, writer: str) -> bool:
        if not writer:
            return True  # its worker closed the session itself
        if self._browser is not None and writer == self._browser.mark:
            return True  # our own: its session was closed when the commit failed
        worker, _, word = writer.rpartition("/")
        ended = await end_browser(word)
        if ended is not None:
            return ended
        # It is not seen from here. That proves something only of this very worker, and of one that is dead.
        if worker == self._workers.name:
            return True
        if await self._workers.dead(worker):
            await self._workers.bury(worker)
            return True
        # What a silent one may still hold passes its own gate, which lets nothing through after the deadline.
        return self._system(system).map.gate and await self._workers.count_out(worker)

    async def close(self) -> None:
        for system, holder in list(self._sessions):
            await self.leave(system, holder)
        if self._browser is not None:
            await self._browser.close()
            self._browser = None

    def drift(self) -> dict[str, int]:
        counted = Counter(self._drift)
        for (system, _), session in self._sessions.items():
            counted.update(_placed(system, session))
        return dict(sorted(counted.items()))

    # ---- making a session -------------------------------------------------------------------
    def _system(self, name: str) -> System:
        if name not in self._systems:
            raise ConfigurationError("unknown-system", f"There are no screen maps for the system {name}.")
        return self._systems[name]

    async def _licence(self, system: str, holder: str) -> None:
        """Wait for a free session. One of a dead worker is free at once, any other when it runs out."""
        limit = self._system(system).map.sessions
        end = time.monotonic() + 2 * self._licence_seconds
        while not await self._queue.take_licence(system, limit, holder, self._licence_seconds):
            if time.monotonic() > end:
                sentence = f"All {limit} sessions that {system} allows are in use."
                raise SystemClosed("no-free-session", sentence)
            dead = await self._workers.dead_holders(system)
            for one in dead:
                await self._queue.give_licence(system, one)
            if not dead:
                await asyncio.sleep(_POLL)

    async def _new(self, system: str) -> Session:
        if system not in self._urls:
            raise ConfigurationError(
                "no-address", f"The address of {system} is not set (REKEY_URLS__{system.upper()})."
            )
        async with self._starting:
            if self._browser is None or not self._browser.alive:
                self._browser = await Browser.start(self._wanted, self._workers.name, self._wire.pin)
        described = self._system(system)
        door = None
        if described.map.gate:
            door = await self._wire.door(self._policy(described), self._certificates.get(system))
        options = {"locale": described.map.language, "timezone_id": described.map.time_zone}
        try:
            context = await self._browser.context(door.port if door is not None else None, **options)
            if door is None:
                # Any routing turns the browser's cache off: a search of five minutes ago proves nothing.
                await context.route("**/*", lambda route: route.continue_())
            page = await context.new_page()
        except BaseException as error:
            if door is not None:
                await door.close()
            if not isinstance(error, PlaywrightError):
                raise
            raise SystemException("browser-failed", "The browser ended unexpectedly.") from None
        return Session(
            system=self._system(system),
            page=page,
            base_url=self._urls[system],
            environment=self._environment,
            browser=self._browser.mark,
            door=door,
            on_point=self._on_point,
            on_answer=self.pace(system).answered,
            documents=self._documents,
        )

    def _policy(self, system: System) -> Policy:
        actions = [action for screen in system.screens.values() for action in screen.actions.values()]
        return Policy(
            base_url=self._urls[system.map.system],
            saves=[request for action in actions for request in action.requests],
            harmless=system.map.harmless,
        )

    # ---- signing in -------------------------------------------------------------------------
    async def _sign_in(self, session: Session, system: str, holder: str) -> None:
        account = self._accounts.account(system)
        await self._turn(system, account.username, holder)
        refused = False
        try:
            refused = not await self._try_sign_in(session, account)
        finally:
            await self._queue.end_sign_in(system, account.username, holder, refused)
        if refused:
            raise SystemClosed(
                "sign-in-refused",
                f"The sign-in to {system} was refused or not answered, and is not tried again. "
                f"Put it right with: rekey credentials set {system}.",
            )
        session.signed_in_as(account.username)
        await session.check_environment()

    async def _turn(self, system: str, account: str, holder: str) -> None:
        """One sign-in at a time per account, over all workers."""
        seconds = self._system(system).map.timeouts.ready * 2
        end = time.monotonic() + 2 * seconds
        while not await self._queue.begin_sign_in(system, account, holder, seconds):
            if time.monotonic() > end:
                raise SystemClosed(
                    "sign-in-busy", f"Another worker has been signing in to {system} too long."
                )
            await asyncio.sleep(_POLL)

    async def _try_sign_in(self, session: Session, account: Account) -> bool:
        """True: signed in. False: the system refused the credentials."""
        system = session.tab.system.map
        spec, ready = system.sign_in, system.timeouts.ready
        await session.open_sign_in(spec.screen)
        await session.fill(**{spec.username: account.username, spec.password: account.reveal()})
        signs = {f"refused:{n}": sign.sign() for n, sign in enumerate(spec.refused)}
        signs |= {
            "in": spec.signed_in.sign() if spec.frame is None else {"css": f'frame[name="{spec.frame}"]'}
        }
        old = (await ask(session.tab.view.frame, "read", {}))["doc"]
        policy = session.tab.policy
        stopped = len(policy.stopped) if policy is not None else 0
        signing_in = SigningIn(secrets=(account.username, account.reveal()))
        if policy is not None:
            policy.signing_in = signing_in
        with contextlib.suppress(SystemException):  # the page may leave before it can answer
            clicked = await ask(session.tab.view.frame, "click", session.tab.action(spec.submit).spec())
            if clicked.get("problem"):
                raise ConfigurationError("screen-map", "The sign-in button was not found.")
        seen = await ask_until(session.tab.page.main_frame, "state", {"signs": signs, "old": old}, ready)
        names = seen["names"] if seen else []
        if policy is not None:
            policy.signing_in = None
            if not names and signing_in.failed:
                raise SystemException("sign-in-failed", f"{system.title} was not well while we signed in.")
            if "in" not in names and signing_in.request is None and policy.stopped[stopped:]:
                raise policy.stopped[-1].error(system.system)  # the password is not out
        # The password is out: whatever is not plainly signed in counts as refused, because accounts lock.
        if "in" not in names:
            return False
        if spec.frame is not None:
            frame = await session.frame(spec.frame)
            if not await ask_until(
                frame, "state", {"signs": {"in": spec.signed_in.sign()}, "old": None}, ready
            ):
                raise SystemException("sign-in-failed", "The first screen after the sign-in did not appear.")
        return True


def _placed(system: str, session: Session) -> Counter[str]:
    found = Counter({f"{system}.{place}": times for place, times in session.drift.items()})
    for one in session.tab.policy.undeclared(0) if session.tab.policy is not None else ():
        found[f"{system}.{REQUEST} - {one.line}"] += 1
    return found

"""A target of its own that does what a test asks of it, with the real runner, store and browser before it.

Far quicker than the demo council, and easier to make misbehave; it knows one kind of case and nothing else.
"""

from __future__ import annotations

import asyncio
import html
import json
import secrets
import ssl
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from bots.engine.core.item import NewItem, State
from bots.engine.core.points import OnPoint, pass_by
from bots.engine.core.process import Process, Retry
from bots.engine.core.record import Record
from bots.engine.core.screens import Rehearsed, Screens
from bots.engine.core.step import Step
from bots.engine.core.summary import WorkSummary
from bots.engine.core.value import Found, Shown, Value
from bots.engine.evidence import Evidence
from bots.engine.home.life import Workers
from bots.engine.keying.rehearsing import rehearse
from bots.engine.keying.runner import Runner
from bots.engine.screens.maps.files import load_system
from bots.engine.screens.systems import BrowserSystems
from bots.engine.settings import ROOT
from bots.engine.shadow.notes import Notes
from bots.engine.shadow.run import Shadow
from bots.engine.store.database.database import Database, connect
from bots.engine.store.work.lives import StoreLives
from bots.engine.store.work.queue import SqlQueue

PROCESS, SYSTEM, STEP = "tiny", "tiny", "log"
CUT = "cut"
"""An answer: the connection is cut."""
_BAR = '<div id="env">TEST SYSTEM User: bot</div>'
_FIELDS = ("key", "name")
_DISPLAYS = {f: {"find": [{"id": f"v_{f}"}], "kind": "display"} for f in ("ref", *_FIELDS)}
_USER, _PASSWORD = "<label>User<input name=u></label>", "<label>Password<input name=p type=password></label>"
_SIGN_IN = f"<form method=post>{_USER}{_PASSWORD}<button id=go>Log on</button></form>"

_MAPS: dict[str, dict[str, Any]] = {
    "system": {
        "system": SYSTEM,
        "title": "Tiny",
        "home": "/home",
        "sessions": 8,
        "sign_in": {
            "screen": "sign_in",
            "username": "u",
            "password": "p",
            "submit": "go",
            "signed_in": {"text": "User: bot", "heading": "Home"},
            "refused": [{"text": "refused"}],
        },
        "environment": {"css": "#env", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
        "signed_out": {"text": "session has ended"},
        "timeouts": {"ready": 3, "window": 1, "save": 1, "settle": 0.2, "late": 0.2},
    },
    "sign_in": {
        "screen": "sign_in",
        "open": {"path": "/login"},
        "ready": {"heading": "Sign in"},
        "fields": {
            "u": {"find": [{"name": "u"}, {"label": "User"}], "default": None},
            "p": {"find": [{"name": "p"}, {"label": "Password"}], "kind": "password", "default": None},
        },
        "actions": {"go": {"find": [{"id": "go"}]}},
    },
    "new": {
        "screen": "new",
        "open": {"path": "/new"},
        "ready": {"heading": "New case"},
        "fields": {f: {"find": [{"name": f}, {"near": f}]} for f in _FIELDS},
        "actions": {
            "save": {
                "find": [{"id": "save"}],
                "commits": True,
                "saves": {"method": "POST", "path": "/save"},
            }
        },
        "outcomes": {"saved": {"heading": "Case saved", "receipt": {"css": "#ref"}}},
    },
    "search": {
        "screen": "search",
        "open": {"path": "/search?q={q}"},
        "ready": {"heading": "Search"},
        "tables": {
            "cases": {
                "find": [{"css": "#t"}],
                "columns": {f: {"header": f} for f in ("ref", *_FIELDS)},
                "empty": "No cases",
            }
        },
    },
    "list": {
        "screen": "list",
        "open": {"path": "/list"},
        "ready": {"heading": "List"},
        "tables": {
            "cases": {
                "find": [{"css": "#t"}],
                "columns": {f: {"header": f} for f in ("ref", *_FIELDS)},
                "empty": "No cases",
                "count": "(\\d+) in all",
                "covers": "all cases",
            }
        },
    },
    "case": {
        "screen": "case",
        "open": {"path": "/case?ref={ref}"},
        "ready": {"heading": "Case"},
        "fields": _DISPLAYS,
    },
}

Answer = str | None
Handler = Callable[[Mapping[str, str]], Answer | Awaitable[Answer]]
"""What a path answers to these values: a page, `CUT`, or None for what it always answers."""


def page(title: str, body: str = "") -> str:
    heading = f"<title>{title}</title></head><body>{_BAR}<h1>{title}</h1>"
    return f"<!doctype html><html><head>{heading}{body}</body></html>"


class Target:
    """Keeps cases. `at` replaces what a path answers; `saves` is what it holds, in order."""

    def __init__(self) -> None:
        self.saves: list[dict[str, str]] = []
        self.seen: Counter[str] = Counter()  # requests by method and path
        self.begun: Counter[str] = Counter()  # the same, as soon as their head has come
        self.at: dict[str, Handler] = {}
        self.hidden: set[str] = set()  # keys that its search does not show
        self.redirects: dict[str, tuple[int, str]] = {}  # what a path answers to a POST, and where it leads
        self.answers: dict[str, int] = {}  # the status of an answer to a POST
        self.headers = ""  # further lines of every answer
        self.charset = ""  # of every answer, as "; charset=utf-8"
        self.last_body = b""
        self.url = ""

    def save(self, values: Mapping[str, str], **instead: str) -> str:
        """Keep a case, with other values than were sent if so asked, and say so."""
        kept = {f: values.get(f, "") for f in _FIELDS} | instead
        self.saves.append({"ref": f"C{len(self.saves) + 1:04d}", **kept})
        return page("Case saved", f'<p>Reference <span id="ref">{self.saves[-1]["ref"]}</span></p>')

    def keys(self) -> Counter[str]:
        return Counter(one["key"] for one in self.saves)

    def _page(self, method: str, path: str, values: Mapping[str, str]) -> str:
        pages: dict[str, Callable[[], str]] = {
            "/login": lambda: page("Sign in", _SIGN_IN),
            "/home": lambda: page("Home"),
            "/new": lambda: page("New case", self._form()),
            "/save": lambda: self.save(values),
            "/search": lambda: self._list([one for one in self._shown() if one["key"] == values.get("q")]),
            "/list": lambda: self._list(self.saves, "List") + f"<p>{len(self.saves)} in all</p>",
            "/case": lambda: self._case(values.get("ref", "")),
        }
        return pages[path]() if path in pages else page("Not found")

    def _shown(self) -> list[dict[str, str]]:
        return [one for one in self.saves if one["key"] not in self.hidden]

    @staticmethod
    def _form() -> str:
        rows = "".join(f'<tr><td>{f}</td><td><input name="{f}"></td></tr>' for f in _FIELDS)
        return f'<form method=post action="/save"><table>{rows}</table><button id=save>Save</button></form>'

    @staticmethod
    def _list(found: Sequence[Mapping[str, str]], title: str = "Search") -> str:
        heads = "".join(f"<th>{f}</th>" for f in ("ref", *_FIELDS))
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(one[f])}</td>" for f in ("ref", *_FIELDS)) + "</tr>"
            for one in found
        )
        empty = "" if rows else "<p>No cases</p>"
        return page(title, f"<table id=t><tr>{heads}</tr>{rows}</table>{empty}")

    def _case(self, ref: str) -> str:
        found = next((one for one in self.saves if one["ref"] == ref), None)
        shown = (found or {}).items()
        return page("Case", "".join(f'<p id="v_{f}">{html.escape(text)}</p>' for f, text in shown))

    # ---- a server -------------------------------------------------------------------------------
    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line = await reader.readline()
        if not line:
            return False
        method, address, _ = line.decode("latin-1").split(" ", 2)
        length = 0
        while (header := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" else length
        parts = urlsplit(address)
        self.begun[f"{method} {parts.path}"] += 1
        self.last_body = await reader.readexactly(length)
        body = self.last_body.decode(errors="replace")
        values = dict(parse_qsl(f"{parts.query}&{body}", keep_blank_values=True))
        answer = await self._answer(method, parts.path, values)
        if answer == CUT:
            writer.transport.abort()
            return False
        status, more = "200 OK", ""
        if (method, parts.path) == ("POST", "/login"):
            status, more = "302 Found", "Location: /home\r\n"
        if method == "POST" and parts.path in self.answers:
            status, more = f"{self.answers[parts.path]} So", ""
        if method == "POST" and parts.path in self.redirects:
            code, place = self.redirects[parts.path]
            status, more = f"{code} There", f"Location: {place}\r\n"
        data = answer.encode()
        more += self.headers
        more = f"Content-Type: text/html{self.charset}\r\nContent-Length: {len(data)}\r\n{more}"
        head = f"HTTP/1.1 {status}\r\n{more}\r\n"
        writer.write(head.encode() + data)
        return True

    async def _answer(self, method: str, path: str, values: Mapping[str, str]) -> str:
        self.seen[f"{method} {path}"] += 1
        for handler in (self.at.get("*"), self.at.get(path)):
            answer = handler(values) if handler else None
            if isinstance(answer, Awaitable):
                answer = await answer
            if answer is not None:
                return answer
        return self._page(method, path, values)


class Case(Record):
    known_by = (("key",),)
    key: str
    name: str = "Ann"


class Log(Step[Case]):
    name, system, commit, case = STEP, SYSTEM, "new.save", ("key",)

    def values(self, record: Case) -> Mapping[str, Value]:
        return {"key": record.key, "name": record.name}

    async def find(self, screens: Screens, record: Case) -> Sequence[Found]:
        await screens.open("search", q=record.key)
        return [_found(row) for row in await screens.rows("cases")]

    async def key(self, screens: Screens, record: Case) -> None:
        await screens.open("new")
        await screens.fill(**self.values(record))

    async def reopen(self, screens: Screens, reference: str) -> Found:
        await screens.open("case", ref=reference)
        return _found(await screens.read())

    async def listing(self, screens: Screens) -> Sequence[Found]:
        await screens.open("list")
        return [_found(row) for row in await screens.rows("cases")]


def _found(row: Mapping[str, Shown]) -> Found:
    return Found(reference=str(row["ref"]), values={f: row[f] for f in _FIELDS})


class Account:
    username = "bot"

    def reveal(self) -> str:
        return "not-a-secret"

    def account(self, system: str) -> Account:
        return self


@dataclass(kw_only=True)
class Bench:
    """A target, a store and the process between them."""

    target: Target
    folder: Path
    queue: SqlQueue
    database: Database
    step: Step[Any] = field(default_factory=Log)
    wait: float = 0.2  # seconds until a stop is tried again
    more: dict[str, Any] = field(default_factory=dict)  # for the map of the system
    save: dict[str, Any] = field(default_factory=dict)  # for the action that commits
    outcomes: dict[str, Any] = field(default_factory=dict)
    screens: dict[str, dict[str, Any]] = field(default_factory=dict)  # more fields and actions, by screen
    certificates: dict[str, Path] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)  # for the map of the screen that saves

    @property
    def process(self) -> Process[Any]:
        retry = Retry(attempts=3, wait=self.wait)
        return Process(name=PROCESS, title="T", owner="O", record=Case, steps=[self.step], retry=retry)

    async def add(self, *keys: str) -> list[str]:
        batch = await self.queue.open_batch(PROCESS, "test", "test")
        rows = [NewItem(reference=key, data=Case(key=key).data()) for key in keys]
        return [item for _, item in await self.queue.add(PROCESS, batch, rows)]

    async def work(
        self,
        *,
        sessions: int = 1,
        patience: float = 0.0,
        lease: float = 20.0,
        longest: float | None = None,
        worker: str = "w1",
        on_point: OnPoint = pass_by,
        ask_first: Callable[[], Awaitable[None]] | None = None,
        **more: Any,
    ) -> WorkSummary:
        async with self.at_work(worker, on_point) as (systems, name):
            runner = Runner(
                process=self.process,
                queue=self.queue,
                systems=systems,
                evidence=Evidence(self.folder / "evidence"),
                worker=name,
                lease_seconds=lease,
                patience=patience,
                look_again=0.3,
                longest=longest,
                on_point=on_point,
                ask_first=ask_first,
            )
            return await runner.run(sessions=sessions, **more)

    async def rehearse(self) -> Rehearsed:
        async with self.at_work("w1", pass_by) as (systems, name):
            return await rehearse(self.process, self.step, queue=self.queue, systems=systems, worker=name)

    async def shadow(self) -> WorkSummary:
        async with self.at_work("w1", pass_by) as (systems, name):
            notes = Notes(self.folder / "notes")
            shadow = Shadow(process=self.process, queue=self.queue, systems=systems, worker=name, notes=notes)
            return await shadow.run()

    @asynccontextmanager
    async def at_work(
        self, worker: str, on_point: OnPoint = pass_by
    ) -> AsyncIterator[tuple[BrowserSystems, str]]:
        self._write_maps()
        workers = Workers(self.folder, StoreLives(self.database), f"{worker}/{secrets.token_hex(4)}")
        await workers.begin()
        systems = BrowserSystems(
            systems={SYSTEM: load_system(self.folder / SYSTEM)},
            urls={SYSTEM: self.target.url},
            accounts=Account(),
            queue=self.queue,
            environment="test",
            on_point=on_point,
            certificates=self.certificates,
            workers=workers,
        )
        try:
            yield systems, workers.name
        finally:
            await systems.close()
            await workers.end()

    def _write_maps(self) -> None:
        (self.folder / SYSTEM).mkdir(exist_ok=True)
        new = _MAPS["new"]
        changed = {
            "actions": {"save": new["actions"]["save"] | self.save},
            "outcomes": new["outcomes"] | self.outcomes,
        }
        new = new | changed | self.form
        maps = _MAPS | {"system": _MAPS["system"] | self.more, "new": new}
        for name, more in self.screens.items():
            maps[name] = maps[name] | {part: maps[name].get(part, {}) | new for part, new in more.items()}
        for name, one in maps.items():
            (self.folder / SYSTEM / f"{name}.yaml").write_text(yaml.safe_dump(one))

    async def states(self) -> Counter[str]:
        counts = await self.queue.counts(PROCESS)
        return Counter({state.value: number for state, number in counts.items() if number})

    async def codes(self, state: State) -> Counter[str]:
        return Counter(one.code or "" for one in await self.queue.items(PROCESS, [state]))

    async def held(self) -> list[tuple[str, str]]:
        """Scopes with what the brake holds them for."""
        return [(one.scope, one.cause.kind if one.cause else one.who) for one in await self.queue.holds()]


@asynccontextmanager
async def a_bench(
    folder: Path, database: Database | None = None, tls: ssl.SSLContext | None = None, **more: Any
) -> AsyncIterator[Bench]:
    target = Target()
    server = await asyncio.start_server(target.serve, "127.0.0.1", 0, ssl=tls)
    target.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with open_queue(target, folder, database, **more) as bench:
            yield bench
    finally:
        server.close()


@asynccontextmanager
async def open_queue(
    target: Target, folder: Path, database: Database | None = None, **more: Any
) -> AsyncIterator[Bench]:
    """The store before a target that is served elsewhere."""
    kept = database or connect(f"sqlite:///{folder / 'rekey.db'}")
    queue = await SqlQueue.open(kept, "test", steps={PROCESS: [(STEP, SYSTEM)], "twin": [(STEP, SYSTEM)]})
    try:
        yield Bench(target=target, folder=folder, queue=queue, database=kept, **more)
    finally:
        await queue.close()


async def work_elsewhere(bench: Bench, **options: Any) -> asyncio.subprocess.Process:
    """A worker of its own process before the same target and store, to be killed."""
    asked = {"folder": str(bench.folder), "url": bench.target.url, "save": bench.save, "options": options}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.tiny", json.dumps(asked), cwd=ROOT
    )


async def _work(asked: Mapping[str, Any]) -> None:
    target = Target()
    target.url = asked["url"]
    async with open_queue(target, Path(asked["folder"]), save=asked["save"]) as bench:
        await bench.work(worker="elsewhere", **asked["options"])


if __name__ == "__main__":
    asyncio.run(_work(json.loads(sys.argv[1])))

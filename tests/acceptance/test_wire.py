"""The wire: nothing that a map does not declare reaches a target, whichever way a page sends it."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bots.engine.core.item import NewItem, State
from bots.engine.core.points import Point
from bots.engine.screens import commit
from bots.engine.screens.wire import route
from bots.engine.screens.wire.upstream import Upstream
from tests.tiny import CUT, PROCESS, Answer, Bench, a_bench, page, work_elsewhere

_ROW = "<tr><td>{0}</td><td><input name={0}></td></tr>"
_INPUTS = f"<table>{_ROW.format('key')}{_ROW.format('name')}</table>"
_FORM = f"<form method=post action=/save>{_INPUTS}<button id=save>Save</button></form>"
_WORKER = "new {kind}(URL.createObjectURL(new Blob([`{script}`])))"
_SOCKET = "let s=new WebSocket('ws://HOST/sent/{way}');s.onopen=()=>s.send('saved')"
_POST = "fetch('http://HOST/sent/{way}',{{method:'POST',body:'a'}})"
_LEAVING = "addEventListener('pagehide',()=>{0})"
WAYS = {
    "fetch": _POST.format(way="fetch"),
    "script's form": "let f=document.createElement('form');f.method='post';f.action='/sent/form';"
    "f.target='w';document.body.append(f);f.submit()",
    "pop-up": "window.open('about:blank').document.write('<form method=post action=/sent/popup></form>"
    "<script>document.forms[0].submit()<\\/script>')",
    "xhr": "let x=new XMLHttpRequest();x.open('PUT','/sent/xhr');x.send('a')",
    "beacon": "navigator.sendBeacon('/sent/beacon','a')",
    "beacon while leaving": _LEAVING.format("navigator.sendBeacon('/sent/leaving','a')"),
    "kept alive while leaving": _LEAVING.format(
        "fetch('/sent/kept',{method:'POST',body:'a',keepalive:true})"
    ),
    "worker": _WORKER.format(kind="Worker", script=_POST.format(way="worker")),
    "shared worker": _WORKER.format(kind="SharedWorker", script=_POST.format(way="shared")),
    "socket": _SOCKET.format(way="socket"),
    "socket in a worker": _WORKER.format(kind="Worker", script=_SOCKET.format(way="socket-worker")),
    "socket in a shared worker": _WORKER.format(
        kind="SharedWorker", script=_SOCKET.format(way="socket-shared")
    ),
    "ping": "let a=document.createElement('a');a.href='#x';a.ping='/sent/ping';"
    "document.body.append(a);a.click()",
    "frame": "let i=document.createElement('iframe');i.srcdoc=\"<script>parent.fetch('/sent/frame',"
    "{method:'POST',body:'a'})<\\/script>\";document.body.append(i)",
    "report": "new Image().src='http://nobody.example/picture.png'",  # its policy says where to complain
    "channel": "let c=new RTCPeerConnection({iceServers:[{urls:'stun:HOST'}]});c.createDataChannel('a');"
    "c.createOffer().then(o=>c.setLocalDescription(o))",
    "transport": "new WebTransport('https://HOST/sent/transport')",
    "service worker": "navigator.serviceWorker&&navigator.serviceWorker.register('/service.js').catch(()=>0)",
}


def sends(bench: Bench, *scripts: str, on: str = "/new") -> None:
    """The form of a new case, or another page, does this as soon as it is there."""
    host = bench.target.url.partition("://")[2]
    script = "".join(f"<script>try{{{one}}}catch(e){{}}</script>" for one in scripts).replace("HOST", host)
    shown = bench.target._page
    bench.target.headers = "Content-Security-Policy: img-src 'self'; report-uri /sent/report\r\n"
    bench.target.at[on] = lambda values: (
        page("New case", _FORM + script) if on == "/new" else shown("GET", on, values) + script
    )


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, seen: Counter[str]) -> None:
        self._seen = seen

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._seen["UDP /sent/datagram"] += 1


@asynccontextmanager
async def also_without_connections(bench: Bench) -> AsyncIterator[None]:
    """The target listens for datagrams as well: voice, video and QUIC use them."""
    address = ("127.0.0.1", int(bench.target.url.rpartition(":")[2]))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(bench.target.seen), address)
    try:
        yield
    finally:
        transport.close()


def sent(bench: Bench) -> list[str]:
    """What reached the target, but what only reads."""
    known = ("POST /login", "POST /save")
    return [
        one
        for one in bench.target.seen
        if "/sent/" in one or (not one.startswith("GET ") and one not in known)
    ]


async def test_nothing_that_is_not_declared_arrives_whichever_way_it_is_sent(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench, also_without_connections(bench):
        sends(bench, *WAYS.values())
        await bench.add("K1", "K2")
        summary = await bench.work()
        assert bench.target.seen["GET /new"] == 1, "the first stops the process: nobody gets 200 exceptions"
        assert sent(bench) == []
        assert bench.target.saves == []
        assert await bench.states() == {"new": 2}
        assert "harmless in tiny/system.yaml" in summary.stopped
        told = [one.request for one in await bench.queue.drift()]
        assert '- {method: POST, path: "/sent/beacon"}' in told, "it stays to be read on the page Systems"


@pytest.mark.parametrize("on", ["/login", "/home", "/search", "/case"])
async def test_neither_does_it_on_any_other_page(tmp_path: Path, on: str) -> None:
    """While signing in, while looking, and after the save, when the page is left."""
    async with a_bench(tmp_path) as bench, also_without_connections(bench):
        sends(bench, *WAYS.values(), on=on)
        await bench.add("K1", "K2")
        await bench.work()
        assert sent(bench) == []
        assert await bench.queue.counts(PROCESS)


async def test_a_shadow_run_sends_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench, also_without_connections(bench):
        sends(bench, *WAYS.values())
        await bench.add("K1", "K2")
        told = (await bench.shadow()).drift
        assert told['tiny.request - {method: PUT, path: "/sent/xhr"}'] == 2, (
            "it goes on, and tells all of them"
        )
        assert sent(bench) == []
        assert bench.target.saves == []


async def test_without_the_wire_all_of_them_arrive(tmp_path: Path) -> None:
    """So that the test before it can fail."""
    async with a_bench(tmp_path, more={"gate": False}) as bench, also_without_connections(bench):
        sends(bench, *WAYS.values())
        await bench.add("K1")
        await bench.work()
        arrived = {one.partition("/sent/")[2] for one in sent(bench)}
        missing = {"form", "popup"} | {"service"}  # windows are not opened unasked; service workers are off
        assert len(arrived | missing) == len(WAYS) - 1, "a channel and a transport send the same datagrams"


async def test_what_is_declared_harmless_passes(tmp_path: Path) -> None:
    async with a_bench(
        tmp_path, more={"harmless": [{"path": "/track"}, {"path": "/chat/{number}"}]}
    ) as bench:
        sends(bench, "navigator.sendBeacon('/track','a')", "fetch('/chat/17',{method:'POST',body:'a'})")
        await bench.add("K1")
        await bench.work()
        assert bench.target.seen["POST /track"] == bench.target.seen["POST /chat/17"] == 1
        assert await bench.states() == {"done": 1}


async def test_a_chat_that_is_declared_stays_shut_and_stops_nothing(tmp_path: Path) -> None:
    more = {"harmless": [{"method": "WEBSOCKET", "path": "/sent/socket"}]}
    async with a_bench(tmp_path, more=more) as bench:
        sends(bench, WAYS["socket"])
        await bench.add("K1")
        await bench.work()
        assert sent(bench) == []
        assert await bench.states() == {"done": 1}


async def test_what_a_page_sends_while_it_goes_is_not_the_next_ones(tmp_path: Path) -> None:
    """The search says goodbye as it goes; the form after it lacks nothing."""
    async with a_bench(tmp_path) as bench:
        script = "<script>addEventListener('pagehide',()=>navigator.sendBeacon('/sent/bye','a'))</script>"
        shown = bench.target._page
        bench.target.at["/search"] = lambda values: shown("GET", "/search", values) + script
        await bench.add("K1")
        await bench.work()
        assert sent(bench) == []
        assert await bench.states() == {"done": 1}


@pytest.mark.parametrize("status", [307, 308])
async def test_the_second_hop_of_a_redirect_is_stopped(tmp_path: Path, status: int) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.redirects["/save"] = (status, "/sent/hop")
        await bench.add("K1")
        await bench.work()
        assert bench.target.seen["POST /save"] == 1
        assert sent(bench) == []
        assert await bench.states() == {"in_doubt": 1}


async def test_what_leads_to_a_page_after_a_save_is_not_asked_for_twice(tmp_path: Path) -> None:
    """The address to which a save leads saves something itself, and cuts the connection the first time."""
    async with a_bench(tmp_path) as bench:
        bench.target.redirects["/save"] = (303, "/finish")
        bench.target.at["/finish"] = lambda _: CUT
        await bench.add("K1")
        await bench.work()
        assert bench.target.seen["GET /finish"] == 1
        assert await bench.states() == {"in_doubt": 1}


async def test_two_requests_of_one_press_are_sent_in_their_order(tmp_path: Path) -> None:
    both = [{"path": "/save"}, {"path": "/dispatch/{case}"}]
    async with a_bench(tmp_path, save={"saves": both}) as bench:
        _asks_twice(bench)
        await bench.add("K1")
        await bench.work()
        assert bench.target.seen["POST /save"] == bench.target.seen["POST /dispatch/C0001"] == 1
        assert await bench.states() == {"done": 1}


@pytest.mark.parametrize("declared", [False, True])
async def test_half_of_a_commit_is_never_done(tmp_path: Path, declared: bool) -> None:
    """The second request is not declared; or it is, and its connection breaks."""
    both = [{"path": "/save"}, {"path": "/dispatch/{case}"}]
    async with a_bench(tmp_path, save={"saves": both} if declared else {}) as bench:
        _asks_twice(bench)
        bench.target.at["/dispatch/C0001"] = lambda _: CUT
        await bench.add("K1", *([] if declared else ["K2"]))
        await bench.work()
        [doubtful] = await bench.queue.items(PROCESS, [State.IN_DOUBT])
        assert bench.target.seen["POST /save"] == 1
        assert bench.target.seen["POST /dispatch/C0001"] == declared
        await bench.work(patience=3)
        assert (await bench.queue.item(doubtful.id)).state is State.IN_DOUBT, "a person looks"  # type: ignore[union-attr]
        if not declared:
            assert f"process:{PROCESS}" in [one.scope for one in await bench.queue.holds()]


@pytest.mark.parametrize("reached", ["/save", "/dispatch/C0001"])
async def test_a_worker_that_is_killed_between_two_requests_leaves_it_to_a_person(
    tmp_path: Path, reached: str
) -> None:
    """Killed when the first is saved, or when the second has come: nothing is sent again."""
    both = [{"path": "/save"}, {"path": "/dispatch/{case}"}]
    async with a_bench(tmp_path, save={"saves": both}) as bench:
        _asks_twice(bench)
        [item] = await bench.add("K1")
        worker = await work_elsewhere(bench, lease=3.0)

        def killed(values: Mapping[str, str]) -> str:
            if reached == "/save":
                bench.target.save(values)
            worker.kill()
            return CUT

        bench.target.at[reached] = killed
        await worker.wait()
        await bench.work(patience=8)
        assert await bench.codes(State.IN_DOUBT) == {"commit-half": 1}
        assert len(bench.target.saves) == bench.target.seen["POST /save"] == 1
        assert bench.target.seen["POST /dispatch/C0001"] == (reached != "/save")
        left = [(one.number, one.of) for one in await bench.queue.sent(item)]
        assert left == ([(1, 2)] if reached == "/save" else [(1, 2), (2, 2)])


def _asks_twice(bench: Bench) -> None:
    script = """<script>document.forms[0].onsubmit=async e=>{e.preventDefault();
        const form=new URLSearchParams(new FormData(e.target));
        const saved=await (await fetch('/save',{method:'POST',body:form})).text();
        const ref=saved.match(/C[0-9]+/)[0];
        const sent=await fetch('/dispatch/'+ref,{method:'POST'});
        if(sent.ok){document.open();document.write(saved);document.close()}}</script>"""
    bench.target.at["/new"] = lambda _: page("New case", _FORM + script)
    bench.target.at["/dispatch/C0001"] = lambda _: page("Dispatched")


async def test_two_saves_at_once_are_one(tmp_path: Path) -> None:
    """On two connections, so that the second comes before the first has left."""
    async with a_bench(tmp_path) as bench:
        script = """<script>document.forms[0].onsubmit=async e=>{e.preventDefault();
            const form=()=>new URLSearchParams(new FormData(e.target));
            const send=()=>fetch('/save',{method:'POST',body:form()}).then(r=>r.text());
            const [saved]=await Promise.all([send(),send(),send()]);
            document.open();document.write(saved);document.close()}</script>"""
        bench.target.at["/new"] = lambda _: page("New case", _FORM + script)
        await bench.add("K1")
        await bench.work(patience=10)
        assert bench.target.seen["POST /save"] == 1
        assert bench.target.keys() == {"K1": 1}


async def test_a_message_that_says_no_while_the_page_saves_is_not_believed(tmp_path: Path) -> None:
    """Old pages warn by `alert` and send the form all the same."""
    dialogs = [{"text": "is required", "answer": "dismiss", "outcome": "refused"}]
    refused = {"refused": {"css": "p.err", "business": "refused-by-target", "saved": False}}
    async with a_bench(tmp_path, save={"dialogs": dialogs}, outcomes=refused) as bench:
        press = "this.form.submit();alert('Phone is required')"
        button = f'<button id=save type=button onclick="{press}">Save</button>'
        bench.target.at["/new"] = lambda _: page(
            "New case", _FORM.replace("<button id=save>Save</button>", button)
        )
        await bench.add("K1", "K2", "K3")
        await bench.work(patience=3)
        kept = bench.target.keys()
        for item in await bench.queue.items(PROCESS, [State.EXCEPTION]):
            assert kept[item.reference] == 0, "who is told that nothing was saved can rely on it"
        assert max(kept.values(), default=0) <= 1


@pytest.mark.parametrize(
    "outcome",
    [
        {"text": "session has ended", "system": "signed-out"},
        {"text": "session has ended", "busy": "record-locked", "sentence": "Somebody has it open."},
    ],
    ids=["session ended", "record locked"],
)
async def test_a_page_that_says_no_after_the_save_had_left_is_not_believed(
    tmp_path: Path, outcome: dict[str, Any]
) -> None:
    """The save is kept; the page after it is of another request, and its search is late."""
    async with a_bench(tmp_path, outcomes={"no": outcome | {"saved": False}}) as bench:
        [item] = await bench.add("K1")

        def saves(values: Mapping[str, str]) -> str:
            bench.target.save(values)
            return page("Sign in", "Your session has ended")

        bench.target.at["/save"] = saves
        bench.target.hidden.add("K1")
        await bench.work(max_items=1)
        assert (await bench.queue.item(item)).state is State.IN_DOUBT  # type: ignore[union-attr]
        bench.target.at.clear()
        bench.target.hidden.clear()
        await bench.add("K2")
        await bench.work(patience=5)
        assert await bench.states() == {"done": 2}
        assert bench.target.keys() == {"K1": 1, "K2": 1}


async def test_an_upload_inside_the_save_arrives_whole(tmp_path: Path) -> None:
    """A form in parts, its bytes as the page made them."""
    async with a_bench(tmp_path, save={"saves": {"path": "/save", "ignored": ["file"]}}) as bench:
        sizes: list[int] = []

        def save(values: Mapping[str, str]) -> Answer:
            sizes.append(len(bench.target.last_body))
            return bench.target.save({"key": "K1"})

        bench.target.at["/save"] = save
        script = """<script>document.forms[0].onsubmit=async e=>{e.preventDefault();
            const d=new FormData(e.target);d.append('file',new Blob([new Uint8Array(300000)]),'a.bin');
            const saved=await (await fetch('/save',{method:'POST',body:d})).text();
            document.open();document.write(saved);document.close()}</script>"""
        bench.target.at["/new"] = lambda _: page("New case", _FORM + script)
        await bench.add("K1")
        await bench.work()
        assert len(sizes) == 1
        assert sizes[0] > 300_000


async def test_a_worker_that_is_held_up_before_the_last_byte_does_not_send_it(tmp_path: Path) -> None:
    """Its deadline passes between the check and the end of the request."""
    timeouts = {"ready": 3, "window": 30, "save": 1, "settle": 0.2, "late": 0.2}
    async with a_bench(tmp_path, more={"timeouts": timeouts}) as bench:
        points: list[Point] = []
        passed, real = asyncio.Event(), Upstream._delivered

        async def delivered(self: Upstream) -> None:
            await real(self)
            passed.set()

        with (
            patch.object(Upstream, "_delivered", delivered),
            patch.object(commit, "in_time", lambda permit: not passed.is_set()),
        ):
            await bench.add("K1")
            await bench.work(on_point=points.append)
        assert passed.is_set()
        assert Point.SENDING in points
        assert bench.target.saves == []
        assert await bench.states() == {"in_doubt": 1}, "some handlers save before they have read it all"


# ---- signing in -----------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["cut", "error", "after"])
async def test_a_system_that_restarts_during_the_sign_in_refused_nobody(tmp_path: Path, how: str) -> None:
    async with a_bench(tmp_path) as bench:
        shown, tried = bench.target._page, []

        def login(values: Mapping[str, str]) -> Answer:
            if "p" not in values:
                return shown("GET", "/login", values)
            tried.append(how)
            if how == "after":  # the sign-in is answered, and the page to which it leads is not
                bench.target.at["/home"] = lambda _: CUT
                return None
            bench.target.answers["/login"] = 502 if how == "error" else 302
            return CUT if how == "cut" else page("Bad gateway")

        bench.target.at["/login"] = login
        await bench.add("K1")
        await bench.work(max_items=1)
        assert len(tried) == 1, "a password is not tried again at once"
        assert await bench.codes(State.NEW) == {"sign-in-failed": 1}
        bench.target.at.clear()
        bench.target.answers.clear()
        await bench.work(patience=3)
        assert await bench.states() == {"done": 1}


# ---- on the way -----------------------------------------------------------------------------------
@pytest.mark.parametrize("gate", [True, False])
async def test_what_a_page_shows_is_never_of_a_while_ago(tmp_path: Path, gate: bool) -> None:
    async with a_bench(tmp_path, more={"gate": gate}) as bench:
        bench.target.headers = "Cache-Control: max-age=300\r\n"
        await bench.add("K1", "K2", "K3")
        await bench.work()
        assert await bench.states() == {"done": 3}
        assert bench.target.seen["GET /new"] == 3


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_proxy_on_the_way_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    authority, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    asked: list[bytes] = []
    async with a_bench(tmp_path, tls=context if encrypted else None) as bench, a_proxy(asked) as port:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setattr(route, "_is_loopback", lambda _: False)
        await bench.add("K1")
        await bench.work()
        assert await bench.states() == {"done": 1}
        assert len(asked) >= 1
        assert {one.split(b" ")[0] for one in asked} == {b"CONNECT"}


@asynccontextmanager
async def a_proxy(asked: list[bytes]) -> AsyncIterator[int]:
    """Opens tunnels, and knows who asked."""

    async def one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        there = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(one_way(reader, there[1]), one_way(there[0], writer))

    server = await asyncio.start_server(came, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


# ---- encrypted ------------------------------------------------------------------------------------
def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A council's own authority, as one file, and a server that it vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented authority")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "authority.pem").write_bytes(pem)
    (folder / "server.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return folder / "authority.pem", context


async def test_an_encrypted_target_with_an_authority_of_the_councils_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    async with a_bench(tmp_path, tls=context) as bench:
        sends(bench, "new WebSocket('wss://HOST/sent/socket')", "navigator.sendBeacon('/sent/beacon','a')")
        await bench.add("K1")
        await bench.work()
        assert sent(bench) == []
        del bench.target.at["/new"]
        await bench.work()
        assert await bench.states() == {"done": 1}


@pytest.mark.parametrize("ours", [True, False])
async def test_a_target_that_wants_a_certificate_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    authority, context = certificate(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    async with a_bench(tmp_path, tls=context) as bench:
        bench.certificates = {"tiny": tmp_path / "server.pem"} if ours else {}
        await bench.add("K1")
        await bench.work(max_items=1)
        assert await bench.states() == ({"done": 1} if ours else {"new": 1})


async def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.certificates = {"tiny": tmp_path / "none.pem"}
        await bench.add("K1")
        summary = await bench.work()
        assert (
            summary.stopped == "The client certificate none.pem cannot be used (No such file or directory)."
        )


async def test_a_target_for_which_nobody_vouches_is_not_talked_to(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    async with a_bench(tmp_path, tls=context) as bench:
        await bench.add("K1")
        await bench.work()
        assert not bench.target.seen
        assert await bench.codes(State.NEW) == {"target-error": 1}


# ---- what is sent is what was read ----------------------------------------------------------------
def shows(bench: Bench, more: str, *, button: str = "<button id=save>Save</button>") -> None:
    form = f"<form method=post action=/save>{_INPUTS}{more}{button}</form>"
    bench.target.at["/new"] = lambda _: page("New case", form)


@pytest.mark.parametrize(
    "control",
    [
        "<input name=ward value='what a colleague chose last'>",
        "<input type=hidden name=person_id value=4711>",
        "<select name=ward multiple><option selected>North<option selected>South</select>",
        "<input type=checkbox name=letter checked>",
    ],
)
async def test_a_control_that_no_map_names_is_not_saved_unawares(tmp_path: Path, control: str) -> None:
    async with a_bench(tmp_path) as bench:
        shows(bench, control)
        await bench.add("K1", "K2")
        summary = await bench.work()
        assert bench.target.saves == []
        assert await bench.states() == {"new": 2}
        assert "holds what its map does not name" in summary.stopped


async def test_what_a_map_keeps_and_ignores_is_saved(tmp_path: Path) -> None:
    saves = {"path": "/save", "kept": ["person_id"], "ignored": ["csrf*"], "constants": {"kind": "^new$"}}
    async with a_bench(tmp_path, save={"saves": saves}) as bench:
        hidden = {"person_id": "4711", "csrf_token": "t", "kind": "new"}
        inputs = "".join(f"<input type=hidden name={name} value={value}>" for name, value in hidden.items())
        shows(bench, inputs, button="<button id=save name=press value=Save>Save</button>")
        await bench.add("K1")
        await bench.work()
        assert await bench.states() == {"done": 1}


_PRESSED = "<button id=save onclick=\"this.form.elements.name.value='changed'\">Save</button>"
_EMPTIED = (
    "<button id=save onclick=\"this.form.onsubmit=()=>{this.form.elements.key.value=''}\">Save</button>"
)
_ADDED = (
    "<button id=save onclick=\"this.form.addEventListener('formdata',e=>e.formData.append('key','K9'))\">"
    "Save</button>"
)


@pytest.mark.parametrize("button", [_PRESSED, _EMPTIED, _ADDED])
async def test_what_a_script_makes_of_it_while_it_is_saved_does_not_leave(
    tmp_path: Path, button: str
) -> None:
    async with a_bench(tmp_path) as bench:
        shows(bench, "", button=button)
        await bench.add("K1")
        await bench.work(patience=3)
        assert bench.target.saves == []
        assert await bench.codes(State.EXCEPTION) == {"body-differs": 1}


_CHOICE = "<option value=''>-<option value=77>High Street<option value=12>High Street"


async def test_two_options_of_one_label_are_not_chosen_between(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        select = f"<select name=name>{_CHOICE}</select>"
        form = _FORM.replace("<input name=name>", select)
        bench.target.at["/new"] = lambda _: page("New case", form)
        batch = await bench.queue.open_batch(PROCESS, "test", "test")
        record = {"key": "K1", "name": "High Street"}
        await bench.queue.add(PROCESS, batch, [NewItem(reference="K1", data=record)])
        await bench.work()
        assert bench.target.saves == []
        assert await bench.codes(State.EXCEPTION) == {"screen-changed": 1}


async def test_a_layer_over_the_button_is_waited_for(tmp_path: Path) -> None:
    """What the page still looks up belongs to what is saved."""
    async with a_bench(tmp_path, save={"saves": {"path": "/save", "kept": ["uprn"]}}) as bench:
        looked_up: list[str] = []

        def save(values: Mapping[str, str]) -> Answer:
            looked_up.append(values.get("uprn", ""))
            return bench.target.save(values)

        bench.target.at["/save"] = save
        layer = """<input type=hidden name=uprn>
            <div id=wait style="display:none;position:fixed;inset:0"></div>
            <script>document.querySelector('[name=key]').addEventListener('change',()=>{
            const wait=document.getElementById('wait');wait.style.display='block';
            setTimeout(()=>{document.querySelector('[name=uprn]').value='100';wait.style.display='none'},700)})
            </script>"""
        shows(bench, layer)
        await bench.add("K1")
        await bench.work()
        assert looked_up == ["100"]
        assert await bench.states() == {"done": 1}


# ---- rehearsed ------------------------------------------------------------------------------------
async def test_a_rehearsal_tells_what_a_map_needs_and_sends_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        hidden = {"person_id": "4711", "csrf_token": "t"}
        inputs = "".join(f"<input type=hidden name={name} value={value}>" for name, value in hidden.items())
        kept = "document.querySelector('[name=key]').onchange=()=>navigator.sendBeacon('/draft/17','a')"
        draft = f"<script>{kept}</script>"
        shows(bench, inputs + draft)
        await bench.add("K1")
        found = await bench.rehearse()
        assert bench.target.saves == []
        assert sent(bench) == []
        assert bench.target.seen["POST /save"] == 0
        assert list(found.saves) == [
            {"method": "POST", "path": "/save", "kept": ["person_id"], "ignored": ["csrf_token"]}
        ]
        assert list(found.others) == [{"method": "POST", "path": "/draft/{part}"}]
        assert await bench.states() == {"new": 1}
        bench.save = {"saves": dict(found.saves[0])}
        bench.more = {"harmless": [dict(one) for one in found.others]}
        await bench.work()
        assert await bench.states() == {"done": 1}


async def test_what_a_page_sends_by_itself_is_no_part_of_a_save(tmp_path: Path) -> None:
    """At every moment: while it stands there, while the save is on its way, and as it goes."""
    async with a_bench(tmp_path) as bench:
        beat = "setInterval(()=>fetch('/sent/beat',{method:'POST'}).catch(()=>0),5)"
        leaving = "addEventListener('pagehide',()=>navigator.sendBeacon('/sent/bye','a'))"
        sends(bench, beat, leaving, WAYS["socket"])
        sends(bench, "navigator.sendBeacon('/sent/look','a')", on="/search")
        await bench.add("K1")
        found = await bench.rehearse()
        assert [one["path"] for one in found.saves] == ["/save"]
        others = {(one["method"], one["path"]) for one in found.others}
        assert others == {
            ("POST", "/sent/beat"),
            ("POST", "/sent/bye"),
            ("POST", "/sent/look"),
            ("WEBSOCKET", "/sent/socket"),
        }
        bench.more = {"harmless": [dict(one) for one in found.others]}
        await bench.work()
        assert await bench.states() == {"done": 1}

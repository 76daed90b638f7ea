"""Who gets into Prefect: nobody without the password, no page but its own, no run that Rekey did not deploy.

One server serves the whole module. The attacker is a real browser wherever a browser is the attacker.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import pytest
from playwright.async_api import Browser, Page, Response, expect
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bots.doctor.examine import _prefect
from bots.engine.core.errors import RekeyError
from bots.engine.settings import ROOT, Settings
from bots.prefect_host.server import PrefectServer
from tests.acceptance.attacks import (
    FORM,
    HOST,
    POSTS,
    REBOUND,
    SOCKET,
    doing_harm,
    elsewhere,
    forged_event,
    forged_run,
)
from tests.acceptance.stand_in import PATIENCE, start_and_see, until, write_project
from tests.driver import a_browser
from tests.prefect_homes import PrefectHomes

STORE = "store-1"
NAMED = "rebound.example"
"""A name of an attacker's that has begun to point at this machine."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("project"), ours=True)


@pytest.fixture(scope="module")
async def prefect(
    project: Path, tmp_path_factory: pytest.TempPathFactory, prefect_homes: PrefectHomes
) -> AsyncIterator[PrefectServer]:
    home = tmp_path_factory.mktemp("home")
    await prefect_homes.furnish(home)
    async with PrefectServer(home=home, root=project, store=STORE) as server:
        yield server


@pytest.fixture
def marker(project: Path) -> Iterator[Path]:
    """Is there when a command of the attacker's was carried out."""
    file = project / f"harm-{uuid4().hex}"
    yield file
    assert not file.exists()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser(f"--host-resolver-rules=MAP {NAMED} {HOST}") as started:
        yield started


def account(prefect: PrefectServer) -> tuple[str, str]:
    file = prefect.logs.parent / "prefect" / "password"
    return "rekey", file.read_text(encoding="utf-8") if file.exists() else ""


def basic(prefect: PrefectServer) -> dict[str, str]:
    word = base64.b64encode(":".join(account(prefect)).encode()).decode()
    return {"Authorization": f"Basic {word}"}


@asynccontextmanager
async def http(prefect: PrefectServer, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    options: dict[str, Any] = {"base_url": prefect.ui_url, "trust_env": False, "timeout": PATIENCE}
    async with httpx.AsyncClient(**options, headers=headers) as client:
        yield client


async def runs(prefect: PrefectServer) -> int:
    return len(await prefect.api.runs({}, sort="START_TIME_DESC", limit=200))


# ---- without the password -----------------------------------------------------------------------
async def test_without_sign_in_the_page_is_there_and_tells_nothing(prefect: PrefectServer) -> None:
    async with http(prefect) as client:
        assert (await client.get("/")).status_code == 200
        told = (await client.get("/ui-settings")).json()
        assert told["auth"] == "BASIC"
        for path in ("/API/flows/filter", "//api/flows/filter", "/api%2fflows/filter", "/x/../api/flows"):
            answer = await client.get(f"{prefect.ui_url}{path}")
            assert answer.status_code in (401, 404) or "<!doctype html" in answer.text.lower(), path


def sockets() -> list[str]:
    from prefect.server.api.server import API_ROUTERS  # all of Prefect's server: two seconds

    found = [route for router in API_ROUTERS for route in router.routes if isinstance(route, WebSocketRoute)]
    return [f"/api{re.sub(r'{[^}]*}', 'rekey', route.path)}" for route in found]


async def let_in(prefect: PrefectServer, path: str, token: str | None, **options: Any) -> bool:
    """Whether a socket is let in that shows this token."""
    with_protocol = {"subprotocols": ["prefect"]} if token is not None else {}
    try:
        async with connect(f"ws://{HOST}:{prefect.port}{path}", proxy=None, **with_protocol, **options) as ws:
            if token is None:
                await ws.send(json.dumps({"type": "filter", "filter": {}}))
                await asyncio.wait_for(ws.recv(), 5)
                return True
            await ws.send(json.dumps({"type": "auth", "token": token}))
            return bool(json.loads(await ws.recv())["type"] == "auth_success")
    except TimeoutError:
        return True  # it was not turned away
    except (ConnectionClosed, InvalidHandshake):
        return False


async def test_no_socket_is_open_without_the_password_or_to_a_foreign_page(prefect: PrefectServer) -> None:
    found, token = sockets(), ":".join(account(prefect))
    assert {"/api/events/in", "/api/events/out", "/api/logs/out"} <= set(found)
    for path in found:
        assert await let_in(prefect, path, token), path
        assert await let_in(prefect, path, token, origin=prefect.ui_url), path
        assert not await let_in(prefect, path, None), path
        assert not await let_in(prefect, path, ""), path
        assert not await let_in(prefect, path, "rekey:a wrong one"), path
        for origin in (f"http://{HOST}:1", "https://example.org", "null"):
            assert not await let_in(prefect, path, token, origin=origin), (path, origin)
        assert not await let_in(prefect, path, token, additional_headers={"Host": NAMED}), path


async def test_a_wrong_password_is_one_sentence(prefect: PrefectServer) -> None:
    prefect.api._http.headers["Authorization"] = "Basic bm86bm8="
    auth, prefect.api._http.auth = prefect.api._http.auth, None
    with pytest.raises(RekeyError) as refused:
        await prefect.api.deployments()
    del prefect.api._http.headers["Authorization"]
    prefect.api._http.auth = auth
    assert refused.value.code == "prefect-password"
    assert refused.value.sentence.startswith("Prefect does not take Rekey's password.")


async def test_the_doctor_says_whether_rekey_comes_in(prefect: PrefectServer, tmp_path: Path) -> None:
    settings = Settings(home=prefect.logs.parent)
    assert await _prefect(settings) == f"{prefect.ui_url} lets Rekey in"
    assert await _prefect(Settings(home=tmp_path)) == "does not run here now: rekey up starts it"
    file = settings.home / "prefect" / "password"
    kept = file.read_text(encoding="utf-8")
    for text, told in ((f"{kept}x", "does not take Rekey's password"), ("", "is empty")):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(RekeyError, match=told):
            await _prefect(settings)
    file.write_text(kept, encoding="utf-8")


# ---- with the password, from somewhere else -----------------------------------------------------
async def test_only_its_own_page_may_ask(prefect: PrefectServer) -> None:
    port, signed = prefect.port, basic(prefect)
    good = [
        {"Host": host} for host in (f"{HOST}:{port}", f"localhost:{port}", "localhost:7000", f"[::1]:{port}")
    ]
    good += [{**one, "Origin": f"http://{one['Host']}"} for one in good]
    foreign = (
        "null",
        "http://example.org",
        f"http://{HOST}:{port + 1}",
        f"https://{HOST}:{port}",
        f"http://{HOST}",
    )
    bad = [({"Origin": origin}, 403) for origin in foreign]
    bad += [
        ({"Host": host}, 421) for host in (NAMED, f"{NAMED}:{port}", f"{HOST}.example", "0.0.0.0", "[::", "")
    ]
    async with http(prefect, **signed) as client:
        for headers in good:
            answer = await client.get("/api/flows/count", headers=headers)
            assert answer.status_code == 405, headers  # there is a POST of this name only: it came through
        for headers, status in bad:
            for method, path in (("GET", "/api/health"), ("POST", "/api/flows/filter"), ("GET", "/")):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == status, headers
                assert answer.json()["detail"].endswith(".")


async def rekey(prefect: PrefectServer, *words: str) -> str:
    """What the command says, typed by the service account."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", *words),
        cwd=ROOT,
        env={**os.environ, "REKEY_HOME": str(prefect.logs.parent)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    return out.decode().strip()


@asynccontextmanager
async def tab(browser: Browser, headers: dict[str, str]) -> AsyncIterator[Page]:
    context = await browser.new_context(extra_http_headers=headers)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("cached", [False, True], ids=["a stranger", "whose browser sends the password"])
async def test_a_page_elsewhere_starts_nothing(
    prefect: PrefectServer, browser: Browser, marker: Path, cached: bool
) -> None:
    deployment = await prefect.api.deployment("quick")
    path, before = f"/api/deployments/{deployment['id']}/create_flow_run", await runs(prefect)
    sent = {"address": prefect.ui_url + path, "body": forged_run(marker)}
    with elsewhere() as address:
        async with tab(browser, basic(prefect) if cached else {}) as page:
            await page.goto(address)
            await page.evaluate(POSTS, sent)
            await page.evaluate(FORM, sent)
            for socket in ("in", "out"):
                where = f"ws://{HOST}:{prefect.port}/api/events/{socket}"
                first = [forged_event()] if socket == "in" else ['{"type": "filter", "filter": {}}']
                assert await page.evaluate(SOCKET, {"address": where, "protocols": [], "first": first}) == []
    assert await runs(prefect) == before
    forged = {"filter": {"event": {"name": ["forged.by.a.page"]}}}
    assert (await prefect.api._read("/events/filter", forged))["events"] == []


async def test_a_name_that_points_here_opens_nothing(
    prefect: PrefectServer, browser: Browser, marker: Path
) -> None:
    """A page under a name of the attacker's, which is then made to point at this machine: its own origin."""
    deployment = await prefect.api.deployment("quick")
    path, before = f"/api/deployments/{deployment['id']}/create_flow_run", await runs(prefect)
    async with tab(browser, basic(prefect)) as page:
        await page.goto(f"http://{NAMED}:{prefect.port}/ui-settings")
        status = await page.evaluate(REBOUND, {"path": path, "body": forged_run(marker)})
    assert status == 421
    assert await runs(prefect) == before


async def test_no_page_can_frame_it(prefect: PrefectServer) -> None:
    async with http(prefect) as client:
        for path in ("/", "/rekey/sign-in", "/api/health"):
            assert (await client.get(path)).headers["x-frame-options"] == "DENY"


# ---- the way in ---------------------------------------------------------------------------------
async def test_a_link_signs_one_browser_in_once(prefect: PrefectServer, browser: Browser) -> None:
    link = (await rekey(prefect, "prefect", "open")).splitlines()[-1]
    async with tab(browser, {}) as page:
        answers = await _signed_in_by(link, page)
        assert {status for status in answers if status >= 400} == set()
        assert len(answers) > 3
        assert link.split("#")[1] not in json.dumps(await page.evaluate("Object.values(localStorage)"))
    async with tab(browser, {}) as page:
        await page.goto(link)
        await expect(page.get_by_role("status")).to_contain_text("This link is used up or too old")
        await page.goto(prefect.ui_url)
        await page.wait_for_url("**/login**")
    assert link.split("#")[1] not in (prefect.logs / "prefect-server.log").read_text(encoding="utf-8")


async def test_it_works_through_a_tunnel_from_another_port(prefect: PrefectServer, browser: Browser) -> None:
    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, prefect.port)
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer))

    async with await asyncio.start_server(forward, HOST, 0) as tunnel:
        port = tunnel.sockets[0].getsockname()[1]
        link = (await prefect.api.sign_in_link()).replace(f"{HOST}:{prefect.port}", f"localhost:{port}")
        async with tab(browser, {}) as page:
            answers = await _signed_in_by(link, page)
            assert answers
            assert {status for status in answers if status >= 400} == set()
        tunnel.close()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()


async def _signed_in_by(link: str, page: Page) -> list[int]:
    """Open a link, then the list of deployments; the statuses of what Prefect's page asked of its server."""
    answers: list[int] = []
    page.on("response", lambda answer: "/api/" in answer.url and answers.append(answer.status))
    await page.goto(link)
    await page.wait_for_url(lambda url: "sign-in" not in url)
    assert "#" not in page.url
    await page.get_by_role("button", name="Deployments").click()
    await expect(page.get_by_role("link", name="quick").first).to_be_visible()
    return answers


async def test_the_password_is_nobody_elses(prefect: PrefectServer) -> None:
    _, password = account(prefect)
    file = prefect.logs.parent / "prefect" / "password"
    assert len(password) > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not [log.name for log in prefect.logs.iterdir() if password in log.read_text(encoding="utf-8")]
    for process in psutil.process_iter(["cmdline"]):
        assert password not in " ".join(process.info["cmdline"] or ()), "every account sees these words"


# ---- with the password, and bad intentions ------------------------------------------------------
async def change(prefect: PrefectServer, where: str, **facts: Any) -> None:
    await prefect.api._ask("PATCH", where, facts)


async def ask_for(prefect: PrefectServer, deployment: str, **facts: Any) -> UUID:
    """As Prefect's own pages do, or anybody who has the password."""
    body = {"state": {"type": "SCHEDULED"}, **facts}
    answer = await prefect.api._ask("POST", f"/deployments/{deployment}/create_flow_run", body)
    return UUID(answer.json()["id"])


async def refused(prefect: PrefectServer, run: UUID) -> str:
    state = await prefect.wait_for(run, seconds=PATIENCE)
    gone_through = await prefect.api._ask("GET", f"/flow_run_states/?flow_run_id={run}")
    assert {one["type"] for one in gone_through.json()} == {"SCHEDULED", "CRASHED"}, "it was taken up"
    return state.message


@asynccontextmanager
async def open_template(prefect: PrefectServer, **job: Any) -> AsyncIterator[None]:
    """The pool as Prefect makes one, in which a run may set anything."""
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    closed = (await prefect.api._ask("GET", "/work_pools/rekey")).json()["base_job_template"]
    opened = {**template, "job_configuration": {**template["job_configuration"], **job}}
    await change(prefect, "/work_pools/rekey", base_job_template=opened)
    yield
    await change(prefect, "/work_pools/rekey", base_job_template=closed)


def variables(marker: Path) -> list[dict[str, Any]]:
    code = {"PYTHONSTARTUP": str(marker), "PREFECT_API_URL": "http://127.0.0.1:1/api"}
    return [{"command": doing_harm(marker)}, {"env": code}, {"working_dir": str(marker.parent)}]


async def test_no_run_sets_command_environment_or_folder(
    prefect: PrefectServer, marker: Path, project: Path
) -> None:
    quick = (await prefect.api.deployment("quick"))["id"]
    for wanted in variables(marker):
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            await ask_for(prefect, quick, job_variables=wanted)
    async with open_template(prefect):
        asked = [await ask_for(prefect, quick, job_variables=wanted) for wanted in variables(marker)]
        told = await asyncio.gather(*(refused(prefect, run) for run in asked))
    assert told == [
        f"No run may bring job variables of its own ({name}). Nothing was started."
        for name in ("command", "env", "working_dir")
    ]


async def test_what_the_pool_says_does_not_count(prefect: PrefectServer, marker: Path) -> None:
    async with open_template(prefect, command=doing_harm(marker), working_dir="/nowhere"):
        run = await prefect.run_deployment("quick", {"word": "as ever"})
        assert (await prefect.wait_for(run, seconds=PATIENCE)).type == "COMPLETED"


async def test_what_rekey_did_not_deploy_is_not_run(prefect: PrefectServer, marker: Path) -> None:
    quick = await prefect.api.deployment("quick")
    theirs = {
        "name": "theirs",
        "flow_id": quick["flow_id"],
        "work_pool_name": "rekey",
        "entrypoint": "stand_in.py:quick",
        "pull_steps": [{"prefect.deployments.steps.run_shell_script": {"script": doing_harm(marker)}}],
    }
    made = (await prefect.api._ask("POST", "/deployments/", theirs)).json()["id"]
    none = {"flow_id": quick["flow_id"], "work_pool_name": "rekey", "state": {"type": "SCHEDULED"}}
    asked = [await ask_for(prefect, made)]
    asked.append(UUID((await prefect.api._ask("POST", "/flow_runs/", none)).json()["id"]))
    told = await asyncio.gather(*(refused(prefect, run) for run in asked))
    assert set(told) == {"Rekey did not make the deployment of this run. Nothing was started."}


async def test_what_was_changed_since_is_not_run_until_it_is_put_right(
    prefect: PrefectServer, marker: Path
) -> None:
    quick = await prefect.api.deployment("quick")
    script = [{"prefect.deployments.steps.run_shell_script": {"script": doing_harm(marker)}}]
    changes: list[dict[str, Any]] = [
        {"pull_steps": script},
        {"parameters": {**quick["parameters"], "store": None}},
    ]
    for one in changes:
        await change(prefect, f"/deployments/{quick['id']}", **one)
        told = await refused(prefect, await ask_for(prefect, quick["id"]))
        assert told.startswith(
            ("quick was changed in Prefect since", "A run of quick cannot have another store")
        )
        await change(prefect, f"/deployments/{quick['id']}", **{name: quick[name] for name in one})
    await change(prefect, f"/deployments/{quick['id']}", pull_steps=script)
    await prefect.deploy()
    run = await prefect.run_deployment("quick")
    assert (await prefect.wait_for(run, seconds=PATIENCE)).type == "COMPLETED"


async def test_people_start_and_edit_on_prefects_own_pages(prefect: PrefectServer, browser: Browser) -> None:
    ours = await prefect.api.deployment("ours")
    where = f"{prefect.ui_url}/deployments/deployment/{ours['id']}"
    async with tab(browser, {}) as page:
        await _signed_in_by(await prefect.api.sign_in_link(), page)
        await page.goto(f"{where}/edit")
        assert (await _pressed(page, "Save", "PATCH", "/deployments/")).status == 204
        await page.goto(f"{where}/run")
        answer = await _pressed(page, "Submit", "POST", "/create_flow_run")
        assert answer.status == 201, await answer.text()
        run = (await answer.json())["id"]
    assert (await prefect.wait_for(run, seconds=PATIENCE)).type == "COMPLETED"


async def _pressed(page: Page, button: str, method: str, path: str) -> Response:
    """What Prefect answers. Its SQLite is locked for a moment now and then, and people press again."""

    def asks(answer: Response) -> bool:
        return answer.request.method == method and path in answer.url

    while True:
        async with page.expect_response(asks) as asked:
            await page.get_by_role("button", name=button).click()
        answer = await asked.value
        if answer.status != 503:
            return answer


async def test_what_people_may_change_stops_no_run(prefect: PrefectServer) -> None:
    quick = await prefect.api.deployment("quick")
    where = f"/deployments/{quick['id']}"
    await change(prefect, where, description="Ours", tags=["ours"], version="2", concurrency_limit=3)
    await change(prefect, where, parameters={**quick["parameters"], "word": "another"})
    await change(prefect, where, schedules=[{"schedule": {"interval": 9000.0}, "active": False}])
    await prefect.api.pause_deployment(quick["id"], True)
    await prefect.api.pause_deployment(quick["id"], False)
    asked = [await ask_for(prefect, quick["id"], job_variables={}, parameters={"word": "custom"})]
    asked.append(await prefect.run_deployment("quick"))
    ends = await asyncio.gather(*(prefect.wait_for(run, seconds=PATIENCE) for run in asked))
    assert [state.type for state in ends] == ["COMPLETED"] * 2


async def test_a_run_is_of_its_own_process_and_store(prefect: PrefectServer, project: Path) -> None:
    ours = (await prefect.api.deployment("ours"))["id"]
    fixed = {"process": "missed-bins", "store": STORE}
    others = [
        {**fixed, "process": "benefit-changes"},
        {**fixed, "store": None},
        {**fixed, "store": ""},
        {**fixed, "words": "a slip of the pen"},
    ]
    asked = [await ask_for(prefect, ours, parameters=one) for one in others]
    told = await asyncio.gather(*(refused(prefect, run) for run in asked))
    assert told[0] == (
        "A run of ours cannot have another process than its deployment has. Nothing was started."
    )
    assert told[1] == told[2] == told[0].replace("process", "store")
    assert told[3] == "ours has no parameter words. It has: process, store. Nothing was started."
    with pytest.raises(RekeyError) as at_once:
        await prefect.run_deployment("ours", {"words": "a slip of the pen"})
    assert at_once.value.sentence == told[3]


async def test_a_run_that_is_changed_after_it_was_admitted_stops_itself(
    prefect: PrefectServer, project: Path
) -> None:
    """Another worker than ours, or a change between the look and the start: the flow looks again."""
    ours = await prefect.api.deployment("ours")
    when = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-05T09:00:00Z"}}
    run = await ask_for(prefect, ours["id"], state=when)
    await change(prefect, f"/flow_runs/{run}", parameters={"process": "missed-bins"})
    pending = {"state": {"type": "PENDING"}, "force": True}
    await prefect.api._ask("POST", f"/flow_runs/{run}/set_state", pending)
    environment = prefect._environment | {
        "PREFECT__FLOW_RUN_ID": str(run),
        "PREFECT__FLOW_ENTRYPOINT": "stand_in.py:ours",
    }
    engine = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "prefect.engine",
        cwd=project,
        env=environment,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await engine.wait()
    state = await prefect.api.state(run)
    assert (state.type, state.message) == (
        "FAILED",
        "A run of ours cannot have another store than its deployment has. Nothing was started.",
    )


async def test_cancelling_loads_nothing_of_a_changed_deployment(
    prefect: PrefectServer, project: Path, marker: Path
) -> None:
    """Prefect's own worker loads a flow into itself to see what to do when it is cancelled: by the steps that
    the server then names."""
    run = await start_and_see(prefect, project, "long", "watched")
    script = [{"prefect.deployments.steps.run_shell_script": {"script": doing_harm(marker)}}]
    long = await prefect.api.deployment("long")
    await change(prefect, f"/deployments/{long['id']}", pull_steps=script)
    await prefect.cancel(run)
    assert (await prefect.wait_for(run, seconds=PATIENCE)).type == "CANCELLED"

    async def worker_is_through() -> bool:
        log = (prefect.logs / "prefect-worker.log").read_text(encoding="utf-8")
        return "Cancelled flow run" in log

    await until(worker_is_through)


# ---- last: on a server that is open this empties its database --------------------------------------
async def test_without_sign_in_every_route_but_health_answers_401(prefect: PrefectServer) -> None:
    async with http(prefect, **basic(prefect)) as signed:
        described = (await signed.get("/openapi.json")).json()["paths"]
    asked = [
        (method.upper(), "/api" + re.sub(r"{[^}]*}", str(UUID(int=1)), path))
        for path, methods in described.items()
        for method in methods
    ]
    assert len(asked) > 150
    more = ("/docs", "/redoc", "/openapi.json", "/api", "/api/docs", "/api/openapi.json", "/api/ready")
    asked += [("GET", path) for path in (*more, "/api/static/prefect-logo-mark-gradient.png", "/api//flows")]
    asked += [("OPTIONS", "/api/flows/filter"), ("HEAD", "/api/health"), ("POST", "/rekey/ticket")]
    wrong = "Basic " + base64.b64encode(b"rekey:a wrong one").decode()
    for headers in ({}, {"Authorization": wrong}, {"Authorization": "Basic"}, {"Authorization": "Bearer x"}):
        async with http(prefect, **headers) as client:
            answers = {(method, path): await client.request(method, path) for method, path in asked}
        open_ = {route for route, answer in answers.items() if answer.status_code != 401}
        assert open_ == {("GET", "/api/health")}
        assert answers["POST", "/api/flows/filter"].json() == {"detail": "Sign in first."}
        assert not any("www-authenticate" in answer.headers for answer in answers.values()), (
            "a browser that was asked would send what it was told by itself ever after"
        )

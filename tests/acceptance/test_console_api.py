"""The API as programs use it: over HTTP, with tokens, and never more than their people may."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from bots.engine.console.services.uploads import Uploads
from bots.engine.core.item import SENT_BACK, Ending, NewItem, State
from bots.engine.core.lookup import Sight, Sighted
from bots.engine.core.people import EVERYWHERE, Role, TokenScope
from bots.processes import registry
from tests import staff
from tests.acceptance.test_console_routes import PROCESS, REPORT
from tests.api import Api, an_api
from tests.town import MOVES
from tests.unit.moves_workbook import workbook

BENEFITS = "benefit-changes"
HEADINGS = (
    *("Account no", "Tenant", "Leaving address", "Leaving postcode", "Date left"),
    *("New address", "New postcode", "Moving in"),
)
NAMED = {"reported_by": "A. N. Other"}
DAY = f"{date.today() - timedelta(days=20):%d/%m/%Y}"
GOOD = ("41234567", "Asha Testerton", "1 Mill Lane", "NM1 4QT", DAY, "2 Low Row", "NM2 1AA", DAY)
BAD = ("41234568", "Ivor Sample", "3 Mill Lane", "NM1 4QT", "31/02/2026", "4 Low Row", "NM2 1AB", DAY)
CHANGE = {
    "claim": "HB4350303",
    "nino": "QQ123456C",
    "name": "Asha Testerton",
    "born": "1980-01-31",
    "postcode": "NM1 4QT",
    "change": "RENT",
    "changed_on": "2025-11-02",
    "total": "500.00",
    "period": "M",
    "signed": True,
    "signed_on": "2025-11-03",
    "document": f"{'0' * 64}.pdf",
}


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with an_api(tmp_path_factory.mktemp("api")) as found:
        yield found


async def told(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def refused(answer: httpx.Response, status: int, code: str) -> Any:
    found = await told(answer, status)
    assert found["code"] == code, found
    assert found["sentence"].endswith(".")
    return found


async def until(program: httpx.AsyncClient, upload: str, *stages: str) -> Any:
    """Asks again, as programs do."""
    async with asyncio.timeout(30):
        while True:
            found = await told(await program.get(f"/uploads/{upload}"))
            if found["stage"] in stages:
                return found
            await asyncio.sleep(0.05)


def moves(folder: Path) -> Path:
    return workbook(folder / "moves.xlsx", Moves=[HEADINGS, GOOD, BAD])


# ---- journeys -------------------------------------------------------------------------------
async def test_a_workbook_from_the_upload_to_what_goes_back(api: Api, tmp_path: Path) -> None:
    file, queue = moves(tmp_path), api.rekey.queue
    async with api.program("ann") as program:
        sent = {"files": (file.name, file.read_bytes())}
        answer = await program.post(f"/processes/{MOVES}/uploads", files=sent)
        upload = (await told(answer, 201))["id"]
        assert answer.headers["location"] == f"/api/v1/uploads/{upload}"
        found = await until(program, upload, "checked")
        [one] = found["files"]
        assert (one["name"], one["verdict"], one["records"], one["problems"]) == (file.name, "partly", 1, 1)
        assert "Date left" in " ".join(one["said"])
        assert not await queue.batches(MOVES), "nothing is queued before somebody says so"
        for _ in range(2):  # it is queued once
            await told(await program.post(f"/uploads/{upload}/queue"), 202)
        found = await until(program, upload, "queued")
        await told(await program.post(f"/uploads/{upload}/queue"), 202)
        [batch] = await queue.batches(MOVES)
        assert found["files"][0]["hand_ins"] == [batch.id]
        assert batch.who == "person/ann"
        status = await told(await program.get(f"/hand-ins/{batch.id}"))
        assert (status["file"], status["who"], status["records"]) == (file.name, "Ann Sample", 2)
        assert status["states"] == {"new": 1, "exception": 1}
        assert status["outcomes"] == {"added": 2}
        listed = await told(await program.get("/hand-ins", params={"process": MOVES}))
        assert [one["id"] for one in listed["hand_ins"]] == [batch.id]
        await _put_right(program, status["waiting"][0]["item"])
        back = await program.get(f"/hand-ins/{batch.id}/return")
        assert back.status_code == 200
        assert f"moves-{batch.id}.xlsx" in back.headers["content-disposition"]
        sheet = load_workbook(io.BytesIO(back.content))["Moves"]
        assert [cell.value for cell in sheet[1]][-5:] == ["Outcome", "Reference", "Reason", "When", "Item"]
        assert sheet.max_row == 3
    assert len(await queue.items(MOVES, [State.NEW])) == 2


async def _put_right(program: httpx.AsyncClient, item: str) -> None:
    listed = await told(await program.get("/items", params={"process": MOVES, "state": "exception"}))
    [entry] = listed["items"]
    assert (entry["id"], entry["reference"]) == (item, BAD[0])
    one = await told(await program.get(f"/items/{item}"))
    assert one["record"]["moved_out"] == BAD[4]
    assert one["source"]["File"] == "moves.xlsx"
    wrong = {"seen": one["updated"], "why": "The agent rang.", "corrected": {"moved_out": "30/02/2026"}}
    found = await refused(await program.post(f"/items/{item}/retry", json=wrong), 409, "record-wrong")
    assert list(found["mistakes"]) == ["moved_out"]
    assert found["mistakes"]["moved_out"].startswith("Date left is a day that does not exist")
    day = date.today() - timedelta(days=21)
    right = wrong | {"corrected": {"moved_out": day.isoformat(), "lives_alone": True}}
    now = await told(await program.post(f"/items/{item}/retry", json=right))
    assert (now["state"], now["version"]) == ("new", 2)
    assert (now["record"]["moved_out"], now["record"]["lives_alone"]) == (day.isoformat(), True)
    assert (now["history"][0]["who"], now["history"][0]["why"]) == ("ann", "The agent rang.")


async def test_four_eyes(api: Api) -> None:
    """Ann corrects what wants two people, and may not agree to it herself: nor with another token of hers."""
    queue = api.rekey.queue
    batch = await queue.open_batch(BENEFITS, "test", "test")
    row = NewItem(reference="HB4350303", data=CHANGE, code="claim-not-found", sentence="No such claim.")
    [(_, item)] = await queue.add(BENEFITS, batch, [row])
    async with api.program("ann") as anns, api.program("ann") as other, api.program("bob") as bobs:
        seen = (await told(await anns.get(f"/items/{item}")))["updated"]
        sent = {"seen": seen, "why": "By the letter.", "corrected": {"nino": "QQ 12 34 57 C"}}
        now = await told(await anns.post(f"/items/{item}/retry", json=sent))
        assert (now["state"], now["code"]) == ("awaiting_approval", "second-person")
        agreed = {"seen": now["updated"], "why": "Compared with the letter."}
        for program in (anns, other):
            await refused(await program.post(f"/items/{item}/approve", json=agreed), 409, "four-eyes")
        now = await told(await bobs.post(f"/items/{item}/approve", json=agreed))
    assert now["state"] == "new"
    told_by = [(step.who, step.why) for step in await queue.history(item)][-2:]
    assert told_by == [("person/ann", "By the letter."), ("person/bob", "Compared with the letter.")]


async def test_one_field_put_right_turns_no_other_round(api: Api, tmp_path: Path) -> None:
    """A row that is no record yet is kept as its sender wrote it: "Y" is still a yes."""
    file = workbook(tmp_path / "moves.xlsx", Moves=[(*HEADINGS, "Lives alone"), (*BAD, "Y")])
    async with api.program("ann") as program:
        [batch] = await handed_in(program, file)
        item = (await told(await program.get(f"/hand-ins/{batch}")))["waiting"][0]["item"]
        one = await told(await program.get(f"/items/{item}"))
        day = (date.today() - timedelta(days=21)).isoformat()
        right = {"seen": one["updated"], "why": "The agent rang.", "corrected": {"moved_out": day}}
        now = await told(await program.post(f"/items/{item}/retry", json=right))
    assert now["record"]["lives_alone"] is True


async def handed_in(program: httpx.AsyncClient, file: Path) -> list[str]:
    upload = await uploaded(program, file)
    await told(await program.post(f"/uploads/{upload}/queue"), 202)
    found: list[str] = (await until(program, upload, "queued"))["files"][0]["hand_ins"]
    return found


async def uploaded(program: httpx.AsyncClient, file: Path) -> str:
    """Sent and checked."""
    files = {"files": (file.name, file.read_bytes())}
    upload: str = (await told(await program.post(f"/processes/{MOVES}/uploads", files=files), 201))["id"]
    await until(program, upload, "checked")
    return upload


async def test_the_rest_begins_when_the_first_part_does(api: Api, tmp_path: Path) -> None:
    """Chosen for tomorrow, broken off by a restart, and queued again as the runbook says."""
    tomorrow = round(time.time()) + 86_400.0
    async with api.program("ann") as program:
        upload, uploads = await uploaded(program, moves(tmp_path)), Uploads(api.home)
        found = uploads.find(upload)
        assert found is not None
        uploads.keep(replace(found, queueing=True, begins=tomorrow))  # and the console stopped
        assert (await told(await program.get(f"/uploads/{upload}")))["stage"] == "half-queued"
        await told(await program.post(f"/uploads/{upload}/queue"), 202)
        [name] = (await until(program, upload, "queued"))["files"][0]["hand_ins"]
    batch = await api.rekey.queue.batch(name)
    assert batch is not None
    assert batch.begins == tomorrow


async def test_a_change_made_meanwhile_is_not_overwritten(api: Api) -> None:
    [item] = await api.exceptions("MB-2026-1001")
    async with api.program("ann") as program:
        sent = {"seen": (await told(await program.get(f"/items/{item}")))["updated"], "why": "By mistake."}
        await staff.retry(api.rekey.queue, item, "person/bob", "it exists now")
        before = await api.rekey.queue.item(item)
        for act, more in (
            *(("retry", {}), ("withdraw", {}), ("saved", {"reference": "W-1"}), ("not-saved", {})),
            *(("look-again", {}), ("approve", {}), ("decline", {}), ("put-off", {"days": 1})),
        ):
            answer = await program.post(f"/items/{item}/{act}", json=sent | more)
            await refused(answer, 409, "changed-meanwhile")
    assert await api.rekey.queue.item(item) == before


# ---- each decision --------------------------------------------------------------------------
async def doubtful(api: Api, number: str) -> str:
    """An item of which nobody knows whether it was saved."""
    [item] = await api.exceptions(number)
    queue = api.rekey.queue
    await staff.retry(queue, item, "test", "to be keyed")
    while (lease := await queue.take(PROCESS, "w1", 60)) is not None and lease.item.id != item:
        await queue.finish(lease, Ending(state=State.EXCEPTION, code="not-now", sentence="Not now."), [])
    assert lease is not None
    at_once = {"seen": (), "window": 0.0, "settle": 0.0, "digest": lease.item.digest}
    step = registry.find(PROCESS).steps[0]
    await queue.intend(lease, step=step.name, system=step.system, writer="b", **at_once)
    await queue.finish(lease, Ending(state=State.IN_DOUBT), [])
    return item


@pytest.mark.parametrize("was_saved", [True, False], ids=["saved", "not saved"])
async def test_in_doubt(api: Api, was_saved: bool) -> None:
    item = await doubtful(api, f"MB-2026-20{was_saved:02}")
    async with api.program("ann") as program:
        now = await told(await program.get(f"/items/{item}"))
        assert now["state"] == "in_doubt"
        sent = {"seen": now["updated"], "why": "I looked by the address."}
        await refused(await program.post(f"/items/{item}/retry", json=sent), 409, "wrong-state")
        act = ("saved", {"reference": " W-77 "}) if was_saved else ("not-saved", {})
        now = await told(await program.post(f"/items/{item}/{act[0]}", json=sent | act[1]))
    assert now["state"] == "new"
    assert [one["reference"] for one in now["receipts"]] == ["W-77"] * was_saved
    assert not any(one["proven"] for one in now["receipts"])


async def test_closed_with_and_without_a_reference(api: Api) -> None:
    by_hand, not_needed = await api.exceptions("MB-2026-3001", "MB-2026-3002")
    async with api.program("ann") as program:
        for item, more in ((by_hand, {"reference": "W-88"}), (not_needed, {})):
            seen = (await told(await program.get(f"/items/{item}")))["updated"]
            sent = {"seen": seen, "why": "The resident rang.\0"} | more
            now = await told(await program.post(f"/items/{item}/withdraw", json=sent))
            assert (now["state"], now["history"][0]["why"]) == ("withdrawn", "The resident rang.")
            assert [one["reference"] for one in now["receipts"]] == list(more.values())


async def test_sent_back_to_its_source(api: Api) -> None:
    [item] = await api.exceptions("MB-2026-3101")
    async with api.program("ann") as program:
        seen = (await told(await program.get(f"/items/{item}")))["updated"]
        sent = {"seen": seen, "why": "The street is missing."}
        now = await told(await program.post(f"/items/{item}/send-back", json=sent))
        assert (now["state"], now["code"]) == ("withdrawn", SENT_BACK)
        await refused(await program.post(f"/items/{item}/send-back", json=sent), 409, "changed-meanwhile")
    async with api.program("vera", (Role.VIEWER, PROCESS)) as program:
        await refused(await program.post(f"/items/{item}/send-back", json=sent), 403, "not-allowed")


async def test_a_bot_is_asked_to_look(api: Api) -> None:
    [item] = await api.exceptions("MB-2026-3201")
    async with api.program("ann") as program:
        assert (await told(await program.get(f"/items/{item}")))["looked"] is None
        now = await told(await program.post(f"/items/{item}/look"))
        assert now["looked"] == {"waits": True, "at": None, "sentence": "", "entries": [], "older": False}
        seen = Sight(
            step="report",
            sentence="The search shows 1 entry.",
            entries=[Sighted(reference="W-91", values={"uprn": "1"} | NAMED, differs=["uprn"])],
            meant={"uprn": REPORT["uprn"]} | NAMED,
        )
        asked = await api.rekey.lookups.take(PROCESS, "test", 60.0)
        assert asked is not None
        assert await api.rekey.lookups.answer(asked, "test", 1, seen)
        looked = (await told(await program.get(f"/items/{item}")))["looked"]
        assert (looked["waits"], looked["sentence"]) == (False, "The search shows 1 entry.")
        [entry] = looked["entries"]
        assert (entry["reference"], entry["equal"], entry["whose"]) == ("W-91", False, "")
        assert [one["differs"] for one in entry["values"]] == [True, False]
    async with api.program("vera", (Role.VIEWER, PROCESS)) as program:
        answer = await program.get(f"/items/{item}")
        assert "A. N. Other" not in answer.text
        await refused(await program.post(f"/items/{item}/look"), 403, "not-allowed")


async def test_taken_put_off_and_talked_about(api: Api) -> None:
    [item] = await api.exceptions("MB-2026-4001")
    async with api.program("ann") as anns, api.program("bob") as bobs:
        assert (await told(await anns.post(f"/items/{item}/take", json={})))["holder"] == "Ann Sample"
        await refused(await bobs.post(f"/items/{item}/take", json={}), 409, "taken-already")
        await refused(await bobs.post(f"/items/{item}/give-back", json={}), 409, "taken-already")
        over = await bobs.post(f"/items/{item}/take", json={"over": True})
        assert (await told(over))["holder"] == "Bob Sample"
        given = await told(await bobs.post(f"/items/{item}/give-back", json={"note": "I wait for a photo."}))
        assert given["holder"] == ""
        now = await told(await anns.post(f"/items/{item}/comments", json={"text": "It came."}))
        assert [(one["who"], one["text"]) for one in now["comments"]] == [
            *(("Bob Sample", "I wait for a photo."), ("Ann Sample", "It came.")),
        ]
        search = {"text": "MB-2026-4001"}
        assert await numbers(anns, search) == ["MB-2026-4001"]
        sent = {"seen": now["updated"], "why": "Until the photo is there.", "days": 7}
        await told(await anns.post(f"/items/{item}/put-off", json=sent))
        assert await numbers(anns, search) == []


# ---- looking --------------------------------------------------------------------------------
async def numbers(program: httpx.AsyncClient, search: dict[str, Any]) -> list[str]:
    found = await told(await program.post("/items/search", json=search))
    return [one["reference"] for one in found["items"]]


async def test_page_by_page_each_item_is_met_once(api: Api) -> None:
    items = await api.exceptions(*(f"MB-2026-50{n:02}" for n in range(7)))
    met: list[str] = []
    async with api.program("ann") as program:
        asked: dict[str, Any] = {"process": PROCESS, "order": "newest", "size": 3}
        while asked.get("after") is not None or not met:
            page = await told(await program.get("/items", params=asked))
            met += [one["id"] for one in page["items"]]
            asked["after"] = page["next"]
        assert len(met) == len(set(met))
        assert set(items) <= set(met)
        assert met[:7] == items[::-1]
        await refused(await program.get("/items", params={"after": "nonsense"}), 409, "unknown-page")
        for wrong in ({"size": 501}, {"order": "x"}, {"state": "done"}, {"text": "MB"}):
            found = await refused(await program.get("/items", params=wrong), 422, "unusable")
            assert "MB" not in found["sentence"]


async def test_a_viewer_gets_masked_values_and_decides_nothing(api: Api) -> None:
    [item] = await api.exceptions("MB-2026-6001")
    sent = {"seen": 0.0, "why": "x"}
    async with api.program("vera", (Role.VIEWER, PROCESS)) as program:
        one = await told(await program.get(f"/items/{item}"))
        listed = await program.get("/items", params={"process": PROCESS})
        await refused(await program.post(f"/items/{item}/withdraw", json=sent), 403, "not-allowed")
        processes = (await told(await program.get("/processes")))["processes"]
    assert one["record"]["reported_by"] == one["reference"] == "•••"
    assert one["record"]["uprn"] == REPORT["uprn"]
    assert one["record"]["notes"] == "", "nothing is hidden where nothing is"
    assert REPORT["reported_by"] not in listed.text + str(one)
    assert "MB-2026-6001" not in listed.text
    assert [(one["name"], one["may"]) for one in processes] == [(PROCESS, ["viewer"])]
    assert {"name": "reported_by", "sensitive": True}.items() <= processes[0]["fields"][-2].items()


async def test_a_viewer_reads_no_reference_letter_by_letter(api: Api) -> None:
    """What is masked is not found either, but for who reviews the process; an item's id is open to all."""
    number = "MB-2026-6002"
    [item] = await api.exceptions(number)
    asked = [number[:length] for length in range(1, len(number) + 1)]
    async with api.program("vic", (Role.VIEWER, PROCESS), (Role.OWNER, MOVES)) as program:
        for text in (*asked, number.lower()):
            assert await numbers(program, {"text": text}) == [], text
        assert await numbers(program, {"text": item}) == ["•••"]
    async with api.program("ruth", (Role.REVIEWER, PROCESS)) as program:
        for text in (*asked, item):
            assert number in await numbers(program, {"text": text, "size": 500}), text
    async with api.program("olga", (Role.OWNER, EVERYWHERE), only=MOVES) as program:
        assert await numbers(program, {"text": item}) == []


async def test_a_token_for_one_process_alone(api: Api) -> None:
    [item] = await api.exceptions("MB-2026-7001")
    async with api.program("olga", (Role.OWNER, EVERYWHERE), only=MOVES) as program:
        await refused(await program.get(f"/items/{item}"), 404, "not-found")
        names = [one["name"] for one in (await told(await program.get("/processes")))["processes"]]
        assert names == [MOVES]
        assert await numbers(program, {"text": "MB-2026-7001"}) == []


ZERO, HALF = "\0x", "\ud800x"
BROKEN = [
    *(b"{", b"[]", b"", b"\xff", b"null", b'{"seen": NaN, "why": "x"}', b'{"seen": 1e999, "why": "x"}'),
    *(b"[" * 50_000, b'{"why": "x", "seen": ' + b"9" * 5000 + b"}"),
]


async def test_no_text_is_too_odd(api: Api) -> None:
    """Half characters and zero bytes, which no database holds; and what is no JSON."""
    [item] = await api.exceptions("MB-2026-9001")
    to = f"/items/{item}"
    async with api.program("ann") as program:

        async def sent(path: str, **body: Any) -> httpx.Response:
            kind = {"Content-Type": "application/json"}
            return await program.post(path, content=json.dumps(body).encode(), headers=kind)

        said = {"seen": (await told(await program.get(to)))["updated"], "why": ZERO}
        for odd in (ZERO, HALF):
            for path, body in (
                ("/items/search", {"after": odd}),
                ("/items/search", {"process": [odd]}),
                (f"{to}/retry", said | {"corrected": {odd: "x"}}),
                (f"{to}/retry", said | {"corrected": {"house": odd, "uprn": "x"}}),
            ):
                assert (await sent(path, **body)).status_code in (404, 409, 422), (path, body)
            for search in ({"text": odd}, {"code": odd}):
                answer = await sent("/items/search", **search)
                assert answer.status_code == 422 or answer.json()["items"] == []
        await refused(await sent(f"{to}/withdraw", **said | {"why": HALF}), 422, "unusable")
        await told(await sent(f"{to}/comments", text=ZERO))
        for content in BROKEN:
            answer = await program.post(
                f"{to}/retry", content=content, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code in (400, 422), content[:30]
            assert answer.json()["code"] == "unusable"
        now = await told(await sent(f"{to}/withdraw", **said))
    assert now["history"][0]["why"] == "x"


# ---- files ----------------------------------------------------------------------------------
def kept(api: Api) -> list[str]:
    folder = api.home / "uploads"
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


async def test_what_cannot_be_taken(api: Api) -> None:
    to = f"/processes/{MOVES}/uploads"
    before = kept(api)
    async with api.program("ann") as program, api.program("bob") as bobs:
        nothing = {"headers": {"Content-Type": "multipart/form-data; boundary=b"}, "content": b"--b--\r\n"}
        await refused(await program.post(to, **nothing), 409, "no-files-chosen")
        for content in (b"--b\r\nhalf", b"", b"{}"):
            broken = nothing | {"content": content}
            await refused(await program.post(to, **broken), 409, "form-broken")
        await refused(await program.post(to, json={}), 409, "form-broken")
        many = [("files", (f"{n}.csv", b"a,b\n")) for n in range(51)]
        await refused(await program.post(to, files=many), 413, "too-large")
        some = {"files": ("a.csv", b"a,b\n1,2\n")}
        screens = await program.post(f"/processes/{PROCESS}/uploads", files=some)
        await refused(screens, 409, "takes-no-files")
        assert kept(api) == before, "nothing of these was kept"
        wrong = {"files": ("moves.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(99))}
        upload = (await told(await program.post(to, files=wrong), 201))["id"]
        await refused(await bobs.get(f"/uploads/{upload}"), 404, "not-found")
        found = await until(program, upload, "checked")
        assert found["files"][0]["verdict"] == "refused"
        await refused(await program.post(f"/uploads/{upload}/queue"), 409, "nothing-to-queue")
        assert (await program.post(f"/uploads/{upload}/throw-away")).status_code == 204
        await refused(await program.get(f"/uploads/{upload}"), 404, "not-found")


async def test_two_who_queue_at_once_queue_once(api: Api, tmp_path: Path) -> None:
    file = workbook(tmp_path / "two.xlsx", Moves=[HEADINGS, ("55555555", *GOOD[1:])])
    before = len(await api.rekey.queue.batches(MOVES))
    async with api.program("ann", scopes=(TokenScope.HAND_IN,)) as program:
        sent = {"files": (file.name, file.read_bytes())}
        upload = (await told(await program.post(f"/processes/{MOVES}/uploads", files=sent), 201))["id"]
        await until(program, upload, "checked")
        answers = [program.post(f"/uploads/{upload}/queue") for _ in range(5)]
        assert {one.status_code for one in await asyncio.gather(*answers)} == {202}
        found = await until(program, upload, "queued")
        [batch] = found["files"][0]["hand_ins"]
        assert (await told(await program.get(f"/hand-ins/{batch}")))["records"] == 1
        await refused(await program.get("/items"), 403, "other-scope")
    assert len(await api.rekey.queue.batches(MOVES)) == before + 1


async def test_nothing_that_was_sent_or_shown_is_in_the_log(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    [item] = await api.exceptions("MB-2026-8001")
    async with api.program("vera", (Role.VIEWER, PROCESS)) as program:
        await program.post(f"/items/{item}/retry", json={"seen": 1.0, "why": "Priya Sample rang"})
        await program.post("/items/search", json={"text": REPORT["reported_by"], "size": "many"})
        secret = program.headers["authorization"].removeprefix("Bearer ")
        await program.get("/items", headers={"Authorization": f"Bearer {secret[:-3]}AAA"})
    assert "a token was refused" in caplog.text
    assert "other-scope" not in caplog.text
    for word in (secret, secret[:-3], REPORT["reported_by"], "rang"):
        assert word not in caplog.text

"""Handing in work as staff do it: a real browser, a real council, and the bot that keys what was queued. What
became of a case is read from the council's own books."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from playwright.async_api import Locator, Page, Request, expect
from pypdf import PdfReader

from bots.assembly.console_sites import MappedSites
from bots.engine.console.services import uploads
from bots.engine.console.services.sites import shut_at
from bots.engine.console.services.uploads import MOST_BYTES, MOST_FILES, Uploads, clear_out, shown
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.item import State
from bots.engine.core.people import Role
from tests.benefits import BENEFITS, answers, forms
from tests.benefits import verdict as benefits_verdict
from tests.console import Office, accessible, an_office, pictured
from tests.hands import Hands, Way
from tests.moves import MOVES, verdict, workbook
from tests.town import PROCESS, a_town, edit_map, rekeyed

SEND, QUEUE = "Send and check", "Queue these"
TITLES = {MOVES: "Council tax moves", BENEFITS: "Benefit changes"}


@pytest.fixture(scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    options = ("--moves", "12", "--benefits", "3")
    async with (
        a_town(folder, 10, 7, *options) as town,
        rekeyed(town, patience=40.0) as rekey,
        an_office(town, rekey) as office,
    ):
        yield office


async def sent(page: Page, process: str, *files: Path | dict[str, Any]) -> None:
    """Choose them and send; the page is the check's then."""
    await page.goto("/hand-in")
    await page.get_by_label(TITLES[process]).check()
    chosen: Any = [one if isinstance(one, dict) else payload(one) for one in files]
    await page.locator("input[type=file]").set_input_files(chosen)
    await page.get_by_role("button", name=SEND).click()
    await page.wait_for_url(re.compile(r"/hand-in/u-"))


def payload(file: Path) -> dict[str, Any]:
    return {"name": file.name, "mimeType": "application/octet-stream", "buffer": file.read_bytes()}


async def is_checked(page: Page) -> None:
    await expect(page.get_by_role("status")).to_contain_text("The check is done", timeout=30_000)


async def is_queued(page: Page) -> None:
    await page.get_by_role("button", name=QUEUE).click()
    await page.wait_for_url(re.compile(r"/hand-ins/b-"), timeout=30_000)


def folders(office: Office) -> list[str]:
    found = office.rekey.settings.home / "uploads"
    return sorted(each.name for each in found.iterdir()) if found.is_dir() else []


# ---- the whole way --------------------------------------------------------------------------
async def test_a_workbook_from_the_upload_to_what_goes_back(office: Office) -> None:
    queue, town = office.rekey.queue, office.town
    async with office.reviewer() as page:
        await page.goto("/hand-ins")
        await expect(page.get_by_text("Nothing was handed in yet")).to_be_visible()
        await page.get_by_role("button", name="Hand in work").click()
        await accessible(page)
        await pictured(page, "hand-in")
        await sent(page, MOVES, workbook(town))
        await is_checked(page)
        await accessible(page)
        await pictured(page, "hand-in-checked")
        assert not await queue.batches(MOVES), "nothing is queued before somebody says so"
        await expect(page.get_by_role("region", name="moves.xlsx")).to_contain_text("12 records")
        await expect(page.get_by_text("12 records would be keyed.")).to_be_visible()
        await is_queued(page)
        [batch] = await queue.batches(MOVES)
        assert (batch.who, batch.detail["file"]) == ("person/ann", "moves.xlsx")
        assert page.url.endswith(batch.id)
        await expect(page.get_by_role("row", name="Waiting")).to_be_visible()
        await pictured(page, "one-hand-in-waiting")
        await office.rekey.work(MOVES, sessions=2)
        await page.get_by_role("link", name="Refresh").click()
        done = len(await queue.items(MOVES, [State.DONE]))
        await expect(page.get_by_role("row", name=re.compile(f"^Done {done}$"))).to_be_visible()
        await accessible(page)
        await pictured(page, "one-hand-in")
        await _comes_back(page, batch.id)
        await _leads_to_its_items(page, office)
        await page.goto("/hand-ins")
        await expect(page.get_by_role("row", name=f"moves.xlsx {TITLES[MOVES]} Ann Sample")).to_be_visible()
        await accessible(page)
        await pictured(page, "hand-ins")
    found = await verdict(town)
    assert found.clean, found.to_dict()
    assert (await office.rekey.give_back_finished(MOVES)).written, "the outbox gets its own"


async def _comes_back(page: Page, batch: str) -> None:
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Download what goes back").click()
    returned = await coming.value
    assert returned.suggested_filename == f"moves-{batch}.xlsx"
    with (await returned.path()).open("rb") as file:
        sheet = load_workbook(file)["Moves"]
    assert [cell.value for cell in sheet[5]][-5:] == ["Outcome", "Reference", "Reason", "When", "Item"]
    outcomes = {row[-5].value for row in sheet.iter_rows(min_row=6)} - {None}
    assert "Done" in outcomes
    assert "Waiting" not in outcomes


async def _leads_to_its_items(page: Page, office: Office) -> None:
    for_people = await office.rekey.queue.items(MOVES, [State.EXCEPTION])
    links = page.locator("a[href^='/items/']")
    assert await links.count() == len(for_people) > 0
    await links.first.click()
    await expect(page.get_by_role("heading", name="What happened")).to_be_visible()


async def test_the_same_file_again_adds_nothing(office: Office) -> None:
    """Handed in before, by keyboard alone, up to what goes back."""
    await _handed_in(office)
    before = len(await office.rekey.queue.items(MOVES))
    saved = len(office.town.saves("revenues"))
    async with office.reviewer() as page:
        hands = Hands(page, Way.KEYBOARD)
        await page.goto("/hand-in")
        await hands.choose(page.get_by_label(TITLES[MOVES]))
        await hands.give(page.get_by_role("button", name=re.compile("Choose files")), workbook(office.town))
        await hands.press(page.get_by_role("button", name=SEND))
        await page.wait_for_url(re.compile(r"/hand-in/u-"))
        await is_checked(page)
        await expect(page.get_by_role("region", name="moves.xlsx")).to_contain_text("known already")
        await expect(page.get_by_text("0 records would be keyed.")).to_be_visible()
        await pictured(page, "hand-in-known")
        await hands.press(page.get_by_role("button", name=QUEUE))
        await page.wait_for_url(re.compile(r"/hand-ins/b-"))
        await expect(page.get_by_role("row", name=re.compile("^New "))).to_have_count(0)
        await expect(page.get_by_role("row", name=re.compile("^Known already"))).to_be_visible()
        async with page.expect_download() as coming:
            await hands.press(page.get_by_role("link", name="Download what goes back"))
        assert (await coming.value).suggested_filename.endswith(".xlsx")
    assert len(await office.rekey.queue.items(MOVES)) == before
    await office.rekey.work(MOVES, sessions=1)
    assert len(office.town.saves("revenues")) == saved


async def _handed_in(office: Office) -> None:
    """The workbook and the bot were there already; also when this test is run alone."""
    if not await office.rekey.queue.items(MOVES):
        await office.rekey.hand_in(MOVES, [workbook(office.town)])
        await office.rekey.work(MOVES, sessions=2)


async def test_documents_and_an_email_among_a_wrong_kind(office: Office, tmp_path: Path) -> None:
    """What is no document is refused beside its name, whatever that name says; the others go on."""
    # The scan is left to other tests: it is read letter by letter, and that twice here.
    first, *others = [form for form in forms(office.town) if not form.name.startswith("SCAN")]
    letter = an_email(tmp_path / "letter.eml", others)
    wrong = {"name": "form.pdf", "mimeType": "application/pdf", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(99)}
    async with office.reviewer() as page:
        await sent(page, BENEFITS, first, letter, wrong)
        await is_checked(page)
        await accessible(page)
        await pictured(page, "hand-in-documents")
        refused = page.get_by_role("region", name="form.pdf", exact=True)
        await expect(refused).to_contain_text("Refused The picture is damaged")
        await page.get_by_role("button", name=QUEUE).click()
        await expect(page.get_by_role("status")).to_have_text("Queued.", timeout=30_000)
        await accessible(page)
        await pictured(page, "hand-in-queued")
        batches = await office.rekey.queue.batches(BENEFITS)
        assert await page.get_by_role("link", name="Follow hand-in").count() == len(batches) >= 2
        assert {one.detail["file"] for one in batches} == {first.name, "letter.eml"}
        await office.rekey.work(BENEFITS, sessions=1)
        await page.get_by_role("link", name=batches[0].id).click()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Download what goes back").click()
        report = await coming.value
        assert report.suggested_filename.endswith(f"{batches[0].id}.pdf")
        text = "".join(leaf.extract_text() for leaf in PdfReader(await report.path()).pages)
        assert "What became of it" in text
        assert "QQ" not in text, "nobody's number"
    found = await benefits_verdict(office.town, office.rekey)
    papers = {key: one["paper"] for key, one in answers(office.town)["benefit_changes"].items()}
    assert [papers[key] for key in found.lost] == ["scanned"], found
    assert (found.twice, found.wrong) == ([], []), found


def an_email(path: Path, attached: list[Path]) -> Path:
    message = EmailMessage()
    message["From"], message["To"] = "agent@lettings.example", "benefits@council.example"
    message["Subject"], message["Date"] = "Forms", "Mon, 02 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = "<1@lettings.example>"
    message.set_content("The forms are attached.")
    for file in attached:
        message.add_attachment(file.read_bytes(), maintype="application", subtype="pdf", filename=file.name)
    path.write_bytes(message.as_bytes())
    return path


async def test_without_scripts(office: Office) -> None:
    async with office.reviewer(java_script_enabled=False) as page:
        await page.goto("/hand-in")
        await page.get_by_label(TITLES[MOVES]).check()
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_role("alert")).to_contain_text("Choose at least one file")
        assert await page.get_by_label(TITLES[MOVES]).is_checked(), "what was chosen is kept"
        await page.get_by_label("Files", exact=True).set_input_files([good(), a_note()])
        await page.get_by_role("button", name=SEND).click()
        await page.wait_for_url(re.compile(r"/hand-in/u-"))
        await refreshed(page, page.get_by_role("button", name=QUEUE))
        await is_checked(page)
        await page.get_by_role("button", name=QUEUE).click()
        await refreshed(page, page.get_by_role("link", name="Follow hand-in"))
        await page.get_by_role("link", name="Follow hand-in").click()
        await expect(page.get_by_role("row", name="All 1")).to_be_visible()


async def refreshed(page: Page, until: Locator) -> None:
    """As people do who have no scripts."""
    refresh = page.get_by_role("link", name="Refresh")
    async with asyncio.timeout(30):
        while not await until.count():
            if await refresh.count():
                await refresh.click()


HEADINGS = ("Tenant", "Leaving address", "Leaving postcode", "Date left", "New address", "New postcode")
ROW = ("Asha Sample", "1 Quince Sample Road", "ZZ99 9ZZ", "31/10/2026", "2 Quince Sample Road", "ZZ99 9ZZ")


def good(name: str = "agent's moves (1).csv", rows: int = 1) -> dict[str, Any]:
    lines = [",".join((*HEADINGS, "Moving in"))]
    lines += [",".join((f"{ROW[0]} {n}", *ROW[1:], "01/11/2026")) for n in range(rows)]
    return {"name": name, "mimeType": "text/csv", "buffer": "\r\n".join([*lines, ""]).encode()}


def a_note() -> dict[str, Any]:
    page = b"<!doctype html><title>not a table</title>"
    return {"name": "note.xlsx", "mimeType": "application/octet-stream", "buffer": page}


# ---- mistakes -------------------------------------------------------------------------------
async def test_files_that_could_not_be_read_wait_for_a_person(office: Office) -> None:
    inbox = office.rekey.settings.home / "inboxes" / MOVES
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "Agent Placeholder.xlsx").write_bytes(b"no workbook at all")
    await office.rekey.collect(MOVES)
    async with office.reviewer() as page:
        await page.goto("/")
        await page.get_by_role("link", name="1 file could not be read, or not all of it").click()
        row = page.get_by_role("region", name=re.compile("Files that could not be read")).get_by_role("row")
        await expect(row.filter(has_text="Agent Placeholder.xlsx")).to_contain_text("Council tax moves")
        await accessible(page)
        await pictured(page, "files-left")
        await page.get_by_role("button", name="It is dealt with (Agent Placeholder.xlsx)").click()
        await expect(
            page.get_by_role("heading", name=re.compile("Files that could not be read"))
        ).to_have_count(0)
    assert (inbox / "dealt-with" / "Agent Placeholder.xlsx").is_file()
    [noted, *_] = await office.rekey.operations.noted(f"inbox:{MOVES}")
    assert (noted.who, noted.what) == ("person/ann", "dealt with")
    assert "Placeholder" not in repr(noted), "its name may be a person's"
    async with office.staff("vera", (Role.VIEWER, MOVES)) as page:
        (inbox / "problems").mkdir(exist_ok=True)
        (inbox / "problems" / "Agent Placeholder.xlsx").write_bytes(b"x")
        await page.goto("/hand-ins")
        assert "Placeholder" not in await page.content()
        (inbox / "problems" / "Agent Placeholder.xlsx").unlink()


async def test_too_many_and_too_much(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before they are sent, where scripts run; else by the service, on the page, with 413."""
    before = folders(office)
    many = [good(f"{number}.csv") for number in range(MOST_FILES + 1)]
    async with office.reviewer() as page:
        await page.goto("/hand-in")
        await page.get_by_label(TITLES[MOVES]).check()
        await page.locator("input[type=file]").set_input_files(many)
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_role("status")).to_contain_text("at most 50 files and 100 MB at once")
    monkeypatch.setattr(uploads, "MOST_BYTES", 3_000_000)
    large = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": bytes(5_000_000)}
    async with office.reviewer() as page:
        await page.goto("/hand-in")
        await page.get_by_label(TITLES[BENEFITS]).check()
        await page.locator("input[type=file]").set_input_files(large)
        async with page.expect_response(re.compile("/hand-in$")) as answered:
            await page.get_by_role("button", name=SEND).click()
        assert (await answered.value).status == 413
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Send at most 50 files and 3 MB at once")
        await accessible(page)
        await pictured(page, "hand-in-too-much")
        assert await page.get_by_label(TITLES[BENEFITS]).is_checked()
        names = "element => [...element.files].map(one => one.name)"
        assert await page.locator("input[type=file]").evaluate(names) == ["a.pdf"], "the form keeps its files"
    async with office.reviewer(java_script_enabled=False) as page:
        await page.goto("/hand-in")
        await page.get_by_label(TITLES[MOVES]).check()
        await page.get_by_label("Files", exact=True).set_input_files(many)
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_role("alert")).to_contain_text("Send at most 50 files")
    assert folders(office) == before, "nothing was kept"


async def test_thrown_away(office: Office) -> None:
    before = folders(office)
    async with office.reviewer() as page:
        await sent(page, MOVES, good("kept nowhere.csv"))
        assert folders(office) != before
        address = page.url
        await page.get_by_role("button", name="Throw away").click()
        await expect(page.get_by_role("status").first).to_contain_text("thrown away")
        assert folders(office) == before
        answer = await page.goto(address)
        assert answer is not None
        assert answer.status == 404


async def test_a_console_that_restarts_asks_for_the_check_again(office: Office) -> None:
    async with office.reviewer() as page:
        await sent(page, MOVES, good("restart.csv"))
        await is_checked(page)
        kept = Uploads(office.rekey.settings.home)
        found = kept.find(page.url.rsplit("/", 1)[-1])
        assert found is not None
        kept.note(found.id, found.files[0].file, checked=None)  # as if it had ended before that was known
        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("has to be made again")
        await page.get_by_role("button", name="Check again").click()
        await is_checked(page)


async def test_what_is_queued_is_what_was_checked(office: Office) -> None:
    before = len(await office.rekey.queue.batches(MOVES))
    async with office.reviewer() as page:
        await sent(page, MOVES, good("swapped.csv"))
        await is_checked(page)
        kept = Uploads(office.rekey.settings.home)
        found = kept.find(page.url.rsplit("/", 1)[-1])
        assert found is not None
        kept.path(found, found.files[0]).write_bytes(good(rows=3)["buffer"])
        await page.get_by_role("button", name=QUEUE).click()
        await expect(page.get_by_text("not the one that was checked")).to_be_visible()
    assert len(await office.rekey.queue.batches(MOVES)) == before


async def test_queued_twice_is_queued_once(office: Office) -> None:
    """A second click, or the form sent again from another window."""
    before = len(await office.rekey.queue.batches(MOVES))
    async with office.reviewer() as page:
        await sent(page, MOVES, good("twice.csv"))
        await is_checked(page)
        token = await page.locator("form[action$='/queue'] input[name=token]").get_attribute("value")
        ask = {"token": token or ""}
        both = [page.request.post(f"{page.url}/queue", form=ask, max_redirects=0) for _ in range(2)]
        assert {answer.status for answer in await asyncio.gather(*both)} == {303}
        await page.reload()
        await page.wait_for_url(re.compile(r"/hand-ins/b-"))
    assert len(await office.rekey.queue.batches(MOVES)) == before + 1


# ---- who may what ---------------------------------------------------------------------------
async def test_a_viewer_hands_nothing_in(office: Office) -> None:
    await _handed_in(office)
    [batch, *_] = await office.rekey.queue.batches(MOVES)
    async with office.staff("vera", (Role.VIEWER, MOVES)) as page:
        await page.goto("/hand-ins")
        assert await page.get_by_role("button", name="Hand in work").count() == 0
        for address, status in (
            ("/hand-in", 403),
            (f"/hand-ins/{batch.id}", 200),
            (f"/hand-ins/{batch.id}/return", 403),
        ):
            answer = await page.goto(address)
            assert answer is not None
            assert answer.status == status, address
            assert await page.get_by_role("link", name="Download").count() == 0


async def test_of_another_process_nothing_is_seen(office: Office) -> None:
    await _handed_in(office)
    [batch, *_] = await office.rekey.queue.batches(MOVES)
    async with office.staff("bruno", (Role.REVIEWER, BENEFITS), (Role.REVIEWER, PROCESS)) as page:
        for rest in ("", "/progress", "/return"):
            answer = await page.goto(f"/hand-ins/{batch.id}{rest}")
            assert answer is not None
            assert answer.status == 404, rest
        await page.goto("/hand-ins")
        assert batch.id not in await page.content()
        await page.goto("/hand-in")
        assert await page.get_by_label(TITLES[MOVES]).count() == 0


async def test_an_upload_is_its_senders_alone(office: Office) -> None:
    async with office.reviewer() as anns, office.reviewer("bob") as bobs:
        await sent(anns, MOVES, good("private.csv"))
        for rest in ("", "/progress"):
            answer = await bobs.goto(f"{anns.url}{rest}")
            assert answer is not None
            assert answer.status == 404


async def test_a_foreign_form_is_kept_nowhere(office: Office) -> None:
    """Without our token, or with it behind the files."""
    before = folders(office)
    ann = await office.rekey.people.by_login("ann") or await office.rekey.people.add("ann", "Ann", "test")
    await office.rekey.people.grant(ann.id, MOVES, Role.REVIEWER, "test")
    token = await office.rekey.people.begin_session(ann.id, fresh=True)
    session = await office.rekey.people.session(token)
    assert session is not None
    file = ("files", ("a.csv", good()["buffer"], "text/csv"))
    csrf, process = ("token", (None, session.csrf)), ("process", (None, MOVES))
    wrong = ("token", (None, "guessed"))
    async with httpx.AsyncClient(base_url=office.address, cookies={cookie_name(False): token}) as client:
        for parts in ([process, file], [wrong, process, file], [process, file, csrf]):
            answer = await client.post("/hand-in", files=parts)
            assert answer.status_code == 403
        answer = await client.post("/hand-in", files=[csrf, ("process", (None, PROCESS)), file])
        assert answer.status_code == 422
        cut = {"content-type": "multipart/form-data; boundary=x"}
        answer = await client.post("/hand-in", content=b"--x\r\nContent-Dispo", headers=cut)
        assert answer.status_code == 422
        answer = await client.post("/hand-in", data={"token": session.csrf})
        assert answer.status_code == 422
    assert folders(office) == before


# ---- around it ------------------------------------------------------------------------------
async def test_narrow_and_wide(office: Office) -> None:
    await _handed_in(office)
    [batch, *_] = await office.rekey.queue.batches(MOVES)
    async with office.reviewer(viewport={"width": 320, "height": 700}) as page:
        await page.goto("/hand-in")
        await _fits(page, "hand-in")
        await sent(page, MOVES, workbook(office.town), good(f"{'long-name-' * 20}.csv"), a_note())
        await is_checked(page)
        await _fits(page, "hand-in-checked")
        for address, name in (("/hand-ins", "hand-ins"), (f"/hand-ins/{batch.id}", "one-hand-in")):
            await page.goto(address)
            await _fits(page, name)


async def _fits(page: Page, name: str) -> None:
    await accessible(page)
    await pictured(page, f"{name}-narrow")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320, name


async def test_files_are_dropped_and_have_a_bar_each(office: Office) -> None:
    async with office.reviewer() as page:
        await page.goto("/hand-in")
        await page.get_by_label(TITLES[MOVES]).check()
        await page.evaluate(DROP, ["one.csv", "two.csv"])
        held = asyncio.Event()

        async def wait(route: Any, request: Request) -> None:
            await held.wait()
            await route.continue_()

        await page.route(re.compile("/hand-in$"), wait)
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_role("progressbar", name="two.csv")).to_be_visible()
        await accessible(page)
        await pictured(page, "hand-in-sending")
        held.set()
        await page.wait_for_url(re.compile(r"/hand-in/u-"))


async def test_fifty_on_a_page(office: Office) -> None:
    for number in range(60):
        await office.rekey.queue.open_batch(BENEFITS, "document", "inbox/1/a", {"file": f"{number}.pdf"})
    async with office.reviewer() as page:
        await page.goto("/hand-ins")
        await expect(page.locator("tbody tr")).to_have_count(50)
        await expect(page.locator("tbody tr").first).to_contain_text("59.pdf Benefit changes Rekey")
        await page.get_by_role("link", name="Next page").click()
        await expect(page.get_by_role("link", name="9.pdf", exact=True)).to_be_visible()
        await accessible(page)
        await page.get_by_role("link", name="9.pdf", exact=True).click()
        await expect(page.get_by_text("There was no record in it")).to_be_visible()
        await page.goto("/hand-ins?page=99999999999")
        await expect(page.locator("tbody tr")).to_have_count(50)


DROP = """names => {
  const files = new DataTransfer();
  names.forEach(name => files.items.add(new File(["Tenant,Date left"], name, {type: "text/csv"})));
  const zone = document.querySelector(".govuk-file-upload-button");
  zone.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: files}));
}"""


async def test_it_says_when_a_closed_system_opens(tmp_path: Path, office: Office) -> None:
    """By the hours in the maps, and by bank holidays: 25 December 2026 is a Friday, and Monday is one too."""
    settings = office.town.settings()
    root = tmp_path / "root"
    for folder in (settings.root / "selectors").rglob("*.yaml"):
        target = root / folder.relative_to(settings.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(folder.read_bytes())
    hours = "hours: {mon-fri: 07:00-19:00}\nbank_holidays: closed\ntimeouts: {"
    edit_map(root, "revenues/system.yaml", r"timeouts: \{", hours)

    async with rekeyed(office.town, "elsewhere", root=root) as rekey:
        sites = MappedSites(rekey.settings)
        christmas, before = (datetime(2026, 12, day, 10, 0, tzinfo=UTC) for day in (25, 23))
        shut = shut_at(await sites.of(MOVES), christmas)
        assert shut is not None
        assert shut.sentence() == "Revenues is closed. It opens on Tuesday at 07:00."
        assert shut_at(await sites.of(MOVES), before) is None
        assert shut_at(await sites.of(BENEFITS), christmas) is None


async def test_what_nobody_queues_goes_after_a_day(office: Office, tmp_path: Path) -> None:
    old, new, other = (tmp_path / "uploads" / name for name in ("u-" + "a" * 24, "r-" + "b" * 24, "notes"))
    for folder in (old, new, other):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    day_before = (new.stat().st_mtime - 2 * 86_400,) * 2
    os.utime(old, day_before)
    os.utime(other, day_before)
    assert clear_out(tmp_path) == 1
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)
    assert clear_out(tmp_path / "nowhere") == 0
    await office.rekey.housekeeping()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("moves.xlsx", "moves.xlsx"),
        ("C:\\fakepath\\moves.xlsx", "moves.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: b.csv", "aSet-Cookie: b.csv"),
        ("form\u202exslx.exe", "formxslx.exe"),
        ("\0", "A file without a name"),
        ("/", "A file without a name"),
    ],
)
def test_a_name_is_for_people_only(given: str, wanted: str) -> None:
    assert shown(given) == wanted
    assert len(shown("x" * 400 + ".xlsx")) <= 120
    assert shown("x" * 400 + ".xlsx").endswith("….xlsx")


def test_limits_are_as_declared() -> None:
    assert (MOST_FILES, MOST_BYTES) == (50, 100_000_000)
    assert uploads.UPLOAD_BYTES > MOST_BYTES

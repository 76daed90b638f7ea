"""The benefits system's screens in a real browser: tabs that are fetched, look-ups, a file that is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.async_api import Browser, Dialog, Page, expect

from fixtures.council.benefit_claims import RecordedChange
from fixtures.council.benefit_entries import Claim
from fixtures.council.serve import RunningCouncil, running_council
from fixtures.council.site import SystemName

FORM = b"%PDF-1.4 the form"
CLAIMS = [
    Claim(
        number=f"HB99000{number:02}",
        nino=f"QQ0000{number:02}C",
        name=f"Quince Sample {number:02}",
        born=date(1980, 4, 1),
        address=f"{number} Quince Sample Road, Examplewick",
        postcode="ZZ99 9ZZ",
        open=number != 11,
    )
    for number in range(12)
]


@pytest.fixture(scope="module")
async def council(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCouncil]:
    async with running_council(tmp_path_factory.mktemp("council"), items=10) as running:
        running.town.claims.load(CLAIMS)
        yield running


@pytest.fixture
async def page(browser: Browser, council: RunningCouncil) -> AsyncIterator[Page]:
    """Signed in."""
    context = await browser.new_context()
    context.set_default_timeout(5000)
    page = await context.new_page()
    account = council.town.accounts.benefits
    await page.goto(f"{council.benefits}/")
    await page.get_by_label("User name").fill(account.username)
    await page.get_by_label("Password").fill(account.password)
    await page.get_by_role("button", name="Sign in").click()
    await heading(page, "Claim search")
    yield page
    await context.close()
    council.town.board.clear()


@pytest.fixture
def form(tmp_path: Path) -> Path:
    (tmp_path / "form BC1.pdf").write_bytes(FORM)
    return tmp_path / "form BC1.pdf"


async def heading(page: Page, text: str) -> None:
    await expect(page.locator("h1")).to_have_text(text)


async def state(page: Page, tab: str, wanted: str) -> None:
    await expect(page.locator(f"#panel-{tab}")).to_have_attribute("data-state", wanted)


async def choose(page: Page, tab: str, wanted: str = "loaded") -> None:
    await page.click(f"#tab-{tab}")
    await state(page, tab, wanted)
    await expect(page.locator(f"#panel-{tab}")).to_be_visible()


async def type_in(page: Page, box: str, text: str) -> None:
    """With the events that a person's leaving the box makes."""
    await page.fill(f"#{box}", text)
    await page.locator(f"#{box}").blur()


async def open_form(council: RunningCouncil, page: Page, claim: Claim) -> None:
    await page.goto(f"{council.benefits}/claims/{claim.number}/changes/new")
    await heading(page, "New change")
    await state(page, "details", "loaded")


async def attach(page: Page, form: Path) -> None:
    await page.set_input_files("#file", form)
    await expect(page.locator("#document_progress")).to_have_text("Attached")


async def fill_form(page: Page, form: Path, code: str = "RENT") -> None:
    await type_in(page, "code", code)
    await page.fill("#changed_on", "01/09/2026")
    await page.fill("#form_dated", "03/09/2026")
    for tab in ("figures", "notes", "document"):
        await choose(page, tab)
    await attach(page, form)


def changes_of(council: RunningCouncil, claim: Claim) -> list[RecordedChange]:
    return council.town.claims.changes_of(claim.number)


async def test_a_claim_is_found_and_its_tabs_are_fetched(council: RunningCouncil, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda one: fetched.append(one.url) if "/panels/" in one.url else None)
    await page.get_by_label("Name").fill("quince sample")
    await page.get_by_role("button", name="Search").click()
    await heading(page, "Search results")
    await page.get_by_role("link", name="Next").click()
    await expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    await page.get_by_role("link", name=CLAIMS[11].number).click()
    await heading(page, f"Claim {CLAIMS[11].number}")
    await expect(page.get_by_text("This claim is closed")).to_be_visible()
    await expect(page.locator("#claimant-nino")).to_have_text(CLAIMS[11].nino)
    assert len(fetched) == 1
    for tab in ("household", "income", "changes", "documents", "changes", "claimant"):
        await choose(page, tab)
        assert await page.locator(".panel:visible").count() == 1
    assert [url.rsplit("/", 1)[1] for url in fetched] == [
        *("claimant", "household", "income", "changes", "documents")
    ]


@pytest.mark.parametrize("asked", ["?tab=changes", "#tab=changes"])
async def test_an_address_opens_one_tab_at_once(council: RunningCouncil, page: Page, asked: str) -> None:
    await page.goto(f"{council.benefits}/claims/{CLAIMS[0].number}{asked}")
    await state(page, "changes", "loaded")
    await expect(page.get_by_text("No changes recorded")).to_be_visible()
    await state(page, "claimant", "waiting")
    await choose(page, "claimant")
    await expect(page.locator("#panel-changes")).to_be_hidden()


async def test_a_panel_says_that_it_is_loading(council: RunningCouncil, page: Page) -> None:
    council.town.board.arm(SystemName.BENEFITS, "latency", value=0.5, match={"path": "/*/panels/income"})
    await page.goto(f"{council.benefits}/claims/{CLAIMS[0].number}?tab=income")
    await state(page, "income", "loading")
    await expect(page.locator("#panel-income")).to_have_text("Loading...")
    await state(page, "income", "loaded")
    await expect(page.locator("#panel-income")).to_have_text("No amounts recorded")


async def test_a_change_is_recorded(council: RunningCouncil, page: Page, form: Path) -> None:
    claim = CLAIMS[1]
    await open_form(council, page, claim)
    await expect(page.locator("#code_text")).to_have_text("")
    for code, meaning in (("RUNT", "Code not known"), ("", ""), ("rent", "Rent has changed")):
        await type_in(page, "code", code)
        await expect(page.locator("#code_text")).to_have_text(meaning)
    await page.get_by_label("Date of change").fill("01/09/2026")
    await page.get_by_label("Form dated").fill("03/09/2026")
    await choose(page, "figures")
    await page.get_by_label("Amount").fill("1,012.50")
    await type_in(page, "period", "4")
    await expect(page.locator("#period_text")).to_have_text("Four-weekly")
    await choose(page, "notes")
    await page.get_by_label("Notes").fill("one\ntwo")
    await expect(page.locator("#save")).to_be_disabled()
    await choose(page, "document")
    await expect(page.locator("#save")).to_be_enabled()
    await attach(page, form)
    shown = [await page.inner_text(f"#document_{one}") for one in ("name", "size", "sha256")]
    assert shown == ["form BC1.pdf", str(len(FORM)), sha256(FORM).hexdigest()]
    assert await page.input_value("#code") == "rent"
    async with page.expect_request(lambda one: one.method == "POST") as posting:
        await page.get_by_role("button", name="Save").click()
    sent = await posting.value
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "file" not in (sent.post_data or "")
    await heading(page, "Change recorded")
    (change,) = changes_of(council, claim)
    assert await page.inner_text("#reference") == change.reference
    assert (change.code, change.amount, change.period) == ("RENT", Decimal("1012.50"), "4")
    assert (change.notes, change.document) == ("one\ntwo", sha256(FORM).hexdigest())


async def test_a_part_that_failed_is_fetched_again(council: RunningCouncil, page: Page, form: Path) -> None:
    claim = CLAIMS[2]
    for part in ("details", "notes"):
        match = {"path": f"/*/panels/{part}"}
        council.town.board.arm(SystemName.BENEFITS, "tab_fails", times=1, match=match)
    await page.goto(f"{council.benefits}/claims/{claim.number}/changes/new")
    await expect(page.get_by_text("This part could not be loaded (error 500)")).to_be_visible()
    await choose(page, "details")
    await choose(page, "figures")
    await choose(page, "document")
    await choose(page, "notes", "failed")
    await expect(page.locator("#save")).to_be_disabled()
    await choose(page, "notes")
    await expect(page.locator("#save")).to_be_enabled()


async def test_a_file_that_is_not_taken_is_not_attached(
    council: RunningCouncil, page: Page, form: Path
) -> None:
    claim = CLAIMS[3]
    await open_form(council, page, claim)
    await fill_form(page, form, "WORK")
    council.town.board.arm(SystemName.BENEFITS, "stage_fails", times=1)
    await page.set_input_files("#file", [])
    await expect(page.locator("#document_sha256")).to_have_text("")
    await page.set_input_files("#file", form)
    await expect(page.get_by_text("The file could not be sent (error 500)")).to_be_visible()
    assert await page.input_value("#document_id") == ""
    await page.click("#save")
    await heading(page, "Change not recorded")
    await expect(page.locator("#message")).to_have_text("No document is attached")
    assert not changes_of(council, claim)


async def test_a_session_that_ended_shows_in_place_of_a_part(council: RunningCouncil, page: Page) -> None:
    await open_form(council, page, CLAIMS[4])
    council.town.benefits.sign_ins.expire_all()
    await page.click("#tab-notes")
    await heading(page, "Session expired")
    await expect(page.get_by_text("Your session has expired.")).to_be_visible()


async def test_faults_of_the_form(council: RunningCouncil, page: Page, form: Path) -> None:
    heard: list[str] = []

    async def accept(dialog: Dialog) -> None:
        heard.append(dialog.message)
        await dialog.accept()

    page.on("dialog", accept)
    faults = (("undeclared_dialog", None), ("changed_default", None), ("client_truncate", 4))
    for fault, value in faults:
        council.town.board.arm(SystemName.BENEFITS, fault, value=value)
    claim = CLAIMS[5]
    await open_form(council, page, claim)
    await fill_form(page, form, "MOUT")
    assert await page.input_value("#period") == "M"
    await choose(page, "notes")
    await type_in(page, "notes", "left in August")
    assert await page.input_value("#notes") == "left"
    await page.click("#save")
    await heading(page, "Change recorded")
    assert heard == ["Printer not ready"]
    assert [(one.period, one.notes) for one in changes_of(council, claim)] == [("M", "left")]


async def test_the_moved_layout_still_looks_up_and_saves(
    council: RunningCouncil, page: Page, form: Path
) -> None:
    council.town.board.arm(SystemName.BENEFITS, "layout", value="moved")
    claim = CLAIMS[6]
    await open_form(council, page, claim)
    await type_in(page, "change_code", "incm")
    await expect(page.locator("#code_text")).to_have_text("Income has changed")
    await page.get_by_label("Changed on").fill("01/09/2026")
    await page.fill("#date_of_form", "03/09/2026")
    for tab in ("figures", "notes", "document"):
        await choose(page, tab)
    await attach(page, form)
    await page.click("#save")
    await heading(page, "Change recorded")
    assert [one.code for one in changes_of(council, claim)] == ["INCM"]

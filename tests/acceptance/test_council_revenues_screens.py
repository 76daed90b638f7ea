"""The revenues system's screens in a real browser: scripts, postbacks, dialogs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from playwright.async_api import Browser, Dialog, Page, expect

from fixtures.council.gazetteer import Property
from fixtures.council.serve import RunningCouncil, running_council
from fixtures.council.site import SystemName
from fixtures.council.tax_accounts import TaxAccount

DAYS = ("Mon", "Mon", "Mon")
OLD, NEW = (
    Property(
        f"99000000000{number}", str(number), f"{number} Quince Sample Road, Examplewick", "ZZ99 9ZZ", *DAYS
    )
    for number in (1, 2)
)
ACCOUNTS = [
    TaxAccount(
        number=f"0050{number:04}",
        name=f"QUINCE SAMPLE {number:02}",
        property_ref=OLD.uprn,
        start=date(2020, 4, 1),
        end=None if number == 11 else date(2021, 3, 31),
    )
    for number in range(12)
]


@pytest.fixture(scope="module")
async def council(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCouncil]:
    async with running_council(tmp_path_factory.mktemp("council"), items=12) as running:
        running.town.rated.load([OLD, NEW])
        running.town.tax.load(ACCOUNTS)
        yield running


@pytest.fixture
async def page(browser: Browser, council: RunningCouncil) -> AsyncIterator[Page]:
    """Signed in; a dialog of any kind is accepted."""
    context = await browser.new_context()
    context.set_default_timeout(5000)
    page = await context.new_page()
    account = council.town.accounts.revenues
    await page.goto(f"{council.revenues}/")
    await page.get_by_label("User name").fill(account.username)
    await page.fill("[id$=txtPass]", account.password)
    await page.get_by_role("button", name="Log on").click()
    await heading(page, "Account enquiry")
    yield page
    await context.close()
    council.town.board.clear()


async def heading(page: Page, text: str) -> None:
    await expect(page.locator("h1")).to_have_text(text)


async def type_in(page: Page, ending: str, text: str) -> None:
    """With the change event that a person's leaving the box makes."""
    await page.fill(f"[id$={ending}]", text)
    await page.locator(f"[id$={ending}]").blur()


async def after_choice(page: Page, ending: str, choice: dict[str, Any]) -> None:
    """The drop-down posts the page back; it is a new page afterwards."""
    async with page.expect_navigation():
        await page.select_option(f"[id$={ending}]", **choice)


async def test_an_account_is_found_and_ended(council: RunningCouncil, page: Page) -> None:
    await type_in(page, "txtName", "quince")
    await page.get_by_role("button", name="Search").click()
    await heading(page, "Enquiry results")
    await page.get_by_role("link", name="Next").click()
    await expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    await page.get_by_role("link", name=ACCOUNTS[11].number).click()
    await heading(page, f"Account {ACCOUNTS[11].number}")
    await page.get_by_text("End liability").click()
    await heading(page, "End liability")
    await type_in(page, "txtEndDate", "05/03/2026")
    await after_choice(page, "ddlReason", {"label": "Moved within borough"})
    assert await page.input_value("[id$=txtEndDate]") == ""
    await type_in(page, "txtEndDate", "05/03/2026")
    await page.get_by_label("Forwarding address").fill("2 Quince Sample Road, zz99 9zz")
    await type_in(page, "txtPhone", "07700 900123 and more")
    assert await page.input_value("[id$=txtForwarding]") == "2 QUINCE SAMPLE ROAD, ZZ99 9ZZ"
    assert await page.input_value("[id$=txtPhone]") == "07700 900123 an"
    await page.get_by_role("button", name="Save").click()
    await heading(page, f"Account {ACCOUNTS[11].number}")
    ended = council.town.tax.get(ACCOUNTS[11].number)
    assert ended is not None
    assert (ended.end, ended.end_reason) == (date(2026, 3, 5), "Moved within borough")


async def test_an_account_is_opened(council: RunningCouncil, page: Page) -> None:
    heard: list[str] = []

    async def accept(dialog: Dialog) -> None:
        heard.append(dialog.message)
        await dialog.accept()

    page.on("dialog", accept)
    council.town.board.arm(SystemName.REVENUES, "undeclared_dialog", times=1)
    await page.get_by_role("link", name="Open account").click()
    await type_in(page, "txtPostcode", NEW.postcode)
    await page.get_by_role("button", name="Find").click()
    await heading(page, "Open account - choose property")
    await after_choice(page, "ddlProperty", {"label": f"{NEW.uprn} - {NEW.address}"})
    await expect(page.locator("[id$=lblAddress]")).to_have_text(NEW.address)
    await page.get_by_role("button", name="Next").click()
    await type_in(page, "txtName", "Constance sample-Featherstonehaugh-Examplar")
    assert await page.input_value("[id$=txtName]") == "CONSTANCE SAMPLE-FEATHERSTONEHAUGH-"
    await type_in(page, "txtLiableFrom", "06/03/2026")
    await page.get_by_role("button", name="Next").click()
    await heading(page, "Open account - confirm")
    await page.get_by_label("Single person discount").check()
    await type_in(page, "txtNotes", "one\ntwo")
    await page.get_by_role("button", name="Confirm").click()
    await heading(page, "Account opened")
    account = council.town.tax.get(await page.inner_text("[id$=lblNewAccount]"))
    assert account is not None
    assert (account.name, account.notes) == ("CONSTANCE SAMPLE-FEATHERSTONEHAUGH-", "ONE\nTWO")
    assert account.single_person
    assert heard == ["Printer not ready"]

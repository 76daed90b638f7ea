"""The revenues system of the demo council does what it says: its screens, its refusals, its faults."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date
from itertools import count
from typing import Any

import httpx
import pytest

from fixtures.council.__main__ import _ports
from fixtures.council.accounts import Account
from fixtures.council.gazetteer import Property
from fixtures.council.revenues.record_locks import LOCK_SECONDS
from fixtures.council.serve import Ports, RunningCouncil, running_council
from fixtures.council.site import Environment
from fixtures.council.tax_accounts import TaxAccount
from tests.acceptance.revenues_desk import Screen, log_on, read, visit

# Properties and accounts of these tests alone, so that no test meets another's and no sample's.
_next = count(1)
SAVE = {"method": "POST", "path": "/EndLiability.aspx", "body": "btnSave="}


@pytest.fixture(scope="module")
async def council(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCouncil]:
    async with running_council(tmp_path_factory.mktemp("council"), items=12) as running:
        yield running


@asynccontextmanager
async def desk_of(council: RunningCouncil, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=council.revenues, follow_redirects=True) as client:
        await log_on(client, account)
        yield client


@pytest.fixture
async def bot(council: RunningCouncil) -> AsyncIterator[httpx.AsyncClient]:
    async with desk_of(council, council.town.accounts.revenues) as client:
        yield client
    council.town.board.clear()
    council.town.revenues.sign_ins.unlock_all()


@pytest.fixture
async def control(council: RunningCouncil) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=council.control) as client:
        yield client


async def arm(control: httpx.AsyncClient, fault: str, value: Any = None, **more: Any) -> None:
    ask = {"app": "revenues", "fault": fault, "value": value} | more
    answer = await control.post("/faults", json=ask)
    assert answer.status_code == 200, answer.text


async def met(control: httpx.AsyncClient) -> int:
    return int((await control.get("/faults")).json()["armed"][0]["met"])


def a_property(council: RunningCouncil, house: str = "", postcode: str = "ZZ99 9ZZ") -> Property:
    number = next(_next)
    house = house or f"{number}T"
    days = ("Mon", "Mon", "Mon")
    place = Property(f"99{number:010d}", house, f"{house} Quince Sample Road, Examplewick", postcode, *days)
    council.town.rated.load([place])
    return place


def an_account(council: RunningCouncil, place: Property | None = None, **change: Any) -> TaxAccount:
    place = place or a_property(council)
    values: dict[str, Any] = {
        "name": "ASHA TESTERTON",
        "property_ref": place.uprn,
        "start": date(2020, 4, 1),
    } | change
    account = TaxAccount(number=f"005{next(_next):05d}", **values)
    council.town.tax.load([account])
    return account


def saves(council: RunningCouncil, key: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The lines of the save log that speak of an account or a property."""
    with closing(sqlite3.connect(council.town.home.revenues_db)) as connection:
        lines = connection.execute("SELECT kind, reference, values_json FROM save_log ORDER BY id").fetchall()
    return [(kind, reference, json.loads(text)) for kind, reference, text in lines if key in text]


# --- The two transactions, as somebody does them who makes no mistake -----------------------------


async def end_form(
    client: httpx.AsyncClient, number: str, reason: str = "Moved within borough", **values: str
) -> tuple[Screen, dict[str, str]]:
    """The page with its reason chosen, and what is left to be typed."""
    page = await visit(client, f"/EndLiability.aspx?no={number}")
    typed = {
        "txtEndDate": "05/03/2026",
        "txtForwarding": "2 Larch Sample Road, ZZ1 1AA",
        "txtPhone": "07700900123",
    }
    return await page.choose("ddlReason", reason), typed | values


async def end(client: httpx.AsyncClient, number: str, **values: str) -> Screen:
    page, typed = await end_form(client, number, **values)
    return await page.press("btnSave", **typed)


async def person_page(client: httpx.AsyncClient, place: Property) -> Screen:
    page = await visit(client, "/OpenAccount.aspx")
    page = await page.press("btnFind", txtPostcode=place.postcode, txtHouse=place.house)
    page = await page.choose("ddlProperty", place.uprn)
    return await page.press("btnNext")


async def confirm_page(client: httpx.AsyncClient, place: Property, **values: str) -> Screen:
    page = await person_page(client, place)
    typed = {"txtName": "Zoë O'Sample", "txtLiableFrom": "06/03/2026", "txtPhone": "07700900123"}
    return await page.press("btnNext", **(typed | values))


# --- Signing in, postbacks ------------------------------------------------------------------------


async def test_logging_on_and_its_refusals(council: RunningCouncil, control: httpx.AsyncClient) -> None:
    account = council.town.accounts.revenues
    wrong = Account(username=account.username, password="wrong")
    async with httpx.AsyncClient(base_url=council.revenues, follow_redirects=True) as client:
        page = await visit(client, "/")
        assert (page.heading, page.answer.url.path) == ("Log on", "/Login.aspx")
        refusals = [(await log_on(client, wrong)).refusal for _ in range(3)]
        assert refusals == ["Log on failed", "Log on failed", "Account locked"]
        assert (await log_on(client, account)).refusal == "Account locked"
        await control.post("/reset-accounts")
        page = await log_on(client, account)
        assert (page.heading, page.answer.url.path) == ("Account enquiry", "/AccountEnquiry.aspx")
        assert "User: REKEY.BOT" in page.html
        assert (await visit(client, "/LogOff.aspx")).heading == "Log on"
        assert "Your session has timed out" in (await visit(client, "/AllAccounts.aspx")).html


async def test_sessions_time_out_and_the_banner_changes(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    page = await visit(bot, "/OpenAccount.aspx")
    assert '<div id="ctl00_envBanner">TEST SYSTEM</div>' in page.html
    await control.post("/environment", json={"app": "revenues", "value": "live"})
    assert '<div id="ctl00_envBanner">LIVE SYSTEM</div>' in (await visit(bot, "/OpenAccount.aspx")).html
    council.town.revenues.environment = Environment.TEST
    await control.post("/sessions/expire", json={"app": "revenues"})
    for one in (await visit(bot, "/Account.aspx?no=1"), await page.press("btnFind")):
        assert "Your session has timed out. Please log on again." in one.html
        assert "ctl00_envBanner" in one.html


async def test_names_change_with_the_session(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    name = (await visit(bot, "/AccountEnquiry.aspx")).name("txtName")
    assert name.startswith("ctl00$cphMain$g")
    assert (await visit(bot, "/AccountEnquiry.aspx")).name("txtName") == name
    async with desk_of(council, council.town.accounts.clerk) as clerk:
        page = await visit(clerk, "/AccountEnquiry.aspx")
        assert page.name("txtName") != name
        assert "User: PAT.SAMPLE" in page.html


async def test_a_view_state_is_of_one_session_and_page(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    account, other = an_account(council), an_account(council)
    page, typed = await end_form(bot, account.number)
    state = page.fields["__VIEWSTATE"]
    assert 300 < len(state) < 2000
    elsewhere = await visit(bot, f"/EndLiability.aspx?no={other.number}")
    async with desk_of(council, council.town.accounts.revenues) as second:
        foreign = (await visit(second, f"/EndLiability.aspx?no={account.number}")).fields["__VIEWSTATE"]
    for bad in ("", "no!", state[:-8] + "AAAAAAA=", foreign, elsewhere.fields["__VIEWSTATE"]):
        page.fields["__VIEWSTATE"] = bad
        refused = await page.press("btnSave", **typed)
        assert refused.answer.status_code == 500
        assert "Validation of viewstate MAC failed." in refused.html
    assert not saves(council, account.number)


# --- Account enquiry, the account, all accounts ---------------------------------------------------


async def search(client: httpx.AsyncClient, **values: str) -> Screen:
    return await (await visit(client, "/AccountEnquiry.aspx")).press("btnSearch", **values)


async def test_searching_turns_its_pages(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    place = a_property(council, "Quince Sample End", "ZZ98 1AB")
    accounts = [an_account(council, place, name=f"PAGE SAMPLE {n:02}") for n in range(12)]
    page = await search(bot, txtName="page sample")
    assert page.heading == "Enquiry results"
    assert "12 accounts found" in page.html
    assert "Page 1 of 2" in page.html
    second = await page.turn()
    assert [row[0] for row in page.rows() + second.rows()] == [one.number for one in accounts]
    assert ">Next<" not in second.html
    first = [accounts[0].number, "PAGE SAMPLE 00", place.address, "ZZ98 1AB", place.uprn, "01/04/2020"]
    assert page.rows()[0] == [*first, "", "Open"]
    for asked in ({"txtPostcode": "zz981ab", "txtHouse": "QUINCE sample end"}, {"txtPropRef": place.uprn}):
        assert "12 accounts found" in (await search(bot, **asked)).html
    one = await search(bot, txtAccountNo=accounts[3].number, txtName="PAGE")
    assert "1 account found" in one.html
    assert (await one.press("btnClear")).heading == "Account enquiry"


@pytest.mark.parametrize("asked", [{"txtAccountNo": "A1'--"}, {"txtName": "AMPLE"}, {"txtName": "%"}, {}])
async def test_searching_finds_nothing(bot: httpx.AsyncClient, asked: dict[str, str]) -> None:
    page = await search(bot, **asked)
    assert page.heading == "Enquiry results"
    assert "No accounts found" in page.html
    assert page.rows() == []


async def test_an_account_is_shown_whole(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    account = an_account(
        council,
        name="NIAMH O'SAMPLE",
        end=date(2026, 1, 31),
        end_reason="Sold",
        forwarding="1 ELSEWHERE",
        phone="01632960123",
        single_person=True,
        notes="ONE\nTWO",
    )
    page = await visit(bot, f"/Account.aspx?no={account.number}")
    assert page.heading == f"Account {account.number}"
    captions = ("Name", "From", "To", "End reason", "Forwarding address", "Telephone", "Status", "Notes")
    assert [page.shown(one) for one in captions] == [
        *("NIAMH O'SAMPLE", "01/04/2020", "31/01/2026", "Sold", "1 ELSEWHERE", "01632960123", "Ended"),
        "ONE\nTWO",
    ]
    assert page.shown("Single person discount") == "Yes"
    assert page.shown("Address").endswith("Quince Sample Road, Examplewick")
    for path in ("/Account.aspx?no=0041234", "/EndLiability.aspx?no=x", "/Account.aspx"):
        nobody = await visit(bot, path)
        assert nobody.heading == "Account enquiry"
        assert "No such account" in nobody.html


async def test_all_accounts_tell_who_changed_them(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    accounts = [an_account(council) for _ in range(26)]
    await end(bot, accounts[0].number)
    page = await visit(bot, "/AllAccounts.aspx")
    assert (page.heading, len(page.rows())) == ("All accounts", 25)
    listed, turned = page.rows(), page
    while ">Next<" in turned.html:
        turned = await turned.turn()
        listed += turned.rows()
    assert [row[0] for row in listed] == [one.number for one in council.town.tax.every()]
    changed = {row[0]: row for row in (await visit(bot, "/AllAccounts.aspx?changed=1")).rows()}
    assert accounts[1].number not in changed
    assert changed[accounts[0].number][5:] == [
        *("01/04/2020", "05/03/2026", "Ended", "Moved within borough", "07700900123", "No", "", "rekey.bot")
    ]


# --- End liability --------------------------------------------------------------------------------


async def test_liability_is_ended_once(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    account = an_account(council)
    page = await visit(bot, f"/EndLiability.aspx?no={account.number}")
    assert (page.heading, page.shown("Name")) == ("End liability", "ASHA TESTERTON")
    typed = {"txtEndDate": "05/03/2026", "txtForwarding": "x" * 70, "txtPhone": "07700900123"}
    page = await page.choose("ddlReason", "Moved within borough", **typed)
    assert [page.value(name) for name in ("ddlReason", *typed)] == ["Moved within borough", "", "", ""]
    assert "Forwarding address is required" in page.html
    assert page.refusal == ""
    saved = await page.press("btnSave", **typed)
    assert saved.answer.history[0].status_code == 302
    assert (saved.heading, saved.refusal) == (f"Account {account.number}", "")
    assert (saved.shown("To"), saved.shown("Forwarding address")) == ("05/03/2026", "X" * 60)
    again = await end(bot, account.number)
    assert (again.heading, again.refusal) == ("End liability", f"Account {account.number} has already ended")
    assert again.value("txtEndDate") == "05/03/2026"
    values = {
        "account": account.number,
        "end_date": "2026-03-05",
        "reason": "Moved within borough",
        "forwarding": "X" * 60,
        "phone": "07700900123",
    }
    assert saves(council, account.number) == [("end-liability", account.number, values)]


@pytest.mark.parametrize(
    ("reason", "values", "sentence"),
    [
        ("Sold", {"txtEndDate": "31/02/2026"}, "End date must be dd/mm/yyyy"),
        ("Sold", {"txtEndDate": "31/03/2020"}, "End date is before liability began"),
        ("", {}, "Reason is required"),
        ("Moved within borough", {"txtForwarding": " "}, "Forwarding address is required"),
    ],
)
async def test_an_ending_is_refused(
    council: RunningCouncil, bot: httpx.AsyncClient, reason: str, values: dict[str, str], sentence: str
) -> None:
    account = an_account(council)
    page = await end(bot, account.number, reason=reason, **values)
    assert (page.heading, page.refusal) == ("End liability", sentence)
    assert page.value("txtPhone") == "07700900123"
    assert not saves(council, account.number)


async def test_a_record_is_locked_until_its_holder_leaves(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    account = an_account(council)
    path = f"/EndLiability.aspx?no={account.number}"
    page, typed = await end_form(bot, account.number)
    assert (await visit(bot, path)).heading == "End liability"
    async with desk_of(council, council.town.accounts.clerk) as clerk:
        locked = await visit(clerk, path)
        assert locked.heading == "Record locked"
        assert f"Account {account.number} is in use by REKEY.BOT. Try again later." in locked.html
        assert (await page.press("btnCancel")).heading == f"Account {account.number}"
        assert (await visit(clerk, path)).heading == "End liability"
        refused = await page.press("btnSave", **typed)
        assert "is in use by PAT.SAMPLE" in refused.html
        assert not saves(council, account.number)
        council.town.tax_locks.seconds = 0
        assert (await page.press("btnSave", **typed)).heading == f"Account {account.number}"
        council.town.tax_locks.seconds = LOCK_SECONDS
    assert len(saves(council, account.number)) == 1


# --- Open account ---------------------------------------------------------------------------------


async def test_an_account_is_opened(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    place = a_property(council)
    page = await confirm_page(bot, place, txtName="constance sample-featherstonehaugh-ex")
    captions = ("Property ref", "Address", "Name", "Liable from", "Telephone")
    name = "CONSTANCE SAMPLE-FEATHERSTONEHAUGH-"
    assert page.heading == "Open account - confirm"
    assert [page.shown(one) for one in captions] == [
        *(place.uprn, place.address, name, "06/03/2026", "07700900123")
    ]
    tick = {page.name("txtNotes").replace("txtNotes", "chkSingle"): "on"}
    page.fields |= tick
    opened = await page.press("btnConfirm", txtNotes="one\r\ntwo" + "x" * 200)
    assert opened.heading == "Account opened"
    told = re.search(r'Account <b id="\w+_lblNewAccount">(00\d{6})</b> has been opened.', opened.html)
    assert told
    number = told[1]
    values = {
        "property_ref": place.uprn,
        "name": name,
        "start_date": "2026-03-06",
        "phone": "07700900123",
        "single_person": True,
        "notes": ("ONE\nTWO" + "X" * 200)[:120],
    }
    assert saves(council, place.uprn) == [("open-account", number, values)]
    twice = await page.press("btnConfirm")
    assert twice.heading == "Open account - confirm"
    assert twice.refusal == f"Liability overlaps account {number}. Nothing was saved."
    assert len(saves(council, place.uprn)) == 1


async def test_liability_may_begin_on_the_day_it_ended(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    place = a_property(council)
    an_account(council, place, end=date(2026, 3, 6))
    early = await (await confirm_page(bot, place, txtLiableFrom="05/03/2026")).press("btnConfirm")
    assert early.refusal.startswith("Liability overlaps account 005")
    assert (await (await confirm_page(bot, place)).press("btnConfirm")).heading == "Account opened"


async def test_the_wizard_refuses_and_goes_back(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    place, twin = (a_property(council, "77T", "ZZ97 7AA") for _ in range(2))
    page = await visit(bot, "/OpenAccount.aspx")
    assert page.heading == "Open account - property"
    page = await page.press("btnFind", txtPostcode="ZZ97 9AA")
    assert page.heading == "Open account - choose property"
    assert "No properties found" in page.html
    assert "<select" not in page.html
    page = await page.press("btnFind", txtPostcode="ZZ97 7AA")
    assert f"{twin.uprn} - 77T Quince Sample Road, Examplewick" in page.html
    page = await page.press("btnNext", ddlProperty=place.uprn)
    assert page.refusal == "Select a property"
    page = await page.choose("ddlProperty", twin.uprn)
    assert (page.shown("Property ref"), page.shown("Address")) == (twin.uprn, twin.address)
    page = await page.press("btnNext")
    assert page.heading == "Open account - liable person"
    assert (await page.press("btnNext")).refusal == "Name is required"
    page = await page.press("btnNext", txtName="B", txtLiableFrom="6/3/2026")
    assert page.refusal == "Liable from must be dd/mm/yyyy"
    page = await page.press("btnNext", txtLiableFrom="06/03/2026")
    page = await (await page.press("btnBack")).press("btnBack")
    assert (page.heading, page.value("ddlProperty")) == ("Open account - choose property", twin.uprn)
    assert (await page.press("btnNext")).value("txtName") == "B"


# --- Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "value", "shown", "saved"),
    [
        ("error_500", None, "Server Error", 0),
        ("maintenance", None, "closed for maintenance", 0),
        ("session_expired", None, "Your session has timed out", 0),
        ("viewstate", None, "Validation of viewstate MAC failed.", 0),
        ("record_lock", None, "is in use by PAT.SAMPLE. Try again later.", 0),
        ("record_lock", "kim.sample", "is in use by KIM.SAMPLE. Try again later.", 0),
        ("success_without_save", None, "<h1>Account 005", 0),
        ("error_after_save", None, "Server Error", 1),
        ("truncate", {"field": "forwarding", "to": 4}, "<h1>Account 005", 1),
        ("latency", 0.2, "<h1>Account 005", 1),
        ("slow_save", 0.2, "<h1>Account 005", 1),
    ],
)
async def test_a_fault_meets_one_ending(
    council: RunningCouncil,
    bot: httpx.AsyncClient,
    control: httpx.AsyncClient,
    fault: str,
    value: Any,
    shown: str,
    saved: int,
) -> None:
    account = an_account(council)
    page, typed = await end_form(bot, account.number)
    await arm(control, fault, value, times=1, match=SAVE)
    assert shown in (await page.press("btnSave", **typed)).html
    lines = saves(council, account.number)
    assert len(lines) == saved
    assert await met(control) == 1
    if fault == "truncate":
        assert lines[0][2]["forwarding"] == "2 LA"


@pytest.mark.parametrize(("fault", "saved"), [("cut_before_save", 0), ("cut_after_save", 1)])
async def test_a_cut_meets_the_saving_posts_alone(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient, fault: str, saved: int
) -> None:
    account, place = an_account(council), a_property(council)
    await arm(control, fault)
    page, typed = await end_form(bot, account.number)
    for button, values in (("btnSave", typed), ("btnConfirm", {})):
        if button == "btnConfirm":
            page = await confirm_page(bot, place)
        with pytest.raises(httpx.RemoteProtocolError):
            await page.press(button, **values)
    assert await met(control) == 2
    assert len(saves(council, account.number)) == len(saves(council, place.uprn)) == saved


async def test_a_slow_save_saves_at_once(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    place = a_property(council)
    page = await confirm_page(bot, place)
    await arm(control, "slow_save", 0.5)
    posting = asyncio.create_task(page.press("btnConfirm"))
    await asyncio.sleep(0.25)
    assert len(saves(council, place.uprn)) == 1
    assert not posting.done()
    assert (await posting).heading == "Account opened"


async def test_faults_of_opening(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    place = a_property(council)
    await arm(control, "client_truncate", 9, times=1)
    await arm(control, "changed_default", times=1)
    await arm(control, "undeclared_dialog", times=1)
    assert "cut(this, 9)" in (await person_page(bot, place)).html
    page = await confirm_page(bot, place)
    assert page.value("chkSingle") == "on"
    assert "alert('Printer not ready')" in page.html
    await arm(control, "truncate", {"field": "name", "to": 3})
    await arm(control, "success_without_save", times=1)
    assert (await page.press("btnConfirm")).heading == "Account opened"
    assert not saves(council, place.uprn)
    await page.press("btnConfirm")
    assert saves(council, place.uprn)[0][2]["name"] == "ZOË"


async def test_a_system_without_its_checks_saves_twice(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    account, place = an_account(council), a_property(council)
    await arm(control, "accepts_duplicates")
    await end(bot, account.number)
    await end(bot, account.number, txtEndDate="09/03/2026")
    page = await confirm_page(bot, place)
    await page.press("btnConfirm")
    await page.press("btnConfirm")
    ended = council.town.tax.get(account.number)
    assert ended is not None
    assert ended.end == date(2026, 3, 9)
    assert len(saves(council, account.number)) == len(saves(council, place.uprn)) == 2


async def test_faults_of_searching(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    place = a_property(council)
    ended = an_account(council, place)
    await end(bot, ended.number)
    await (await confirm_page(bot, place)).press("btnConfirm")

    async def states() -> list[str]:
        return [row[7] for row in (await search(bot, txtPropRef=place.uprn)).rows()]

    assert await states() == ["Ended", "Open"]
    for value, late in ((1, ["Ended"]), (2, ["Open"]), ({"seconds": 600}, ["Open"])):
        await arm(control, "search_lags", value)
        assert await states() == late
        await control.delete("/faults")
    await arm(control, "search_empty")
    assert await states() == []
    await control.delete("/faults")
    for _ in range(11):
        an_account(council, place)
    await arm(control, "search_first_page")
    page = await search(bot, txtPropRef=place.uprn)
    assert "Page 1 of 2" in page.html
    assert ">Next<" not in page.html


@pytest.mark.parametrize(("layout", "known"), [("moved", True), ("lost", False)])
async def test_other_layouts_still_save(
    council: RunningCouncil, bot: httpx.AsyncClient, control: httpx.AsyncClient, layout: str, known: bool
) -> None:
    account = an_account(council)
    await arm(control, "layout", layout)
    page = await visit(bot, f"/EndLiability.aspx?no={account.number}")
    assert (">End date<" in page.html) == known
    page = await page.choose("ddlEndReason", "Sold", txtDateTo="01/03/2026")
    assert page.value("txtDateTo") == ""
    saved = await page.press("btnSave", txtDateTo="05/03/2026", txtForwarding="X", txtPhone="1")
    assert saved.shown("To") == "05/03/2026"


async def test_impossible_faults_are_refused(control: httpx.AsyncClient) -> None:
    for ask in (
        {"fault": "reset_source"},
        {"fault": "truncate", "value": {"field": "reported_by", "to": 3}},
        {"fault": "undeclared_dialog", "value": "after"},
        {"fault": "error_500", "match": {"body": "("}},
    ):
        assert (await control.post("/faults", json={"app": "revenues"} | ask)).status_code == 422, ask


def test_the_ports_option_takes_three_numbers_or_more() -> None:
    assert _ports("1,2,3") == Ports(portal=1, waste=2, control=3)
    assert _ports("1,2,3,4") == Ports(portal=1, waste=2, control=3, revenues=4)
    assert _ports("1,2,3,4,5,6") == Ports(portal=1, waste=2, control=3, revenues=4, example=5, benefits=6)


async def test_a_screen_is_read_as_a_browser_would(bot: httpx.AsyncClient) -> None:
    page = read(bot, await bot.get("/AccountEnquiry.aspx"))
    assert {"__VIEWSTATE", "__EVENTTARGET", "__EVENTARGUMENT"} < set(page.fields)

"""The benefits system of the demo council does what it says: its pages, its look-ups, its refusals."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape

import httpx
import pytest

from fixtures.council.accounts import Account
from fixtures.council.benefit_entries import NOTES_KEPT
from fixtures.council.serve import RunningCouncil, running_council
from fixtures.council.site import Environment
from tests.acceptance.benefits_desk import (
    DIGEST,
    FORM,
    a_claim,
    desk_of,
    get,
    heading,
    log,
    record,
    reference_in,
    rows,
    shown,
    sign_in,
    stage,
    tab,
)


@pytest.fixture(scope="module")
async def council(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCouncil]:
    async with running_council(tmp_path_factory.mktemp("council"), items=10) as running:
        yield running


@pytest.fixture
async def bot(council: RunningCouncil) -> AsyncIterator[httpx.AsyncClient]:
    async with desk_of(council, council.town.accounts.benefits) as client:
        yield client
    council.town.board.clear()
    council.town.benefits.sign_ins.unlock_all()


# --- Signing in ---------------------------------------------------------------------------------


async def test_signing_in_and_its_refusals(council: RunningCouncil) -> None:
    account = council.town.accounts.benefits
    wrong = Account(username=account.username, password="wrong")
    async with httpx.AsyncClient(base_url=council.benefits, follow_redirects=True) as client:
        assert heading(await get(client, "/")) == "Sign in"
        said = [shown((await sign_in(client, wrong)).text, "message")[0] for _ in range(3)]
        assert said == ["The user name or password is wrong"] * 2 + ["This account is locked"]
        assert "This account is locked" in (await sign_in(client, account)).text
        council.town.benefits.sign_ins.unlock_all()
        first = (await sign_in(client, account)).text
        assert [heading(first), *shown(first, "user", "environment")] == [
            *("Claim search", "rekey.bot", "TEST SYSTEM")
        ]
        council.town.benefits.environment = Environment.LIVE
        assert shown(await get(client, "/changes"), "environment") == ["LIVE SYSTEM"]
        council.town.benefits.environment = Environment.TEST
        assert heading(await get(client, "/sign-out")) == "Sign in"


async def test_nobody_sees_it_without_signing_in(council: RunningCouncil) -> None:
    claim = a_claim(council)
    async with httpx.AsyncClient(base_url=council.benefits) as stranger:
        for path in (
            *("/claims", f"/claims/{claim.number}", f"/claims/{claim.number}/panels/claimant"),
            *(f"/claims/{claim.number}/changes/new", "/changes", "/look-up/changes", "/changes/CH-000001"),
        ):
            answer = await stranger.get(path)
            assert heading(answer.text) == "Session expired", path
            assert "Your session has expired" in answer.text
            assert "X-Part" not in answer.headers
        for path in ("/documents/stage", f"/claims/{claim.number}/changes/new"):
            assert "Your session has expired" in (await stranger.post(path)).text
    assert log(council, claim) == []


# --- Claims -------------------------------------------------------------------------------------


async def test_a_claim_is_found(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council, name="Zoë O'Sample", born=date(1971, 12, 31), open=False)
    line = [claim.number, "Zoë O'Sample", "31/12/1971", claim.nino, claim.address, "ZZ99 9ZZ", "Closed"]
    spaced = f"{claim.nino[:2]} {claim.nino[2:4]} {claim.nino[4:].lower()}"
    for asked in (
        {"number": f" {claim.number.lower()}"},
        {"nino": spaced},
        {"name": "zoË o'", "born": "31/12/1971"},
    ):
        html = await get(bot, "/claims", **asked)
        assert [heading(html), *shown(html, "count")] == ["Search results", "1 claim found"], asked
        assert rows(html) == [line]
        assert f'<a href="/claims/{claim.number}">' in html
    for nothing in ({"number": "%"}, {"name": "Zoë", "born": "30/12/1971"}, {"name": ""}):
        html = await get(bot, "/claims", **nothing)
        assert shown(html, "count") == ["No claims found"], nothing
    refused = await get(bot, "/claims", born="1971-12-31")
    assert [heading(refused), *shown(refused, "message")] == [
        *("Claim search", "Date of birth must be dd/mm/yyyy")
    ]


async def test_searching_turns_its_pages(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claims = [a_claim(council, name=f"Page Sample {number}") for number in range(12)]
    first = await get(bot, "/claims", name="page sample")
    assert shown(first, "count") == ["12 claims found"]
    assert "Page 1 of 2" in first
    address = unescape(re.search(r'<a href="([^"]*)">Next', first)[1])  # type: ignore[index]
    second = await get(bot, address)
    assert "Page 2 of 2" in second
    assert ">Next<" not in second
    assert [line[0] for line in rows(first) + rows(second)] == [claim.number for claim in claims]


async def test_a_claim_is_a_page_of_tabs(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim, closed = a_claim(council), a_claim(council, open=False)
    html = await get(bot, f"/claims/{claim.number}")
    assert [heading(html), *shown(html, "panel-claimant", "closed")] == [
        *(f"Claim {claim.number}", "Loading...", "-")
    ]
    assert claim.name not in html
    names = ("number", "name", "born", "nino", "address", "postcode", "status")
    ids = [f"claimant-{name}" for name in names]
    assert shown(await tab(bot, claim, "claimant"), *ids) == [
        *(claim.number, claim.name, "01/04/1980", claim.nino, claim.address, "ZZ99 9ZZ", "Open")
    ]
    assert shown(await tab(bot, claim, "changes"), "count") == ["No changes recorded"]
    assert "No amounts recorded" in await tab(bot, claim, "income")
    assert "No documents" in await tab(bot, claim, "documents")
    assert (await bot.get(f"/claims/{claim.number}/panels/nonsense")).status_code == 404
    assert shown(await get(bot, f"/claims/{closed.number}"), "closed") == ["This claim is closed"]
    assert shown(await tab(bot, closed, "claimant"), "claimant-status") == ["Closed"]
    for path in ("/claims/HB0000000", "/claims/HB0000000/changes/new"):
        assert shown(await get(bot, path), "message") == ["No such claim"]


# --- Recording a change -------------------------------------------------------------------------


async def test_a_change_is_recorded_logged_and_shown(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council)
    reference = reference_in(await record(bot, claim, person="Kim Sample"))
    values = {
        "claim": claim.number,
        "code": "RENT",
        "changed_on": "2026-09-01",
        "form_dated": "2026-09-03",
        "amount": "1012.50",
        "period": "M",
        "person": "Kim Sample",
        "notes": "First line\nand <b>second</b>",
        "document": DIGEST,
    }
    assert log(council, claim) == [{"kind": "change", "reference": reference, "by": "rekey.bot"} | values]
    line = [
        *(reference, "RENT", "Rent has changed", "01/09/2026", "03/09/2026", "£1,012.50", "M"),
        *("Kim Sample", "First line\nand <b>second</b>", DIGEST, "rekey.bot"),
    ]
    assert rows(await tab(bot, claim, "changes")) == [line]
    assert rows(await tab(bot, claim, "documents")) == [[reference, "form.pdf", str(len(FORM)), DIGEST]]
    assert rows(await tab(bot, claim, "household"))[1] == ["Kim Sample", "Rent has changed", "01/09/2026"]
    assert rows(await tab(bot, claim, "income")) == [
        ["Rent has changed", "01/09/2026", "£1,012.50", "Monthly"]
    ]
    page = await get(bot, f"/changes/{reference}")
    assert heading(page) == f"Change {reference}"
    ids = ("claim", "code", "description", "changed_on", "amount", "period", "notes", "recorded_by")
    assert shown(page, *ids, "document_name", "document_size", "document_sha256") == [
        *(claim.number, "RENT", "Rent has changed", "01/09/2026", "£1,012.50", "M"),
        *("First line\nand <b>second</b>", "rekey.bot", "form.pdf", str(len(FORM)), DIGEST),
    ]
    assert shown(await get(bot, "/changes/CH-999999"), "message") == ["No such change"]


async def test_little_is_needed_and_notes_are_cut_in_silence(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    claim = a_claim(council)
    reference_in(await record(bot, claim, amount="", period="", code=" MVIN ", notes="n" * 300))
    line = log(council, claim)[0]
    assert (line["amount"], line["period"], line["code"]) == (None, "", "MVIN")
    assert line["notes"] == "n" * NOTES_KEPT


async def test_a_change_is_recorded_once(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council)
    reference = reference_in(await record(bot, claim))
    again = (await record(bot, claim, amount="1.00")).text
    assert heading(again) == "Change not recorded"
    assert shown(again, "message") == [f"This change was recorded before: {reference}"]
    assert "Nothing was saved." in again
    reference_in(await record(bot, claim, changed_on="02/09/2026"))
    reference_in(await record(bot, claim, code="MOUT"))
    assert len(log(council, claim)) == 3


REFUSED = [
    ({"code": "RENTS"}, "Unknown change code"),
    ({"code": ""}, "Unknown change code"),
    ({"changed_on": "2026-09-01"}, "Date must be dd/mm/yyyy"),
    ({"form_dated": "31/02/2026"}, "Date must be dd/mm/yyyy"),
    ({"amount": "twelve"}, "Amount must be pounds and pence"),
    ({"amount": "1,01.50"}, "Amount must be pounds and pence"),
    ({"period": "X"}, "Unknown period code"),
    ({"period": ""}, "Unknown period code"),
    ({"document_id": ""}, "No document is attached"),
    ({"document_id": "0123456789abcdef"}, "No document is attached"),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
async def test_a_change_is_refused(
    council: RunningCouncil, bot: httpx.AsyncClient, change: dict[str, str], sentence: str
) -> None:
    claim = a_claim(council)
    answer = (await record(bot, claim, **change)).text
    assert heading(answer) == "Change not recorded"
    assert shown(answer, "message")[0].startswith(sentence)
    assert log(council, claim) == []


async def test_a_closed_claim_takes_nothing(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council, open=False)
    page = await get(bot, f"/claims/{claim.number}/changes/new")
    assert [heading(page), *shown(page, "message")] == ["New change", "The claim is closed"]
    assert shown((await record(bot, claim)).text, "message") == ["The claim is closed"]
    assert log(council, claim) == []


async def test_a_staged_file_is_its_senders_and_nothing_permanent(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    claim = a_claim(council)
    told = await stage(bot)
    assert told | {"id": ""} == {"id": "", "name": "form.pdf", "size": len(FORM), "sha256": DIGEST}
    assert (await stage(bot))["id"] != told["id"]
    assert "No documents" in await tab(bot, claim, "documents")
    assert (await bot.post("/documents/stage")).status_code == 400
    async with desk_of(council, council.town.accounts.clerk) as clerk:
        refused = await record(clerk, claim, document_id=told["id"])
        assert shown(refused.text, "message") == ["No document is attached"]
        await get(clerk, f"/claims/{claim.number}/changes/cancel")


@pytest.mark.parametrize(
    ("which", "code", "meaning"),
    [
        ("changes", "WORK", "Started work"),
        ("changes", " work", "Started work"),
        ("changes", "X", "Code not known"),
        ("periods", "4", "Four-weekly"),
        ("colours", "W", "Code not known"),
    ],
)
async def test_codes_are_looked_up(bot: httpx.AsyncClient, which: str, code: str, meaning: str) -> None:
    answer = await bot.get(f"/look-up/{which}", params={"code": code})
    assert answer.json() == {"description": meaning}
    assert answer.headers["X-Part"] == "yes"


async def test_a_record_is_locked_until_its_holder_leaves(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    claim = a_claim(council)
    path = f"/claims/{claim.number}/changes/new"
    assert heading(await get(bot, path)) == heading(await get(bot, path)) == "New change"
    async with desk_of(council, council.town.accounts.clerk) as clerk:
        for locked in (await get(clerk, path), (await record(clerk, claim)).text):
            assert heading(locked) == "Record locked"
            assert shown(locked, "message") == [
                f"Claim {claim.number} is in use by REKEY.BOT. Try again later."
            ]
        assert heading(await get(bot, f"/claims/{claim.number}/changes/cancel")) == f"Claim {claim.number}"
        reference_in(await record(clerk, claim))
        reference_in(await record(bot, claim, code="WORK"))
    assert [line["by"] for line in log(council, claim)] == ["pat.sample", "rekey.bot"]


async def test_the_list_of_changes_has_pages(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    for number in range(26):
        await record(bot, a_claim(council), person=f"Person {number}")
    listed, number, html = [], 0, ">Next<"
    while ">Next<" in html:
        number += 1
        html = await get(bot, "/changes", page=str(number))
        listed += rows(html)
    every = council.town.claims.every_change()
    assert shown(html, "count") == [f"{len(every)} changes recorded"]
    assert f"Page {number} of {number}" in html
    assert [line[:3] for line in listed] == [[one.reference, one.claim, one.code] for one in every]
    assert listed[-1][8:] == ["Person 25", "First line\nand <b>second</b>", DIGEST, "rekey.bot"]

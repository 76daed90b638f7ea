"""The faults that the demo council's benefits system has on request, over HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fixtures.council.serve import RunningCouncil, running_council
from tests.acceptance.benefits_desk import (
    FORM,
    a_claim,
    arm,
    desk_of,
    form,
    get,
    heading,
    log,
    record,
    reference_in,
    rows,
    shown,
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


@pytest.mark.parametrize(
    ("fault", "value", "said", "saved"),
    [
        ("error_500", None, "Server Error", 0),
        ("maintenance", None, "closed for maintenance", 0),
        ("session_expired", None, "Your session has expired", 0),
        ("record_lock", None, "is in use by PAT.SAMPLE. Try again later.", 0),
        ("record_lock", "kim.sample", "is in use by KIM.SAMPLE. Try again later.", 0),
        ("success_without_save", None, "Change recorded", 0),
        ("error_after_save", None, "Server Error", 1),
        ("truncate", {"field": "notes", "to": 5}, "Change recorded", 1),
        ("latency", 0.1, "Change recorded", 1),
        ("slow_save", 0.1, "Change recorded", 1),
    ],
)
async def test_a_fault_meets_one_save(
    council: RunningCouncil, bot: httpx.AsyncClient, fault: str, value: Any, said: str, saved: int
) -> None:
    claim = a_claim(council)
    data = await form(bot)
    await arm(council, fault, value, times=1)
    assert said in (await bot.post(f"/claims/{claim.number}/changes/new", data=data)).text
    assert council.town.board.armed[0].met == 1
    lines = log(council, claim)
    assert len(lines) == saved
    if fault == "truncate":
        assert lines[0]["notes"] == "First"


@pytest.mark.parametrize(("fault", "saved"), [("cut_before_save", 0), ("cut_after_save", 1)])
async def test_a_cut_meets_the_saving_post_alone(
    council: RunningCouncil, bot: httpx.AsyncClient, fault: str, saved: int
) -> None:
    claim = a_claim(council)
    await arm(council, fault, times=1)
    data = await form(bot)
    assert heading(await get(bot, f"/claims/{claim.number}/changes/new")) == "New change"
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.post(f"/claims/{claim.number}/changes/new", data=data)
    assert len(log(council, claim)) == saved


async def test_a_slow_save_saves_at_once(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council)
    data = await form(bot)
    await arm(council, "slow_save", 1.0)
    with pytest.raises(httpx.ReadTimeout):
        await bot.post(f"/claims/{claim.number}/changes/new", data=data, timeout=0.5)
    assert len(log(council, claim)) == 1


async def test_a_system_without_its_check_saves_twice(
    council: RunningCouncil, bot: httpx.AsyncClient
) -> None:
    """Also the very same form, as a browser sends it again when the answer was cut."""
    claim = a_claim(council)
    data = await form(bot)
    await arm(council, "accepts_duplicates")
    path = f"/claims/{claim.number}/changes/new"
    numbers = {reference_in(await bot.post(path, data=data)) for _ in range(2)}
    assert len(numbers) == len(log(council, claim)) == 2


async def test_faults_of_searching(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council)
    for code in ("WORK", "INCM"):
        await record(bot, claim, code=code)

    async def codes(fault: str, value: Any = None, **more: Any) -> list[str]:
        await arm(council, fault, value, times=1, **more)
        return [line[1] for line in rows(await tab(bot, claim, "changes"))]

    assert await codes("search_empty") == []
    assert await codes("search_lags", 1) == ["WORK"]
    assert await codes("search_lags", {"seconds": 600}) == []
    assert await codes("search_lags", {"seconds": 0}) == ["WORK", "INCM"]
    await arm(council, "search_lags", 2, match={"path": "/changes"})
    every = council.town.claims.every_change()
    assert shown(await get(bot, "/changes"), "count") == [f"{len(every) - 2} changes recorded"]
    await arm(council, "search_empty", match={"path": "/claims"})
    assert shown(await get(bot, "/claims", number=claim.number), "count") == ["No claims found"]


async def test_the_list_may_end_after_its_first_page(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    for _ in range(26 - len(council.town.claims.every_change())):
        await record(bot, a_claim(council))
    await arm(council, "search_first_page", times=1)
    assert ">Next<" not in await get(bot, "/changes")
    assert ">Next<" in await get(bot, "/changes")


async def test_faults_of_the_form(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    path = f"/claims/{a_claim(council).number}/changes/new"
    for fault, value in (("changed_default", None), ("client_truncate", 9), ("undeclared_dialog", None)):
        await arm(council, fault, value, times=1)
    figures = await get(bot, f"{path}/panels/figures")
    assert 'value="M"' in figures
    assert shown(figures, "period_text") == ["Monthly"]
    assert "this.value.substring(0, 9)" in await get(bot, f"{path}/panels/notes")
    assert "alert('Printer not ready')" in await get(bot, path)
    assert 'value=""' in await get(bot, f"{path}/panels/figures")
    assert "substring" not in await get(bot, f"{path}/panels/notes")
    assert "alert" not in await get(bot, path)


@pytest.mark.parametrize(
    ("layout", "label", "name"),
    [("moved", "Changed on", "changed_on"), ("lost", "Effective from", "effective_from")],
)
async def test_other_layouts_still_save(
    council: RunningCouncil, bot: httpx.AsyncClient, layout: str, label: str, name: str
) -> None:
    claim = a_claim(council)
    await arm(council, "layout", layout)
    details = await get(bot, f"/claims/{claim.number}/changes/new/panels/details")
    labels = re.findall(r'<label for="(\w+)">([^<]*)</label>', details)
    assert labels == [("date_of_form", "Form dated"), (name, label), ("change_code", "Change code")]
    data = await form(bot)
    moved = {"change_code": data.pop("code"), "date_of_form": data.pop("form_dated")}
    moved[name] = data.pop("changed_on")
    reference_in(await bot.post(f"/claims/{claim.number}/changes/new", data=data | moved))
    assert log(council, claim)[0]["changed_on"] == "2026-09-01"


async def test_a_tab_and_a_file_fail_once(council: RunningCouncil, bot: httpx.AsyncClient) -> None:
    claim = a_claim(council)
    for path in (f"/claims/{claim.number}", f"/claims/{claim.number}/changes/new"):
        await arm(council, "tab_fails", times=1)
        assert (await bot.get(path)).status_code == 200
        panel = f"{path}/panels/{'claimant' if path.endswith(claim.number) else 'details'}"
        assert [(await bot.get(panel)).status_code for _ in range(2)] == [500, 200]
    await arm(council, "stage_fails", times=1)
    sent = {"file": ("form.pdf", FORM)}
    assert [(await bot.post("/documents/stage", files=sent)).status_code for _ in range(2)] == [500, 200]


async def test_impossible_faults_are_refused(council: RunningCouncil) -> None:
    async with httpx.AsyncClient(base_url=council.control) as control:
        for ask in (
            {"app": "benefits", "fault": "reset_source"},
            {"app": "benefits", "fault": "viewstate"},
            {"app": "benefits", "fault": "truncate", "value": {"field": "amount", "to": 3}},
            {"app": "benefits", "fault": "undeclared_dialog", "value": "after"},
            {"app": "waste", "fault": "tab_fails"},
        ):
            assert (await control.post("/faults", json=ask)).status_code == 422, ask

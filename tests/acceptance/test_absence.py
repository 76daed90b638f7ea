"""What may be keyed again: only what is proved not to be there. An empty search proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bots.engine.core.absence import Absence
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.value import Found, Value
from bots.engine.keying.absences import Absences
from bots.engine.keying.protocol import Keying
from bots.engine.keying.task import Doubt
from bots.engine.screens import tables
from tests import staff
from tests.absent import absence_of
from tests.tiny import CUT, Bench, Case, Log, a_bench, page

ODD = "K1"


def cut(bench: Bench, key: str = ODD, *, saved: bool) -> None:
    """The connection of one save is cut, once, before or after it was saved."""
    left = [key]

    def save(values: Mapping[str, str]) -> str | None:
        if values.get("key") not in left:
            return None
        left.clear()
        if saved:
            bench.target.save(values)
        return CUT

    bench.target.at["/save"] = save


async def doubted(bench: Bench, *later: str) -> Any:
    """One save is cut, others are made after it can no longer land; the item as it is then."""
    bench.more["timeouts"] = {"ready": 3, "window": 2, "save": 0.5, "settle": 0, "late": 0}
    [item] = await bench.add(ODD)
    await bench.work(max_items=1)
    assert await bench.states() == {"in_doubt": 1}
    await bench.work(patience=5)  # it is looked up as soon as it can no longer land
    await bench.add(*later)
    await bench.work(patience=5)
    return await bench.queue.item(item)


def once(bench: Bench) -> bool:
    return set(bench.target.keys().values()) == {1}


# ---- a whole list -------------------------------------------------------------------------------
@pytest.mark.parametrize("saved", [True, False])
async def test_what_a_blind_search_does_not_show_is_looked_for_in_the_list(
    tmp_path: Path, saved: bool
) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.hidden.add(ODD)
        cut(bench, saved=saved)
        item = await doubted(bench, "K2", "K3")
        assert item.state is State.DONE
        assert once(bench)
        assert len(bench.target.saves) == 3


@pytest.mark.parametrize("guarded", [True, False])
async def test_an_empty_search_proves_nothing(tmp_path: Path, guarded: bool) -> None:
    async def believe(_: Absences, doubt: Doubt) -> Absence:
        return absence_of(doubt.intent)

    async with a_bench(tmp_path, step=NoList()) as bench:
        bench.target.hidden.add(ODD)
        cut(bench, saved=True)
        with patch.object(Absences, "prove", Absences.prove if guarded else believe):
            item = await doubted(bench, "K2")
        assert bench.target.keys()[ODD] == (1 if guarded else 2)
        if guarded:
            assert (item.state, item.code) == (State.IN_DOUBT, "absence-not-provable")
            assert "would prove that it is not there" in item.sentence
            looks = bench.target.seen["GET /search"]
            await bench.work(patience=1)
            assert bench.target.seen["GET /search"] == looks, "a person decides"


class NoList(Log):
    lists = False


async def test_a_list_of_which_nobody_says_that_it_is_of_all_proves_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.screens = {"list": {"tables": _cases(covers=None)}}
        cut(bench, saved=False)
        item = await doubted(bench, "K2")
        assert (item.state, item.code) == (State.IN_DOUBT, "absence-not-provable")


def _cases(**change: Any) -> dict[str, Any]:
    columns = {f: {"header": f} for f in ("ref", "key", "name")}
    whole = {"find": [{"css": "#t"}], "columns": columns, "count": "(\\d+) in all", "covers": "all cases"}
    return {"cases": {**whole, "empty": "No cases", **change}}


@pytest.mark.parametrize("saved", [True, False])
async def test_a_list_that_hides_the_newest_proves_nothing(tmp_path: Path, saved: bool) -> None:
    async with a_bench(tmp_path) as bench:
        target = bench.target
        target.hidden.add(ODD)
        target.at["/list"] = lambda _: target._list([], "List") + "<p>0 in all</p>"
        cut(bench, saved=saved)
        item = await doubted(bench, "K2", "K3")
        assert (item.state, item.code) == (State.IN_DOUBT, "search-not-alive")
        assert target.keys()[ODD] == int(saved)


async def test_a_list_that_is_cut_off_proves_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        target = bench.target
        bench.screens = {"list": {"tables": _cases(count=None, most=1)}}
        target.at["/list"] = lambda _: target._list(target.saves[-1:], "List")
        target.hidden.add(ODD)
        cut(bench, saved=True)
        item = await doubted(bench, "K2", "K3")
        assert (item.state, item.code) == (State.IN_DOUBT, "list-incomplete")
        assert target.keys()[ODD] == 1


async def test_without_a_later_case_nothing_is_proved(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        cut(bench, saved=False)
        item = await doubted(bench)
        assert (item.state, item.code) == (State.IN_DOUBT, "search-not-proven")
        assert bench.target.saves == []


async def test_a_list_without_the_key_of_a_case_proves_nothing(tmp_path: Path) -> None:
    class Unkeyed(Log):
        async def listing(self, screens: Screens) -> Sequence[Found]:
            return [
                Found(reference=one.reference, values={"name": one.values["name"]})
                for one in await super().listing(screens)
            ]

    async with a_bench(tmp_path, step=Unkeyed()) as bench:
        cut(bench, saved=False)
        item = await doubted(bench, "K2")
        assert (item.state, item.code) == (State.IN_DOUBT, "list-tells-too-little")


async def test_an_entry_of_our_hand_that_is_like_it_is_not_passed_over(tmp_path: Path) -> None:
    """The target changed the key on saving: nothing equals the record, and it is there."""

    class ByHand(Log):
        hand = "by"

        async def listing(self, screens: Screens) -> Sequence[Found]:
            found = await super().listing(screens)
            return [Found(reference=o.reference, values={**o.values, "by": BOT}) for o in found]

    async with a_bench(tmp_path, step=ByHand()) as bench:
        bench.target.hidden.add(ODD)
        cut(bench, saved=False)
        save = bench.target.at["/save"]

        def mangled(values: Mapping[str, str]) -> Any:
            answer = save(values)
            if answer == CUT:
                bench.target.save(values, key="K-1x")
            return answer

        bench.target.at["/save"] = mangled
        item = await doubted(bench, "K2")
        assert (item.state, item.code) == (State.IN_DOUBT, "may-be-ours")
        assert bench.target.keys()[ODD] == 0


class _Bot:
    text = "bot"

    def equals(self, value: Value) -> bool:
        return value == "bot"

    def __str__(self) -> str:
        return "bot"


BOT: Any = _Bot()


async def test_a_list_that_shows_a_value_once_for_several_rows_proves_nothing(tmp_path: Path) -> None:
    """The cell is blank where it says the same as the row above."""

    class Grouped(Log):
        case = ("key", "name")

    async with a_bench(tmp_path, step=Grouped()) as bench:
        target = bench.target
        target.hidden.add(ODD)

        def grouped(_: Mapping[str, str]) -> str:
            rows = [one | ({"name": ""} if number else {}) for number, one in enumerate(target.saves)]
            return target._list(rows, "List") + f"<p>{len(rows)} in all</p>"

        target.save({"key": "K0", "name": "Ann"})
        target.at["/list"] = grouped
        cut(bench, saved=True)
        item = await doubted(bench, "K2")
        assert (item.state, item.code) == (State.IN_DOUBT, "may-be-ours")
        assert target.keys()[ODD] == 1


async def test_what_the_list_shows_needs_no_later_case(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.hidden.add(ODD)
        cut(bench, saved=True)
        item = await doubted(bench)
        assert item.state is State.DONE
        assert once(bench)


@pytest.mark.parametrize("blind", [True, False])
async def test_where_no_word_comes_the_list_tells_as_well(tmp_path: Path, blind: bool) -> None:
    silent = {"saved": {"heading": "Case saved", "confirmed_by": "find"}}
    async with a_bench(tmp_path, outcomes=silent) as bench:
        bench.target.hidden.update([ODD] if blind else [])
        await bench.add(ODD)
        await bench.work()
        assert await bench.states() == {"done": 1}
        assert once(bench)


# ---- the target's word --------------------------------------------------------------------------
async def test_what_the_target_said_it_saved_is_never_keyed_again(tmp_path: Path) -> None:
    """A page of success was seen; then neither the entry nor the search nor the list shows it."""
    async with a_bench(tmp_path) as bench:
        target, left = bench.target, [ODD]
        target.hidden.add(ODD)

        def case(values: Mapping[str, str]) -> str | None:
            return page("Not found") if values.get("ref") == "C0001" and left else None

        target.at["/case"] = case
        target.at["/list"] = lambda _: (
            target._list(target.saves[1:], "List") + f"<p>{len(target.saves) - 1} in all</p>"
        )
        item = await doubted(bench, "K2", "K3")
        assert item.state is State.IN_DOUBT
        assert target.keys()[ODD] == 1
        left.clear()  # it can be opened again
        await bench.work(patience=30)
        assert await bench.states() == {"done": 3}
        assert once(bench)


@pytest.mark.parametrize(("key", "name"), [("", ""), ("K9", "somebody else")])
async def test_what_opens_under_the_reference_is_not_there(tmp_path: Path, key: str, name: str) -> None:
    """The target said that it saved, and kept nothing: an empty form opens, or what took its number since."""
    async with a_bench(tmp_path) as bench:
        target = bench.target
        instead = page("Case", f'<p id="v_ref">C0001</p><p id="v_key">{key}</p><p id="v_name">{name}</p>')
        opened = iter([page("Not found")])

        def save(values: Mapping[str, str]) -> str:
            kept = target.save(values)
            target.saves.clear()
            return kept

        target.at["/save"] = save
        target.at["/case"] = lambda _: next(opened, instead)
        item = await doubted(bench)
        assert (item.state, item.code) == (State.IN_DOUBT, "said-saved")


# ---- the target refuses -------------------------------------------------------------------------
_DUPLICATE = {
    "duplicate": {
        "text": "There is one already",
        "business": "duplicate",
        "saved": False,
        "look_again": True,
        "sentence": "It holds this case already.",
    }
}


def refusing(bench: Bench) -> None:
    before = bench.target.at["/save"]

    def save(values: Mapping[str, str]) -> Any:
        if bench.target.keys()[values.get("key", "")]:
            return page("No", "<p>There is one already</p>")
        return before(values) if callable(before) else None

    bench.target.at["/save"] = save


class Refused(NoList):
    refuses_duplicates = "duplicate"


@pytest.mark.parametrize("seen", [True, False])
async def test_a_target_that_was_seen_to_refuse_may_be_asked_again(tmp_path: Path, seen: bool) -> None:
    async with a_bench(tmp_path, step=Refused(), outcomes=_DUPLICATE) as bench:
        target = bench.target
        target.hidden.update((ODD, "K0"))
        if seen:  # a clerk's own case, that the search does not show
            target.save({"key": "K0", "name": "Ann"})
        cut(bench, saved=True)
        refusing(bench)
        if seen:
            await bench.add("K0")
            await bench.work()
            assert await bench.codes(State.EXCEPTION) == {"duplicate": 1}
        [item] = await bench.add(ODD)
        await bench.work(patience=4)
        assert target.keys()[ODD] == 1
        found = await bench.queue.item(item)
        assert found is not None
        assert found.code == ("duplicate" if seen else "absence-not-provable")
        statuses = [one.status for one in await bench.queue.intents(item)]
        refused = [IntentStatus.ABSENT, IntentStatus.REFUSED]
        assert statuses == (refused if seen else [IntentStatus.OPEN])


# ---- the item's own mark ------------------------------------------------------------------------
class Stamped(Step[Case]):
    """The name carries the item's id."""

    name, system, commit, case, stamp = "log", "tiny", "new.save", ("key",), "name"

    def __init__(self) -> None:
        self._log = Log()

    def values(self, record: Case) -> Mapping[str, Value]:
        return {"key": record.key, "name": record.stamp}

    async def find(self, screens: Screens, record: Case) -> Sequence[Found]:
        return await self._log.find(screens, record)

    async def find_stamped(self, screens: Screens, stamp: str) -> Sequence[Found]:
        return [one for one in await self._log.listing(screens) if one.values["name"].equals(stamp)]

    async def key(self, screens: Screens, record: Case) -> None:
        await screens.open("new")
        await screens.fill(**self.values(record))

    async def reopen(self, screens: Screens, reference: str) -> Found:
        return await self._log.reopen(screens, reference)


@pytest.mark.parametrize("saved", [True, False])
async def test_a_mark_that_the_target_keeps_settles_it(tmp_path: Path, saved: bool) -> None:
    async with a_bench(tmp_path, step=Stamped()) as bench:
        bench.target.hidden.add(ODD)
        cut(bench, saved=saved)
        item = await doubted(bench, "K2", "K3")
        assert item.state is State.DONE
        assert once(bench)
        assert item.id in [one["name"] for one in bench.target.saves]


# ---- a list that is late ------------------------------------------------------------------------
@pytest.mark.parametrize("guarded", [True, False])
async def test_an_empty_list_that_is_still_fetched_is_waited_for(tmp_path: Path, guarded: bool) -> None:
    """A clerk keyed the case. The search says "No cases" and fetches its rows a moment later."""
    async with a_bench(tmp_path) as bench:
        target = bench.target
        target.save({"key": ODD, "name": "Ann"})

        async def rows(_: Mapping[str, str]) -> str:
            await asyncio.sleep(0.4)
            return target._list(target.saves)

        late = "document.body.innerHTML = new DOMParser().parseFromString(t, 'text/html').body.innerHTML"
        script = f"<script>fetch('/rows').then((r) => r.text()).then((t) => {{ {late} }})</script>"
        target.at["/search"] = lambda _: target._list([]).replace("</body>", f"{script}</body>")
        target.at["/rows"] = rows
        await bench.add(ODD)
        with nullcontext() if guarded else patch.object(tables, "_if_late", _not_waited):
            summary = await bench.work()
        assert len(target.saves) == (1 if guarded else 2)
        assert summary.adopted == int(guarded)


async def _not_waited(*_: Any) -> None:
    return None


async def test_what_never_ends_is_waited_for_once(tmp_path: Path) -> None:
    """A long poll of the page: the next items do not wait for it."""
    async with a_bench(tmp_path) as bench:
        target, over = bench.target, asyncio.Event()

        async def poll(_: Mapping[str, str]) -> str:
            await over.wait()
            return ""

        script = "<script>fetch('/poll')</script></body>"
        target.at["/search"] = lambda values: target._page("GET", "/search", values).replace(
            "</body>", script
        )
        target.at["/poll"] = poll
        waited: list[float] = []
        until = tables.ask_until

        async def asked(frame: Any, question: str, argument: Any, seconds: float) -> Any:
            if question == "filled":
                waited.append(seconds)
            return await until(frame, question, argument, min(seconds, 0.5))

        await bench.add("K1", "K2", "K3")
        with patch.object(tables, "ask_until", asked):
            await bench.work()
        over.set()
        assert await bench.states() == {"done": 3}
        assert len(waited) == 1


# ---- a refusal that is no word to go by ---------------------------------------------------------
@pytest.mark.parametrize("guarded", [True, False])
async def test_what_was_saved_in_spite_of_a_no_is_not_keyed_again(tmp_path: Path, guarded: bool) -> None:
    """It saves, and says that it does not accept it. Somebody sends it back to the bot as it is."""
    refused = {"refused": {"text": "Not accepted", "business": "refused", "saved": False, "sentence": "No."}}
    async with a_bench(tmp_path, outcomes=refused) as bench:
        target = bench.target
        target.hidden.add(ODD)

        def save(values: Mapping[str, str]) -> str:
            target.save(values)
            return page("No", "<p>Not accepted</p>")

        target.at["/save"] = save
        [item] = await bench.add(ODD)
        await bench.work()
        assert await bench.codes(State.EXCEPTION) == {"refused": 1}
        await staff.retry(bench.queue, item, "ann", "It is right as it is")
        with nullcontext() if guarded else patch.object(Keying, "_listed_before", _nothing_before):
            await bench.work()
        assert len(target.saves) == (1 if guarded else 2)
        assert (await bench.states() == {"done": 1}) is guarded


async def _nothing_before(*_: Any) -> Sequence[Found]:
    return ()

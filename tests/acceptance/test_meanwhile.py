"""What a target makes of a record: a colleague changes it meanwhile, or its lines are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bots.engine.core.item import NewItem, State
from bots.engine.core.points import Point
from bots.engine.core.screens import Screens
from bots.engine.core.value import Found
from tests.tiny import PROCESS, Bench, Case, Log, a_bench, page

_ROW = "<tr><td>{0}</td><td><input name={0}></td></tr>"


class Change(Log):
    """Changes the name in a record that is there; its note is nobody's business."""

    async def find(self, screens: Screens, record: Case) -> Sequence[Found]:
        return [one for one in await super().find(screens, record) if one.values["name"].equals(record.name)]

    async def key(self, screens: Screens, record: Case) -> None:
        await screens.open("new", key=record.key)
        await screens.fill(name=record.name)


_RECORD = "<input type=hidden name=version value={version}><input name=note value='{note}'>"


async def a_record(bench: Bench) -> dict[str, str]:
    """The form of a record whose note and version are written back with the rest."""
    bench.step = Change()
    held = {"note": "old", "version": "1"}
    rows = "<table><tr><td>key</td><td><input name=key value=K1 readonly></td></tr>" + _ROW.format("name")
    begin, end = f"<form method=post action=/save>{rows}</table>", "<button id=save>Save</button></form>"
    bench.target.at["/new"] = lambda _: page("New case", begin + _RECORD.format(**held) + end)
    fields = {"key": {"find": [{"name": "key"}], "default": None}, "name": {"find": [{"name": "name"}]}}
    bench.form |= {"open": {"path": "/new?key={key}"}, "fields": fields}
    return held


@pytest.mark.parametrize("changed", ["note", "version"])
async def test_what_a_colleague_changes_meanwhile_is_not_put_back(tmp_path: Path, changed: str) -> None:
    async with a_bench(tmp_path, save={"saves": {"path": "/save", "kept": ["note", "version"]}}) as bench:
        held = await a_record(bench)
        [item] = await bench.add("K1")

        def colleague(point: Point) -> None:
            if point is Point.READ_BACK:
                held[changed] = "2"

        await bench.work(on_point=colleague)
        assert bench.target.saves == []
        assert await bench.codes(State.EXCEPTION) == {"concurrent-edit": 1}
        told = await bench.queue.item(item)
        assert told is not None
        assert changed in (told.sentence or "")


async def test_a_record_that_nobody_changes_is_saved(tmp_path: Path) -> None:
    async with a_bench(tmp_path, save={"saves": {"path": "/save", "kept": ["note", "version"]}}) as bench:
        await a_record(bench)
        await bench.add("K1")
        await bench.work()
        assert await bench.states() == {"done": 1}
        assert bench.target.seen["GET /new"] == 2


async def test_a_map_may_say_that_it_is_not_read_again(tmp_path: Path) -> None:
    async with a_bench(tmp_path, save={"saves": {"path": "/save", "kept": ["note", "version"]}}) as bench:
        await a_record(bench)
        bench.form["open"]["again"] = False
        await bench.add("K1")
        await bench.work()
        assert bench.target.seen["GET /new"] == 1


@pytest.mark.parametrize(
    ("kept", "state"),
    [("{0}", "done"), ("{1}", "in_doubt")],
    ids=["as it is", "in one line"],
)
async def test_a_target_that_makes_one_line_of_several_is_told(tmp_path: Path, kept: str, state: str) -> None:
    form = {
        "fields": {
            "key": {"find": [{"name": "key"}]},
            "name": {"find": [{"name": "name"}], "kind": "textarea"},
        }
    }
    async with a_bench(tmp_path, form=form) as bench:
        rows = "<input name=key><textarea name=name></textarea>"
        begin, end = "<form method=post action=/save>", "<button id=save>Save</button></form>"
        bench.target.at["/new"] = lambda _: page("New case", begin + rows + end)
        bench.target.at["/save"] = lambda values: bench.target.save(
            values, name=kept.format(values["name"], values["name"].replace("\r\n", " "))
        )
        batch = await bench.queue.open_batch(PROCESS, "test", "test")
        record = Case(key="K1", name="1. gate\n2. bin\n\n3. code")
        await bench.queue.add(PROCESS, batch, [NewItem(reference="K1", data=record.data())])
        await bench.work()
        assert await bench.states() == {state: 1}
        assert bench.target.keys() == {"K1": 1}

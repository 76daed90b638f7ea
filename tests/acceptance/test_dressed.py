"""Fields that scripts dress up: a control that is hidden behind another one, a calendar that stays open."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import Bench, a_bench, page

_HIDDEN = """<form method=post action=/save><table><tr><td>key</td><td><input name=key></td></tr></table>
<select name=name style="display:none"><option>Bob<option>Ann</select><div onclick="">Choose a name</div>
<button id=save>Save</button></form>"""
_CALENDAR = """<form method=post action=/save><table><tr><td>key</td><td><input name=key></td></tr>
<tr><td>name</td><td><input name=name onfocus="calendar.hidden=false"></td></tr></table>
<button id=save>Save</button></form><div id=calendar hidden
style="position:fixed;inset:0;background:white">May</div>
<script>document.addEventListener('mousedown',e=>{if(!calendar.contains(e.target))calendar.hidden=true})</script>"""


def _dressed(dressed: bool) -> dict[str, dict[str, object]]:
    field = {"find": [{"name": "name"}], "kind": "select", "default": None, "dressed": dressed}
    return {"new": {"fields": {"name": field}}}


async def test_a_list_that_a_script_hides_is_filled_where_its_map_says_so(tmp_path: Path) -> None:
    async with a_bench(tmp_path, screens=_dressed(True)) as bench:
        await _worked(bench, _HIDDEN)
        assert [one["name"] for one in bench.target.saves] == ["Ann"]
        assert await bench.states() == {"done": 1}


async def test_it_is_not_found_where_its_map_does_not(tmp_path: Path) -> None:
    async with a_bench(tmp_path, screens=_dressed(False)) as bench:
        await _worked(bench, _HIDDEN)
        assert bench.target.saves == []


async def test_a_calendar_that_stays_open_over_the_button_is_closed(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await _worked(bench, _CALENDAR)
        assert bench.target.keys() == {"K1": 1}
        assert await bench.states() == {"done": 1}


async def _worked(bench: Bench, form: str) -> None:
    bench.target.at["/new"] = lambda _: page("New case", form)
    await bench.add("K1")
    await bench.work()


async def test_what_a_text_box_would_break_into_lines_is_sent_as_it_was_read(tmp_path: Path) -> None:
    """wrap=hard: the browser breaks lines as it sends them, after a hyphen or a slash as well."""
    key = "see-http://home.example/a/b/c?d=1&e=2#f-and-g-" * 2
    field = {"find": [{"name": "key"}], "kind": "textarea"}
    async with a_bench(tmp_path, screens={"new": {"fields": {"key": field}}}) as bench:
        box = "<textarea name=key cols=20 wrap=hard></textarea>"
        name = "<table><tr><td>name</td><td><input name=name></td></tr></table>"
        form = f"<form method=post action=/save>{box}{name}<button id=save>Save</button></form>"
        bench.target.at["/new"] = lambda _: page("New case", form)
        await bench.add(key)
        await bench.work()
        assert bench.target.keys() == {key: 1}
        assert await bench.states() == {"done": 1}

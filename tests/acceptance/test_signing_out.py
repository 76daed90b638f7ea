"""A session that is left is ended in the system as well, and nothing depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.errors import ConfigurationError
from bots.engine.screens.maps.files import load_system
from tests.tiny import CUT, Bench, a_bench, page

_SAID = {"heading": "Signed out"}
_BY_ADDRESS = {"sign_out": {"path": "/logout", "said": _SAID}}
_BY_BUTTON = {
    "sign_out": {"screen": "new", "actions": ["log_out"], "said": _SAID},
    "harmless": [{"path": "/logout"}],
}
_FORM = """<form method=post action=/save><table><tr><td>key</td><td><input name=key></td></tr>
<tr><td>name</td><td><input name=name></td></tr></table><button id=save>Save</button></form>
<form method=post action=/logout><button id=out>Log out</button></form>"""
_BUTTON = {"actions": {"log_out": {"find": [{"id": "out"}]}}}


def signs_out(bench: Bench) -> None:
    bench.target.at["/logout"] = lambda _: page("Signed out")
    bench.target.at["/new"] = lambda _: page("New case", _FORM)


@pytest.mark.parametrize(("how", "asked"), [(_BY_ADDRESS, "GET /logout"), (_BY_BUTTON, "POST /logout")])
async def test_each_session_that_was_opened_is_ended(tmp_path: Path, how: dict[str, Any], asked: str) -> None:
    async with a_bench(tmp_path, more=how, screens={"new": _BUTTON}) as bench:
        signs_out(bench)
        await bench.add("K1", "K2", "K3")
        await bench.work(sessions=2)
        assert await bench.states() == {"done": 3}
        assert bench.target.seen[asked] == bench.target.seen["POST /login"] > 0


async def test_it_is_ended_too_when_the_run_stops_before_anything_left(tmp_path: Path) -> None:
    async with a_bench(tmp_path, more=_BY_ADDRESS) as bench:
        signs_out(bench)
        bench.target.at["/new"] = lambda _: page(
            "New case", _FORM + "<script>fetch('/x',{method:'POST'})</script>"
        )
        await bench.add("K1")
        assert "/x" in (await bench.work()).stopped
        assert bench.target.seen["GET /logout"] == 1


async def test_it_is_ended_too_where_a_save_was_not_fired(tmp_path: Path) -> None:
    """Something lay over the button by the time that it was to be pressed."""
    cover = "<div id=wait style='position:fixed;inset:0'>Please wait</div>"
    late = "document.forms[0].onchange=()=>document.forms[0].key.value&&document.forms[0].name.value&&"
    script = f"<script>{late}document.body.insertAdjacentHTML('beforeend',`{cover}`)</script>"
    async with a_bench(tmp_path, more=_BY_ADDRESS) as bench:
        signs_out(bench)
        bench.target.at["/new"] = lambda _: page("New case", _FORM + script)
        await bench.add("K1")
        await bench.work()
        assert bench.target.seen["POST /login"] == bench.target.seen["GET /logout"] > 0
        assert bench.target.saves == []


async def test_nothing_more_is_asked_of_a_session_whose_save_is_in_doubt(tmp_path: Path) -> None:
    async with a_bench(tmp_path, more=_BY_ADDRESS) as bench:
        signs_out(bench)
        bench.target.at["/save"] = lambda _: CUT
        await bench.add("K1")
        await bench.work()
        assert await bench.states() == {"in_doubt": 1}
        assert bench.target.seen["GET /logout"] == 0


@pytest.mark.parametrize("answer", [CUT, page("Something else")])
async def test_a_sign_out_that_fails_changes_no_item(
    tmp_path: Path, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    quick = {"timeouts": {"ready": 2, "window": 1, "save": 1, "settle": 0.2, "late": 0.2}}
    async with a_bench(tmp_path, more=_BY_ADDRESS | quick) as bench:
        signs_out(bench)
        bench.target.at["/logout"] = lambda _: answer
        await bench.add("K1")
        await bench.work()
        assert await bench.states() == {"done": 1}
        assert "was not signed out" in caplog.text


async def test_a_button_that_commits_signs_nobody_out(tmp_path: Path) -> None:
    more = {"sign_out": {"screen": "new", "actions": ["save"], "said": _SAID}}
    async with a_bench(tmp_path, more=more) as bench:
        await bench.add("K1")
        with pytest.raises(ConfigurationError, match="sign_out"):
            await bench.work()


async def test_a_system_may_show_its_sign_in_page_where_a_session_has_ended(tmp_path: Path) -> None:
    """As nearly every web application does."""
    async with a_bench(tmp_path, more={"signed_out": {"heading": "Sign in"}}) as bench:
        sign_in = page("Sign in", "Your session has ended.")
        answers = iter([sign_in])
        bench.target.at["/search"] = lambda _: next(answers, None)
        await bench.add("K1")
        await bench.work(patience=3)
        assert await bench.states() == {"done": 1}
        assert bench.target.seen["POST /login"] == 2
        assert load_system(tmp_path / "tiny").map.signed_out.heading == "Sign in"

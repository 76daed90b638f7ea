"""What makes Prefect's door: its password, its settings, and the note of what Rekey deployed."""

from __future__ import annotations

import os
import stat
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.settings import ROOT, Settings
from bots.prefect_host.access import PrefectAccess, access_of, declared_access
from bots.prefect_host.environment import ignored_settings, prefect_environment, server_environment
from bots.prefect_host.orphans import Leftovers, running_address
from bots.prefect_host.password import PrefectPassword
from bots.prefect_host.register import Register

ADDRESS = "http://127.0.0.1:4200"


# ---- the password -------------------------------------------------------------------------------
def made(home: Path) -> PrefectPassword:
    password = PrefectPassword(home)
    password.renew()
    return password


def test_the_password_is_long_and_another_one_each_time(tmp_path: Path) -> None:
    first = made(tmp_path).read()
    assert PrefectPassword(tmp_path).read().reveal() == first.reveal()
    assert made(tmp_path).read().reveal() != first.reveal()
    assert len(first.reveal()) > 40
    assert first.reveal() not in repr(first)
    assert [file.name for file in (tmp_path / "prefect").iterdir()] == ["password"]


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of the folder there")
def test_it_is_private_from_the_first_byte_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes, fdopen = [], os.fdopen

    def seen(handle: int, *options: object, **more: object) -> object:
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return fdopen(handle, *options, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "fdopen", seen)
    before = os.umask(0)
    try:
        made(tmp_path)
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert stat.S_IMODE((tmp_path / "prefect").stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of the folder there")
def test_one_that_others_could_read_counts_for_nothing(tmp_path: Path) -> None:
    password = made(tmp_path)
    password.file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="others can read it"):
        password.read()
    password.renew()
    assert password.read()


def test_without_one_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="rekey up makes one"):
        PrefectPassword(tmp_path).read()
    password = made(tmp_path)
    password.file.write_text("")
    with pytest.raises(ConfigurationError, match="is empty"):
        password.read()


# ---- who is asked -------------------------------------------------------------------------------
def test_the_server_of_rekey_up_is_asked_while_it_runs(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ConfigurationError, match="Start it: rekey up"):
        access_of(settings)
    Leftovers(tmp_path, ADDRESS).remember([])
    made(tmp_path)
    assert running_address(tmp_path) == ADDRESS
    access = access_of(settings)
    made(tmp_path)
    assert access.auth == ("rekey", PrefectPassword(tmp_path).read().reveal()), "as it is now"
    Leftovers(tmp_path, ADDRESS).forget()
    assert running_address(tmp_path) is None


def test_a_server_of_icts_own_is_asked_as_the_keyring_says(tmp_path: Path) -> None:
    key = tmp_path / "keyring.key"
    key.write_text("random")
    settings = Settings(home=tmp_path, prefect="https://prefect.example/", keyring_key_file=key)
    access = declared_access(settings)
    assert (access.api_address, access.auth) == ("https://prefect.example/api", None)
    assert "PREFECT_API_AUTH_STRING" not in access.environment()


def test_a_console_of_its_own_beside_rekey_up_comes_in_only_while_that_runs(tmp_path: Path) -> None:
    """Otherwise it would tell the password to whoever took the port meanwhile."""
    key = tmp_path / "keyring.key"
    key.write_text("random")
    access = declared_access(Settings(home=tmp_path, prefect=f"{ADDRESS}/", keyring_key_file=key))
    made(tmp_path)
    assert access.auth is None
    Leftovers(tmp_path, ADDRESS).remember([])
    assert access.auth == ("rekey", PrefectPassword(tmp_path).read().reveal())


# ---- settings -----------------------------------------------------------------------------------
def test_ict_may_say_where_data_lies_and_never_who_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://db.example/prefect",
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "30d",
    }
    opening = {
        "PREFECT_SERVER_API_AUTH_STRING": "admin:admin",
        "PREFECT_SERVER_API_HOST": "0.0.0.0",
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "false",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "*",
        "PREFECT_API_URL": "http://elsewhere.example/api",
        "PREFECT_API_AUTH_STRING": "admin:admin",
        "PREFECT_PROFILE": "mine",
    }
    for name, value in {**chosen, **opening}.items():
        monkeypatch.setenv(name, value)
    access = PrefectAccess(address=ADDRESS, account=made(tmp_path).read)
    server = server_environment(home=tmp_path, port=4200, access=access)
    client = prefect_environment(home=tmp_path, root=ROOT, store=None, access=access, extra={})
    assert chosen.items() <= server.items()
    assert not chosen.keys() & client.keys(), "a flow run has no use for the server's database"
    assert not opening.items() & (server.items() | client.items())
    assert server["PREFECT_SERVER_API_AUTH_STRING"] == client["PREFECT_API_AUTH_STRING"]
    assert ignored_settings() == sorted(opening)


def test_a_system_s_settings_open_no_door_either(tmp_path: Path) -> None:
    access = PrefectAccess(address=ADDRESS, account=made(tmp_path).read)
    extra = {"PREFECT_API_URL": "http://elsewhere.example/api", "REKEY_URLS__WASTE": "http://waste.example"}
    client = prefect_environment(home=tmp_path, root=ROOT, store=None, access=access, extra=extra)
    assert (client["PREFECT_API_URL"], client["REKEY_URLS__WASTE"]) == (
        f"{ADDRESS}/api",
        "http://waste.example",
    )


# ---- what Rekey deployed ------------------------------------------------------------------------
@pytest.fixture
def project(tmp_path: Path) -> Path:
    told = {"deployments": [{"name": "work-bins", "entrypoint": "flows/work.py:work"}]}
    (tmp_path / "prefect.yaml").write_text(yaml.safe_dump(told))
    return tmp_path


def kept(**other: object) -> dict[str, object]:
    """As a server keeps a deployment."""
    return {
        "id": "1",
        "name": "work-bins",
        "entrypoint": "flows/work.py:work",
        "path": None,
        "pull_steps": None,
        "job_variables": {},
        "parameters": {"process": "bins", "store": "store-1", "sessions": 2},
        "parameter_openapi_schema": {"properties": {"process": {}, "store": {}, "sessions": {}}},
        **other,
    }


def test_only_what_stands_in_the_file_is_registered(project: Path) -> None:
    register = Register(project / "home")
    register.write(project, [kept(), kept(id="2", name="theirs")])
    parameters = {"process": "bins", "store": "store-1"}
    found = register.of_run({"deployment_id": "1", "parameters": parameters})
    assert (found.entrypoint, found.directory) == ("flows/work.py:work", project)
    with pytest.raises(RekeyError, match="did not make the deployment"):
        register.of_run({"deployment_id": "2", "parameters": parameters})


def test_what_is_no_longer_in_the_file_is_forgotten(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    register, other = Register(project / "home"), tmp_path_factory.mktemp("other")
    (other / "prefect.yaml").write_text((project / "prefect.yaml").read_text())
    register.write(other, [kept(id="3")])
    register.write(project, [kept()])
    register.write(project, [kept(id="4")])
    parameters = {"process": "bins", "store": "store-1"}
    for known in ("3", "4"):
        register.of_run({"deployment_id": known, "parameters": parameters})
    with pytest.raises(RekeyError, match="did not make the deployment"):
        register.of_run({"deployment_id": "1", "parameters": parameters})


CHANGES: list[dict[str, object]] = [
    {"entrypoint": "elsewhere.py:work"},
    {"path": "/elsewhere"},
    {"pull_steps": [{"prefect.deployments.steps.run_shell_script": {"script": "true"}}]},
    {"job_variables": {"command": "true"}},
    {"parameters": {"process": "moves", "store": "store-1"}},
    {"parameters": {"process": "bins"}},
    {"name": "work-moves"},
]
FREE: list[dict[str, object]] = [
    {"description": "Ours", "tags": ["ours"], "schedules": [], "paused": True, "concurrency_limit": 2},
    {"parameters": {"process": "bins", "store": "store-1", "sessions": 8}},
    {"parameter_openapi_schema": {}, "enforce_parameter_schema": False, "version": "2"},
    {"pull_steps": [], "job_variables": None},
]
RUN = {"deployment_id": "1", "parameters": {"process": "bins", "store": "store-1"}}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: ", ".join(change))
def test_a_deployment_that_was_changed_is_left_alone(project: Path, change: dict[str, object]) -> None:
    register = Register(project / "home")
    register.write(project, [kept()])
    with pytest.raises(RekeyError, match="was changed in Prefect since Rekey deployed it"):
        register.admit(RUN, kept(**change))


@pytest.mark.parametrize("change", FREE, ids=lambda change: ", ".join(change))
def test_what_people_may_change_of_it_stops_nothing(project: Path, change: dict[str, object]) -> None:
    register = Register(project / "home")
    register.write(project, [kept()])
    assert register.admit(RUN | {"job_variables": {}}, kept(**change)).name == "work-bins"


def test_a_deployment_that_is_gone_is_left_alone(project: Path) -> None:
    register = Register(project / "home")
    register.write(project, [kept()])
    with pytest.raises(RekeyError, match="was changed in Prefect"):
        register.admit(RUN, None)


def test_a_register_that_cannot_be_read_lets_nothing_run(project: Path) -> None:
    register = Register(project / "home")
    register.write(project, [kept()])
    (project / "home" / "prefect" / "deployments.json").write_text("{")
    with pytest.raises(RekeyError, match="did not make the deployment"):
        register.of_run({"deployment_id": "1", "parameters": {"process": "bins", "store": "store-1"}})


# ---- the parts agree ----------------------------------------------------------------------------
async def test_prefect_plans_our_times_on_the_clock_of_the_united_kingdom() -> None:
    """With some versions of Prefect's parts it plans nothing, and its pages look healthy."""
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    start = datetime(2026, 7, 6, 4, tzinfo=ZoneInfo("UTC"))  # a Monday in summer
    for schedule in (one for deployment in told for one in deployment["schedules"]):
        rule = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
        [first] = await rule.get_dates(1, start)
        assert first.utcoffset() == ZoneInfo("Europe/London").utcoffset(datetime(2026, 7, 6)), schedule

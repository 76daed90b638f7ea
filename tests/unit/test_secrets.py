"""Secrets print names, never values."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.engine.core.errors import SystemClosed
from bots.engine.credentials import Credentials, Secret


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    (tmp_path / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    made = Credentials(tmp_path)
    made.set("waste", "rekey.bot", "open sesame")
    return made


def test_a_secret_hides_itself(credentials: Credentials) -> None:
    account = credentials.account("waste")
    assert account.reveal() == "open sesame"
    for text in (repr(account), str(account), f"{account.password}", repr(Secret("open sesame"))):
        assert "sesame" not in text


def test_the_file_is_encrypted_and_kept(credentials: Credentials, tmp_path: Path) -> None:
    text = (tmp_path / "keyring.cfg").read_text(encoding="utf-8")
    assert "sesame" not in text
    assert Credentials(tmp_path).account("waste").username == "rekey.bot"


def test_none_is_a_clear_sentence(credentials: Credentials) -> None:
    with pytest.raises(SystemClosed, match="rekey credentials set portal"):
        credentials.account("portal")

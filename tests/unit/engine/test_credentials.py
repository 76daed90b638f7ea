"""Secrets print names, never values."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.engine.core.errors import ConfigurationError, SystemClosed
from bots.engine.credentials import Credentials, Secret
from bots.engine.settings import Settings


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    (tmp_path / "keyring.key").write_text("a key for tests only", encoding="utf-8")
    made = Credentials(Settings(home=tmp_path))
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
    assert Credentials(Settings(home=tmp_path)).account("waste").username == "rekey.bot"


def test_none_is_a_clear_sentence(credentials: Credentials) -> None:
    with pytest.raises(SystemClosed, match="rekey credentials set portal"):
        credentials.account("portal")


def test_another_key_is_a_clear_sentence(credentials: Credentials, tmp_path: Path) -> None:
    (tmp_path / "keyring.key").write_text("not the key that it was made with", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="key file"):
        Credentials(Settings(home=tmp_path)).account("waste")


def test_test_and_live_are_apart(credentials: Credentials, tmp_path: Path) -> None:
    with pytest.raises(SystemClosed):
        Credentials(Settings(home=tmp_path, environment="live")).account("waste")

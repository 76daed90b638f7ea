"""Which passwords are refused, how they are kept, and the one-time codes beside them."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher

from bots.engine.console.services.passwords import (
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)
from bots.engine.console.services.totp import (
    matching_step,
    new_key,
    new_secret,
    provisioning_address,
    seal,
    unseal,
)
from bots.engine.core.errors import BusinessException, ConfigurationError

LOGIN = "ann.lee@example.org"
GOOD = [
    "three otters paint",
    "correct horse battery staple",
    "zwölf müde Kühe",
    "ÔN'D OEDD HI'N BRAF",
    "🦊🦊🦔🦔🐢🐢🦉🦉🐝🐝🐌🐌",
    "x" * 3 + "y" * 4 + "otters",
    " leading and trailing ",
    "834719205561",
    "the password of the council of otters",
    "o" * 63 + "tter" + "s" * 61,
]
REFUSED = {
    "": "password-short",
    "elevenchars": "password-short",
    "o" * 64 + "tt" + "e" * 63: "password-long",
    "password1234": "password-common",
    "Password2026!": "password-common",
    "PASSWORD!!!!": "password-common",
    "passwordpassword": "password-common",
    "passwordpassword1": "password-common",
    "123456789012": "password-common",
    "210987654321": "password-common",
    "qwertyuiop[]": "password-common",
    "qwertyuiopas": "password-common",
    "1q2w3e4r5t6y": "password-common",
    "abcdefghijkl": "password-common",
    "aaaaaaaaaaaa": "password-common",
    "1212121212121212": "password-common",
    "ottrottrottr": "password-common",
    "Liverpool2025": "password-common",
    "1Administrator1": "password-common",
    "letmein12345": "password-common",
    "ann.lee@example.org1": "password-login",
    "I am ANN.LEE, hello": "password-login",
    "otters like ReKey": "password-rekey",
}


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_of_any_characters_is_taken(password: str) -> None:
    check_password(password, LOGIN)


@pytest.mark.parametrize(("password", "code"), REFUSED.items())
def test_an_easy_password_is_refused_with_a_sentence(password: str, code: str) -> None:
    with pytest.raises(BusinessException) as refusal:
        check_password(password, LOGIN)
    assert refusal.value.code == code
    assert refusal.value.sentence.endswith(".")
    assert not password or password not in refusal.value.sentence


def test_a_very_short_login_may_be_in_a_password() -> None:
    check_password("otters jo the fence", "jo")


def test_a_password_is_kept_as_argon2id() -> None:
    kept = hash_password("three otters paint")
    assert kept.startswith("$argon2id$")
    assert "otters" not in kept
    assert hash_password("three otters paint") != kept
    assert verify_password(kept, "three otters paint")
    assert not verify_password(kept, "three otters  paint")
    assert not needs_rehash(kept)


def test_the_same_letters_are_the_same_password() -> None:
    """An accent as part of its letter, or behind it: keyboards and phones differ."""
    assert verify_password(hash_password("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301 cafe\u0301")


@pytest.mark.parametrize("odd", ["", "\x00" * 12, "\ud83d" * 12, "x" * 100_000])
def test_odd_passwords_are_only_wrong(odd: str) -> None:
    assert not verify_password(hash_password("three otters paint"), odd)
    assert not verify_password(None, odd)


def test_a_broken_hash_lets_nobody_in() -> None:
    assert not verify_password("", "")
    assert not verify_password("$argon2id$broken", "three otters paint")


def test_a_weaker_hash_is_told() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("three otters paint")
    assert verify_password(weak, "three otters paint")
    assert needs_rehash(weak)


def test_an_unknown_login_costs_as_much(shipped_hasher: PasswordHasher) -> None:
    """Measured on the processor's clock, with room for a busy machine."""
    kept = hash_password("three otters paint")

    def cost(hashed: str | None) -> float:
        began = time.process_time()
        assert not verify_password(hashed, "another password")
        return time.process_time() - began

    known, unknown = min(cost(kept) for _ in range(3)), min(cost(None) for _ in range(3))
    assert known / 3 < unknown < known * 3


def test_hashing_is_as_strong_as_the_library_advises(shipped_hasher: PasswordHasher) -> None:
    ours, theirs = shipped_hasher, PasswordHasher()
    assert (ours.time_cost, ours.memory_cost) >= (theirs.time_cost, theirs.memory_cost)
    assert ours.memory_cost >= 64 * 1024


# ---- one-time codes -------------------------------------------------------------------------
NOW = 1_800_000_015.0
STEP = int(NOW) // 30


def code_of(secret: str, step: int) -> str:
    return pyotp.TOTP(secret).generate_otp(step)


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_code_is_good_one_step_early_or_late(off: int) -> None:
    secret = new_secret()
    assert matching_step(secret, code_of(secret, STEP + off), NOW) == STEP + off


@pytest.mark.parametrize("off", [-2, 2, -20])
def test_a_code_of_another_time_is_not(off: int) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert matching_step(secret, code_of(secret, STEP + off), NOW) is None


def test_a_code_may_be_typed_with_a_space() -> None:
    secret = new_secret()
    code = code_of(secret, STEP)
    assert matching_step(secret, f" {code[:3]} {code[3:]} ", NOW) == STEP


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "१२३४५६", "-12345", "\x00" * 6, "1" * 10_000]
)
def test_what_is_no_code_is_only_wrong(typed: str) -> None:
    assert matching_step("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", typed, NOW) is None


def test_what_an_app_reads() -> None:
    secret = new_secret()
    address = urlsplit(provisioning_address(secret, LOGIN))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert {name: values[0] for name, values in parse_qs(address.query).items()} == {
        "secret": secret,
        "issuer": "Rekey",
    }
    assert len(secret) == 32
    assert new_secret() != secret


def test_a_sealed_secret_is_its_persons_alone() -> None:
    secret, key = new_secret(), new_key()
    sealed = seal(secret, key, "person-a")
    assert secret.encode() not in sealed
    assert seal(secret, key, "person-a") != sealed
    assert unseal(sealed, key, "person-a") == secret
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    wrong = [
        (sealed, new_key(), "person-a"),
        (sealed, key, "person-b"),
        (changed, key, "person-a"),
        (b"\x02" + sealed[1:], key, "person-a"),
        (b"", key, "person-a"),
        (sealed[:10], key, "person-a"),
        (sealed, "no key", "person-a"),
        (sealed, "ab", "person-a"),
    ]
    for kept, with_key, person in wrong:
        with pytest.raises(ConfigurationError, match="code-key"):
            unseal(kept, with_key, person)

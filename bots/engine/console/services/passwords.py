"""Passwords of local accounts: what is refused, and how they are kept (argon2id).

Hashing takes about a tenth of a second and 64 MB on purpose: call it in a thread.
"""

from __future__ import annotations

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ...core.errors import refusal

SHORTEST, LONGEST = 12, 128
_HASHER = PasswordHasher()  # RFC 9106's second choice: argon2id, 3 passes over 64 MiB, 4 lanes
_LEAST_OF_LOGIN = 3  # a shorter login is in too many words

_WORDS = """
    abc admin administrator arsenal ashley asdfgh asdfghjkl autumn baseball batman benefits bins blink
    changeme charlie chelsea computer council counciltax daniel default dragon england everton football
    freedom guest hello iloveyou jessica jordan letmein liverpool login manchester manutd master michael
    monkey naruto office passw passw0rd password passwort p@ssw0rd p@ssword pokemon princess qazwsx qwerty
    qwertyuiop rangers root scotland secret service shadow spring starwars summer sunshine superman
    temporary test tigger trustno user wales welcome whatever winter zaq zxcvbn zxcvbnm
"""
_COMMON = frozenset(_WORDS.split())
"""What people choose first, mostly with figures behind it: the heads of the lists that leaked."""
_RUNS = (
    "0123456789" * 3,
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "q1w2e3r4t5y6u7i8o9p0",
)
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED = re.compile(r"(.+?)\1+")
_SHORT_UNIT = 4


def check_password(password: str, login: str) -> None:
    """Raises BusinessException for a password that is easily guessed. Any characters will do."""
    clean = _clean(password)
    if len(clean) < SHORTEST:
        raise refusal("password-short", f"Use at least {SHORTEST} characters. Three random words are good.")
    if len(clean) > LONGEST:
        raise refusal("password-long", f"Use at most {LONGEST} characters.")
    plain = clean.casefold()
    if any(part in plain for part in _parts(login)):
        raise refusal("password-login", "Leave your sign-in name out of the password.")
    if "rekey" in plain:
        raise refusal("password-rekey", "Leave the word rekey out of the password.")
    if _common(plain):
        raise refusal("password-common", "Too many people use this password. Three random words are good.")


def hash_password(password: str) -> str:
    return _HASHER.hash(_bytes(password))


def verify_password(kept: str | None, password: str) -> bool:
    """Whether this is the password of the hash. None, for an unknown login or one without a password, takes
    as long and says no: the time does not tell who is known here."""
    if kept is None:
        _HASHER.hash(_bytes(password))
        return False
    try:
        return _HASHER.verify(kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _clean(password: str) -> str:
    # The same letters, however a keyboard or a phone puts their accents together.
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _clean(password).encode("utf-8", "surrogatepass")


def _parts(login: str) -> list[str]:
    whole = unicodedata.normalize("NFKC", login).casefold()
    return [part for part in {whole, whole.partition("@")[0]} if len(part) >= _LEAST_OF_LOGIN]


def _common(plain: str) -> bool:
    """One of the most common, with or without figures around it, or several times over; or a run of keys."""
    core = _unit(_ENDS.sub("", plain))
    if core in _COMMON or len(_unit(plain)) <= _SHORT_UNIT:
        return True
    return any(plain in run or plain[::-1] in run for run in _RUNS)


def _unit(text: str) -> str:
    """What a text repeats, or all of it."""
    repeated = _REPEATED.fullmatch(text)
    return repeated[1] if repeated else text

"""The second factor: one-time codes of an authenticator app (TOTP), and the sealing of their secret."""

from __future__ import annotations

import hmac
import secrets

import pyotp
from Crypto.Cipher import AES

from ...core.errors import ConfigurationError

ISSUER = "Rekey"
_TOLERANCE = 1  # steps before and after: clocks of phones, and slow fingers
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_FIRST_FORM = b"\x01"
"""Of the bytes that are kept, so that another form can follow."""


def new_secret() -> str:
    """160 bits, as authenticator apps take them."""
    return pyotp.random_base32()


def provisioning_address(secret: str, login: str) -> str:
    """The `otpauth:` address that an app reads from a square code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The step of 30 seconds to which a code belongs, or None. The store sees to it that it is used once."""
    typed = "".join(code.split())
    totp = pyotp.TOTP(secret)
    if len(typed) != totp.digits or not (typed.isascii() and typed.isdigit()):
        return None
    middle, found = int(now // totp.interval), None
    for step in range(middle - _TOLERANCE, middle + _TOLERANCE + 1):
        # Each is compared, whichever fits: the time does not tell.
        if hmac.compare_digest(totp.generate_otp(step), typed):
            found = step
    return found


def new_key() -> str:
    """A key for `seal`, as text for a keyring."""
    return secrets.token_hex(_KEY_BYTES)


def seal(secret: str, key: str, person: str) -> bytes:
    """The secret as the store keeps it: nobody reads it without the key, or gives it to another person."""
    cipher = AES.new(_key(key), AES.MODE_GCM, nonce=secrets.token_bytes(_NONCE_BYTES), mac_len=_TAG_BYTES)
    cipher.update(_FIRST_FORM + person.encode())
    sealed, tag = cipher.encrypt_and_digest(secret.encode())
    return _FIRST_FORM + bytes(cipher.nonce) + tag + sealed


def unseal(sealed: bytes, key: str, person: str) -> str:
    """Raises ConfigurationError when the key is another one, or the bytes are not this person's."""
    form, rest = sealed[:1], sealed[1:]
    nonce, tag = rest[:_NONCE_BYTES], rest[_NONCE_BYTES : _NONCE_BYTES + _TAG_BYTES]
    try:
        cipher = AES.new(_key(key), AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        cipher.update(form + person.encode())
        return cipher.decrypt_and_verify(rest[_NONCE_BYTES + _TAG_BYTES :], tag).decode()
    except ValueError:
        raise ConfigurationError(
            "code-key",
            "The one-time codes cannot be checked. Is their key in the keyring still the same?",
        ) from None


def _key(key: str) -> bytes:
    try:
        found = bytes.fromhex(key)
    except ValueError:
        found = b""
    if len(found) != _KEY_BYTES:
        raise ConfigurationError("code-key", "The key of the one-time codes in the keyring is not a key.")
    return found

"""What somebody typed while the session ended: sealed, so that it can wait in the browser for its sign-in.

It says for which item it was typed. Who opens it asks whether the person may review that item.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...core.errors import ConfigurationError
from ..services.totp import seal, unseal

GOOD_FOR = 3600.0
"""Seconds. Who comes back later begins anew, on the item as it is then."""
_FOR = "draft"
_OF_AN_ITEM = re.compile(r"/items/([^/]+)/[a-z-]+")


@dataclass(frozen=True, kw_only=True)
class Draft:
    item: str
    sent: Mapping[str, str]


def sealed(path: str, sent: Mapping[str, str], key: str, now: float) -> str:
    """Empty for what is no work on an item."""
    found = _OF_AN_ITEM.fullmatch(path)
    if found is None:
        return ""
    kept = {name: text for name, text in sent.items() if name != "token"}
    text = json.dumps({"item": found[1], "sent": kept, "at": now})
    return base64.urlsafe_b64encode(seal(text, key, _FOR)).decode()


def opened(draft: str, key: str, now: float) -> Draft | None:
    """None for one that is no draft of ours, or an old one."""
    if not draft:
        return None
    try:
        found = json.loads(unseal(base64.urlsafe_b64decode(draft), key, _FOR))
    except (ConfigurationError, binascii.Error, ValueError):
        return None
    if not 0 <= now - found["at"] <= GOOD_FOR:
        return None
    return Draft(item=found["item"], sent=found["sent"])

"""For runs of Schemathesis: a decision that is well formed names the item as it is now, like a program's that
has just looked. Otherwise nearly all would end at "somebody changed it meanwhile"."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.request import Request, urlopen

import schemathesis


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    well_formed = case.meta is None or case.meta.generation.mode.is_positive
    if well_formed and isinstance(case.body, dict) and "seen" in case.body:
        seen = _updated(str((case.path_parameters or {}).get("item")))
        case.body["seen"] = case.body["seen"] if seen is None else seen


def _updated(item: str) -> float | None:
    address, token = os.environ["REKEY_TEST_API"].split()
    asked = Request(f"{address}/items/{item}", headers={"Authorization": f"Bearer {token}"})
    try:
        with urlopen(asked) as answer:
            found: float = json.load(answer)["updated"]
            return found
    except (OSError, ValueError):  # there is no such item, or no such address
        return None

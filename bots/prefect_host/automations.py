"""Rekey's alerts as automations of a Prefect server, from a file. No secret of ours goes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from bots.engine.core.errors import ConfigurationError

from .api import PrefectApi

FILE = Path("flows") / "automations.yaml"


async def put_automations(api: PrefectApi, root: Path, block: str) -> list[str]:
    """Create or update them; their names. `block`: of Prefect's notification blocks, as slack-webhook/ict."""
    document = await _block(api, block)
    known = {one["name"]: one for one in await api.automations()}
    wanted = _read(root)
    for one in wanted:
        before = known.get(one["name"])
        body = _automation(one, document, enabled=before is None or before["enabled"])
        await api.put_automation(body, before["id"] if before else None)
    return [one["name"] for one in wanted]


def _automation(one: Mapping[str, Any], block: str, *, enabled: bool) -> dict[str, Any]:
    notify = {"type": "send-notification", "block_document_id": block}
    return {
        **{name: one[name] for name in ("name", "description", "trigger")},
        "enabled": enabled,
        "actions": [{**notify, "subject": one["subject"], "body": one["body"]}],
    }


def _read(root: Path) -> Sequence[Mapping[str, Any]]:
    try:
        found: Sequence[Mapping[str, Any]] = yaml.safe_load((root / FILE).read_text("utf-8"))["automations"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        raise ConfigurationError("automations", f"{FILE.as_posix()} cannot be read.") from None
    return found


async def _block(api: PrefectApi, block: str) -> str:
    slug, _, name = block.partition("/")
    try:
        return str((await api.block(slug, name))["id"])
    except (httpx.HTTPStatusError, KeyError):
        sentence = (
            f"Prefect has no block {block}. Make a notification block on its page Blocks, and name it as "
            "type/name, such as slack-webhook/ict."
        )
        raise ConfigurationError("no-block", sentence) from None

"""The command `rekey reconcile`: the comparison, and its findings as people and scripts read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bots.engine.core.summary import Difference, Reconciliation
from bots.terminal.display import bar, console, facts, table, write_json

from .arguments import Json, run


def add_to(app: typer.Typer) -> None:
    app.command()(reconcile)


def reconcile(
    process: Annotated[str, typer.Argument(help="Such as missed-bins.")], json_file: Json = None
) -> None:
    """Compare the source, the queue and the target itself, field by field. It changes nothing."""
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def compare() -> None:
        async with open_rekey(load_settings()) as rekey:
            with bar("Comparing") as move:
                found = await rekey.reconcile(process, move)
        show(found)
        write_json(json_file, as_json(found))

    run(compare())


def show(found: Reconciliation) -> None:
    findings = found.findings
    facts(
        f"Reconciliation of {found.process}",
        {
            "In the source": found.source,
            "Ours in the target": found.in_target,
            "Missing": len(findings["missing"]),
            "Twice": len(findings["twice"]),
            "Different": len(findings["different"]),
            "Unknown to us": len(findings["unknown"]),
            "In the target, keyed by others": found.by_others,
            "In the target, of items that wait": found.waiting,
            "In doubt": found.in_doubt,
        },
    )
    for kind, differences in findings.items():
        _show_kind(kind, differences)
    took = f"It took {found.seconds:.1f} seconds and changed nothing."
    console.print(f"Nothing to look at. {took}" if found.clean else took)


def _show_kind(kind: str, findings: Sequence[Difference]) -> None:
    """One table for each meaning: a narrow window holds no sentence beside the references."""
    for why in dict.fromkeys(one.why for one in findings):
        rows = [
            (one.item or "", one.step, one.target or "", ", ".join(one.fields))
            for one in findings
            if one.why is why
        ]
        table(f"{kind.capitalize()}: {why.value}", ("Item", "Step", "Reference", "Fields"), rows)


def as_json(found: Reconciliation) -> dict[str, Any]:
    """The words of the contract. Of the `unknown`, those that staff keyed come last, and are counted."""
    unknown = [*found.findings["unknown"], *(o for o in found.unknown if o not in found.findings["unknown"])]
    return {
        "process": found.process,
        "source": found.source,
        "in_target": found.in_target,
        "missing": _entries(found.missing),
        "twice": _entries(found.twice),
        "different": _entries(found.different),
        "unknown": _entries(unknown),
        "by_others": found.by_others,
        "waiting": found.waiting,
        "in_doubt": found.in_doubt,
        "seconds": found.seconds,
    }


def _entries(findings: Sequence[Difference]) -> list[dict[str, Any]]:
    return [
        {"item": one.item, "step": one.step, "target": one.target, "fields": list(one.fields)}
        for one in findings
    ]

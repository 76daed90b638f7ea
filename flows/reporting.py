"""What a run says of itself at its end, as text: counts, reasons and opaque item ids, no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from bots.engine.core.audit import Checkpoint, Erasure
from bots.engine.core.item import State
from bots.engine.core.summary import (
    HandInSummary,
    IntakeSummary,
    Progress,
    Raised,
    Reconciliation,
    WorkSummary,
)
from bots.engine.intake.answers import Returned

_NOTHING_RETURNED = Returned()
IDS_SHOWN = 20
FINDINGS_SHOWN = 100  # of each kind

WAITS_FOR = {
    State.NEW: ("waiting for the bot", "the next run"),
    State.IN_PROGRESS: ("being worked on", "the run that holds them"),
    State.AWAITING_APPROVAL: ("waiting for approval", "an approver"),
    State.IN_DOUBT: ("in doubt: a save may or may not have happened", "the bot's check, then a person"),
    State.EXCEPTION: ("waiting for a person", "the team that owns the process"),
}
"""What each state that is not an end means, and who acts next."""


def intake_line(summary: IntakeSummary) -> str:
    line = f"{summary.added} added, {summary.same} known already, {summary.refused} refused"
    return f"{line}; ended early: {summary.stopped}" if summary.stopped else line


def intake_text(summary: IntakeSummary) -> str:
    counts = {
        "Rows in the source": summary.source,
        "Added to the queue": summary.added,
        "Known already, unchanged": summary.same,
        "Corrected by the source before they were keyed": summary.updated,
        "Known, with other data (a person is told)": summary.changed,
        "Not a whole record (a person is told)": summary.refused,
        "Could not be read now (tried again at the next intake)": summary.unread,
    }
    parts = [f"**{_cell(summary.stopped)}**"] if summary.stopped else []
    parts.append(_table(("Rows", "Number"), counts.items()))
    return _page(f"Intake of {summary.process}", *parts, seconds=summary.seconds)


def files_line(files: Sequence[HandInSummary]) -> str:
    rows = [file.rows for file in files if file.rows is not None]
    refused = len(files) - len(rows)
    counts = {
        "added": sum(one.added for one in rows),
        "known already": sum(one.same for one in rows),
        "corrected": sum(one.updated for one in rows),
        "for people": sum(one.changed + one.refused for one in rows),
    }
    line = f"{_files(len(rows))} read: " + ", ".join(f"{count} {what}" for what, count in counts.items())
    unread = sum(bool(one.unread) for one in files)
    line += f"; {_files(refused)} refused" if refused else ""
    return f"{line}; {_files(unread)} not read to the end" if unread else line


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def files_text(process: str, files: Sequence[HandInSummary]) -> str:
    """By hand-in. Names of files and sheets, and headings that nobody declared, may name people: they stand
    in the note beside the file, not here."""
    if not files:
        return _page(f"Intake of {process}", "Nothing lay in the inbox.")
    read = [file for file in files if file.rows is not None]
    head = ("Hand-in", "Rows", "Added", "Known already", "Corrected", "Other data", "Not a whole record")
    table = [
        (one.batch, one.source, one.added, one.same, one.updated, one.changed, one.refused)
        for one in (file.rows for file in read)
        if one is not None
    ]
    parts = [_table(head, table)] if table else []
    said = [f"- {sentence}" for file in read for sentence in file.problems]
    remarks = sum(len(file.warnings) for file in read)
    if remarks:
        parts.append(f"{remarks} remarks on how files were read: see the notes in the inbox's folder `done`.")
    if said:
        parts.append("## To look at\n\n" + "\n".join(said[:FINDINGS_SHOWN]))
    refused = [f"- `{file.code}`" for file in files if file.rows is None]
    if refused:
        parts.append("## Refused: see the folder `problems` of the inbox\n\n" + "\n".join(refused))
    return _page(f"Intake of {process}", *parts)


def work_line(summary: WorkSummary) -> str:
    line = f"{summary.done} done, {len(summary.raised)} for people"
    if summary.shadow:
        line = f"Rehearsal, nothing saved: {line}"
    return f"{line}; ended early: {summary.stopped}" if summary.stopped else line


def work_text(summary: WorkSummary, returned: Returned = _NOTHING_RETURNED) -> str:
    counts = {
        "Taken from the queue": summary.taken,
        "Done": summary.done,
        "Saved now": summary.keyed,
        "Found in the system already": summary.adopted,
        "Put back for another try": summary.retried,
        "Handed to people": len(summary.raised),
    }
    if summary.given_back:
        counts["Sessions given back because a system was slow"] = summary.given_back
    if returned.written:
        counts["Return workbooks written"] = len(returned.written)
    if returned.failed:
        counts["Return workbooks that could not be written"] = len(returned.failed)
    parts = [_table(("Items", "Number"), counts.items())]
    if summary.shadow:
        parts.insert(0, "**A rehearsal: nothing was changed in any system.**")
    if summary.stopped:
        parts.insert(0, f"**Ended early: {_cell(summary.stopped)}.**")
    parts.append(_raised(summary.raised))
    if summary.drift:
        drift = _table(("Where (system.screen.field[rank])", "Times"), summary.drift.items())
        parts.append(f"## Locators that found nothing: a screen is changing\n\n{drift}")
    parts.append(_waiting(summary.waiting))
    return _page(f"Work on {summary.process}", *parts, seconds=summary.seconds)


def reconcile_line(summary: Reconciliation) -> str:
    if summary.clean:
        return f"Clean: {summary.source} in the source, {summary.in_target} in the target"
    counts = ", ".join(f"{len(findings)} {kind}" for kind, findings in summary.findings.items())
    return f"Not clean: {counts}"


def reconcile_text(summary: Reconciliation) -> str:
    counts = {
        "In the source": summary.source,
        "In the target": summary.in_target,
        "Missing in the target": len(summary.missing),
        "In the target twice": len(summary.twice),
        "Different in the target": len(summary.different),
        "In the target, unknown to us": len(summary.findings["unknown"]),
        "In the target, keyed by others": summary.by_others,
        "In the target, of items that wait": summary.waiting,
        "In doubt": summary.in_doubt,
    }
    # The target's own references stay out: an account number points at a person.
    rows = [
        (kind, found.item or "not from this queue", found.step, ", ".join(found.fields), found.why.value)
        for kind, findings in summary.findings.items()
        for found in findings[:FINDINGS_SHOWN]
    ]
    head = ("Finding", "Item", "Step", "Fields that differ", "Meaning")
    hint = f"`rekey reconcile {summary.process} --json FILE` gives all, with the target's references."
    detail = f"{_table(head, rows)}\n\n{hint}" if rows else "Nothing."
    return _page(
        f"Reconciliation of {summary.process}",
        _table(("Records", "Number"), counts.items()),
        f"## To look at\n\n{detail}",
        seconds=summary.seconds,
    )


def housekeeping_line(
    freed: Mapping[str, int], erased: Sequence[Erasure] = (), checkpoint: Checkpoint | None = None
) -> str:
    line = f"{sum(freed.values())} items freed that a stopped bot held"
    items = sum(len(one.items) for one in erased)
    line += f"; {items} items' personal data erased" if items else ""
    return f"{line}; checkpoint {checkpoint.number}" if checkpoint else line


def housekeeping_text(
    freed: Mapping[str, int], erased: Sequence[Erasure] = (), checkpoint: Checkpoint | None = None
) -> str:
    parts = [_table(("Process", "Items freed that a stopped bot held"), freed.items())]
    if erased:
        rows = [(one.process, len(one.items), one.files) for one in erased]
        parts.append(_table(("Process", "Items whose personal data was erased", "Files removed"), rows))
    if checkpoint:
        facts = {
            "Number": checkpoint.number,
            "Rows of history since the one before": checkpoint.rows,
            "Digest": checkpoint.digest,
        }
        parts.append("## Checkpoint\n\n" + _table(("Checkpoint", "Value"), facts.items()))
    return _page("Housekeeping", *parts)


def progress_line(progress: Progress) -> str:
    return f"{progress.process}: {progress.done} done, {progress.exceptions} for people, of {progress.total}"


def compared_line(progress: Progress) -> str:
    return f"{progress.process}: {progress.handled} of {progress.total} entries compared"


def percent(progress: Progress) -> float:
    """The queue may grow while a run works it, so this may go back, but never over the end."""
    if progress.total <= 0:
        return 100.0
    return round(min(100.0, 100.0 * progress.handled / progress.total), 1)


def _raised(raised: Sequence[Raised]) -> str:
    """One row per reason; the most frequent first."""
    if not raised:
        return "## For people\n\nNothing: every item that was taken is done or waits for another try."
    by_code = groupby(sorted(raised, key=lambda each: each.code), key=lambda each: each.code)
    groups = sorted(((code, list(items)) for code, items in by_code), key=lambda group: -len(group[1]))
    rows = [(len(items), items[0].sentence, code) for code, items in groups]
    # Not in the table: Prefect's page does not wrap its cells.
    which = "\n".join(f"- {code}: {_ids(items)}" for code, items in groups)
    return f"## For people\n\n{_table(('Items', 'Why', 'Code'), rows)}\n\n{which}"


def _ids(items: Sequence[Raised]) -> str:
    shown = ", ".join(each.item for each in items[:IDS_SHOWN])
    more = len(items) - IDS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _waiting(waiting: Mapping[str, int]) -> str:
    # An end (done, withdrawn) is not in WAITS_FOR.
    rows = [(waiting[state], *words) for state, words in WAITS_FOR.items() if waiting.get(state)]
    if not rows:
        return "## Still open in the queue\n\nNothing waits."
    return "## Still open in the queue\n\n" + _table(("Items", "State", "Who acts next"), rows)


def _page(title: str, *parts: str, seconds: float | None = None) -> str:
    ending = [] if seconds is None else [f"Took {seconds:.1f} seconds."]
    return "\n\n".join([f"# {title}", *parts, *ending]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())

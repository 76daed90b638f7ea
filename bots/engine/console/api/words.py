"""What programs send and what they get. Times are seconds since 1970, on the store's clock."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from ...core.item import AddOutcome, State
from ...core.people import Role
from ...core.summary import Verdict
from ...core.work_list import LARGEST, Order
from ...store.work_list.comments import LONGEST, clean
from ..hand_in.upload_views import Stage
from ..services.record_form import Input

Word = Annotated[str, AfterValidator(clean)]
"""As every database can hold it."""
Value = Word | bool | int | Annotated[float, Field(allow_inf_nan=False)] | None
"""A value of a record. Days are written as 2026-11-14; other ways of the UK are understood."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
ItemId = Annotated[str, Path(description="As lists and items show it.")]
UploadId = Annotated[str, Path(description="As sending the files gave it.")]
HandInId = Annotated[str, Path(description="As queueing the files, and the list of hand-ins, show it.")]
ProcessName = Annotated[str, Path(description="As the list of processes shows it.")]


def _text(most: int, least: int = 1) -> object:
    return StringConstraints(max_length=most, min_length=least, pattern=r"\S" if least else None)


def _whole(value: object) -> object:
    """JSON knows one kind of number: 50.0 is whole, too. A text is none."""
    if isinstance(value, bool | str):
        raise ValueError("should be a number")
    return value


Text = Annotated[str, _text(2000), AfterValidator(clean)]
LongText = Annotated[str, _text(LONGEST), AfterValidator(clean)]
Note = Annotated[str, _text(LONGEST, 0), AfterValidator(clean)]
Reference = Annotated[str, _text(200), AfterValidator(clean), AfterValidator(str.strip)]


Days = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=366)]


class Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Refusal(Words):
    code: str
    """Stable: for programs."""
    sentence: str
    """For people: what happened, and often what to do."""


class Mistakes(Refusal):
    mistakes: dict[str, str]
    """By field, or `record` for what is no single field's: what is wrong with the value."""


# ---- processes ------------------------------------------------------------------------------
class Choice(Words):
    value: str
    words: str


class RecordField(Words):
    name: str
    label: str
    kind: Input
    required: bool
    sensitive: bool
    """Viewers get it masked."""
    choices: list[Choice]


class Process(Words):
    name: str
    title: str
    takes_files: bool
    may: list[Role]
    """What the token's person may be there."""
    fields: list[RecordField]


class Processes(Words):
    processes: list[Process]


# ---- items ----------------------------------------------------------------------------------
class Filter(Words):
    """A filter of the work list. Several processes or states: any of them."""

    process: list[Word] = Field([], max_length=50)
    state: list[Literal["awaiting_approval", "exception", "in_doubt"]] = Field([], max_length=3)
    code: Word = ""
    holder: Literal["anyone", "mine", "nobody"] = "anyone"
    order: Order = Order.OLDEST
    size: int = Field(50, ge=1, le=LARGEST)
    after: Word = ""
    """The `next` of the page before."""


class Search(Filter):
    """The same, with a word to look for. It may be personal data, and so it stands in no address."""

    size: Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_whole)] = 50
    text: Word = Field("", max_length=LARGEST)
    """An item's id; where you may decide, also a reference or its beginning."""


class Entry(Words):
    """One line of the list."""

    id: str
    process: str
    reference: str
    """Masked for viewers: it may name a person."""
    state: State
    code: str | None
    reason: str
    """The code in a few words."""
    sentence: str
    version: int
    received: float
    updated: float
    """What a decision sends back as `seen`."""
    due: float | None
    """When it should be done; null: no day is named."""
    urgent: bool
    holder: str
    """The colleague who has taken it; empty: nobody."""


class Page(Words):
    items: list[Entry]
    next: str | None
    """Where the next page begins; null at the end."""


class Compared(Words):
    label: str
    ours: str
    theirs: str
    differs: bool


class Found(Words):
    """What the target's search showed for this case."""

    reference: str
    values: list[Compared]


class Sighted(Found):
    """One entry that a bot found when somebody asked it to look."""

    whose: str
    """Why it is not this case; empty: nothing speaks against it."""
    equal: bool
    """All values are those that the bot would save, and it is nobody else's."""


class Looked(Words):
    """What a bot saw when somebody asked it to look. `waits`: it has not looked yet."""

    waits: bool
    at: float | None
    sentence: str
    entries: list[Sighted]
    older: bool
    """The record was corrected since."""


class Receipt(Words):
    """What is in a target already."""

    step: str
    system: str
    reference: str
    at: float
    adopted: bool
    """It was there before."""
    proven: bool
    """The target's own values stand behind it, and not a person's word alone."""


class Happened(Words):
    at: float
    who: str
    what: str
    why: str


class Comment(Words):
    at: float
    who: str
    text: str


class Item(Entry):
    """One item in full, as its person may see it."""

    attempts: int
    record: dict[str, Value]
    to_check: dict[str, str]
    """By field: why its value was hard to read."""
    source: dict[str, str]
    """Where the case came from."""
    found: list[Found]
    looked: Looked | None
    """null: nobody asked a bot to look."""
    would_save: dict[str, str]
    """What the bot had on the screen when it stopped to ask."""
    receipts: list[Receipt]
    history: list[Happened]
    """The newest first."""
    comments: list[Comment]


# ---- decisions ------------------------------------------------------------------------------
class Decision(Words):
    """About the item as it was seen. If somebody changed it meanwhile, nothing is done."""

    seen: Number
    """The item's `updated` when it was looked at."""
    why: Text
    """It goes into the item's history."""


class PutOff(Decision):
    days: Days


class Take(Words):
    over: StrictBool = False
    """Also from the colleague who has it."""


class GiveBack(Words):
    note: Note = ""
    """To whoever takes it next."""


class Said(Words):
    text: LongText


# ---- files ----------------------------------------------------------------------------------
class SentFile(Words):
    name: str
    size: int
    verdict: Verdict | None
    """null: not checked yet."""
    code: str | None
    sentence: str | None
    records: int
    problems: int
    """Rows that would go to people."""
    said: list[str]
    """What is wrong where, without the values."""
    hand_ins: list[str]
    why: str
    """Why it was not queued, though it was to be."""


class Upload(Words):
    """Files that were sent. Nothing of them is queued before somebody says so."""

    id: str
    process: str
    stage: Stage
    files: list[SentFile]


class HandIn(Words):
    id: str
    process: str
    file: str
    who: str
    received: float
    records: int
    done: int
    needs_person: int
    goes_on: bool
    """Whether the bot has something to do with it still."""


class HandIns(Words):
    hand_ins: list[HandIn]
    page: int
    pages: int


class Waiting(Words):
    item: str
    reason: str
    place: str
    state: State


class OneHandIn(HandIn):
    outcomes: dict[AddOutcome, int]
    """What became of its rows when they were queued."""
    states: dict[State, int]
    """Where its items stand now."""
    waiting: list[Waiting]
    """The first that need a person."""
    gives_back: bool
    """Whether what goes back can be downloaded."""

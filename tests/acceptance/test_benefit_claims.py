"""The benefits system's book of claims, and the files that wait for a change. No server."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fixtures.council.benefit_claims import SCHEMA, ClaimBook, Document
from fixtures.council.benefit_entries import Claim
from fixtures.council.benefits.staged import KEPT, StagedDocuments
from fixtures.council.database import Database

CLAIM = Claim(
    number="HB4410327",
    nino="QQ123456C",
    name="Asha Testerton",
    born=date(1980, 4, 1),
    address="1 Quince Sample Road, Examplewick",
    postcode="ZZ99 9ZZ",
)


def test_claims_are_kept(tmp_path: Path) -> None:
    database = Database(tmp_path / "benefits.db", SCHEMA)
    book = ClaimBook(database)
    for _ in range(2):
        book.load([CLAIM])
    assert book.search(nino="QQ123456C") == [CLAIM]
    assert book.next_reference() == "CH-000001"
    database.close()


def test_the_newest_files_wait() -> None:
    staged, document = StagedDocuments(), Document(name="form.pdf", content=b"the form")
    numbers = [staged.put(document, "rekey.bot") for _ in range(KEPT + 1)]
    assert [staged.get(number, "rekey.bot") for number in numbers[:2]] == [None, document]
    assert staged.get(numbers[1], "pat.sample") is None

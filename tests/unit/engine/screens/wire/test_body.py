"""What a saving request holds, against what was read on the screen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from bots.engine.core.value import Format, Shown
from bots.engine.screens.wire.asked import Asked
from bots.engine.screens.wire.body import Entry, Meant, Unmeant, compare
from bots.engine.screens.wire.declared import SavesMap

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DOCUMENT = b"%PDF-1.4 a small document\r\n--with dashes--\r\n"


def asked(body: bytes | str, content: str = FORM) -> Asked:
    data = body.encode() if isinstance(body, str) else body
    headers = ((b"Content-Type", content.encode()),)
    return Asked(method="POST", scheme="http", host="a:80", target="/save", headers=headers, body=data)


def saves(**more: Any) -> SavesMap:
    return SavesMap(path="/save", **more)


def meant(*entries: tuple[str, str], charset: str = "utf-8", **more: Any) -> Meant:
    """A screen with the fields key and name; further entries are controls that no map names."""
    fields = {"key": "K1", "name": "Ann O’Neill"}
    return Meant(
        controls={name: name for name in fields},
        entries=[*(Entry(*pair) for pair in fields.items()), *(Entry(*pair) for pair in entries)],
        button=("save", "Save"),
        shown={name: Shown(text=text, format=Format.TEXT) for name, text in fields.items()},
        charset=charset,
        **more,
    )


GOOD = "key=K1&name=Ann+O%E2%80%99Neill"


def found(body: str, screen: Meant | None = None, *, whole: bool = True, **more: Any) -> Unmeant:
    return compare(asked(body), saves(**more), screen or meant(), whole=whole)


def test_what_was_read_may_leave() -> None:
    assert not found(GOOD)
    assert not found(GOOD + "&save=Save"), "the button that was pressed"
    assert not found(GOOD + "&save=Save", meant(("other", "x"))), (
        "a control that a script took out is no field"
    )


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (GOOD + "&ward=South", "ward"),
        (GOOD + "&Save=Save", "Save"),
        (GOOD + "&save=Approve", "save"),
        (GOOD + "&x=1", "x"),
    ],
)
def test_what_no_map_names_is_told_by_its_name(body: str, name: str) -> None:
    assert found(body, meant(("ward", "South"))) == Unmeant(unnamed=(name,))


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("key=K1&name=", "name"),
        ("key=K1", "name"),
        ("key=K1&name=Bob", "name"),
        (GOOD + "&name=Ann+O%E2%80%99Neill", "name"),
        ("key=K1+&name=Ann+O%E2%80%99Neill", "key"),
    ],
)
def test_what_is_not_what_was_read_is_told(body: str, name: str) -> None:
    assert found(body) == Unmeant(other=(name,))


def test_a_part_of_a_commit_need_not_hold_the_whole_screen() -> None:
    assert not found("key=K1", whole=False)


def test_kept_is_as_it_was() -> None:
    screen = meant(("person_id", "4711"))
    assert not found(GOOD + "&person_id=4711", screen, kept=("person_*",))
    assert found(GOOD + "&person_id=4712", screen, kept=("person_*",)) == Unmeant(other=("person_id",))


def test_constants_and_what_is_ignored() -> None:
    rules: dict[str, Any] = {"constants": {"kind": "^new$"}, "ignored": ("__VIEW*",)}
    assert not found(GOOD + "&kind=new&__VIEWSTATE=anything", **rules)
    assert found(GOOD + "&kind=old", **rules) == Unmeant(other=("kind",))
    assert not found("not=a&form", ignored=("*",))


def test_lines_and_letters_as_browsers_send_them() -> None:
    screen = Meant(
        controls={"note": "note"},
        entries=[Entry("note", "one\ntwo Łukasz")],
        button=("", ""),
        shown={"note": Shown(text="one\ntwo Łukasz", format=Format.TEXT)},
        charset="windows-1252",
    )
    body = "note=one%0D%0Atwo+%26%23321%3Bukasz"
    assert not compare(asked(body), saves(), screen, whole=True)


def parts(*, file: bytes | None, name: str = "a.pdf") -> Asked:
    lines = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nK1\r\n'
    lines += '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnn O’Neill\r\n'.encode()
    if file is not None:
        head = f'--b\r\nContent-Disposition: form-data; name="doc"; filename="{name}"\r\n'
        lines += head.encode() + b"Content-Type: application/pdf\r\n\r\n" + file + b"\r\n"
    return asked(lines + b"--b--\r\n", "multipart/form-data; boundary=b")


def with_document(digest: str | None) -> Meant:
    plain = meant()
    return Meant(
        controls={**plain.controls, "doc": "document"},
        entries=[*(plain.entries or ()), Entry("doc", None, "a.pdf" if digest else "")],
        button=("", ""),
        shown={**plain.shown, "document": Shown(text="a.pdf", format=Format.TEXT)},
        files={"document": digest} if digest else {},
    )


def test_a_file_is_known_by_its_bytes() -> None:
    digest = hashlib.sha256(DOCUMENT).hexdigest()
    assert not compare(parts(file=DOCUMENT), saves(), with_document(digest), whole=True)
    for other in (b"", DOCUMENT[:-1], DOCUMENT + b"\n"):
        told = compare(parts(file=other), saves(), with_document(digest), whole=True)
        assert told == Unmeant(other=("doc",))
    assert compare(parts(file=None), saves(), with_document(digest), whole=True) == Unmeant(other=("doc",))


def test_a_file_that_nobody_attached() -> None:
    assert not compare(parts(file=b"", name=""), saves(), with_document(None), whole=True)
    told = compare(parts(file=DOCUMENT), saves(), with_document(None), whole=True)
    assert told == Unmeant(other=("doc",))


# ---- what a script made -------------------------------------------------------------------------
def of_script(value: Any, **more: Any) -> Unmeant:
    screen = Meant(
        controls={"k": "key", "on": "missed_on", "urgent": "urgent"},
        entries=None,
        button=("", ""),
        shown={
            "key": Shown(text="K1", format=Format.TEXT),
            "missed_on": Shown(text="03/04/2026", format=Format.DATE),
            "urgent": Shown(text="yes", format=Format.YES_NO),
        },
    )
    return compare(asked(json.dumps(value), JSON), saves(**more), screen, whole=True)


def test_values_of_json_are_those_that_were_read() -> None:
    assert not of_script({"case": {"id": "K1", "missedOn": "2026-04-03", "urgent": True}})
    assert not of_script({"case": {"id": "K1", "missedOn": "2026-04-03", "urgent": True, "note": None}})


def test_json_that_holds_more_less_or_something_else() -> None:
    whole = {"id": "K1", "on": "2026-04-03", "urgent": True}
    assert of_script({**whole, "ward": "South"}) == Unmeant(unnamed=("ward",))
    assert of_script({**whole, "lines": [{"n": 7}]}) == Unmeant(unnamed=("lines.0.n",))
    assert of_script({**whole, "on": "2026-03-04"}) == Unmeant(unnamed=("on",), other=("missed_on",))
    assert of_script({"id": "K1", "on": "2026-04-03"}) == Unmeant(other=("urgent",))
    assert not of_script(
        {**whole, "token": "t", "kind": "new"}, ignored=("token",), constants={"kind": "^new$"}
    )


def test_what_cannot_be_read_does_not_leave() -> None:
    assert compare(asked(b"\x00\x01", "application/grpc"), saves(), meant(), whole=True)
    assert compare(asked("a=%", FORM), saves(), meant(), whole=True)

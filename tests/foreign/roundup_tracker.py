"""Roundup: pages in the style of 2002, names of controls with signs in them, tokens kept by the server."""

from __future__ import annotations

import configparser
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bots.engine.core.screens import Screens
from bots.engine.core.value import Found, Value

from .app import KINDS, PASSWORD, USER, Asgi, Case, Foreign, Keep

_NONE = "- no selection -"
_ISSUES = """SELECT _title AS title, _name AS priority, coalesce(group_concat(linkid), '') AS messages
    FROM _issue JOIN _priority ON _priority.id = _priority
    LEFT JOIN issue_messages ON nodeid = _issue.id GROUP BY _issue.id"""
_PRIORITIES = dict(zip(KINDS, ("critical", "bug", "wish"), strict=True))


class _Keep(Keep):
    system, case = "roundup", ("title",)

    def values(self, record: Case) -> Mapping[str, Value]:
        title = f"{record.key} {record.name}"
        return {"title": title, "note": record.note, "priority": _PRIORITIES[record.kind]}

    async def find(self, screens: Screens, record: Case) -> Sequence[Found]:
        await screens.open("search", q=record.key)
        rows = await screens.rows("cases")
        names = ("title", "priority")
        return [
            Found(reference=str(row["ref"]), values={name: row[name] for name in names})
            for row in rows
            if str(row["title"]).startswith(f"{record.key} ")
        ]


class Roundup(Foreign):
    name = "roundup"
    packages = ("roundup", "a2wsgi")
    kind = "a tracker of its own making: odd names of controls, tokens that the server keeps, texts in files"
    step = _Keep
    file = "tracker/db/db"

    def build(self, folder: Path) -> Asgi:
        from a2wsgi import WSGIMiddleware
        from roundup.cgi.wsgi_handler import RequestDispatcher

        tracker = folder / "tracker"
        tracker.mkdir()
        _admin(tracker, "install", "classic", "sqlite")
        settings = configparser.RawConfigParser()
        settings.read(tracker / "config.ini", encoding="utf-8")
        settings["tracker"].update({"web": f"http://127.0.0.1:{self.port}/", "name": "TEST SYSTEM"})
        settings["mail"].update(
            {"domain": "home.example", "host": "localhost", "debug": str(folder / "mail.txt")}
        )
        settings["main"].update({"admin_email": "admin"})
        with (tracker / "config.ini").open("w", encoding="utf-8") as file:
            settings.write(file)
        page = tracker / "html" / "page.html"
        banner = '<header><div id="site">TEST SYSTEM</div>'
        page.write_text(page.read_text(encoding="utf-8").replace("<header>", banner), encoding="utf-8")
        _admin(tracker, "initialise", PASSWORD)
        person = {
            "username": USER,
            "password": PASSWORD,
            "roles": "User,Admin",
            "address": "bot@home.example",
        }
        _admin(tracker, "create", "user", *(f"{name}={value}" for name, value in person.items()))
        return WSGIMiddleware(RequestDispatcher(str(tracker)))

    def saved(self, folder: Path) -> list[dict[str, str]]:
        kinds = {name: kind for kind, name in _PRIORITIES.items()}
        found = []
        for row in self.asked(folder, _ISSUES):
            key, _, name = row["title"].partition(" ")
            note = "".join(
                _text(folder / "tracker/db/files/msg", number) for number in row["messages"].split(",")
            )
            found.append({"key": key, "name": name, "note": note, "kind": kinds[row["priority"]]})
        return found

    def sessions(self, folder: Path) -> int:
        self.file, kept = "tracker/db/db-session", self.file
        try:
            [row] = self.asked(
                folder, "SELECT count(*) AS number FROM sessions WHERE session_value LIKE '%user%'"
            )
        finally:
            self.file = kept
        return int(row["number"])

    def screens(self) -> dict[str, Any]:
        return {
            "system": {
                "home": "/",
                "sign_in": {
                    "screen": "sign_in",
                    "username": "u",
                    "password": "p",
                    "submit": "go",
                    "signed_in": {"text": "Hello,"},
                    "refused": [{"css": "p.error-message"}],
                },
                "environment": {"css": "#site", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
                "signed_out": {"css": "input[name=__login_name]"},
                "sign_out": {"path": "/?@action=logout", "said": {"css": "input[name=__login_name]"}},
            },
            "sign_in": {
                "open": {"path": "/"},
                "ready": {"css": "input[name=__login_name]"},
                "fields": {
                    "u": {"find": [{"name": "__login_name"}], "default": None},
                    "p": {"find": [{"name": "__login_password"}], "kind": "password", "default": None},
                },
                "actions": {"go": {"find": [{"role": "button", "name": "Login"}]}},
            },
            "new": {
                "open": {"path": "/issue?@template=item"},
                "ready": {"heading": "New Issue"},
                "fields": {
                    "title": _row("title", "Title"),
                    "note": _row("@note", "Change Note", kind="textarea"),
                    "priority": _row("priority", "Priority", kind="select", default=_NONE),
                    "status": _row("status", "Status", kind="select", default=_NONE),
                    "assigned": _row("assignedto", "Assigned To", kind="select", default=_NONE),
                    "superseder": {"find": [{"name": "superseder"}]},
                    "nosy": {"find": [{"name": "nosy"}]},
                    "keyword": {"find": [{"name": "keyword"}]},
                },
                "actions": {
                    "save": {
                        "find": [{"name": "submit_button"}, {"role": "button", "name": "Submit New Entry"}],
                        "commits": True,
                        "saves": {
                            "path": "/issue",
                            "form": {"@action": "^new$"},
                            "kept": ["@file", "@template", "@required", "@action"],
                            "ignored": ["@csrf"],
                        },
                    }
                },
                "outcomes": {
                    "saved": {
                        "css": "p.ok-message",
                        "receipt": {"css": "p.ok-message", "pattern": r"issue (\d+) created"},
                    },
                    "refused": {"css": "p.error-message", "business": "refused-by-target", "saved": False},
                },
            },
            "search": {
                "open": {
                    "path": "/issue?@columns=id,title,priority&@filter=title&title={q}&@sort=id&@pagesize=50"
                },
                "ready": {"heading": "List of issues"},
                "tables": {
                    "cases": {
                        "find": [{"css": "table.list"}],
                        "columns": {
                            "ref": {"header": "ID"},
                            "title": {"header": "Title"},
                            "priority": {"header": "Priority"},
                        },
                        # It says nothing when it is empty: below its headings comes what stands below a list.
                        "empty": "Priority ID Title Download as CSV",
                        "count": r"out of (\d+)",
                    }
                },
            },
            "case": {
                "open": {"path": "/issue{ref}"},
                "ready": {"css": "input[name=submit_button]"},
                "fields": {
                    "title": _row("title", "Title"),
                    "priority": _row("priority", "Priority", kind="select"),
                    "note": {"find": [{"css": "table.messages td.content pre"}], "kind": "display"},
                },
            },
        }


def _row(name: str, label: str, **more: Any) -> dict[str, Any]:
    return {"find": [{"name": name}, {"near": label}], **more}


def _text(folder: Path, number: str) -> str:
    """A message, as it lies in a file of its own: a folder for each thousand of them."""
    if not number:
        return ""
    return (folder / str(int(number) // 1000) / f"msg{number}").read_text(encoding="utf-8")


def _admin(tracker: Path, *words: str) -> None:
    command = [sys.executable, "-m", "roundup.scripts.roundup_admin", "-i", str(tracker), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (words[0], done.stdout, done.stderr)

"""Wagtail: saves drafts by itself, keeps a list of who has what open, signs out by POST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bots.engine.core.screens import Screens

from .app import Asgi, Case, Foreign, Keep, labelled
from .django_site import configure, serve

_APPS = (
    "tests.foreign.snippets",
    *(f"wagtail.{one}" for one in ("snippets", "users", "documents", "images", "search", "admin")),
    "wagtail",
    "modelcluster",
    "taggit",
)
_ROOT = "/admin/snippets/snippets/case"


class _Keep(Keep):
    system, commit = "wagtail", "new.save"

    async def key(self, screens: Screens, record: Case) -> None:
        await super().key(screens, record)
        await screens.act("more")


class Wagtail(Foreign):
    name = "wagtail"
    packages = ("wagtail",)
    kind = "an editor that saves drafts by itself and tells the server who has what open, signs out by POST"
    step = _Keep
    own = (
        {"path": "/admin/logout/"},
        {"path": "/admin/editing-sessions/ping/{app}/{model}/{number}/{session}/"},
        {"path": "/admin/editing-sessions/release/{session}/"},
    )
    table = "snippets_case"
    signed_in = "SELECT count(*) FROM django_session"

    def build(self, folder: Path) -> Asgi:
        configure(
            folder / self.file,
            _APPS,
            "tests.foreign.snippets.urls",
            WAGTAIL_SITE_NAME="TEST SYSTEM",
            WAGTAILADMIN_BASE_URL="http://127.0.0.1",
            WAGTAIL_DATE_FORMAT="%d/%m/%Y",
            WAGTAIL_ENABLE_UPDATE_CHECK=False,
            MEDIA_ROOT=str(folder),
        )
        return serve()

    def locks(self, folder: Path) -> int:
        [row] = self.asked(folder, "SELECT count(*) AS number FROM wagtailadmin_editingsession")
        return int(row["number"])

    def screens(self) -> dict[str, Any]:
        fields = {
            "key": labelled("key", "Key"),
            "name": labelled("name", "Name"),
            "note": labelled("note", "Note", kind="textarea"),
            "kind": labelled("kind", "Kind", kind="select"),
            "day": labelled("day", "Day", format="date"),
            "paid": labelled("paid", "Paid", kind="checkbox", format="yes_no", default="no"),
        }
        new = fields | {
            "kind": fields["kind"] | {"default": "---------"},
            "first": labelled("first_published_at", "First published at"),
            "live": labelled("go_live_at", "Go live date/time"),
            "expire": labelled("expire_at", "Expiry date/time"),
        }
        return {
            "system": {
                "home": "/admin/",
                "sign_in": {
                    "screen": "sign_in",
                    "username": "u",
                    "password": "p",
                    "submit": "go",
                    "signed_in": {"css": "#wagtail-sidebar"},
                    "refused": [{"css": ".messages .error"}],
                },
                "environment": {"css": "#site", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
                "signed_out": {"css": "form.login-form"},
                "sign_out": {
                    "screen": "home",
                    "actions": ["account", "log_out"],
                    "said": {"css": "form.login-form"},
                },
            },
            "sign_in": {
                "open": {"path": "/admin/login/"},
                "ready": {"css": "form.login-form"},
                "fields": {
                    "u": {"find": [{"name": "username"}], "default": None},
                    "p": {"find": [{"name": "password"}], "kind": "password", "default": None},
                },
                "actions": {"go": {"find": [{"css": "form.login-form button[type=submit]"}]}},
            },
            "home": {
                "open": {"path": "/admin/"},
                "ready": {"css": ".sidebar-footer__account"},
                "actions": {
                    "account": {
                        "find": [{"css": ".sidebar-footer__account"}],
                        "shows": {"css": "form[action='/admin/logout/'] button"},
                    },
                    "log_out": {"find": [{"css": "form[action='/admin/logout/'] button"}]},
                },
            },
            "new": {
                "open": {"path": f"{_ROOT}/add/"},
                "ready": {"css": "#w-editor-form"},
                "fields": new,
                "actions": {
                    "more": {
                        "find": [{"css": "footer .w-dropdown__toggle"}],
                        "shows": {"css": "button[name=action-publish]"},
                    },
                    "save": {
                        "find": [
                            {"css": "button[name=action-publish]"},
                            {"role": "button", "name": "Publish"},
                        ],
                        "commits": True,
                        "saves": {
                            "path": f"{_ROOT}/add/",
                            "form": {"action-publish": "."},
                            "ignored": ["csrfmiddlewaretoken"],
                        },
                    },
                },
                "outcomes": {
                    "saved": {
                        "text": "created and published",
                        "receipt": {"css": ".messages .success", "pattern": r"Case (\d+)"},
                    },
                    "refused": {"css": ".messages .error", "business": "refused-by-target", "saved": False},
                },
            },
            "search": {
                "open": {"path": f"{_ROOT}/?q={{q}}"},
                "ready": {"css": "#listing-results"},
                "tables": {
                    "cases": {
                        "find": [{"css": "#listing-results table"}],
                        "columns": {
                            "ref": {"header": "ID"},
                            "key": {"header": "Key"},
                            "name": {"header": "Name"},
                            "kind": {"header": "Kind"},
                        },
                        "empty": "No cases match your query",
                        "count": r"There (?:is|are) (\d+) match",
                    }
                },
            },
            "case": {
                "open": {"path": f"{_ROOT}/edit/{{ref}}/"},
                "ready": {"css": "#w-editor-form"},
                "fields": fields,
            },
        }

"""Django admin: forms with generated names of their own, a token against forged forms, a sign-out by POST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .app import Asgi, Foreign, Keep, labelled
from .django_site import configure, serve


class _Keep(Keep):
    system = "django_admin"


class DjangoAdmin(Foreign):
    name = "django_admin"
    packages = ("django",)
    kind = "pages made by the server, sessions in its database, signs out by POST"
    step = _Keep
    own = ({"path": "/admin/logout/"},)
    table = "cases_case"
    signed_in = "SELECT count(*) FROM django_session"

    def build(self, folder: Path) -> Asgi:
        configure(
            folder / self.file, ["django.contrib.admin", "tests.foreign.cases"], "tests.foreign.cases.urls"
        )
        return serve()

    def screens(self) -> dict[str, Any]:
        fields = {
            "key": labelled("key", "Key"),
            "name": labelled("name", "Name"),
            "note": labelled("note", "Note", kind="textarea"),
            "kind": labelled("kind", "Kind", kind="select"),
            "day": labelled("day", "Day", format="date"),
            "paid": labelled("paid", "Paid", kind="checkbox", format="yes_no", default="no"),
        }
        new = fields | {"kind": fields["kind"] | {"default": "---------"}}
        return {
            "system": {
                "home": "/admin/",
                "sign_in": {
                    "screen": "sign_in",
                    "username": "u",
                    "password": "p",
                    "submit": "go",
                    "signed_in": {"css": "#user-tools"},
                    "refused": [{"css": ".errornote"}],
                },
                "environment": {"css": "#site-name", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
                "signed_out": {"css": "#login-form"},
                "sign_out": {"screen": "home", "actions": ["log_out"], "said": {"heading": "Logged out"}},
            },
            "sign_in": {
                "open": {"path": "/admin/login/?next=/admin/"},
                "ready": {"css": "#login-form"},
                "fields": {
                    "u": labelled("username", "Username", default=None),
                    "p": labelled("password", "Password", kind="password", default=None),
                },
                "actions": {"go": {"find": [{"css": "#login-form input[type=submit]"}]}},
            },
            "home": {
                "open": {"path": "/admin/"},
                "ready": {"heading": "Site administration"},
                "actions": {"log_out": {"find": [{"css": "#logout-form button"}]}},
            },
            "new": {
                "open": {"path": "/admin/cases/case/add/"},
                "ready": {"heading": "Add case"},
                "fields": new,
                "actions": {
                    "save": {
                        "find": [{"name": "_save"}, {"role": "button", "name": "Save"}],
                        "commits": True,
                        "saves": {"path": "/admin/cases/case/add/", "ignored": ["csrfmiddlewaretoken"]},
                    }
                },
                "outcomes": {
                    "saved": {
                        "text": "was added successfully",
                        "receipt": {"css": ".messagelist .success a", "pattern": r"Case (\d+)"},
                    },
                    "refused": {"css": ".errornote", "business": "refused-by-target", "saved": False},
                },
            },
            "search": {
                "open": {"path": "/admin/cases/case/?q={q}"},
                "ready": {"heading": "Select case to change"},
                "tables": {
                    "cases": {
                        "find": [{"css": "#result_list"}],
                        "columns": {
                            "ref": {"header": "ID"},
                            "key": {"header": "Key"},
                            "name": {"header": "Name"},
                            "kind": {"header": "Kind"},
                        },
                        "empty": "0 cases",
                        "count": r"(\d+) cases?\b",
                    }
                },
            },
            "case": {
                "open": {"path": "/admin/cases/case/{ref}/change/"},
                "ready": {"heading": "Change case"},
                "fields": fields,
            },
        }

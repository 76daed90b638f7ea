"""Starlette-Admin: dates dressed by scripts, a token in a cookie and in each form, signs out by POST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .app import KINDS, Asgi, Foreign, Keep, labelled
from .sql_cases import Case, People, made


class _Keep(Keep):
    system = "starlette_admin"


class StarletteAdmin(Foreign):
    name = "starlette_admin"
    packages = ("starlette_admin", "itsdangerous")
    kind = "fields dressed by scripts, a token in a cookie and in the form, signs out by POST"
    step = _Keep
    own = ({"path": "/admin/logout"},)

    def build(self, folder: Path) -> Asgi:
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.middleware.sessions import SessionMiddleware
        from starlette_admin.auth import AdminUser, AuthProvider
        from starlette_admin.contrib.sqla import Admin, ModelView
        from starlette_admin.exceptions import LoginFailed
        from starlette_admin.fields import DateField, EnumField

        engine = made(folder / self.file)
        people = People(engine)

        class Door(AuthProvider):
            async def login(self, username: str, password: str, remember_me: bool, request: Any) -> Any:
                word = people.sign_in(username, password)
                if word is None:
                    raise LoginFailed("Not known.")
                request.session["word"] = word

            async def logout(self, request: Any) -> Any:
                people.sign_out(request.session.pop("word", None))

            async def authenticate(self, request: Any) -> Any:
                return AdminUser(username="bot") if people.know(request.session.get("word")) else None

        class Cases(ModelView):
            kind = EnumField("kind", choices=tuple((kind, kind) for kind in KINDS), required=True)
            day = DateField("day", required=True, form_alt_format="d/m/Y")
            fields = ("id", "key", "name", "note", kind, day, "paid")
            searchable_fields = ("key",)

        admin = Admin(
            engine,
            title="TEST SYSTEM",
            secret_key="not-a-secret-of-thirty-two-characters",
            auth_provider=Door(),
            middlewares=[Middleware(SessionMiddleware, secret_key="not-a-secret")],
        )
        admin.add_view(Cases(Case))
        app = Starlette()
        admin.mount_to(app)
        return app

    def screens(self) -> dict[str, Any]:
        fields = {
            "key": labelled("key", "Key"),
            "name": labelled("name", "Name"),
            "note": labelled("note", "Note", kind="textarea"),
            "kind": labelled("kind", "Kind", kind="select", default=None, dressed=True),
            # The box that people see has no name: its script writes into the hidden one before it.
            "day": {
                "find": [{"css": "#day + input"}, {"css": "input.field-date[type=text]"}],
                "format": "date",
            },
            "paid": labelled("paid", "Paid", kind="checkbox", format="yes_no", default="no"),
        }
        return {
            "system": {
                "home": "/admin/",
                "sign_in": {
                    "screen": "sign_in",
                    "username": "u",
                    "password": "p",
                    "submit": "go",
                    "signed_in": {"css": ".navbar-brand"},
                    "refused": [{"text": "Not known."}],
                },
                "environment": {"css": ".navbar-brand", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
                "signed_out": {"heading": "Login to your account"},
                "sign_out": {
                    "screen": "home",
                    "actions": ["menu", "log_out"],
                    "said": {"heading": "Login to your account"},
                },
            },
            "sign_in": {
                "open": {"path": "/admin/login"},
                "ready": {"heading": "Login to your account"},
                "fields": {
                    "u": labelled("username", "Username", default=None),
                    "p": labelled("password", "Password", kind="password", default=None),
                },
                "actions": {"go": {"find": [{"css": "form.card button[type=submit]"}]}},
            },
            "home": {
                "open": {"path": "/admin/"},
                "ready": {"css": ".navbar-brand"},
                "actions": {
                    "menu": {
                        "find": [{"css": "[aria-label='Open user menu']"}],
                        "shows": {"css": "form[action$=logout] button"},
                    },
                    "log_out": {"find": [{"css": "form[action$=logout] button"}]},
                },
            },
            "new": {
                "open": {"path": "/admin/case/create"},
                "ready": {"heading": "New Case"},
                "fields": fields,
                "actions": {
                    "save": {
                        "find": [
                            {"css": ".card-footer button[type=submit]:not([name])"},
                            {"role": "button", "name": "Save"},
                        ],
                        "commits": True,
                        "saves": {"path": "/admin/case/create", "ignored": ["csrftoken"], "kept": ["day"]},
                    }
                },
                "outcomes": {
                    "saved": {"css": "#select-all-rows", "confirmed_by": "find"},
                    "refused": {"css": ".invalid-feedback", "business": "refused-by-target", "saved": False},
                },
            },
            "search": {
                "open": {"path": "/admin/case/list?q={q}"},
                "ready": {"css": "input[type=search][name=q]"},
                "tables": {
                    "cases": {
                        "find": [{"css": "table.card-table"}],
                        "columns": {
                            "ref": {"header": "Id"},
                            "key": {"header": "Key"},
                            "name": {"header": "Name"},
                            "kind": {"header": "Kind"},
                        },
                        "empty": "No data",
                        "count": r"of (\d+) entries",
                    }
                },
            },
            "case": {
                "open": {"path": "/admin/case/edit?pk={ref}"},
                "ready": {"css": ".card-footer button[type=submit]"},
                "fields": fields,
            },
        }

"""SQLAdmin: forms in parts, several buttons of one name, says nothing when it has saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .app import Asgi, Foreign, Keep, labelled
from .sql_cases import Case, People, made


class _Keep(Keep):
    system = "sqladmin"


class SqlAdmin(Foreign):
    name = "sqladmin"
    packages = ("sqladmin", "itsdangerous")
    kind = "forms in parts, goes back to its list without a word, signs out by GET"
    step = _Keep

    def build(self, folder: Path) -> Asgi:
        from fastapi import FastAPI
        from sqladmin import Admin, ModelView
        from sqladmin.authentication import AuthenticationBackend

        engine = made(folder / self.file)
        people = People(engine)

        class Door(AuthenticationBackend):
            async def login(self, request: Any) -> bool:
                form = await request.form()
                word = people.sign_in(str(form["username"]), str(form["password"]))
                request.session["word"] = word
                return word is not None

            async def logout(self, request: Any) -> bool:
                people.sign_out(request.session.pop("word", None))
                return True

            async def authenticate(self, request: Any) -> bool:
                return people.know(request.session.get("word"))

        class Cases(ModelView, model=Case):
            name, name_plural, identity = "Case", "Cases", "case"
            column_list = ("id", "key", "name", "kind", "day")
            column_searchable_list = ("key",)

        app = FastAPI()
        admin = Admin(app, engine, title="TEST SYSTEM", authentication_backend=Door("not-a-secret"))
        admin.add_view(Cases)
        return app

    def screens(self) -> dict[str, Any]:
        fields = {
            "key": labelled("key", "Key"),
            "name": labelled("name", "Name"),
            "note": labelled("note", "Note", kind="textarea"),
            "kind": labelled("kind", "Kind", kind="select", default=None),
            "day": labelled("day", "Day", format="iso_date"),
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
                    "refused": [{"css": ".invalid-feedback"}],
                },
                "environment": {"css": ".navbar-brand", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
                "signed_out": {"heading": "Login to"},
                "sign_out": {"path": "/admin/logout", "said": {"heading": "Login to"}},
            },
            "sign_in": {
                "open": {"path": "/admin/login"},
                "ready": {"heading": "Login to"},
                "fields": {
                    "u": {"find": [{"name": "username"}], "default": None},
                    "p": {"find": [{"name": "password"}], "kind": "password", "default": None},
                },
                "actions": {"go": {"find": [{"role": "button", "name": "Login"}]}},
            },
            "new": {
                "open": {"path": "/admin/case/create"},
                "ready": {"heading": "New Case"},
                "fields": fields,
                "actions": {
                    "save": {
                        "find": [{"css": "input[name=save][value=Save]"}, {"role": "button", "name": "Save"}],
                        "commits": True,
                        "saves": {"path": "/admin/case/create"},
                    }
                },
                "outcomes": {
                    "saved": {"css": "#search-input", "confirmed_by": "find"},
                    "refused": {"css": ".alert-danger", "business": "refused-by-target", "saved": False},
                },
            },
            "search": {
                "open": {"path": "/admin/case/list?search={q}"},
                "ready": {"css": "#search-input"},
                "tables": {
                    "cases": {
                        "find": [{"css": "table.card-table"}],
                        "columns": {
                            "ref": {"header": "id"},
                            "key": {"header": "key"},
                            "name": {"header": "name"},
                            "kind": {"header": "kind"},
                        },
                        "empty": "of 0 items",
                        "count": r"of (\d+) items",
                    }
                },
            },
            "case": {
                "open": {"path": "/admin/case/edit/{ref}"},
                "ready": {"heading": "Edit Case"},
                "fields": fields,
            },
        }

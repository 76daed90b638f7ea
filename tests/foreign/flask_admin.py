"""Flask-Admin: drop-downs and dates dressed by scripts, a token in each form, signs out by an address."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from .app import Asgi, Foreign, Keep, labelled
from .sql_cases import Case, People, made


class _Keep(Keep):
    system = "flask_admin"


_SIGN_IN = """<!doctype html><title>Sign in</title><body><h1>Sign in</h1><p>%s</p><form method="post">
<label>User <input name="user"></label><label>Password <input name="password" type="password"></label>
<button id="go">Sign in</button></form></body>"""


class FlaskAdmin(Foreign):
    name = "flask_admin"
    packages = ("flask_admin", "a2wsgi")
    kind = "drop-downs and dates dressed by scripts, no word of the reference, signs out by GET"
    step = _Keep

    def build(self, folder: Path) -> Asgi:
        from a2wsgi import WSGIMiddleware
        from flask import Flask, redirect, request, session
        from flask_admin import Admin
        from flask_admin.base import AdminIndexView
        from flask_admin.contrib.sqla import ModelView
        from flask_admin.form import SecureForm
        from sqlalchemy.orm import scoped_session, sessionmaker

        engine = made(folder / self.file)
        people, database = People(engine), scoped_session(sessionmaker(engine))
        app = Flask(__name__)
        app.secret_key = "not-a-secret"
        if importlib.util.find_spec("flask_babel"):  # once it is installed, Flask-Admin wants it to be set up
            importlib.import_module("flask_babel").Babel(app)

        class Inside:
            def is_accessible(self) -> bool:
                return people.know(session.get("word"))

            def inaccessible_callback(self, name: str, **more: Any) -> Any:
                return redirect("/sign-in")

        class Home(Inside, AdminIndexView):
            pass

        class Cases(Inside, ModelView):
            form_base_class = SecureForm
            column_display_pk = True
            column_searchable_list = ("key",)
            column_list = ("id", "key", "name", "kind", "day")

        @app.route("/sign-in", methods=["GET", "POST"])
        def sign_in() -> Any:
            if request.method == "GET":
                return _SIGN_IN % ""
            word = people.sign_in(request.form.get("user", ""), request.form.get("password", ""))
            if word is None:
                return _SIGN_IN % "Not known."
            session["word"] = word
            return redirect("/admin/")

        @app.route("/sign-out")
        def sign_out() -> Any:
            people.sign_out(session.pop("word", None))
            return redirect("/sign-in")

        @app.teardown_appcontext
        def ended(error: Any) -> None:
            database.remove()

        admin = Admin(app, name="TEST SYSTEM of cases", index_view=Home())
        admin.add_view(Cases(Case, database, name="Cases"))
        return WSGIMiddleware(app)

    def screens(self) -> dict[str, Any]:
        fields = {
            "key": labelled("key", "Key"),
            "name": labelled("name", "Name"),
            "note": labelled("note", "Note", kind="textarea"),
            # Its label belongs to two boxes of the script's as well.
            "kind": {
                "find": [{"name": "kind"}, {"id": "kind"}],
                "kind": "select",
                "default": None,
                "dressed": True,
            },
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
                    "refused": [{"text": "Not known."}],
                },
                "environment": {"css": ".navbar-brand", "test": "TEST SYSTEM", "live": "LIVE SYSTEM"},
                "signed_out": {"heading": "Sign in"},
                "sign_out": {"path": "/sign-out", "said": {"heading": "Sign in"}},
            },
            "sign_in": {
                "open": {"path": "/sign-in"},
                "ready": {"heading": "Sign in"},
                "fields": {
                    "u": labelled("user", "User", default=None),
                    "p": labelled("password", "Password", kind="password", default=None),
                },
                "actions": {"go": {"find": [{"id": "go"}]}},
            },
            "new": {
                "open": {"path": "/admin/case/new/"},
                "ready": {"css": "form.admin-form input[type=submit]"},
                "fields": fields,
                "actions": {
                    "save": {
                        "find": [{"css": "form.admin-form input[type=submit][value=Save]"}],
                        "commits": True,
                        "saves": {"path": "/admin/case/new/", "ignored": ["csrf_token"]},
                    }
                },
                "outcomes": {
                    "saved": {"text": "Record was successfully created.", "confirmed_by": "find"},
                    "refused": {"css": ".alert-danger", "business": "refused-by-target", "saved": False},
                },
            },
            "search": {
                "open": {"path": "/admin/case/?search={q}"},
                "ready": {"css": "table.model-list"},
                "tables": {
                    "cases": {
                        "find": [{"css": "table.model-list"}],
                        "columns": {
                            "ref": {"header": "Id"},
                            "key": {"header": "Key"},
                            "name": {"header": "Name"},
                            "kind": {"header": "Kind"},
                        },
                        "empty": "There are no items in the table.",
                        "count": r"List \((\d+)\)",
                    }
                },
            },
            "case": {
                "open": {"path": "/admin/case/edit/?id={ref}"},
                "ready": {"css": "form.admin-form input[type=submit]"},
                "fields": fields,
            },
        }

"""The console as one application: every page, and who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from ..core.people import Role, Session
from . import drafts, invitation, item_acts, item_page, sign_in, work_page
from .desk import Desk
from .frame import TROUBLES, framed
from .item_acts import act
from .pages import LONDON, moment
from .routes import Routes
from .visit import Forbidden, Missing, NoSecondFactor, NotSignedIn


def console(desk: Desk) -> tuple[FastAPI, Routes]:
    """The application, and its addresses with who may use them."""
    app = FastAPI(openapi_url=None)
    desk.pages.environment.filters["at"] = lambda then: moment(datetime.fromtimestamp(then, LONDON))
    routes = Routes(app, desk)
    _ways_in(routes)
    _work(routes)
    _refusals(app, desk)
    framed(app, desk.pages, tls=desk.tls)
    return app, routes


def around(request: Request) -> Mapping[str, Any]:
    """What stands around every page of somebody who is signed in."""
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        return {}
    nav = [{"text": "Work list", "href": "/", "current": request.url.path == "/"}]
    person = {"name": session.person.name, "sign_out": "/sign-out", "token": session.csrf}
    return {"nav": nav, "person": person}


def _ways_in(routes: Routes) -> None:
    routes.open("/sign-in", "GET", sign_in.ask)
    routes.open("/sign-in", "POST", sign_in.sign_in)
    routes.open("/invitation/{token}", "GET", invitation.invited)
    routes.open("/invitation/{token}", "POST", invitation.accept)
    routes.page("/second-factor", invitation.second_factor, half=True)
    routes.act("/second-factor", invitation.set_second_factor, half=True)
    routes.act("/sign-out", sign_in.sign_out, half=True)


def _work(routes: Routes) -> None:
    routes.page("/", work_page.show)
    routes.page("/items/{item}", item_page.show, Role.VIEWER)
    routes.page("/items/{item}/picture", item_page.picture, Role.VIEWER)
    routes.page("/items/{item}/decided", item_acts.decided, Role.VIEWER)
    routes.act("/items/{item}/correct", item_acts.correct, Role.REVIEWER)
    routes.act("/items/{item}/again", act(item_acts.again), Role.REVIEWER)
    routes.act("/items/{item}/by-hand", act(item_acts.by_hand), Role.REVIEWER)
    routes.act("/items/{item}/not-needed", act(item_acts.not_needed), Role.REVIEWER)
    routes.act("/items/{item}/saved", act(item_acts.saved), Role.REVIEWER)
    routes.act("/items/{item}/not-saved", act(item_acts.not_saved), Role.REVIEWER)
    routes.act("/items/{item}/comment", item_acts.comment, Role.REVIEWER)
    agreed = act(item_acts.approve, role=Role.APPROVER, why="Approved in the console.")
    routes.act("/items/{item}/approve", agreed, Role.APPROVER)
    routes.act("/items/{item}/decline", act(item_acts.decline, role=Role.APPROVER), Role.APPROVER)


def _refusals(app: FastAPI, desk: Desk) -> None:
    async def signed_out(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotSignedIn)
        if request.method == "GET":
            to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?{urlencode({'next': to})}", status_code=303)
        draft = drafts.sealed(request.url.path, error.detail.get("sent", {}), desk.code_key)
        return sign_in.form(request, desk, note=sign_in.SIGNED_OUT, draft=draft, status=401)

    async def half_signed_in(request: Request, error: Exception) -> Response:
        return RedirectResponse("/second-factor", status_code=303)

    async def forbidden(request: Request, error: Exception) -> Response:
        assert isinstance(error, Forbidden)
        trouble = replace(TROUBLES[403], happened=error.sentence)
        return desk.pages.show(request, "error.html", status=403, trouble=trouble)

    async def missing(request: Request, error: Exception) -> Response:
        return desk.pages.show(request, "error.html", status=404, trouble=TROUBLES[404])

    app.add_exception_handler(NotSignedIn, signed_out)
    app.add_exception_handler(NoSecondFactor, half_signed_in)
    app.add_exception_handler(Forbidden, forbidden)
    app.add_exception_handler(Missing, missing)

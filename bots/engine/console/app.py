"""The console as one application: every page, and who may see it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from ..core.errors import BusinessException, StoreAway
from ..core.people import Role, Session
from ..core.working_days import day_of
from ..decisions.list import DECISIONS
from .api import addresses, refusals
from .figures import baseline_page
from .figures import views as figures_page
from .hand_in import list_views, unread_files, upload_views
from .history import comparisons, keyed
from .history import views as history_page
from .item import acts as item_acts
from .item import search, source_pages
from .item import views as item_page
from .item.acts import act
from .operations import runs_page, schedules_page, systems_page
from .people import acts as people_acts
from .people import tokens_page
from .people import views as people_page
from .services.rendering import LONDON, moment
from .services.uploads import UPLOAD_BYTES
from .sign_in import invitation
from .sign_in import views as sign_in
from .web import drafts
from .web.context import Desk
from .web.errors import AWAY_FOR, OTHER, STORE_AWAY, TROUBLES, answer, framed
from .web.request import Forbidden, Missing, NoSecondFactor, NotSignedIn
from .web.routes import Routes
from .web.throttle import Limits
from .work_list import acts as desk_acts
from .work_list import check_page, filter_acts, following, questions_page
from .work_list import views as work_page
from .work_list.acts import desk_act

LOG = logging.getLogger("rekey.console")


def console(desk: Desk) -> tuple[FastAPI, Routes]:
    """The application, and its addresses with who may use them."""
    app = FastAPI(openapi_url=None)
    desk.pages.environment.filters["at"] = lambda then: moment(datetime.fromtimestamp(then, LONDON))
    desk.pages.environment.filters["day"] = lambda then: moment(day_of(then))
    routes = Routes(app, desk)
    _ways_in(routes)
    _work(routes)
    _figures(routes)
    _people(routes)
    _documents(routes)
    _files(routes)
    _programs(routes)
    _bots(routes)
    _refusals(app, desk)
    app.state.routes = routes
    app.add_middleware(Limits, longest=routes.longest, pages=desk.pages, hosts=desk.hosts)
    app.state.proxied = desk.tls
    framed(app, desk.pages, tls=desk.tls)
    return app, routes


def around(request: Request) -> Mapping[str, Any]:
    """What stands around every page of somebody who is signed in."""
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        return {}
    path = request.url.path
    nav = [
        {"text": "Work list", "href": "/", "current": path == "/"},
        {"text": "Keyed", "href": "/keyed", "current": path.startswith("/keyed")},
        {"text": "Figures", "href": "/figures", "current": path.startswith("/figures")},
        {"text": "Hand in work", "href": "/hand-ins", "current": path.startswith("/hand-in")},
    ]
    if any(held.includes(Role.REVIEWER) for roles in session.person.roles.values() for held in roles):
        nav.append({"text": "Documents to check", "href": "/check", "current": path.startswith("/check")})
    if any(held.includes(Role.VIEWER) for roles in session.person.roles.values() for held in roles):
        bots = path.startswith(("/schedules", "/runs", "/comparisons", "/systems"))
        nav.append({"text": "Bots", "href": "/schedules", "current": bots})
    person = {"name": session.person.name, "sign_out": "/sign-out", "token": session.csrf}
    person["tokens"] = "/tokens"
    nav += _of_installation(session, path)
    return {"nav": nav, "person": person}


def _of_installation(session: Session, path: str) -> list[dict[str, Any]]:
    """For administrators and auditors."""
    found = []
    if session.person.is_a(Role.ADMINISTRATOR):
        found.append({"text": "People", "href": "/people", "current": path.startswith("/people")})
    if session.person.is_a(Role.AUDITOR):
        found.append({"text": "History", "href": "/history", "current": path.startswith("/history")})
    return found


def _ways_in(routes: Routes) -> None:
    routes.open("/sign-in", "GET", sign_in.ask)
    routes.open("/sign-in", "POST", sign_in.sign_in, counted=True)
    routes.open("/sign-in/draft", "POST", sign_in.resume)
    routes.open("/sign-in/openid", "GET", sign_in.depart, counted=True)
    routes.open(sign_in.BACK, "GET", sign_in.come_back, counted=True)
    routes.open("/invitation/{token}", "GET", invitation.invited)
    routes.open("/invitation/{token}", "POST", invitation.accept, counted=True)
    routes.page("/second-factor", invitation.second_factor, half=True)
    routes.act("/second-factor", invitation.set_second_factor, half=True)
    routes.act("/sign-out", sign_in.sign_out, half=True)


def _figures(routes: Routes) -> None:
    routes.page("/figures", figures_page.show)
    routes.page("/figures.csv", figures_page.as_csv)
    routes.page("/figures/reasons.csv", figures_page.reasons_as_csv)
    routes.page("/figures/{process}/baseline", baseline_page.show, Role.VIEWER)
    routes.act("/figures/{process}/baseline", baseline_page.sign, Role.OWNER)
    routes.page("/keyed", keyed.show, Role.REVIEWER)
    routes.page("/keyed.csv", keyed.as_csv, Role.REVIEWER)


def _people(routes: Routes) -> None:
    role, one = Role.ADMINISTRATOR, "/people/{person}"
    routes.page("/people", people_page.show, role)
    routes.act("/people", people_acts.add, role)
    routes.page(one, people_page.person, role)
    routes.act(f"{one}/grant", people_acts.act(people_acts.grant, "granted"), role)
    routes.act(f"{one}/revoke", people_acts.act(people_acts.revoke, "revoked"), role)
    routes.act(f"{one}/deactivate", people_acts.act(people_acts.deactivate, "deactivated"), role)
    routes.act(f"{one}/activate", people_acts.act(people_acts.activate, "activated"), role)
    routes.act(f"{one}/end-sessions", people_acts.act(people_acts.end_sessions, "ended"), role)
    routes.act(f"{one}/link", people_acts.link, role)
    routes.act(f"{one}/new-code", people_acts.new_code, role)
    routes.page("/history", history_page.show, Role.AUDITOR)
    routes.page("/history.csv", history_page.as_csv, Role.AUDITOR)
    routes.page("/history/people", history_page.people, Role.AUDITOR)
    routes.page("/history/people.csv", history_page.people_as_csv, Role.AUDITOR)


def _work(routes: Routes) -> None:
    routes.page("/", work_page.show)
    routes.page("/items/{item}", item_page.show, Role.VIEWER)
    routes.page("/items/{item}/picture", item_page.picture, Role.VIEWER)
    routes.page("/items/{item}/pages/{page}", source_pages.page, Role.REVIEWER)
    routes.page("/items/{item}/places/{field}", source_pages.place, Role.REVIEWER)
    routes.page("/items/{item}/decided", following.show, Role.VIEWER)
    for decision in DECISIONS:
        if decision.form is not None:
            routes.act(f"/items/{{item}}/{decision.name}", act(decision), decision.role)
    routes.act("/items/{item}/try", item_acts.tried, Role.REVIEWER)
    routes.act("/items/{item}/look", search.ask, Role.REVIEWER)
    routes.page("/items/{item}/looked", search.show, Role.REVIEWER)
    routes.act("/items/{item}/take", desk_act(desk_acts.take), Role.REVIEWER)
    routes.act("/items/{item}/give-back", desk_act(desk_acts.give_back), Role.REVIEWER)
    routes.act("/items/{item}/put-off", desk_act(desk_acts.put_off), Role.REVIEWER)
    routes.act("/items/{item}/wake", desk_act(desk_acts.wake), Role.REVIEWER)
    routes.act("/items/{item}/assign", desk_act(desk_acts.assign), Role.REVIEWER)
    routes.act("/items/{item}/ask", desk_act(desk_acts.ask), Role.REVIEWER)
    routes.act("/items/{item}/answer", desk_act(desk_acts.answer), Role.REVIEWER)
    routes.page("/questions", questions_page.show, Role.REVIEWER)
    routes.act("/filters", filter_acts.save, Role.VIEWER)
    routes.act("/filters/delete", filter_acts.delete, Role.VIEWER)
    routes.act("/many", desk_acts.many, Role.REVIEWER)
    routes.act("/items/{item}/comment", item_acts.comment, Role.REVIEWER)


def _documents(routes: Routes) -> None:
    routes.page("/check", check_page.begin, Role.REVIEWER)
    routes.page("/check/{item}", check_page.show, Role.REVIEWER)
    routes.act("/check/{item}/skip", check_page.skip, Role.REVIEWER)
    # Among the item's addresses: what was typed when a session ends is kept for those.
    routes.act("/items/{item}/checked", check_page.send, Role.REVIEWER)


def _files(routes: Routes) -> None:
    routes.page("/hand-in", upload_views.ask, Role.REVIEWER)
    routes.upload("/hand-in", upload_views.send, Role.REVIEWER, longest=UPLOAD_BYTES)
    routes.page("/hand-in/{upload}", upload_views.checked, Role.REVIEWER)
    routes.page("/hand-in/{upload}/progress", upload_views.progress, Role.REVIEWER)
    routes.act("/hand-in/{upload}/check", upload_views.check_again, Role.REVIEWER)
    routes.act("/hand-in/{upload}/queue", upload_views.queue, Role.REVIEWER)
    routes.act("/hand-in/{upload}/throw-away", upload_views.throw_away, Role.REVIEWER)
    routes.page("/hand-ins", list_views.show, Role.VIEWER)
    routes.act("/left-files/{process}/{key}/dealt-with", unread_files.dealt_with, Role.REVIEWER)
    routes.page("/hand-ins/{batch}", list_views.one, Role.VIEWER)
    routes.page("/hand-ins/{batch}/progress", list_views.progress, Role.VIEWER)
    routes.act("/hand-ins/{batch}/begin", list_views.begin, Role.REVIEWER)
    routes.page("/hand-ins/{batch}/return", list_views.give_back, Role.REVIEWER)


def _programs(routes: Routes) -> None:
    routes.page("/tokens", tokens_page.show)
    routes.act("/tokens", tokens_page.make)
    routes.act("/tokens/{token}/revoke", tokens_page.revoke)
    addresses.add_to(routes)


def _bots(routes: Routes) -> None:
    routes.page("/schedules", schedules_page.show, Role.VIEWER)
    routes.page("/schedules/{process}/{kind}", schedules_page.one, Role.OWNER)
    routes.act("/schedules/{process}/{kind}/times", schedules_page.set_times, Role.OWNER)
    routes.act("/schedules/{process}/{kind}/delivered", schedules_page.delivered, Role.OWNER)
    routes.act("/schedules/{process}/{kind}/pause", schedules_page.pause, Role.OWNER)
    routes.act("/schedules/{process}/{kind}/resume", schedules_page.resume, Role.OWNER)
    routes.page("/runs", runs_page.show, Role.VIEWER)
    routes.page("/comparisons", comparisons.show, Role.VIEWER)
    routes.act("/comparisons/{process}/{finding}/seen-to", comparisons.see_to, Role.REVIEWER)
    routes.page("/systems", systems_page.show, Role.VIEWER)
    routes.act("/systems/process/{process}/release", systems_page.release_process, Role.OWNER)
    routes.act("/systems/{system}/release", systems_page.release, Role.OWNER)
    routes.act("/systems/{system}/sign-in", systems_page.allow_sign_in, Role.OWNER)


def _refusals(app: FastAPI, desk: Desk) -> None:
    async def signed_out(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotSignedIn)
        if request.method in ("GET", "HEAD"):
            to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?{urlencode({'next': to})}", status_code=303)
        sent, now = error.detail.get("sent", {}), desk.clock().timestamp()
        draft = drafts.sealed(request.url.path, sent, desk.code_key, now)
        return sign_in.form(request, desk, note=sign_in.SIGNED_OUT, draft=draft, status=401)

    async def half_signed_in(request: Request, error: Exception) -> Response:
        return RedirectResponse("/second-factor", status_code=303)

    async def forbidden(request: Request, error: Exception) -> Response:
        assert isinstance(error, Forbidden)
        LOG.warning("%s refused: %s %r", request.state.person.id, error.code, request.url.path)
        trouble = replace(TROUBLES[403], happened=error.sentence)
        return answer(request, desk.pages, 403, trouble)

    async def missing(request: Request, error: Exception) -> Response:
        return answer(request, desk.pages, 404, TROUBLES[404])

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, BusinessException)
        trouble = replace(OTHER, code=error.code, happened=error.sentence)
        return answer(request, desk.pages, 409, trouble)

    async def store_away(request: Request, error: Exception) -> Response:
        assert isinstance(error, StoreAway)
        LOG.error("503: %s", error.sentence)
        found = answer(request, desk.pages, 503, STORE_AWAY)
        found.headers["Retry-After"] = str(AWAY_FOR)
        return found

    app.add_exception_handler(StoreAway, store_away)
    app.add_exception_handler(BusinessException, refused)
    app.add_exception_handler(NotSignedIn, signed_out)
    app.add_exception_handler(NoSecondFactor, half_signed_in)
    app.add_exception_handler(Forbidden, forbidden)
    app.add_exception_handler(Missing, missing)
    refusals.add_to(app)

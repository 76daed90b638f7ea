"""Every address for programs, with the role and the scope that it wants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import FileResponse

from ...core.people import Role, TokenScope
from ...decisions.decision import Asked
from ..hand_in.list_views import TYPES
from ..services.uploads import UPLOAD_BYTES
from ..web.routes import Routes
from ..web.tokens import API, EVERY
from . import acts, decisions, description, files, items, processes
from . import words as w

READ, HAND_IN = frozenset({TokenScope.READ}), frozenset({TokenScope.HAND_IN})
DECIDE = frozenset({TokenScope.DECIDE})
_REFUSALS = {
    400: "What was sent cannot be understood at all.",
    401: "No token, or one that is not valid.",
    403: "The token is for something else, or its person may not do this.",
    404: "There is no such thing, or the token's person may not see it.",
    409: "Understood, but not possible as things stand; the code says why. Nothing was changed.",
    413: "Too large.",
    414: "The address is too long.",
    422: "What was sent is not as described here. Nothing was changed.",
    429: "Too many wrong tokens from this place.",
}
_FILES = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "files": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}
                },
                "required": ["files"],
            }
        }
    },
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def add_to(routes: Routes) -> None:
    add = _Adder(routes)
    routes.description(f"{API}/openapi.json", description.show)
    add("GET", "/processes", processes.listed, None, EVERY, "Processes", w.Processes)
    _items(add)
    _decisions(add)
    _moves(add)
    _files(add)


def _items(add: _Adder) -> None:
    add("GET", "/items", items.listed, Role.VIEWER, READ, "What waits for people", w.Page)
    add("POST", "/items/search", items.found, Role.VIEWER, READ, "Find by a reference", w.Page)
    add("GET", "/items/{item}", items.one, Role.VIEWER, READ, "One item", w.Item)


def _decisions(add: _Adder) -> None:
    mistaken = {409: {"model": w.Mistakes | w.Refusal, "description": _REFUSALS[409]}}
    for one in decisions.offered():
        told = mistaken if one.asks(Asked.RECORD) else {}
        name, made, words = one.address.name, decisions.handler(one), one.address.summary
        more: dict[str, Any] = {"operation_id": f"acts-{name}", "refusals": told}
        add("POST", f"/items/{{item}}/{name}", made, one.role, DECIDE, words, w.Item, **more)


def _moves(add: _Adder) -> None:
    by: list[tuple[str, Any, str]] = [
        ("look", acts.look, "Let a bot look"),
        ("put-off", acts.put_off, "Not now"),
        ("take", acts.take, "Take it"),
        ("give-back", acts.give_back, "Give it back"),
        ("comments", acts.comment, "Write a note"),
    ]
    for name, handler, words in by:
        add("POST", f"/items/{{item}}/{name}", handler, Role.REVIEWER, DECIDE, words, w.Item)


def _files(add: _Adder) -> None:
    path, words = "/processes/{process}/uploads", "Send files"
    sent: dict[str, Any] = {
        "longest": UPLOAD_BYTES,
        "streamed": True,
        "status_code": 201,
        "extra": {"requestBody": _FILES},
    }
    add("POST", path, files.send, Role.REVIEWER, HAND_IN, words, w.Upload, **sent)
    one, of_one = "/uploads/{upload}", (Role.REVIEWER, HAND_IN)
    add("GET", one, files.sent, *of_one, "What the files would give", w.Upload)
    add("POST", f"{one}/check", files.check_again, *of_one, "Check again", w.Upload, status_code=202)
    add("POST", f"{one}/queue", files.queue, *of_one, "Queue the files", w.Upload, status_code=202)
    # No DELETE: with one way to send things, every address has one method.
    add("POST", f"{one}/throw-away", files.throw_away, *of_one, "Throw them away", None, status_code=204)
    add("GET", "/hand-ins", files.hand_ins, Role.VIEWER, READ | HAND_IN, "Hand-ins", w.HandIns)
    one = "/hand-ins/{hand_in}"
    add("GET", one, files.hand_in, Role.VIEWER, READ | HAND_IN, "One hand-in", w.OneHandIn)
    back: dict[str, Any] = {
        "response_class": FileResponse,
        "refusals": {200: {"content": dict.fromkeys(TYPES.values(), _BINARY)}},
    }
    path, words = f"{one}/return", "What goes back"
    add("GET", path, files.returned, Role.REVIEWER, READ | HAND_IN, words, None, **back)


class _Adder:
    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    def __call__(
        self,
        method: str,
        path: str,
        handler: Callable[..., Awaitable[Any]],
        role: Role | None,
        scopes: frozenset[TokenScope],
        words: str,
        gives: Any,
        *,
        extra: Mapping[str, Any] | None = None,
        refusals: Mapping[int, Any] | None = None,
        operation_id: str = "",
        **more: Any,
    ) -> None:
        told = {status: {"model": w.Refusal, "description": text} for status, text in _REFUSALS.items()}
        self._routes.api(
            method,
            f"{API}{path}",
            handler,
            role,
            scopes,
            response_model=gives,
            summary=words,
            operation_id=operation_id or _operation(handler),
            responses={**told, **(refusals or {})},
            openapi_extra={"security": [{"token": [one]} for one in sorted(scopes)], **(extra or {})},
            **more,
        )


def _operation(handler: Callable[..., Awaitable[Any]]) -> str:
    return f"{handler.__module__.rsplit('.', 1)[-1]}-{handler.__name__}".replace("_", "-")

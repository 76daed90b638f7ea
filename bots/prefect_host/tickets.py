"""How a browser is let into Prefect without its password being typed, printed or put into an address.

`rekey prefect open` asks the server for a ticket and prints a link that ends in it. What follows the # of an
address leaves no browser, so no log has it. The page behind the link hands the ticket in and keeps what it
gets for it where Prefect's own sign-in page does.
"""

from __future__ import annotations

import secrets
import time

from starlette.responses import HTMLResponse, Response

TICKET, SIGN_IN, SCRIPT = "/rekey/ticket", "/rekey/sign-in", "/rekey/sign-in.js"
_GOOD_FOR = 300.0


class Tickets:
    """Each is good once, and for some minutes."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def issue(self) -> str:
        now = time.monotonic()
        self._until = {ticket: until for ticket, until in self._until.items() if until > now}
        ticket = secrets.token_urlsafe(32)
        self._until[ticket] = now + _GOOD_FOR
        return ticket

    def take(self, ticket: str) -> bool:
        return self._until.pop(ticket, 0.0) > time.monotonic()


_TEXT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Signing in to Prefect</title></head>
<body>
<p role="status">Signing in.</p>
<script src="/rekey/sign-in.js"></script>
</body>
</html>
"""
_CODE = """const ticket = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
fetch(location.pathname, {method: "POST", body: ticket}).then(async (answer) => {
  if (!answer.ok) throw answer.status;
  localStorage.setItem("prefect-password", await answer.text());
  location.replace("/");
}).catch(() => {
  document.querySelector("p").textContent =
    "This link is used up or too old. Ask for a new one: rekey prefect open.";
});
"""
_NOT_KEPT = {"Cache-Control": "no-store"}


def page() -> HTMLResponse:
    return HTMLResponse(_TEXT, headers=_NOT_KEPT)


def script() -> Response:
    return Response(_CODE, media_type="text/javascript", headers=_NOT_KEPT)

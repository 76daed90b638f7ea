"""The pages' styles, scripts and icon: a fixed list of names, read once, at addresses with their digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parents[1] / "assets"
FILES = {
    "govuk-frontend.css": "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css",
    "govuk-frontend.js": "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "htmx.js": "node_modules/htmx.org/dist/htmx.min.js",
    "rekey.css": "rekey.css",
    "rekey.js": "rekey.js",
    "start.js": "start.js",
    "rekey.svg": "rekey.svg",
}
"""Name in an address: file under `assets/`. Nothing else on the disk can be asked for."""
MISSING = "The console's style is missing. Run make setup on a machine with npm, and start the console again."
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FONT_FACES = re.compile(r"(?:/\*![^*]*\*/)?@font-face\{[^}]*\}")
_FOREIGN_ADDRESSES = re.compile(r"url\(/assets/[^)]*\)")
_SOURCE_MAPS = re.compile(r"(?://|/\*)# sourceMappingURL=\S+(?: \*/)?\s*$")


@dataclass(frozen=True, kw_only=True)
class Assets:
    """The files' bytes by name, and one digest over all of them, so that they can name each other."""

    files: Mapping[str, bytes]
    digest: str

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Self:
        found = {name: folder / file for name, file in FILES.items() if (folder / file).is_file()}
        files = {name: _ours(name, file.read_bytes()) for name, file in found.items()}
        whole = hashlib.sha256(b"".join(name.encode() + files[name] for name in sorted(files)))
        return cls(files=files, digest=whole.hexdigest()[:16])

    @property
    def missing(self) -> str:
        """One sentence when set-up could not install them all, else nothing."""
        return "" if len(self.files) == len(FILES) else MISSING

    def address(self, name: str) -> str:
        """Where a browser finds it; nothing for one that is not installed."""
        if name not in FILES:
            raise KeyError(name)
        return f"/assets/{self.digest}/{name}" if name in self.files else ""

    def route(self) -> Route:
        """Needs no session: there is no personal data in it."""
        return Route("/assets/{digest}/{name}", self._serve, methods=["GET"], name="assets")

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["digest"] != self.digest or name not in self.files:
            raise HTTPException(404)
        return Response(
            self.files[name],
            media_type=_TYPES[Path(name).suffix],
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )


def _ours(name: str, content: bytes) -> bytes:
    """Councils may use neither the GDS Transport font nor the crest: no page names or asks for them."""
    text = _SOURCE_MAPS.sub("", content.decode("utf-8"))
    if name == "govuk-frontend.css":
        text = _FONT_FACES.sub("", text)
        text = _FOREIGN_ADDRESSES.sub("none", text)
        text = text.replace("GDS Transport,arial,sans-serif", "var(--rekey-font,sans-serif)")
    return text.encode()

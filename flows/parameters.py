"""The parameters of the flows, as the forms in Prefect's UI show them.

Prefect stores parameters as plain JSON: names and opaque ids only, never a person's data.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from bots.processes.registry import names


def _words(title: str, description: str, **more: JsonValue) -> JsonDict:
    """Prefect replaces a field's own title and description by the parameter's name; these it keeps."""
    return {"title": title, "description": description, **more}


_PROCESS = _words("Process", "Which business procedure to carry out.", enum=list(names()))
_SESSIONS = _words(
    "Sessions", "Signed-in browser sessions to use at once, 1 to 8. Each system's own limit still holds."
)
_MAX_ITEMS = _words("At most this many items", "Leave empty to work until the queue is empty.")
_SHADOW = _words("Rehearsal", "Do everything except saving: nothing is changed in any system.")
_STORE = _words("Store", "Set by the deployment; a worker that finds another store stops. Leave it as it is.")

ProcessName = Annotated[str, Field(json_schema_extra=_PROCESS)]
Sessions = Annotated[int, Field(ge=1, le=8, json_schema_extra=_SESSIONS)]
MaxItems = Annotated[int | None, Field(ge=1, json_schema_extra=_MAX_ITEMS)]
Shadow = Annotated[bool, Field(json_schema_extra=_SHADOW)]
StoreId = Annotated[str | None, Field(json_schema_extra=_STORE)]

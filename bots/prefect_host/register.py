"""What Rekey deployed, in its own words: which runs its worker carries out, and where their code lies.

The register is a file of the home, never Prefect's: whoever may sign in to Prefect can change every
deployment there, make new ones, and change a run after it was asked for. So nothing that a run executes is
taken from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bots.engine.core.errors import RekeyError

from .private_files import write_private

_FIXED = ("process", "store")
"""Parameters that say which work a deployment is for. No run may have others than its deployment."""


class Registered(BaseModel):
    """A deployment as Rekey made it. `digest` is of what Prefect then kept of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    entrypoint: str
    directory: Path
    parameters: tuple[str, ...]
    fixed: dict[str, Any]
    digest: str


_Entries = TypeAdapter(dict[str, Registered])


class Register:
    """By the ids of deployments."""

    def __init__(self, home: Path) -> None:
        self._file = home / "prefect" / "deployments.json"

    def write(self, project: Path, deployments: Sequence[Mapping[str, Any]]) -> None:
        """Register what stands in a project's prefect.yaml, and forget what stood there before.

        `deployments`: as the server keeps them now; what is not in the file is not Rekey's.
        """
        told = yaml.safe_load((project / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
        entrypoints = {one["name"]: one["entrypoint"] for one in told}
        others = {id_: one for id_, one in self._entries().items() if one.directory != project}
        ours = {
            one["id"]: _registered(one, entrypoints[one["name"]], project)
            for one in deployments
            if one["name"] in entrypoints
        }
        write_private(self._file, _Entries.dump_json({**others, **ours}, indent=1).decode())

    def admit(self, run: Mapping[str, Any], deployment: Mapping[str, Any] | None) -> Registered:
        """The entry of a run's deployment. Raises RekeyError `forged-run` when it is to be left alone."""
        found = self.of_run(run)
        if deployment is None or _digest(deployment) != found.digest:
            raise _forged(
                f"{found.name} was changed in Prefect since Rekey deployed it. To put it right, start "
                "rekey up again, or with a server of your own: rekey prefect deploy."
            )
        if asked := sorted(run.get("job_variables") or {}):
            raise _forged(f"No run may bring job variables of its own ({', '.join(asked)}).")
        return found

    def of_run(self, run: Mapping[str, Any]) -> Registered:
        """The same without asking Prefect: the entry, and whether the run's parameters are within it."""
        found = self._entries().get(str(run.get("deployment_id")))
        if found is None:
            raise _forged("Rekey did not make the deployment of this run.")
        parameters = run.get("parameters") or {}
        refuse_unknown(found.name, found.parameters, parameters)
        for name, value in found.fixed.items():
            if name not in parameters or parameters[name] != value:
                raise _forged(f"A run of {found.name} cannot have another {name} than its deployment has.")
        return found

    def _entries(self) -> dict[str, Registered]:
        try:
            return _Entries.validate_json(self._file.read_bytes())
        except (OSError, ValidationError):
            return {}  # nothing is registered: nothing is run


def refuse_unknown(deployment: str, known: Collection[str], given: Mapping[str, Any]) -> None:
    """Raises RekeyError `no-such-parameter`."""
    if unknown := sorted(set(given) - set(known)):
        told = ", ".join(sorted(known)) or "none"
        raise RekeyError(
            "no-such-parameter",
            f"{deployment} has no parameter {', '.join(unknown)}. It has: {told}. Nothing was started.",
        )


def known_parameters(deployment: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted((deployment["parameter_openapi_schema"] or {}).get("properties", {})))


def _registered(deployment: Mapping[str, Any], entrypoint: str, project: Path) -> Registered:
    return Registered(
        name=deployment["name"],
        entrypoint=entrypoint,
        directory=project,
        parameters=known_parameters(deployment),
        fixed=_fixed(deployment),
        digest=_digest(deployment),
    )


def _fixed(deployment: Mapping[str, Any]) -> dict[str, Any]:
    given = deployment["parameters"] or {}
    return {name: given[name] for name in _FIXED if name in given}


def _digest(deployment: Mapping[str, Any]) -> str:
    """Of all that says what a deployment's runs do. Schedules, texts and limits people may change."""
    facts = {name: deployment.get(name) or None for name in ("name", "entrypoint", "path", "pull_steps")}
    facts |= {"id": str(deployment["id"]), "variables": deployment.get("job_variables") or None}
    text = json.dumps({**facts, "fixed": _fixed(deployment)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _forged(sentence: str) -> RekeyError:
    return RekeyError("forged-run", f"{sentence} Nothing was started.")

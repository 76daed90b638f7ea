"""Reading screen maps: YAML files to values, with errors that name the file and the path inside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ...core.errors import ConfigurationError
from ...core.hours import Hours
from ...core.record import digest
from .opening_hours import hours_of
from .schema import ScreenMap, SystemMap

LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C where there is one: ten times as fast."""
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class System:
    """A system as its folder describes it; `digest` is the version of its maps."""

    map: SystemMap
    screens: dict[str, ScreenMap]
    digest: str

    @property
    def hours(self) -> Hours | None:
        """When it may be worked; None: always."""
        if self.map.hours is None:
            return None
        return hours_of(self.map.hours, self.map.bank_holidays, self.map.closed_on)

    def screen(self, name: str) -> ScreenMap:
        if name not in self.screens:
            raise ConfigurationError(
                "unknown-screen", f"The system {self.map.system} has no screen map {name}.yaml."
            )
        return self.screens[name]


def load_system(folder: Path) -> System:
    """Read `<folder>/system.yaml` and every other map beside it.

    Raises ConfigurationError with the file and the path of the first few mistakes.
    """
    if not (folder / "system.yaml").is_file():
        raise ConfigurationError("unknown-system", f"There is no screen map {folder.name}/system.yaml.")
    system, raw = _read(folder / "system.yaml", SystemMap)
    raws: dict[str, Any] = {"system": raw}
    screens = {}
    for file in sorted(folder.glob("*.yaml")):
        if file.name == "system.yaml":
            continue
        screen, raws[file.stem] = _read(file, ScreenMap)
        if screen.screen != file.stem:
            _fail(file, f"screen is {screen.screen}, but the file is named {file.name}")
        screens[file.stem] = screen
    if system.system != folder.name:
        _fail(folder / "system.yaml", f"system is {system.system}, but the folder is named {folder.name}")
    if system.sign_in.screen not in screens:
        _fail(folder / "system.yaml", f"sign_in.screen: there is no {system.sign_in.screen}.yaml")
    out = system.sign_out
    if out is not None and out.screen is not None:
        known = screens[out.screen].actions if out.screen in screens else {}
        if any(name not in known or known[name].commits for name in out.actions):
            _fail(folder / "system.yaml", f"sign_out: {out.screen} has no such actions, or they commit")
    return System(map=system, screens=screens, digest=digest(raws))


def _read(file: Path, model: type[M]) -> tuple[M, Any]:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        _fail(file, " ".join(str(error).split()))
    try:
        return model.model_validate(raw), raw
    except ValidationError as error:
        mistakes = [f"{'.'.join(str(p) for p in e['loc']) or 'file'}: {e['msg']}" for e in error.errors()[:3]]
        _fail(file, "; ".join(mistakes))


def _fail(file: Path, why: str) -> NoReturn:
    raise ConfigurationError("screen-map", f"selectors/{file.parent.name}/{file.name}: {why}.")

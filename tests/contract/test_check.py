"""`rekey intake PROCESS PATH... --check`: what files would give, as a command, and nothing is queued."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from bots.engine.settings import ROOT

HEAD = (
    "Account no", "Tenant", "Leaving address", "Leaving postcode", "Date left", "New address", "New postcode",
    "Moving in",
)  # fmt: skip
ROW = (
    "412345",
    "A Testerton",
    "1 Sample St",
    "ZZ1 4AB",
    "05/02/2026",
    "2 Sample St",
    "ZZ1 4AC",
    "05/02/2026",
)


def checked(home: Path, *options: object) -> tuple[int, dict[str, Any], str]:
    file = home / "facts.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("REKEY_")}
    command = (sys.executable, "-m", "bots", "intake", "council-tax-moves", *map(str, options), "--check")
    done = subprocess.run(
        (*command, "--json", str(file)),
        cwd=ROOT,
        env=environment | {"REKEY_HOME": str(home), "COLUMNS": "200", "REKEY_FILE_PATIENCE": "0.2"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    files = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"files": []}
    return done.returncode, {each["file"]: each for each in files["files"]}, done.stdout + done.stderr


def workbook(path: Path, *rows: tuple[str, ...]) -> Path:
    book = Workbook()
    for row in (HEAD, *rows):
        book.active.append(row)
    book.save(path)
    return path


def test_every_file_of_a_folder(tmp_path: Path) -> None:
    folder, home = tmp_path / "files", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    workbook(folder / "good.xlsx", ROW, ROW)
    workbook(folder / "partly.xlsx", ROW, (*ROW[:4], "31/02/2026", *ROW[5:]))
    (folder / "rows.csv").write_text("\n".join(map(",".join, (HEAD, ROW))) + "\n", encoding="utf-8")
    (folder / "letter.docx").write_text("Dear Sir", encoding="utf-8")
    (folder / "empty.xlsx").touch()
    status, files, said = checked(home, folder, tmp_path / "not-there.xlsx")
    assert status == 1, "some would be refused"
    found = {name: (f["verdict"], f["code"], f["records"], f["problems"]) for name, f in files.items()}
    assert found == {
        "good.xlsx": ("read", None, 2, 0),
        "partly.xlsx": ("partly", None, 1, 1),
        "rows.csv": ("read", None, 1, 0),
        "letter.docx": ("refused", "no-header", 0, 0),
        "empty.xlsx": ("refused", "file-incomplete", 0, 0),
        "not-there.xlsx": ("refused", "no-such-file", 0, 0),
    }
    assert "partly.xlsx: Row 3: Column E (Date left) is a day that does not exist" in said
    assert files["good.xlsx"]["seconds"] > 0
    assert files["good.xlsx"]["peak_mb"] > 10
    assert files["not-there.xlsx"]["seconds"] == 0, "it was never opened"
    assert "Testerton" not in said
    assert not list(home.glob("*.db")), "there is no store, and it makes none"


def test_all_is_well(tmp_path: Path) -> None:
    status, files, _ = checked(tmp_path, workbook(tmp_path / "good.xlsx", ROW))
    assert (status, files["good.xlsx"]["verdict"]) == (0, "read")


def test_no_file_is_named(tmp_path: Path) -> None:
    status, _, said = checked(tmp_path)
    assert (status, said.strip()) == (2, "Name the files that are to be checked.")

"""`python -m tests.benchmarks NAME [--json FILE]`: comparisons in one run, alternating."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
from pathlib import Path

from bots.terminal.display import console, table

NAMES = ("audit", "console", "documents", "intake", "keying", "queue", "wire", "work_list")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--items", type=int)
    asked = parser.parse_args()
    module = importlib.import_module(f"tests.benchmarks.{asked.name}")
    options = {"items": asked.items} if asked.items else {}
    result = asyncio.run(module.run(**options))
    rows = [(r["name"], f"{r['median_ms']:.1f}", f"{r['p95_ms']:.1f}", r["n"]) for r in result["rows"]]
    table(f"Benchmark {asked.name}", ("What", "Median ms", "95% ms", "n"), rows)
    for name, ratio in result["ratios"].items():
        console.print(f"{name}: {ratio:.2f}")
    for name, fact in result.get("facts", {}).items():
        console.print(f"{name}: {fact}")
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""A person without a browser at the benefits system: signs in, sends files, posts forms, reads pages."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from html import unescape
from itertools import count
from typing import Any

import httpx

from fixtures.council.accounts import Account
from fixtures.council.benefit_entries import Claim
from fixtures.council.serve import RunningCouncil

# Claims of these tests alone, so that no test meets another's and no sample's.
_next = count(1)
FORM = b"%PDF-1.4 the form"
DIGEST = sha256(FORM).hexdigest()


@asynccontextmanager
async def desk_of(council: RunningCouncil, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=council.benefits, follow_redirects=True) as client:
        await sign_in(client, account)
        yield client


async def sign_in(client: httpx.AsyncClient, account: Account) -> httpx.Response:
    return await client.post("/sign-in", data={"username": account.username, "password": account.password})


async def arm(council: RunningCouncil, fault: str, value: Any = None, **more: Any) -> None:
    async with httpx.AsyncClient(base_url=council.control) as control:
        ask = {"app": "benefits", "fault": fault, "value": value} | more
        answer = await control.post("/faults", json=ask)
    assert answer.status_code == 200, answer.text


def a_claim(council: RunningCouncil, **change: Any) -> Claim:
    number = next(_next)
    values: dict[str, Any] = {
        "number": f"HB99{number:05}",
        "nino": f"QQ{number:06}C",
        "name": "Asha Testerton",
        "born": date(1980, 4, 1),
        "address": f"{number} Quince Sample Road, Examplewick",
        "postcode": "ZZ99 9ZZ",
    }
    claim = Claim(**values | change)
    council.town.claims.load([claim])
    return claim


def log(council: RunningCouncil, claim: Claim) -> list[dict[str, Any]]:
    """The lines of the save log that speak of a claim."""
    book = next(one for one in council.town.databases if one.rows("PRAGMA table_info(claims)"))
    rows = book.rows("SELECT * FROM save_log ORDER BY id")
    lines = [
        {"kind": row["kind"], "reference": row["reference"], "by": row["sign_in"]}
        | json.loads(row["values_json"])
        for row in rows
    ]
    return [line for line in lines if line["claim"] == claim.number]


async def stage(client: httpx.AsyncClient, content: bytes = FORM) -> dict[str, Any]:
    answer = await client.post("/documents/stage", files={"file": ("form.pdf", content)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def form(client: httpx.AsyncClient, **changes: str) -> dict[str, str]:
    fields = {
        "code": "rent",
        "changed_on": "01/09/2026",
        "form_dated": "03/09/2026",
        "amount": "£1,012.50",
        "period": "m",
        "person": "",
        "notes": "First line\r\nand <b>second</b>",
        "document_id": (await stage(client))["id"],
        "command": "Save",
    }
    return fields | changes


async def record(client: httpx.AsyncClient, claim: Claim, **changes: str) -> httpx.Response:
    data = await form(client, **changes)
    return await client.post(f"/claims/{claim.number}/changes/new", data=data)


async def get(client: httpx.AsyncClient, path: str, **asked: str) -> str:
    return (await client.get(path, params=asked or None)).text


async def tab(client: httpx.AsyncClient, claim: Claim, name: str) -> str:
    return await get(client, f"/claims/{claim.number}/panels/{name}")


def heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    return found[1] if found else ""


def shown(html: str, *ids: str) -> list[str]:
    """The text of the elements of these ids."""
    found = [re.search(rf'<(\w+)[^>]* id="{one}"[^>]*>(.*?)</\1>', html, re.DOTALL) for one in ids]
    return [unescape(re.sub("<[^>]+>", "", one[2])) if one else "-" for one in found]


def rows(html: str) -> list[list[str]]:
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", one, re.DOTALL) for one in html.split("<tr>")]
    return [[unescape(re.sub("<[^>]+>", "", cell)) for cell in line] for line in lines if line]


def reference_in(answer: httpx.Response) -> str:
    assert heading(answer.text) == "Change recorded", answer.text
    reference = shown(answer.text, "reference")[0]
    assert re.fullmatch(r"CH-\d{6}", reference)
    return reference

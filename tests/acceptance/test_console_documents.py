"""What the sender handed in, beside the record, and the documents to check: in a real browser, on scans,
printed forms and workbooks of the demo council. What became of a form stands in the council's own books."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from PIL import Image, ImageChops, ImageDraw, ImageStat
from playwright.async_api import Page, expect

from bots.engine.core.column import columns_of
from bots.engine.core.item import Batch, NewItem, State, WorkItem
from bots.engine.core.people import Role
from bots.engine.documents.pages.page import Box
from bots.engine.documents.pdf.pdf import leaves_of
from bots.processes.registry import find
from fixtures.council.samples.benefit_change import BenefitChange, Paper
from fixtures.council.samples.benefit_form import LAYOUTS, draw_form, new_canvas
from fixtures.council.samples.benefit_inbox import benefit_changes
from fixtures.council.samples.benefit_scan import SCALE, picture_of
from tests import staff
from tests.benefits import BENEFITS
from tests.console import Office, accessible, an_office, confirmed, pictured
from tests.moves import workbook
from tests.town import MOVES, PROCESS, a_town, rekeyed

FORMS, SEED = 15, 7
HARD = ("IMG_2026_0008.pdf", "Fwd_ housing benefit (12).pdf")
"""Of these samples: one scan whose notes are hard to read, and one behind somebody else's form."""
SCRAWLED = ("name", "postcode", "changed_on")
SEND = "All right: send it on"
SKIP = "Skip: leave it for a colleague"
NOW = re.compile("rekey-box--now")


@dataclass(frozen=True, kw_only=True)
class Desk:
    office: Office
    scrawled: BenefitChange  # the form that lay upside down in the scanner, with three fields scrawled over

    async def items(self, process: str = BENEFITS) -> list[WorkItem]:
        return await self.office.rekey.queue.items(process, limit=1000)

    async def to_check(self) -> list[WorkItem]:
        """In the order in which they come up: none of them is urgent, and all are due on one day."""
        found = [one for one in await self.items() if one.code == "value-to-check"]
        return sorted(found, key=lambda one: (one.created, one.id))

    async def scan(self) -> WorkItem:
        """The scrawled one."""
        [found] = [one for one in await self.items() if one.data.get("claim") == self.scrawled.claim.number]
        return found

    def change(self, item: WorkItem) -> BenefitChange:
        """What is right."""
        made = benefit_changes(FORMS, SEED).changes
        return next(one for one in made if one.claim.number == item.data["claim"])

    async def done(self, item: WorkItem, change: BenefitChange) -> None:
        """The bot keys it, and the council's own book has it once, with the right values."""
        await self.office.rekey.work(BENEFITS, sessions=1)
        now = await self.office.item(item.id)
        assert now.state is State.DONE, now.sentence
        right = change.right_values(str(now.data["document"]).removesuffix(".pdf"))
        saves = [one for one in self.office.town.saves("benefits") if one.get("claim") == right["claim"]]
        assert len(saves) == 1
        assert {name: saves[0][name] for name in right} == right

    async def batch(self, item: WorkItem) -> Batch:
        found = await self.office.rekey.queue.batch(item.batch)
        assert found is not None
        return found

    def kept(self, process: str, name: str) -> Path:
        return self.office.rekey.settings.home / "handed-in" / process / name

    def file(self, item: WorkItem) -> Path:
        """The pages of a case alone."""
        return self.kept(BENEFITS, str(item.data["document"]))


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("station")
    options = ("--benefits", str(FORMS), "--moves", "12")
    async with a_town(folder, 10, SEED, *options) as town, rekeyed(town) as rekey:
        change = scrawled(folder / "held to the light.pdf")
        hard = [town.council / "forms" / name for name in HARD]
        read = await rekey.hand_in(BENEFITS, [folder / "held to the light.pdf", *hard])
        assert all(one.rows for one in read), read
        spoilt(workbook(town), folder / "moves.xlsx")
        await rekey.hand_in(MOVES, [folder / "moves.xlsx"])
        await town.reported(rekey)
        async with an_office(town, rekey) as office:
            yield Desk(office=office, scrawled=change)


def scrawled(path: Path) -> BenefitChange:
    """A printed form on which a child drew, upside down in the scanner and not straight."""
    change = next(
        one
        for one in benefit_changes(FORMS, SEED).changes
        if one.paper is Paper.PRINTED and not one.exception
    )
    file = BytesIO()
    canvas = new_canvas(file)
    draw_form(canvas, change)
    canvas.save()
    picture = picture_of(file.getvalue())
    pen = ImageDraw.Draw(picture)
    for name in SCRAWLED:
        box = LAYOUTS[change.version].boxes[name]
        left, top, width, height = (side * SCALE for side in (box.left, box.top, box.width, box.height))
        pen.line((left + 20, top + height - 14, left + width * 0.6, top + 16), fill=90, width=3)
    picture.rotate(1.1, fillcolor=255).rotate(180).save(path, "PDF", resolution=72 * SCALE)
    return change


def spoilt(original: Path, path: Path) -> None:
    """The first row has a day that does not exist, and a last column is the agent's own."""
    book = load_workbook(original)
    sheet = book["Moves"]
    assert sheet["F5"].value == "DATE LEFT"
    sheet["F6"], sheet["M5"], sheet["M6"] = "31/02/2026", "Our own number", "A-17"
    book.save(path)


async def drawn(page: Page) -> None:
    """Until all pictures are there."""
    for picture in await page.locator("main img").all():
        await expect(picture).to_have_js_property("complete", True)
        assert await picture.evaluate("one => one.naturalWidth") > 0


# ---- pages of a document --------------------------------------------------------------------
async def test_it_looks_right(desk: Desk) -> None:
    """At 1400 and at 320 pixels, as an item and as a document to check."""
    item = await desk.scan()
    for width, name in ((1400, "wide"), (320, "narrow")):
        async with desk.office.reviewer(viewport={"width": width, "height": 900}) as page:
            for address in (f"/check/{item.id}", f"/items/{item.id}"):
                await page.goto(address)
                await drawn(page)
                await accessible(page)
                await pictured(page, f"documents-{address.split('/')[1]}-{name}")
            across = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            assert await page.evaluate(across), "nothing is wider than the window"


async def test_boxes_lie_where_the_values_are(desk: Desk) -> None:
    """In a form of text, and in a scan that lay upside down: the words under each box are the value."""
    printed = next(one for one in await desk.items() if one.origin.get("scanned") is False)
    for item in (printed, await desk.scan()):
        leaves = leaves_of(desk.file(item))
        leaf = next(leaves)
        async with desk.office.reviewer() as page:
            await page.goto(f"/items/{item.id}")
            await drawn(page)
            for name in ("claim", "name", "postcode", "changed_on", "signed_on"):
                box = await box_of(page, name)
                place = Box(*(side * leaf.page.width for side in box))
                words = [word.text for word in leaf.page.words if place.holds(word.box.middle)]
                said = "".join(words).replace(" ", "")
                if name in ("claim", "name", "postcode"):
                    assert said == str(item.data[name]).replace(" ", ""), name
                assert words, name
            served = await page.request.get(f"/items/{item.id}/pages/{item.origin['pages'][0]}")
            assert served.headers["cache-control"] == "no-store"
            assert alike(await served.body(), leaf.draw(1.0)), "what is shown is what was read"


async def box_of(page: Page, name: str) -> tuple[float, float, float, float]:
    """A value's box as it is on the screen, in widths of the page's picture."""
    rect = await page.locator(f'[data-box="{name}"]').bounding_box()
    picture = await page.locator("[data-paper] img").first.bounding_box()
    assert rect is not None
    assert picture is not None
    left, top = rect["x"] - picture["x"], rect["y"] - picture["y"]
    wide = picture["width"]
    return left / wide, top / wide, (left + rect["width"]) / wide, (top + rect["height"]) / wide


def alike(content: bytes, page: Image.Image) -> bool:
    """Whether two pictures show the same page, the same way up."""
    one, other = (found.convert("L").resize((300, 424)) for found in (Image.open(BytesIO(content)), page))
    same, turned = (
        ImageStat.Stat(ImageChops.difference(one, picture)).mean[0] for picture in (other, other.rotate(180))
    )
    return same < turned / 2


async def test_the_page_follows_the_field(desk: Desk) -> None:
    item = await desk.scan()
    async with desk.office.reviewer() as page:
        await page.goto(f"/items/{item.id}")
        await drawn(page)
        # The first of the form, and one far below.
        for name, label in (("claim", "Claim"), ("signed_on", "Signed on")):
            await page.get_by_label(label, exact=True).focus()
            box = page.locator(f'[data-box="{name}"]')
            await expect(box).to_have_class(NOW)
            await expect(page.locator(".rekey-box--now")).to_have_count(1)
            await expect(box).to_be_in_viewport(ratio=1)
            rect, pane = await box.bounding_box(), await page.locator("[data-paper]").bounding_box()
            assert rect is not None
            assert pane is not None
            assert pane["y"] <= rect["y"]
            assert rect["y"] + rect["height"] <= pane["y"] + pane["height"]
        await page.locator('[data-box="postcode"]').click()
        await expect(page.get_by_label("Postcode")).to_be_focused()
        hint = page.locator("#hint-postcode")
        await expect(hint).to_contain_text("Hard to read: please check. The reader could not make it out")


async def test_a_place_can_be_seen_without_scripts(desk: Desk) -> None:
    item = await desk.scan()
    async with desk.office.reviewer(java_script_enabled=False) as page:
        await page.goto(f"/items/{item.id}")
        link = page.get_by_role("link", name="(Claim)")
        await expect(link).to_have_text("See it on page 1(Claim)")
        answer = await page.request.get(await link.get_attribute("href") or "")
        cut = Image.open(BytesIO(await answer.body())).convert("L")
        assert 300 < cut.width < 700, cut.size
        assert cut.height < cut.width / 2
        assert cut.getextrema()[0] < 90, "something is written there"
        assert (await page.request.get(f"/items/{item.id}/places/document")).status == 404
        assert (await page.request.get(f"/items/{item.id}/pages/2")).status == 404
        assert (await page.request.get(f"/items/{item.id}/pages/..%2f1")).status == 404


async def test_of_a_file_of_several_only_ones_own_pages(desk: Desk) -> None:
    """The case behind somebody else's form: the pages before it are not its own."""
    item = next(one for one in await desk.to_check() if one.origin["pages"][0] > 1)
    first, last = item.origin["pages"]
    leaves = leaves_of(desk.file(item))
    leaf = next(leaves)
    async with desk.office.reviewer() as page:
        await page.goto(f"/items/{item.id}")
        await drawn(page)
        await expect(page.get_by_alt_text("as it was handed in")).to_have_count(last - first + 1)
        assert (await page.request.get(f"/items/{item.id}/pages/{first - 1}")).status == 404
        served = await page.request.get(f"/items/{item.id}/pages/{first}")
        assert alike(await served.body(), leaf.draw(1.0))


async def test_who_may_not_see_a_page(desk: Desk) -> None:
    item = await desk.scan()
    addresses = (f"/items/{item.id}/pages/1", f"/items/{item.id}/places/name")
    async with desk.office.staff("vera", (Role.VIEWER, BENEFITS)) as page:
        await page.goto(f"/items/{item.id}")
        await expect(page.get_by_text("The pages hold personal data")).to_be_visible()
        assert await page.locator("main img").count() == 0
        assert item.data["name"] not in await page.content()
        for address in (*addresses, "/check", f"/check/{item.id}"):
            assert (await page.request.get(address)).status == 403
    async with desk.office.staff("mona", (Role.REVIEWER, MOVES)) as page:
        for address in (*addresses, f"/check/{item.id}"):
            assert (await page.request.get(address)).status == 404
        await page.goto("/check")
        await expect(page.get_by_text("Nothing is left to check.")).to_be_visible()


async def test_an_erased_file(desk: Desk) -> None:
    """Seen before, and remembered: gone with the file all the same."""
    item = await desk.scan()
    file = desk.file(item)
    kept = desk.kept(BENEFITS, str((await desk.batch(item)).detail["kept"]))
    async with desk.office.reviewer() as page:
        assert (await page.request.get(f"/items/{item.id}/pages/1")).status == 200
        for one in (file, kept):
            one.rename(one.with_suffix(".away"))
        try:
            await page.goto(f"/items/{item.id}")
            await expect(page.get_by_text("is not on this machine any more")).to_be_visible()
            assert (await page.request.get(f"/items/{item.id}/pages/1")).status == 404
            await page.goto(f"/check/{item.id}")
            await expect(page.get_by_text("is not on this machine any more")).to_be_visible()
            await accessible(page)
        finally:
            for one in (file, kept):
                one.with_suffix(".away").rename(one)


# ---- rows and screens -----------------------------------------------------------------------
async def test_a_row_as_it_was_handed_in(desk: Desk) -> None:
    item = next(one for one in await desk.items(MOVES) if one.origin["row"] == 6)
    async with desk.office.reviewer() as page:
        await page.goto(f"/items/{item.id}")
        table = page.get_by_role("table", name="The row as it was handed in")
        row = table.get_by_role("row").filter(has_text="DATE LEFT")
        await expect(row).to_contain_text("31/02/2026")
        await expect(row).to_contain_text("It is a day that does not exist")
        unread = table.get_by_role("row").filter(has_text="not read by the bot")
        await expect(unread.filter(has_text="Our own number")).to_contain_text("A-17")
        await accessible(page)
        await pictured(page, "documents-row")
    async with desk.office.staff("vic", (Role.VIEWER, MOVES)) as page:
        await page.goto(f"/items/{item.id}")
        await expect(page.get_by_role("table", name="The row as it was handed in")).to_be_visible()
        text = await page.content()
        assert "A-17" not in text, "nobody knows what it is"
        assert str(item.data["name"]) not in text


async def test_a_row_that_its_sender_corrected(desk: Desk, tmp_path: Path) -> None:
    """It stands elsewhere in the later workbook: that row is shown, and never somebody else's."""
    item = next(one for one in await desk.items(MOVES) if one.state is State.NEW and one.origin["row"] > 8)
    corrected(item, tmp_path / "again.xlsx")
    await desk.office.rekey.hand_in(MOVES, [tmp_path / "again.xlsx"])
    now = await desk.office.item(item.id)
    assert (now.version, now.origin["row"]) == (2, 7)
    async with desk.office.reviewer() as page:
        await page.goto(f"/items/{item.id}")
        row = page.get_by_role("table", name="The row as it was handed in").get_by_role("row")
        await expect(row.filter(has_text="Tenant")).to_contain_text(item.data["name"])
        await expect(row.filter(has_text="Notes")).to_contain_text("Keys are with the agent")
        batches = await desk.office.rekey.queue.batches(MOVES)
        later = max(batches, key=lambda one: one.received)
        kept = desk.kept(MOVES, str(later.detail["kept"]))
        kept.rename(kept.with_suffix(".away"))
        await page.reload()
        await expect(page.get_by_text("is not on this machine any more")).to_be_visible()
        kept.with_suffix(".away").rename(kept)


async def test_what_its_source_says_now_stands_beside_the_record(desk: Desk) -> None:
    queue = desk.office.rekey.queue
    [one, *_] = await desk.items(MOVES)
    known = NewItem(
        reference="again-1",
        data=dict(one.data),
        code="invalid-record",
        sentence="No.",
        origin=dict(one.origin),
    )
    batch = await queue.open_batch(MOVES, "moves.xlsx", "test")
    [(_, item)] = await queue.add(MOVES, batch, [known])
    await staff.retry(queue, item, "person/bob", "by the map", {**one.data, "notes": "Ring first"})
    later = await queue.open_batch(MOVES, "moves-again.xlsx", "test")
    said = {**one.data, "name": "Zeno Testerton", "moved_in": ""}
    row = replace(known, data=said, sentence="Moving in is a formula without a stored value.")
    await queue.add(MOVES, later, [row])
    assert (await desk.office.item(item)).code == "changed-at-source"
    async with desk.office.reviewer() as page:
        await page.goto(f"/items/{item}")
        now = page.get_by_role("table", name="What its source says now")
        rows = now.get_by_role("row")
        await expect(rows).to_have_count(4)  # with its head
        differs = re.compile(rf"Zeno Testerton \(differs\)\s+{one.data['name']}")
        await expect(rows.filter(has_text="Tenant")).to_contain_text(differs)
        await expect(rows.filter(has_text="Moving in")).to_contain_text("(blank) (differs)")
        await expect(page.get_by_text("a formula without a stored value")).to_be_visible()
        await accessible(page)
    async with desk.office.staff("vic", (Role.VIEWER, MOVES)) as page:
        await page.goto(f"/items/{item}")
        assert "Zeno" not in await page.content()
    await staff.withdraw(queue, item, "test", "only looked at")


def corrected(item: WorkItem, path: Path) -> None:
    """The same case alone in row 7 of a workbook, with a note."""
    record = {**item.data, "notes": "Keys are with the agent", "lives_alone": "Yes"}
    columns = {name: column.name for name, column in columns_of(find(MOVES).record).items()}
    book = Workbook()
    book.active.title = "Moves"
    for place, (name, heading) in enumerate(columns.items(), start=1):
        book.active.cell(6, place, heading)
        book.active.cell(7, place, record[name])
    book.save(path)


async def test_a_record_from_a_screen(desk: Desk) -> None:
    item = next(one for one in await desk.items(PROCESS) if one.state is State.NEW)
    async with desk.office.reviewer() as page:
        await page.goto(f"/items/{item.id}")
        table = page.get_by_role("table", name="As the source showed it")
        await expect(table.get_by_role("row").filter(has_text="Uprn")).to_contain_text(item.data["uprn"])
        await accessible(page)
    async with desk.office.staff("vito", (Role.VIEWER, PROCESS)) as page:
        await page.goto(f"/items/{item.id}")
        assert item.data["reported_by"] not in await page.content()


# ---- the documents to check -----------------------------------------------------------------
async def test_a_mistake_keeps_what_was_typed(desk: Desk) -> None:
    item = await desk.scan()
    async with desk.office.reviewer() as page:
        await page.goto(f"/check/{item.id}")
        await page.get_by_label("Changed on").fill("31/06/2026")
        await page.get_by_text("other values").click()
        await page.get_by_label("Claim", exact=True).fill("HB1")
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_role("alert")).to_contain_text("Changed on is a day that does not exist")
        await expect(page.get_by_label("Changed on")).to_have_value("31/06/2026")
        claim = page.get_by_label("Claim", exact=True)
        await expect(claim).to_be_visible()
        await expect(claim).to_have_value("HB1")
        await drawn(page)
        await accessible(page)
        await pictured(page, "documents-mistake")
    assert (await desk.office.item(item.id)).version == 1, "nothing was changed"


async def test_skipping_and_colleagues(desk: Desk) -> None:
    """Nobody is given what a colleague looks at, and what is skipped waits for somebody else."""
    first, second, third = [one.id for one in await desk.to_check()]
    async with desk.office.reviewer("ann") as page, desk.office.reviewer("bob") as other:
        await page.goto("/check")
        await page.wait_for_url(f"**/check/{first}")
        await expect(page.get_by_text("3 left")).to_be_visible()
        await other.goto("/check")
        await other.wait_for_url(f"**/check/{second}")
        await page.get_by_role("button", name=SKIP).click()
        await page.wait_for_url(f"**/check/{third}")
        await page.get_by_role("button", name=SKIP).click()
        await expect(page.get_by_text("You have been through all of them.")).to_be_visible()
        await expect(page.get_by_text("3 are left: skipped, or with a colleague.")).to_be_visible()
        await accessible(page)
        await pictured(page, "documents-end")
        await other.get_by_role("button", name=SKIP).click()
        await other.wait_for_url(f"**/check/{third}")
        await other.get_by_role("button", name=SKIP).click()
        await page.get_by_role("button", name="Begin again").click()
        await page.wait_for_url(f"**/check/{first}")


async def test_a_change_made_meanwhile(desk: Desk) -> None:
    item = (await desk.to_check())[-1]
    async with desk.office.reviewer() as page:
        await page.goto(f"/check/{item.id}")
        await page.get_by_label("Notes").fill("What I could read.")
        await staff.withdraw(desk.office.rekey.queue, item.id, "person/bob", "Sent twice.")
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_role("alert")).to_contain_text("Someone else changed this item")
        await expect(page.get_by_label("Notes")).to_have_value("What I could read.")
        await expect(page.get_by_role("button", name="Next document")).to_be_visible()
        # What is decided is not shown to be checked.
        await page.goto(f"/check/{item.id}")
        await expect(page.get_by_text("You have been through all of them.")).to_be_visible()


async def test_by_keyboard_alone_to_done(desk: Desk) -> None:
    """Enter accepts what was read well after all; the page follows; the next document is drawn beforehand."""
    first, second = await desk.to_check()
    asked: list[str] = []
    async with desk.office.reviewer() as page:
        page.on("request", lambda request: asked.append(request.url))
        await page.goto("/check")
        await page.wait_for_load_state("networkidle")
        assert any(url.endswith(f"/items/{second.id}/pages/1") for url in asked)
        for name in SCRAWLED:
            field = page.locator(f"#field-{name}")
            await expect(field).to_be_focused()
            await expect(page.locator(f'[data-box="{name}"]')).to_have_class(NOW)
            if name == "name":  # it is selected: typing replaces it
                await page.keyboard.type(desk.scrawled.claim.name)
            await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name=SEND)).to_be_focused()
        await expect(page.get_by_role("status")).to_contain_text("3 of 3 checked.")
        await pictured(page, "documents-checked")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/check/{second.id}?*")
        await confirmed(page, first, "was sent to the bot to be keyed.")
        await expect(page.get_by_text("This is the next one.")).to_be_visible()
        await expect(page.locator("[data-check-form] :focus")).to_have_count(1)
        await expect(page.get_by_text("1 left")).to_be_visible()
    await desk.done(first, desk.scrawled)


async def test_the_same_without_scripts(desk: Desk) -> None:
    [item] = await desk.to_check()
    change = desk.change(item)
    async with desk.office.reviewer(java_script_enabled=False) as page:
        await page.goto("/")
        await page.get_by_role("link", name="Documents to check").click()
        await drawn(page)
        await page.get_by_label("Notes").fill(change.notes)
        await page.get_by_role("button", name=SEND).click()
        await expect(page.get_by_text("Nothing is left to check.")).to_be_visible()
        await page.get_by_role("link", name="Go to the work list").click()
    await desk.done(item, change)

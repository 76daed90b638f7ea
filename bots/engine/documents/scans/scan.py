"""A scanned page: turned upright, straightened, and read.

Everything is told in points of the page as it should lie, not as it lay in the scanner.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ..pages.drawing import Drawing
from ..pages.page import Box, Page, Word
from .deskew import straightened
from .ink import Ink
from .leaf import Leaf
from .voting import Reading

SCALE = 200 / 72  # pixels a point
_MARGIN = 1.5  # points
_LOOKED_AT = 5  # lines, the longest ones, tell which side is up


_EYES = {
    "Global.log_level": "critical",
    "Global.return_word_box": True,
    # Line by line: filled up to the longest of six, lines take a quarter more time and twice the memory.
    "Rec.rec_batch_num": 1,
    # Where lines of text are is as plain in a smaller picture, and takes half the time to find (measured).
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    # One thread: several readers side by side are quicker than one with several threads.
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_WHOLE = {"use_det": True, "use_cls": False, "use_rec": True}  # named each time: they stay as they were last
_LINE = {"use_det": False, "use_cls": False, "use_rec": True}
_TURN = {"use_det": False, "use_cls": True, "use_rec": False}


@cache
def _eyes() -> Any:
    """The reader of pictures, made once in a process: its models take a second to load."""
    import cv2
    from rapidocr import RapidOCR  # type: ignore[import-not-found, import-untyped, unused-ignore]

    cv2.setNumThreads(1)
    return RapidOCR(params=_EYES)


def read_scan(drawing: Drawing, page: Page) -> Leaf:
    picture = straightened(drawing.grey(SCALE).convert("L"))
    found = _eyes()(_pixels(picture), **_WHOLE)
    if _upside_down(picture, found):
        picture = picture.transpose(Image.Transpose.ROTATE_180)
        found = _eyes()(_pixels(picture), **_WHOLE)
    words = _words(found)
    read = replace(
        page,
        width=picture.width / SCALE,
        height=picture.height / SCALE,
        words=words,
        fields=[],
        scanned=True,
    )
    return Leaf(
        page=read,
        ink=Ink(partial(_part, picture)),
        draw=partial(_drawn, picture),
        again=partial(_again, picture),
    )


def _drawn(picture: Image.Image, scale: float) -> Image.Image:
    size = (round(picture.width * scale / SCALE), round(picture.height * scale / SCALE))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _again(picture: Image.Image, line: Box) -> list[Reading]:
    """Twice more, from larger pictures that are cut out otherwise: what is taken for another letter in one of
    them is not plain. One is twice as wide as it should be: the reader goes in
    steps about as wide as an `i`, and took 18 of 115 `;` for one at the usual width, none so (measured)."""
    part = _part(picture, line.within(-_MARGIN))
    if part is None:
        return []
    return [_line(ImageOps.autocontrast(part, cutoff=1), 4.0, 2.0), _line(part, 1.5, 1.5)]


def _line(part: Image.Image, across: float, down: float) -> Reading:
    size = (round(part.width * across), round(part.height * down))
    found = _eyes()(_pixels(part.resize(size, Image.Resampling.LANCZOS)), **_LINE)
    return (found.txts[0], float(found.scores[0])) if found.txts else ("", 0.0)


def line_in(pixels: Any) -> str:
    """The text of one line. `pixels`: shades of grey, rows first."""
    return _line(Image.fromarray(pixels), 1.0, 1.0)[0]


def _pixels(picture: Image.Image) -> Any:
    return np.asarray(picture.convert("RGB"))


def _words(found: Any) -> list[Word]:
    if found.boxes is None:
        return []
    return [
        Word(text, _box(corners), float(sure))
        for line in found.word_results
        for text, sure, corners in line
        if corners is not None and text.strip()
    ]


def _box(corners: Any) -> Box:
    across = [float(corner[0]) / SCALE for corner in corners]
    down = [float(corner[1]) / SCALE for corner in corners]
    return Box(min(across), min(down), max(across), max(down))


def _upside_down(picture: Image.Image, found: Any) -> bool:
    """What the reader's own sense of up and down says of the longest lines."""
    if found.boxes is None:
        return False
    boxes = sorted((_box(corners) for corners in found.boxes), key=lambda box: box.left - box.right)
    turned = 0
    for box in boxes[:_LOOKED_AT]:
        line = _part(picture, box)
        if line is not None:
            turned += _eyes()(_pixels(line), **_TURN).cls_res[0][0] == "180"
    return turned * 2 > len(boxes[:_LOOKED_AT])


def _part(picture: Image.Image, box: Box) -> Image.Image | None:
    corners = [round(side * SCALE) for side in box]
    left, top = max(0, corners[0]), max(0, corners[1])
    right, bottom = min(picture.width, corners[2]), min(picture.height, corners[3])
    return picture.crop((left, top, right, bottom)) if min(right - left, bottom - top) >= 2 else None

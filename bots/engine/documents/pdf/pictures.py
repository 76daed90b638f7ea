"""Photographs and pictures of pages (JPEG, PNG, TIFF): made into a PDF, which is then read as a scan.

The same picture always becomes the same PDF. It is turned as its camera says, and as large as a sheet of A4
that it fits on: a picture says nothing of the size of the paper.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ..refusals import damaged_picture, too_large

MOST_PIXELS = 120_000_000
_LONGEST = 3508  # pixels: A4 in 300 dots an inch
_PAGES = 500
_SQUARE = 0.05  # so much may the sides of a dot differ
_QUALITY = 90
_ORIENTATION = 0x0112  # of Exif
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, ZeroDivisionError)


def pdf_of(path: Path) -> bytes:
    """Each picture of the file on a page of its own. Raises a BusinessException."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    try:
        with Image.open(path) as picture:
            for frame in _frames(picture):
                _draw(canvas, frame)
    except _BROKEN as error:
        raise damaged_picture(type(error).__name__) from error
    canvas.save()
    return file.getvalue()


def _frames(picture: Image.Image) -> Iterator[Image.Image]:
    for number, frame in enumerate(ImageSequence.Iterator(picture)):
        if frame.width * frame.height > MOST_PIXELS or number >= _PAGES:
            raise too_large()
        yield frame


def _draw(canvas: Canvas, frame: Image.Image) -> None:
    content = _jpeg(frame)
    with Image.open(io.BytesIO(content)) as picture:
        across, down = picture.size
    wide = across > down
    scale = min(A4[wide] / across, A4[not wide] / down)
    size = (across * scale, down * scale)
    canvas.setPageSize(size)
    canvas.drawImage(ImageReader(io.BytesIO(content)), 0, 0, *size)
    canvas.showPage()


def _jpeg(frame: Image.Image) -> bytes:
    """As it came, where it needs no change."""
    file = getattr(frame, "fp", None)
    if frame.format == "JPEG" and file is not None and not _needs_change(frame):
        file.seek(0)
        return bytes(file.read())
    picture = _upright(frame)
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=_QUALITY)
    return target.getvalue()


def _needs_change(frame: Image.Image) -> bool:
    turned = frame.getexif().get(_ORIENTATION, 1) != 1
    return turned or frame.mode not in ("L", "RGB") or max(frame.size) > _LONGEST or _stretch(frame) != 1.0


def _upright(frame: Image.Image) -> Image.Image:
    stretch = _stretch(frame)
    picture = ImageOps.exif_transpose(frame)
    if "A" in picture.getbands() or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        picture = Image.new("RGB", coloured.size, "white")
        picture.paste(coloured, mask=coloured.getchannel("A"))
    picture = picture.convert("L" if picture.mode in ("1", "L", "I;16", "I", "F") else "RGB")
    shrink = min(1.0, _LONGEST / max(picture.width, picture.height * stretch))
    size = (round(picture.width * shrink), round(picture.height * stretch * shrink))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


def _stretch(frame: Image.Image) -> float:
    """How much higher a dot is than wide: those of a fax are twice as high."""
    across, down = frame.info.get("dpi", (1, 1))[:2]
    stretch = float(across) / float(down) if across and down else 1.0
    return 1.0 if abs(stretch - 1.0) < _SQUARE or not 0.25 < stretch < 4.0 else stretch

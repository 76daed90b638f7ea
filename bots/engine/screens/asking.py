"""One round trip to a page: a function of `page.js` with plain data in and out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame

from ..core.errors import SystemException

_ANSWER_WITHIN = 20.0  # seconds; a page that is busy for longer hangs
# What Chromium says when the document was replaced while it was asked.
_REPLACED = ("Execution context was destroyed", "Cannot find context", "frame was detached", "navigat")


async def ask(frame: Frame, function: str, argument: Any) -> Any:
    """Call `__rekey.<function>(argument)` once. Raises SystemException when the page cannot answer."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await frame.evaluate(f"a => window.__rekey.{function}(a)", argument)
    except TimeoutError:
        raise SystemException("page-hangs", "The page does not answer any more.") from None
    except PlaywrightError as error:
        raise _failed(error) from None


async def ask_until(frame: Frame, question: str, argument: Any, seconds: float) -> Any:
    """Ask until the page has an answer, over navigations too; None when the time is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        call = {"ask": question, "arg": argument, "ms": left * 1000}
        try:
            async with asyncio.timeout(left + _ANSWER_WITHIN):
                answer = await frame.evaluate("a => window.__rekey.until(a)", call)
        except TimeoutError:
            raise SystemException("page-hangs", "The page does not answer any more.") from None
        except PlaywrightError as error:
            if frame.is_detached() or not any(word in str(error) for word in _REPLACED):
                raise _failed(error) from None
            continue
        return answer
    return None


def _failed(error: PlaywrightError) -> SystemException:
    # Playwright's text may quote the page: only its kind goes into the sentence.
    return SystemException(
        "page-failed", "The page or the browser went away.", {"playwright": str(error)[:200]}
    )

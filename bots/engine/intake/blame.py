"""Whether a file is to blame for what went wrong while it was taken in: then it alone is put aside."""

from __future__ import annotations

import errno

from ..core.errors import BusinessException, LeaseLost, RekeyError

NOT_TAKEN = "file-not-taken"
_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})
"""What befalls every file alike: a full or broken disk, or too many files open."""


def blamed(error: Exception) -> RekeyError:
    """The refusal of the file. Raises the error again where the file cannot be to blame for it."""
    if isinstance(error, (BusinessException, LeaseLost)):
        return error
    if isinstance(error, RekeyError) or (isinstance(error, OSError) and error.errno in _OURS):
        raise error
    sentence = (
        f"Rekey failed at this file ({type(error).__name__}). Key what it holds by hand, "
        "and show the file to the automation team."
    )
    return BusinessException(NOT_TAKEN, sentence)

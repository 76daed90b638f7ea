"""Why a file cannot be read, in sentences that hold no value and no file name: the caller adds the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.errors import BusinessException

TOO_LARGE = "too-large"
FAR_APART = "cells-far-apart"
DAMAGED = "damaged-workbook"
BREAKS = "breaks-the-reader"
AGAIN = "open it in Excel, save it as an Excel workbook (.xlsx), and hand it in again"


def not_a_workbook(
    what: str, advice: str = "Hand in an Excel or OpenDocument workbook."
) -> BusinessException:
    return BusinessException("not-a-workbook", f"The file is {what} and not a workbook. {advice}")


def damaged(why: str = "") -> BusinessException:
    """`why` is the reader's own message: for the detail, because it may quote the file."""
    sentence = f"The workbook is damaged and cannot be read; {AGAIN}."
    return BusinessException(DAMAGED, sentence, {"reader": why} if why else None)


def password(what: str = "workbook") -> BusinessException:
    sentence = f"The {what} is protected by a password; save it without one, and hand it in again."
    return BusinessException("password", sentence)


def empty(sentence: str) -> BusinessException:
    return BusinessException("empty-workbook", sentence)


def damaged_document(why: str) -> BusinessException:
    sentence = "The document is damaged and cannot be read; ask the sender for it again."
    return BusinessException("damaged-document", sentence, {"reader": why})


def protected_document() -> BusinessException:
    sentence = "The document is protected by a password; ask the sender for one without."
    return BusinessException("password", sentence)


def empty_document() -> BusinessException:
    return BusinessException("empty-document", "The document has no pages.")


def not_a_document(what: str = "no PDF document") -> BusinessException:
    sentence = f"The file is {what}. Hand in PDF documents or scans here."
    return BusinessException("not-a-document", sentence)


def damaged_email(why: str) -> BusinessException:
    sentence = "The e-mail is damaged and cannot be read; save its attachments, and hand these in."
    return BusinessException("damaged-email", sentence, {"reader": why})


def empty_email() -> BusinessException:
    sentence = "The e-mail has no attachment. What is written in an e-mail itself is not read."
    return BusinessException("empty-email", sentence)


def outlook_message() -> BusinessException:
    sentence = (
        "The file is an e-mail as Outlook saves it (.msg), which is not opened here. "
        "Open it in Outlook, save its attachments, and hand these in."
    )
    return BusinessException("outlook-message", sentence)


def office_file() -> BusinessException:
    sentence = (
        "The file is an old Office document, or an e-mail as Outlook saves it (.msg). "
        "Save the document as a PDF, or the attachments of the e-mail, and hand these in."
    )
    return BusinessException("office-file", sentence)


def heic_photograph() -> BusinessException:
    sentence = "The file is a photograph in a format that is not read (HEIC); send it as a JPEG or a PDF."
    return BusinessException("heic-photograph", sentence)


def damaged_picture(why: str) -> BusinessException:
    sentence = "The picture is damaged and cannot be read; ask the sender for it again."
    return BusinessException("damaged-document", sentence, {"reader": why})


def several_documents() -> BusinessException:
    sentence = "The file is several PDFs in one, of which programs show the last; ask the sender for each."
    return BusinessException("several-documents", sentence)


def damaged_package(why: str) -> BusinessException:
    sentence = "What is packed in the file is damaged and cannot be read; ask the sender for it again."
    return BusinessException("damaged-package", sentence, {"reader": why})


def empty_package() -> BusinessException:
    return BusinessException("empty-package", "There is no document in the file.")


def too_many_attachments(count: int, most: int) -> BusinessException:
    sentence = f"The file holds {count} documents; more than {most} are not read. Hand them in in parts."
    return BusinessException("too-many-attachments", sentence)


def email_too_large(most: int) -> BusinessException:
    sentence = f"The e-mail is larger than {most // 1_000_000} MB; save its attachments, and hand these in."
    return BusinessException(TOO_LARGE, sentence)


def unpacks_too_large() -> BusinessException:
    sentence = "The file is packed, and unpacks to far more than a file of its kind holds; it was not opened."
    return BusinessException("unpacks-too-large", sentence)


def page_too_full() -> BusinessException:
    sentence = "A page of the document holds more letters than a page can show; it was not read."
    return BusinessException("unpacks-too-large", sentence)


def too_many_parts(most: int) -> BusinessException:
    sentence = f"The file is a package of more than {most:,} parts; it was not opened."
    return BusinessException("too-many-parts", sentence)


def nested_too_deeply() -> BusinessException:
    sentence = (
        "What is in the file is nested deeper than any program that is used writes it; it was not read."
    )
    return BusinessException("nested-too-deeply", sentence)


def too_large() -> BusinessException:
    sentence = "The file takes more memory than reading may take. Split it up, and hand in the parts."
    return BusinessException(TOO_LARGE, sentence)


def far_apart(sheet: str, last: str) -> BusinessException:
    """`last`: the address of the sheet's last cell."""
    sentence = (
        f"Sheet '{sheet}' reaches to {last}, and nearly all of it is blank. "
        "Delete the rows below the table and the columns beside it, save the workbook, and hand it in again."
    )
    return BusinessException(FAR_APART, sentence)


def too_slow(seconds: float) -> BusinessException:
    sentence = f"The file was not read within {seconds:.0f} seconds. Split it up, and hand in the parts."
    return BusinessException("too-slow", sentence)


def breaks_the_reader(why: str) -> BusinessException:
    """`why`: the kind of failure; for the detail."""
    sentence = (
        "The file breaks the program that reads it; "
        "open it in the program that made it, save it anew, and hand it in again."
    )
    return BusinessException(BREAKS, sentence, {"reader": why})


def listed(names: Iterable[str], joint: str = "and") -> str:
    """'A', 'B' and 'C'."""
    quoted = [f"'{name}'" for name in names]
    return _joined(quoted, joint)


def _joined(words: Sequence[str], joint: str) -> str:
    return f" {joint} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

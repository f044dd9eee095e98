"""UTF-16 and UTF-32: told by a byte order mark or, in markup and JSON, by the first characters; made UTF-8."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_CODES = tuple(code for _, code in _MARKS)
_OPENING = 64
_BEGINS = re.compile(r"\s*(?:<[?!\w]|[{\[]\s*[\"{\[])", re.ASCII)
_DECLARED = re.compile(r"(<\?xml[^>]{0,100}?)\sencoding\s*=\s*[\"'][^\"'>]{0,40}[\"']")


def wide_code(head: bytes) -> str | None:
    """The code of a file that begins with `head` and is UTF-16 or UTF-32; None where it is neither.

    Without a mark it is told by the zeros in what opens the first tag (XML 1.0, appendix F), object or list.
    """
    for mark, code in _MARKS:
        if head.startswith(mark):
            return code
    if b"\0" not in head[:4]:
        return None
    opening = head[:_OPENING]
    return next((code for code in _CODES if _BEGINS.match(opening.decode(code, "ignore"))), None)


def narrowed(data: bytes, code: str) -> bytes:
    """`data` of that code as UTF-8, without mark and without the encoding that its XML declares; it is none any more.

    What is broken in it becomes U+FFFD.
    """
    return undeclared(data.decode(code, "replace"))


def undeclared(text: str) -> bytes:
    """`text` as UTF-8, without mark and without the encoding that its XML declares."""
    return _DECLARED.sub(r"\1", text.removeprefix("\ufeff"), count=1).encode()

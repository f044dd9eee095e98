"""Text that everything takes: a database, a terminal, the service manager. Used by all stages."""

from __future__ import annotations


def printable(text: str | bytes) -> str:
    """`text` without what databases and terminals cannot take: escapes show NUL, lone surrogates, bytes that are no
    UTF-8."""
    octets = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    return octets.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")

"""Gzipped bytes as a stream."""

from __future__ import annotations

import gzip
import io
import zlib

GZIP = b"\x1f\x8b"
"""How gzipped data begins."""

DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading gzipped data raises where it is damaged or cut off."""


class Unzipped(io.RawIOBase):
    """A gzip stream that gives all it could decompress before it raises, which GzipFile.readinto does not."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._file = gzip.GzipFile(fileobj=stream)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As `io.RawIOBase` has it. Raises one of `DAMAGED`."""
        data = self._file.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)

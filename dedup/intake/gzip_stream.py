"""Gzipped bytes as a stream."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

from dedup.errors import InputRejected

GZIP = b"\x1f\x8b"
"""How gzipped data begins."""

DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading gzipped data raises where it is damaged or cut off."""


BOMB_BYTES, BOMB_RATIO = 64 * 2**20, 100
"""What is small packed and huge unpacked is made to fill memory or time: news shrinks by 3 to 20, zeros by 1,030."""


class Unzipped(io.RawIOBase):
    """A gzip stream that gives all it could decompress before it raises, which GzipFile.readinto does not."""

    def __init__(self, stream: io.BufferedReader, packed: Callable[[], int] | None = None) -> None:
        """`packed` gives how many packed bytes were read so far; without it no stream is taken for a bomb."""
        self._file = gzip.GzipFile(fileobj=stream)
        self._packed = packed
        self._given = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Reads into `buffer`. Raises one of `DAMAGED`, and `InputRejected` (``too_large``) for a bomb."""
        data = self._file.read1(len(buffer))
        self._given += len(data)
        if self._packed is not None and self._given > BOMB_BYTES and self._given > BOMB_RATIO * self._packed():
            raise InputRejected("too_large", f"the gzip data grows more than {BOMB_RATIO} times; no text does that")
        buffer[: len(data)] = data
        return len(data)

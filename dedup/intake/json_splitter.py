"""A JSON document of any size, cut into the texts of its elements."""

from __future__ import annotations

import re
from dataclasses import dataclass

LIST_KEYS = ("articles", "items", "data")
"""Keys of a JSON object under which a list of articles is looked for."""

# From a place outside strings to the next bracket, over plain characters and whole strings; from a place inside a
# string to its end. Both stop earlier where the chunk ends first.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^"\[\]{}]*)*', re.DOTALL)
# The same, and to the next comma: between the elements of a list that are no objects.
_TO_COMMA = re.compile(rb'[^"\[\]{},]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^"\[\]{},]*)*', re.DOTALL)
_TO_QUOTE = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_LIST_KEY = re.compile(rb'"(?:%s)"\s*:\s*\Z' % "|".join(LIST_KEYS).encode())
_LOOK_BACK = 64
_JUNK_BYTES = 200
_BETWEEN = b" \t\r\n,"


@dataclass(frozen=True, slots=True)
class Element:
    """The JSON text of one article. `text` is None where it is longer than what may be held.

    `size` is its length in bytes; `whole` is false where the file ends before it does. `listed` is true for an element
    of an object's list, and `lists` for the object itself, which comes behind them and whose text has them left out.
    """

    text: bytes | bytearray | None
    size: int
    whole: bool = True
    listed: bool = False
    lists: bool = False


class _Text:
    """The text of an element as it comes, held no longer when it is longer than `longest` bytes."""

    def __init__(self, longest: int) -> None:
        self.size = 0
        self._longest = longest
        self._held = bytearray()

    def add(self, part: bytes) -> None:
        """Takes the next bytes of it."""
        self.size += len(part)
        if self.size <= self._longest:
            self._held += part
        else:
            self._held.clear()

    def held(self) -> bytearray | None:
        """All of it, or None where it is too long."""
        return self._held if self.size <= self._longest else None


class Splitter:
    """Cuts JSON into the elements of its list, chunk by chunk, without parsing them.

    A list at the top, or one under one of `LIST_KEYS` of an object at the top, is cut into its elements; any object at
    the top is an element, without what was cut out of it. Only strings and the depth of brackets are followed, and each
    element is then parsed on its own: one that is broken does not take the rest with it, and one longer than `longest`
    bytes is passed over without being held. Incremental parsers do neither.
    """

    def __init__(self, longest: int) -> None:
        self.blank = True
        self._longest = longest
        self._depth = 0
        self._base: int | None = 0  # depth at which a bracket opens an element; None beside an object's list
        self._held: _Text | None = None  # the element that is open
        self._around: _Text | None = None  # the object whose list is cut
        self._junk = b""  # what stands between elements, the beginning of it
        self._in_string = False
        self._escaped = False  # the chunk ended between a backslash and what it escapes
        self._last = b""  # the end of the chunk before
        self._start = 0  # where in the chunk the open element, or the gap between two, begins
        self._found: list[Element] = []

    def feed(self, chunk: bytes) -> list[Element]:
        """The elements that end in `chunk`, the next bytes of the document."""
        self._start = at = 0
        self._found = []
        while at < len(chunk):
            if self._in_string:
                at = self._after_string(chunk, at)
                continue
            between = self._base == self._depth > 0 and self._held is None
            match = (_TO_COMMA if between else _TO_BRACKET).match(chunk, at)
            at = match.end() if match else len(chunk)
            char = chunk[at : at + 1]
            if char == b'"':
                self._in_string = True
            elif char in (b"[", b"{"):
                self._open(chunk, at, char)
            elif char == b",":
                self._take(chunk[self._start : at])
                self._end_gap()
                self._start = at + 1
            elif char:
                self._close(chunk, at)
            at += 1
        self._take(chunk[self._start :])
        self._last = (self._last + chunk)[-_LOOK_BACK:]
        return self._found

    def finish(self) -> list[Element]:
        """What is left when the document has ended."""
        self._found = []
        self._end_gap()
        if self._held is not None:
            self._end_element(whole=False)
        elif self._depth > 0:
            self._found.append(Element(b"", 0, whole=False))
        return self._found

    def _after_string(self, chunk: bytes, at: int) -> int:
        """The place behind the string's end, or behind the chunk's."""
        if self._escaped:
            self._escaped = False
            return at + 1
        match = _TO_QUOTE.match(chunk, at)
        at = match.end() if match else len(chunk)
        char = chunk[at : at + 1]
        self._in_string = char != b'"'
        self._escaped = char == b"\\"
        return at + 1

    def _open(self, chunk: bytes, at: int, char: bytes) -> None:
        depth, self._depth = self._depth, self._depth + 1
        if self._held is None and depth == self._base:
            self._take(chunk[self._start : at])
            self._end_gap()
            if depth == 0 and char == b"[":
                self._base, self._start = 1, at + 1
            else:
                self._held, self._start = _Text(self._longest), at
        elif depth == 1 and char == b"[" and self._base in (0, None) and self._is_list(chunk, at):
            self._take(chunk[self._start : at + 1])
            self._held, self._around = None, self._around or self._held
            self._base, self._start = 2, at + 1
        self.blank = False

    def _close(self, chunk: bytes, at: int) -> None:
        if self._depth == 0:
            return  # a bracket too many: part of what stands between elements
        self._depth -= 1
        if self._held is not None:
            if self._depth == self._base:
                self._take(chunk[self._start : at + 1])
                self._end_element(whole=True)
                self._start = at + 1
        elif self._around is not None and self._depth == 0:
            self._take(chunk[self._start : at + 1])
            self._found.append(Element(self._around.held(), self._around.size, lists=True))
            self._around, self._base, self._start = None, 0, at + 1
        elif self._base is not None and self._depth < self._base:
            self._take(chunk[self._start : at])
            self._end_gap()
            self._base, self._start = (0, at + 1) if self._depth == 0 else (None, at)

    def _is_list(self, chunk: bytes, at: int) -> bool:
        before = chunk[max(0, at - _LOOK_BACK) : at]
        if at < _LOOK_BACK:
            before = self._last + before
        return _LIST_KEY.search(before) is not None

    def _take(self, part: bytes) -> None:
        text = self._around if self._base is None else self._held
        if text is not None:
            text.add(part)
        elif len(self._junk) < _JUNK_BYTES:
            self._junk = (self._junk + part).lstrip(_BETWEEN)[:_JUNK_BYTES]

    def _end_element(self, whole: bool) -> None:
        if self._held is not None:
            self._found.append(Element(self._held.held(), self._held.size, whole, listed=self._base == 2))
            self._held = None

    def _end_gap(self) -> None:
        if self._junk and self._held is None:
            self.blank = False
            junk, self._junk = self._junk.rstrip(_BETWEEN), b""
            text = junk.decode(errors="ignore").encode() or b"?"
            self._found.append(Element(text, len(junk), listed=self._base == 2))

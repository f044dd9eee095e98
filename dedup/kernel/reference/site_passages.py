"""The passages of a text, and which of them other texts have too. A part of the definition in `dedup.kernel.reference`.

A text is UTF-8 in normal form. Its passages are its lines; of a line of more than `LONG_LINE` bytes its sentences, of
at least `LEAST_SENTENCE` bytes each but the last. No passage is a line without a letter, nor one that only goes on with
the sentence in which the line before broke off, as in wrapped text. Of more than twice `EDGE` passages the first and
the last are looked at: what a site adds stands around its articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

import xxhash

from dedup.kernel.reference.arrays import pack32, unpack32

LONG_LINE = 200
LEAST_SENTENCE = 40
LEAST_WRAPPED = 40
LEAST_REPEATED = 16
EDGE = 64

_CLOSERS = tuple(sign.encode() for sign in "\"')]”’»")
_FULL_STOPS = tuple(sign.encode() for sign in "。！？")
_SPACE = 0x20
_STOPS = (*(sign.encode() for sign in ".!?…।؟۔"), *_FULL_STOPS)
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | frozenset(range(0x80, 0x100))

Span = tuple[int, int]
"""First byte and the byte behind the last."""


def passages(text: str, recent: Sequence[bytes], least: int) -> tuple[bytes, int, int, bool, str | None, str | None]:
    """What the passages of `text` share with `recent`, the hashes of other texts' passages.

    Gives the hashes (distinct xxh32 of seed 0, in the order of the text, little-endian uint32), the bytes of the
    passages that no recent text has and those of all, each counted once; whether one of them is in a single recent
    text; and the text without the passages that at least `least` recent texts have, and those passages, a line each.
    The last two are None where `least` is 0 or such passages have less than `LEAST_REPEATED` bytes in all: a word hides
    nothing.
    Raises `ValueError` for a negative `least` or hashes that are no whole number of uint32.
    """
    if least < 0:
        raise ValueError("least must not be negative")
    data = text.encode()
    spans = list(find(data))
    if len(spans) > 2 * EDGE:
        spans = spans[:EDGE] + spans[-EDGE:]
    hashed = [xxhash.xxh32_intdigest(data[start:end]) for start, end in spans]
    sizes = {one: end - start for one, (start, end) in reversed([*zip(hashed, spans, strict=True)])}
    counts = Counter(chain.from_iterable(map(unpack32, recent)))
    distinct = list(dict.fromkeys(hashed))
    novel = sum(sizes[one] for one in distinct if not counts[one])
    known = pack32(distinct), novel, sum(sizes.values()), any(counts[one] == 1 for one in distinct)
    repeated = [span for one, span in zip(hashed, spans, strict=True) if least and counts[one] >= least]
    if sum(end - start for start, end in repeated) < LEAST_REPEATED:
        return *known, None, None
    left_out = b"\n".join(data[start:end] for start, end in repeated)
    return *known, _without(data, repeated).decode(), left_out.decode()


def find(data: bytes) -> Iterator[Span]:
    """The passages of a text."""
    start = 0
    goes_on = False
    for line in data.split(b"\n"):
        end = start + len(line)
        if len(line) > LONG_LINE:
            found = _sentences(data, start, end)
        else:
            found = iter(() if goes_on and line[:1].islower() else ((start, end),))
        yield from (span for span in found if not _LETTERS.isdisjoint(data[slice(*span)]))
        goes_on = len(line) >= LEAST_WRAPPED and not _ends_sentence(data, start, end)
        start = end + 1


def _sentences(data: bytes, start: int, end: int) -> Iterator[Span]:
    for at in range(start + LEAST_SENTENCE, end):
        if at - start < LEAST_SENTENCE:
            continue
        space = data[at] == _SPACE
        if data.endswith(_FULL_STOPS, start, at) or (space and _ends_sentence(data, start, at)):
            yield start, at
            start = at + space
    yield start, end


def _ends_sentence(data: bytes, start: int, end: int) -> bool:
    while closer := next((sign for sign in _CLOSERS if data.endswith(sign, start, end)), None):
        end -= len(closer)
    return data.endswith(_STOPS, start, end)


def _without(data: bytes, spans: Sequence[Span]) -> bytes:
    """`data` without the bytes of `spans`, without the lines that this leaves empty, and without spaces and blank lines
    that would then stand together."""
    kept = bytearray()
    start, line_left, cut = 0, False, False
    following = iter((*spans, (len(data) + 1, 0)))
    span = next(following)
    for line in data.split(b"\n"):
        if start > 0:
            _end_line(kept, line_left, cut=cut)
        end, at, begin, cut = start + len(line), start, len(kept), False
        while span[0] < end:
            _extend(kept, begin, data[at : span[0]], cut=cut)
            at, cut = span[1], True
            span = next(following)
        _extend(kept, begin, data[at:end], cut=cut)
        line_left = len(kept) > begin
        start = end + 1
    return bytes(kept.rstrip(b"\n "))


def _extend(kept: bytearray, begin: int, part: bytes, *, cut: bool) -> None:
    for byte in part:
        if not (cut and byte == _SPACE and (len(kept) == begin or kept[-1] == _SPACE)):
            kept.append(byte)


def _end_line(kept: bytearray, line_left: bool, *, cut: bool) -> None:
    if cut and kept.endswith(b" "):
        del kept[-1]
    if (line_left or not cut) and kept and not kept.endswith(b"\n\n"):
        kept += b"\n"

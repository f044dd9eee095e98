"""Inputs that a parser may meet: whole samples, samples that were damaged in some places, structures made at random.

A damaged sample gets deeper into a parser than random bytes do, which mostly fail at the first.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

Bytes = st.SearchStrategy[bytes]

PARTS = tuple(range(1, 40))
"""Lengths of what an edit takes away, copies or repeats."""
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
"""Every code point, halves of surrogate pairs and NUL as well."""

STORY = (
    "All 73 people on board were rescued when the ferry Isle of Tarsay ran aground off Oban in thick fog. "
    "The coastguard sent two lifeboats and a helicopter; nobody was hurt. Captain Morag Sinclair said the radar had "
    "failed a quarter of an hour before. The ferry is to be towed to Greenock on Sunday."
)


def damaged(samples: Sequence[bytes], words: Sequence[bytes] = ()) -> Bytes:
    """One of `samples` with up to eight edits; `words` are put into it, as they mean something to the parser."""
    edit = st.tuples(
        st.integers(0, 6), st.integers(0, 2**16), st.integers(0, 2**16), st.sampled_from(PARTS),
        st.sampled_from([*words, b"\0", b"\xff", b"\xed\xa0\x80", b"\xc3", b"\n", b" "]),
    )  # fmt: skip
    return st.builds(_edited, st.sampled_from(samples), st.lists(edit, max_size=8))


def _edited(data: bytes, edits: Sequence[tuple[int, int, int, int, bytes]]) -> bytes:
    for kind, place, other, size, word in edits:
        at, to = place % (len(data) + 1), other % (len(data) + 1)
        part = data[at : at + size]
        match kind:
            case 0:
                data = data[:at] + bytes([other % 256]) + data[at + 1 :]
            case 1:
                data = data[:at] + word + data[at:]
            case 2:
                data = data[:at] + data[at + size :]
            case 3:
                data = data[:to] + part + data[to:]
            case 4:
                data = data[:at] + part * (other % 60) + data[at:]
            case 5:
                data = data[:at] + word * (other % 200) + data[at:]
            case _:
                data = data[:at]
    return data[:100_000]


def jsons(keys: Sequence[str]) -> Bytes:
    """JSON with these keys, in which anything may stand anywhere."""
    plain = (
        st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.just(STORY)
        | st.just(f"<p>{STORY}</p>")
        | st.sampled_from(["2026-03-07T12:00:00Z", "https://quay.example/1", "text/html", "canceled"])
    )  # fmt: skip
    values = st.recursive(
        plain,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(keys) | ANY_TEXT, inner, max_size=8)
        ),
        max_leaves=25,
    )
    return st.builds(_dumped, values, st.booleans(), st.integers(1, 3))


def _dumped(value: Any, ascii_only: bool, times: int) -> bytes:
    line = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    return b"\n".join([line] * times)


def gzipped(data: Bytes) -> Bytes:
    """`data` in one or more members of a gzip, whole or damaged."""
    whole = st.builds(lambda part, level, times: gzip.compress(part, level, mtime=0) * times, data, st.integers(0, 9),
                      st.integers(1, 3))  # fmt: skip
    return whole | whole.flatmap(lambda packed: damaged([packed], [b"\x1f\x8b\x08"]))


def zipped(names: Sequence[str], data: Bytes) -> Bytes:
    """A zip archive with some of these names, whole or damaged."""
    whole = st.dictionaries(st.sampled_from(names), data, max_size=3).map(_archive)
    return whole | whole.flatmap(lambda packed: damaged([packed], [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"]))


def _archive(content: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()

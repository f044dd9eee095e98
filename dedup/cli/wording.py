"""How things are written for a person: titles, times, numbers, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol

from rich import box
from rich.table import Table
from rich.text import Text

# Controls (C0, C1, line and paragraph separators) would move the cursor or worse; direction marks turn what follows
# around. Joiners stay: Persian and Hindi need them.
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


Hint = Callable[[str], tuple[str, str]]
"""A command to type next, as it must be typed here, and its style; see `dedup.cli.invocation.Invocation.hint`."""


class Refusal(Protocol):
    """A rejection, from wherever it comes."""

    @property
    def uri(self) -> str:
        """What was rejected."""

    @property
    def reason(self) -> str:
        """One of the fixed words of `dedup.errors.InputRejected`."""

    @property
    def detail(self) -> str:
        """A sentence."""


def plain(text: str) -> str:
    """`text` in one line, without anything that a terminal obeys instead of showing it."""
    return _UNPRINTED.sub("", _SPACES.sub(" ", text))


def cell(value: object, style: str = "") -> Text:
    """A cell of a table or a paragraph; a missing value is a dash."""
    return Text(plain("-" if value is None or value == "" else str(value)), style)


def line(*parts: str | tuple[str, str], style: str = "") -> Text:
    """A paragraph of texts, each alone or with its style."""
    styled = [part if isinstance(part, tuple) else (part, style) for part in parts]
    return Text.assemble(*((plain(text), own) for text, own in styled))


def table(*columns: str | tuple[str, str]) -> Table:
    """A table without lines between its rows. A column is its name, or its name and ``number`` or ``words``."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        name, kind = (column, "") if isinstance(column, str) else column
        # On a terminal words are wrapped; numbers and times would be unreadable.
        made.add_column(name, justify="right" if kind == "number" else "left", no_wrap=kind != "words", overflow="fold")
    return made


def refusals(rejected: Iterable[Refusal]) -> Table:
    """What was rejected, and why."""
    rows = table(("rejected", "words"), "reason", ("what is wrong", "words"))
    for one in rejected:
        rows.add_row(cell(one.uri), cell(one.reason, "yellow"), cell(one.detail))
    return rows


def count(number: int, one: str, many: str = "") -> str:
    """For example ``1 article``, ``12,345 articles``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(at: datetime | None) -> str:
    """``2026-03-02 05:10``, in UTC."""
    return "undated" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def span(first: datetime | None, last: datetime | None) -> str:
    """The days from `first` to `last`: ``2026-03-02``, ``2026-03-02 – 03-05`` or both in full."""
    if first is None or last is None:
        return "undated"
    begin, end = (at.astimezone(UTC).strftime("%Y-%m-%d") for at in (first, last))
    if begin == end:
        return begin
    return f"{begin} – {end[5:] if begin[:4] == end[:4] else end}"


def age(seconds: float) -> str:
    """``45 s``, ``12 min``, ``5 h``, ``3 days``."""
    for unit, size in (("days", 172_800), ("h", 7_200), ("min", 120)):
        if seconds >= size:
            length = {"days": 86_400, "h": 3_600, "min": 60}[unit]
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def share(value: float | None) -> str:
    """A number from 0 to 1 with two digits."""
    return "-" if value is None else f"{value:.2f}"

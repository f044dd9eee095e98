"""A comparison on the spot, for a person: the kinds of evidence in a table, and what would have been needed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType

from dedup.cli.evidence.sentences import distinct, indented
from dedup.cli.wording import cell, count, table
from dedup.config import Config

if TYPE_CHECKING:
    from dedup.cli.evidence.comparison import Resemblance
    from dedup.cli.evidence.weighing import Kind, Weighing

NAMES = {
    "body": "all terms",
    "title": "titles",
    "cross": "titles against the other text",
    "numbers": "numbers",
    "weekday": "day of the week",
    "days": "days apart",
    "background": "background",
}
# Of each kind so many terms are shown.
TERMS = 6


def measures(now: Resemblance, config: Config) -> Iterator[RenderableType]:
    """What two articles have in common, as copies and as reports of one event."""
    overlap, copies = now.overlap, config.duplicates
    yield indented(
        f"{'A copy' if now.is_copy else 'No copy'}: {count(overlap.common, 'shingle')} in common, "
        f"of {overlap.size_a:,} and {overlap.size_b:,}; "
        f"Jaccard {overlap.jaccard:.2f} (a copy from {copies.threshold:.2f}), "
        f"containment {overlap.containment:.2f} (a cut copy from {copies.containment:.2f})."
    )
    if now.weighing is None:
        yield indented(f"Whether they are one event cannot be computed: {now.unlike}. Then ask again.")
    else:
        if now.is_copy:
            yield indented("A copy goes where its original is, so what follows would count only if it were none.")
        yield indented(_verdict(now.weighing))
        yield ""
        yield indented(_table(now, now.weighing))
        yield ""
        yield indented(_needed(now.weighing, config.stories.window_days))
        yield indented(
            "That is these two alone. The service weighs a text against all the texts that speak for a story, half "
            "their mean and half the best of them, so it may have decided otherwise."
        )
    for rule in now.apart:
        yield indented(f"Whatever these numbers say, the service never lets one of the two join the other: {rule}.")


def _verdict(weighing: Weighing) -> str:
    reached, needed = distinct(weighing.probability, weighing.threshold)
    event = "One event" if weighing.fits else "Two events"
    return f"{event}, if they were alone: probability {reached}, needed {needed}."


def _table(now: Resemblance, weighing: Weighing) -> RenderableType:
    rows = table("evidence", ("value", "number"), ("log-odds", "number"), ("shared terms, share of the value", "words"))
    for kind in weighing.kinds:
        rows.add_row(
            cell(NAMES[kind.name]),
            cell(f"{kind.value:.2f}"),
            cell(f"{kind.contribution:+z.2f}"),
            cell(_note(kind, now, weighing) or " "),
        )
    rows.add_row(cell("to begin with"), cell(" "), cell(f"{weighing.start:+z.2f}"), cell("what all pairs start from"))
    rows.add_row(
        cell("together", "bold"),
        cell(" "),
        cell(f"{weighing.log_odds:+z.2f}", "bold"),
        cell(f"probability {weighing.probability:.2f}"),
    )
    return rows


def _note(kind: Kind, now: Resemblance, weighing: Weighing) -> str:
    if kind.name == "background":
        return "likeness to unrelated stories; subtracted"
    if kind.name == "weekday":
        return "each names another first" if kind.value else "nothing against it"
    if kind.name == "days":
        return "" if weighing.dated else "a guess: one has no date"
    told = [(now.words[term.number], term.share) for term in kind.terms if term.number in now.words]
    return ", ".join(f"{word} ({_percent(share)})" for word, share in told[:TERMS]) or "none"


def _percent(share: float) -> str:
    return "<1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _needed(weighing: Weighing, window_days: int) -> str:
    """What the verdict hangs on: each kind alone, all else the same."""
    ways = [way for kind in weighing.kinds if (way := _way(kind, weighing, window_days))]
    needed = f"{weighing.threshold:.2f}"
    if weighing.fits:
        if not ways:
            return f"No single kind of evidence decides: without any one of them it would still reach {needed}."
        return f"To spare, each alone and all else the same: it would still reach {needed} {'; or '.join(ways)}."
    if not ways:
        return f"No single kind of evidence could have brought it to {needed}; it would have taken several together."
    one_of = "one of these" if len(ways) > 1 else "this"
    return f"For {needed} it would have taken {one_of}, all else the same: {'; or '.join(ways)}."


def _way(kind: Kind, weighing: Weighing, window_days: int) -> str:
    """The value at which a kind alone would turn the verdict, rounded so that what is said is true."""
    limit = kind.at_threshold
    if limit is None:
        return ""
    given = "with " if weighing.fits else ""
    if kind.name == "days":
        return _days_way(limit, weighing, window_days)
    if kind.name == "background":
        bound, value = _bound(limit, kind.value, up=False)
        return f"{given}a background of {bound} instead of {value}"
    change = 100 * abs(limit / kind.value - 1) if kind.value else math.inf
    if weighing.fits:
        how = f"{math.floor(change)} % less" if change >= 1 else "hardly less"
    else:
        how = f"{math.ceil(change)} % more" if change <= 100 else "more"
    bound, value = _bound(limit, kind.value, up=True)
    return f"{given}{NAMES[kind.name]} {how} alike ({bound} instead of {value})"


def _days_way(limit: float, weighing: Weighing, window_days: int) -> str:
    if weighing.fits:
        if limit >= window_days:
            return f"with {window_days} days between, the most that is compared"
        return f"with {_days(limit)} between"
    dated = "" if weighing.dated else "both dated and "
    return f"{dated}published within {_days(min(limit, window_days))}"


def _days(days: float) -> str:
    """Never more than `days`."""
    bound = _rounded(days, 1 if days >= 1 else 2, up=False)
    return f"{bound:.1f} days" if days >= 1 else f"{bound:.2f} days"


def _bound(limit: float, value: float, *, up: bool) -> tuple[str, str]:
    """A limit, rounded so that it still holds, and a value, with as many digits as it takes to see which is more."""
    for digits in range(2, 9):
        bound = _rounded(limit, digits, up=up)
        shown = f"{bound:.{digits}f}", f"{value:.{digits}f}"
        if shown[0] != shown[1] and (bound < value) is (limit < value):
            return shown
    return f"{limit}", f"{value}"


def _rounded(value: float, digits: int, *, up: bool) -> float:
    scale: float = 10.0**digits
    return (math.ceil(value * scale) if up else math.floor(value * scale)) / scale

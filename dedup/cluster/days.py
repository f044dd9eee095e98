"""Which day does each of two texts of one publisher tell?

"On Tuesday, 5 March" and "on Wednesday, 6 March". A text that is sent again, or told anew, keeps the day of its event.
"""

from __future__ import annotations

from functools import cache, lru_cache

from dedup.kernel.chosen import among, distinct
from dedup.kernel.reference.arrays import unpack32
from dedup.kernel.reference.evidence import DAY
from dedup.sketch.recurring import HEADLINE_WORDS
from dedup.sketch.terms import TITLE, WEEKDAY, TermSketch, hash_terms, months_in, weekdays_in
from dedup.text.markup.shown_day import in_digits

# Reports are written for the day, for the one after or before it, and on another continent that day has another date.
SHIFTS = (0, 1, -1)


def tell_their_days(own: TermSketch, other: TermSketch, published: int, before: int) -> bool:
    """True when each of two texts tells a day, and these lie as far apart as the texts.

    They were `published` at seconds since 1970. The first days of the week that they name tell it, or the days of the
    month: a column may name the same day of the week each day.
    """
    days = round((published - before) / DAY)
    one, two = own.vectors[WEEKDAY][0], other.vectors[WEEKDAY][0]
    if one and two and days % 7 and (unpack32(one)[0] - unpack32(two)[0]) % 7 == days % 7:
        return True
    for shift in SHIFTS:
        day, former = (_day_of_month((at + shift * DAY) // DAY) for at in (published, before))
        tells = any(among(day, own.terms)) and any(among(former, other.terms))
        if day != former and tells and not any(among(former, own.terms)) and not any(among(day, other.terms)):
            return True
    return False


def name_two_days(language: str, own: TermSketch, other: TermSketch) -> bool:
    """True when two headlines name two days, of the week or of a month.

    For texts of which nobody knows how far apart they are.
    """
    mine, theirs = ({*unpack32(text.vectors[TITLE][0])} for text in (own, other))
    one, two = weekdays_in(mine, language), weekdays_in(theirs, language)
    if one and two:
        return one.isdisjoint(two)
    if months_in(mine, language) and months_in(theirs, language):
        days, others = mine & _days_of_months(), theirs & _days_of_months()
        return bool(days) and bool(others) and days.isdisjoint(others)
    return False


def have_one_headline(own: TermSketch, other: TermSketch) -> bool:
    """True when two headlines have the same words, enough of them to be no chance; days are words, too."""
    mine = own.vectors[TITLE][0]
    return mine == other.vectors[TITLE][0] and len(mine) >= 4 * HEADLINE_WORDS


@cache
def _days_of_months() -> frozenset[int]:
    """The terms of the numbers that days of a month have."""
    return frozenset(unpack32(hash_terms([f"{day:{width}}" for day in range(1, 32) for width in ("", "02")], "")))


@lru_cache(maxsize=64)
def _day_of_month(day: int) -> bytes:
    """The terms that tell a day since 1970, ascending."""
    return distinct(hash_terms(in_digits(day), ""))

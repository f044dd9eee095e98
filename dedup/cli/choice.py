"""Which stories a command is asked for: its flags as what is looked for."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

from dedup.config.setting import shown
from dedup.errors import UsageError
from dedup.intake.dates import parse_date
from dedup.store.answers.search import Wanted

# What a whole number of PostgreSQL holds.
MOST = 2**31 - 1
# What chooses stories, as `dedup.cli.arguments` names it.
_CHOICE = ("since", "min_articles", "language", "publisher", "search", "text")
_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def wanted_stories(given: argparse.Namespace, least: int, *, biggest: bool = False) -> Wanted:
    """The stories that flags choose, of at least so many articles where no flag says more. Raises `UsageError`."""
    check_number("--min-articles", given.min_articles)
    return Wanted(
        since=since(given.since, datetime.now(UTC)),
        min_articles=given.min_articles or least,
        language=given.language,
        publisher=given.publisher,
        search=given.search,
        text=given.text,
        biggest=biggest,
    )


def check_number(flag: str, number: int | None) -> None:
    """Raises `UsageError` for a number of articles or stories that there cannot be."""
    if number is not None and not 1 <= number <= MOST:
        raise UsageError(f"{flag} must lie between 1 and {MOST:,}, not {shown(number)}")


def refuse_choice(given: argparse.Namespace, flag: str) -> None:
    """Raises `UsageError` where stories are chosen by flags that `flag` does not obey."""
    if chosen := [f"--{name.replace('_', '-')}" for name in _CHOICE if getattr(given, name) is not None]:
        raise UsageError(f"{flag} does not go with {', '.join(chosen)}; leave out one or the other")


def since(text: str | None, now: datetime, flag: str = "--since") -> datetime | None:
    """The moment that ``--since``, or another `flag`, names: a date, or a time before `now`, say ``3d``.

    None where the flag was not given. Raises `UsageError`.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text.strip())
    try:
        at = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else parse_date(text)
    except OverflowError:  # before the year 1
        at = None
    if at is None:
        raise UsageError(f"{flag} {text!r} is not a time; write a date such as 2026-03-02, or 90m, 12h, 3d or 2w")
    return at

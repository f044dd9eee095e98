"""A date of publication is never later than the day of arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from dedup.decision.newcomer import Prepared

AHEAD = timedelta(days=1)
"""How far ahead a date may be: zones are mistaken, and tomorrow's paper is out tonight."""
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""A clock that is before the program was written is wrong, and must not make nonsense of right dates."""

log = structlog.get_logger()


def believed(item: Prepared, at: datetime) -> Prepared:
    """`item` with the day of its arrival, `at`, in place of a date in the future, which is logged.

    It is midnight of that day in UTC, so that it hardly matters when, or how often, a batch is tried.
    """
    stated, today = item.document.published_at, max(at, RELEASED)
    if stated is None or stated <= today + AHEAD:
        return item
    log.info("article.redated", source=item.source, uri=item.uri, stated=stated)
    day = today.replace(hour=0, minute=0, second=0, microsecond=0)
    return item._replace(document=replace(item.document, published_at=day))

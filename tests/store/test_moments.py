"""How moments are written: as `datetime.isoformat` has them, sooner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from dedup.intake.article import Article
from dedup.intake.dates import parse_moment
from dedup.preparation.preparation import digest
from dedup.store.database.moments import UtcTime, iso

zones = st.just(UTC) | st.integers(-1_439, 1_439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Where the zone does not take them out of the years that Python has.
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones)  # noqa: DTZ001 - naive, it asks


@given(moments)
@example(datetime(2000, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC))
@example(datetime(987, 6, 5, 4, 3, 2, tzinfo=UTC))
@example(datetime(1970, 1, 1, tzinfo=UTC))
def test_a_moment_is_told_in_utc_and_whole_seconds(moment: datetime) -> None:
    told = iso(moment)
    assert told == moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if 1900 <= moment.astimezone(UTC).year <= 2100:
        whole = moment.replace(microsecond=0)
        assert parse_moment(told) == whole
        assert UtcTime().process_result_value(told, sqlite.dialect()) == whole
        assert UtcTime().process_result_value(whole, postgresql.dialect()) == whole


@given(moments, moments)
def test_articles_of_other_moments_have_other_digests(one: datetime, other: datetime) -> None:
    """As the text of `isoformat` tells them apart, by which those in the database were made."""
    first, second = (digest(Article("a", "Text.", published_at=moment)) for moment in (one, other))
    assert (first == second) == (one.isoformat() == other.isoformat())


def test_a_digest_stays_what_it_is() -> None:
    """Else every article that comes again would be a new version."""
    article = Article("a", "Text.", title="Title", published_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    assert digest(article).hex() == "1c2d3a4aff5f6726c22497f26f790817"
    zoned = timezone(timedelta(hours=2))
    article = Article("a", "Text.", title="Title", published_at=datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=zoned))
    assert digest(article).hex() == "c500252af0d76f62f64ff2f729a9c5c8"

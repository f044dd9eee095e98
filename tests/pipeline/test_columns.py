"""A column comes at its hour, with its own sentences each time: each is of another event, whatever its headline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, run, stories

AT = datetime(2026, 3, 5, 17, 4, 39, tzinfo=UTC)
COLUMNS = (
    (
        "Who plays where in Harling this week",
        "These are the bands and the stages of the coming week. Tell us about yours by noon on Monday.\n\n"
        "The Anchor has Tin Weather, and Ida Moss opens. It is the last date of their tour. At the Mill Ballroom you "
        "hear Harling Brass after Low Tide, old favourites and some new songs. The Library Hall belongs to the "
        "Quarrymen of Leek. Bring shoes that can stand it. Blue Door shows the Velvet Gate, a rare evening at home, "
        "and members go in free. In Grace Church the Kettle Boys sing.",
    ),
    (
        "Listings",
        "These are the bands and the stages of the coming week. Tell us about yours by noon on Monday.\n\n"
        "The Anchor has Harling Brass, and Low Tide opens. Old favourites are promised. At the Mill Ballroom you hear "
        "the Quarrymen of Leek after Ida Moss, a rare evening at home. The Library Hall belongs to the Kettle Boys, on "
        "the last date of their tour. Blue Door shows Tin Weather. Members go in free, in shoes that can stand it. In "
        "Grace Church the Velvet Gate sings some new songs.",
    ),
)
FIRE = (
    "Mill Ballroom in Harling burns down",
    "The Mill Ballroom in Harling, where bands have played since 1921, burned down in the night. Nobody was hurt. "
    "Eighty firefighters from five stations fought the flames until the morning. The roof fell in shortly after two. "
    "Owner Maria Conti said that she would build it up again. The concert of Tin Weather on Saturday moves to the "
    "Library Hall, and tickets stay valid. The police are looking for the cause.",
)
NEXT_DAY = (
    "Faulty wire caused Mill Ballroom fire",
    "A faulty wire behind the stage set the Mill Ballroom in Harling on fire, police said. Neighbours have collected "
    "30,000 pounds in a day.\n\n"
    "The Mill Ballroom in Harling, where bands have played since 1921, burned down in the night. Nobody was hurt. "
    "Eighty firefighters from five stations fought the flames until the morning.",
)


def decided(store: Store, first: tuple[str, str], second: tuple[str, str], at: datetime, later: timedelta) -> int:
    """How many stories two texts of one publisher are."""
    given = (("1", *first, at), ("2", *second, at + later))
    put(
        store,
        [
            Article(uri=uri, title=title, body=body, publisher="Harling Echo", language="en", published_at=published)
            for uri, title, body, published in given
        ],
    )
    run(store)
    return len({*stories(store).values()})


@pytest.mark.parametrize("days", [1, 7])
@pytest.mark.parametrize("minutes", [12, 0, -12])
def test_what_comes_at_one_hour_of_two_days_is_of_two_events(store: Store, days: int, minutes: int) -> None:
    assert decided(store, *COLUMNS, AT, timedelta(days=days, minutes=minutes)) == 2


def test_a_report_that_follows_at_that_hour_is_of_the_same_event(store: Store) -> None:
    assert decided(store, FIRE, NEXT_DAY, AT, timedelta(days=1, minutes=12)) == 1


def test_days_without_an_hour_tell_nothing(store: Store) -> None:
    """Many sources give a day alone, which begins at a whole or half hour of the world's time."""
    assert decided(store, *COLUMNS, AT.replace(hour=18, minute=30, second=0), timedelta(days=1)) == 1

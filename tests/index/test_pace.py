"""The pace of the stream: decisions a day, as told by the dated articles decided lately."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index.pace import DAY, DECISIONS, LEAST_DATED, LEAST_UNDATED, MOST_KEPT, STEP, Pace, least_pace, pace_of

SLOWEST = 20.0
START = 20_000 * DAY


def steady(perday: float, ordinals: Iterable[int]) -> dict[int, int]:
    """Dates of a stream of so many decisions a day."""
    return {ordinal: START + round(ordinal * DAY / perday) for ordinal in ordinals}


def pace_by_place(dates: dict[int, int], slowest: float) -> float:
    """The pace of dates by their places in the order of decisions."""
    places = sorted(dates)
    return pace_of(places, [dates[place] for place in places], slowest)


def told(dates: dict[int, int], last: int) -> float:
    """The pace before the decision `last`, the first of a step."""
    within = {ordinal: date for ordinal, date in dates.items() if last - DECISIONS <= ordinal < last}
    return pace_by_place(within, least_pace(SLOWEST, len(within), min(last, DECISIONS)))


def filled(dates: dict[int, int]) -> Pace:
    pace = Pace(SLOWEST)
    for ordinal, published in dates.items():
        pace.add(ordinal, published)
    return pace


@pytest.mark.parametrize("perday", [SLOWEST, 500.0, 80_000.0])
def test_a_steady_stream_has_its_pace(perday: float) -> None:
    assert pace_by_place(steady(perday, range(DECISIONS)), SLOWEST) == pytest.approx(perday, rel=0.01)
    # Undated articles among them take part in the order of decisions.
    assert pace_by_place(steady(perday, range(0, DECISIONS, 7)), SLOWEST) == pytest.approx(perday, rel=0.01)


def test_the_middles_of_two_halves_are_compared() -> None:
    """Each by the date that most of it has: of 64 articles the last 17 came a day later, more than half of 32."""
    dates = {ordinal: START + DAY * (ordinal >= 64 - 17) for ordinal in range(64)}
    assert pace_by_place(dates, SLOWEST) == 32.0
    assert pace_by_place(dates | {64 - 17: START}, SLOWEST) == DAY


def test_a_stream_of_few_dates_has_the_slowest_pace() -> None:
    few = steady(500.0, range(LEAST_DATED - 1))
    assert pace_by_place({}, SLOWEST) == pace_by_place(few, SLOWEST) == SLOWEST
    assert pace_by_place(few | steady(500.0, [LEAST_DATED]), SLOWEST) == pytest.approx(500.0, rel=0.05)


def test_no_stream_is_slower_than_the_slowest_nor_faster_than_a_decision_a_second() -> None:
    assert pace_by_place(steady(1.0, range(DECISIONS)), SLOWEST) == SLOWEST
    assert pace_by_place(dict.fromkeys(range(DECISIONS), START), SLOWEST) == DAY
    assert pace_by_place(steady(10.0 * DAY, range(DECISIONS)), SLOWEST) == DAY


def test_a_stream_that_goes_back_in_time_has_its_pace_too() -> None:
    backwards = {ordinal: 2 * START - date for ordinal, date in steady(500.0, range(DECISIONS)).items()}
    assert pace_by_place(backwards, SLOWEST) == pytest.approx(500.0, rel=0.01)


def test_some_wrong_dates_change_little() -> None:
    dates = steady(500.0, range(DECISIONS))
    wrong = dates | {ordinal: (0 if ordinal % 2 else 9 * START) for ordinal in range(0, DECISIONS, 9)}
    assert pace_by_place(wrong, SLOWEST) == pytest.approx(500.0, rel=0.2)


@settings(max_examples=40)
@given(
    dates=st.dictionaries(st.integers(0, 9_999), st.integers(-(2**40), 2**40) | st.just(0), min_size=60, max_size=90),
    slowest=st.floats(0.1, 1e4),
    shift=st.integers(-(2**30), 2**30),
)
def test_the_pace_has_bounds_and_depends_on_places_and_distances_alone(
    dates: dict[int, int], slowest: float, shift: int
) -> None:
    found = pace_by_place(dates, slowest)
    assert slowest <= found <= max(slowest, DAY * (1 + 1e-9))
    assert pace_by_place({ordinal: date + shift for ordinal, date in dates.items()}, slowest) == found
    assert pace_by_place({ordinal + 77: date for ordinal, date in dates.items()}, slowest) == found


def test_the_pace_is_told_by_the_decisions_before_the_last_step() -> None:
    dates = steady(500.0, range(STEP)) | steady(2_000.0, range(STEP, 3 * STEP))
    pace = filled(dates)
    assert pace.at(STEP - 1) == SLOWEST, "nothing lies before the first step"
    first = pace_by_place({o: d for o, d in dates.items() if o < STEP}, SLOWEST)
    assert pace.at(STEP) == pace.at(2 * STEP - 1) == first == pytest.approx(500.0, rel=0.01)
    assert pace.at(2 * STEP) == pace_by_place({o: d for o, d in dates.items() if o < 2 * STEP}, SLOWEST) != first


def test_articles_with_dates_do_not_take_undated_ones_further_apart() -> None:
    """One in ten has no date, and the dates stand still for a moment or go slowly: a tenth of the pace is theirs."""
    assert least_pace(SLOWEST, 0, 0) == least_pace(SLOWEST, 0, 500) == SLOWEST
    assert least_pace(SLOWEST, 450, 500) == pytest.approx(10 * SLOWEST)
    assert least_pace(SLOWEST, 500, 500) == SLOWEST / LEAST_UNDATED
    slow = {ordinal: date for ordinal, date in steady(30.0, range(DECISIONS)).items() if ordinal % 10}
    assert filled(slow).at(DECISIONS) == pytest.approx(10 * SLOWEST, rel=0.01)
    fast = {ordinal: date for ordinal, date in steady(3_000.0, range(DECISIONS)).items() if ordinal % 10}
    assert filled(fast).at(DECISIONS) == pytest.approx(3_000.0, rel=0.01)


def test_what_came_long_ago_tells_nothing() -> None:
    old, new = steady(500.0, range(DECISIONS)), steady(5_000.0, range(DECISIONS, 2 * DECISIONS))
    pace = filled(old | new)
    assert pace.at(2 * DECISIONS) == pace_by_place(new, SLOWEST) == pytest.approx(5_000.0, rel=0.01)
    assert pace.at(3 * DECISIONS) == SLOWEST


def test_no_more_dates_are_kept_than_tell_the_pace_though_nobody_asks_for_it() -> None:
    """As with [stories] enabled = false, in a daemon that runs for months."""
    dates = steady(500.0, range(5 * DECISIONS))
    pace = filled(dates)
    assert DECISIONS < len(pace) <= MOST_KEPT
    assert pace.at(5 * DECISIONS) == told(dates, 5 * DECISIONS)


def test_an_article_with_a_new_version_is_forgotten_at_once() -> None:
    dates = steady(500.0, range(LEAST_DATED))
    pace = filled(dates)
    assert pace.at(STEP) == pytest.approx(500.0, rel=0.01)
    pace.discard(77)
    pace.discard(5)
    few = least_pace(SLOWEST, LEAST_DATED - 1, STEP)
    assert pace.at(STEP) == few < 25
    pace.add(STEP, START)
    assert pace.at(2 * STEP - 1) == few


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[int, int | None, bool]]:
    """Decisions in order: ordinal, date, and whether it is a new version of the dated article before."""
    ordinal = draw(st.integers(0, 2 * DECISIONS))
    found = []
    random = draw(st.randoms(use_true_random=False))
    undated, versions = draw(st.floats(0, 0.5)), draw(st.floats(0, 0.5))
    for _ in range(2 * LEAST_DATED):
        ordinal += random.choice([1, 1, 5, 100, STEP])
        published = None if random.random() < undated else START + random.randrange(99) * DAY
        found.append((ordinal, published, random.random() < versions))
    return found


@settings(max_examples=40)
@given(stream=streams(), asked=st.sets(st.integers(0, 127)), restart=st.integers(0, 127))
def test_the_pace_depends_on_the_articles_alone(
    stream: list[tuple[int, int | None, bool]], asked: set[int], restart: int
) -> None:
    """Not on when it was asked for, nor on a start in between with the dates that the database then holds."""
    often, sometimes, restarted = Pace(SLOWEST), Pace(SLOWEST), Pace(SLOWEST)
    database: dict[int, int] = {}
    for place, (ordinal, published, is_version) in enumerate(stream):
        if place == restart:
            restarted = filled({o: d for o, d in sorted(database.items()) if o >= ordinal - DECISIONS - STEP})
        paces = often, sometimes, restarted
        if is_version and database:
            former = max(database)
            del database[former]
            for pace in paces:
                pace.discard(former)
        step = ordinal // STEP * STEP
        expected = told(database, step)
        assert often.at(ordinal) == expected
        if place in asked:
            assert sometimes.at(ordinal) == expected
        if place >= restart:
            assert restarted.at(ordinal) == expected
        if published is not None:
            database[ordinal] = published
            for pace in paces:
                pace.add(ordinal, published)

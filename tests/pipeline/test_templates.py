"""Texts made from one template are no copies, and of other events, whatever their headlines; copies stay copies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dedup.intake.article import Article
from dedup.store import Store
from tests.pipeline.conftest import put, run

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

EARNINGS = (
    "{name} Inc. ({ticker}) on {day} reported fiscal {quarter}-quarter profit of ${profit} million.\n\n"
    "The {town}-based company said it had net income of {cents} cents per share. Earnings, adjusted for one-time gains "
    "and costs, came to {adjusted} cents per share.\n\n"
    "The {trade} posted revenue of ${revenue} million in the period, which met expectations. For the current quarter, "
    "{name} expects revenue in the range of ${low} million to ${high} million.\n\n"
    "The results surpassed forecasts. The average estimate of {analysts} analysts surveyed was for earnings of {guess} "
    "cents per share."
)
COMPANIES = [
    {
        "name": "Tarnholt", "ticker": "TRNH", "day": "Monday", "quarter": "second", "profit": 48.2, "town": "Duluth",
        "cents": 61, "adjusted": 66, "trade": "pump maker", "revenue": 512.4, "low": 520, "high": 531, "analysts": 12,
        "guess": 59,
    },
    {
        "name": "Quillfern", "ticker": "QFRN", "day": "Monday", "quarter": "third", "profit": 7.9, "town": "Tampa",
        "cents": 13, "adjusted": 19, "trade": "seed merchant", "revenue": 96.1, "low": 88, "high": 94, "analysts": 4,
        "guess": 17,
    },
    {
        "name": "Obersby", "ticker": "OBSB", "day": "Tuesday", "quarter": "first", "profit": 131.5, "town": "Oslo",
        "cents": 204, "adjusted": 211, "trade": "shipyard", "revenue": 2104.7, "low": 2010, "high": 2090, "analysts": 9,
        "guess": 187,
    },
]  # fmt: skip
GOLD = (
    "Gold prices {moved} on {day} as the dollar {dollar} ahead of the Federal Reserve's meeting.\n\n"
    "Spot gold was {up} {share} percent at ${spot} an ounce by {hour} GMT, after touching ${peak}. U.S. gold futures "
    "settled {up} {futures} percent at ${settled}.\n\n"
    "The dollar index was at {index}, which makes bullion {dearer} for holders of other currencies. Yields of 10-year "
    "Treasury notes stood at {bond} percent.\n\n"
    "Among other metals, silver traded at ${silver} an ounce, platinum at ${platinum} and palladium at ${palladium}."
)
DAYS = [
    (
        "Gold edges up on softer dollar", "crept higher", "Monday", "weakened", "up", 0.4, 2411.36, "1342", 2419.02,
        0.5, 2420.10, 103.28, "cheaper", 4.18, 28.94, 983.15, 1012.40,
    ),
    (
        "Bullion slips from peak before Fed", "retreated", "Tuesday", "firmed", "down", 0.9, 2389.77, "1411", 2408.63,
        1.1, 2393.80, 104.05, "dearer", 4.26, 28.31, 971.62, 998.75,
    ),
    (
        "Precious metals: safe havens shine", "jumped", "Wednesday", "eased", "up", 1.3, 2420.84, "1329", 2426.55,
        1.2, 2422.50, 103.61, "cheaper", 4.11, 29.47, 990.08, 1021.33,
    ),
]  # fmt: skip


def earnings(number: int) -> Article:
    company = COMPANIES[number]
    title = f"{company['name']}: fiscal {str(company['quarter']).title()}-Quarter Earnings Snapshot"
    return article(f"earnings-{number}", title, EARNINGS.format(**company), AT + timedelta(hours=number))


def gold(number: int) -> Article:
    names = (
        "moved", "day", "dollar", "up", "share", "spot", "hour", "peak", "futures", "settled", "index", "dearer",
        "bond", "silver", "platinum", "palladium",
    )  # fmt: skip
    title, *values = DAYS[number]
    body = GOLD.format(**dict(zip(names, values, strict=True)))
    return article(f"gold-{number}", title, body, AT + timedelta(days=number))


def article(uri: str, title: str, body: str, at: datetime, publisher: str = "Calder Desk") -> Article:
    return Article(uri=uri, title=title, body=body, publisher=publisher, language="en", published_at=at)


def places(store: Store) -> dict[str, tuple[int, int]]:
    with store.reading() as connection:
        query = "SELECT uri, duplicate_group_id, story_id FROM v_story_articles"
        return {uri: (group, story) for uri, group, story in connection.execute(sa.text(query))}


@pytest.mark.parametrize("made", [earnings, gold])
@pytest.mark.parametrize("batch_size", [1, 256])
def test_issues_of_one_template_are_other_texts_and_other_events(
    store: Store, made: Callable[[int], Article], batch_size: int
) -> None:
    put(store, [made(number) for number in range(3)])
    run(store, batch_size=batch_size)
    found = places(store)
    assert len({group for group, _ in found.values()}) == 3
    assert len({story for _, story in found.values()}) == 3
    with store.reading() as connection:
        told = connection.execute(sa.text("SELECT DISTINCT tier FROM v_why WHERE verdict = 'series' ORDER BY tier"))
        assert told.scalars().all()[-1:] == ["story"]


@pytest.mark.parametrize("made", [earnings, gold])
def test_a_copy_and_a_correction_of_an_issue_are_copies_of_that_one(
    store: Store, made: Callable[[int], Article]
) -> None:
    issues = [made(number) for number in range(3)]
    issue = issues[1]
    cut = issue.body.rpartition("\n\n")[0]
    corrected = f"{issue.body.replace('percent', 'per cent')}\n\n(Corrects spelling in the second paragraph.)"
    assert issue.published_at is not None
    later = issue.published_at + timedelta(hours=5)
    put(store, [*issues, article("cut", issue.title or "", cut, later, "Tarsay Courier")])
    put(store, [article("corrected", issue.title or "", corrected, later)])
    run(store)
    found = places(store)
    assert found["cut"] == found["corrected"] == found[issue.uri]
    assert len({group for group, _ in found.values()}) == 3


def test_an_edited_copy_with_other_lead_and_the_same_particulars_is_a_copy(store: Store) -> None:
    opening = (
        "Divers found cracks in two piers of the Linnford harbour bridge on Monday, and it was closed at 16:40.\n\n"
    )
    body = (
        "Engineer Dana Orsolo said the cracks were up to 40 centimetres long and had not been there when the piers "
        "were last examined in 2019. Some 18,000 cars cross the bridge each day.\n\nFerries will carry people on foot "
        "from the old customs house to Tarsay every 20 minutes, the county said, and lorries have to take the road by "
        "Kessock, which is 31 miles longer."
    )
    lead = "Thousands of commuters face weeks of detours, since a bridge had to be shut at a moment's notice.\n\n"
    put(store, [article("one", "Cracks close Linnford bridge", opening + body, AT)])
    put(
        store,
        [article("two", "Commuters face weeks of detours", lead + body, AT + timedelta(hours=2), "Tarsay Courier")],
    )
    run(store)
    found = places(store)
    assert found["one"] == found["two"]


def test_issues_of_one_desk_are_other_events_where_the_sentences_of_the_day_are_others(store: Store) -> None:
    one, other = (
        f"Crude {moved} on {day} as traders weighed {why}.\n\nBrent for {month} settled {up} {cents} cents, "
        f"or {share} percent, at ${brent} a barrel. West Texas Intermediate ended {up} {wti} cents at ${texas}.\n\n"
        f"{quote}\n\nAll prices are those of the front month at the close of trading and may still be revised."
        for moved, day, why, month, up, cents, share, brent, wti, texas, quote in (
            (
                "rose", "Monday", "a strike at two Norwegian terminals", "May", "up", 87, 1.1, 81.44, 92, 77.31,
                "Nobody wants to be short before Thursday, said Ulla Brandt of Fjordline Commodities in Bergen.",
            ),
            (
                "fell", "Tuesday", "a surprise build in inventories", "June", "down", 134, 1.6, 80.10, 141, 75.90,
                "Stocks at Cushing rose by 3.2 million barrels, while refineries ran at 84.6 percent of capacity.",
            ),
        )
    )  # fmt: skip
    put(store, [article("one", "Strike lifts oil", one, AT)])
    put(store, [article("other", "Barrels pile up in Oklahoma", other, AT + timedelta(hours=20))])
    run(store)
    found = places(store)
    assert found["one"][1] != found["other"][1]
    with store.reading() as connection:
        told = sa.text("SELECT verdict, score >= threshold FROM v_why WHERE tier = 'story' AND verdict = 'series'")
        assert [tuple(row) for row in connection.execute(told)] == [("series", True)]

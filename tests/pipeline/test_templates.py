"""Texts made from one template are no copies, and of other events, whatever their headlines; copies stay copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dedup.intake.article import Article
from dedup.store import Store
from tests.pipeline.conftest import places, put, run

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


def assert_all_apart(store: Store, issues: int) -> None:
    """So many texts, each of a story of its own."""
    found = places(store)
    assert len({group for group, _ in found.values()}) == issues
    assert len({story for _, story in found.values()}) == issues


@pytest.mark.parametrize("made", [earnings, gold])
@pytest.mark.parametrize("batch_size", [1, 256])
def test_issues_of_one_template_are_other_texts_and_other_events(
    store: Store, made: Callable[[int], Article], batch_size: int
) -> None:
    put(store, [made(number) for number in range(3)])
    run(store, batch_size=batch_size)
    assert_all_apart(store, 3)
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


RESULTS = """Hessel Pumps, fourth quarter

Share {share} cents vs 41 cents
Net {net} vs 2,981,442
Sales {sales} vs 31,077,015
Average shares 7,310,288 vs 7,266,190
Year
Share 1.66 vs 1.52
Net 12,140,006 vs 11,020,377
Sales 128,911,604 vs 119,400,831
Note: {note}."""


@pytest.mark.parametrize(
    ("later", "is_copy"),
    [
        ({"note": "the net of the year before excludes a gain of 310,000 from the sale of a yard in Oban"}, True),
        ({"share": 57, "net": "4,102,667", "sales": "36,418,250", "note": "the dividend is unchanged"}, False),
    ],
)
def test_results_told_again_on_the_next_day_are_a_copy_while_their_figures_are_the_same(
    store: Store, later: dict[str, object], is_copy: bool
) -> None:
    first = {"share": 44, "net": "3,214,090", "sales": "33,800,121", "note": "net includes a tax credit of 90,000"}
    for number, values in enumerate([first, first | later]):
        body = RESULTS.format(**values)
        put(store, [article(f"results-{number}", "Hessel Pumps quarterly results", body, AT + timedelta(days=number))])
    run(store)
    assert (len({group for group, _ in places(store).values()}) == 1) is is_copy


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


RATES = (
    "The crown {went} on {day} to {rate} for a euro, with dealers {why}.\n\nThe central bank's fixing at 14:15 was "
    "{fixing}, and the dollar was worth {dollar} crowns. The three-month rate stood at {money} percent and the yield "
    "of the bond due in 2034 at {bond} percent.\n\nThe exchange in Orsund closed at {index} points after a turnover "
    "of {turnover} million crowns. The bank meets again on 26 March."
)
RATES_BY_DAY = [
    ("Crown firmer", "rose", "Monday", "11.2214", "in no hurry", "11.2230", "10.3415", "4.12", "2.48", 1284, 61),
    ("A quiet day", "slipped", "Tuesday", "11.2291", "waiting", "11.2268", "10.3415", "4.12", "2.51", 1279, 58),
    ("Krona bears return", "slid", "Wednesday", "11.2340", "on leave", "11.2333", "10.3522", "4.13", "2.51", 1281, 61),
]  # fmt: skip
SHED = (
    "At the auction on {day}, cod fetched {cod}, haddock {haddock}, plaice {plaice} and hake {hake} a kilogram. "
    "{boats} boats landed {boxes} boxes.\n\nThe auction is held on every working day from six in the morning in the "
    "shed at the north quay and is open to all who have a licence from the harbour board. Fish is sold by the box, "
    "and what is not taken by ten is offered again on the day after at a lower price. The names of the buyers are "
    "not given. Prices are those of the first quality and include neither ice nor transport, which the buyer pays "
    "for himself.\n\nThe list is put together by the clerk and printed without a guarantee. Whoever finds a mistake "
    "should tell the clerk before the next sale, since later complaints are not heard. The board keeps the lists and "
    "shows them to anybody who asks, for a small fee, in the reading room of the old customs house."
)
SHED_BY_DAY = [
    ("Cod dearer at the quay", "Monday", "5.12", "3.91", "2.85", "6.40", 31, 812),
    ("Haddock eases", "Tuesday", "5.30", "3.84", "2.85", "6.55", 27, 765),
    ("Boats stay in port", "Wednesday", "5.41", "3.99", "2.92", "6.55", 19, 604),
]
SLIDE = (
    "At least {dead} people were killed and {hurt} injured when a hillside above the town of Sarvan gave way, "
    "officials said on Tuesday.\n\nRescuers have pulled {out} people from the mud and {missing} are still missing, "
    "said Lena Karsh, who leads the province's civil protection. {soldiers} soldiers with {dogs} dogs are at "
    "work.\n\nThe slide buried 34 houses on the east side of the valley shortly after 04:20. The road to Melik is "
    "cut in two places and 3,200 people are without power. Sarvan, a town of 11,000, was hit by a slide in 1999 that "
    "killed 27."
)
SLIDE_BY_HOUR = [
    ("Hillside buries houses in Sarvan", 12, 31, 17, 48, 220, 6),
    ("Toll rises in Sarvan mudslide", 16, 38, 22, 41, 400, 11),
    ("Hopes fade for the missing of Sarvan", 19, 40, 25, 37, 410, 14),
]


def rates(number: int) -> Article:
    names = ("went", "day", "rate", "why", "fixing", "dollar", "money", "bond", "index", "turnover")
    return issue("rates", RATES_BY_DAY, RATES, names, number, timedelta(days=number, minutes=11 * number))


def shed(number: int) -> Article:
    names = ("day", "cod", "haddock", "plaice", "hake", "boats", "boxes")
    return issue("shed", SHED_BY_DAY, SHED, names, number, timedelta(days=number))


def slide(number: int) -> Article:
    names = ("dead", "hurt", "out", "missing", "soldiers", "dogs")
    return issue("slide", SLIDE_BY_HOUR, SLIDE, names, number, timedelta(hours=4 * number))


def issue(
    name: str, days: Sequence[tuple[object, ...]], body: str, names: Sequence[str], number: int, later: timedelta
) -> Article:
    title, *values = days[number]
    return article(f"{name}-{number}", str(title), body.format(**dict(zip(names, values, strict=True))), AT + later)


@pytest.mark.parametrize("made", [rates, shed])
@pytest.mark.parametrize("batch_size", [1, 256])
def test_issues_of_successive_days_whose_figures_hardly_move_are_other_texts_and_other_events(
    store: Store, made: Callable[[int], Article], batch_size: int
) -> None:
    put(store, [made(number) for number in range(3)])
    run(store, batch_size=batch_size)
    assert_all_apart(store, 3)


@pytest.mark.parametrize("made", [rates, shed])
def test_an_issue_with_one_figure_corrected_is_a_copy_also_on_the_next_day(
    store: Store, made: Callable[[int], Article]
) -> None:
    first = made(0)
    put(store, [first])
    for number, (publisher, hours) in enumerate([("Calder Desk", 3), ("Tarsay Courier", 5), ("Calder Desk", 24)]):
        body = first.body.replace("11.2230", "11.2250").replace("3.91", "3.19")
        assert body != first.body
        at = AT + timedelta(hours=hours)
        put(store, [article(f"fixed-{number}", f"Corrected: {first.title}", body, at, publisher)])
    run(store)
    assert len(set(places(store).values())) == 1


def test_the_toll_of_one_event_may_rise_within_hours(store: Store) -> None:
    put(store, [slide(number) for number in range(3)])
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


def test_a_report_of_the_next_day_that_repeats_the_background_is_of_the_same_event(store: Store) -> None:
    background = (
        "Halden Foods, founded in 1931, employs 2,140 people at six sites and had sales of 412 million crowns last "
        "year. Its plant at Vikmyr, opened in 1988, makes a third of the frozen fish sold in the country.\n\nThe "
        "company was bought by the fund Norsk Kapital in 2019 for 1.1 billion crowns. It closed a plant in Bodvik in "
        "2022, where 180 people lost their jobs, and said in January that costs had risen by 14 percent."
    )
    first = (
        "Halden Foods said on Wednesday that it would close its plant at Vikmyr by the end of June, with the loss of "
        "460 jobs. Chief executive Ina Strand said that there was no other way."
    )
    second = (
        "Trade minister Kari Lund is to meet the management of Halden Foods on Friday, she said on Thursday, a day "
        "after it announced the end of the plant at Vikmyr and of 460 jobs."
    )
    put(store, [article("one", "Halden Foods to shut Vikmyr plant", f"{first}\n\n{background}", AT)])
    later = AT + timedelta(hours=24)
    put(store, [article("two", "Minister to meet Halden over Vikmyr plant", f"{second}\n\n{background}", later)])
    run(store)
    found = places(store)
    assert found["one"][1] == found["two"][1]


def test_one_day_in_two_towns_that_only_the_headings_name_alike(store: Store) -> None:
    sky = (
        "Today the sky will be {sky} in {town} and around it. It will be {low} degrees in the morning and {high} in "
        "the afternoon.\n\nThe wind comes from the west with gusts of 50 km/h. The risk of rain is put at 10 percent. "
        "{more}\n\nNo part of the county has a warning. Tomorrow it will be as warm as today. The air is of a fair "
        "quality.\n\nThis forecast was made at 6 by our desk from the figures of the Weather Office in Inverness, the "
        "Clyde Harbour Board and the Northern Lights Trust. How the weather is where you live is told on our site."
    )
    oban = sky.format(sky="changing", town="Oban", low=11, high=24, more="The sun sets at 9.32.")
    leith = sky.format(sky="grey", town="Leith", low=14, high=20, more="There will be mist in the valleys.")
    put(store, [article("oban", "Weather Oban: some showers this Thursday", oban, AT)])
    put(store, [article("leith", "Weather Leith: a veil of clouds this Thursday", leith, AT + timedelta(minutes=15))])
    run(store)
    found = places(store)
    assert found["oban"][1] != found["leith"][1]

"""What comes again is one story a day, also where the days meet in a third text or in another headline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.decision.batch import Batch
from dedup.decision.issues import Issues
from dedup.decision.memory import Memory, scheme_of
from dedup.decision.recurrence import Recurrence
from dedup.decision.resigning import Resigning
from dedup.decision.roster import Roster
from dedup.index.segments import Entry
from dedup.intake.article import Article
from dedup.store import Store
from dedup.store.passes import rows
from dedup.store.passes.changes import Changes
from dedup.store.passes.rules import Settled
from dedup.tally import Tally
from dedup.writer import Writer
from tests.pipeline.conftest import NOW, put, run, stories
from tests.pipeline.news import FLOOD, STRIKE
from tests.pipeline.news import article as short
from tests.pipeline.planned import apply, placed, plan, with_stories
from tests.pipeline.schemes import make_older
from tests.pipeline.test_templates import earnings

AT = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
DESK, PAPER = "Calder Desk", "Tarsay Courier"
MARKET = (
    "The Norland Bank is {will} to {act} in the money market, economists said.\n\nThey said that the bank {need} to "
    "add reserves and {way}. {reason}\n\nOvernight money, which averaged {mean} percent on {before}, opened at {first} "
    "percent and {later} in early trading."
)
ONE = {
    "will": "expected", "act": "add reserves", "need": "needs",
    "way": "would probably do so indirectly, by way of customer repurchase agreements of about two billion crowns",
    "reason": "Banks pay for the bonds that the state sold last week.",
    "mean": "6.12", "before": "Friday", "first": "6-1/16", "later": "stayed there",
}  # fmt: skip
TWO = {
    "will": "not expected", "act": "add reserves", "need": "has no need",
    "way": "would not even do so indirectly, by way of customer repurchase agreements of any size",
    "reason": "Tax payments have yet to drain the accounts of the Treasury.",
    "mean": "6.04", "before": "Thursday", "first": "6", "later": "slipped a little",
}  # fmt: skip
THREE = {
    "will": "expected", "act": "set customer repurchases", "need": "has a need",
    "way": "was seen to offer indirectly temporary reserves, through repurchase agreements of 1.5 billion crowns",
    "reason": "Some saw a chance of a direct round, since funds are dear as the quarter ends.",
    "mean": "6.31", "before": "Monday", "first": "6-3/8", "later": "rose",
}  # fmt: skip
FIRST, SECOND, THIRD = (MARKET.format(**told_of) for told_of in (ONE, TWO, THREE))
# In other words, but for its headline.
ANEW = (
    "Economists do not look for the Norland Bank in the money market this morning.\n\nThe Treasury's accounts at the "
    "bank have fallen since the tax date, they said, so that there is no longer a need to add reserves. Should "
    "overnight money stay above 6 percent the bank might still offer repurchase agreements, temporary or for its "
    "customers, and so supply reserves indirectly. A few believe it will drain some.\n\nOvernight money opened at "
    "6-1/8 percent."
)
# What another paper tells of both days.
BOTH = (
    "The Norland Bank entered the money market to add reserves by way of customer repurchase agreements of two billion "
    "crowns, a spokesman said.\n\nEconomists had not expected the bank to add reserves: tax payments have yet to drain "
    "the accounts of the Treasury. Overnight money was at 6-1/16 percent when the bank came, after an opening at 6 "
    "percent. On Thursday it averaged 6.04 percent.\n\nOn Monday of this week economists had said that the bank would "
    "add reserves indirectly, since banks pay for the bonds that the state sold last week. It did so with repurchase "
    "agreements of 1.5 billion crowns."
)
ISSUES = sa.text(
    "SELECT m.uri FROM v_why w JOIN v_articles a ON a.article_id = w.article_id "
    "JOIN v_articles m ON m.article_id = w.matched_article_id "
    "WHERE a.uri = :uri AND w.tier = 'story' AND w.verdict = 'series'"
)

PAIRS = sa.text("SELECT DISTINCT article_id, matched_article_id FROM v_why WHERE verdict = 'series'")


def told(uri: str, title: str, body: str, days: float, publisher: str = DESK) -> Article:
    at = AT + timedelta(days=days)
    return Article(uri=uri, title=title, body=body, publisher=publisher, language="en", published_at=at)


ISSUE_ONE = told("one", "Norland Bank expected to add reserves", FIRST, 0)
ISSUE_TWO = told("two", "Norland Bank not expected to add reserves", SECOND, 4)
ISSUE_THREE = told("three", "Norland Bank expected to set customer repurchases", THIRD, 8)
HEADED_ALIKE = told("anew", "Norland Bank not expected to act in market", ANEW, 9)
OF_BOTH = told("both", "Norland Bank adds reserves by customer repurchases", BOTH, 4.05, PAPER)


def passed_over(store: Store, uri: str) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(ISSUES, {"uri": uri}))


@pytest.mark.parametrize("passes", [1, 3])
def test_two_issues_of_a_third_one_are_two_issues(store: Store, passes: int) -> None:
    issues = [ISSUE_ONE, ISSUE_TWO, ISSUE_THREE]
    for number in range(0, 3, 3 // passes):
        put(store, issues[number : number + 3 // passes])
        run(store)
    assert len(set(stories(store).values())) == 3
    # The third one shares its wording with the second one alone.
    assert passed_over(store, "three") >= {"two"}


@pytest.mark.parametrize("passes", [1, 3])
def test_a_headline_of_the_form_that_comes_again_is_of_another_issue(store: Store, passes: int) -> None:
    issues = [ISSUE_ONE, ISSUE_TWO, HEADED_ALIKE]
    for number in range(0, 3, 3 // passes):
        put(store, issues[number : number + 3 // passes])
        run(store)
    assert len(set(stories(store).values())) == 3
    assert passed_over(store, "anew") == {"one", "two"}


def test_a_headline_of_that_form_may_follow_on_the_same_day(store: Store) -> None:
    put(store, [ISSUE_ONE, ISSUE_TWO, told("anew", "Norland Bank not expected to act in market", ANEW, 4.1)])
    run(store)
    found = stories(store)
    assert found["anew"] == found["two"] != found["one"]


@pytest.mark.parametrize("passes", [1, 3])
def test_a_text_that_tells_of_two_issues_does_not_make_one_story_of_them(store: Store, passes: int) -> None:
    texts = [ISSUE_ONE, ISSUE_TWO, OF_BOTH]
    for number in range(0, 3, 3 // passes):
        put(store, texts[number : number + 3 // passes])
        run(store)
    found = stories(store)
    assert found["both"] == found["two"] != found["one"]


@pytest.mark.parametrize("page", [1, 500])
@pytest.mark.parametrize("days", [0, 2, 4.03, 6])
@pytest.mark.parametrize("last", [ISSUE_THREE, HEADED_ALIKE, OF_BOTH], ids=lambda article: str(article.uri))
def test_a_plan_without_a_change_keeps_issues_apart(
    store: Store, monkeypatch: pytest.MonkeyPatch, last: Article, days: float, page: int
) -> None:
    monkeypatch.setattr("dedup.store.plans.basis.PAGE", page)
    put(store, [ISSUE_ONE, ISSUE_TWO, last])
    run(store)
    before, since = placed(store), AT + timedelta(days=days)
    made = plan(store, Config(), since)
    assert made.difference.cases == ()
    # What is written down of the reasons changes nothing.
    assert apply(store, Config(), since, name=made.name).difference.cases == ()
    assert placed(store) == before


@pytest.mark.parametrize("passes", [1, 4])
def test_a_new_version_of_another_day_is_no_other_issue_than_its_former_one(store: Store, passes: int) -> None:
    redated = replace(ISSUE_TWO, published_at=AT + timedelta(days=5))
    texts = [ISSUE_ONE, ISSUE_TWO, OF_BOTH, redated]
    for number in range(0, 4, 4 // passes):
        put(store, texts[number : number + 4 // passes])
        run(store)
    found = stories(store)
    assert found["two"] == found["both"] != found["one"]


def test_two_issues_stay_two_where_one_of_them_has_another_address(store: Store) -> None:
    put(store, [ISSUE_ONE, ISSUE_TWO, replace(ISSUE_TWO, url="https://calder.example/reserves"), OF_BOTH])
    run(store)
    found = stories(store)
    assert found["both"] == found["two"] != found["one"]


def test_what_an_applied_configuration_finds_is_what_later_decisions_ask(store: Store, second_fresh: Store) -> None:
    """Also where no story changes."""
    other = with_stories(threshold=0.9999)
    for kept, config in ((store, Config()), (second_fresh, other)):
        put(kept, [ISSUE_ONE, ISSUE_TWO, ISSUE_THREE, HEADED_ALIKE])
        run(kept, config)
    before = pairs(store)
    apply(store, other)
    assert pairs(store) == pairs(second_fresh) != before
    apply(store, Config())
    assert pairs(store) == before


def pairs(store: Store) -> set[tuple[int, int]]:
    with store.reading() as connection:
        return {(newer, older) for newer, older in connection.execute(PAIRS)}


def test_of_what_was_found_long_ago_the_database_is_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.decision.issues.KEPT", 2)
    put(store, [ISSUE_ONE, ISSUE_TWO, ISSUE_THREE])
    run(store)
    batch = Batch(store, Config(), scheme_of(Config()), NOW)
    issues = Issues(batch)
    for newer in (4, 5, 6):
        batch.changes.issues[newer].append(1)
    assert [issues.may_hold(article_id) for article_id in (3, 4, 7)] == [True, True, False]
    issues.settle()
    batch.begin(NOW)
    # The oldest one is in the database, as far as is known here.
    assert [issues.may_hold(article_id) for article_id in (3, 4, 5, 7)] == [True, True, True, False]
    assert set(issues.of(range(1, 8))) == pairs(store) | {(5, 1), (6, 1)}


def test_issues_that_another_version_signed_are_signed_before_they_are_compared(store: Store) -> None:
    """They may be members of stories that go on, far from all that is signed at the start."""
    put(store, [earnings(0), earnings(1), told("later", "Another report", ANEW, 400)])
    run(store)
    make_older(store)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE state SET next_ordinal = 200000"))
    config, entry = Config(), Entry(4, 200_000, None, "en", 0, text=False)
    with store.writer_lock() as lock:
        resigning = Resigning(store, config, scheme_of(config), lock, lambda _: None)
        assert resigning.begin() == 1
        memory = Memory(store, config, NOW, lambda _: None, resigning)
        recurrence = Recurrence(memory, Roster(memory.batch, memory.window))
        assert recurrence.hold_two_issues(1, 2, entry)


def test_the_names_of_a_text_are_of_its_own_language_also_within_its_batch(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy may be in another language than the text that is decided, and a batch later it is read from its row."""
    said, write = [], Writer.write

    def asked(writer: Writer, made: Changes, tally: Tally, settled: Settled | None = None) -> None:
        said.extend(writer.load().memory.names_in(article_id) for article_id in made.bodies)
        write(writer, made, tally, settled)

    monkeypatch.setattr(Writer, "write", asked)
    put(store, [short("flood", FLOOD), replace(short("copy", FLOOD), language="de"), short("strike", STRIKE)])
    run(store)
    with store.reading() as connection:
        languages = list(connection.scalars(sa.text("SELECT language FROM articles ORDER BY article_id")))
        assert said == [rows.names_in(connection, number) for number in (1, 2, 3)]
    assert languages == ["en", "de", "en"]
    assert len({*said}) == 3

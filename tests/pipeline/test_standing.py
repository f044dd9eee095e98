"""Who stands for a text and for a story: by the rule, in whatever order and batches the articles come."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.config import Config
from dedup.config.sections import DatabaseSettings, PublisherSettings
from dedup.intake.article import WITHDRAWN, Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.answers import exports, reasons
from dedup.store.passes import standing

from . import blocks
from .conftest import NOW, empty, put, rows, run
from .news import DAY, FLOOD, FLOOD_OTHER_WORDS, STRIKE, article
from .planned import LONG_AGO, apply, with_stories

CUT = FLOOD.rpartition("The railway")[0]
SHORTER = FLOOD.rpartition(", and the army")[0]
LONGER = FLOOD + " Schools stay shut until Thursday at the very least, says the mayor."


def told(uri: str, body: str, *, hours: float | None, publisher: str = "The Weir", title: str = "Flood") -> Article:
    date = None if hours is None else DAY + timedelta(hours=hours)
    return replace(article(uri, body, title=title), publisher=publisher, published_at=date)


def preferring(names: str) -> Config:
    return replace(Config(), publishers=PublisherSettings(preferred=names))


def deliver(store: Store, *articles: Article, config: Config | None = None, batch_size: int = 256) -> None:
    put(store, articles)
    run(store, config, batch_size=batch_size)
    assert store.check(full=True) == []


def originals(store: Store) -> list[str]:
    return [uri for (uri,) in rows(store, "SELECT uri FROM v_duplicates WHERE is_original ORDER BY uri")]


def representatives(store: Store) -> list[str]:
    return [uri for (uri,) in rows(store, "SELECT uri FROM v_story_articles WHERE is_representative ORDER BY story_id")]


@pytest.mark.parametrize("batch_size", [1, 256])
def test_the_complete_text_is_the_original_though_the_cut_came_before(store: Store, batch_size: int) -> None:
    deliver(
        store,
        told("cut", CUT, hours=0),
        told("complete", FLOOD, hours=2),
        told("again", FLOOD, hours=1),
        told("own words", FLOOD_OTHER_WORDS, hours=3),
        batch_size=batch_size,
    )
    assert originals(store) == ["again", "own words"] and representatives(store) == ["again"]
    # What copies are compared with is the article that came first, as before.
    compared = {*rows(store, "SELECT compared_article_id FROM v_duplicates WHERE uri <> 'own words'")}
    assert compared == {(1,)}


def represented(store: Store) -> list[tuple[object, ...]]:
    return rows(
        store,
        "SELECT h.story_id, a.uri, h.reason FROM v_story_history h JOIN v_articles a ON a.article_id = h.article_id "
        "WHERE h.event = 'represented' ORDER BY h.history_id, h.at",
    )


def test_the_history_tells_who_comes_to_stand_for_a_story(store: Store) -> None:
    deliver(store, told("late", FLOOD, hours=3), told("strike", STRIKE, hours=3, title="Strike"))
    assert represented(store) == [], "who opens a story stands for it"
    deliver(store, told("early", FLOOD_OTHER_WORDS, hours=1))
    deliver(store, told("later", FLOOD, hours=4, publisher="Aller Post"))
    expected = [(1, "early", "before article 1: it was published first")]
    assert represented(store) == expected and representatives(store) == ["early", "strike"]
    config = preferring("Aller Post")
    deliver(store, config=config)
    expected.append((1, "later", "before article 3: its publisher is preferred"))
    assert represented(store) == expected and representatives(store) == ["later", "strike"]
    deliver(store, Article("later", "", source="wire", content_type=WITHDRAWN), config=config)
    assert representatives(store) == ["early", "strike"]
    query = "SELECT a.uri, h.reason FROM v_story_history h JOIN articles a USING (article_id) WHERE event = '{}'"
    assert rows(store, query.format("represented"))[-1] == (
        "early", "article 4, which stood for it, is no longer in it"
    )  # fmt: skip


def test_nothing_is_told_where_the_same_article_stands_on(store: Store) -> None:
    deliver(store, told("early", FLOOD, hours=1))
    deliver(store, told("late", FLOOD_OTHER_WORDS, hours=3))
    deliver(store, told("early", FLOOD + " Corrected.", hours=1))
    assert representatives(store) == ["early"] and represented(store) == []


def test_an_export_tells_who_stands_behind_what_brought_it_about(store: Store) -> None:
    """A server sorts what has one number in any order, as the events of one moment."""
    for hours in range(9, 0, -1):
        deliver(store, told(f"flood {hours}", FLOOD, hours=hours), told(f"strike {hours}", STRIKE, hours=hours))
    with store.reading() as connection:
        (found,) = exports.stories(connection, [1, 2], text=False, evidence=False)
        for one in found:
            assert one["history"] == [asdict(event) for event in reasons.history(connection, one["story_id"])]
            events = [(event["event"], event["article_id"]) for event in one["history"]]
            came = [article for event, article in events if event != "represented"]
            assert events[1:] == [(event, article) for article in came[1:] for event in ("joined", "represented")]


def test_who_stood_within_a_batch_only_is_not_told(store: Store) -> None:
    deliver(store, told("late", FLOOD, hours=3), told("early", FLOOD_OTHER_WORDS, hours=1))
    assert representatives(store) == ["early"] and represented(store) == []
    deliver(store, told("earlier", FLOOD_OTHER_WORDS, hours=0.5), told("first", FLOOD, hours=0))
    reason = "article 2, which stood for it, is a copy of what article 3 tells"
    assert represented(store) == [(1, "first", reason)]


def test_one_that_is_longer_still_leaves_the_choice_among_all_that_are_complete(store: Store) -> None:
    deliver(store, told("shorter", SHORTER, hours=0), told("late", FLOOD, hours=5), told("early", FLOOD, hours=4))
    assert originals(store) == ["shorter"]
    deliver(store, told("longer", LONGER, hours=9))
    assert originals(store) == ["early"]


def test_a_title_comes_before_the_date_and_an_article_without_a_date_comes_last(store: Store) -> None:
    deliver(store, told("bare", FLOOD, hours=0, title=""), told("undated", FLOOD, hours=None))
    assert originals(store) == ["undated"]
    deliver(store, told("dated", FLOOD, hours=8))
    assert originals(store) == ["dated"]
    assert rows(store, "SELECT headline FROM v_stories") == [("Flood",)]


def test_only_whole_seconds_and_known_times_of_day_tell_who_was_first(store: Store) -> None:
    second = timedelta(seconds=1)
    late, early = told("late", FLOOD, hours=0), told("early", FLOOD, hours=0)
    deliver(store, replace(late, published_at=DAY + 0.9 * second), replace(early, published_at=DAY + 0.1 * second))
    assert originals(store) == ["late"]
    midnight = DAY.replace(hour=0)
    deliver(store, replace(told("day", FLOOD, hours=0), published_at=midnight))
    assert originals(store) == ["late"]
    deliver(store, replace(told("day before", FLOOD, hours=0), published_at=midnight - timedelta(days=1)))
    assert originals(store) == ["day before"]


@pytest.mark.parametrize("at_once", [1, 2, 50_000])
def test_preferred_publishers_stand_as_soon_as_they_are_configured(
    store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(standing, "AT_ONCE", at_once)
    deliver(
        store,
        told("a", FLOOD, hours=0),
        told("b", FLOOD, hours=1, publisher="Aller Post"),
        told("c", FLOOD_OTHER_WORDS, hours=2, publisher="The Capstan"),
        told("d", STRIKE, hours=2, title="Strike"),
    )
    assert originals(store) == ["a", "c", "d"] and representatives(store) == ["a", "d"]
    deliver(store, config=preferring("Aller Post"))
    assert originals(store) == ["b", "c", "d"] and representatives(store) == ["b", "d"]
    best = preferring("The Capstan; Aller Post")
    deliver(store, config=best)
    assert originals(store) == ["b", "c", "d"] and representatives(store) == ["c", "d"]
    deliver(store, told("e", STRIKE, hours=3, publisher="Aller Post", title="Strike"), config=best)
    assert representatives(store) == ["c", "e"]
    deliver(store)
    assert originals(store) == ["a", "c", "d"] and representatives(store) == ["a", "d"]
    assert rows(store, "SELECT COUNT(*) FROM config_versions") == [(1,)]


def test_a_source_is_preferred_where_no_publisher_is_known(store: Store) -> None:
    """Also where the one that stands so far is a copy that has a new version, or goes."""
    config = preferring("wire")
    wire = replace(told("a", FLOOD, hours=2), publisher=None)
    first, second = told("b", FLOOD, hours=0), told("c", FLOOD, hours=1)
    deliver(store, first, wire, second, config=config)
    assert originals(store) == ["a"]
    deliver(store, replace(wire, title="Flood again"), config=config)
    assert originals(store) == ["a"]
    deliver(store, replace(wire, publisher="The Weir"), config=config)
    assert originals(store) == ["b"]
    deliver(store, wire, config=config)
    assert originals(store) == ["a"]
    deliver(store, replace(first, body="", content_type=WITHDRAWN), config=config)
    assert originals(store) == ["a"]


def test_other_preferences_give_a_sign_of_life_however_many_texts_there_are(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [" ".join(f"word{number}of{place}" for place in range(40)) for number in range(9)]
    deliver(store, *(told(body.split()[0], body, hours=1) for body in bodies))
    assert rows(store, "SELECT COUNT(*) FROM duplicate_groups") == [(9,)]
    monkeypatch.setattr(standing, "AT_ONCE", 2)
    signs: list[None] = []
    with store.writer_lock() as lock:
        Pipeline(store, preferring("Aller Post"), lock, clock=lambda: NOW).run_pass(beat=lambda: signs.append(None))
    assert len(signs) >= 9 // 2


def test_versions_and_withdrawals_ask_again(store: Store) -> None:
    first, second, third = (told(uri, FLOOD, hours=hours) for uri, hours in (("a", 0), ("b", 2), ("c", 1)))
    deliver(store, first, second, third, told("own words", FLOOD_OTHER_WORDS, hours=1.5))
    assert representatives(store) == ["a"]
    deliver(store, Article("a", "", source="wire", content_type=WITHDRAWN))
    assert originals(store) == ["c", "own words"] and representatives(store) == ["c"]
    deliver(store, replace(third, title=""))
    assert originals(store) == ["b", "own words"] and representatives(store) == ["own words"]
    deliver(store, replace(second, published_at=DAY))
    assert representatives(store) == ["b"]


def test_one_that_gives_a_later_date_stands_no_longer(store: Store) -> None:
    """It is compared with those that nothing was heard of since, too."""
    deliver(store, told("a", FLOOD, hours=0), told("b", FLOOD_OTHER_WORDS, hours=1, publisher="The Sluice"))
    assert representatives(store) == ["a"]
    deliver(store, told("a", FLOOD + " Corrected.", hours=5))
    assert representatives(store) == ["b"]


@pytest.mark.usefixtures("own_model")
@pytest.mark.parametrize("first", ["old", "young", "both"])
def test_any_part_of_what_becomes_one_story_may_stand_for_it(store: Store, first: str) -> None:
    config = replace(blocks.CONFIG, stories=replace(blocks.CONFIG.stories, threshold=0.1))
    old, young, both = (
        blocks.told(uri, letters, days=0 if uri == first else 0.2)
        for uri, letters in (("old", "ABC"), ("young", "DEF"), ("both", "ABCDEF"))
    )
    deliver(store, old, young, config=config)
    assert representatives(store) == ["old", "young"]
    deliver(store, both, config=config)
    assert representatives(store) == [first]


def test_what_a_plan_joins_is_told_by_the_rule(store: Store) -> None:
    apart = with_stories(enabled=False)
    deliver(store, told("late", FLOOD, hours=9), told("early", FLOOD_OTHER_WORDS, hours=1), config=apart)
    assert representatives(store) == ["late", "early"]
    apply(store, Config(), LONG_AGO)
    assert representatives(store) == ["early"]
    apply(store, apart, LONG_AGO)
    assert sorted(representatives(store)) == ["early", "late"]
    assert store.check() == []


BODIES = {"cut": CUT, "whole": FLOOD, "longer": LONGER, "own words": FLOOD_OTHER_WORDS, "other": STRIKE}
ARTICLES = st.builds(
    lambda uri, body, hours, publisher, title: (uri, body, hours, publisher, title),
    st.sampled_from("pqrstuvw"),
    st.one_of(st.none(), *3 * [st.sampled_from(sorted(BODIES))]),
    st.one_of(st.none(), st.integers(0, 3)),
    st.sampled_from(["The Weir", "Aller Post", "The Capstan"]),
    st.sampled_from(["", "Flood"]),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(ARTICLES, min_size=2, max_size=16), size=st.sampled_from([1, 2, 256]))
def test_the_rule_holds_after_every_pass(
    sqlite_url: str, chosen: Sequence[tuple[str, str | None, int | None, str, str]], size: int
) -> None:
    """In whatever batches, of articles, versions and withdrawals: the invariants ask the rule of all rows."""
    config = preferring("The Capstan")
    articles = [
        Article(uri, "", source="wire", content_type=WITHDRAWN)
        if body is None
        else told(uri, BODIES[body], hours=hours, publisher=publisher, title=title)
        for uri, body, hours, publisher, title in chosen
    ]
    quarter = len(articles) // 4
    with closing(Store.open(DatabaseSettings(url=sqlite_url))) as store, store.writer_lock() as lock:
        empty(store)
        service = replace(config.service, batch_size=size)
        pipeline = Pipeline(store, replace(config, service=service), lock, clock=lambda: NOW)
        for part in (articles[:quarter], articles[quarter : 2 * quarter], articles[2 * quarter :]):
            put(store, part)
            pipeline.run_pass()
            assert store.check() == []

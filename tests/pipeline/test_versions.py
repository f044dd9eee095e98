"""A changed article is a new version of the same article, counted once and decided again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.intake.article import WITHDRAWN, Article
from dedup.pipeline import Pipeline
from dedup.store import Store

from .blocks import CONFIG, copy_of, told
from .conftest import NOW, picture, put, rows, run, stories
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article
from .statements import steps


def one(store: Store, query: str, **values: Any) -> Any:
    with store.reading() as connection:
        return connection.execute(sa.text(query), values).one()


def deliver(store: Store, *articles: Article) -> None:
    put(store, articles)
    run(store)
    assert store.check(full=True) == []


def events_of(store: Store, uri: str) -> list[tuple[int, str]]:
    """What happened to an article, and in which story, but for who stands for it."""
    query = (
        "SELECT story_id, event FROM v_story_history JOIN v_articles USING (article_id) "
        f"WHERE uri = '{uri}' AND event <> 'represented' ORDER BY history_id"
    )
    return [(story_id, event) for story_id, event in rows(store, query)]


def _words(text: str) -> list[str]:
    return text.replace(",", "").replace(".", "").split()


def test_a_new_byline_is_a_version_and_decides_nothing_anew(store: Store) -> None:
    deliver(store, article("a", FLOOD, title="Flood in Verlingen"), article("b", STRIKE, title="Bakers on strike"))
    before = picture(store)
    deliver(store, replace(article("a", FLOOD, title="Flood in Verlingen"), publisher="Aller Post"))
    after = picture(store)
    assert one(store, "SELECT version, publisher FROM v_articles WHERE uri = 'a'") == (2, "Aller Post")
    told = {"articles", "history"}
    assert {name: rows for name, rows in after.items() if name not in told} == {
        name: rows for name, rows in before.items() if name not in told
    }


def test_a_version_that_decides_nothing_anew_is_told_to_whoever_follows_the_history(store: Store) -> None:
    """The story shows another headline and counts another publisher."""
    deliver(store, article("a", FLOOD, title="Flood in Verlingen"), article("b", STRIKE, title="Bakers on strike"))
    seen = one(store, "SELECT MAX(history_id) AS number FROM v_story_history").number
    renamed = replace(article("a", FLOOD, title="FLOOD in Verlingen!"), publisher="Aller Post")
    deliver(store, renamed)
    ((story_id, headline),) = rows(store, "SELECT story_id, headline FROM v_stories WHERE headline LIKE '%Verlingen!'")
    assert headline == "FLOOD in Verlingen!"
    since = "SELECT story_id, event, article_id, reason FROM v_story_history WHERE history_id > :seen"
    article_id = one(store, "SELECT article_id FROM v_articles WHERE uri = 'a'").article_id
    assert rows(store, since, seen=seen) == [(story_id, "updated", article_id, "version 2 tells the same")]
    deliver(store, renamed)
    assert len(rows(store, since, seen=seen)) == 1


def test_one_other_word_in_a_long_text_is_compared_anew(store: Store) -> None:
    """The signature, which is of 128 of its shingles, does not show it."""
    words = [left + right for left in _words(STRIKE) for right in _words(FLOOD)][:2500]
    body, edited = " ".join(words), " ".join([*words[:1008], "sandbanks", *words[1009:]])
    deliver(store, article("a", body), article("b", body, source="other"))
    signed = "SELECT signature FROM articles WHERE uri = 'a'"
    before = one(store, signed)
    deliver(store, article("a", edited))
    assert one(store, signed) == before
    found = one(store, "SELECT jaccard, compared_article_id FROM v_duplicates WHERE uri = 'a'")
    assert 0.99 < found.jaccard < 1


def test_the_only_article_of_a_story_keeps_its_story(store: Store) -> None:
    deliver(store, article("a", FLOOD, title="Flood in Verlingen"))
    before = stories(store)
    deliver(store, article("a", STRIKE, title="Bakers on strike"))
    assert stories(store) == before
    assert one(store, "SELECT title, version, word_count FROM v_articles WHERE uri = 'a'").version == 2
    assert one(store, "SELECT headline, article_count FROM v_stories") == ("Bakers on strike", 1)
    assert one(store, "SELECT event FROM v_story_history ORDER BY history_id DESC LIMIT 1") == ("updated",)


def test_an_article_that_turns_into_another_event_leaves_its_story(store: Store) -> None:
    deliver(
        store,
        article("a", FLOOD, title="Flood in Verlingen"),
        article("b", FLOOD_OTHER_WORDS, title="Verlingen under water", hours=2, source="other"),
    )
    before = stories(store)
    assert before["a"] == before["b"]
    deliver(store, article("a", STRIKE, title="Bakers on strike", hours=3))
    after = stories(store)
    assert after["b"] == before["b"] and after["a"] != after["b"]
    assert one(store, "SELECT headline FROM v_stories WHERE story_id = :id", id=after["b"]) == (
        "Verlingen under water",
    )
    assert events_of(store, "a") == [(before["a"], "opened"), (after["a"], "opened"), (before["a"], "left")]


def test_an_article_that_turns_into_an_event_that_others_tell_leaves_its_story_and_joins_theirs(store: Store) -> None:
    deliver(
        store,
        article("a", FLOOD, title="Flood in Verlingen"),
        article("b", FLOOD_OTHER_WORDS, title="Verlingen under water", hours=2, source="other"),
        article("c", STRIKE, title="Bakers on strike", hours=2, source="other"),
    )
    before = stories(store)
    deliver(store, article("a", STRIKE, title="Bakers on strike", hours=3))
    assert stories(store) == before | {"a": before["c"]}
    assert events_of(store, "a") == [(before["a"], "opened"), (before["a"], "left"), (before["c"], "joined")]


def test_an_article_that_comes_to_tell_another_story_brings_its_own_along(store: Store) -> None:
    deliver(
        store,
        article("a", STRIKE, title="Bakers on strike"),
        article("b", FLOOD, title="Flood in Verlingen"),
    )
    before = stories(store)
    assert before["a"] < before["b"]
    deliver(store, article("a", FLOOD_OTHER_WORDS, title="Verlingen under water", hours=3))
    after = stories(store)
    assert after == {"a": before["a"], "b": before["a"]}, "the older id lives on"
    assert one(store, "SELECT old_story_id, story_id FROM v_story_redirects") == (before["b"], before["a"])


def test_the_copies_of_a_changed_original_stay_together(store: Store) -> None:
    deliver(store, *(article(uri, FLOOD, title="Flood in Verlingen", source=uri) for uri in "abc"))
    groups = one(store, "SELECT COUNT(DISTINCT duplicate_group_id), COUNT(*) FROM v_duplicates")
    assert groups == (1, 3)
    deliver(store, article("a", STRIKE, title="Bakers on strike", source="a"))
    by_uri = {row[0]: row[1:] for row in rows(store, "SELECT uri, duplicate_group_id, is_original FROM v_duplicates")}
    assert by_uri["b"][0] == by_uri["c"][0] != by_uri["a"][0]
    assert [uri for uri, (_, original) in sorted(by_uri.items()) if original] == ["a", "b"]
    after = stories(store)
    assert after["b"] == after["c"] != after["a"]


def test_a_copy_that_takes_the_place_of_its_original_keeps_what_was_needed_then(store: Store) -> None:
    """Else, after the threshold was raised, the evidence says that a text joined with too little."""
    deliver(store, article("a", FLOOD, title="Flood in Verlingen"))
    deliver(store, article("b", FLOOD_OTHER_WORDS, hours=1), article("c", FLOOD_OTHER_WORDS, hours=2, source="other"))
    joined = "SELECT score, threshold FROM v_why WHERE tier = 'story' AND verdict = 'joined' AND article_id = :which"
    score, needed = one(store, joined, which=2)
    strict = Config(stories=replace(Config().stories, threshold=(1 + score) / 2))
    put(store, [article("b", STRIKE, hours=1)])
    run(store, strict)
    assert one(store, joined, which=3) == (score, needed)
    assert store.check(full=True) == []


def test_a_copy_that_changes_leaves_its_group(store: Store) -> None:
    deliver(store, *(article(uri, FLOOD, title="Flood in Verlingen", source=uri) for uri in "ab"))
    deliver(store, article("b", FLOOD_OTHER_WORDS, title="Verlingen under water", source="b"))
    assert one(store, "SELECT text_count, article_count FROM v_stories") == (2, 2)


def test_versions_and_restarts_give_the_same_as_one_pass(store: Store, second_store: Store, open_store: Any) -> None:
    deliveries = [
        article("a", FLOOD, title="Flood in Verlingen", source="a"),
        article("b", FLOOD, title="Flood", source="b"),
        article("c", FLOOD_OTHER_WORDS, title="Verlingen under water", source="c"),
        article("a", STRIKE, title="Bakers on strike", source="a"),
        article("d", STRIKE, title="Montelle bakers stop work", source="d"),
        article("c", STRIKE + " It is the first walkout in nine years.", title="Strike", source="c"),
        article("b", FLOOD + " Two bridges are closed.", title="Flood", source="b"),
    ]
    for item in deliveries:
        deliver(store, item)
    stepwise = picture(store)
    with store.writing() as connection:
        for table in (
            "runs",
            "matches",
            "texts",
            "story_history",
            "story_redirects",
            "articles",
            "duplicate_groups",
            "stories",
        ):
            connection.execute(sa.text(f"DELETE FROM {table}"))
        connection.execute(
            sa.text(
                "UPDATE state SET next_article_id = 1, next_ordinal = 1, next_group_id = 1, next_story_id = 1, "
                "next_history_id = 1"
            )
        )
    deliver(second_store, *deliveries)
    assert picture(second_store) == stepwise


def test_a_renamed_publisher_has_its_series_in_one_program_as_in_many(store: Store) -> None:
    """What is but another issue is told by who published the last one now, not by who was named when it came."""
    report = "Exchange close: CX-40 up sharply on Monday in Montelle"
    first = article("a", FLOOD, title=report)
    renamed = replace(first, publisher="New Ledger")
    following = replace(article("b", FLOOD_OTHER_WORDS, title=report, hours=24), publisher="New Ledger")
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        for item in (replace(first, publisher="Old Ledger"), renamed, following):
            put(store, [item])
            pipeline.run_pass()
    apart = stories(store)
    # A program that has just been started says the same of the same text.
    put(store, [replace(following, uri="c")])
    run(store)
    assert apart["b"] != apart["a"]
    assert stories(store)["c"] == apart["b"]


SHED = (
    "The fish shed at Montelle sold {boxes} boxes on {day}. Cod fetched {cod} a kilogram, haddock {haddock}, plaice "
    "{plaice} and hake {hake}, after {boats} boats had landed. The sale is held on every working day from six in the "
    "morning and is open to all who have a licence from the harbour board. Fish that is not taken by ten is offered "
    "again on the day after at a lower price."
)
GALE = (
    "Skippers at Montelle stayed in port again as the gale that has blown since Friday showed no sign of an end. Three "
    "trawlers broke their moorings at the north quay, a crane lost its jib, and the ferry to Soltring was taken off "
    "until further notice. Harbour master Odile Ferrand told crews to double their lines and keep a watch at night. "
    "Older men on the quay could not remember a spring like it, and the ice house was all but empty by noon. "
    "Restaurants along the front took fish off their menus, while the cannery sent its people home for the week. "
    "Forecasters in Verlingen see no calm before Thursday night."
)


def test_a_renamed_publisher_has_its_templates_in_one_program_as_in_many(store: Store) -> None:
    """Who published a text is kept in memory, and read anew when that changes."""
    first = SHED.format(day="Monday", boxes=812, cod="5.12", haddock="3.91", plaice="2.85", hake="6.40", boats=31)
    second = SHED.format(day="Tuesday", boxes=765, cod="5.30", haddock="3.84", plaice="2.79", hake="6.55", boats=27)
    shed = replace(article("a", first, title="Cod at Montelle"), publisher="Old Ledger")
    following = article("b", f"{GALE} {second}", title="Haddock at Montelle", hours=24)
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        for item in (shed, replace(shed, publisher="New Ledger"), replace(following, publisher="New Ledger")):
            put(store, [item])
            pipeline.run_pass()
    apart = stories(store)
    # A program that has just been started says the same of the same text.
    put(store, [replace(following, uri="c", publisher="New Ledger")])
    run(store)
    assert apart["b"] != apart["a"]
    assert stories(store)["c"] == apart["b"]


def test_a_headline_of_words_that_the_text_has_is_decided_anew(store: Store, second_fresh: Store) -> None:
    """The set of shingles does not show it: those of either headline are in the text as well."""
    first, second = "The river Aller rose", "flooded the old town"
    deliver(store, article("a", FLOOD, title=first))
    deliver(store, article("a", FLOOD, title=second))
    deliver(second_fresh, article("a", FLOOD, title=second))
    terms = "SELECT title, terms FROM articles"
    assert one(store, terms) == one(second_fresh, terms)


LARGE_STORY = [told(f"text {number}", "ABC", title="onik", days=number / 10_000) for number in range(320)]
LARGE_GROUP = [copy_of(replace(LARGE_STORY[0], published_at=one.published_at), one.uri) for one in LARGE_STORY]
GONE = {"body": "", "content_type": WITHDRAWN}
OTHER_WORDS = {"body": told("text 7", "ABCD").body}


@pytest.mark.usefixtures("own_model")
@pytest.mark.parametrize(
    ("articles", "number", "version"),
    [
        (LARGE_STORY, 7, OTHER_WORDS),
        (LARGE_STORY, 7, {"title": "abulc"}),
        (LARGE_STORY, 7, GONE),
        (LARGE_STORY, 0, OTHER_WORDS),
        (LARGE_GROUP, 7, OTHER_WORDS),
        (LARGE_GROUP, 7, {"title": "abulc"}),
        (LARGE_GROUP, 7, GONE),
    ],
    ids=["text", "title of a text", "text goes", "representative", "copy", "title of a copy", "copy goes"],
)
def test_a_version_of_one_text_of_a_large_story_does_not_read_the_others(
    sqlite_url: str, open_store: Any, articles: list[Article], number: int, version: dict[str, str]
) -> None:
    """All versions of a story that is told anew each minute would take time by its square."""
    store: Store = open_store(sqlite_url)
    found = []
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        for first, end in ((0, 20), (20, 320)):
            put(store, articles[first:end])
            pipeline.run_pass()
            put(store, [replace(articles[number], **version)])
            with steps(store) as taken:
                pipeline.run_pass()
            found += taken
            put(store, [replace(articles[number], title="egam")])
            pipeline.run_pass()
    assert len({*stories(store).values()}) == 1
    few, many = found
    assert many < 1.5 * few

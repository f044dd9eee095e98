"""The views: the columns that the contract names, the same rows on both databases, and indexes behind every look-up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.store import Store
from dedup.store.plans import applications
from dedup.store.views import VIEWS

from .query_plans import plan
from .sample import AT, CHESS, FLOOD, fill

OpenStore = Callable[..., Store]

COLUMNS = {
    "v_configurations": "config_version in_force created_at digest settings",
    "v_applications": "application_id asked_at state detail digest since plan finished_at config_version articles "
    "merged_stories new_stories moved_articles",
    "v_articles": "article_id source publisher uri url title body_text language published_at first_seen version "
    "word_count",
    "v_stories": "story_id headline representative_article_id article_count text_count publisher_count language "
    "first_published last_published first_seen last_seen status",
    "v_story_articles": "story_id article_id duplicate_group_id source publisher uri url title language published_at "
    "first_seen is_representative score",
    "v_duplicates": "duplicate_group_id story_id article_id source uri is_original jaccard containment",
    "v_why": "article_id matched_article_id tier verdict score jaccard containment shared_terms threshold "
    "config_version decided_at",
    "v_story_history": "story_id at event article_id other_story_id reason",
    "v_story_redirects": "old_story_id story_id",
    "v_rejections": "source uri reason detail at",
    "v_suspect_stories": "story_id reason detail",
    "v_runs": "run_id started_at finished_at outcome taken accepted updated rejected new_stories merged_stories "
    "seconds error",
    "v_sources": "source kind active ok error failing_since taken rejected last_taken_at read_up_to",
    "v_health": "ok reasons last_success_at pending oldest_pending_seconds schema_version config_version",
}
# Beyond the contract.
MORE = {
    "v_rules": "rule_id kind state reason a_source a_uri a_story_id a_article_id b_source b_uri b_story_id "
    "b_article_id note created_at decided_at ordinal",
    "v_series": "series_id publisher title issue_count story_count first_published last_published known_by",
    "v_series_issues": "series_id article_id story_id title published_at",
    "v_withdrawn": "article_id source publisher uri url title language published_at first_seen version withdrawn_at",
}
TIMES = {
    "at", "created_at", "published_at", "first_seen", "last_seen", "first_published", "last_published", "decided_at",
    "started_at", "finished_at", "last_success_at", "withdrawn_at", "failing_since", "last_taken_at", "beat_at",
    "asked_at", "since",
}  # fmt: skip
BOOLEANS = {"is_representative", "is_original", "ok", "active", "alive"}


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    """Rows with their times as datetimes and their booleans as such, however this database gives them."""
    with store.reading() as connection:
        found = [dict(row) for row in connection.execute(sa.text(query)).mappings()]
    sqlite = store.engine.dialect.name == "sqlite"
    for row in found:
        for name, value in row.items():
            if name in TIMES and value is not None:
                if sqlite:
                    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), (name, value)
                moment = datetime.fromisoformat(value) if sqlite else value
                assert moment.utcoffset() is not None
                row[name] = moment.astimezone(UTC)
            elif name in BOOLEANS:
                assert value in {0, 1} if sqlite else isinstance(value, bool)
                row[name] = bool(value)
    return found


def test_every_view_of_the_contract_has_its_columns(store: Store) -> None:
    assert set(COLUMNS) | set(MORE) <= set(VIEWS)
    with store.reading() as connection:
        for name, wanted in {**COLUMNS, **MORE}.items():
            keys = list(connection.execute(sa.text(f"SELECT * FROM {name}")).keys())
            assert set(wanted.split()) <= set(keys), name


@pytest.mark.shared
def test_the_columns_above_are_those_of_the_contract(shared: Any) -> None:
    text = (shared / "CONTRACT.md").read_text()
    named = dict(re.findall(r"^\| `(v_\w+)` \| ([^|]+) \|$", text, re.MULTILINE))
    stated = {view: re.sub(r" \([^)]*\)", "", columns).split(", ") for view, columns in named.items()}
    assert {view: [c.strip() for c in columns] for view, columns in stated.items()} == {
        view: columns.split() for view, columns in COLUMNS.items() if view in named
    }


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_takes_no_change(filled: Store, view: str) -> None:
    with filled.reading() as connection:
        column = next(iter(connection.execute(sa.text(f"SELECT * FROM {view}")).keys()))
    for change in (
        f"DELETE FROM {view}",
        f"UPDATE {view} SET {column} = {column}",
        f"INSERT INTO {view} ({column}) SELECT {column} FROM {view}",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=view), filled.engine.begin() as connection:
            connection.execute(sa.text(change))


def test_moments_are_whole_seconds_on_both_databases(store: Store) -> None:
    """With parts of a second in some on PostgreSQL a rule was decided, and an application done, before it was given."""
    before = datetime.now(UTC).replace(microsecond=0)
    with store.writing() as connection:
        connection.execute(sa.text("INSERT INTO rules (kind, a_uri, b_uri) VALUES ('must-link', 'urn:1', 'urn:2')"))
        applications.ask(connection, "digest", AT.replace(microsecond=900_000), None, AT.replace(microsecond=900_000))
    (rule,) = rows(store, "SELECT created_at FROM v_rules")
    assert rule["created_at"].microsecond == 0
    assert before <= rule["created_at"] <= datetime.now(UTC)
    (asked,) = rows(store, "SELECT asked_at, since FROM v_applications")
    assert asked == {"asked_at": AT, "since": AT}


def test_articles(filled: Store) -> None:
    found = rows(filled, "SELECT * FROM v_articles ORDER BY article_id")
    assert [row["article_id"] for row in found] == [1, 2, 3, 4, 5]
    first = found[0]
    assert (first["body_text"], first["published_at"], first["version"]) == (FLOOD, AT, 1)
    assert found[3]["published_at"] is None


def test_stories(filled: Store) -> None:
    one, two = rows(filled, "SELECT * FROM v_stories ORDER BY story_id")
    assert one == {
        "story_id": 1,
        "headline": "Orla floods Brenz",
        "representative_article_id": 1,
        "article_count": 4,
        "text_count": 3,
        "publisher_count": 3,  # of one article only the source is known
        "language": "en",
        "first_published": AT,
        "last_published": AT + timedelta(days=2),
        "first_seen": AT,
        "last_seen": AT,
        "status": "active",
    }
    assert (two["story_id"], two["headline"], two["first_published"]) == (2, CHESS, None)


def test_the_headline_of_a_text_without_a_title_is_one_line(filled: Store) -> None:
    with filled.writing() as connection:
        lines = CHESS.replace(" beat", "\nbeat").replace(" in the", "\nin the") + " It was late."
        connection.execute(sa.text("UPDATE texts SET body_text = :body WHERE article_id = 4"), {"body": lines})
    (two,) = rows(filled, "SELECT headline FROM v_stories WHERE story_id = 2")
    assert two["headline"] == f"{CHESS} It was late."[:120]


def test_a_story_is_closed_when_the_stream_has_left_it_behind(filled: Store) -> None:
    with filled.writing() as connection:
        connection.execute(sa.text("UPDATE state SET active_since = '2025-05-22T12:00:00Z'"))
    found = rows(filled, "SELECT story_id, status FROM v_stories ORDER BY story_id")
    assert [row["status"] for row in found] == ["active", "closed"]


def test_a_story_is_active_before_the_stream_has_a_time(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE state SET active_since = NULL"))
    assert {row["status"] for row in rows(store, "SELECT status FROM v_stories")} == {"active"}


def test_story_articles_hold_every_article(filled: Store) -> None:
    found = rows(filled, "SELECT * FROM v_story_articles ORDER BY article_id")
    assert [(r["article_id"], r["story_id"], r["duplicate_group_id"]) for r in found] == [
        (1, 1, 1), (2, 1, 1), (3, 1, 2), (4, 2, 3), (5, 1, 4),
    ]  # fmt: skip
    assert [r["article_id"] for r in found if r["is_representative"]] == [1, 4]
    assert [r["score"] for r in found] == [1.0, 1.0, 0.8125, 1.0, 0.75]


def test_duplicates_hold_every_article(filled: Store) -> None:
    found = rows(filled, "SELECT * FROM v_duplicates ORDER BY article_id")
    assert [r["is_original"] for r in found] == [True, False, True, True, True]
    copy = found[1]
    assert 0.5 < copy["jaccard"] < 1
    assert copy["containment"] > 0.9
    assert all(r["jaccard"] == r["containment"] == 1 for r in found if r["is_original"])


def test_why_and_what_became_of_stories(filled: Store) -> None:
    assert [
        (r["article_id"], r["matched_article_id"], r["tier"], r["verdict"])
        for r in rows(filled, "SELECT * FROM v_why ORDER BY article_id, verdict DESC")
    ] == [
        (1, None, "story", "opened"),
        (2, 1, "duplicate", "joined"),
        (3, 1, "story", "joined"),
        (4, None, "story", "opened"),
        (5, None, "story", "opened"),
        (5, 4, "story", "near_miss"),
    ]
    assert rows(filled, "SELECT * FROM v_story_redirects") == [{"old_story_id": 3, "story_id": 1}]
    events = rows(filled, "SELECT story_id, event, other_story_id, at FROM v_story_history ORDER BY history_id")
    assert [(r["story_id"], r["event"], r["other_story_id"]) for r in events[-2:]] == [
        (1, "merged", 3),
        (3, "merged_into", 1),
    ]
    assert rows(filled, "SELECT source, uri, reason, at FROM v_rejections") == [
        {"source": "wire", "uri": "urn:empty", "reason": "empty", "at": AT}
    ]


def grow(
    store: Store,
    story_id: int,
    *,
    texts: int,
    days: int,
    score: float,
    publishers: int = 1,
    title: str = "Report {number:c}{number:c}",
) -> None:
    """Adds texts to a story, published evenly over so many days; the last decision is the 99th behind them."""
    with store.writing() as connection:
        for number in range(100, 100 + texts):
            when = AT + timedelta(days=days) * (number - 100) / max(1, texts - 1)
            values = {
                "id": number, "story": story_id, "score": score, "publisher": f"p{number % publishers}",
                "at": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "title": title.format(number=number),
            }  # fmt: skip
            connection.execute(
                sa.text(
                    "INSERT INTO duplicate_groups (duplicate_group_id, story_id, original_article_id, score) "
                    "VALUES (:id, :story, :id, :score)"
                ),
                values,
            )
            connection.execute(
                sa.text(
                    "INSERT INTO articles "
                    "SELECT :id, :id, source, CAST(:id AS text), url, :publisher, :title, language, CAST(:at AS {}), "
                    "period, first_seen, last_seen, version, word_count, :id, jaccard, containment, scheme_id, digest, "
                    "signature, terms, withdrawn_at, origin, NULL, NULL FROM articles WHERE article_id = 4".format(
                        "timestamptz" if connection.dialect.name == "postgresql" else "text"
                    )
                ),
                values,
            )


SIX = "6 texts repeat a headline of their publisher but for its numbers"


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({"texts": 9, "days": 3, "score": 0.9}, {"one_publisher": "all 10 texts come from one publisher"}),
        ({"texts": 9, "days": 3, "score": 0.9, "publishers": 2}, {}),
        ({"texts": 8, "days": 3, "score": 0.2}, {}),
        (
            {"texts": 100, "days": 3, "score": 0.9, "publishers": 9},
            {"fast_growing": "100 texts of the last 1,024 decisions are in it"},
        ),
        ({"texts": 99, "days": 3, "score": 0.9, "publishers": 9}, {}),
        (
            {"texts": 6, "days": 3, "score": 0.9, "title": "Close at {number}.5 points"},
            {"template": "5 texts repeat a headline of their publisher but for its numbers"},
        ),
        ({"texts": 5, "days": 3, "score": 0.9, "title": "Close at {number}.5 points"}, {}),
        ({"texts": 8, "days": 3, "score": 0.9, "publishers": 2, "title": "{number}"}, {"template": SIX}),
        ({"texts": 8, "days": 3, "score": 0.9, "publishers": 4, "title": "{number}"}, {}),
        ({"texts": 2, "days": 61, "score": 0.9}, {"long_span": "its articles were published over 61 days"}),
        ({"texts": 2, "days": 60, "score": 0.9}, {}),
        (
            {"texts": 9, "days": 3, "score": 0.5, "publishers": 3},
            {"weak_fit": "of 10 texts the mean score is 0.55"},
        ),
        (
            {"texts": 9, "days": 100, "score": 0.0},
            {
                "one_publisher": "all 10 texts come from one publisher",
                "long_span": "its articles were published over 100 days",
                "weak_fit": "of 10 texts the mean score is 0.10",
            },
        ),
    ],
)
def test_suspect_stories(filled: Store, given: dict[str, Any], reasons: dict[str, str]) -> None:
    with filled.writing() as connection:
        connection.exec_driver_sql("UPDATE articles SET publisher = 'p0' WHERE article_id = 4")
    assert rows(filled, "SELECT * FROM v_suspect_stories") == []
    grow(filled, 2, **given)
    with filled.writing() as connection:
        connection.exec_driver_sql("UPDATE state SET next_ordinal = 1124")
    found = rows(filled, "SELECT * FROM v_suspect_stories")
    assert {row["reason"]: row["detail"] for row in found} == reasons
    assert {row["story_id"] for row in found} <= {2}


LOOK_UPS = (
    "SELECT * FROM v_articles WHERE article_id = 7",
    "SELECT * FROM v_articles WHERE source = 's' AND uri = 'u'",
    "SELECT * FROM v_stories WHERE story_id = 7",
    "SELECT * FROM v_story_articles WHERE story_id = 7",
    "SELECT * FROM v_story_articles WHERE article_id = 7",
    "SELECT * FROM v_story_articles WHERE source = 's' AND uri = 'u'",
    "SELECT * FROM v_duplicates WHERE duplicate_group_id = 7",
    "SELECT * FROM v_duplicates WHERE story_id = 7",
    "SELECT * FROM v_duplicates WHERE article_id = 7",
    "SELECT * FROM v_duplicates WHERE source = 's' AND uri = 'u'",
    "SELECT * FROM v_why WHERE article_id = 7",
    "SELECT * FROM v_why WHERE matched_article_id = 7",
    "SELECT * FROM v_story_history WHERE story_id = 7",
    "SELECT * FROM v_story_redirects WHERE old_story_id = 7",
    "SELECT * FROM v_suspect_stories WHERE story_id = 7",
)
# What may be read whole: the row of state, the list of reasons to suspect a story, and what was found so far.
SMALL = re.compile(r"SCAN (st|w|x|s|CONSTANT ROW|v_\w+|\(?subquery.*)|.*Seq Scan on state st.*")


@pytest.mark.parametrize("query", LOOK_UPS)
def test_a_look_up_reads_no_whole_table(filled: Store, query: str) -> None:
    lines = plan(filled, query)
    whole = [line for line in lines if line.startswith("SCAN") or "Seq Scan" in line]
    assert [line for line in whole if not SMALL.fullmatch(line)] == [], "\n".join(lines)


def test_suspects_are_found_in_one_pass_over_the_articles(filled: Store) -> None:
    lines = plan(filled, "SELECT * FROM v_suspect_stories")
    articles = [line for line in lines if re.search(r"\ba\b", line)]
    reads = [line for line in articles if re.search(r"^(SCAN|SEARCH)|Scan", line)]
    assert len(reads) == 1, "\n".join(lines)


def test_what_waits_is_counted_in_an_index(filled: Store) -> None:
    lines = plan(filled, "SELECT * FROM v_health")
    assert [line for line in lines if "ix_inbox_received_at" in line]
    assert not [line for line in lines if re.search(r"SCAN (inbox|i)$|Seq Scan on inbox", line)]

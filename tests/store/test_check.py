"""`dedup db check`: a sound database has no finding, and each broken row has exactly the one that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.store import Store, views
from dedup.store.invariants import INVARIANTS, check

from .sample import fill


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


def broken(store: Store, *statements: str) -> None:
    """Runs statements with the foreign keys switched off, as a fault would."""
    engine = store.engine
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute("PRAGMA query_only=OFF")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("PRAGMA foreign_keys=ON")
        raw.close()
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)


def found(store: Store, *, full: bool = False) -> list[str]:
    return [finding.name for finding in store.check(full=full)]


def test_an_empty_database_is_sound(store: Store) -> None:
    assert store.check(full=True) == []


def test_the_sample_is_sound(filled: Store) -> None:
    assert filled.check() == []
    assert filled.check(full=True) == []


HISTORY = (
    "INSERT INTO story_history (history_id, story_id, at, event, reason) "
    "VALUES ({}, {}, '2025-05-21T12:00:00Z', 'x', 'x')"
)
ONE_MORE = "UPDATE state SET next_{0} = next_{0} + 1"
EVIDENCE = (
    "INSERT INTO matches (article_id, version, place, matched_article_id, tier, verdict, score, jaccard, containment, "
    "threshold, config_version, decided_at) VALUES ({}, '2025-05-21T12:00:00Z')"
)
RULE = (
    "INSERT INTO rules (kind, state, a_uri, b_uri, a_article_id, b_article_id) "
    "VALUES ('{}', 'obeyed', 'x', 'y', {}, {})"
)

BREAKS: dict[str, tuple[str, ...]] = {
    "state_missing": ("DELETE FROM state",),
    "article_missing": (ONE_MORE.format("article_id"), "UPDATE runs SET accepted = accepted + 1, taken = taken + 1"),
    "text_missing": ("DELETE FROM texts WHERE article_id = 2",),
    "run_counts": ("UPDATE runs SET taken = taken + 1",),
    "article_without_group": ("UPDATE articles SET duplicate_group_id = 99 WHERE article_id = 2",),
    "group_without_article": (
        "INSERT INTO duplicate_groups (duplicate_group_id, story_id, original_article_id, score) VALUES (5, 1, 1, 1)",
        ONE_MORE.format("group_id"),
    ),
    "group_without_story": ("UPDATE duplicate_groups SET story_id = 99 WHERE duplicate_group_id = 2",),
    "story_without_article": (
        "INSERT INTO stories (story_id, representative_article_id) VALUES (4, 1)",
        ONE_MORE.format("story_id"),
    ),
    "representative_outside_story": ("UPDATE stories SET representative_article_id = 4 WHERE story_id = 1",),
    "withdrawn_with_others": ("UPDATE articles SET withdrawn_at = '2025-05-21T12:00:00Z' WHERE article_id = 2",),
    "original_outside_group": ("UPDATE duplicate_groups SET original_article_id = 4 WHERE duplicate_group_id = 2",),
    "standing_outside_group": ("UPDATE duplicate_groups SET standing_article_id = 4 WHERE duplicate_group_id = 4",),
    "original_against_the_rule": (
        "UPDATE duplicate_groups SET standing_article_id = 2 WHERE duplicate_group_id = 1",
        "UPDATE stories SET representative_article_id = 2 WHERE story_id = 1",
    ),
    "representative_against_the_rule": ("UPDATE stories SET representative_article_id = 3 WHERE story_id = 1",),
    "counter_behind": ("UPDATE state SET next_ordinal = 5",),
    "story_missing": (ONE_MORE.format("story_id"),),
    "history_missing": (ONE_MORE.format("history_id"),),
    "redirect_of_living_story": ("INSERT INTO story_redirects (old_story_id, story_id) VALUES (2, 1)",),
    "redirect_chain": (
        "INSERT INTO story_redirects (old_story_id, story_id) VALUES (4, 3)",
        ONE_MORE.format("story_id"),
    ),
    "redirect_to_missing_story": ("UPDATE story_redirects SET story_id = 99 WHERE old_story_id = 3",),
    "redirect_to_younger_story": (
        "INSERT INTO stories (story_id, representative_article_id) VALUES (4, 5)",
        "UPDATE duplicate_groups SET story_id = 4 WHERE duplicate_group_id = 4",
        "UPDATE story_redirects SET story_id = 4 WHERE old_story_id = 3",
        ONE_MORE.format("story_id"),
    ),
    "represented_otherwise": (
        "INSERT INTO representations (history_id, story_id, article_id, at, reason) "
        "VALUES (1, 1, 2, '2026-03-09T12:00:00Z', 'x')",
    ),
    "membership_without_evidence": ("DELETE FROM matches WHERE article_id = 3",),
    "copy_not_verified": ("UPDATE matches SET matched_article_id = 3 WHERE article_id = 2",),
    "text_without_story_evidence": ("UPDATE matches SET tier = 'duplicate' WHERE article_id = 4",),
    "copy_below_threshold": (
        "UPDATE matches SET jaccard = 0.25, containment = 0.5 WHERE article_id = 2",
        "UPDATE articles SET jaccard = 0.25, containment = 0.5 WHERE article_id = 2",
    ),
    "join_below_threshold": ("UPDATE matches SET score = 0.25 WHERE article_id = 3",),
    "similarity_differs": ("UPDATE articles SET jaccard = jaccard / 2 WHERE article_id = 2",),
    "original_unlike_itself": ("UPDATE articles SET containment = 0.5 WHERE article_id = 3",),
    "must_link_broken": (RULE.format("must-link", 1, 4),),
    "cannot_link_broken": (RULE.format("cannot-link", 1, 2),),
    "rule_without_article": (RULE.format("must-link", 1, 99),),
    "evidence_of_future_version": (EVIDENCE.format("4, 2, 0, NULL, 'story', 'opened', NULL, NULL, NULL, 0.5, 1"),),
    "foreign_keys": ("UPDATE state SET config_version = 99",),
    "history_of_unknown_story": (HISTORY.format(6, 99), ONE_MORE.format("history_id")),
    "mixed_schemes": (
        "INSERT INTO schemes (scheme_id, name) VALUES (2, 'w5')",
        "UPDATE articles SET scheme_id = 2 WHERE article_id = 2",
    ),
    "signature_size": ("UPDATE articles SET signature = digest WHERE article_id = 4",),
    "share_out_of_range": ("UPDATE duplicate_groups SET score = 1.5 WHERE duplicate_group_id = 2",),
    "two_open_runs": (
        "INSERT INTO runs (started_at, outcome) VALUES ('2025-05-21T12:00:00Z', 'running')",
        "INSERT INTO runs (started_at, outcome) VALUES ('2025-05-21T12:00:00Z', 'running')",
    ),
    "run_not_closed": ("UPDATE runs SET finished_at = NULL",),
    "runs_disagree": ("UPDATE runs SET accepted = accepted - 1, updated = updated + 1",),
}


@pytest.mark.parametrize("name", BREAKS)
def test_one_broken_row_has_one_finding(filled: Store, name: str) -> None:
    broken(filled, *BREAKS[name])
    findings = filled.check()
    assert [finding.name for finding in findings] == [name]
    assert findings[0].count == 1
    assert len(findings[0].examples) == 1
    assert findings[0].meaning


def test_every_invariant_has_its_broken_row() -> None:
    assert {invariant.name for invariant in INVARIANTS} - set(BREAKS) == {"article_twice"}


@pytest.mark.postgresql
def test_two_articles_of_one_uri_are_found(postgresql_url: str, open_store: Callable[..., Store]) -> None:
    store = open_store(postgresql_url)
    fill(store)
    broken(store, "ALTER TABLE articles DROP CONSTRAINT uq_articles_source_uri", "UPDATE articles SET uri = 'urn:1'")
    assert [(f.name, f.count) for f in store.check()] == [("article_twice", 1)]


@pytest.mark.parametrize(
    ("statement", "example"),
    [
        ("INSERT INTO texts (article_id, body_text) VALUES (98, 'x')", "text of article 98"),
        (
            "UPDATE matches SET matched_article_id = 98 WHERE verdict = 'near_miss'",
            "evidence of article 5 names article 98",
        ),
        ("UPDATE matches SET config_version = 98 WHERE article_id = 4", "evidence of article 4 names configuration 98"),
        (EVIDENCE.format("98, 1, 0, NULL, 'story', 'opened', NULL, NULL, NULL, 0.5, 1"), "evidence of article 98"),
        ("UPDATE articles SET scheme_id = 98 WHERE article_id = 4", "article 4 names scheme 98"),
        (
            "INSERT INTO source_rows (source_name, key, digest, position) VALUES ('gone', 'k', 'd', 1)",
            "a row of source gone",
        ),
    ],
)
def test_each_foreign_key_is_looked_at(filled: Store, statement: str, example: str) -> None:
    broken(filled, statement)
    assert [(f.name, f.examples) for f in filled.check()] == [("foreign_keys", (example,))]


def test_all_foreign_keys_of_the_tables_are_covered(filled: Store) -> None:
    """Every foreign key of the schema is looked at by an invariant, since PostgreSQL has no check of its own."""
    by_name = {
        ("duplicate_groups", "story_id"): "group_without_story",
        ("articles", "duplicate_group_id"): "article_without_group",
        ("story_redirects", "story_id"): "redirect_to_missing_story",
        ("rules", "a_article_id"): "rule_without_article",
        ("rules", "b_article_id"): "rule_without_article",
    }
    generic = next(i.query for i in INVARIANTS if i.name == "foreign_keys")
    inspector = sa.inspect(filled.engine)
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table):
            column = key["constrained_columns"][0]
            assert (table, column) in by_name or f".{column}" in generic, (table, column)


def test_a_cycle_of_redirects_is_a_chain(filled: Store) -> None:
    broken(
        filled,
        "INSERT INTO story_redirects (old_story_id, story_id) VALUES (4, 5), (5, 4)",
        "UPDATE state SET next_story_id = next_story_id + 2",
    )
    assert [(f.name, f.count) for f in filled.check()] == [("redirect_chain", 2)]


def test_only_the_latest_evidence_of_a_copy_must_agree(filled: Store) -> None:
    broken(
        filled,
        EVIDENCE.format("2, 1, 1, 1, 'duplicate', 'joined', NULL, 0.75, 0.875, 0.5, 1"),
        "UPDATE articles SET jaccard = 0.75, containment = 0.875 WHERE article_id = 2",
    )
    assert found(filled) == []
    assert found(filled, full=True) == ["copy_differs"]


def test_a_new_version_may_rest_on_evidence_of_the_former_one(filled: Store) -> None:
    broken(filled, "UPDATE articles SET version = 2 WHERE article_id = 2")
    assert found(filled) == []


def test_runs_need_not_add_up_once_old_ones_are_forgotten(filled: Store) -> None:
    broken(filled, "UPDATE runs SET run_id = 7, accepted = 1, taken = 2")
    assert found(filled) == []
    broken(filled, "UPDATE runs SET accepted = 6, taken = 7")
    assert found(filled) == ["runs_disagree"]


def test_the_stories_of_all_runs_are_those_that_were_opened(filled: Store) -> None:
    broken(filled, "UPDATE runs SET new_stories = new_stories - 1")
    (finding,) = filled.check()
    assert (finding.name, finding.examples) == ("runs_disagree", ("stories: 2 in v_runs, 3 in all",))


def test_examples_are_few_and_the_count_is_whole(filled: Store) -> None:
    rows = ", ".join(f"({number}, 'x')" for number in range(100, 120))
    broken(filled, f"INSERT INTO texts (article_id, body_text) VALUES {rows}")
    (finding,) = filled.check()
    assert (finding.count, len(finding.examples)) == (20, check.EXAMPLES)


def test_a_changed_text_is_found_by_the_full_check(filled: Store) -> None:
    broken(filled, "UPDATE texts SET body_text = 'Another text than the one that was signed.' WHERE article_id = 3")
    assert found(filled) == []
    assert found(filled, full=True) == ["signature_differs"]


def test_a_headline_changed_alone_is_found_by_the_full_check(filled: Store) -> None:
    broken(filled, "UPDATE articles SET series_key = 7 WHERE article_id = 1")
    assert found(filled) == []
    assert found(filled, full=True) == ["series_differs"]


def test_a_text_changed_in_a_group_is_found_in_both_ways(filled: Store) -> None:
    broken(filled, "UPDATE texts SET body_text = 'Another text than the one that was signed.' WHERE article_id = 1")
    assert found(filled, full=True) == ["signature_differs", "copy_differs"]


def test_signatures_of_another_normaliser_are_passed_over(filled: Store) -> None:
    broken(filled, "UPDATE schemes SET name = 'w3-xxh32-affine32-128-s1-n0'", "UPDATE texts SET body_text = 'x'")
    assert found(filled, full=True) == []


@pytest.mark.parametrize(
    "statement",
    ["DROP VIEW v_health", "UPDATE alembic_version SET version_num = '9999'", "DELETE FROM alembic_version"],
)
def test_another_schema_is_the_only_finding(filled: Store, statement: str) -> None:
    broken(filled, statement)
    (finding,) = filled.check(full=True)
    assert finding.name == "schema_at_head"
    assert "dedup" in finding.examples[0]


@pytest.mark.parametrize(
    ("statement", "example"),
    [
        ("ALTER TABLE runs RENAME COLUMN seconds TO secs", "table runs has no column seconds"),
        ("DROP TABLE passages", "there is no table passages"),
    ],
)
def test_a_table_that_is_not_whole_is_the_only_finding(filled: Store, statement: str, example: str) -> None:
    broken(filled, statement)
    if filled.engine.dialect.name == "sqlite":  # which writes the new name into the views
        with filled.writing() as connection:
            views.drop(connection)
            views.create(connection)
    (finding,) = filled.check()
    assert (finding.name, finding.count, finding.examples) == ("table_differs", 1, (example,))
    assert "restore a backup" in finding.meaning


def test_a_column_of_somebody_else_is_no_finding(filled: Store) -> None:
    broken(filled, "ALTER TABLE inbox ADD COLUMN remark TEXT")
    assert found(filled, full=True) == []


def test_an_index_that_is_missing_is_found_beside_all_else_and_made_by_an_upgrade(filled: Store) -> None:
    gone = ("ix_articles_newest", "ix_story_history_story_id")
    broken(filled, "UPDATE state SET next_ordinal = 5", *(f"DROP INDEX {name}" for name in gone))
    missing, behind = filled.check()
    assert (missing.name, missing.count) == ("index_missing", 2)
    assert missing.examples == ("ix_articles_newest of articles", "ix_story_history_story_id of story_history")
    assert missing.meaning.endswith("type: dedup db upgrade")
    assert behind.name == "counter_behind"

    filled.upgrade()
    assert found(filled) == ["counter_behind"]


def test_a_damaged_page_is_found_by_the_full_check(sqlite_url: str, open_store: Callable[..., Store]) -> None:
    store = open_store(sqlite_url)
    fill(store)
    with store.reading() as connection:
        page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'ix_story_history_story_id'")
        root = page.scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    path = store.path
    assert path is not None
    store.close()  # checkpoints, so that the file alone is the database
    with path.open("r+b") as file:
        file.seek((root - 1) * size + size - 8)
        file.write(b"\xff" * 8)
    assert found(open_store(sqlite_url), full=True) == ["integrity"]


@pytest.mark.postgresql
def test_switched_off_foreign_keys_are_found(postgresql_url: str, open_store: Callable[..., Store]) -> None:
    store = open_store(postgresql_url)
    fill(store)
    broken(store, "ALTER TABLE texts DISABLE TRIGGER ALL")
    (finding,) = store.check(full=True)
    assert finding.name == "integrity"
    assert "foreign keys of texts are switched off" in finding.examples


def test_names_tell_what_is_looked_at(store: Store) -> None:
    quick, full = check.names(), check.names(full=True)
    assert [name for name in full if name in quick] == list(quick)
    assert set(full) - set(quick) == {"integrity", "series_differs", "signature_differs", "copy_differs"}
    assert len(set(full)) == len(full)


def test_a_check_writes_nothing(filled: Store) -> None:
    def contents() -> dict[str, list[Any]]:
        with filled.reading() as connection:
            tables = sa.inspect(connection).get_table_names()
            return {name: list(connection.execute(sa.text(f"SELECT * FROM {name}"))) for name in tables}

    before = contents()
    filled.check(full=True)
    assert contents() == before

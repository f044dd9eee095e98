"""Bringing a database to the schema of the program: up, down, again, half-way, with data, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from dedup.errors import ConfigError, DatabaseAway, SchemaError
from dedup.store import Store, schema, views
from dedup.store.database.engine import reading, writing
from dedup.store.tables import metadata

from .sample import fill

OpenStore = Callable[..., Store]


@pytest.fixture
def empty(empty_database_url: str, open_store: OpenStore) -> Store:
    return open_store(empty_database_url, create=True)


def names(store: Store) -> set[str]:
    with store.reading() as connection:
        inspector = sa.inspect(connection)
        return {*inspector.get_table_names(), *inspector.get_view_names()}


def contents(store: Store) -> dict[str, list[Any]]:
    with store.reading() as connection:
        return {name: list(connection.execute(sa.select(table))) for name, table in metadata.tables.items()}


def test_there_is_one_head() -> None:
    scripts = ScriptDirectory.from_config(schema.migrations())
    assert scripts.get_heads() == [schema.head()]
    assert [script.revision for script in scripts.walk_revisions()] == [*schema.revisions()]


def test_upgrade_of_an_empty_database(empty: Store) -> None:
    with pytest.raises(SchemaError, match="dedup db upgrade"):
        empty.check_schema()
    assert empty.upgrade() == (None, schema.head())
    empty.check_schema()
    assert names(empty) == {"alembic_version", *metadata.tables, *views.VIEWS}


def test_each_migration_goes_up_and_down(empty: Store) -> None:
    for revision in reversed(schema.revisions()):
        before = names(empty)
        assert schema.upgrade(empty.engine, revision)[1] == revision
        with writing(empty.engine) as connection:
            views.drop(connection)
            command.downgrade(schema.migrations(connection), "-1")
        assert names(empty) - {"alembic_version"} == before - {"alembic_version"} - set(views.VIEWS)
        schema.upgrade(empty.engine, revision)
    empty.check_schema()


def test_an_upgrade_to_tables_that_are_not_whole_says_so(store: Store) -> None:
    with writing(store.engine) as connection:
        views.drop(connection)
        connection.exec_driver_sql("DROP INDEX ix_articles_series_key")
        connection.exec_driver_sql("ALTER TABLE articles DROP COLUMN series_key")
    with pytest.raises(SchemaError, match=r"its tables are others \(.*series_key.*\).*restore a backup"):
        store.upgrade()


def test_a_second_upgrade_changes_nothing(store: Store) -> None:
    fill(store)
    before = contents(store)
    statements: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert store.upgrade() == (schema.head(), schema.head())
    assert not [
        text
        for text in statements
        if text.lstrip().startswith(("CREATE", "DROP", "ALTER", "INSERT", "UPDATE", "GRANT"))
    ]
    assert contents(store) == before


def test_an_upgrade_keeps_the_data(store: Store) -> None:
    fill(store)
    before = contents(store)
    with store.writing() as connection:
        views.drop(connection)
    store.upgrade()
    assert contents(store) == before
    assert store.check() == []


def test_series_are_known_of_the_articles_that_were_there(store: Store) -> None:
    """0008 gives each article what other issues of its series are found by."""
    fill(store)
    before = contents(store)
    with writing(store.engine) as connection:
        views.drop(connection)
        command.downgrade(schema.migrations(connection), "0007")
    store.upgrade()
    assert sorted(contents(store)["articles"]) == sorted(before["articles"])
    assert any(row.series_key is not None for row in before["articles"])


# SQLAlchemy cannot reflect an index of an expression on SQLite; on PostgreSQL it is compared.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_tables_of_the_program_are_those_of_the_migrations(store: Store) -> None:
    with reading(store.engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def parts(sql: str) -> list[str]:
    """What stands between the commas of a CREATE statement that are in its own parentheses."""
    found, depth = [""], 0
    for letter in sql.rstrip().removesuffix(")"):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 1:
            found.append("")
        else:
            found[-1] += letter
    return [" ".join(part.split()) for part in found]


def test_the_defaults_of_the_program_are_those_of_the_migrations(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path
) -> None:
    """Autogeneration compares no defaults and no checks; SQLite keeps the text of a table, which shows them."""
    store = open_store(sqlite_url)
    other = sa.create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(other)

    def made(engine: sa.Engine) -> dict[str, list[str]]:
        query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' AND name <> 'alembic_version'"
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(query + " AND type <> 'view'").all()
        # The order of columns and constraints within a table is free: a column that was added later comes last.
        return {name: sorted(parts(sql)) for name, sql in rows}

    assert made(store.engine) == made(other)
    other.dispose()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (store.check_schema, store.upgrade):
        with pytest.raises(SchemaError, match=r"9999.*newer dedup") as caught:
            attempt()
        assert caught.value.exit_code == 78


def test_an_older_schema_is_refused_until_it_is_upgraded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    older = schema.head()
    monkeypatch.setattr(schema, "revisions", lambda: ("0099", older))
    with pytest.raises(SchemaError, match=rf"has schema {older}.*needs 0099.*dedup db upgrade") as caught:
        store.check_schema()
    assert caught.value.exit_code == 78


def test_missing_and_foreign_views_are_made_anew(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("DROP VIEW v_health")
        connection.exec_driver_sql("DROP VIEW v_runs")
        connection.exec_driver_sql("CREATE VIEW v_runs AS SELECT 1 AS run_id")
    with pytest.raises(SchemaError, match=r"v_runs, v_health.*dedup db upgrade"):
        store.check_schema()
    store.upgrade()
    store.check_schema()
    assert store.health().ok


def test_a_migration_that_fails_leaves_nothing_behind(
    empty: Store, empty_database_url: str, open_store: OpenStore
) -> None:
    """Fails at the first statement, then at a later one, until one upgrade ends untouched, which is one transaction.

    That is each statement on SQLite, and some of all migrations on PostgreSQL.
    """
    step = 1 if empty.path is not None else 7
    failed_at = 1 - step
    while True:
        failed_at += step
        commits, seen = 0, list[int]()

        def count(_: Any) -> None:
            nonlocal commits
            commits += 1

        def fail(_: Any, __: Any, statement: str, ___: Any, ____: Any, _____: Any, at: int = failed_at) -> None:
            if statement.lstrip().startswith(("CREATE", "INSERT", "UPDATE", "COMMENT")):
                seen.append(commits)  # noqa: B023 - of this round
                if len(seen) == at:  # noqa: B023
                    raise RuntimeError(statement)

        store = open_store(empty_database_url)
        event.listen(store.engine, "commit", count)
        event.listen(store.engine, "before_cursor_execute", fail)
        try:
            store.upgrade()
        except RuntimeError:
            store.close()
            assert names(empty) == set()
        else:
            break
    assert len(seen) > len(metadata.tables) + len(views.VIEWS)
    assert set(seen) == {seen[0]}, "nothing is committed between the first statement and the last"
    empty.check_schema()


def test_a_failed_upgrade_keeps_the_views_of_before(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        connection.exec_driver_sql("DROP VIEW v_why")

    def fail(_: Any, __: Any, statement: str, ___: Any, ____: Any, _____: Any) -> None:
        if statement.startswith("CREATE") and "VIEW v_health" in statement:
            raise RuntimeError

    event.listen(store.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        store.upgrade()
    assert set(views.VIEWS) - names(store) == {"v_why"}


def test_an_upgrade_needs_the_right_to_write(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    with pytest.raises(DatabaseAway, match="readonly"), store.reading() as connection:
        views.drop(connection)


def test_tables_of_another_program_are_told_as_such_and_left_alone(empty: Store) -> None:
    with empty.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE articles (guid TEXT)")
    with pytest.raises(SchemaError, match=r"not dedup's.*articles.*already exists.*a database of its own"):
        empty.upgrade()
    assert names(empty) == {"articles"}


def test_a_version_that_its_tables_are_not_of_is_told_as_such(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.revisions()[1]}'")
    with pytest.raises(
        SchemaError, match=r"says that it has schema 0012.*(already exists|duplicate column).*restore a backup"
    ):
        store.upgrade()
    assert set(views.VIEWS) <= names(store)


@pytest.mark.postgresql
def test_a_user_without_the_right_is_told_so(
    postgresql_url: str, postgresql_server: Any, open_store: OpenStore
) -> None:
    postgresql_server.execute("CREATE ROLE stranger LOGIN")
    try:
        store = open_store(postgresql_url.replace("//dedup@", "//stranger@"))
        for attempt in (store.check_schema, store.upgrade):
            with pytest.raises(ConfigError, match=r"permission denied .*; give the user of .* that right"):
                attempt()
    finally:
        store.close()
        postgresql_server.execute("DROP ROLE stranger")


@pytest.mark.postgresql
@pytest.mark.parametrize("gone", ["v_runs", "v_sources"])
def test_rights_on_views_outlive_an_upgrade(
    postgresql_url: str, postgresql_server: Any, open_store: OpenStore, gone: str
) -> None:
    store = open_store(postgresql_url)
    postgresql_server.execute('CREATE ROLE "dash board"')
    try:
        with store.writing() as connection:
            connection.exec_driver_sql('GRANT SELECT ON v_stories TO "dash board" WITH GRANT OPTION')
            connection.exec_driver_sql("GRANT SELECT ON v_why TO PUBLIC")
            connection.exec_driver_sql('GRANT SELECT (uri, title) ON v_articles TO "dash board"')
            connection.exec_driver_sql(f"DROP VIEW {gone}")
            if gone == "v_sources":  # of which other columns may not be replaced
                connection.exec_driver_sql("CREATE VIEW v_sources AS SELECT 1 AS another")
        store.upgrade()
        with store.reading() as connection:
            rights = sa.text(
                "SELECT has_table_privilege('dash board', name, 'SELECT WITH GRANT OPTION') "
                "FROM (VALUES ('v_stories'), ('v_why'), ('v_articles')) v (name)"
            )
            assert list(connection.scalars(rights)) == [True, False, False]
            assert connection.scalar(sa.text("SELECT has_table_privilege('dash board', 'v_why', 'SELECT')"))
            columns = sa.text(
                "SELECT has_column_privilege('dash board', 'v_articles', name, 'SELECT') "
                "FROM (VALUES ('uri'), ('title'), ('body_text')) v (name)"
            )
            assert list(connection.scalars(columns)) == [True, True, False]
    finally:
        store.close()
        with postgresql_server.admin(postgresql_url.rsplit("/", 1)[1]) as connection:
            connection.execute('DROP OWNED BY "dash board"')
        postgresql_server.execute('DROP ROLE "dash board"')


def older(store: Store, view: str, columns: str) -> None:
    """Makes a view what another version of the program had it as, with a view of somebody else built on it."""
    with store.writing() as connection:
        connection.exec_driver_sql(f"DROP VIEW {view}")
        connection.exec_driver_sql(f"CREATE VIEW {view} AS SELECT {columns}")
        connection.exec_driver_sql(f"CREATE VIEW dashboard AS SELECT {columns.rsplit(maxsplit=1)[-1]} FROM {view}")


@pytest.mark.postgresql
def test_what_others_built_on_a_view_outlives_an_upgrade(postgresql_url: str, open_store: OpenStore) -> None:
    """The upgrade ended as a bug of dedup, and a service that was updated did not start."""
    store = open_store(postgresql_url)
    fill(store)
    older(store, "v_story_redirects", "CAST(1 AS bigint) AS old_story_id")
    store.upgrade()
    assert store.check() == []
    with store.reading() as connection:
        assert connection.scalars(sa.text("SELECT old_story_id FROM dashboard")).all() == [3]


@pytest.mark.postgresql
@pytest.mark.parametrize("version", ["head", "former"])
def test_what_others_built_on_a_view_that_must_go_is_named(
    postgresql_url: str, open_store: OpenStore, version: str
) -> None:
    store = open_store(postgresql_url)
    older(store, "v_story_redirects", "CAST(1 AS bigint) AS another" if version == "head" else "1 AS old_story_id")
    with store.writing() as connection:
        if version == "former":
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0012'")
    with pytest.raises(SchemaError, match=r"view dashboard depends on view v_story_redirects.*nothing was changed"):
        store.upgrade()
    with store.writing() as connection:
        connection.exec_driver_sql("DROP VIEW dashboard")
    if version == "head":
        store.upgrade()
        assert store.check() == []


@pytest.mark.postgresql
def test_two_upgrades_at_once_go_one_after_the_other(postgresql_server: Any, open_store: OpenStore) -> None:
    """The second waits in the server for the first, and then finds nothing to do."""
    with postgresql_server.database() as name:
        url = postgresql_server.url(name)
        first, second = open_store(url), open_store(url)
        results: list[tuple[str | None, str]] = []
        with first.writing() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('dedup schema'))")
            threads = [threading.Thread(target=lambda: results.append(second.upgrade())) for _ in range(2)]
            for thread in threads:
                thread.start()
        for thread in threads:
            thread.join(60)
        first.close()
        second.close()
    assert sorted(results, key=str) == sorted([(None, schema.head()), (schema.head(), schema.head())], key=str)


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path, open_store: OpenStore) -> None:
    path = tmp_path / "notes.db"
    path.write_text(
        "These are my notes, and they are longer than the header of a database, which has 100 bytes. So there."
    )
    with pytest.raises(ConfigError, match="not a database") as caught:
        open_store(f"sqlite:///{path}")
    assert caught.value.exit_code == 78

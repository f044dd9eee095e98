"""The schema of the database: which version it has, and bringing it to the one this program writes."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dedup.errors import SchemaError
from dedup.store import missing, views
from dedup.store.database.engine import reading, unlimited, writing
from dedup.store.database.faults import built_upon, misfit
from dedup.store.tables import state

# Alembic takes longer to import than a short command to run, and every command looks whether the schema is the right
# one: so that is asked without it.
if TYPE_CHECKING:
    from alembic.config import Config


def migrations(connection: Connection | None = None) -> Config:
    """The configuration of Alembic for the migrations in this package, to run on `connection`."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(resources.files("dedup.migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


_VERSION = sa.table("alembic_version", sa.column("version_num"))
VERSION = sa.select(_VERSION.c.version_num).scalar_subquery()
"""The schema version of a database that has one, as a value in a query."""
_UPGRADE = "db upgrade"


@cache
def revisions() -> tuple[str, ...]:
    """All schema versions, newest first: the names of the migrations begin with them, in their order."""
    files = [file.name for file in (resources.files("dedup.migrations") / "versions").iterdir()]
    return tuple(sorted((name.partition("_")[0] for name in files if name[:1].isdigit()), reverse=True))


def head() -> str:
    """The schema version that this program writes."""
    return revisions()[0]


def current(connection: Connection) -> str | None:
    """The schema version of the database; None for an empty one."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    revision: str | None = connection.scalar(sa.select(_VERSION.c.version_num))
    return revision


def problem(connection: Connection) -> SchemaError | None:
    """What keeps this program from working with the schema of the database, and what to do; None when nothing does."""
    found = current(connection)
    if found is None:
        return SchemaError("the database has no dedup schema yet; run:", _UPGRADE)
    if found not in revisions():
        return _newer(found)
    if found != head():
        return SchemaError(f"the database has schema {found}, this program needs {head()}; run:", _UPGRADE)
    outdated = views.outdated(connection)
    if outdated:
        return SchemaError(f"the views {', '.join(outdated)} are missing or of another version; run:", _UPGRADE)
    return None


def disorder(connection: Connection) -> SchemaError | None:
    """What `problem` finds, else what takes longer to find than the start of a command may take: that a table, a column
    or the row in `state` is gone. None where nothing is wrong."""
    if (found := problem(connection)) is not None:
        return found
    lacking = missing.columns(connection)
    if not lacking and (rows := connection.scalar(sa.select(sa.func.count()).select_from(state))) != 1:
        lacking = [f"there are {rows} rows in the table state"]
    if not lacking:
        return None
    others = len(lacking) - 1
    more = f", and {others} {'thing' if others == 1 else 'things'} more" if others else ""
    return SchemaError(
        f"the database lacks what its schema has: {lacking[0]}{more}; mend it, or restore a backup; see:", "db check"
    )


def require(connection: Connection) -> None:
    """Raises `SchemaError` unless the database is as this program needs it."""
    found = problem(connection)
    if found is not None:
        raise found


def check(engine: Engine) -> None:
    """`require` in a transaction of its own."""
    with reading(engine) as connection:
        require(connection)


def upgrade(engine: Engine, revision: str = "head") -> tuple[str | None, str]:
    """Brings the database to `revision` in one transaction, whole or not at all; returns the versions before and after.

    A database that is there already is left alone, so readers notice nothing, but that views and indexes it lacks are
    made anew. Rights that were granted on views stay, and what was built upon them where they have the same columns.
    Raises `SchemaError` where it does not stay, when the database was upgraded by a newer program, and when its tables
    are not those of the version that it names, or another program's have their names.
    """
    from alembic import command  # noqa: PLC0415 - see above

    with writing(engine) as connection, unlimited(connection):
        if connection.dialect.name == "postgresql":
            # Two upgrades at once, say of a daemon and its standby, go one after the other.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('dedup schema'))"))
        before = current(connection)
        if before is not None and before not in revisions():
            raise _newer(before)
        if before == head() and not made_anew(connection):
            return before, before
        rights = views.granted(connection)
        replaced = before == head() and views.replace(connection)
        try:
            if not replaced:
                views.drop(connection)
            command.upgrade(migrations(connection), revision)
            after = current(connection)
            if after == head():
                for index in missing.indexes(connection):
                    index.create(connection)
                if not replaced:
                    views.create(connection)
                    views.grant(connection, rights)
        except DBAPIError as error:
            if told := built_upon(error):
                raise SchemaError(
                    f"somebody has built upon views of dedup that must be made anew ({told}); nothing was changed: "
                    f"drop that, upgrade, and make it again"
                ) from error
            if told := misfit(error):
                raise _in_the_way(before, told) from error
            raise
    return before, after or ""


def made_anew(connection: Connection) -> list[str]:
    """What an upgrade makes anew where the version is this program's already: ``views``, ``indexes``."""
    wanting = {"views": views.outdated(connection), "indexes": missing.indexes(connection)}
    return [what for what, found in wanting.items() if found]


def begin(engine: Engine) -> str | None:
    """Gives a SQLite database without any table the schema; returns its version, None for any other database."""
    if engine.dialect.name != "sqlite":
        return None
    with reading(engine) as connection:
        if connection.execute(sa.text("SELECT 1 FROM sqlite_master LIMIT 1")).first() is not None:
            return None
    return upgrade(engine)[1]


def _in_the_way(before: str | None, told: str) -> SchemaError:
    if before is None:
        return SchemaError(
            f"the database holds something that is not dedup's and has the name of what is to be made ({told}); "
            f"nothing was changed: give dedup a database of its own"
        )
    return SchemaError(
        f"the database says that it has schema {before}, but its tables are others ({told}); nothing was changed: "
        f"restore a backup"
    )


def _newer(found: str) -> SchemaError:
    return SchemaError(
        f"the database has schema {found}, which this program does not know; "
        f"a newer dedup has upgraded it: install that version, or restore the backup from before"
    )

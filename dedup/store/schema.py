"""The schema of the database: which version it has, and bringing it to the one this program writes."""

from __future__ import annotations

from functools import cache
from importlib import resources

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from dedup.errors import SchemaError
from dedup.store.engine import reading, writing
from dedup.store.views import create_views, drop_views


@cache
def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("dedup.migrations")).replace("%", "%%"))
    return config


@cache
def head() -> str:
    """The schema version that this program writes."""
    revision = ScriptDirectory.from_config(_alembic()).get_current_head()
    if revision is None:
        raise SchemaError("this installation has no migrations; install dedup again")
    return revision


def current(connection: Connection) -> str | None:
    """The schema version of the database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def check(engine: Engine) -> None:
    """Raises `SchemaError` unless the database is at `head`."""
    with reading(engine) as connection:
        found = current(connection)
    if found == head():
        return
    if found is None:
        raise SchemaError("the database has no dedup schema yet; run: dedup db upgrade")
    if found not in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}:
        raise SchemaError(
            f"the database has schema {found}, which this program does not know; "
            f"it was upgraded by a newer dedup: install that version"
        )
    raise SchemaError(f"the database has schema {found}, this program needs {head()}; run: dedup db upgrade")


def upgrade(engine: Engine, revision: str = "head") -> tuple[str | None, str]:
    """Brings the database to `revision` in one transaction, whole or not at all; returns the versions before and after.

    Raises `SchemaError` when the database was upgraded by a newer program.
    """
    with writing(engine) as connection:
        before = current(connection)
        known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
        if before is not None and before not in known:
            raise SchemaError(f"the database has schema {before}, which this program does not know; install a newer dedup")
        if connection.dialect.name == "postgresql":
            # Two upgrades at once, say of a daemon and its standby, go one after the other.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('dedup schema'))"))
        drop_views(connection)
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        after = current(connection)
        if after == head():
            create_views(connection)
    return before, after or ""

"""Runs the migrations on the connection that `dedup.store.schema` hands over, inside its transaction."""

from alembic import context

from dedup.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()

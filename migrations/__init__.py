"""Alembic migrations, shipped with the program as ``dedup.migrations``."""

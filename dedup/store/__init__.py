"""Engine, tables, views, transactions: the only place with SQL."""

from dedup.store.store import Store

__all__ = ["Store"]

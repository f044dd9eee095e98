"""How the articles that wait are cut into batches, each of which is decided and written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.engine import RowMapping

from dedup.intake.article import Article
from dedup.preparation.preparation import digest
from dedup.store.passes.inbox import Rejected, Waiting
from dedup.store.passes.rows import Key, Known


def cut(
    waiting: Sequence[Waiting], known: Known, awaits: Callable[[str, str], bool]
) -> Iterator[Sequence[Waiting]]:  # fmt: skip
    """`waiting` in its order, cut so that a new version, or an article that a rule waits for, is a batch of its own.

    Its decision then sees everything that came before it in the database. `awaits` says by source and uri whether a
    rule waits for an article.
    """
    start = 0
    seen: set[Key] = set()
    for place, row in enumerate(waiting):
        key = key_of(row.item)
        before = known.get(key)
        changed = before is not None and isinstance(row.item, Article) and before["digest"] != digest(row.item)
        if changed or key in seen or awaits(*key):
            if place > start:
                yield waiting[start:place]
            yield waiting[place : place + 1]
            start = place + 1
        seen.add(key)
    if start < len(waiting):
        yield waiting[start:]


def key_of(item: Article | Rejected) -> Key:
    """Source and uri."""
    return item.source or "", item.uri


def says_more(article: Article, before: RowMapping | None) -> bool:
    """True for an article that is new, or has other content than what is known of it."""
    return not article.is_withdrawal and (before is None or before["digest"] != digest(article))

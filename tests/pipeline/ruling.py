"""What operators do to single articles, rules and withdrawals, and what they see of it."""

from __future__ import annotations

from dedup.intake.article import WITHDRAWN, Article
from dedup.store import Store
from dedup.store.passes import rules
from dedup.store.passes.rules import End


def rule(store: Store, kind: str, a: str | int, b: str | int, source: str | None = None) -> int:
    """Inserts a rule about articles, by their uris, or stories, by their numbers."""
    ends = (End(end, source) if isinstance(end, str) else End(None, story_id=end) for end in (a, b))
    with store.writing() as connection:
        return rules.insert(connection, kind, *ends, None)


def withdrawn(article: Article) -> Article:
    return Article(article.uri, "", source=article.source, content_type=WITHDRAWN)


def state(store: Store, rule_id: int) -> tuple[str, str]:
    with store.reading() as connection:
        found = next(one for one in rules.read(connection) if one.rule_id == rule_id)
    return found.state, found.reason or ""

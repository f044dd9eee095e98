"""Every signature and every similarity computed once more from the stored texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from dedup.config import NORMALISER_VERSION
from dedup.sketch.minhash import sign_text
from dedup.sketch.recurring import series_key
from dedup.sketch.scheme import Scheme
from dedup.sketch.shingles import overlap
from dedup.store.tables import articles, config_versions, duplicate_groups, matches, schemes, texts

PAGE = 500
# Similarities are quotients of whole numbers; the databases hold them as doubles.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that the texts do not give: the name of the finding, and the article with both values."""

    name: str
    example: str


def count(connection: Connection) -> int:
    """How many articles `differences` looks at, at most."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(texts)).scalar_one())


def differences(connection: Connection, progress: Callable[[int], None]) -> Iterator[Difference]:
    """Whatever is stored otherwise than the texts give, in the order of articles.

    `progress` is called after each page with the number of articles looked at so far.
    What was signed, or decided, by tokens of another version than this program's cannot be computed and is passed over.
    """
    settings = {
        number: json.loads(stored)
        for number, stored in connection.execute(
            sa.select(config_versions.c.config_version, config_versions.c.settings)
        )
    }
    limits = tuple(sorted({decided["text"]["max_words"] for decided in settings.values()}, reverse=True))
    last, looked_at = 0, 0
    while rows := connection.execute(_page(last)).all():
        for row in rows:
            decided = settings.get(row.config_version)
            if decided is not None:
                yield from _compare(row, decided, limits)
        last, looked_at = rows[-1].article_id, looked_at + len(rows)
        progress(looked_at)


def _page(after: int) -> sa.Select[Any]:
    """Articles with their text, that of their group's original, and the configuration that decided them."""
    group = duplicate_groups.alias("g")
    original, its_text = articles.alias("o"), texts.alias("ot")
    # The last row that says where the article came to. A rule and a story that falls into two move what was compared
    # before, under settings that may have been others; a rule counts only where nothing was compared.
    decided = (
        sa.select(matches.c.config_version)
        .where(matches.c.article_id == articles.c.article_id, matches.c.verdict.in_(("joined", "opened")))
        .order_by(matches.c.tier == "rule", matches.c.version.desc(), matches.c.place.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(
            articles.c.article_id,
            articles.c.title,
            sa.func.coalesce(articles.c.publisher, articles.c.source).label("publisher"),
            articles.c.series_key,
            texts.c.body_text,
            articles.c.signature,
            articles.c.jaccard,
            articles.c.containment,
            schemes.c.name.label("scheme"),
            group.c.original_article_id,
            original.c.title.label("original_title"),
            its_text.c.body_text.label("original_text"),
            decided.label("config_version"),
        )
        .join(texts, texts.c.article_id == articles.c.article_id)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
        .join(group, group.c.duplicate_group_id == articles.c.duplicate_group_id)
        .join(original, original.c.article_id == group.c.original_article_id)
        .join(its_text, its_text.c.article_id == original.c.article_id)
        .where(articles.c.article_id > after)
        .order_by(articles.c.article_id)
        .limit(PAGE)
    )


def _compare(row: Row[Any], settings: dict[str, Any], limits: Sequence[int]) -> Iterator[Difference]:
    """`limits` are all that ``[text] max_words`` has ever been; which of them a signature was made by is not kept.

    A story that falls into two, a withdrawal and a rule move under newer settings what was signed under older ones.
    """
    scheme = Scheme(settings["duplicates"]["shingle_words"])
    if row.scheme != scheme.name:
        return
    if row.series_key != series_key(row.publisher, row.title):
        yield Difference("series_differs", f"article {row.article_id}")
    last = settings["text"]["max_words"]
    # An original is compared with nothing, and what other tokens told is told no more.
    original = row.article_id == row.original_article_id or _tokens_of(settings) != NORMALISER_VERSION
    signed, compared, shown = False, original, None
    for limit in (last, *(limit for limit in limits if limit != last)):
        own = sign_text(row.title, row.body_text, scheme, limit)
        signed |= own.values == row.signature
        if not original:
            theirs = sign_text(row.original_title, row.original_text, scheme, limit)
            found = overlap(own.shingles, theirs.shingles)
            shown = found.jaccard if shown is None else shown
            compared |= _same(found.jaccard, row.jaccard) and _same(found.containment, row.containment)
        if signed and compared:
            return
    if not signed:
        yield Difference("signature_differs", f"article {row.article_id}")
    if not compared:
        yield Difference(
            "copy_differs",
            f"article {row.article_id} with {row.original_article_id}: "
            f"jaccard {row.jaccard:.4f} stored, {shown:.4f} computed",
        )


def _tokens_of(settings: dict[str, Any]) -> int:
    """The version of the tokens by which something was decided; until the second it was not noted."""
    version: int = settings.get("tokens", {"version": 1})["version"]
    return version


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _ROUNDING

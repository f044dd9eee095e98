"""Rows of evidence as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding

from dedup.cli.wording import line, moment
from dedup.store.queries import Placed
from dedup.store.reasons import Evidence

Named = Mapping[int, Placed]
"""Articles by their number."""


def heading(article: Placed) -> Iterator[RenderableType]:
    """An article in two lines."""
    version = f", version {article.version}" if article.version > 1 else ""
    publisher = article.publisher or "no publisher"
    yield line((f"Article {article.article_id}: {article.title or '(no title)'}", "bold"))
    yield indented(
        f"{article.uri} (source {article.source}, {publisher}, {moment(article.published_at)}{version}), "
        f"text {article.duplicate_group_id}, story {article.story_id}"
    )


def indented(text: str) -> RenderableType:
    """A paragraph below a heading."""
    return Padding(line(text), (0, 0, 0, 2), expand=False)


def sentences(rows: Iterable[Evidence], known: Named, subject: str = "") -> Iterator[RenderableType]:
    """Each row as a sentence. `subject` is who it is about, where that is not plain from the heading."""
    for row in rows:
        who = subject or f"Article {row.article_id}"
        yield indented(f"{who} {(_copy if row.tier == 'duplicate' else _event)(row, known)}.")


def decided(rows: Sequence[Evidence]) -> Iterator[RenderableType]:
    """When the newest of `rows` was decided, and by which configuration."""
    if rows:
        newest = max(rows, key=lambda row: row.decided_at)
        yield line(f"Decided {moment(newest.decided_at)} UTC with configuration {newest.config_version}.", style="dim")


def _copy(row: Evidence, known: Named) -> str:
    there, jaccard, containment = _name(row.matched_article_id, known), row.jaccard or 0.0, row.containment or 0.0
    measured = f"Jaccard {jaccard:.2f}, containment {containment:.2f}; a copy from Jaccard {row.threshold:.2f}"
    if row.verdict == "joined":
        if jaccard >= row.threshold:
            return f"is a copy of {there}: {measured}"
        short = f"containment {containment:.2f}, though Jaccard {jaccard:.2f} is below {row.threshold:.2f}"
        return f"is a cut copy of {there}: {short}"
    if jaccard >= row.threshold:
        return (
            f"is like {there}, too, but its own group is closer, or the longest text of that group differs: {measured}"
        )
    return f"is no copy of {there}: {measured}"


def _event(row: Evidence, known: Named) -> str:
    there = _name(row.matched_article_id, known)
    score = "" if row.score is None else f"probability {row.score:.2f}, needed {row.threshold:.2f}"
    terms = f"; shared terms: {row.shared_terms}" if row.shared_terms else ""
    if row.verdict == "opened":
        return f"opened a story of its own: no story that was there reached {row.threshold:.2f}"
    if row.verdict == "joined":
        if row.shared_terms is None:
            return f"stayed in the story that it came to as a copy of {there} ({score})"
        return f"joined the story of {there}: {score}{terms}"
    if (row.score or 0.0) >= row.threshold:
        return f"could have joined the story of {there}, but another was likelier: {score}{terms}"
    return f"did not join the story of {there}: {score}{terms}"


def _name(article_id: int | None, known: Named) -> str:
    if article_id is None or article_id not in known:
        return f"article {article_id}"
    article = known[article_id]
    return f"article {article_id} “{article.title or article.uri}” ({article.publisher or article.source})"

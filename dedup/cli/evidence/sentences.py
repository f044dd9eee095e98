"""Rows of evidence as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding

from dedup.cli.wording import line, moment
from dedup.store.answers.queries import Placed
from dedup.store.answers.reasons import Evidence
from dedup.store.passes.verdicts import AGAINST

Named = Mapping[int, Placed]
"""Articles by their number."""

Thresholds = Mapping[int, float]
"""The probability from which texts joined a story, by the version of the configuration."""

BOTH = " that both parts are one event"


def heading(article: Placed) -> Iterator[RenderableType]:
    """An article in two lines."""
    version = f", version {article.version}" if article.version > 1 else ""
    publisher = article.publisher or "no publisher"
    authors = f", {article.authors}" if article.authors else ""
    yield line((f"Article {article.article_id}: {article.title or '(no title)'}", "bold"))
    yield indented(
        f"{article.uri} (source {article.source}, {publisher}{authors}, {moment(article.published_at)}{version}), "
        f"text {article.duplicate_group_id}, story {article.story_id}"
    )


def indented(shown: str | RenderableType) -> RenderableType:
    """A paragraph or a table below a heading."""
    return Padding(line(shown) if isinstance(shown, str) else shown, (0, 0, 0, 2), expand=False)


def thresholds(rows: Iterable[Evidence]) -> dict[int, float]:
    """The thresholds by which `sentences` tells a near miss from a story that would have fallen into two."""
    told = (row for row in rows if row.tier == "story" and row.verdict in ("joined", "opened"))
    return {row.config_version: row.threshold for row in told}


def sentences(rows: Iterable[Evidence], known: Named, usual: Thresholds, subject: str = "") -> Iterator[RenderableType]:
    """Each row as a sentence. `subject` is who it is about, where that is not plain from the heading.

    What was decided anew, with the same outcome, is said once.
    """
    rows = list(rows)
    refused = {(row.article_id, row.version) for row in rows if _is_refused(row, usual)}
    joined: set[tuple[int, int]] = set()
    said: set[str] = set()
    for row in rows:
        who = subject or _who(row, known)
        if row.tier == "duplicate":
            told = _copy(row, known)
        elif row.tier == "rule":
            told = _ruled(row, known)
        elif _is_refused(row, usual):
            told = _refused(row, known)
        elif row.verdict == "opened" and (row.article_id, row.version) in refused:
            told = "opened a story of its own: the one that it reached would have fallen into two with it"
        elif (row.article_id, row.version) in joined and _is_fit(row):
            told = (
                f"showed that the story of {named(row.matched_article_id, known)} is the same: {_measured(row, known)}"
            )
        else:
            told = _event(row, known)
        if _is_fit(row):
            joined.add((row.article_id, row.version))
        sentence = f"{who} {told}."
        if sentence not in said:
            said.add(sentence)
            yield indented(sentence)


def decided(rows: Sequence[Evidence]) -> Iterator[RenderableType]:
    """When the newest of `rows` was decided, and by which configuration."""
    if rows:
        newest = max(rows, key=lambda row: row.decided_at)
        yield line(f"Decided {moment(newest.decided_at)} UTC with configuration {newest.config_version}.", style="dim")


def named(article_id: int | None, known: Named) -> str:
    """An article in a sentence: number, title, publisher."""
    if article_id is None or article_id not in known:
        return f"article {article_id}"
    article = known[article_id]
    return f"article {article_id} “{article.title or article.uri}” ({article.outlet})"


def _who(row: Evidence, known: Named) -> str:
    article = known.get(row.article_id)
    former = article is not None and row.version < article.version
    return f"Article {row.article_id}{f' in version {row.version}' if former else ''}"


def _copy(row: Evidence, known: Named) -> str:
    there, jaccard, containment = named(row.matched_article_id, known), row.jaccard or 0.0, row.containment or 0.0
    measured = f"Jaccard {jaccard:.2f}, containment {containment:.2f}; a copy from Jaccard {row.threshold:.2f}"
    if row.verdict == "joined":
        if jaccard >= row.threshold:
            return f"is a copy of {there}: {measured}"
        short = f"containment {containment:.2f}, though Jaccard {jaccard:.2f} is below {row.threshold:.2f}"
        return f"is a cut copy of {there}: {short}"
    if row.verdict == "series":
        other = "another issue of the same recurring report, or made from the same template"
        return f"would be a copy of {there}, but is {other}: {measured}"
    if jaccard >= row.threshold:
        return (
            f"is like {there}, too, but its own group is closer, or the longest text of that group differs: {measured}"
        )
    return f"is no copy of {there}: {measured}"


def _ruled(row: Evidence, known: Named) -> str:
    there, now = named(row.matched_article_id, known), _now(row, known)
    if row.verdict == "joined":
        return f"belongs with {there}, a rule says{now}"
    return f"does not belong with {there}, a rule says of it or of one that it went with{now}"


def _event(row: Evidence, known: Named) -> str:
    if row.verdict in AGAINST:
        return _against(row, known)
    there, score = named(row.matched_article_id, known), _score(row)
    if row.verdict == "opened":
        return f"opened a story of its own: no story that it could join reached {row.threshold:.2f}"
    if row.verdict == "joined":
        if row.shared_terms is None:
            return f"stayed in the story that it came to as a copy of {there} ({score}){_now(row, known)}"
        return f"joined the story of {there}, the text most like it there: {_measured(row, known)}"
    score = _score(row, BOTH)
    return f"left its story with all that is unlike the rest, when {there} showed that it fell into two: {score}"


def _against(row: Evidence, known: Named) -> str:
    there = named(row.matched_article_id, known)
    if row.verdict == "series":
        told = f"is another issue of the recurring report, or made from the template, that {there} is: another event"
    elif row.verdict == "one_term":
        told = f"has hardly more than one term, or than figures and dates, in common with {there}, which may be chance"
    elif (row.score or 0.0) >= row.threshold:
        told = f"could have joined the story of {there}, but another was likelier"
    else:
        told = f"did not join the story of {there}"
    return f"{told}: {_measured(row, known)}"


def _refused(row: Evidence, known: Named) -> str:
    return (
        f"reached the story of {named(row.matched_article_id, known)}, but that would have fallen into two, with it "
        f"alone on one side: {_measured(row, known, BOTH)}"
    )


def _is_refused(row: Evidence, usual: Thresholds) -> bool:
    """True for a story that was likely enough and would have fallen into two: its threshold is that of the parts."""
    other_threshold = row.threshold != usual.get(row.config_version, row.threshold)
    return row.tier == "story" and row.verdict == "near_miss" and other_threshold


def _is_fit(row: Evidence) -> bool:
    """True for a text that joined a story because its terms fit."""
    return row.tier == "story" and row.verdict == "joined" and row.shared_terms is not None


def _measured(row: Evidence, known: Named, whose: str = "") -> str:
    return f"{_score(row, whose)}{_shared(row)}{_now(row, known)}"


def _score(row: Evidence, whose: str = "") -> str:
    if row.score is None:
        return "no probability was noted"
    reached, needed = distinct(row.score, row.threshold)
    return f"probability {reached}{whose}, needed {needed}"


def distinct(one: float, other: float) -> tuple[str, str]:
    """Two numbers with two digits, or with as many more as it takes to show that they differ."""
    digits = next((d for d in range(2, 9) if one == other or f"{one:.{d}f}" != f"{other:.{d}f}"), 9)
    return f"{one:.{digits}f}", f"{other:.{digits}f}"


def _shared(row: Evidence) -> str:
    return f"; shared terms: {row.shared_terms}" if row.shared_terms else ""


def _now(row: Evidence, known: Named) -> str:
    """Where the other article is now, unless that is what the sentence makes one expect."""
    one, other = known.get(row.article_id), known.get(row.matched_article_id or 0)
    if one is None or other is None or (one.story_id == other.story_id) is (row.verdict == "joined"):
        return ""
    return f"; {'both are' if one.story_id == other.story_id else 'that one is'} in story {other.story_id} now"

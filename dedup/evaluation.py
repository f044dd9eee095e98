"""How good a clustering is against labels: BCubed, pairs, adjusted Rand index."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dedup.errors import InputRejected, UsageError
from dedup.intake.files import is_there
from dedup.intake.json_article import source_of, uri_of


@dataclass(frozen=True, slots=True)
class Scores:
    """A clustering of `items` labelled items into `found` clusters, where the labels have `gold`; all scores but
    the index lie between 0 and 1, the index between -0.5 and 1."""

    items: int
    gold: int
    found: int
    missing: int
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    pair_precision: float
    pair_recall: float
    pair_f1: float
    adjusted_rand: float


Name = tuple[str | None, str]
"""An article by source and uri; without a source the one article of that uri, whichever source has it."""


@dataclass(slots=True)
class Labels:
    """What a person says: the story of each article, and the duplicate group where that was labelled."""

    stories: dict[Name, str] = field(default_factory=dict)
    copies: dict[Name, str] = field(default_factory=dict)


def score(gold: Mapping[Any, Hashable], found: Mapping[Any, Hashable]) -> Scores:
    """Scores the clusters `found` against the labels `gold`, over the items of `gold`; one that was not found is a
    cluster of its own. Raises `ValueError` where there are no labels.

    BCubed (Bagga and Baldwin 1998; Amigó et al. 2009): precision is the mean over the items of the share of an
    item's cluster that has its label, recall the mean share of its label that is in its cluster, F1 their harmonic
    mean. Pairs: precision is the share of the pairs in one cluster that have one label, recall the converse; where
    there are no such pairs, 1. The adjusted Rand index is Hubert and Arabie's (1985): (pairs in both - expected) /
    (mean of the pairs in clusters and under labels - expected), with expected = pairs in clusters * pairs under
    labels / all pairs, and 1 where that is 0 / 0.
    """
    if not gold:
        raise ValueError("there are no labels")
    # A tuple never equals the name of a cluster that was found.
    clusters: dict[Any, Hashable] = {item: (1, found[item]) if item in found else (0, item) for item in gold}
    items = len(gold)
    of_label, of_cluster = Counter(gold.values()), Counter(clusters.values())
    of_both = Counter((gold[item], clusters[item]) for item in gold)
    bcubed_precision = sum(n * n / of_cluster[cluster] for (_, cluster), n in of_both.items()) / items
    bcubed_recall = sum(n * n / of_label[label] for (label, _), n in of_both.items()) / items
    agreed, in_clusters, in_labels = (_pairs(counts.values()) for counts in (of_both, of_cluster, of_label))
    pair_precision = agreed / in_clusters if in_clusters else 1.0
    pair_recall = agreed / in_labels if in_labels else 1.0
    expected = in_clusters * in_labels / (items * (items - 1) / 2) if items > 1 else 0.0
    most = (in_clusters + in_labels) / 2
    return Scores(
        items=items,
        gold=len(of_label),
        found=len(of_cluster),
        missing=sum(item not in found for item in gold),
        bcubed_precision=bcubed_precision,
        bcubed_recall=bcubed_recall,
        bcubed_f1=_harmonic(bcubed_precision, bcubed_recall),
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        pair_f1=_harmonic(pair_precision, pair_recall),
        adjusted_rand=(agreed - expected) / (most - expected) if most != expected else 1.0,
    )


def read_labels(path: Path, source: str | None = None) -> Labels:
    """The labels in a JSON Lines file, gzipped or not: of each line ``story`` and ``copies``, where it has them
    and they are not empty.

    The source, else `source`, and the uri are found as in articles (see `dedup.intake.json_article`). Raises
    `UsageError` for a file that is not there, a line that is no object with a uri, and two labels for one article: half
    a labelled set would score nonsense.
    """
    labels = Labels()
    for place, record in _records(path):
        try:
            uri = uri_of(record)
        except InputRejected as error:
            raise UsageError(f"{place} has no uri by which to tell what it labels: {error.detail}") from error
        article = source_of(record) or source, uri
        for name, known in (("story", labels.stories), ("copies", labels.copies)):
            if record.get(name) in (None, ""):
                continue
            label = str(record[name])
            if known.setdefault(article, label) != label:
                raise UsageError(f"{place}: {uri} has two labels, {name} {known[article]!r} and {label!r}; keep one")
    return labels


def with_sources(labels: Mapping[Name, str], articles: Iterable[tuple[str, str]]) -> dict[Name, str]:
    """`labels` with the sources that have the uris of those without one, among `articles` by source and uri.

    Raises `UsageError` where several sources have such a uri, and where an article has another label by then.
    """
    having: dict[str, list[str]] = {}
    for source, uri in articles:
        having.setdefault(uri, []).append(source)
    known: dict[Name, str] = {}
    for name, label in labels.items():
        given, uri = name
        sources = having.get(uri, []) if given is None else [given]
        if len(sources) > 1:
            raise UsageError(f"{uri} is labelled without a source and is in {' and '.join(sources)}; add the source")
        article = (sources[0], uri) if sources else name
        if known.setdefault(article, label) != label:
            raise UsageError(f"{uri} of {article[0]} has two labels, {known[article]!r} and {label!r}; keep one")
    return known


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a file and their places, ``FILE:LINE``."""
    if not is_there(path) or path.is_dir():
        raise UsageError(f"{path} is {'a folder' if path.is_dir() else 'not there'}; name a labelled JSON Lines file")
    try:
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            with io.TextIOWrapper(gzip.GzipFile(fileobj=raw) if packed else raw, encoding="utf-8-sig") as lines:
                for number, text in enumerate(lines, 1):
                    if text.isspace():
                        continue
                    place = f"{path}:{number}"
                    try:
                        record = json.loads(text)
                    except (ValueError, RecursionError) as error:
                        raise UsageError(
                            f"{place} is not JSON ({error}); half a set of labels scores nothing"
                        ) from error
                    if not isinstance(record, dict):
                        raise UsageError(f"{place} is not an object with a uri and a story")
                    yield place, record
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _pairs(counts: Iterable[int]) -> float:
    return sum(n * (n - 1) / 2 for n in counts)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

"""The sets of articles that are measured: files of a data folder, or a generated stream where there is none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from generate import Shape, stream

SUFFIXES = (".jsonl", ".jsonl.gz")
GENERATED = "generated"
SEED = 1


@dataclass(frozen=True, slots=True)
class ArticleSet:
    """A JSON Lines file of articles in the order of their arrival. `labelled` says whether each line may name its
    story; `dated` whether more than half of the articles have a date."""

    name: str
    path: Path
    size: int
    labelled: bool
    dated: bool

    def records(self) -> list[dict[str, Any]]:
        """The articles, as they are in the file."""
        return list(read(self.path))


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects in a JSON Lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.isspace():
                yield json.loads(line)


def text_of(record: dict[str, Any]) -> str:
    """Title and body, as every peer sees them."""
    return f"{record.get('title') or ''}\n{record['body_text']}"


def published(record: dict[str, Any]) -> datetime | None:
    """When the article says that it was published, with a time zone; None without a date that can be read."""
    try:
        given = datetime.fromisoformat(record.get("published_at") or "")
    except ValueError:
        return None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def found(folder: Path) -> list[ArticleSet]:
    """The sets in `folder`, by name; none where the folder is absent."""
    paths = sorted(path for path in folder.glob("*") if path.name.endswith(SUFFIXES)) if folder.is_dir() else []
    return [describe(path) for path in paths]


def describe(path: Path) -> ArticleSet:
    """Counts what is in a file."""
    size = stories = dates = 0
    for record in read(path):
        size += 1
        stories += record.get("story") is not None
        dates += bool(record.get("published_at"))
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    return ArticleSet(name, path, size, labelled=stories > 0, dated=2 * dates > size)


def generated(folder: Path, size: int) -> ArticleSet:
    """A stream of `size` articles from a fixed seed, written into `folder`."""
    path = folder / f"{GENERATED}.jsonl"
    write(path, (article.record() for article in islice(stream(SEED, Shape()), size)))
    return ArticleSet(GENERATED, path, size, labelled=True, dated=True)


def beginning(articles: ArticleSet, size: int, folder: Path) -> Path:
    """The first `size` articles of a set, without compression, in a file in `folder`."""
    path = folder / f"{articles.name}-{size}.jsonl"
    if not path.exists():
        write(path, islice(read(articles.path), size))
    return path


def write(path: Path, records: Iterator[dict[str, Any]] | Sequence[dict[str, Any]]) -> None:
    """Writes objects as JSON Lines."""
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

"""The labels of a set whose articles all have uris of their own."""

from __future__ import annotations

from pathlib import Path

from dedup.evaluation import read_labels


def stories_by_uri(path: Path) -> dict[str, str]:
    """The labelled story of each uri."""
    return {uri: story for (_, uri), story in read_labels(path).stories.items()}

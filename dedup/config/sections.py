"""The sections of the configuration and their keys, each with its default, its range and what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dedup.config.setting import setting
from dedup.errors import ConfigError

SOURCE_BYTES = 500
"""Of the name of a source at most; see `dedup.intake.article.URI_BYTES`."""

PUBLISHER_CHARACTERS = 500
"""Of the name of a publisher as it is shown at most; configured ones are keys of tables."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the articles and clusters are kept."""

    url: str = setting("sqlite:///dedup.db", "SQLAlchemy URL, SQLite or PostgreSQL", secret=True, flag="--database")
    timeout_seconds: float = setting(
        30.0, "wait for a locked SQLite database or a PostgreSQL connection", low=0.1, high=600
    )
    query_seconds: float = setting(
        120.0,
        "silence of a PostgreSQL server in a query after which it counts as away; a wait for another session's lock "
        "ends after nine tenths of it",
        low=0.1,
        high=86_400,
    )


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What `dedup ingest` puts into the inbox."""

    source: str = setting("ingest", "source name of articles that name none", longest=SOURCE_BYTES, flag="--source")
    max_bytes: int = setting(
        20_000_000, "largest article taken, in bytes of its body", low=1_000, high=1_000_000_000, flag="--max-bytes"
    )


@dataclass(frozen=True, slots=True)
class TextSettings:
    """What counts as an article's text."""

    min_words: int = setting(
        6,
        "fewest different words in the body, characters in scripts without spaces; 0 takes headlines without a body",
        low=0,
        high=10_000,
    )
    max_words: int = setting(
        50_000, "words compared; the text beyond them is kept but not compared", low=100, high=1_000_000
    )
    split_pages: bool = setting(False, "take the other articles that a page holds in full as articles of their own")
    drop_boilerplate: bool = setting(
        True, "leave out of an article the lines and sentences that its site repeats over its articles"
    )


@dataclass(frozen=True, slots=True)
class DuplicateSettings:
    """The first tier: copies of one text."""

    shingle_words: int = setting(3, "words in a shingle; changing it re-signs the articles", low=1, high=9)
    threshold: float = setting(
        0.5,
        "smallest exact Jaccard similarity of shingles of two copies",
        low=0.1,
        high=1.0,
        flag="--duplicate-threshold",
    )
    containment: float = setting(
        0.8, "smallest share of the shorter text that a cut copy has in common", low=0.3, high=1.0
    )
    window_days: int = setting(30, "days between publication of two copies, at most", low=1, high=3_650)


@dataclass(frozen=True, slots=True)
class StorySettings:
    """The second tier: articles about the same event."""

    enabled: bool = setting(True, "false: every duplicate group is a story of its own, and fewer cut copies are found")
    threshold: float = setting(
        0.3, "smallest probability that an article belongs to a story", low=0.01, high=0.99, flag="--story-threshold"
    )
    window_days: int = setting(10, "days of silence after which a story takes no more articles", low=1, high=365)
    undated_per_day: float = setting(
        20.0,
        "undated articles a day at least; the dates of the others tell how many articles come in a day",
        low=1,
        high=1_000_000,
    )


@dataclass(frozen=True, slots=True)
class PublisherSettings:
    """Who is independent of whom, and who is preferred."""

    groups: str = setting("", "publishers that count as one, one group per line (or separated by ;), as in A = B = C")

    preferred: str = setting(
        "",
        "publishers preferred as original and representative, best first, one per line (or separated by ;)",
    )

    def preferences(self) -> tuple[str, ...]:
        """The preferred publishers, each once, the most preferred first. Raises `ConfigError`."""
        names = self.preferred.replace(";", "\n").splitlines()
        return tuple(dict.fromkeys(_names("preferred", names)))

    def owners(self) -> dict[str, str]:
        """Of each name in a group the first name of the group. Raises `ConfigError`, also for a name in two groups."""
        found: dict[str, str] = {}
        for group in self.groups.replace(";", "\n").splitlines():
            names = _names("groups", group.split("="))
            for name in names:
                if found.setdefault(name, names[0]) != names[0]:
                    raise ConfigError(
                        f"[publishers] groups: {name!r} is in the groups of {found[name]!r} and {names[0]!r}; "
                        "leave it in one of them"
                    )
        return found


def _names(key: str, given: Iterable[str]) -> list[str]:
    names = [name.strip() for name in given if name.strip()]
    for name in names:
        if len(name) > PUBLISHER_CHARACTERS:
            raise ConfigError(
                f"[publishers] {key}: {name[:30] + '...'!r} has {len(name):,} characters, and no publisher is shown "
                f"with so many; shorten it to {PUBLISHER_CHARACTERS}"
            )
    return names


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The daemon."""

    interval_seconds: float = setting(60.0, "time between two passes", low=0.05, high=86_400, flag="--interval-seconds")
    health_seconds: float = setting(30.0, "time between two health checks", low=0.05, high=86_400)
    retention_seconds: float = setting(86_400.0, "time between two retention runs", low=0.05, high=604_800)
    batch_size: int = setting(1024, "articles decided in one transaction", low=1, high=10_000, flag="--batch-size")
    workers: int = setting(
        0, "processes that read HTML pages; 0 starts one per core as there is work, 8 at most", low=0, high=64
    )
    page_seconds: float = setting(30.0, "processor time that reading one HTML page may take", low=0.1, high=3_600)
    stale_seconds: float = setting(
        900.0, "age of the oldest waiting article at which the service is unhealthy", low=1, high=604_800
    )
    stop_seconds: float = setting(
        60.0, "time that a running pass is given to finish its batch when the service stops", low=0.1, high=3_600
    )
    standby: bool = setting(
        False, "wait and take over where another instance runs, instead of ending with exit code 75"
    )
    lease_seconds: float = setting(
        60.0,
        "silence of the writing instance after which a standby ends its sessions, PostgreSQL only",
        low=3,
        high=3_600,
    )
    metrics_file: str = setting("", "write metrics for Prometheus to this file, FOLDER/dedup.prom")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The status log."""

    level: str = setting(
        "info", "least important level written", choices=("debug", "info", "warning", "error"), flag="--log-level"
    )
    file: str = setting("", "also write the log to this file; rotated files are noticed")


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """What is forgotten, and when."""

    runs_days: int = setting(90, "days that runs are kept; 0 for ever", low=0, high=36_500)
    rejections_days: int = setting(90, "days that rejections are kept; 0 for ever", low=0, high=36_500)
    near_misses_days: int = setting(
        90,
        "days that near misses, and stories with one term in common, are kept as evidence; the rest stays; 0 for ever",
        low=0,
        high=36_500,
    )
    texts_days: int = setting(
        0,
        "days that texts are kept after the last of their copies came; copies stay known; 0 for ever",
        low=0,
        high=36_500,
    )


SECTIONS: dict[str, type[Any]] = {
    "database": DatabaseSettings,
    "ingest": IngestSettings,
    "text": TextSettings,
    "duplicates": DuplicateSettings,
    "stories": StorySettings,
    "publishers": PublisherSettings,
    "service": ServiceSettings,
    "log": LogSettings,
    "retention": RetentionSettings,
}

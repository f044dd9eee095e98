"""The sources that the configuration names: ``[sources.NAME]`` with a `kind` and that kind's keys."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import permutations
from pathlib import Path
from typing import Any, ClassVar

from dedup.config.setting import build, setting, shown, suggestion, variable
from dedup.config.urls import named, parse
from dedup.errors import ConfigError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What a source may be called; the name stands in variables, and is the `source` of its articles."""

DONE, FAILED = "done", "failed"
"""Folders in a spool folder, for what was read."""

_OVERLAP = "how far before the newest row seen each look begins, in seconds or in the cursor's own units"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What every source has. Its `name` is the `source` of its articles, unless they name one themselves."""

    kind: ClassVar[str]
    name: str
    interval_seconds: float = setting(
        0.0, "least time between two looks; 0 looks at the beginning of each pass", low=0, high=604_800
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolSettings(SourceSettings):
    """A folder into which other programs move files."""

    kind = "spool"
    folder: str = setting("", "where files arrive; those that were read move to done/ or failed/ in it", required=True)
    settle_seconds: float = setting(
        5.0, "a file is read once it has not changed for this long", low=0, high=86_400
    )  # fmt: skip

    def takes(self, path: Path) -> bool:
        """Whether a file `path`, behind all links, would be read and moved away."""
        real, folder = Path(os.path.realpath(path)), os.path.realpath(self.folder)
        try:
            parts = real.relative_to(folder).parts
        except ValueError:
            return False
        return parts[:1] not in ((DONE,), (FAILED,)) and not any(part.startswith(".") for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSourceSettings(SourceSettings):
    """Another program's database, which is only ever read; `backends` are those it may be, empty for any."""

    backends: ClassVar[tuple[str, ...]] = ()
    url: str = setting("", "SQLAlchemy URL of the database", secret=True, required=True)
    overlap: float = setting(600.0, _OVERLAP, low=0, high=1e15)
    timeout_seconds: float = setting(10.0, "wait for the database to connect or to answer", low=1, high=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSettings(DatabaseSourceSettings):
    """Any query."""

    kind = "sql"
    query: str = setting("", "the SELECT that gives the articles, with the column that `cursor` names", required=True)
    cursor: str = setting(
        "changed_at", "column by which new and changed rows are found: a time, also a written one, or a whole number"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MinifluxSettings(DatabaseSourceSettings):
    """Miniflux. It does not mark an edited entry, so edits are seen for as long as the overlap is."""

    kind = "miniflux"
    backends = ("postgresql",)
    user: str = setting("", "user whose entries are read; empty for all")
    overlap: float = setting(86_400.0, _OVERLAP, low=0, high=1e15)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshRssSettings(DatabaseSourceSettings):
    """FreshRSS, one user."""

    kind = "freshrss"
    backends = ("sqlite", "mysql", "mariadb", "postgresql")
    prefix: str = setting(
        "", "beginning of the names of the tables: freshrss_USER_ on MySQL and PostgreSQL, empty on SQLite"
    )
    overlap: float = setting(3_600.0, _OVERLAP, low=0, high=1e15)


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyTinyRssSettings(DatabaseSourceSettings):
    """Tiny Tiny RSS on PostgreSQL."""

    kind = "ttrss"
    backends = ("postgresql",)
    user: str = setting("", "login whose entries are read; empty for all")
    overlap: float = setting(3_600.0, _OVERLAP, low=0, high=1e15)


KINDS: dict[str, type[SourceSettings]] = {
    kind.kind: kind for kind in (SpoolSettings, SqlSettings, MinifluxSettings, FreshRssSettings, TinyTinyRssSettings)
}

Values = Mapping[str, tuple[str, Any]]
"""The keys of a section, each with where its value came from."""


def settings_of(kind: type[SourceSettings]) -> dict[str, Any]:
    """The fields of `kind` that are settings, by name."""
    return {f.name: f for f in fields(kind) if f.name != "name"}


def read_source(name: str, given: Values) -> SourceSettings:
    """The source of a section ``[sources.NAME]``; its URL may be missing. Raises `ConfigError`."""
    place = next((where.partition("]")[0] + "]" for where, _ in given.values() if "]" in where), f"[sources.{name}]")
    if not NAME.fullmatch(name):
        raise ConfigError(f"{place}: a source is called by a-z, 0-9 and _, for example [sources.reader]")
    if "kind" not in given:
        raise ConfigError(f"{place} has no kind; give one of {', '.join(KINDS)}")
    where, word = given["kind"]
    if not isinstance(word, str) or word not in KINDS:
        near = word if isinstance(word, str) else ""
        raise ConfigError(f"{where} is {shown(word)}, which is not a kind of source{suggestion(near, KINDS)}")
    kind = KINDS[word]
    known = settings_of(kind)
    for key, (where, _) in given.items():
        if key not in {*known, "kind"}:
            raise ConfigError(f"{where}: a source of kind {word} has no key {key!r}{suggestion(key, known)}")
    source: SourceSettings = build(kind, {key: value for key, value in given.items() if key != "kind"}, name=name)
    for key, f in known.items():
        if f.metadata["required"] and not f.metadata["secret"] and not getattr(source, key):
            raise ConfigError(f"{place} has no {key}: {f.metadata['doc']}")
    if isinstance(source, DatabaseSourceSettings) and source.url:
        source = replace(source, url=named(source.url))
        _check_url(source, given["url"][0])
    return source


def check_urls(sources: Mapping[str, SourceSettings]) -> None:
    """Raises `ConfigError` where a source of a database has no URL.

    That is nobody's concern but that of who reads it: with its password it may be known to the service alone.
    """
    for source in sources.values():
        if isinstance(source, DatabaseSourceSettings) and not source.url:
            name = source.name
            raise ConfigError(
                f"[sources.{name}] has no url; write it there, or set {variable(f'sources_{name}', 'url')} "
                f"(the credential sources-{name}-url is seen by the service alone)"
            )


def check_spools(sources: Mapping[str, SourceSettings], places: Mapping[str, str], needed: Mapping[Path, str]) -> None:
    """Raises `ConfigError` where a spool folder holds a file that is `needed`, or another spool folder.

    `places` says where the folder of each source is set, `needed` what each file is.
    """
    spools = [source for source in sources.values() if isinstance(source, SpoolSettings)]
    for spool in spools:
        for path, what in needed.items():
            if spool.takes(path):
                raise ConfigError(
                    f"{places[spool.name]} {spool.folder} holds {what}, {path}, which would be read as articles and "
                    f"moved away; give it a folder with nothing else in it, for example {Path(spool.folder) / 'spool'}"
                )
    for outer, inner in permutations(spools, 2):
        if outer.takes(Path(inner.folder)):
            raise ConfigError(
                f"{places[outer.name]} {outer.folder} holds the folder of [sources.{inner.name}], {inner.folder}, and "
                "each would read the other's files; give each a folder beside the other"
            )


def _check_url(source: DatabaseSourceSettings, where: str) -> None:
    parsed = parse(source.url)
    if parsed is None:
        raise ConfigError(
            f"{where} is not a database URL; use postgresql://USER@HOST/NAME, mysql://... or sqlite:////FILE"
        )
    backend = parsed.get_backend_name()
    if source.backends and backend not in source.backends:
        raise ConfigError(
            f"{where} names {backend!r}; {source.kind} keeps its articles in {' or '.join(source.backends)}"
        )

"""Settings: one frozen object, read from a TOML file, the environment and flags, in that order of rising weight.

Every setting is a key in a section of the file, the variable ``DEDUP_<SECTION>_<KEY>`` and, where it makes sense, a
flag. An unknown key, a wrong type or a value out of range is a `ConfigError` that names the place and the remedy.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from dedup.errors import ConfigError
from dedup.setting import build, setting, suggestion, variable
from dedup.source_settings import KINDS, DatabaseSourceSettings, SourceSettings, check_spools, read_source, settings_of

SEARCH_PATH = (Path("dedup.toml"), Path("/etc/dedup/dedup.toml"))

SOURCE_BYTES = 500
"""Of the name of a source at most; `dedup.store.inbox` says why."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the articles and clusters are kept."""

    url: str = setting("sqlite:///dedup.db", "SQLAlchemy URL, SQLite or PostgreSQL", secret=True, flag="--database")
    timeout_seconds: float = setting(
        30.0, "wait for a locked SQLite database or a PostgreSQL connection", low=0.1, high=600
    )
    query_seconds: float = setting(
        120.0, "silence of a PostgreSQL server in a query after which it counts as away", low=0.1, high=86_400
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

    enabled: bool = setting(True, "false: every duplicate group is a story of its own")
    threshold: float = setting(
        0.35, "smallest probability that an article belongs to a story", low=0.01, high=0.99, flag="--story-threshold"
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

    groups: str = setting("", "publishers that count as one, a group a line (or up to ;), as in A = B = C")

    preferred: str = setting(
        "",
        "publishers whose articles stand for texts and stories before others, best first, one a line (or up to ;)",
    )

    def preferences(self) -> tuple[str, ...]:
        """The preferred publishers, each once, the most preferred first."""
        names = (name.strip() for name in self.preferred.replace(";", "\n").splitlines())
        return tuple(dict.fromkeys(name for name in names if name))

    def owners(self) -> dict[str, str]:
        """Of each name in a group the first name of the group. Raises `ConfigError` for a name in two groups."""
        found: dict[str, str] = {}
        for group in self.groups.replace(";", "\n").splitlines():
            names = [name.strip() for name in group.split("=") if name.strip()]
            for name in names:
                if found.setdefault(name, names[0]) != names[0]:
                    raise ConfigError(
                        f"[publishers] groups: {name!r} is in the groups of {found[name]!r} and {names[0]!r}; "
                        "leave it in one of them"
                    )
        return found


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The daemon."""

    interval_seconds: float = setting(60.0, "time between two passes", low=0.05, high=86_400, flag="--interval-seconds")
    health_seconds: float = setting(30.0, "time between two health checks", low=0.05, high=86_400)
    retention_seconds: float = setting(86_400.0, "time between two retention runs", low=0.05, high=604_800)
    batch_size: int = setting(1024, "articles decided in one transaction", low=1, high=10_000, flag="--batch-size")
    workers: int = setting(
        0, "processes that read HTML pages; 0 starts one a core as there is work, 8 at most", low=0, high=64
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
    """What is forgotten, and when. 0 keeps for ever."""

    runs_days: int = setting(90, "days that runs are kept", low=0, high=36_500)
    rejections_days: int = setting(90, "days that rejections are kept", low=0, high=36_500)
    near_misses_days: int = setting(
        90, "days that evidence against a membership is kept; evidence for it stays", low=0, high=36_500
    )
    texts_days: int = setting(
        0, "days that texts are kept after the last of their copies came; copies stay known", low=0, high=36_500
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings in force, and where they came from. Immutable: a reload makes a new one."""

    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    text: TextSettings = field(default_factory=TextSettings)
    duplicates: DuplicateSettings = field(default_factory=DuplicateSettings)
    stories: StorySettings = field(default_factory=StorySettings)
    publishers: PublisherSettings = field(default_factory=PublisherSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    log: LogSettings = field(default_factory=LogSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    path: Path | None = None
    # Where each setting that is not a default came from, by ``section.key``: a file, a variable, a credential, a flag.
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    def files(self) -> dict[Path, str]:
        """The files that the program itself lives on, and what each is."""
        urls = {self.database.url: "the database"}
        urls |= {
            source.url: f"the database of [sources.{source.name}]"
            for source in self.sources.values()
            if isinstance(source, DatabaseSourceSettings)
        }
        named = {url.removeprefix("sqlite:///"): what for url, what in urls.items() if _FILE.fullmatch(url)}
        named |= {str(self.path or ""): "the configuration", self.log.file: "the log"}
        named |= {self.service.metrics_file: "the file of metrics"}
        return {Path(name).absolute(): what for name, what in named.items() if name not in ("", ":memory:")}

    def decisions(self) -> dict[str, dict[str, Any]]:
        """The settings that change what is decided; a change of any makes a new configuration version."""
        return {name: _section(getattr(self, name)) for name in ("text", "duplicates", "stories")}

    def digest(self) -> str:
        """SHA-256 of `decisions`, 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.decisions(), sort_keys=True).encode()).hexdigest()

    def shown(self) -> dict[str, dict[str, Any]]:
        """Every setting in force, by section, with secrets masked, for ``dedup config check``."""
        out = {name: _section(getattr(self, name)) for name in SECTIONS}
        for name, source in self.sources.items():
            values = _section(source)
            del values["name"]
            out[f"sources.{name}"] = {"kind": source.kind, **values}
        for values in out.values():
            if "url" in values:
                values["url"] = masked_url(values["url"])
        return out

    def docs(self, section: str) -> dict[str, str]:
        """What each key of a section of `shown` is, in words."""
        if section in SECTIONS:
            return {f.name: f.metadata["doc"] for f in fields(SECTIONS[section])}
        known = settings_of(type(self.sources[section.partition(".")[2]]))
        return {"kind": f"one of {', '.join(KINDS)}"} | {key: f.metadata["doc"] for key, f in known.items()}


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


# A database that is but a file: there is no user in it, nor a password.
_FILE = re.compile(r"sqlite:///[^?]+")


def masked_url(url: str) -> str:
    """`url` with its password, if any, shown as ``***``."""
    if _FILE.fullmatch(url):
        return url
    # Here and below, since --help and most commands that only read the settings need no SQLAlchemy.
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        parsed = make_url(url)
        secrets = {key: "***" for key in parsed.query if "password" in key.lower()}
        return parsed.update_query_dict(secrets).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return "(not a database URL)"


def load(
    path: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> Config:
    """The settings in force. Raises `ConfigError`, and `UsageError` for what is wrong with a flag.

    `path` is the file named by ``--config``; without it ``$DEDUP_CONFIG``, then `SEARCH_PATH`, then the built-in
    defaults. A systemd credential ``database-url`` counts as ``$DEDUP_DATABASE_URL``. `overrides` are the flags,
    ``{section: {key: value}}``.
    """
    env = os.environ if environment is None else environment
    found = _find(path, env)
    values = _read(found) if found else {}
    for section, key, name in _variables(env):
        values.setdefault(section, {})[key] = (name, env[name])
    for section in values:
        credential = f"{section}.url".replace(".", "-")
        if section.startswith("sources.") and (url := _credential(credential, env)):
            values[section]["url"] = (f"credential {credential}", url)
    for section, key, name in _source_variables(values, env):
        values[section][key] = (name, env[name])
    if "DEDUP_DATABASE_URL" not in env and (url := _credential("database-url", env)):
        values.setdefault("database", {})["url"] = ("credential database-url", url)
    for section, given in (overrides or {}).items():
        flags = {f.name: f.metadata["flag"] for f in fields(SECTIONS[section])}
        for key, value in given.items():
            values.setdefault(section, {})[key] = (flags[key], value)
    origins = {
        f"{section}.{key}": where.partition(": [")[0]
        for section, given in values.items()
        for key, (where, _) in given.items()
    }
    sources = {
        section.partition(".")[2]: read_source(section.partition(".")[2], given)
        for section, given in values.items()
        if section.startswith("sources.")
    }
    config = replace(
        Config(path=found, origins=origins, sources=sources),
        **{name: build(kind, values.get(name, {})) for name, kind in SECTIONS.items()},
    )
    _check_url(config.database.url)
    config.publishers.owners()
    places = {name: values[f"sources.{name}"]["folder"][0] for name in sources if "folder" in values[f"sources.{name}"]}
    check_spools(sources, places, config.files())
    return config


def _find(path: Path | None, env: Mapping[str, str]) -> Path | None:
    named = path or (Path(env["DEDUP_CONFIG"]) if env.get("DEDUP_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError(
                f"configuration file {named} is not there; create it or leave out --config to use the defaults"
            )
        return named
    return next((p for p in SEARCH_PATH if p.is_file()), None)


def _variables(env: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Section, key and name of each variable that is a setting. Raises `ConfigError` for one that is none.

    A variable that begins with ``DEDUP_`` but names no section is somebody else's.
    """
    for section, kind in SECTIONS.items():
        known = {variable(section, f.name): f.name for f in fields(kind)}
        for name in env:
            if name in known:
                yield section, known[name], name
            elif name.startswith(variable(section, "")):
                raise ConfigError(f"the environment variable {name} is no setting{suggestion(name, known)}")


def _source_variables(
    values: Mapping[str, Mapping[str, Any]], env: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """The same for the sources that the file names; the longest name that fits is meant."""
    places = {variable(section.replace(".", "_"), ""): section for section in values if section.startswith("sources.")}
    for name in env:
        if not name.startswith("DEDUP_SOURCES_"):
            continue
        place = max((place for place in places if name.startswith(place)), key=len, default=None)
        if place is None:
            raise ConfigError(f"the environment variable {name} is of no source in the configuration file")
        yield places[place], name.removeprefix(place).lower(), name


def _credential(name: str, env: Mapping[str, str]) -> str:
    """What systemd's LoadCredential= gave to the service as `name`; empty when it gave nothing."""
    if not env.get("CREDENTIALS_DIRECTORY"):
        return ""
    path = Path(env["CREDENTIALS_DIRECTORY"]) / name
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"credential {path} cannot be read: {error}") from error


def _read(path: Path) -> dict[str, dict[str, tuple[str, Any]]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"configuration file {path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: numbers of thousands of digits, for one
        raise ConfigError(f"configuration file {path} is not valid TOML: {error}") from error
    values: dict[str, dict[str, tuple[str, Any]]] = {}
    named = document.pop("sources", {})
    if not isinstance(named, dict) or not all(isinstance(content, dict) for content in named.values()):
        raise ConfigError(f"{path}: each source must be a section of its own, written as [sources.NAME]")
    for name, content in named.items():
        section = f"sources.{name}"
        values[section] = {key: (f"{path}: [{section}] {key}", value) for key, value in content.items()}
    for section, content in document.items():
        if section not in SECTIONS:
            raise ConfigError(f"{path}: there is no section [{section}]{suggestion(section, SECTIONS)}")
        if not isinstance(content, dict):
            raise ConfigError(f"{path}: {section} must be a section, written as [{section}]")
        known = {f.name for f in fields(SECTIONS[section])}
        for key, value in content.items():
            if key not in known:
                raise ConfigError(f"{path}: [{section}] has no key {key!r}{suggestion(key, known)}")
            values.setdefault(section, {})[key] = (f"{path}: [{section}] {key}", value)
    return values


def _section(settings: Any) -> dict[str, Any]:
    return {f.name: getattr(settings, f.name) for f in fields(settings)}


def _check_url(url: str) -> None:
    if _FILE.fullmatch(url):
        return
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        backend = make_url(url).get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            "[database] url is not a database URL; use sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    if backend not in ("sqlite", "postgresql"):
        raise ConfigError(f"[database] url names {backend!r}; use sqlite:///FILE or postgresql://USER@HOST/NAME")

"""The settings in force: read from a TOML file, the environment and flags, in that order of rising weight."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dedup.config.config import Config
from dedup.config.sections import SECTIONS, DatabaseSettings
from dedup.config.setting import build, suggestion, variable
from dedup.config.sources import Values, check_spools, read_source
from dedup.config.special import is_folder, is_special
from dedup.config.urls import all_of, plain
from dedup.errors import ConfigError

SEARCH_PATH = (Path("dedup.toml"), Path("/etc/dedup/dedup.toml"))


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
    try:
        return _load(path, environment, overrides)
    except FileNotFoundError as error:  # not of the configuration or a credential, of which `ConfigError` tells
        raise ConfigError(
            "the folder that this was started in is no longer there, and the path of the database, or of another file "
            "among the settings, begins in it; go to a folder that is there, or give whole paths"
        ) from error
    except UnicodeEncodeError as error:  # of a path; all else is only read here
        raise ConfigError(
            f"Python cannot name the file {error.object} in this locale; set PYTHONUTF8=1, or LC_ALL=C.UTF-8"
        ) from error


def _load(
    path: Path | None, environment: Mapping[str, str] | None, overrides: Mapping[str, Mapping[str, Any]] | None
) -> Config:
    """The settings in force. Raises as `load`, but FileNotFoundError where a path begins in a folder that is gone."""
    env = os.environ if environment is None else environment
    found = _find(path, env)
    values = _given(found, env, overrides or {})
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
    url, wait = plain(config.database.url)
    # Whatever the environment says goes before what the file does.
    beaten = origins.get("database.url") == str(found) != origins.get("database.timeout_seconds", str(found))
    if wait is not None and not beaten:
        origins["database.timeout_seconds"] = origins["database.url"]
        database = {**values["database"], "timeout_seconds": ("[database] url: timeout", wait)}
        config = replace(config, database=build(DatabaseSettings, database))
    config = replace(config, database=replace(config.database, url=url))
    config.publishers.owners()
    config.publishers.preferences()
    places = {name: values[f"sources.{name}"]["folder"][0] for name in sources if "folder" in values[f"sources.{name}"]}
    check_spools(sources, places, config.files())
    _check_written(config, values)
    return config


def _given(
    path: Path | None, env: Mapping[str, str], overrides: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, tuple[str, Any]]]:
    """What is set, by section and key, each with where: in the file, by a variable, a credential or a flag."""
    values = _read(path) if path else {}
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
    for section, given in overrides.items():
        flags = {f.name: f.metadata["flag"] for f in fields(SECTIONS[section])}
        for key, value in given.items():
            values.setdefault(section, {})[key] = (flags[key], value)
    return values


def _check_written(config: Config, values: Mapping[str, Values]) -> None:
    """Raises `ConfigError` where the log or the metrics name a folder, or would be written over what is needed."""
    alone = replace(config, log=replace(config.log, file=""), service=replace(config.service, metrics_file=""))
    # What SQLite and the lock have beside a database, for the configuration as well: nobody misses those names.
    kept = {str(one): what for path, what in alone.files().items() for one in all_of(path)}
    for section, key, file, what in (
        ("log", "file", config.log.file, "the log"),
        ("service", "metrics_file", config.service.metrics_file, "the metrics"),
    ):
        if not file:
            continue
        real = os.path.realpath(file)
        if is_special(Path(real)):
            continue
        if is_folder(Path(real)):
            raise ConfigError(f"{values[section][key][0]} {file} is a folder; name a file in it")
        if real in kept:
            raise ConfigError(f"{values[section][key][0]} {file} is written over {kept[real]}; name a file of its own")
        kept[real] = what


def _find(path: Path | None, env: Mapping[str, str]) -> Path | None:
    named = path or (Path(env["DEDUP_CONFIG"]) if env.get("DEDUP_CONFIG") else None)
    if named is not None:
        without = "leave out --config" if path else "unset DEDUP_CONFIG"
        if not _is_file(named):
            what = "is a folder; name a file" if named.is_dir() else "is not there; create it"
            raise ConfigError(f"configuration file {named} {what} or {without} to use the defaults")
        return named
    for usual in SEARCH_PATH:
        if _is_file(usual):
            return usual
        # Whoever put it there meant settings, and must not work with others.
        if is_folder(usual):
            raise ConfigError(f"configuration file {usual} is a folder, not a file; remove it or name another file")
        if usual.is_symlink():
            where = os.path.realpath(usual)
            raise ConfigError(f"configuration file {usual} is a link to {where}, which is not there; mend or remove it")
    return None


def _is_file(path: Path) -> bool:
    """Whether there is something to read, be it a pipe. Raises `ConfigError` where this user cannot tell."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConfigError(
            f"configuration file {path} cannot be reached: {error.strerror}; change the mode of its folder, or name "
            "another file with --config"
        ) from error


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
                raise ConfigError(f"the environment variable {name} is not a setting{suggestion(name, known)}")


def _source_variables(
    values: Mapping[str, Mapping[str, Any]], env: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Section, key and name of each variable of a source that the file names; the longest name that fits is meant.

    Raises `ConfigError` for one that names no source.
    """
    places = {variable(section.replace(".", "_"), ""): section for section in values if section.startswith("sources.")}
    for name in env:
        if not name.startswith("DEDUP_SOURCES_"):
            continue
        place = max((place for place in places if name.startswith(place)), key=len, default=None)
        if place is None:
            raise ConfigError(f"the environment variable {name} names no source of the configuration file")
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
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
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

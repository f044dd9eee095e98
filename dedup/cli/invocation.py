"""One command as it was typed: its arguments, the settings in force, its database, its output."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from dedup.cli.arguments import overrides
from dedup.cli.output import Output
from dedup.config import Config
from dedup.config.loading import load
from dedup.config.sources import SpoolSettings
from dedup.config.special import is_special
from dedup.config.urls import all_of, file_at, masked_url
from dedup.errors import UsageError

if TYPE_CHECKING:
    from dedup.store import Store


class Invocation:
    """What a command needs to do its work."""

    def __init__(self, arguments: argparse.Namespace, output: Output) -> None:
        self.arguments = arguments
        self.output = output

    def load(self) -> Config:
        """Reads the settings. Raises `ConfigError`, `UsageError`."""
        return load(getattr(self.arguments, "config", None), overrides=overrides(self.arguments))

    @cached_property
    def config(self) -> Config:
        """The settings in force. Raises as `load`."""
        return self.load()

    @property
    def kept(self) -> list[Path]:
        """What no command may replace by a file that it writes, beside what SQLite has at the database's name.

        Devices and pipes are written to and not replaced.
        """
        return [path for path in self.config.files() if not is_special(path)]

    @property
    def own(self) -> list[Path]:
        """The files that dedup lives on, with what SQLite has at the database's name: no articles of their folder."""
        database = file_at(self.config.database.url)
        return [*self.kept, *(all_of(database) if database else [])]

    def place(self, store: Store, target: Path) -> Path:
        """Where a file `target` may be written. Raises `UsageError` as `Store.place`, and where a source reads it."""
        where = store.place(target, self.kept)
        for source in self.config.sources.values():
            if isinstance(source, SpoolSettings) and source.takes(where):
                raise UsageError(
                    f"{target} lies in the folder of [sources.{source.name}], where it would be read as articles and "
                    "moved away; name a file elsewhere"
                )
        return where

    def hint(self, words: str) -> tuple[str, str]:
        """``dedup`` and `words` as they must be typed to reach the same database, and their style. Without secrets."""
        typed = [_program()]
        if (file := getattr(self.arguments, "config", None)) is not None:
            typed += ["--config", quote(str(file))]
        if (url := getattr(self.arguments, "database.url", None)) is not None:
            typed += ["--database", quote(url) if masked_url(url) == url else "URL"]
        return " ".join([*typed, words]), "bold"

    @contextmanager
    def store(self, *, create: bool = False, checked: bool = True, reads: bool = False) -> Iterator[Store]:
        """The database, closed at the end. Raises `ConfigError`, `SchemaError`, `DatabaseAway`.

        With `create` a SQLite file that is not there is made, and gets its schema. Without `checked` the schema is left
        as it is, whatever it is. With `reads` nothing is written, so the user need not be allowed to.
        """
        # Here, since --help and --version need no database.
        from dedup import logs  # noqa: PLC0415
        from dedup.store import Store  # noqa: PLC0415

        # The file of the log belongs to the daemon; a person who asks may not even be allowed to write it.
        logs.configure(replace(self.config.log, file=""), sys.stderr)
        with closing(Store.open(self.config.database, create=create, reads=reads)) as store:
            if create and checked and (version := store.begin()) is not None:
                self.output.note(f"made the database {store.path or store.label} (schema {version})")
            if checked:
                store.check_schema()
            yield store


def _program() -> str:
    """The name by which a shell finds this program: the path that was typed, unless it is the one on PATH."""
    typed = Path(sys.argv[0])
    found = shutil.which("dedup")
    if typed.name != "dedup" or (found is not None and typed.exists() and typed.samefile(found)):
        return "dedup"
    return quote(sys.argv[0])

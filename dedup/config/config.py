"""All settings as one frozen object."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from dedup.config.sections import (
    SECTIONS,
    DatabaseSettings,
    DuplicateSettings,
    IngestSettings,
    LogSettings,
    PublisherSettings,
    RetentionSettings,
    ServiceSettings,
    StorySettings,
    TextSettings,
)
from dedup.config.sources import KINDS, DatabaseSourceSettings, SourceSettings, settings_of
from dedup.config.urls import file_at, masked_url

NORMALISER_VERSION = 2
"""The version of `dedup.text.words.tokens`, what the words of a text are when texts are compared. A change of anything
that changes a token of any text needs a new one: what was signed before is signed anew, and what was decided is told
from what is decided from then on."""


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
        named = {file_at(url) or "": what for url, what in urls.items()}
        named |= {str(self.path or ""): "the configuration", self.log.file: "the log"}
        named |= {self.service.metrics_file: "the file of metrics"}
        return {Path(name).absolute(): what for name, what in named.items() if name not in ("", ":memory:")}

    def decisions(self) -> dict[str, dict[str, Any]]:
        """The settings that change what is decided, and the version of the tokens that texts are compared by.

        A change of any makes a new configuration version.
        """
        settings = {name: _section(getattr(self, name)) for name in ("text", "duplicates", "stories")}
        return {**settings, "tokens": {"version": NORMALISER_VERSION}}

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


def _section(settings: Any) -> dict[str, Any]:
    return {f.name: getattr(settings, f.name) for f in fields(settings)}

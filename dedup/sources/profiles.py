"""Ready-made queries for feed readers, in the files beside this module, which can be copied and changed."""

from __future__ import annotations

import re
from importlib import resources

from sqlalchemy.engine import make_url

from dedup.config.sources import (
    DatabaseSourceSettings,
    FreshRssSettings,
    MinifluxSettings,
    SqlSettings,
    TinyTinyRssSettings,
)
from dedup.errors import ConfigError

_PREFIX = re.compile(r"\w{0,60}")
_QUOTED = re.compile(r"[^\\\x00]*")


def sql_settings(settings: DatabaseSourceSettings) -> SqlSettings:
    """A reader's source as a query. Raises `ConfigError`."""
    if isinstance(settings, SqlSettings):
        return settings
    backend = make_url(settings.url).get_backend_name().replace("mariadb", "mysql")
    words: dict[str, str] = {}
    if isinstance(settings, MinifluxSettings | TinyTinyRssSettings):
        if not _QUOTED.fullmatch(settings.user):
            raise ConfigError(f"[sources.{settings.name}] user is {settings.user!r}, which no reader takes for a name")
        words["user"] = "'" + settings.user.replace("'", "''") + "'"
    if isinstance(settings, FreshRssSettings):
        if not _PREFIX.fullmatch(settings.prefix):
            raise ConfigError(f"[sources.{settings.name}] prefix is {settings.prefix!r}; it looks like freshrss_USER_")
        words["prefix"] = settings.prefix
    file = resources.files(__package__).joinpath(f"{settings.kind}.{backend}.sql")
    return SqlSettings(
        name=settings.name,
        interval_seconds=settings.interval_seconds,
        url=settings.url,
        overlap=settings.overlap,
        timeout_seconds=settings.timeout_seconds,
        query=file.read_text("utf-8").format(**words),
        cursor="changed_at",
    )

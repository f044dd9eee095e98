"""Database URLs: whether one can be used, and how it is shown."""

from __future__ import annotations

import re

from dedup.errors import ConfigError

# A database that is but a file: there is no user in it, nor a password.
_FILE = re.compile(r"sqlite:///[^?]+")


def is_file(url: str) -> bool:
    """Whether `url` is that of a SQLite database and nothing more, ``sqlite:///FILE``."""
    return _FILE.fullmatch(url) is not None


def masked_url(url: str) -> str:
    """`url` with its password, if any, shown as ``***``."""
    if is_file(url):
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


def check_url(url: str) -> None:
    """Raises `ConfigError` where `url` is not that of a database in which dedup can keep its articles."""
    if is_file(url):
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

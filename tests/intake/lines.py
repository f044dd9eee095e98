"""Lines of JSON articles, and what is read of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dedup.intake.article import Article
from dedup.intake.given import Unreadable


def line(uri: str, **more: Any) -> bytes:
    return json.dumps({"uri": uri, "body_text": f"Text of {uri}.", **more}).encode() + b"\n"


def uris(found: Iterable[Article | Unreadable]) -> list[str]:
    """What each is called, behind the reason where it is no article."""
    return [f"{item.reason}@{item.uri}" if isinstance(item, Unreadable) else item.uri for item in found]

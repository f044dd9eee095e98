"""Feeds as files, and what is read from them."""

from __future__ import annotations

import io

from dedup.intake.files import read


def rss(*items: str, extra: str = "", prolog: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    head = f"<title>Latest headlines</title><link>https://quay.example/</link>{extra}"
    return f'{prolog}<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


def item(number: int, more: str = "", body: str = "All 73 people on board were rescued.") -> str:
    return (
        f"<item><guid>https://quay.example/a/{number}</guid><title>Ferry aground {number}</title>"
        f"<link>https://quay.example/a/{number}?from=feed</link><description>{body}</description>{more}</item>"
    )


def all_of(data: str | bytes, max_bytes: int = 100_000):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], source="wire", max_bytes=max_bytes, stdin=io.BytesIO(raw)))

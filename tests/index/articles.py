"""Articles for the window, and what is asked of them."""

from __future__ import annotations

import struct
from typing import Any

from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32

KINDS: list[Any] = [reference.Articles, *([kernel.Articles] if kernel.COMPILED else [])]
DAY = 86_400
PERIOD, BLOCK, RECENT = 7 * DAY, 100, 10
REPORT = pack32([7]), pack32([1, 2, 3])
OTHER_REPORT = pack32([7]), pack32([4, 5, 6])
OTHER_PUBLISHER = pack32([8]), pack32([1, 2, 3])


def numbers(packed: bytes) -> list[int]:
    return list(struct.unpack(f"{len(packed) // 8}q", packed))


def ids(articles: Any, story_id: int) -> list[int]:
    return [member[0] for member in articles.members_of(story_id)]


def stories(articles: Any) -> dict[int, list[int]]:
    """The groups of the stories of small numbers that have any."""
    return {story: groups for story in range(20) if (groups := articles.groups_in(story))}


def shingles(*hashes: int) -> bytes:
    return pack32(hashes)

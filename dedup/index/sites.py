"""What each site repeats: boilerplate is recognised by the passages of the site's last articles.

Menus, notices, teasers and the lines around an article recur over the different articles of a site, in any language. A
passage (`dedup.kernel.reference.site_passages`) is boilerplate while a fifth of the last `RECENT` articles of its site
have it, and at least `LEAST` of them: the sentences of a running story are rarely in so many. Only an article with
something of its own counts, so copies and updates of one article make no line boilerplate; the states of a live page,
each of which adds a good deal, are recognised by what they share. Articles more than `REACH` articles back do not
count.

All of it is a function of the rows of the table ``passages`` and of the articles of the present batch.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import xxhash

from dedup.kernel import chosen as kernel
from dedup.kernel.reference.arrays import unpack32
from dedup.named import make

RECENT = 64
LEAST = 5
SHARE = 5
"""Boilerplate is in one of so many articles at least."""
_ENOUGH = tuple(max(LEAST, -(-articles // SHARE)) for articles in range(RECENT + 1))
"""How many articles must have a passage that is boilerplate, by how many there are."""
REACH = 65_536
OWN_BYTES, OWN = 240, 4
"""An article counts where so many bytes of its passages, or one of so many, are in no other article of its site."""


class Passages(NamedTuple):
    """The passages of an article that counts: its site as `number_of` gives it, and their hashes."""

    site: int
    hashes: bytes


class Reading(NamedTuple):
    """What is `kept` of a text without the passages that its site repeats, and these, `left_out`, a line each; both are
    None where the site repeats none of it. `passages` is None for an article that does not count."""

    kept: str | None
    left_out: str | None
    passages: Passages | None


@dataclass(slots=True)
class _Site:
    """The articles that count, ascending, and the hashes of each."""

    numbers: list[int] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)

    def recent(self, since: int) -> list[bytes]:
        """The hashes of the last `RECENT` articles of those from number `since` on."""
        if not self.numbers or self.numbers[0] >= since:
            return self.hashes[-RECENT:]
        return self.hashes[max(bisect_left(self.numbers, since), len(self.hashes) - RECENT) :]


class Sites:
    """The memory of all sites. Articles are read in the order of arrival, a batch at a time."""

    def __init__(self) -> None:
        self._sites: dict[int, _Site] = {}
        self._read: list[_Site] = []
        self._next = self._next_settled = self._trimmed = 0

    def begin(self) -> None:
        """Forgets what was read of the present batch, to read it from its beginning."""
        for site in self._read:
            site.numbers.pop()
            site.hashes.pop()
        self._read.clear()
        self._next = self._next_settled

    def read(self, site: int, text: str) -> Reading:
        """Reads the next article of the batch, which the next see as one of their site."""
        known = self._sites.get(site)
        if known is None:
            known = self._sites[site] = _Site()
        recent = known.recent(self._next - REACH)
        hashes, own, total, once, kept, left_out = kernel.passages(text, recent, _ENOUGH[len(recent)])
        number = self._next
        self._next += 1
        if left_out is not None and once and (others := without_former(hashes, recent)) is not None:
            *_, kept, left_out = kernel.passages(text, others, _ENOUGH[len(others)])
            return Reading(kept, left_out, None)
        if not hashes or (own < OWN_BYTES and own * OWN < total):
            return make(Reading, (kept, left_out, None))
        known.numbers.append(number)
        known.hashes.append(hashes)
        self._read.append(known)
        return make(Reading, (kept, left_out, make(Passages, (site, hashes))))

    def settle(self, accepted: Iterable[tuple[int, Passages]], next_article: int) -> None:
        """Ends the batch: of what was read only the `accepted` articles stay, by their numbers, ascending.

        `next_article` is the number of the next one.
        """
        self._next_settled = next_article
        self.begin()
        for number, (site, hashes) in accepted:
            known = self._sites.get(site)
            if known is None:
                known = self._sites[site] = _Site()
            known.numbers.append(number)
            known.hashes.append(hashes)
            if len(known.numbers) > 2 * RECENT:
                del known.numbers[:-RECENT], known.hashes[:-RECENT]
        if next_article - self._trimmed > REACH // 16:
            self._trim(next_article)

    def _trim(self, next_article: int) -> None:
        """Forgets the sites that had no article for long."""
        since = next_article - REACH
        self._sites = {
            number: site for number, site in self._sites.items() if site.numbers and site.numbers[-1] >= since
        }
        self._trimmed = next_article


def without_former(hashes: bytes, recent: Sequence[bytes]) -> list[bytes] | None:
    """The `recent` texts of a site that are no former states of the text with these passages; None if there are none.

    A live page grows, and each state holds the one before. A former state shows by passages that no other recent text
    has and that are nearly all in this one; then all texts that are nearly whole in it are left out. So there is none
    where each passage of this text is in several other texts or in none.
    """
    counts = Counter(chain.from_iterable(map(unpack32, recent)))
    mine = set(unpack32(hashes))
    texts = [set(unpack32(text)) for text in recent]
    alone = ({one for one in text if counts[one] == 1} for text in texts)
    if not any(own and _holds(mine, own) for own in alone):
        return None
    return [text for text, passages in zip(recent, texts, strict=True) if not _holds(mine, passages)]


def _holds(whole: Set[int], part: Set[int]) -> bool:
    return 10 * len(whole & part) >= 9 * len(part)


def number_of(url: str | None, publisher: str | None, source: str) -> int:
    """The site of an article, 32 bits: the host of its URL, without a URL its publisher, else its source."""
    host = url.partition("://")[2].partition("/")[0] if url else ""
    return _number(host.lower().removeprefix("www.") or publisher or source)


@lru_cache(maxsize=65_536)
def _number(name: str) -> int:
    return xxhash.xxh32_intdigest(name.encode("utf-8", "surrogatepass"))

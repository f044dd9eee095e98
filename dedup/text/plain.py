"""Plain texts read in one call of the compiled kernel, where they are in no way out of the ordinary.

What is found is what the definitions say: of `normal_form`, `one_line` and `joined` the result; of `read_page`,
`origin_of` and the least number of words whether they can find anything at all, in doubt yes. Any other text, and
without the kernel every text, is left to the definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import xxhash

from dedup.kernel.compiled import KERNEL
from dedup.named import make
from dedup.text import glance
from dedup.text.normal_form import kinds
from dedup.text.origin import LAST_WORDS, ROLES
from dedup.text.tokens import Tokens, folding

PAGE, FEW = 1, 2
"""Doubts of `Plain`: whether `read_page` would give it back as it is, and whether it has enough different words."""


class Plain(NamedTuple):
    """A text without control characters, in characters that the walk knows: title and body in normal form, the tokens
    of both, and bits of what is to be looked at: `PAGE`, `FEW`, and the places of `origin_of`."""

    title: str
    body: str
    title_tokens: Tokens
    body_tokens: Tokens
    doubts: int


def read_plain(texts: Sequence[tuple[str, str] | None], max_words: int, min_words: int) -> list[Plain | None]:
    """What one call finds in each of `texts`, a title and a body; None for a text that must be read step by step.

    `max_words` bounds the tokens of a body, `min_words` are asked for. Other threads run meanwhile.
    """
    if KERNEL is None:
        return [None] * len(texts)
    read = KERNEL.read_plain(texts, _tables(), max_words, min_words)
    return [found and make(Plain, found) for found in read]


@cache
def _tables() -> tuple[bytes, bytes, bytes, int, bytes, bytes]:
    words = chain(LAST_WORDS, map(str.casefold, ROLES))
    agencies = glance.bloom(xxhash.xxh32_intdigest(word.encode()) for word in words)
    return kinds(), folding(), glance.phrases(), glance.longest(), glance.first_bytes(), agencies

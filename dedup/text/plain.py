"""Plain texts read in one call of the compiled kernel, where they are in no way out of the ordinary.

What is found is what the definitions say: of `normal_form`, `one_line`, `joined` and `glance_at` the result; of
`read_page`, `origin_of` and the least number of words whether they can find anything at all, in doubt yes. Any other
text, and without the kernel every text, is left to the definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import xxhash

from dedup.kernel.compiled import KERNEL
from dedup.named import make
from dedup.text.glance import Glance, bloom, first_bytes, longest, phrases
from dedup.text.normal_form import kinds
from dedup.text.origin import LAST_WORDS, ROLES
from dedup.text.words.tokens import Tokens, folding

FEW = 1
"""A doubt of `Plain`: whether it has enough different words."""


class Plain(NamedTuple):
    """A text without control characters, in characters that the walk knows: title and body in normal form, the tokens
    of both, and bits of what is to be looked at: `FEW`, and the places of `origin_of`.

    `seen` is what a glance at the lines shows; None where `read_page` would give the text back as it is."""

    title: str
    body: str
    title_tokens: Tokens
    body_tokens: Tokens
    doubts: int
    seen: Glance | None


def read_plain(texts: Sequence[tuple[str, str] | None], max_words: int, min_words: int) -> list[Plain | None]:
    """What one call finds in each of `texts`, a title and a body; None for a text that must be read step by step.

    `max_words` bounds the tokens of a body, `min_words` are asked for. Other threads run meanwhile.
    """
    if KERNEL is None:
        return [None] * len(texts)
    read = KERNEL.read_plain(texts, _tables(), max_words, min_words)
    return [found and _told(*found) for found in read]


def _told(
    title: str, body: str, title_tokens: Tokens, body_tokens: Tokens, doubts: int,
    seen: tuple[list[int], bool, list[int]] | None,
) -> Plain:  # fmt: skip
    glance = None if seen is None else make(Glance, seen)
    return make(Plain, (title, body, title_tokens, body_tokens, doubts, glance))


@cache
def _tables() -> tuple[bytes, bytes, bytes, int, bytes, bytes]:
    words = chain(LAST_WORDS, map(str.casefold, ROLES))
    agencies = bloom(xxhash.xxh32_intdigest(word.encode()) for word in words)
    return kinds(), folding(), phrases(), longest(), first_bytes(), agencies

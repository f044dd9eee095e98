"""Affixes of Persian, which the press writes as words of their own, behind a zero-width non-joiner, or in one word.

The non-joiner is dropped (`dedup.text.words.tokens`), so all three are one token where the affix is joined to its word.
Only such affixes are joined as hardly ever are words, in Persian or in the other languages of the script; those of
`CLITICS` only behind a word that ends with heh, where they have a form of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Letters as `dedup.text.words.respelling` leaves them. A word and an affix never make another affix, so joining twice
# changes nothing more.
PREFIXES = frozenset({"\u0645\u064a", "\u0646\u0645\u064a"})  # mi, nemi
SUFFIXES = frozenset({
    "\u0647\u0627", "\u0647\u0627\u064a", "\u0647\u0627\u064a\u064a",  # ha, hay, hayi
    "\u0647\u0627\u064a\u0634", "\u0647\u0627\u064a\u0634\u0627\u0646",  # hayash, hayeshan
    "\u062a\u0631", "\u062a\u0631\u064a\u0646",  # tar, tarin
})  # fmt: skip
CLITICS = frozenset({
    "\u0627\u064a", "\u0627\u0645", "\u0627\u0634",  # i, am, ash
    "\u0627\u0646\u062f", "\u0627\u064a\u0645", "\u0627\u064a\u062f",  # and, im, id
})  # fmt: skip
_HEH = "\u0647"
_LETTER = "[\u0620-\u064a]"
_AFFIX = re.compile(rf"(?<!{_LETTER})(?:{'|'.join(sorted(PREFIXES | SUFFIXES | CLITICS))})(?!{_LETTER})")


def with_affixes(tokens: Sequence[str]) -> list[str]:
    """`tokens` in which affixes are one with their words, where both are in Arabic script."""
    found: list[str] = []
    behind_prefix = False
    for token in tokens:
        if found and (behind_prefix or _ends(token, found[-1])) and _both_arabic(found[-1][-1], token[0]):
            found[-1] += token
        else:
            found.append(token)
        behind_prefix = token in PREFIXES
    return found


def may_have_affixes(folded: str) -> bool:
    """Whether one of the words in folded text can be an affix."""
    return _AFFIX.search(folded) is not None


def _ends(token: str, word: str) -> bool:
    """Whether a token is an affix of the word before it."""
    return token in SUFFIXES or (token in CLITICS and len(word) > 1 and word.endswith(_HEH))


def _both_arabic(one: str, other: str) -> bool:
    return "\u0600" <= one <= "\u06ff" and "\u0600" <= other <= "\u06ff"

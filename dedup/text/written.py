"""Folded words as people write them: what `dedup.text.tokens` folds beyond capitals, for whoever reads the evidence.

Folding makes one sigma of both of Greek's, an i with a dot above it of the Turkish capital, and two letters of the
German ß and the Armenian և. The first two can be told from the word itself, the others from the text that has them.
"""

from __future__ import annotations

import re

from dedup.text.tokens import fold

_TWO_LETTERS = {"ß": "ss", "և": "եւ"}
_FINAL_SIGMA = re.compile(r"(?<=\w)σ(?!\w)")
_DOTTED = "i\u0307"
_SEPARATOR = ", "


def as_written(words: str, title: str, body: str) -> str:
    """Folded `words`, with ", " between them, as the text of `title` and `body` has them, in small letters."""
    if "ss" not in words and words.isascii():
        return words
    for letter, folded in _TWO_LETTERS.items():
        if folded in words and (letter in body or letter in title):
            words = _unfolded(words, letter, f"{title}\n{body}")
    return _FINAL_SIGMA.sub("ς", words.replace(_DOTTED, "i"))


def _unfolded(words: str, letter: str, text: str) -> str:
    """`words` with those that have `letter` in the text as they are there."""
    having = re.findall(rf"[^\W_]*{letter}[^\W_]*", text)
    written = {fold(word): word.lower() for word in having}
    return _SEPARATOR.join(written.get(word, word) for word in words.split(_SEPARATOR))

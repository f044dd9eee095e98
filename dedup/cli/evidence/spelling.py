"""Terms as a person wrote them: a stored term is the hash of a stem."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Container

from dedup.sketch.terms import hash_terms, terms_of
from dedup.text.document import Document
from dedup.text.words.tokens import fold, separate
from dedup.text.words.written import WORD


def spellings(document: Document, wanted: Container[int]) -> dict[int, str]:
    """The most frequent spelling of each `wanted` hash that is a term of a text; of two such, that in small letters.

    So a name keeps its capital, and a word that begins a sentence now and then gets none.
    """
    terms = [*terms_of(separate(document.title_tokens)), *terms_of(separate(document.body_tokens))]
    hashes = struct.unpack(f"<{len(terms)}I", hash_terms(terms, document.language))
    counted = Counter(pair for pair in zip(hashes, terms, strict=True) if pair[0] in wanted)
    written: dict[str, str] = {}
    counted_words = Counter(WORD.findall(f"{document.title}\n{document.body}"))
    for word in sorted(counted_words, key=lambda word: (-counted_words[word], not word.islower())):
        written.setdefault(fold(word), word)
    found: dict[int, str] = {}
    for (number, term), _ in counted.most_common():
        found.setdefault(number, written.get(term, term))
    return found

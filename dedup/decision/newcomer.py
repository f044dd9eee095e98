"""The article that is being decided: as it was prepared, and what is looked up for its decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dedup.decision.rulebook import Bonds
from dedup.index.segments import Entry, Keys
from dedup.index.sites import Passages
from dedup.sketch.minhash import Signature
from dedup.sketch.skeleton import Skeleton, skeleton
from dedup.sketch.terms import TermSketch
from dedup.text.document import Document


class Prepared(NamedTuple):
    """An article ready to be decided: its clean text, its signature, and the digest of what the source gave.

    `passages` are remembered of a new article for the next ones of its site.
    """

    source: str
    uri: str
    document: Document
    signature: Signature
    digest: bytes
    passages: Passages | None = None

    @property
    def skeleton(self) -> Skeleton:
        """What the article would share with other issues of a series."""
        return skeleton(self.document.publisher or self.source, self.document.title_tokens)


@dataclass(slots=True)
class Newcomer:
    """An article at its turn: its place at the end of the order of decisions, in no group until one is decided; its
    terms, weighed as of now; what it is found by; and what rules say of it.
    """

    item: Prepared
    entry: Entry
    terms: TermSketch
    keys: Keys
    bonds: Bonds

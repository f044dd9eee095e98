"""Figures and where they stand: what a desk fills into the same sentences each day.

"The euro rose to $1.0842" and "the euro rose to $1.0851" have another figure at the same place. One text is at hand, of
the other its shingles alone, which also a text that was forgotten leaves: a figure is in both where the shingles around
it are; it is another one where they are not, while those just before or behind it are. Between figures that stand too
near each other for that, in a list of prices, what stands before the first or behind the last tells of all.
`dedup.kernel.reference.figure_places` defines it.
"""

from __future__ import annotations

from typing import NamedTuple

from dedup.kernel import chosen as kernel
from dedup.named import make
from dedup.text.words.tokens import Tokens


class FigurePlaces(NamedTuple):
    """Of two texts: the `places` at which both have a figure, and those at which it is `another`."""

    places: int
    another: int

    @property
    def share(self) -> float:
        """The share of the places with another figure, 0 to 1; 0 where there is none."""
        return self.another / self.places if self.places else 0.0


NOWHERE = FigurePlaces(0, 0)
"""Of texts that have no figure at the same place."""


def compare(tokens: Tokens, shingles: bytes, width: int) -> FigurePlaces:
    """The figures of a text by its `tokens` and of another by its `shingles` of so many tokens, at the same places.

    Runs of tokens that begin with a digit are one figure: 10:30 is two tokens. Raises `ValueError` for shingles that
    are no set.
    """
    return make(FigurePlaces, kernel.figures(tokens, shingles, width))

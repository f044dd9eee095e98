"""How fast a text becomes a signature: `dedup` and its peers in turn, in microseconds of processor time an article.

    python bench/signatures.py [--data FOLDER] [--rounds N]

From a text to its MinHash of 128 permutations over shingles of three words, hashed by xxh32 where the peer lets one
choose: folding, words, shingles, hashes, minima, and nothing else. The peers shingle in the fastest way that plain
Python has (`peers.shingles`). One round measures every system once, A B C, on the same texts in memory, and a ratio is
that of one round. Of texts in ASCII the signatures of `dedup` and datasketch must be the same; how many are is told.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash
from articles import ArticleSet, found, text_of
from datasketch import MinHash
from peers import BATCH, PERMUTATIONS, SHINGLE_WORDS, Rensa, shingles
from quality import DATA
from tables import Table, spread

from dedup.sketch.minhash import sign_many
from dedup.sketch.scheme import Scheme
from dedup.text.words.tokens import Tokens, joined

OWN, DATASKETCH, RENSA = "dedup", "datasketch, MinHash.bulk", "rensa"
ROUNDS = 7
SCHEME = Scheme(SHINGLE_WORDS)

Signing = Callable[[Sequence[str]], object]
"""Signs a batch of texts."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Of one set and each system the microseconds an article, a round each; how many signatures are the same."""

    name: str
    articles: int
    costs: Mapping[str, Sequence[float]]
    same: int
    compared: int


def own(texts: Sequence[str]) -> list[bytes]:
    """Signatures by `dedup`, the whole text as one sequence."""
    return [made.values for made in sign_many(((Tokens(""), joined(text)) for text in texts), SCHEME)]


def bulk(texts: Sequence[str]) -> list[MinHash]:
    """Signatures by datasketch, all texts in one call."""
    return list(
        MinHash.bulk(
            map(shingles, texts), num_perm=PERMUTATIONS, seed=1, scheme="affine32", hashfunc=xxhash.xxh32_intdigest
        )
    )


def measure(articles: ArticleSet, rounds: int) -> Signed:
    """Signs all articles of a set with every system, `rounds` times."""
    texts = [text_of(record) for record in articles.records()]
    systems: dict[str, Signing] = {OWN: own, DATASKETCH: bulk, RENSA: Rensa().sign}
    costs: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, signing in systems.items():
            costs[name].append(1e6 * _seconds(signing, texts) / len(texts))
    plain = [text for text in texts if text.isascii()]
    pairs = zip(own(plain), bulk(plain), strict=True)
    same = sum(values == np.asarray(other.hashvalues, "<u4").tobytes() for values, other in pairs)
    return Signed(articles.name, len(texts), costs, same, len(plain))


def _seconds(signing: Signing, texts: Sequence[str]) -> float:
    # Texts of their own, since a string keeps the UTF-8 that was once made of it.
    batches = [[text.encode().decode() for text in texts[at : at + BATCH]] for at in range(0, len(texts), BATCH)]
    gc.collect()
    start = time.process_time()
    for batch in batches:
        signing(batch)
    return time.process_time() - start


def table(measured: Sequence[Signed]) -> Table:
    """The costs and the ratios."""
    rows = [
        (
            f"{one.name}: {system}",
            f"{one.articles:,}",
            spread(costs, 1),
            "-"
            if system == OWN
            else spread([cost / mine for cost, mine in zip(costs, one.costs[OWN], strict=True)], 1),
        )
        for one in measured
        for system, costs in one.costs.items()
    ]
    same = ", ".join(f"{one.same:,} of {one.compared:,} in {one.name}" for one in measured)
    return Table(
        "Text to signature",
        ("set and system", "articles", "CPU µs / article", "times the cost of dedup"),
        rows,
        (
            "Median of the rounds, in parentheses the smallest and the largest; a ratio is that of one round.",
            f"The same signature by dedup and datasketch, of texts in ASCII: {same}.",
        ),
    )


def main() -> None:
    """Prints the table."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="sets as JSON Lines")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"default {ROUNDS}")
    arguments = parser.parse_args()
    print(table([measure(one, arguments.rounds) for one in found(arguments.data)]).markdown())


if __name__ == "__main__":
    main()

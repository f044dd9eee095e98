"""What a careful user would write today to group near-duplicates of a stream, with each peer at its best.

    python bench/peers.py datasketch|rensa FILE...

Reads JSON Lines, signs the articles a batch at a time, compares each with what the index proposes, groups it with
those that resemble it, and commits uri, group and signature to SQLite after each batch. Prints one JSON object with
the processor seconds of this work; imports and the reading of JSON are left out. Neither peer cleans texts, verifies a
copy exactly, tells stories or keeps evidence, so they do less than `dedup` does.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from articles import read, text_of

PEERS = ("datasketch", "rensa")
BATCH = 256
PERMUTATIONS, BANDS, ROWS = 128, 32, 4
THRESHOLD = 0.55
SHINGLE_WORDS = 3

# Lower case for A to Z; other ASCII signs part words; bytes of UTF-8 beyond ASCII belong to words.
_FOLDED = bytes(byte if byte >= 128 else ord(chr(byte).lower()) if chr(byte).isalnum() else 32 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a peer did, and the processor seconds that it took."""

    peer: str
    articles: int
    groups: int
    cpu_seconds: float


class Peer(Protocol):
    """Signatures and an index of them."""

    def sign(self, texts: Sequence[str]) -> Sequence[Any]:
        """A signature for each text."""

    def raw(self, signature: Any) -> bytes:
        """The signature as it is stored."""

    def candidates(self, signature: Any) -> Sequence[int]:
        """The articles in the index that share a band."""

    def insert(self, number: int, signature: Any) -> None:
        """Adds an article to the index."""


class Datasketch:
    """datasketch: all texts of a batch in one call, hashed with xxHash, which is its fastest way."""

    def __init__(self) -> None:
        import xxhash  # noqa: PLC0415 - each peer loads its own libraries alone
        from datasketch import LeanMinHash, MinHash, MinHashLSH  # noqa: PLC0415

        self._hash = xxhash.xxh32_intdigest
        self._bulk, self._lean = MinHash.bulk, LeanMinHash
        self._index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
        self.candidates = self._index.query
        self.insert = self._index.insert

    def sign(self, texts: Sequence[str]) -> Sequence[Any]:
        shingled = map(shingles, texts)
        return [self._lean(made) for made in self._bulk(shingled, num_perm=PERMUTATIONS, hashfunc=self._hash)]

    def raw(self, signature: Any) -> bytes:
        return bytes(signature.hashvalues.tobytes())


class Rensa:
    """rensa: MinHash and its index compiled from Rust; on one thread, as the other peer."""

    def __init__(self) -> None:
        os.environ["RAYON_NUM_THREADS"] = "1"
        import numpy as np  # noqa: PLC0415
        import rensa  # noqa: PLC0415

        self._array = np.array
        self._kind = np.uint32
        self._signed = rensa.RMinHash.from_token_sets
        self._index = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
        self.candidates = self._index.query
        self.insert = self._index.insert

    def sign(self, texts: Sequence[str]) -> Sequence[Any]:
        return list(self._signed([shingles(text) for text in texts], PERMUTATIONS, 42))

    def raw(self, signature: Any) -> bytes:
        return bytes(self._array(signature.digest(), self._kind).tobytes())


class Groups:
    """Articles that belong together, by union and find; a group goes by its first article."""

    def __init__(self) -> None:
        self._parents: list[int] = []

    def add(self) -> int:
        """A new article, alone in its group."""
        self._parents.append(len(self._parents))
        return self._parents[-1]

    def find(self, number: int) -> int:
        """The group of an article."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    def join(self, one: int, other: int) -> None:
        """Makes one group of two."""
        first, second = sorted((self.find(one), self.find(other)))
        self._parents[second] = first


def shingles(text: str) -> list[bytes]:
    """Shingles of three words; no faster way is known in plain Python."""
    words = text.encode().translate(_FOLDED).split()
    if len(words) < SHINGLE_WORDS:
        return [b" ".join(words)]
    return list(map(b" ".join, zip(words, words[1:], words[2:], strict=False)))


def group(peer: Peer, articles: Sequence[tuple[str, str]], database: Path) -> Groups:
    """Groups articles, uri and text, in their order into a database."""
    groups = Groups()
    signatures: list[Any] = []
    connection = sqlite3.connect(database)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE article (id INTEGER PRIMARY KEY, uri TEXT, duplicate_group INTEGER, signature BLOB)"
    )
    for start in range(0, len(articles), BATCH):
        batch = articles[start : start + BATCH]
        rows = []
        for (uri, _), signature in zip(batch, peer.sign([text for _, text in batch]), strict=True):
            number = groups.add()
            for candidate in peer.candidates(signature):
                if signature.jaccard(signatures[candidate]) >= THRESHOLD:
                    groups.join(number, candidate)
            peer.insert(number, signature)
            signatures.append(signature)
            rows.append((number, uri, groups.find(number), peer.raw(signature)))
        with connection:
            connection.executemany("INSERT INTO article VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return groups


def measure(name: str, paths: Sequence[Path]) -> Measured:
    """Groups the articles in files and takes the time."""
    articles = [(record["uri"], text_of(record)) for path in paths for record in read(path)]
    peer: Peer = Datasketch() if name == "datasketch" else Rensa()
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder:
        start = time.process_time()
        groups = group(peer, articles, Path(folder, "peer.db"))
        spent = time.process_time() - start
    found = len({groups.find(number) for number in range(len(articles))})
    return Measured(name, len(articles), found, spent)


def main() -> None:
    """Measures one peer."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON Lines, gzipped or not")
    arguments = parser.parse_args()
    json.dump(asdict(measure(arguments.peer, arguments.files)), sys.stdout)
    print()


if __name__ == "__main__":
    main()

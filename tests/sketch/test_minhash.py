"""Shingles and signatures are datasketch's, bit for bit, whichever kernel computes them."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import datasketch
import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.config import Config
from dedup.decision.memory import BAND_SHARE
from dedup.errors import InputRejected
from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.sketch.minhash import Signature, sign, sign_many
from dedup.sketch.scheme import Scheme
from dedup.sketch.shingles import Overlap, overlap
from dedup.text.words.tokens import Tokens

SCHEME = Scheme(3)
KERNELS = [reference] if not kernel.COMPILED else [reference, kernel.choose({})[0]]

# Letters of scripts with and without case, with and without spaces, combining marks and emoji outside the BMP.
LETTERS = "aZé ßøžЖдёقلاमनी한국日本語文ไทย̈́🙂🏽🇩"
tokens = st.lists(st.text(LETTERS.replace(" ", ""), min_size=1, max_size=6), max_size=24)

# Computed with datasketch 2.0.0 and xxhash: a change here is a new scheme, and every stored signature is void.
GOLDEN_VALUES = [49014167, 176467129, 1588386, 839242491, 106064143, 330105265]
GOLDEN_LAST = 147685637
GOLDEN_SHINGLES = [322330906, 518166253, 562194419]

TITLE = Tokens("storm closes harbour")
BODY = Tokens("the storm closed the harbour of a small town on friday and the ferry stayed in port")
NONE = Tokens("")


def together(words: list[str]) -> Tokens:
    return Tokens(" ".join(words))


def shingle_bytes(title: list[str], body: list[str], words: int) -> list[bytes]:
    """The definition once more, in the words of the documentation."""
    found = []
    for part in (title, body):
        size = min(words, len(part))
        found += [" ".join(part[i : i + size]).encode() for i in range(len(part) - size + 1) if part]
    return found


def datasketch_minhash(shingles: list[bytes], num_perm: int = 128, seed: int = 1) -> datasketch.MinHash:
    minhash = datasketch.MinHash(num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=xxhash.xxh32_intdigest)
    if shingles:
        minhash.update_batch(shingles)
    return minhash


def loaded(signature: Signature) -> datasketch.MinHash:
    """What anyone does with a stored signature."""
    values = np.frombuffer(signature.values, dtype="<u4")
    return datasketch.MinHash(num_perm=128, seed=1, scheme="affine32", hashvalues=values)


def test_golden() -> None:
    signature = sign(TITLE, BODY, SCHEME)
    values = np.frombuffer(signature.values, dtype="<u4")
    assert len(signature.values) == 512
    assert len(signature.shingles) == 4 * 16
    assert values[:6].tolist() == GOLDEN_VALUES
    assert values[-1] == GOLDEN_LAST
    assert np.frombuffer(signature.shingles, dtype="<u4")[:3].tolist() == GOLDEN_SHINGLES
    edited = sign(TITLE, Tokens(BODY.replace("port", "harbour")), SCHEME)
    assert loaded(signature).jaccard(loaded(signature)) == 1.0
    assert loaded(signature).jaccard(loaded(edited)) == pytest.approx(
        overlap(signature.shingles, edited.shingles).jaccard, abs=0.1
    )
    assert loaded(signature).jaccard(datasketch_minhash(shingle_bytes(TITLE.split(), BODY.split(), 3))) == 1.0


@pytest.mark.parametrize("module", KERNELS, ids=lambda module: module.__name__)
@given(title=tokens, body=tokens, words=st.integers(1, 6))
def test_signature_is_datasketchs(module: ModuleType, title: list[str], body: list[str], words: int) -> None:
    a, b = SCHEME.coefficients()
    shingles = shingle_bytes(title, body, words)
    values, kept = module.sign(together(title), together(body), words, a, b)
    assert np.frombuffer(values, dtype="<u4").tolist() == datasketch_minhash(shingles).hashvalues.tolist()
    assert np.frombuffer(kept, dtype="<u4").tolist() == sorted({xxhash.xxh32_intdigest(s) for s in shingles})


@given(texts=st.lists(st.tuples(tokens, tokens), max_size=8))
def test_batch_is_datasketchs_bulk(texts: list[tuple[list[str], list[str]]]) -> None:
    shingles = [shingle_bytes(title, body, 3) or [b"filler"] for title, body in texts]
    bulk = datasketch.MinHash.bulk(shingles, num_perm=128, seed=1, scheme="affine32", hashfunc=xxhash.xxh32_intdigest)
    signed = [(together(title), together(body)) for title, body in texts]
    for (title, body), signature, expected in zip(signed, sign_many(signed, SCHEME), bulk, strict=True):
        assert signature == sign(title, body, SCHEME)
        if title or body:
            assert np.frombuffer(signature.values, dtype="<u4").tolist() == expected.hashvalues.tolist()


@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("num_perm", [1, 3, 64, 256])
def test_other_permutations(num_perm: int, seed: int) -> None:
    scheme = Scheme(3, num_perm=num_perm, seed=seed)
    expected = datasketch_minhash(shingle_bytes(TITLE.split(), BODY.split(), 3), num_perm, seed)
    assert np.frombuffer(sign(TITLE, BODY, scheme).values, dtype="<u4").tolist() == expected.hashvalues.tolist()


def test_title_and_body_do_not_share_shingles() -> None:
    as_one = sign(NONE, Tokens(f"{TITLE} {BODY}"), SCHEME)
    apart = sign(TITLE, BODY, SCHEME)
    assert overlap(as_one.shingles, apart.shingles) == Overlap(16, 18, 16, jaccard=16 / 18, containment=1.0)
    assert sign(TITLE, BODY, SCHEME).shingles == sign(BODY, TITLE, SCHEME).shingles


def test_short_sequences_are_one_shingle() -> None:
    assert sign(Tokens("two words"), NONE, SCHEME).shingles == xxhash.xxh32_intdigest(b"two words").to_bytes(
        4, "little"
    )
    empty = sign(NONE, NONE, SCHEME)
    assert empty == Signature(values=b"\xff" * 512, shingles=b"")
    assert loaded(empty).is_empty()


def test_repetition_adds_nothing() -> None:
    assert len(sign(NONE, together(["again"] * 5_000), SCHEME).shingles) == 4


def test_lone_surrogates_are_rejected() -> None:
    for text in (Tokens("a\ud800b"), Tokens("\udfff")):
        with pytest.raises(InputRejected, match="U\\+D") as caught:
            sign(NONE, text, SCHEME)
        assert caught.value.reason == "encoding"
        with pytest.raises(InputRejected):
            sign_many([(TITLE, BODY), (text, NONE)], SCHEME)


def test_overlap() -> None:
    one, other = (np.array(values, dtype="<u4").tobytes() for values in ([1, 5, 9, 2**32 - 1], [5, 7, 2**32 - 1]))
    assert overlap(one, other) == Overlap(2, 4, 3, jaccard=2 / 5, containment=2 / 3)
    assert overlap(other, one) == Overlap(2, 3, 4, jaccard=2 / 5, containment=2 / 3)
    assert overlap(b"", one) == Overlap(0, 0, 4, 0.0, 0.0)
    assert overlap(b"", b"") == Overlap(0, 0, 0, 0.0, 0.0)
    with pytest.raises(ValueError, match="whole number"):
        overlap(one, b"123")


def test_a_cut_copy_is_contained() -> None:
    whole, cut = sign(NONE, BODY, SCHEME), sign(NONE, together(BODY.split()[:8]), SCHEME)
    common = overlap(whole.shingles, cut.shingles)
    assert common.containment == 1.0
    assert common.jaccard < 0.5


def test_scheme_names_what_makes_signatures_comparable() -> None:
    assert SCHEME.name == "w3-xxh32-affine32-128-s1-n2-t4"
    assert Scheme(5, num_perm=64, seed=2, normaliser=4, terms=3).name == "w5-xxh32-affine32-64-s2-n4-t3"


SHIPPED = Config().duplicates.threshold * BAND_SHARE


@pytest.mark.parametrize("threshold", [0.3, SHIPPED, 0.5, 0.9])
def test_bands_are_datasketchs(threshold: float) -> None:
    index = datasketch.MinHashLSH(threshold=threshold, num_perm=128)
    assert SCHEME.bands(threshold) == (index.b, index.r)


def test_the_shipped_configuration_starts_without_datasketch() -> None:
    """Its half second is for other configurations; what is known beforehand is held by the test above."""
    begun = (
        "import sys; from dedup.config import Config; from dedup.decision.memory import BAND_SHARE, scheme_of;"
        "c = Config();"
        "s = scheme_of(c); s.coefficients(); s.bands(c.duplicates.threshold * BAND_SHARE);"
        "sys.exit('datasketch' in sys.modules or 'scipy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", begun], check=True)


def test_schemes_that_cannot_be_computed() -> None:
    with pytest.raises(ValueError, match="shingle_words"):
        Scheme(0)
    with pytest.raises(ValueError, match="num_perm"):
        Scheme(3, num_perm=0)
    with pytest.raises(ValueError, match="only affine32"):
        Scheme(3, permutations="legacy")

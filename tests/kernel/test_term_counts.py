"""How many texts have a term: the compiled counts give what the reference gives, and forget."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from dedup.kernel import reference

from .compiled import built, compiled, outcome, pack
from .words import hash_sets


@built
@given(data=st.data(), start=hash_sets, texts=st.floats(0, 1e6))
def test_term_counts(data: st.DataObject, start: list[int], texts: float) -> None:
    starts = data.draw(st.lists(st.floats(1, 1e6), min_size=len(start), max_size=len(start)))
    made = [
        module.TermCounts(pack(start), struct.pack(f"<{len(starts)}d", *starts), texts)
        for module in (compiled, reference)
    ]
    term = st.integers(0, 60) | (st.sampled_from(start) if start else st.nothing())
    counted: list[list[int]] = []
    for _ in range(data.draw(st.integers(0, 8))):
        removes = data.draw(st.booleans())
        if counted and removes:
            gone = counted.pop(data.draw(st.integers(0, len(counted) - 1)))
            for counts in made:
                counts.discard(pack(gone))
        else:
            counted.append(sorted(data.draw(st.sets(term, max_size=60))))
            for counts in made:
                counts.add(pack(counted[-1]))
    words = pack(data.draw(st.lists(term, max_size=150)))
    cap = data.draw(st.integers(0, 40) | st.just(10**6))
    assert made[0].idf(words) == made[1].idf(words)
    assert made[0].weigh(words, cap) == made[1].weigh(words, cap)
    parts, caps = data.draw(st.lists(st.sampled_from([words, words[:40], b"", b"1"]), max_size=3)), [cap, 2, 10**6]
    for most in (caps[: len(parts)], caps[:2]):
        assert outcome(made[0].weigh_all, parts, most) == outcome(made[1].weigh_all, parts, most)
    assert len(made[0]) == len(made[1]) == len(counted)


@built
@given(data=st.binary(max_size=24), counts=st.lists(st.floats(), max_size=6), texts=st.floats(), cap=st.integers(-1, 3))
def test_term_counts_refuse_alike(data: bytes, counts: list[float], texts: float, cap: int) -> None:
    packed = struct.pack(f"<{len(counts)}d", *counts)
    one, other = (outcome(module.TermCounts, data, packed, texts) for module in (compiled, reference))
    assert isinstance(one, type) == isinstance(other, type)
    for name, arguments in (("add", (data,)), ("discard", (data,)), ("idf", (data,)), ("weigh", (data, cap))):
        one, other = (
            outcome(getattr(module.TermCounts(b"", b"", 1.0), name), *arguments) for module in (compiled, reference)
        )
        assert one == other


@built
def test_term_counts_forget_what_no_text_holds() -> None:
    """Terms that come and go do not make the table grow for ever, and none is lost when it is made anew."""
    counts, plain = compiled.TermCounts(b"", b"", 0.0), reference.TermCounts(b"", b"", 0.0)
    for k in range(400):
        text = pack(list(range(100 * k, 100 * k + 150)))
        for each in (counts, plain):
            each.add(text)
            if k >= 5:
                each.discard(pack(list(range(100 * (k - 5), 100 * (k - 5) + 150))))
    assert counts.nbytes < 16 * 16_384
    everything = pack(list(range(40_100)))
    assert counts.idf(everything) == plain.idf(everything)

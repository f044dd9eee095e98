"""Filling a segment: where memory runs out what came before is there, and none leaks."""

from __future__ import annotations

from contextlib import suppress

import pytest

from dedup.kernel.reference.arrays import pack32

from .compiled import built, compiled, leaked
from .filling import BANDS, LIMIT, REFUSED, everything, sound, structures


@built
def test_lives_on_without_memory() -> None:
    """Wherever memory runs out what came before is there, and all structures can be used."""
    testcapi = pytest.importorskip("_testcapi")
    rows = [tuple(sound(number, group_id=number, words=pack32(range(number)))) for number in range(1, 30)]
    after = [tuple(sound(number, group_id=number, words=pack32(range(number)))) for number in range(30, 40)]
    failed = 0
    for nth in range(10_000):
        made = structures(compiled)
        testcapi.set_nomemory(nth, nth + 1)
        try:
            compiled.fill(rows, True, *made, BANDS, LIMIT)
            break
        except MemoryError:
            failed += 1
        finally:
            testcapi.remove_mem_hooks()
        there = len(made.articles)
        assert [row[0] for row in rows if row[0] in made.articles] == [*range(1, there + 1)]
        assert all(there - 1 <= len(each) <= there for each in made[1:]) or there == 0
        compiled.fill(after, True, *made, BANDS, LIMIT)
        assert len(made.articles) == there + 10
        everything(made)
        for number in range(40):
            made.articles.discard(number)
            for each in made[1:]:
                each.discard(number)
        assert [*map(len, made)] == [0, 0, 0, 0]
    assert failed > 30


@built
def test_leaks_nothing() -> None:
    rows = [tuple(sound(number, group_id=number)) for number in range(1, 30)]
    wrongs = [[*rows[:2], tuple(sound(**{"ordinal": 3, "article_id": 3} | wrong))] for wrong in REFUSED]

    def once() -> None:
        made = structures(compiled)
        compiled.fill(rows, True, *made, BANDS, LIMIT)
        for wrong in wrongs:
            with suppress(ValueError):
                compiled.fill(wrong, True, *structures(compiled), BANDS, LIMIT)
        for place in range(4):
            with suppress(TypeError):
                compiled.fill(rows, True, *made[:place], 5, *made[place + 1 :], BANDS, LIMIT)
        for bands in ((0, 1), None, (1, 2, 3)):
            with suppress(TypeError, ValueError):
                compiled.fill(rows, True, *made, bands, LIMIT)

    assert leaked(once, 20, settling=20) < 5_000

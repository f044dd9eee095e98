"""The compiled kernel, where it is built, and what a test asks of it as well as of the reference."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dedup.kernel import chosen as kernel
from dedup.kernel import reference

compiled: Any
compiled, reason = kernel.choose({})
built = pytest.mark.skipif(compiled is reference, reason=reason or "the compiled kernel is not built")
MODULES: list[Any] = [reference] if compiled is reference else [reference, compiled]
by_name = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)


def types_of(module: Any) -> tuple[Any, Any, Any, Any]:
    """Articles, texts, signatures and terms: the structures of the compiled kernel or of the reference."""
    return module.Articles, module.Texts, module.BandIndex, module.Postings


def pack(values: list[int], form: str = "I") -> bytes:
    """Whole numbers as the kernel takes them: little-endian, `form` as `struct` names it."""
    return struct.pack(f"<{len(values)}{form}", *values)


def as_array(numbers: list[int]) -> memoryview:
    """As `Postings.search` gives them: 64 bits each."""
    return memoryview(pack(numbers, "q")).cast("q")


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call gives, or which kind of error."""
    try:
        return call(*arguments)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        return type(error)


def until_it_works(call: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
    """What a call gives, and how often it was made before: each time without memory from one allocation later on."""
    testcapi = pytest.importorskip("_testcapi")
    for nth in range(2_000):
        testcapi.set_nomemory(nth, nth + 1)
        try:
            return call(*arguments), nth
        except MemoryError:
            pass
        finally:
            testcapi.remove_mem_hooks()
    raise AssertionError("no end of failures")


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Gives a function that says how many bytes more are allocated than when this began."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield lambda: tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def leaked(call: Callable[[], Any], times: int, *, settling: int = 1) -> int:
    """Bytes that `times` calls leave allocated, after as many to settle: Python keeps some of what is freed."""
    call()
    with traced() as allocated:
        for _ in range(settling):
            call()
        before = allocated()
        for _ in range(times):
            call()
        return allocated() - before

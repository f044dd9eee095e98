"""Callbacks that do not keep their owner alive.

A part that holds a method of its owner makes a cycle with it. A cycle is freed only when Python's collector runs, so a
memory of a gigabyte that is rebuilt after a fault would be there twice until then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

Given = ParamSpec("Given")
Made = TypeVar("Made")


def weakly(method: Callable[Given, Made]) -> Callable[Given, Made]:
    """Calls a bound `method` without holding its object. Raises `ReferenceError` once that object is gone."""
    held = WeakMethod(method)

    def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        bound = held()
        if bound is None:
            raise ReferenceError("what is called back is gone")
        return bound(*args, **kwargs)

    return call

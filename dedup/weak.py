"""A method that a part calls back, without the part holding on to whose method it is.

Whole and part that hold each other wait for Python's collector when they are dropped, and a memory of a gigabyte that
is made anew after a fault would be there twice until then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

Given = ParamSpec("Given")
Made = TypeVar("Made")


def weakly(method: Callable[Given, Made]) -> Callable[Given, Made]:
    """Calls a bound `method` whose object the caller's own owner keeps. Raises `ReferenceError` once that is gone."""
    held = WeakMethod(method)

    def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        bound = held()
        if bound is None:
            raise ReferenceError("what is called back is gone")
        return bound(*args, **kwargs)

    return call

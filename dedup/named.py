"""Tuples with names, made where every article makes some: in a third of the time that their class takes.

A `NamedTuple` is made by a function in Python that hands its arguments to this one. Below all stages.
"""

from __future__ import annotations

make = tuple.__new__
"""``make(Kind, (first, second, ...))``: every field, in its order."""

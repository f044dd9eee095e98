"""Named tuples, made in a third of the time that their class takes, where every article makes some.

A `NamedTuple` is made by a function in Python that hands its arguments to this one. Used by all stages.
"""

from __future__ import annotations

make = tuple.__new__
"""``make(Kind, (first, second, ...))``: every field, in its order."""

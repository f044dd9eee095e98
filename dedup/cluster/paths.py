"""The way from one article to another over what connects them two by two."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

Edge = TypeVar("Edge")


def shortest_path(edges: Callable[[int], Iterable[tuple[int, Edge]]], start: int, end: int) -> tuple[Edge, ...]:
    """The fewest edges that lead from `start` to `end`, in order; none where no way is (breadth-first search).

    `edges` gives those at a node, each with the node at its other end. Of equally short ways it is the one whose edges
    are given first.
    """
    before: dict[int, tuple[int, Edge]] = {}
    waiting = deque([start])
    while waiting and end not in before:
        here = waiting.popleft()
        for there, edge in edges(here):
            if there != start and there not in before:
                before[there] = here, edge
                waiting.append(there)
    path: list[Edge] = []
    while end in before:
        end, edge = before[end]
        path.append(edge)
    return tuple(reversed(path))

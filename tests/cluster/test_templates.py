"""Which issues of a template are surely of two events."""

from __future__ import annotations

import pytest

from dedup.cluster.pairs import Publication
from dedup.cluster.templates import are_two_issues
from dedup.sketch.terms import names_of

from .texts import TUESDAY, made


@pytest.mark.parametrize(
    ("body", "hours", "publisher", "surely"),
    [
        ("The count at Brackwell and Ostrey is high.", 30, b"desk", True),
        ("The count at Brackwell and Ostrey is high.", 3, b"desk", False),
        ("The count at Vikmyr and Bodvik is high.", 3, b"desk", True),
        ("The count at Vikmyr and Bodvik is high.", 3, b"else", False),
        ("The count is high.", 3, b"desk", False),
        ("The count at Vikmyr and Bodvik is high.", None, b"desk", False),
    ],
)
def test_issues_that_are_surely_of_two_events(body: str, hours: int | None, publisher: bytes, *, surely: bool) -> None:
    _, former = made("Count", "The count at Brackwell and Ostrey is low.")
    _, newcomer = made("Count", body)
    at = None if hours is None else TUESDAY + hours * 3_600
    told = Publication(publisher, at, lambda: newcomer), Publication(b"desk", TUESDAY, lambda: former)
    assert are_two_issues(names_of(body, "en"), *told) is surely

"""A few inputs for every parser, the same each time; `make fuzz` tries thousands. And the worst that were found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..fuzz.parsers import PARSERS, Parser, configure, read
from ..fuzz.run import fuzz

WORST = sorted((Path(__file__).resolve().parents[1] / "fuzz" / "worst").iterdir())


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_nothing_escapes_a_parser(parser: Parser) -> None:
    outcome = fuzz(parser, 20)
    if outcome.error is not None:
        raise AssertionError(f"this escapes: {outcome.escaped!r}") from outcome.error
    assert outcome.inputs >= 20


@pytest.mark.parametrize("file", WORST, ids=lambda file: file.name)
def test_the_worst_files_are_read_or_refused(file: Path) -> None:
    data = file.read_bytes()
    if file.suffix == ".toml":
        assert configure(data) == 0
    else:
        read(file.name, data)

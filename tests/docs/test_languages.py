"""The README's table of languages says what is tested and what is done."""

from __future__ import annotations

import re
from pathlib import Path

from babel import Locale

from dedup.sketch.terms import STEMMERS
from dedup.text.words.tokens import is_syllable
from tests.text.sentences import SENTENCES

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def compared(code: str) -> str:
    if code in STEMMERS:
        return "by their stems"
    return "by pairs of characters" if is_syllable(SENTENCES[code][0]) else "as they stand"


def test_every_language_that_is_tested_is_in_the_table() -> None:
    table = README.split("<!-- languages -->")[1].split("<!-- /languages -->")[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in table.strip().splitlines()[2:]]
    told = {name: how for names, _, how, _ in rows for name in names.split(", ")}
    names = {code: str(Locale("en").languages[code]) for code in SENTENCES}
    assert told == {names[code]: compared(code) for code in SENTENCES}

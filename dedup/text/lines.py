"""What a line of text looks like by itself: a headline, or a paragraph; its words and letters."""

from __future__ import annotations

import re
from unicodedata import category

LONGEST_HEADLINE = 200
SENTENCE_ENDS = tuple(".!?…。！？؟।॥»”\"’'）)]")
FULL_STOPS = tuple(".…。।॥")
_NO_HEADLINE_ENDS = tuple(".。।॥:,;")
_NO_LETTERS = re.compile(r"[\W_]+")
_WITHOUT_SPACES = re.compile("[\u3041-\u30ff\u3400-\u9fff]")


def is_headline(line: str) -> bool:
    """Whether `line` has the form of a headline: some words, no full stop, mostly letters and marks on them."""
    end = line.rstrip("'\"”’» ")
    if len(line) > LONGEST_HEADLINE or (end.endswith(_NO_HEADLINE_ENDS) and not end.endswith("...")):
        return False
    letters = sum(character.isalpha() or category(character)[0] == "M" for character in line)
    spaces = line.count(" ")
    spaced = line.isascii() or (spaces * 12 >= len(line) and _WITHOUT_SPACES.search(line) is None)
    return (spaces >= 2 if spaced else letters >= 8) and letters * 3 >= len(line) * 2 and not line[0].islower()


def is_prose(line: str) -> bool:
    """Whether `line` is as long as a paragraph or ends like a sentence."""
    if len(line) >= 160 or (len(line) >= 50 and line.count(" ") * 12 < len(line)):
        return True
    if not line.endswith(SENTENCE_ENDS):
        return False
    return line.count(" ") >= 5 or (len(line) >= 12 and line.endswith(FULL_STOPS))


def words_of(line: str) -> int:
    """About how many words `line` has; a Chinese one counts for a third of its characters."""
    spaces = line.count(" ")
    return spaces + 1 if spaces * 12 >= len(line) else max(spaces + 1, len(line) // 3)


def letters_of(text: str, most: int | None = None) -> str:
    """The letters and digits of `text`, or the first of them, for what is the same but for spaces and signs."""
    return _NO_LETTERS.sub("", text)[:most]

"""Pages of HTML for the processes that read them."""

from __future__ import annotations


def page(number: int, word: str = "") -> str:
    prose = "".join(
        f"<p>Ferry {number} of the {line} line ran late on Monday, the harbour office of Linnford said {word}.</p>"
        for line in ("northern", "eastern", "southern")
    )
    return f"<html><head><title>Ferry {number} late</title></head><body><article>{prose}</article></body></html>"

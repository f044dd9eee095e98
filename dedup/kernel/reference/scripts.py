"""The scripts that write no spaces between words. A part of the definition in `dedup.kernel.reference`."""

from __future__ import annotations

import re

SYLLABIC = (
    (0xE00, 0xFFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x3035),
    (0x3038, 0x303C), (0x3040, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xA000, 0xA48F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip
"""Their first and last code points, ascending. ``csrc/termlist.c`` has the same."""

_SYLLABLE = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in SYLLABIC)}]")


def is_syllable(character: str) -> bool:
    """True for a character of these scripts."""
    return character >= "\u0e00" and _SYLLABLE.match(character) is not None

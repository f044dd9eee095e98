"""Headlines with markup in them, as feeds and ninjs may have them."""

from __future__ import annotations

import re

from w3lib.html import remove_tags

_APART = re.compile(r"<(?:[bh]r|/?(?:blockquote|div|h[1-6]|header|li|[ou]l|p|section))\b[^<>]*>", re.IGNORECASE)


def unmarked(headline: str) -> str:
    """`headline` without tags. What they set in lines of their own is apart."""
    return remove_tags(_APART.sub(" ", headline))

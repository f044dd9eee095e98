"""What rows of evidence say, for those who read them; `dedup.store.passes.evidence` writes them."""

from __future__ import annotations

AGAINST = ("near_miss", "series", "one_term")
"""Verdicts on what an article came near to: they say why it is not there. All others say why it is where it is."""
PASSING = ("near_miss", "one_term")
"""Verdicts that no later decision asks for."""

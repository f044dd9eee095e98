"""Why an article stands for its story, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dedup.cli.wording import count
from dedup.cluster.standing import Claim, claim, is_cut, reason
from dedup.store.answers.queries import Placed


def why_it_stands(members: Sequence[Placed], preferred: Sequence[str]) -> str:
    """Why the representative of a story with these members is the one: among the copies of its text, among originals.

    `preferred` are the preferred publishers, the most preferred first.
    """
    chosen = next(member for member in members if member.is_representative)
    originals = [member for member in members if member.is_original]
    copies = [member for member in members if member.duplicate_group_id == chosen.duplicate_group_id]
    told = []
    if len(copies) > 1:
        told.append(f"of {count(len(copies), 'copy', 'copies')} of its text {_original(chosen, copies, preferred)}")
    if len(originals) > 1:
        others = [_claim(member, preferred) for member in originals if member is not chosen]
        told.append(f"of {count(len(originals), 'original')} {reason(_claim(chosen, preferred), others)}")
    return "; ".join(told) or "it is the only article"


def _original(chosen: Placed, copies: Sequence[Placed], preferred: Sequence[str]) -> str:
    alike = [member for member in copies if bool(member.title) == bool(chosen.title)]
    longest = max(member.word_count for member in alike)
    complete = [member for member in alike if not is_cut(member.word_count, longest)]
    left = copies if len(alike) == 1 else complete
    others = [_claim(member, preferred) for member in left if member is not chosen]
    among = f"({len(alike) - len(complete)} of them cut) " if len(complete) < len(alike) else ""
    return f"{among}{reason(_claim(chosen, preferred), others)}" if others else "it alone is complete"


def _claim(member: Placed, preferred: Sequence[str]) -> Claim:
    place = preferred.index(member.outlet) if member.outlet in preferred else None
    # As `dedup.index.window.seconds`, which would bring the kernel and all of the text with it.
    published = None if member.published_at is None else int(member.published_at.timestamp())
    return claim(member.article_id, member.title, place, published)

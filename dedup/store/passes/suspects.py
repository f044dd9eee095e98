"""Stories that look wrong, among those that a pass has touched."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.database.bulk import pages
from dedup.store.tables import duplicate_groups

# A story of fewer texts is never suspect: within the window of a story so few do not last as long as 'long_span' asks.
LEAST_TEXTS = 6

_view = sa.table("v_suspect_stories", sa.column("story_id"), sa.column("reason"), sa.column("detail"))


class Suspect(NamedTuple):
    """A row of ``v_suspect_stories``."""

    story_id: int
    reason: str
    detail: str


def suspects(connection: Connection, story_ids: Collection[int]) -> list[Suspect]:
    """What looks wrong with any of these stories."""
    found = list[Suspect]()
    for page in pages(sorted(story_ids)):
        story = duplicate_groups.c.story_id
        large = sa.select(story).where(story.in_(page)).group_by(story).having(sa.func.count() >= LEAST_TEXTS)
        numbers = list(connection.scalars(large))
        if numbers:
            query = sa.select(_view).where(_view.c.story_id.in_(numbers)).order_by(_view.c.story_id, _view.c.reason)
            found += [Suspect(*row) for row in connection.execute(query)]
    return found

"""What connects two articles of one story, or once did; and what separated two articles of two stories."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from dedup.store.answers import queries, reasons
from dedup.store.answers.queries import Placed
from dedup.store.answers.reasons import Event, Evidence

# Stories in whose history is looked for what once connected two articles.
MOST_STORIES = 50

Histories = Mapping[int, list[Event]]


@dataclass(frozen=True, slots=True)
class Gone:
    """An article that connected two others; it is not in their story now."""

    article_id: int
    story_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Departure:
    """An article left a story for another, as the newcomer `shown_by` showed where the story fell into two."""

    article_id: int
    story_id: int
    to_story_id: int | None
    at: datetime
    reason: str
    shown_by: int | None


@dataclass(frozen=True, slots=True)
class Ties:
    """`path` is what connects two articles; where nothing does, `former_path` is what did, and `gone` what left."""

    path: list[Evidence] = field(default_factory=list)
    former_path: list[Evidence] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)


def ties(connection: Connection, one: Placed, other: Placed) -> Ties:
    """What connects two articles of one story."""
    inside = {member.article_id for member in queries.members(connection, one.story_id)}
    joined = reasons.evidence_of_story(connection, one.story_id)
    held = [row for row in joined if row.matched_article_id in inside]
    if path := reasons.path(held, one.article_id, other.article_id):
        return Ties(path)
    former, histories = _former(connection, one, other)
    between = {number for row in former for number in row.articles} - inside
    placed = queries.some_articles(connection, sorted(between))
    return Ties([], former, [_gone(placed[number], one.story_id, histories) for number in sorted(placed)])


def origin(connection: Connection, story_id: int) -> Event | None:
    """How a story began that was part of another one; None for any other story."""
    return _origin(reasons.history(connection, story_id))


def departures(connection: Connection, one: Placed, other: Placed) -> list[Departure]:
    """How two articles of two stories came apart, where they were in one."""
    found: list[Departure] = []
    for stayed, left in ((one, other), (other, one)):
        for story_id in (stayed.story_id, *queries.merged_into(connection, stayed.story_id)):
            found += _left(reasons.history(connection, story_id), story_id, [left])
    first, second = origin(connection, one.story_id), origin(connection, other.story_id)
    former = None if first is None else first.other_story_id
    if former is not None and second is not None and second.other_story_id == former:
        found += _left(reasons.history(connection, former), former, [one, other])
    return found


def _former(connection: Connection, one: Placed, other: Placed) -> tuple[list[Evidence], Histories]:
    """What connected two articles before something left their story, and the histories of the stories it took."""
    histories: dict[int, list[Event]] = {}
    joined: list[Evidence] = []
    waiting = deque([one.story_id])
    while waiting and len(histories) < MOST_STORIES:
        here = waiting.popleft()
        if here in histories:
            continue
        histories[here] = reasons.history(connection, here)
        joined += reasons.evidence_of_story(connection, here)
        if path := reasons.path(joined, one.article_id, other.article_id):
            _add_moves(connection, histories, path)
            return path, histories
        waiting.extend(event.other_story_id for event in histories[here] if event.other_story_id is not None)
    return [], histories


def _add_moves(connection: Connection, histories: dict[int, list[Event]], path: Iterable[Evidence]) -> None:
    """Adds the histories of the stories in which the articles of a path are now."""
    numbers = sorted({number for row in path for number in row.articles})
    for placed in queries.some_articles(connection, numbers).values():
        if placed.story_id not in histories:
            histories[placed.story_id] = reasons.history(connection, placed.story_id)


def _gone(article: Placed, story_id: int, histories: Histories) -> Gone:
    """Why an article is not in a story: it left one of those that were looked at, or the story left it."""
    left = [e for events in histories.values() for e in events if _has_left(e, article)]
    if left:
        return Gone(article.article_id, article.story_id, max(left, key=lambda event: event.at).reason)
    began = _origin(histories.get(story_id, ()))
    if began is not None:
        return Gone(article.article_id, article.story_id, f"story {story_id} was parted from it: {began.reason}")
    return Gone(article.article_id, article.story_id, "it was decided anew")


def _left(history: list[Event], story_id: int, articles: Iterable[Placed]) -> Iterator[Departure]:
    for article in articles:
        for event in (event for event in history if _has_left(event, article)):
            split = next((other for other in history if _is_split(other, event)), None)
            yield Departure(
                article.article_id,
                story_id,
                event.other_story_id,
                event.at,
                event.reason if split is None else split.reason,
                None if split is None else split.article_id,
            )


def _is_split(event: Event, left: Event) -> bool:
    """True when a story fell into two as an article left it."""
    return event.event == "split" and (event.other_story_id, event.at) == (left.other_story_id, left.at)


def _has_left(event: Event, article: Placed) -> bool:
    return event.event == "left" and event.article_id == article.article_id


def _origin(history: Iterable[Event]) -> Event | None:
    return next((event for event in history if event.event == "opened" and event.other_story_id is not None), None)

"""Articles by the names that people type, and the names that are shown to people."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from shlex import quote

from sqlalchemy.engine import Connection

from dedup.cli.wording import moment, plain
from dedup.errors import UsageError
from dedup.store.answers import overview, queries, reasons
from dedup.store.answers.queries import Placed

# Articles among whose uris a misspelt one is looked for.
KNOWN_URIS = 20_000


def find(connection: Connection, name: str, source: str | None) -> Placed:
    """The article that `name` means. Raises `UsageError` that says where else it may be."""
    found = queries.named(connection, name, source)
    if len(found) == 1:
        return found[0]
    if found:
        sources = ", ".join(article.source for article in found)
        numbers = " or ".join(f"article:{article.article_id}" for article in found)
        raise UsageError(
            f"{len(found)} articles are called {name!r}; add --source NAME, one of: {sources}; or name {numbers}"
        )
    if overview.is_waiting(connection, name, source):
        raise UsageError(f"{name!r} still waits in the inbox; the daemon takes it, or type:", "once")
    if (withdrawn := overview.withdrawn_at(connection, name, source)) is not None:
        raise UsageError(f"{name!r} was withdrawn on {moment(withdrawn)} UTC; it comes back with its next version")
    if (rejected := overview.rejection(connection, name, source)) is not None:
        raise UsageError(f"{name!r} was rejected on {moment(rejected.at)} UTC: {rejected.detail} ({rejected.reason})")
    if source is not None and (others := queries.named(connection, name, None)):
        raise UsageError(f"source {source!r} has no {name!r}, but {', '.join(other.source for other in others)} has")
    if close := _alike(name, queries.uris(connection, KNOWN_URIS)):
        raise UsageError(f"there is no article {name!r}; did you mean {' or '.join(close)}?")
    raise UsageError(f"there is no article {name!r}; a story lists its articles:", "story ID")


def name_of(connection: Connection, article: Placed) -> str:
    """A name by which `find` finds this very article, quoted for a shell: its uri, which people know, or
    ``article:12``.

    A uri does not serve where other articles have it, where it looks like an option or a number, and where it is not
    printed as it is.
    """
    uri = article.uri
    if plain(uri) == uri and not uri.startswith("-") and not uri.isdecimal():
        found = queries.named(connection, uri, None)
        if [one.article_id for one in found] == [article.article_id]:
            return quote(uri)
    return f"article:{article.article_id}"


def no_story(connection: Connection, asked: int) -> UsageError:
    """The error that says why no story of this number is shown."""
    if reasons.history(connection, asked):
        return UsageError(f"all of story {asked} is withdrawn; a new version of one of its articles brings it back")
    return nowhere(asked)


def nowhere(story_id: int) -> UsageError:
    """The error that says that there never was a story of this number."""
    return UsageError(f"there is no story {story_id}; see:", "stories --all")


def _alike(name: str, uris: Sequence[str]) -> list[str]:
    close = [uri for uri in uris if name.casefold() in uri.casefold()][:3]
    return close or difflib.get_close_matches(name, uris, n=3)

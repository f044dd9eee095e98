"""``dedup feed``: the stories as a feed, one entry a story, for any feed reader."""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from lxml import etree

from dedup.cli.choice import check_number, since
from dedup.cli.invocation import Invocation
from dedup.cli.wording import count, line, moment
from dedup.errors import UsageError
from dedup.intake.web import NOT_IN_XML, WEB
from dedup.store.answers import queries, search
from dedup.store.answers.queries import Placed, Story
from dedup.store.answers.search import Wanted
from dedup.store.database.target import written

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Entry:
    """One story as an entry: its id stays, and `updated`, in UTC, moves when an article comes.

    `authors` are those of the article that stands for it, then the publishers of all its articles.
    """

    entry_id: str
    title: str
    url: str | None
    published: datetime
    updated: datetime
    language: str
    authors: tuple[str, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as both formats have it; `url` is where it will be found, None where that was not said."""

    feed_id: str
    title: str
    url: str | None
    updated: datetime
    entries: tuple[Entry, ...]


def feed(invocation: Invocation) -> int:
    """Writes Atom to stdout, or with ``--json`` JSON Feed; with ``--output`` a file, JSON Feed if it ends in .json."""
    given = invocation.arguments
    check_number("--min-articles", given.min_articles)
    check_number("--limit", given.limit)
    if NOT_IN_XML.search(given.title):
        raise UsageError(f"--title {given.title!r} holds a character that no feed may hold")
    if given.url is not None and (not given.url.startswith(WEB) or NOT_IN_XML.search(given.url)):
        raise UsageError(f"--url {given.url!r} is not an address, which begins with https:// or http://")
    now = datetime.now(UTC).replace(microsecond=0)
    wanted = Wanted(
        since=since(given.since, now),
        min_articles=given.min_articles,
        language=given.language,
    )
    with invocation.store(reads=True) as store, store.reading() as connection:
        where = None if given.output in {None, "-"} else invocation.place(store, given.output)
        ids = search.story_ids(connection, wanted, given.limit)
        stories = list(queries.some_stories(connection, ids))
        members = queries.members_of(connection, ids)
    base = given.url or "urn:dedup:stories"
    entries = tuple(_entry(story, members[story.story_id], base) for story in stories)
    made = Feed(
        feed_id=given.url or _urn(base),
        title=given.title,
        url=given.url,
        updated=max((entry.updated for entry in entries), default=now),
        entries=entries,
    )
    if where is None:
        if given.json:
            invocation.output.answer(as_json(made), ())
        else:
            invocation.output.write(as_atom(made))
        return 0
    is_json = given.output.suffix == ".json"
    with written(where) as file:
        text = json.dumps(as_json(made), ensure_ascii=False, indent=1) if is_json else as_atom(made)
        file.write(text.encode())
    document = {"file": str(given.output), "stories": len(entries)}
    told = line(f"{count(len(entries), 'story', 'stories')} written to {given.output}.")
    invocation.output.answer(document, [told])
    return 0


def as_atom(feed: Feed) -> str:
    """`feed` in Atom 1.0, RFC 4287."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _element(root, "id", feed.feed_id)
    _element(root, "title", feed.title)
    _element(root, "updated", _time(feed.updated))
    _element(_element(root, "author"), "name", "dedup")
    _element(root, "generator", "dedup")
    if feed.url:
        _element(root, "link", rel="self", href=feed.url)
    for entry in feed.entries:
        node = _element(root, "entry")
        node.set("{http://www.w3.org/XML/1998/namespace}lang", entry.language)
        _element(node, "id", entry.entry_id)
        _element(node, "title", entry.title, type="text")
        _element(node, "published", _time(entry.published))
        _element(node, "updated", _time(entry.updated))
        for name in entry.authors:
            _element(_element(node, "author"), "name", name)
        if entry.url:
            _element(node, "link", rel="alternate", href=entry.url)
        _element(node, "content", entry.content, type="html")
    return str(etree.tostring(root, encoding="unicode", pretty_print=True))


def as_json(feed: Feed) -> dict[str, Any]:
    """`feed` in JSON Feed 1.1."""
    items = [
        {
            "id": entry.entry_id,
            "title": entry.title,
            **({"url": entry.url} if entry.url else {}),
            "content_html": entry.content,
            "date_published": _time(entry.published),
            "date_modified": _time(entry.updated),
            "language": entry.language,
            "authors": [{"name": name} for name in entry.authors],
        }
        for entry in feed.entries
    ]
    place = {"feed_url": feed.url} if feed.url else {}
    return {"version": "https://jsonfeed.org/version/1.1", "title": feed.title, **place, "items": items}


def _entry(story: Story, members: Sequence[Placed], base: str) -> Entry:
    ordered = sorted(members, key=attrgetter("at", "article_id"))
    chosen = next(member for member in ordered if member.is_representative)
    authors = dict.fromkeys(map(_printable, (*chosen.names, *(member.outlet for member in ordered))))
    articles = "".join(f"<li>{_article(member)}</li>" for member in ordered)
    sizes = (
        f"{count(story.article_count, 'article')}, {count(story.text_count, 'text')}, "
        f"{count(story.publisher_count, 'publisher')}"
    )
    return Entry(
        entry_id=_urn(f"{base}#story-{story.story_id}"),
        title=_printable(story.headline) or f"Story {story.story_id}",
        url=_address(chosen),
        published=story.first_published or story.first_seen,
        updated=story.last_seen,
        language=story.language,
        authors=tuple(authors),
        content=f"<p>{sizes}</p><ul>{articles}</ul>",
    )


def _article(member: Placed) -> str:
    title = html.escape(_printable(member.title) or "(no title)")
    url = _address(member)
    named = f'<a href="{html.escape(url)}">{title}</a>' if url else title
    where = html.escape(_printable(member.outlet))
    copy = "" if member.is_original else ", a copy"
    return f"{named} ({where}, {moment(member.published_at)}{copy})"


def _address(member: Placed) -> str | None:
    """Where the article is to be read; nothing that a browser would run."""
    url = _printable(member.url or "")
    return url if url.startswith(WEB) else None


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _printable(text: str) -> str:
    return NOT_IN_XML.sub("", text).strip()


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _element(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = text
    return made

"""ninjs, the IPTC's "News in JSON", versions 1.x to 3.x: its texts under the keys of an ordinary JSON article.

1.x has ``headline`` and ``body_*``; 2.x the lists ``headlines`` and ``bodies``; 3.x writes its names in camelCase.
The standard: https://www.iptc.org/std/ninjs/userguide/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dedup.intake.marked import unmarked

MARKS = frozenset({
    "pubstatus", "pubStatus", "versioncreated", "versionCreated", "bodies", "headlines", "body_xhtml", "body_main",
})  # fmt: skip
_BODY_ORDER = ("body_text", "body_html", "body_xhtml", "body_main")


def recognised(record: Mapping[str, Any]) -> bool:
    """Whether `record` has a field that only ninjs has."""
    return not MARKS.isdisjoint(record)


def canceled(record: Mapping[str, Any]) -> bool:
    """Whether `record` withdraws an item: its publication status is ``canceled``, "do not use"."""
    status = record.get("pubstatus", record.get("pubStatus"))
    return isinstance(status, str) and status.strip().lower() in ("canceled", "cancelled")


def flattened(record: Mapping[str, Any]) -> dict[str, Any]:
    """`record` with what ninjs says in its own way also under title, body_*, byline, publisher and published_at.

    A key that is there already is kept, except that a headline is preferred to ``title``, which in ninjs is a name
    for editors. Of several bodies the one in the role ``main`` is taken, then one without a role, then another (a
    summary is one of those); among equals plain text goes first, then HTML, then one without a media type. Other media
    types (NITF and the like) are not read.
    """
    flat = dict(record)
    title = _headline(record)
    if title is not None:
        flat["title"] = title
    for key, body in _bodies(record):
        flat.setdefault(key, body)
        break
    if record.get("by") and not record.get("bylines"):  # from 2.0 on what was ``byline``
        flat.setdefault("byline", record["by"])
    for key in ("copyrightholder", "copyrightHolder"):
        if isinstance(record.get(key), str):
            flat.setdefault("publisher", record[key])
    for key in ("versioncreated", "versionCreated", "contentcreated", "contentCreated", "firstcreated", "firstCreated"):
        if record.get(key):
            flat.setdefault("published_at", record[key])
    return flat


def _headline(record: Mapping[str, Any]) -> Any:
    if record.get("headline"):
        return record["headline"]
    for entry in sorted(_values(record.get("headlines")), key=_role):
        return unmarked(entry["value"]) if "html" in _kind(entry) else entry["value"]
    for key in ("headline_main", *record):
        if key.startswith("headline_") and record.get(key):
            return record[key]
    return None


def _bodies(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of `record`, best first, each with the key that says what it is."""
    ranked = []
    for entry in _values(record.get("bodies")):
        kind = _kind(entry)
        place = 0 if "plain" in kind else 1 if "html" in kind else 2
        if place < 2 or not kind:
            ranked.append((_role(entry), place, ("body_text", "body_html", "body")[place], entry["value"]))
    for _main, _place, key, value in sorted(ranked, key=lambda body: body[:2]):
        yield key, value
    for name in (*_BODY_ORDER, *record):
        value = record.get(name)
        if name.startswith("body_") and isinstance(value, str) and value:
            yield ("body_text" if name == "body_text" else "body_html" if "html" in name else "body"), value


def _values(entries: Any) -> list[dict[str, Any]]:
    """The objects of a ninjs list that carry a text."""
    if not isinstance(entries, list):
        return []
    return [e for e in entries if isinstance(e, dict) and isinstance(e.get("value"), str) and e["value"]]


def _kind(entry: Mapping[str, Any]) -> str:
    """The media type of an entry, empty where none is given."""
    kind = entry.get("contenttype") or entry.get("contentType")
    return kind.lower() if isinstance(kind, str) else ""


def _role(entry: Mapping[str, Any]) -> int:
    """The place of an entry by its role: main, none, another."""
    role = entry.get("role")
    return 0 if role == "main" else 2 if role else 1

"""A new version of a known article, and the withdrawal of one.

The article keeps its id and is counted once. What depended on its former text is corrected: the other copies of its
group get a new original, and stay only if they are copies of that one. If the article leaves its group or story empty,
its new version takes them over; if that belongs elsewhere, the empty story is merged with its new one, so that no id is
ever lost.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.engine import RowMapping

from dedup.decision.batch import Batch
from dedup.decision.clusterer import COPY, FITS, Clusterer
from dedup.decision.membership import Membership
from dedup.decision.memory import Memory
from dedup.decision.newcomer import Prepared
from dedup.decision.regrouping import regroup
from dedup.decision.restrictions import LINKED
from dedup.index.window import seconds
from dedup.sketch.minhash import sign_text
from dedup.sketch.recurring import series_key
from dedup.store.passes import rows
from dedup.store.passes.changes import Changes
from dedup.store.passes.rows import Remembered
from dedup.text.words.tokens import joined

ELSEWHERE = "a new version of it belongs elsewhere"
WITHDRAWN = "it was withdrawn"
WITH_ITS_PAGE = "the page that it was taken from was withdrawn"
# Behind the digest of an article that went with its page: so any content is another one, and brings it back.
_GOES_WITH_PAGE = b"with its page"


class Vacant(NamedTuple):
    """The duplicate group and the story that an article left empty; None where something is left in it."""

    group: int | None
    story: int | None


def revise(clusterer: Clusterer, item: Prepared, before: RowMapping) -> None:
    """Decides a new version of the article `before`. The batch must hold nothing else that is not committed."""
    article_id, version = before["article_id"], before["version"] + 1
    changes = clusterer.batch.changes
    with clusterer.batch.reading() as connection:
        old = rows.article(connection, article_id)
    changes.updated += 1
    changes.bodies[article_id] = item.document.body
    if item.document.left_out:
        changes.left_out[article_id] = item.document.left_out
    if before["withdrawn_at"] is None and _says_the_same(clusterer.memory, item, old):
        changes.updated_articles[article_id] = {"version": version, **_facts(clusterer.batch, item)}
        changes.log(old.story_id, "updated", f"version {version} tells the same", article_id)
        # Its publisher and headline decide nothing for the article itself, and are compared with those of later ones.
        clusterer.memory.window.rename(article_id, item.skeleton, version)
        return
    _decide(clusterer, item, old, version, _leave(clusterer.memory, old))


def _says_the_same(memory: Memory, item: Prepared, old: Remembered) -> bool:
    """True when nothing that a decision uses has changed: the words of the headline and of the text, the language, the
    date. It is asked in the same way whether the text was forgotten or not.

    Of a long text the signature seldom notices that a word is another one: so the shingles are compared as well. These
    do not tell a headline that is in the text from another one that is.
    """
    document = item.document
    return (
        old.word_count == document.word_count
        and old.language == document.language
        and seconds(old.published_at) == seconds(document.published_at)
        and joined(old.title) == document.title_tokens
        and _signature(memory, old) == item.signature.values
        and memory.sets.get([old.article_id]).get(old.article_id) == item.signature.shingles
    )


def _signature(memory: Memory, old: Remembered) -> bytes | None:
    """The signature of what is there under the scheme in force; None where that is another and the text forgotten."""
    if old.scheme_id == memory.batch.scheme_id:
        return old.signature
    with memory.batch.reading() as connection:
        found = rows.clean_texts(connection, [old.article_id])
    scheme, max_words = memory.scheme, memory.config.text.max_words
    return next((sign_text(title, body, scheme, max_words).values for title, body in found.values()), None)


def _facts(batch: Batch, item: Prepared) -> dict[str, object]:
    document = item.document
    return {
        "url": document.url,
        "publisher": document.publisher,
        "title": document.title,
        "origin": document.origin,
        "authors": document.authors,
        "series_key": series_key(document.publisher or item.source, document.title, item.skeleton),
        "digest": item.digest,
        "last_seen": batch.changes.at,
    }


def withdraw(memory: Memory, membership: Membership, before: RowMapping, *, with_its_page: bool) -> None:
    """Takes the article `before` out of its group and story. The batch must hold nothing else that is not committed.

    It stays known, in a group and a story of its own that no view shows, and comes back with its next version; one that
    goes only `with_its_page` also as it was.
    """
    why = WITH_ITS_PAGE if with_its_page else WITHDRAWN
    changes, article_id = memory.batch.changes, before["article_id"]
    with memory.batch.reading() as connection:
        old = rows.article(connection, article_id)
    evidence = memory.batch.more_evidence(article_id, old.version)
    vacant = _leave(memory, old)
    row = changes.updated_articles.setdefault(article_id, {})
    row["withdrawn_at"] = row["last_seen"] = changes.at
    if with_its_page:
        row["digest"] = before["digest"] + _GOES_WITH_PAGE
    if vacant.story is None:
        story_id = membership.hide_story(article_id)
        changes.log(story_id, "withdrawn", why, article_id, old.story_id)
        changes.log(old.story_id, "left", why, article_id, story_id)
    else:
        story_id = vacant.story
        changes.log(story_id, "withdrawn", why, article_id)
        memory.window.know_less(story_id)
    if vacant.group is not None:
        changes.updated_groups[vacant.group] = {"story_id": story_id, "original_article_id": article_id}
    else:
        group_id = changes.counters.take_group_id()
        changes.open_group(group_id, story_id, article_id)
        memory.leave_to_sign(group_id, old.scheme_id)
        row |= {"duplicate_group_id": group_id, "jaccard": 1.0, "containment": 1.0}
    evidence.alone(memory.config.stories.threshold)
    changes.updated += 1


def keep_away(batch: Batch, before: RowMapping) -> None:
    """Notes that the withdrawn article `before` was withdrawn by itself, too: its page does not bring it back."""
    digest = before["digest"].removesuffix(_GOES_WITH_PAGE)
    if digest != before["digest"]:
        batch.changes.updated_articles.setdefault(before["article_id"], {})["digest"] = digest


def _leave(memory: Memory, old: Remembered) -> Vacant:
    """Takes the former version out of everything; returns what it left empty."""
    with memory.batch.reading() as connection:
        group_stays = rows.holds_another_copy(connection, old.group_id, old.article_id)
        story_stays = rows.holds_another(connection, old.story_id, old.article_id)
        members = rows.group_members(connection, old.group_id) if group_stays and old.text else {}
    if members:
        members.pop(old.article_id)
        memory.sign_groups([old.group_id])
    memory.forget(old)
    if members:
        regroup(memory, old, members, old.group_id)
    elif group_stays:
        memory.shorten(old)
    else:
        memory.window.drop_group(old.group_id)
    return Vacant(None if group_stays else old.group_id, None if story_stays else old.story_id)


def _decide(clusterer: Clusterer, item: Prepared, old: Remembered, version: int, vacant: Vacant) -> None:
    memory, membership, changes = clusterer.memory, clusterer.membership, clusterer.batch.changes
    newcomer = clusterer.newcomer(old.article_id, item, version)
    terms, bonds = newcomer.terms, newcomer.bonds
    evidence = clusterer.batch.evidence(old.article_id, version)
    copy, related = clusterer.matcher.find_group(newcomer)
    evidence.of_duplicates(copy, memory.config.duplicates.threshold)
    opened = False
    if copy.group is not None:
        story_id = memory.window.story_of(copy.group.group_id)
        membership.join_group(newcomer, copy.group)
        story_id = clusterer.bind(story_id, newcomer)
        if vacant.group is not None:
            changes.deleted_groups.append(vacant.group)
    else:
        decision = clusterer.matcher.find_story(newcomer, related, copy.templates)
        evidence.of_story(decision, memory.config.stories.threshold, terms.spelled)
        if decision.opens and vacant.story is not None:
            story_id = vacant.story
        else:
            story_id = clusterer.place(newcomer, decision, ELSEWHERE)
            opened = decision.opens
        membership.open_group(newcomer, story_id, decision, vacant.group)
    if bonds.story is not None:
        evidence.linked(bonds.partner, memory.config.stories.threshold)
    reason = COPY if copy.group else FITS if bonds.story is None else LINKED
    if vacant.story is not None and not _was_opened(memory, vacant.story):
        story_id = _come_to_light(membership, changes, old.article_id, version, vacant.story, story_id, reason)
    elif story_id == changes.resolve(old.story_id):
        changes.log(story_id, "updated", f"version {version} belongs here as well", old.article_id)
    elif vacant.story is None:
        changes.log(old.story_id, "left", ELSEWHERE, old.article_id, story_id)
        if not opened:
            membership.join_story(story_id, old.article_id, reason)
    else:
        story_id = membership.merge(story_id, vacant.story, f"version {version} of its only article belongs there")
    row = clusterer.row(newcomer, copy)
    changes.updated_articles[old.article_id] = {**row._asdict(), "last_seen": changes.at, "withdrawn_at": None}
    memory.remember(newcomer, story_id)


def _was_opened(memory: Memory, story_id: int) -> bool:
    with memory.batch.reading() as connection:
        return rows.was_opened(connection, story_id)


def _come_to_light(
    membership: Membership, changes: Changes, article_id: int, version: int, hidden: int, story_id: int, reason: str
) -> int:
    """Puts a withdrawn article that is back into a story, where its own was always `hidden`; returns the story's id.

    A hidden story that lives on is a new one for whoever reads; one that ends was never there for them.
    """
    if story_id < hidden:
        changes.log(hidden, "left", f"version {version} belongs elsewhere", article_id, story_id)
        membership.join_story(story_id, article_id, reason)
        membership.redirect(hidden, story_id, "the article that it hid left it", article_id)
        return story_id
    changes.log(hidden, "opened", f"version {version} of a withdrawn article", article_id)
    if story_id == hidden:
        return hidden
    return membership.merge(story_id, hidden, f"version {version} of a withdrawn article belongs there")

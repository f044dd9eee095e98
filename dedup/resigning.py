"""Articles signed with another scheme are signed anew from their stored text, so that they can be compared again.

It happens once, before the first pass after the scheme changed, in transactions of its own and in the order of
decisions: a crash in between loses nothing and the rest is done at the next start. Their terms are weighed by the
stream as it was then, as far as it is there. What was decided stays decided.
"""

from __future__ import annotations

from collections.abc import Callable

from dedup.cluster.stories import NO_BACKGROUND
from dedup.config import Config
from dedup.memory import scheme_of
from dedup.sketch.frequencies import STREAM, Frequencies
from dedup.sketch.minhash import sign
from dedup.sketch.terms import TermSketch, sketch
from dedup.store import Store, rows
from dedup.store.lock import WriterLock
from dedup.store.rows import Sketched
from dedup.text.document import Document
from dedup.text.tokens import joined

BATCH = 500


def resign(store: Store, config: Config, lock: WriterLock, progress: Callable[[str], None]) -> int:
    """Signs the articles of other schemes whose text is there; returns how many. Raises `DatabaseAway`, `LockLost`."""
    scheme, limit = scheme_of(config), config.text.max_words
    with store.writing() as connection:
        lock.hold(connection)
        scheme_id = rows.scheme_number(connection, scheme.name)
        if rows.is_only_scheme(connection, scheme_id):
            return 0
    done, last = 0, -1
    frequencies = Frequencies()
    while True:
        with store.reading() as connection:
            found = rows.signed_otherwise(connection, scheme_id, last, BATCH)
            if not found:
                break
            if not done:
                first = found[0].ordinal
                for ordinal, language, terms in rows.recent_terms(connection, scheme_id, first - STREAM):
                    if ordinal < first:
                        frequencies.add(ordinal, language, TermSketch.from_bytes(terms).terms)
        made = []
        for text in found:
            document = Document(
                title=text.title,
                body=text.body,
                language=text.language,
                url=None,
                publisher=text.publisher,
                published_at=None,
                title_tokens=joined(text.title),
                body_tokens=joined(text.body, limit),
            )
            terms_now = sketch(document, frequencies.of(text.language))
            if text.original:
                frequencies.add(text.ordinal, text.language, terms_now.terms)
                frequencies.forget_before(text.ordinal - STREAM)
            signature = sign(document.title_tokens, document.body_tokens, scheme).values
            made.append(Sketched(text.article_id, signature, terms_now.to_bytes(NO_BACKGROUND)))
        with store.writing() as connection:
            lock.hold(connection)
            rows.set_sketches(connection, scheme_id, made)
        done, last = done + len(found), found[-1].ordinal
        progress(f"signing articles anew after a change of scheme: {done}")
    with store.writing() as connection:
        lock.hold(connection)
        rows.forget_other_schemes(connection, scheme_id)
    return done

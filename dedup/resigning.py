"""Articles signed with another scheme are signed anew from their stored text, so that they can be compared again.

It happens once, before the first pass after the scheme changed, in transactions of its own: a crash in between loses
nothing and the rest is done at the next start. What was decided stays decided.
"""

from __future__ import annotations

from collections.abc import Callable

from dedup.config import Config
from dedup.memory import scheme_of
from dedup.sketch.minhash import sign
from dedup.store import Store, rows
from dedup.store.lock import WriterLock
from dedup.text.tokens import tokens

BATCH = 500


def resign(store: Store, config: Config, lock: WriterLock, progress: Callable[[str], None]) -> int:
    """Signs the articles of other schemes whose text is there; returns how many. Raises `DatabaseAway`, `LockLost`."""
    scheme, limit = scheme_of(config), config.text.max_words
    with store.writing() as connection:
        lock.hold(connection)
        scheme_id = rows.scheme_number(connection, scheme.name)
    done = last = 0
    while True:
        with store.reading() as connection:
            found = rows.signed_otherwise(connection, scheme_id, last, BATCH)
        if not found:
            return done
        signatures = {
            article_id: sign(tokens(title), tokens(body, limit), scheme).values for article_id, title, body in found
        }
        with store.writing() as connection:
            lock.hold(connection)
            rows.set_signatures(connection, scheme_id, signatures)
        done, last = done + len(found), found[-1][0]
        progress(f"signing articles anew after a change of scheme: {done}")

"""Signatures of different schemes are never compared; after a change of scheme the articles are signed anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import sqlalchemy as sa
from datasketch import MinHash

from dedup.config import Config
from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, run
from .test_versions import FLOOD, STRIKE, article

WIDER = replace(Config(), duplicates=replace(Config().duplicates, shingle_words=4))


def schemes(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        query = sa.text("SELECT s.name, COUNT(*) FROM articles a JOIN schemes s USING (scheme_id) GROUP BY s.name")
        return {name: count for name, count in connection.execute(query)}


def test_a_change_of_scheme_signs_every_article_anew(store: Store, examples: list[Article]) -> None:
    put(store, examples[:30])
    run(store)
    before = schemes(store)
    assert list(before) == ["w3-xxh32-affine32-128-s1-n1"]
    run(store, WIDER)
    assert schemes(store) == {"w4-xxh32-affine32-128-s1-n1": sum(before.values())}


def test_a_copy_of_an_article_from_before_the_change_is_known_as_one(store: Store) -> None:
    put(store, [article("a", FLOOD, title="Flood in Verlingen"), article("x", STRIKE, title="Strike")])
    run(store)
    put(store, [article("b", FLOOD, title="Flood in Verlingen", source="other")])
    run(store, WIDER)
    with store.reading() as connection:
        rows = connection.execute(sa.text("SELECT uri, duplicate_group_id FROM v_duplicates"))
        groups = {uri: group for uri, group in rows}
    assert groups["a"] == groups["b"] != groups["x"]


def test_anyone_can_load_a_stored_signature_with_datasketch(store: Store) -> None:
    put(
        store,
        [article("a", FLOOD, title="Flood"), article("b", FLOOD + " The bridge is shut.", title="Flood", source="b")],
    )
    run(store)
    with store.reading() as connection:
        stored = connection.scalars(sa.text("SELECT signature FROM articles ORDER BY article_id")).all()
    one, other = (
        MinHash(num_perm=128, scheme="affine32", seed=1, hashvalues=np.frombuffer(values, "<u4")) for values in stored
    )
    assert one.jaccard(one) == 1.0
    assert 0.8 < one.jaccard(other) < 1.0

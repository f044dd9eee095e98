"""Signatures of different schemes are never compared; after a change of scheme the articles are signed anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from datasketch import MinHash

from dedup.cluster.constraints import CANNOT
from dedup.cluster.stories import NO_BACKGROUND
from dedup.config import Config
from dedup.decision.memory import scheme_of
from dedup.intake.article import WITHDRAWN, Article
from dedup.pipeline import Pipeline
from dedup.sketch.terms import TermSketch
from dedup.store import Store
from dedup.store.answers import overview
from dedup.store.invariants.check import check
from dedup.store.operation import forgetting
from dedup.store.passes import rules, sketches
from dedup.store.passes.rules import End

from .conftest import NOW, picture, places, put, run
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article
from .schemes import WIDER, make_older, schemes, sign_all
from .schemes import sketches as stored
from .statements import statements


def without_backgrounds(
    found: list[tuple[str, bytes, TermSketch]], of: set[str] | None = None
) -> list[tuple[str, bytes, TermSketch]]:
    return [(uri, values, replace(terms, background=0)) for uri, values, terms in found if of is None or uri in of]


def originals_of(store: Store) -> set[str]:
    """The uris of the articles that the others of their group were compared with."""
    query = "SELECT uri FROM articles JOIN duplicate_groups ON original_article_id = article_id"
    with store.reading() as connection:
        return set(connection.scalars(sa.text(query)))


@pytest.fixture
def stream(examples: list[Article]) -> list[Article]:
    """Articles of several languages with copies among them, each in one version."""
    return list({(article.source, article.uri): article for article in reversed(examples)}.values())[::-1]


def test_a_change_of_scheme_signs_every_article_anew(store: Store, examples: list[Article]) -> None:
    put(store, examples[:30])
    run(store)
    before = schemes(store)
    assert list(before) == ["w3-xxh32-affine32-128-s1-n2-t4"]
    run(store, WIDER)
    sign_all(store, WIDER)
    assert schemes(store) == {"w4-xxh32-affine32-128-s1-n2-t4": sum(before.values())}


def test_terms_are_weighed_anew_as_they_were_when_each_article_came(store: Store, stream: list[Article]) -> None:
    put(store, stream)
    run(store)
    decided, fresh = picture(store), stored(store)
    assert len({terms.background for _, _, terms in fresh}) > 3
    make_older(store)
    run(store)
    anew = stored(store)
    assert [row[:2] for row in anew] == [row[:2] for row in fresh]
    originals = originals_of(store)
    assert len(fresh) > len(originals) > 40
    assert without_backgrounds(anew, originals) == without_backgrounds(fresh, originals)
    assert {terms.background for _, _, terms in anew} == {NO_BACKGROUND}
    assert picture(store) == decided, "what was decided stays decided"
    assert store.check(full=True) == []


def test_only_originals_count_for_the_terms_of_what_came_later(store: Store) -> None:
    """As when they were decided: a text that was copied often is no more common for that."""
    copies = [article(f"copy{i}", FLOOD, title="Flood in Verlingen", source=f"paper{i}") for i in range(5)]
    later = article("later", FLOOD_OTHER_WORDS, title="Verlingen under water")
    put(store, [article("a", FLOOD, title="Flood in Verlingen"), *copies, later])
    run(store)
    fresh = stored(store)
    make_older(store)
    run(store)
    assert without_backgrounds(stored(store)) == without_backgrounds(fresh)
    assert fresh[0][2].vectors != fresh[1][2].vectors == fresh[2][2].vectors


def test_a_copy_of_an_article_from_before_the_change_is_known_as_one(store: Store) -> None:
    put(store, [article("a", FLOOD, title="Flood in Verlingen"), article("x", STRIKE, title="Strike")])
    run(store)
    put(store, [article("b", FLOOD, title="Flood in Verlingen", source="other")])
    run(store, WIDER)
    found = places(store)
    assert found["a"] == found["b"] != found["x"]


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


def forget_all(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("DELETE FROM texts"))


def of_another_scheme(store: Store, stream: list[Article], count: int = 12) -> None:
    """Articles of which nothing can be signed, since their texts were forgotten."""
    put(store, [replace(item, published_at=None) for item in stream[:count]])
    run(store)
    move_on(store)
    make_older(store)
    forget_all(store)


def move_on(store: Store) -> None:
    """Makes it look as if so much had been decided since that nothing of it is compared with what comes."""
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE state SET next_ordinal = next_ordinal + 200000"))


def test_articles_of_which_nothing_can_be_signed_are_walked_in_pages_with_signs_of_life(
    store: Store, stream: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an archive of which the texts were forgotten, the watchdog took the walk over all of it for a hang."""
    of_another_scheme(store, stream)
    count = sum(schemes(store).values())
    monkeypatch.setattr(sketches, "WALKED", 4)
    beats: list[str] = []
    with store.writer_lock() as lock:
        service = Pipeline(store, Config(), lock, clock=lambda: NOW)
        service.run_pass()
        assert service.sign_some(1_000, lambda: not beats, lambda: beats.append("page"))
        assert beats == ["page"]
        assert not service.sign_some(1_000, lambda: True, lambda: beats.append("page"))
    assert len(beats) == -(-count // 4), "the second turn went on where the first one ended"


def test_what_cannot_be_signed_is_not_looked_for_at_the_next_start(store: Store, stream: list[Article]) -> None:
    of_another_scheme(store, stream)
    sign_all(store)
    with statements(store) as made, store.writer_lock() as lock:
        service = Pipeline(store, Config(), lock, clock=lambda: NOW)
        service.run_pass()
        assert not service.sign_some(1_000, lambda: True, lambda: None)
    assert [text for text in made if "scheme_id !=" in text] == []
    with statements(store) as made, store.reading() as connection:
        assert overview.totals(connection)["to_resign"] == 0
    assert [text for text in made if "scheme_id !=" in text] == [], "nor does the status count it"


def test_what_another_scheme_signed_in_between_is_looked_for_again(store: Store, stream: list[Article]) -> None:
    of_another_scheme(store, stream)
    sign_all(store)
    put(store, [replace(article("new", STRIKE, title="Strike"), published_at=None)])
    run(store, WIDER)
    move_on(store)
    assert schemes(store)["w4-xxh32-affine32-128-s1-n2-t4"] == 1
    run(store)
    with store.reading() as connection:
        assert overview.totals(connection)["to_resign"] == 1
    sign_all(store)
    assert "w4-xxh32-affine32-128-s1-n2-t4" not in schemes(store)


def test_a_copy_is_signed_once_the_forgotten_text_that_kept_it_is_gone(store: Store) -> None:
    put(store, [article("a", FLOOD, title="Flood", source="a"), article("b", FLOOD, title="Flood", source="b")])
    run(store)
    make_older(store)
    with store.writing() as connection:
        connection.execute(sa.text("DELETE FROM texts WHERE article_id = 1"))
    with store.writer_lock() as lock:
        service = Pipeline(store, Config(), lock, clock=lambda: NOW)
        service.run_pass()
        assert not service.sign_some(1_000, lambda: True, lambda: None)
        assert list(schemes(store).values()) == [2]
        put(store, [Article("a", "", source="a", content_type=WITHDRAWN)])
        service.run_pass()
        assert not service.sign_some(1_000, lambda: True, lambda: None)
    assert schemes(store) == {"w3-xxh32-affine32-128-s1-n1": 1, "w3-xxh32-affine32-128-s1-n2-t4": 1}


@pytest.mark.parametrize("between", ["nothing", "a start", "signing"])
def test_what_a_forgotten_text_kept_as_it_was_is_compared_from_its_new_version_on(store: Store, between: str) -> None:
    """Its copies can be signed once it has left their group: whether the program goes on, starts anew, or was idle."""
    put(store, [article("flood", FLOOD), article("copy", FLOOD, source="another wire"), article("strike", STRIKE)])
    run(store)
    with store.writing() as connection:
        assert forgetting.forget(connection, [1]) == 1
    make_older(store)
    run(store)
    sign_all(store)
    (older,) = schemes(store).keys() - {scheme_of(Config()).name}
    assert schemes(store)[older] == 2
    with store.writer_lock() as lock:
        service = Pipeline(store, Config(), lock, clock=lambda: NOW)
        for item in (article("flood", STRIKE), article("late", FLOOD, source="a third wire", hours=1)):
            put(store, [item])
            service.run_pass()
            if between == "a start":
                service.drop()
            elif between == "signing":
                assert not service.sign_some(7, lambda: True, lambda: None)
    with store.reading() as connection:
        query = "SELECT duplicate_group_id, uri FROM v_duplicates ORDER BY duplicate_group_id, uri"
        found = connection.execute(sa.text(query)).all()
        assert overview.totals(connection)["to_resign"] == 0
        assert check(connection, full=True) == []
    assert older not in schemes(store)
    assert [uri for _, uri in found] == ["copy", "late", "flood", "strike"]
    assert len({group for group, _ in found}) == 2


@pytest.mark.parametrize("between", ["nothing", "a start", "signing"])
@pytest.mark.parametrize("which", ["a rule", "another text"])
def test_what_a_forgotten_copy_kept_as_it_was_is_compared_once_they_are_in_two_groups(
    store: Store, which: str, between: str
) -> None:
    """Because a rule takes the forgotten copy out of the group, or what both were copies of tells something else."""
    first, forgotten, last = (article("flood", FLOOD, source=source) for source in "abc")
    put(store, [first, forgotten, last, article("strike", STRIKE)])
    run(store)
    with store.writing() as connection:
        assert forgetting.forget(connection, [2]) == 1
    make_older(store)
    run(store)
    sign_all(store)
    (older,) = schemes(store).keys() - {scheme_of(Config()).name}
    assert schemes(store)[older] == 3
    with store.writer_lock() as lock:
        service = Pipeline(store, Config(), lock, clock=lambda: NOW)
        if which == "a rule":
            with store.writing() as connection:
                rules.insert(connection, CANNOT, End("flood", "b"), End("flood", "c"), None)
        else:
            put(store, [article("flood", STRIKE, source="a")])
        service.run_pass()
        if between == "a start":
            service.drop()
        elif between == "signing":
            assert not service.sign_some(7, lambda: True, lambda: None)
        put(store, [article("late", FLOOD, hours=1)])
        service.run_pass()
    with store.reading() as connection:
        assert overview.totals(connection)["to_resign"] == 0
        assert check(connection, full=True) == []
        query = "SELECT uri, source FROM v_duplicates WHERE duplicate_group_id = (SELECT duplicate_group_id "
        query += "FROM v_duplicates WHERE uri = 'late') ORDER BY uri, source"
        beside = [source for uri, source in connection.execute(sa.text(query)) if uri != "late"]
    assert schemes(store)[older] == 1
    assert beside == (["a", "c"] if which == "a rule" else ["c"])


def test_a_withdrawn_copy_is_signed_once_it_has_left_a_forgotten_text(store: Store) -> None:
    """Else its own text is never forgotten: it is to be signed first."""
    put(store, [article("flood", FLOOD, source=source) for source in "ab"])
    run(store)
    with store.writing() as connection:
        assert forgetting.forget(connection, [1]) == 1
    make_older(store)
    with store.writer_lock() as lock:
        service = Pipeline(store, Config(), lock, clock=lambda: NOW)
        service.run_pass()
        assert not service.sign_some(7, lambda: True, lambda: None)
        put(store, [Article("flood", "", source="b", content_type=WITHDRAWN)])
        service.run_pass()
        assert not service.sign_some(7, lambda: True, lambda: None)
    assert schemes(store)[scheme_of(Config()).name] == 1

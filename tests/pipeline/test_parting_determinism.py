"""Stories part in the same way in batches of any size, after any restart, and whatever comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dedup.cluster.constraints import CANNOT, MUST
from dedup.config.sections import DatabaseSettings
from dedup.index.window import Window
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store

from .blocks import (
    ALONE,
    BRIDGE,
    CONFIG,
    FIRST,
    GOES,
    LATEST,
    MIDDLE,
    NEWCOMER,
    OLD,
    PAIR,
    SHOWS,
    copy_of,
    deliver,
    told,
)
from .conftest import NOW, picture, put, run
from .ruling import rule

pytestmark = pytest.mark.usefixtures("own_model")
# However the articles are worked on.
BLOCKS = ("ABC", "DEF", "AEG")


def deliveries() -> list[Article]:
    """Everything above in one stream, with copies before and after, a few titles, and dates that are missing."""
    return [
        replace(FIRST, title="Abul"),
        BRIDGE,
        copy_of(BRIDGE, "copy"),
        NEWCOMER,
        copy_of(BRIDGE, "late copy"),
        copy_of(NEWCOMER, "double"),
        *(_elsewhere(item) for item in (*PAIR, replace(GOES, title="Goes"), copy_of(GOES, "copied"))),
        _elsewhere(replace(SHOWS, title="Shows")),
        _elsewhere(ALONE),
        *(replace(_elsewhere(item), published_at=None, uri=f"undated {item.uri}") for item in (OLD, MIDDLE, LATEST)),
    ]


def _elsewhere(article: Article) -> Article:
    """The same in other words."""
    return replace(article, body=" ".join(f"q{word}" for word in article.body.split()))


def in_memory(articles: Sequence[Article], path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What one pass of one batch makes of articles."""
    store = Store.open(DatabaseSettings(url=f"sqlite:///{path / 'undisturbed.db'}"), create=True)
    try:
        store.upgrade()
        deliver(store, *articles)
        return picture(store)
    finally:
        store.close()


@pytest.fixture
def undisturbed(tmp_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    return in_memory(deliveries(), tmp_path)


def test_the_stream_has_every_kind_of_parting(undisturbed: dict[str, Any]) -> None:
    events = [event for _, _, event, *_ in undisturbed["history"]]
    assert events.count("split") == 3
    verdicts = [verdict for *_, verdict, _, _, _, _ in undisturbed["why"]]
    assert verdicts.count("parted") == 3
    assert "near_miss" in verdicts


@pytest.mark.parametrize("batch_size", [1, 7, 256])
def test_any_batch_size_gives_the_same(store: Store, undisturbed: dict[str, Any], batch_size: int) -> None:
    deliver(store, *deliveries(), batch_size=batch_size)
    assert picture(store) == undisturbed


def test_a_restart_after_every_article_gives_the_same(store: Store, undisturbed: dict[str, Any]) -> None:
    for article in deliveries():
        deliver(store, article)
    assert picture(store) == undisturbed


def test_one_program_and_many_passes_give_the_same(store: Store, undisturbed: dict[str, Any]) -> None:
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        for article in deliveries():
            put(store, [article])
            pipeline.run_pass()
    assert picture(store) == undisturbed


@pytest.mark.parametrize(
    "stream", [(FIRST, BRIDGE, copy_of(BRIDGE, "copy"), NEWCOMER), (*PAIR, GOES, SHOWS), (OLD, MIDDLE, LATEST)]
)
def test_it_does_not_matter_which_groups_are_of_an_earlier_batch(
    open_store: Any, tmp_path: Path, stream: tuple[Article, ...]
) -> None:
    expected = in_memory(stream, tmp_path)
    assert "split" in [event for _, _, event, *_ in expected["history"]]
    for cut in range(1, len(stream)):
        url = f"sqlite:///{tmp_path / f'cut{cut}.db'}"
        store = open_store(url, create=True)
        store.upgrade()
        deliver(store, *stream[:cut])
        deliver(store, *stream[cut:])
        assert picture(store) == expected, f"cut after {cut}"


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_whatever_comes_batches_and_restarts_change_nothing(open_store: Any, tmp_path: Path, seed: int) -> None:
    """Texts of a few blocks on many days, copies and new versions: stories are opened, parted and merged."""
    stream = any_articles(Random(seed))
    expected = in_memory(stream, tmp_path)
    for name, size, batch_size in (("single", len(stream), 1), ("sevens", 19, 7), ("restarts", 1, 256)):
        url = f"sqlite:///{tmp_path / f'{name}.db'}"
        store = open_store(url, create=True)
        store.upgrade()
        for start in range(0, len(stream), size):
            put(store, stream[start : start + size])
            run(store, CONFIG, batch_size=batch_size)
        assert picture(store) == expected, name


@pytest.mark.parametrize("seed", [11, 19])
def test_who_is_in_a_story_is_the_same_in_memory_and_in_the_database(
    sqlite_url: str, second_fresh: Store, open_store: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Rules and partings ask for all of a story, of which some may be too long ago to be in memory."""
    stream, random = any_articles(Random(seed)), Random(7 * seed)
    uris = sorted({article.uri for article in stream})
    ruled = [(random.choice([CANNOT, MUST, MUST]), *random.sample(uris, 2)) for _ in range(6)]

    def decided(store: Store) -> dict[str, list[tuple[Any, ...]]]:
        for kind, a, b in ruled:
            rule(store, kind, a, b)
        deliver(store, *stream)
        return picture(store)

    expected = decided(open_store(sqlite_url))
    monkeypatch.setattr(Window, "is_whole", lambda *_: False)
    assert decided(second_fresh) == expected


def any_articles(random: Random) -> list[Article]:
    made: list[Article] = []
    for number in range(36):
        blocks = [random.choice("ABCDEFG") if random.random() < 0.4 else block for block in random.choice(BLOCKS)]
        days = random.choice([0, 0, random.randint(-12, 12), random.randint(-60, 60), None])
        title = random.choice(["", "", f"Title {number}"])
        article = told(f"a{number}", "".join(dict.fromkeys(blocks)), title=title, days=days)
        kind = random.random()
        if made and kind < 0.15:
            article = copy_of(random.choice(made), f"copy{number}")
        elif made and kind > 0.85:
            former = random.choice(made)
            article = replace(article, uri=former.uri, source=former.source)
        made.append(article)
    return made

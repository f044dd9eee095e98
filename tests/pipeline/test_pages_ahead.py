"""Pages that are read ahead: the same answers, sooner; what was begun for nothing is let go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.config.sections import ServiceSettings
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.preparation import pages_ahead
from dedup.preparation.page_workers import Abandoned, Answer, PageWorkers, WorkersAway
from dedup.preparation.pages_ahead import PagesAhead
from dedup.store import Store
from dedup.store.invariants.check import check
from dedup.store.passes import behind, inbox
from dedup.text.markup.html import HtmlPage, encoded
from tests.conftest import OpenStore

from .conftest import picture, put, run
from .pages import page


@pytest.fixture
def page_processes() -> None:
    """Here they begin and end with each program, which is what is tested."""


class Workers(PageWorkers):
    """Answers with the page as its title, once `gate` is open; tells what was read."""

    def __init__(self) -> None:
        super().__init__(1, 30)
        self.gate = threading.Event()
        self.gate.set()
        self.calls: list[list[str]] = []
        self.started = threading.Event()
        self.fault: BaseException | None = None

    def read(
        self,
        pages: Sequence[str | bytes],
        beat: Callable[[], None] = lambda: None,
        abandoned: threading.Event | None = None,
    ) -> list[Answer]:
        named = [encoded(one).decode() for one in pages]
        self.calls.append(named)
        self.started.set()
        while not self.gate.wait(0.01):
            if abandoned is not None and abandoned.is_set():
                raise Abandoned
        if self.fault is not None:
            raise self.fault
        return [HtmlPage(one, "") for one in named]


def titles(answers: Sequence[Answer]) -> list[str]:
    return [answer.title for answer in answers if isinstance(answer, HtmlPage)]


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def ahead(workers: Workers) -> Iterator[PagesAhead]:
    made = PagesAhead(workers)
    yield made
    made.close()


def test_what_was_begun_is_not_read_again(ahead: PagesAhead, workers: Workers) -> None:
    ahead.settle(["a", "b"])
    ahead.begin(["c", "b", "d", "c"])
    assert titles(ahead.read(["b", "a"])) == ["b", "a"]
    ahead.settle(["c", "e", "d"])
    assert titles(ahead.read(["d", "c", "e"])) == ["d", "c", "e"]
    assert workers.calls == [["a", "b"], ["c", "d"], ["e"]]


def test_only_what_is_settled_is_held(ahead: PagesAhead, workers: Workers) -> None:
    ahead.begin(["a", "b"])
    ahead.settle(["b"])
    assert titles(ahead.read(["a"])) == ["a"]
    assert workers.calls == [["a", "b"], ["a"]]


def test_the_one_who_decides_goes_on_meanwhile(
    ahead: PagesAhead, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_ahead, "_BEAT_SECONDS", 0.001)
    workers.gate.clear()
    ahead.begin(["a"])
    assert workers.started.wait(30)
    beats: list[None] = []

    def beat() -> None:
        beats.append(None)
        workers.gate.set()

    assert titles(ahead.read(["a"], beat)) == ["a"]
    assert beats


def test_what_went_wrong_is_raised_where_it_is_asked_for(ahead: PagesAhead, workers: Workers) -> None:
    workers.fault = WorkersAway("no process")
    ahead.begin(["a"])
    with pytest.raises(WorkersAway, match="no process"):
        ahead.read(["a"])
    ahead.abandon()
    workers.fault = None
    assert titles(ahead.read(["a"])) == ["a"]


def test_what_nobody_asks_for_is_let_go(ahead: PagesAhead, workers: Workers) -> None:
    workers.gate.clear()
    ahead.begin(["a"])
    assert workers.started.wait(30)
    ahead.rest()
    assert "pages-ahead" not in [thread.name for thread in threading.enumerate()]
    workers.gate.set()
    assert titles(ahead.read(["a"])) == ["a"]


def test_reading_that_is_abandoned_leaves_no_worker() -> None:
    workers = PageWorkers(1, 30)
    abandoned = threading.Event()
    abandoned.set()
    workers.read([page(1)])
    with pytest.raises(Abandoned):
        workers.read([page(2)], abandoned=abandoned)
    assert workers._workers == []


def articles(count: int) -> list[Article]:
    made = [
        Article(f"page-{n}", page(n), "web", content_type="text/html")
        if n % 4
        else Article(f"text-{n}", f"Ferry {n} of the harbour of Linnford ran late on Monday, the office said.", "web")
        for n in range(count)
    ]
    return [*made, replace(made[1], body=page(99)), made[2], replace(made[3], body=page(98)), made[3]]


@pytest.mark.postgresql
def test_batches_and_databases_change_nothing(
    sqlite_url: str, postgresql_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = open_store(sqlite_url), open_store(postgresql_url)
    given = articles(17)
    put(first, given)
    assert run(first, batch_size=256).accepted == 17
    put(second, given)
    begun: list[int] = []
    begin = PagesAhead.begin
    monkeypatch.setattr(PagesAhead, "begin", lambda self, pages: (begun.append(len(pages)), begin(self, pages))[1])
    assert run(second, batch_size=3).accepted == 17
    assert sum(begun) >= 10
    assert picture(first) == picture(second)


def test_a_row_that_changed_after_it_was_read_ahead(store: Store) -> None:
    given = articles(9)[:9]
    put(store, given)
    late = replace(given[5], body=page(77))
    once: list[None] = []

    def change() -> None:
        if not once:
            once.append(None)
            with store.writing() as connection:
                statement = sa.update(inbox.inbox).where(inbox.inbox.c.uri == late.uri).values(body=late.body)
                connection.execute(statement)

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(service=ServiceSettings(batch_size=3, workers=1)), lock)
        assert pipeline.run_pass(beat=change).accepted == 9
    with store.reading() as connection:
        title = sa.text("SELECT title FROM v_articles WHERE uri = 'page-5'")
        assert connection.scalar(title) == "Ferry 77 late"
        assert check(connection) == []


def test_a_stop_between_batches_loses_nothing(store: Store, second_store: Store) -> None:
    given = articles(13)
    put(second_store, given)
    run(second_store, batch_size=3)
    put(store, given)
    stop = threading.Event()
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(service=ServiceSettings(batch_size=3, workers=1)), lock)
        assert pipeline.run_pass(stop, beat=stop.set).outcome == "stopped"
    assert "pages-ahead" not in [thread.name for thread in threading.enumerate()]
    run(store, batch_size=5)
    assert picture(store) == picture(second_store)


def waiting_behind(store: Store, last: int = 0, limit: int = 100, **options: int) -> list[tuple[bytes, str | None]]:
    with store.reading() as connection:
        return behind.bodies(connection, last, limit, source="web", **{"max_bytes": 1000, **options})


def test_what_waits_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, [Article("known", "Seven different words make an article of this.")])
    run(store)
    put(store, [
        Article("known", "<p>one</p>", ""), Article("known", "<p>two</p>", "other"),
        Article("plain", "three", content_type="text/plain; charset=utf-8"), Article("long", "x" * 1001),
        Article("page", "<p>fünf</p>", content_type="text/html"),
    ])  # fmt: skip
    with store.writing() as connection:  # its source is the one of articles that give none
        connection.execute(sa.text("UPDATE articles SET source = 'web'"))
    found = waiting_behind(store)
    assert found == [(b"<p>two</p>", None), ("<p>fünf</p>".encode(), "text/html")]
    with store.reading() as connection:
        ids = list(connection.scalars(sa.select(inbox.inbox.c.id).order_by(inbox.inbox.c.id)))
    assert waiting_behind(store, last=ids[1]) == found[1:]
    assert waiting_behind(store, limit=2) == found[:1]
    monkeypatch.setattr(behind, "BYTES", 12)
    assert waiting_behind(store) == found[:1]


def test_a_body_in_a_broken_encoding_keeps_no_other_from_being_read(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    with store.writing() as connection:
        broken = sa.text("INSERT INTO inbox (uri, body) VALUES ('broken', CAST(x'3c703eff' AS TEXT)), ('page', '<p>')")
        connection.execute(broken)
    assert waiting_behind(store) == [(b"<p>\xff", None), (b"<p>", None)]

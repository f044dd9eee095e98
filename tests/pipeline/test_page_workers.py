"""Pages of HTML in processes of their own: the same answers, and no page that takes others, or the service, with it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.config.sections import ServiceSettings
from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.preparation import page_workers
from dedup.preparation.page_workers import PageBroken, PageWorkers, WorkersAway, found
from dedup.store import Store
from dedup.store.passes import inbox
from dedup.text.markup.html import read_html
from tests.conftest import OpenStore

from .pages import page


@pytest.fixture
def page_processes() -> None:
    """Here they begin and end with each program, which is what is tested."""


HOSTILE = """
import os, signal, sys
from dedup.preparation import page_workers
real = page_workers.read_html

def read(page):
    markup = page if isinstance(page, str) else page.decode()
    if "TRAP" in markup:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "SPIN" in markup:
        while True:
            pass
    if "FULL" in markup:
        return real("<p>" + "x" * (page_workers.MEMORY_BYTES + 1))
    if "FAULT" in markup:
        raise ValueError("a bug of ours")
    if "CUT" in markup:
        os.write(int(sys.argv[1]), (1000).to_bytes(4, "big") + b"the beginning of an answer")
        os._exit(3)
    if "ONCE" in markup and not os.path.exists({flag!r}):
        open({flag!r}, "w").close()
        os._exit(3)
    return real(markup)

page_workers.read_html = read
page_workers.serve(int(sys.argv[1]))
"""
"""A worker whose reader does, on pages with these words, what a library might."""


@pytest.fixture
def workers() -> Iterator[PageWorkers]:
    made = PageWorkers(2, 30)
    yield made
    made.close()


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page_workers, "_PROGRAM", HOSTILE.format(flag=str(tmp_path / "crashed")))


def gone(pid: int) -> bool:
    """Whether the process ends within half a minute."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with open(descriptor, "rb", buffering=0) as opened:  # noqa: PTH123 - a descriptor
        return bool(select.select([opened], [], [], 30)[0])


def test_the_answers_are_those_of_one_process_in_the_order_of_the_pages(workers: PageWorkers) -> None:
    pages = [page(number) for number in range(20)]
    assert workers.read(pages) == [read_html(markup) for markup in pages]
    assert len(workers._workers) == 2
    assert workers.read([]) == []


def test_as_many_workers_as_there_is_work_for_and_none_once_there_is_none(workers: PageWorkers) -> None:
    workers.read([page(1)])
    (worker,) = workers._workers
    workers.rest()
    assert workers._workers == [worker]
    workers.rest()
    assert workers._workers == []
    assert worker.process.returncode == 0


@pytest.mark.usefixtures("hostile")
def test_a_page_that_breaks_its_reader_is_alone_in_that() -> None:
    workers = PageWorkers(2, 0.3)
    words = ["", "TRAP", "", "SPIN", "FAULT", "ONCE", "FULL", "CUT", ""]
    answers = workers.read([page(number, word) for number, word in enumerate(words)])
    workers.close()
    for number, (word, answer) in enumerate(zip(words, answers, strict=True)):
        if word in ("", "ONCE"):
            assert answer == read_html(page(number, word))
    trapped, spun, fault, full, cut = answers[1], answers[3], answers[4], answers[6], answers[7]
    assert isinstance(trapped, PageBroken)
    assert str(trapped) == "the process that read it ended with SIGSEGV, twice"
    assert isinstance(spun, InputRejected)
    assert (spun.reason, "page_seconds" in spun.detail) == ("too_slow", True)
    assert isinstance(fault, PageBroken)
    assert str(fault) == "ValueError: a bug of ours"
    assert isinstance(full, InputRejected)
    assert full.reason == "too_large"
    assert isinstance(cut, PageBroken)
    assert str(cut) == "the process that read it ended with exit code 3, twice"
    with pytest.raises(PageBroken):
        found(trapped)


@pytest.mark.usefixtures("hostile")
def test_what_becomes_of_such_pages_in_a_pass(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    words = ["", "TRAP", "SPIN", ""]
    articles = [Article(f"page-{n}", page(n, word), "web", content_type="text/html") for n, word in enumerate(words)]
    articles.append(Article("plain", "A plain text of some more than six different words stands here.", "web"))
    with store.writing() as connection:
        inbox.put(connection, articles)
    with store.writer_lock() as lock:
        done = Pipeline(store, Config(service=ServiceSettings(workers=2, page_seconds=0.3)), lock).run_pass()
    assert (done.accepted, done.rejected, done.pending) == (3, 2, 0)
    with store.reading() as connection:
        refused = list(connection.execute(sa.text("SELECT uri, reason FROM v_rejections ORDER BY uri")))
    assert refused == [("page-1", "internal"), ("page-2", "too_slow")]
    assert store.check() == []


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("word", ["TRAP", "FAULT"])
def test_a_page_that_breaks_its_reader_is_to_blame_where_it_waits_alone(
    sqlite_url: str, open_store: OpenStore, word: str
) -> None:
    store = open_store(sqlite_url)
    with store.writing() as connection:
        inbox.put(connection, [Article("page", page(0, word), "web", content_type="text/html")])
    with store.writer_lock() as lock:
        done = Pipeline(store, Config(service=ServiceSettings(workers=1)), lock).run_pass()
    assert (done.rejected, done.pending) == (1, 0)


def test_no_worker_is_started_for_plain_text(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_workers, "_PROGRAM", "raise SystemExit(1)")
    with store.writing() as connection:
        inbox.put(connection, [Article("plain", "A plain text of some more than six different words, 3 < 4.", "web")])
    with store.writer_lock() as lock:
        assert Pipeline(store, Config(), lock).run_pass().accepted == 1


def test_workers_that_do_not_start_are_a_passing_trouble(
    workers: PageWorkers, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(page_workers, "_PROGRAM", "raise SystemExit(1)")
        with store.writing() as connection:
            inbox.put(connection, [Article("page", page(1), "web")])
        with store.writer_lock() as lock, pytest.raises(WorkersAway, match="exit code 1 before it was ready"):
            Pipeline(store, Config(), lock).run_pass()
        patched.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(WorkersAway, match="cannot be started"):
            workers.read([page(1)])
    assert workers.read([page(1)]) == [read_html(page(1))]
    with store.writer_lock() as lock:
        assert Pipeline(store, Config(), lock).run_pass().accepted == 1


def test_signals_to_the_service_leave_a_worker_at_work(workers: PageWorkers) -> None:
    workers.read([page(1)])
    (worker,) = workers._workers
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        worker.process.send_signal(number)
    assert workers.read([page(2)]) == [read_html(page(2))]
    assert workers._workers == [worker]


def test_a_worker_that_somebody_ended_is_replaced(workers: PageWorkers) -> None:
    workers.read([page(1)])
    workers._workers[0].process.kill()
    assert workers.read([page(2), page(3)]) == [read_html(page(2)), read_html(page(3))]


def test_work_on_pages_is_a_sign_of_life(workers: PageWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_workers, "_BEAT_SECONDS", 0.0)
    beats: list[None] = []
    workers.read([page(1), page(2)], lambda: beats.append(None))
    assert len(beats) >= 2


def test_a_program_that_is_killed_leaves_no_worker_behind() -> None:
    program = (
        "import signal; from dedup.preparation.page_workers import PageWorkers; workers = PageWorkers(1, 30);"
        "workers.read(['<p>one</p>']); print(workers._workers[0].process.pid, flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


def test_a_worker_knows_nothing_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEDUP_DATABASE_URL", "PGPASSWORD", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in page_workers._environment().values()

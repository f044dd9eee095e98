"""What `dedup apply` asked for is done in a pass, waits for the next one, or is refused; it is never done in part."""

from __future__ import annotations

import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from dedup import planning
from dedup.config import Config
from dedup.errors import DatabaseAway, LockLost
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.answers import overview
from dedup.store.invariants.check import check
from dedup.store.operation import forgetting
from dedup.store.operation.health import read_health
from dedup.store.passes import inbox, runs
from dedup.store.passes.changes import Changes
from dedup.store.plans import applications, applying, basis

from .conftest import NOW, picture, put, rows, run
from .news import DAY
from .planned import ALL_APART, APART, LONG_AGO, apply, partition, placed, stream_of_events
from .schemes import WIDER
from .statements import statements


def test_a_service_that_stops_leaves_the_application_for_later(store: Store) -> None:
    put(store, stream_of_events())
    run(store)
    with store.writing() as connection:
        applications.ask(connection, ALL_APART.digest(), LONG_AGO, None, NOW)
    before, stop = picture(store), threading.Event()
    stop.set()
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, ALL_APART, lock, clock=lambda: NOW)
        assert pipeline.run_pass(stop).outcome == "stopped"
        assert picture(store) == before
        assert pipeline.run_pass().outcome == "ok"
    assert picture(store) != before


def test_an_application_waits_until_the_database_is_back_and_for_its_configuration(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why it waits for that is noted once, not in every pass."""
    put(store, stream_of_events())
    run(store)
    with store.writing() as connection:
        applications.ask(connection, ALL_APART.digest(), LONG_AGO, None, NOW)
    with monkeypatch.context() as patch, pytest.raises(DatabaseAway):
        patch.setattr(planning, "compare", go_away)
        run(store, ALL_APART)
    wish = "SELECT state, detail FROM v_applications"
    for noted in (1, 0):
        with statements(store) as made:
            run(store)
        assert sum(text.startswith("UPDATE applications") for text in made) == noted
        assert rows(store, wish) == [("waiting", planning.OTHER_CONFIGURATION)]
    run(store, ALL_APART)
    assert rows(store, wish) == [("done", "")]


def test_an_application_can_be_stopped_while_it_is_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives a sign of life after each page: a watchdog would end a long one, each time that it begins anew."""
    put(store, stream_of_events())
    run(store)
    with store.writing() as connection:
        applications.ask(connection, ALL_APART.digest(), LONG_AGO, None, NOW)
    before, signs, whole = picture(store), [], applying.write

    def write(*given: Any) -> Changes:
        start = len(signs)
        changes = whole(*given)
        written.append(len(signs) - start)
        return changes

    def beat(limit: int) -> Callable[..., bool]:
        signs.clear()
        return lambda *_: signs.append(None) or len(signs) < limit  # type: ignore[func-returns-value]

    written: list[int] = []
    monkeypatch.setattr(applying, "write", write)
    limit = 1
    with store.writer_lock() as lock:
        while planning.take_up(store, ALL_APART, lock, lambda: NOW, beat(limit)) is None:
            assert len(signs) == limit
            assert picture(store) == before, f"stopped at sign {limit}"
            limit += 1
    assert picture(store) != before
    assert written[-1] > 5


def test_what_came_before_is_made_ready_with_signs_of_life(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the scheme is another one all of it is signed anew, and a watchdog would end that each time it begins."""
    put(store, stream_of_events())
    run(store)
    signs: list[tuple[int, int]] = []
    given: dict[str, int] = {}

    def counting(name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            start = len(signs)
            made = whole(*arguments, **named)
            given[name] = len(signs) - start
            return made

        return call

    monkeypatch.setattr(basis, "copy_before", counting("copying", basis.copy_before))
    monkeypatch.setattr(planning, "resign", counting("signing", planning.resign))
    monkeypatch.setattr(planning, "Memory", counting("loading", planning.Memory))

    def note(done: int, total: int) -> bool:
        signs.append((done, total))
        return True

    with planning.planned(store, WIDER, DAY + timedelta(hours=2), NOW, note) as plan:
        assert plan.articles == 3
    assert min(given["copying"], given["signing"], given["loading"]) > 0
    assert set(signs) == {(0, 3), (3, 3)}


def test_nothing_is_applied_where_a_text_was_forgotten_that_it_signs_anew(store: Store, second_store: Store) -> None:
    """`dedup export --archive` waits for nobody: what it left of the text would have counted as of the new scheme."""
    put(store, stream_of_events())
    run(store)
    before = picture(store)
    forgotten: list[int] = []

    def meanwhile(*_: int) -> bool:
        if not forgotten:
            with second_store.writing() as connection:
                forgotten.append(forgetting.forget(connection, [1]))
        return True

    asked = applications.Asked(None, WIDER.digest(), LONG_AGO, None)
    with store.writer_lock() as lock, pytest.raises(planning.PlanChanged, match="forgotten"):
        planning.apply(store, WIDER, lock, asked, lambda: NOW, meanwhile)
    assert forgotten == [1]
    assert picture(store) == before
    assert store.check(full=True) == []


def test_an_application_ends_when_it_is_written_and_not_when_it_began(store: Store) -> None:
    put(store, stream_of_events())
    run(store)
    moments = (NOW + timedelta(minutes=passed) for passed in count())
    asked = applications.Asked(None, ALL_APART.digest(), LONG_AGO, None)
    with store.writer_lock() as lock:
        planning.apply(store, ALL_APART, lock, asked, lambda: next(moments))
    begun, ended = NOW, NOW + timedelta(minutes=1)
    with store.reading() as connection:
        last_run = overview.last_runs(connection, 1)[0]
        wish = applications.last(connection)
        health = read_health(connection)
    assert (last_run.started_at, last_run.finished_at) == (begun, ended)
    assert wish is not None
    assert (wish.asked_at, wish.finished_at) == (begun, ended)
    assert health.last_success_at == ended


def asked_for_with_one_more(store: Store) -> None:
    """An application that is asked for while an article waits."""
    *first, last = stream_of_events()
    put(store, first)
    run(store)
    with store.writing() as connection:
        applications.ask(connection, ALL_APART.digest(), LONG_AGO, None, NOW)
    put(store, [last])


def test_the_last_pass_is_the_one_that_applied_and_went_on(store: Store) -> None:
    """What was applied is the run before it, though it was done in it: else status and health told of that for long."""
    asked_for_with_one_more(store)
    report = run(store, ALL_APART)
    with store.reading() as connection:
        last_run, applied = overview.last_runs(connection, 2)
    assert (last_run.run_id, last_run.taken, last_run.accepted) == (report.run_id, 1, 1)
    assert (applied.run_id, applied.outcome, applied.taken) == (report.run_id - 1, "ok", 0)
    assert applied.new_stories > 0


def test_an_application_touches_no_other_and_no_other_run(store: Store) -> None:
    """Of what waited only the last is done; what was done before stays as it was."""

    def told() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        wishes = "SELECT application_id, state, detail, finished_at, articles FROM v_applications ORDER BY 1"
        return rows(store, wishes), rows(store, "SELECT * FROM v_runs ORDER BY run_id")

    asked_for_with_one_more(store)
    run(store, ALL_APART)
    before = told()
    with store.writing() as connection:
        applications.ask(connection, ALL_APART.digest(), LONG_AGO, None, NOW)
    run(store)
    with store.writing() as connection:
        applications.ask(connection, APART.digest(), LONG_AGO, None, NOW)
    run(store, APART)
    after = told()
    assert [wish[:3] for wish in after[0][1:]] == [
        (2, "refused", "another application was asked for after it"), (3, "done", "")
    ]  # fmt: skip
    assert (after[0][:1], after[1][: len(before[1])]) == before


def take_over(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE state SET writer = writer + 1"))


@pytest.mark.parametrize(
    ("digest", "seen", "late"),
    [
        (ALL_APART.digest(), None, False),
        (ALL_APART.digest(), None, True),
        (ALL_APART.digest(), "another plan", False),
        (APART.digest(), None, False),
    ],
)
def test_who_was_taken_over_applies_and_refuses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, digest: str, seen: str | None, late: bool
) -> None:
    """Neither where that happened before, nor when all is ready to be written."""
    put(store, stream_of_events())
    run(store)
    with store.writing() as connection:
        applications.ask(connection, digest, LONG_AGO, seen, NOW)
    before, signed = picture(store), planning.Resigning.groups
    if late:
        monkeypatch.setattr(planning.Resigning, "groups", lambda *given: (signed(*given), take_over(store)))
    with store.writer_lock() as lock:
        if not late:
            take_over(store)
        with pytest.raises(LockLost):
            planning.take_up(store, ALL_APART, lock, lambda: NOW)
    assert picture(store) == before
    assert rows(store, "SELECT state, detail FROM v_applications") == [("waiting", "")]


def go_away(*_: object, **__: object) -> None:
    raise DatabaseAway("it went away")


def test_a_pass_that_fails_behind_its_application_is_what_health_tells_of(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for_with_one_more(store)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "take", go_away)
        with pytest.raises(DatabaseAway):
            run(store, ALL_APART)
    with store.reading() as connection:
        assert read_health(connection).reasons == ("the last pass failed",)


def test_a_pass_that_is_killed_behind_its_application_is_closed_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stayed open for ever: the next run closes the newest one, which was the application's."""
    asked_for_with_one_more(store)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "take", go_away)
        patch.setattr(runs, "finish", go_away)
        with pytest.raises(DatabaseAway):
            run(store, ALL_APART)
    assert run(store, ALL_APART).accepted == 1
    with store.reading() as connection:
        outcomes = [one.outcome for one in overview.last_runs(connection, 4)]
        assert check(connection, full=True) == []
    assert outcomes == ["ok", "aborted", "ok", "ok"]


def test_an_application_stays_done_where_the_pass_cannot_go_on_behind_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, begun = runs.start, list[int]()

    def start(*given: Any) -> int:
        if begun:
            raise DatabaseAway("it went away")
        begun.append(first(*given))
        return begun[0]

    asked_for_with_one_more(store)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "start", start)
        with pytest.raises(DatabaseAway):
            run(store, ALL_APART)
    with store.reading() as connection:
        (applied,) = overview.last_runs(connection, 1)
        wish = applications.last(connection)
    assert wish is not None and wish.state == applications.DONE
    assert (applied.run_id, applied.outcome, applied.error) == (begun[0], "ok", None)


def test_what_an_application_splits_and_merges_is_told_as_in_a_pass(store: Store) -> None:
    """Whoever follows the log would miss that: it had the numbers alone."""
    put(store, stream_of_events())
    run(store)
    stories = placed(store)
    with capture_logs() as lines:
        apply(store, ALL_APART)
        apart = placed(store)
        apply(store, Config())
    left = Counter((stories[article], apart[article]) for article in stories if stories[article] != apart[article])
    told = [
        (line["story_id"], line["new_story_id"], line["articles"]) for line in lines if line["event"] == "story.split"
    ]
    assert sorted(told) == sorted((old, new, number) for (old, new), number in left.items())
    with store.reading() as connection:
        merged = connection.execute(
            sa.text("SELECT story_id, other_story_id FROM v_story_history WHERE event = 'merged' ORDER BY history_id")
        ).all()
    assert [(line["story_id"], line["merged_story_id"]) for line in lines if line["event"] == "story.merged"] == merged
    assert len(told) > 1 and len(merged) > 1


def no_folder(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tempfile, "tempdir", "/nowhere/at/all")


def full_folder(patch: pytest.MonkeyPatch) -> None:
    def careless(engine: sa.Engine) -> None:
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=20"))

    patch.setattr("dedup.store.store.be_careless", careless)


def broken(patch: pytest.MonkeyPatch) -> None:
    def compare(*_: object) -> None:
        raise ZeroDivisionError("a fault of our own")

    patch.setattr(planning, "compare", compare)


def unprintable(patch: pytest.MonkeyPatch) -> None:
    def compare(*_: object) -> None:
        raise ValueError("not half a \udcff, no \x00, at postgresql://news:geheim@db.example/news")

    patch.setattr(planning, "compare", compare)


def clashing(patch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        raise sa.exc.IntegrityError("INSERT", None, Exception("this is there already"))

    patch.setattr("dedup.store.plans.applying.write", write)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (clashing, "doing it failed with IntegrityError: this is there already"),
        (no_folder, "no folder for a scratch database: .*; name another as TMPDIR; nothing was changed"),
        (full_folder, "scratch database .*scratch.db: database or disk is full; .* as TMPDIR; nothing was changed"),
        (broken, "doing it failed with ZeroDivisionError: a fault of our own"),
        (
            unprintable,
            r"doing it failed with ValueError: not half a \\udcff, no \\x00, at "
            r"postgresql://news:\*\*\*@db\.example/news",
        ),
    ],
)
def test_an_application_that_cannot_be_done_is_refused_and_stops_no_pass(
    store: Store, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None], told: str
) -> None:
    *first, last = stream_of_events()
    put(store, first)
    run(store)
    before = partition(store)
    with store.writing() as connection:
        applications.ask(connection, ALL_APART.digest(), LONG_AGO, None, NOW)
    put(store, [last])
    with monkeypatch.context() as patch, capture_logs() as lines:
        fault(patch)
        report = run(store, ALL_APART)
    assert (report.outcome, report.accepted) == ("ok", 1)
    assert {article: place for article, place in partition(store).items() if article in before} == before
    with store.reading() as connection:
        wish = applications.last(connection)
        assert check(connection, full=True) == []
    assert wish is not None
    assert wish.state == applications.REFUSED
    assert re.fullmatch(told, wish.detail), wish.detail
    assert [line["error"] for line in lines if line["event"] == "config.unapplied"] == [wish.detail]

"""Long work shows how far it is where stderr is a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dedup.cli.output import Advance, Output
from dedup.store.invariants import verify

from .conftest import Dedup


@contextmanager
def terminal_for_stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What is shown on a terminal while the block runs, whole when it has ended."""
    ours, its = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(ours, 65_536):
                shown.append(data)
        except OSError:  # Linux says so when nobody holds the other end any more
            pass

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with os.fdopen(its, "w", encoding="utf-8") as stream, monkeypatch.context() as patched:
            patched.setenv("TERM", "xterm")
            patched.setattr("sys.stderr", stream)
            yield shown
    finally:
        reader.join()
        os.close(ours)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("db", "check"), b"checking"),
        (("db", "check", "--full"), b"checking"),
        (("db", "backup", "copy.db"), b"saving"),
        (("db", "upgrade"), b"upgrading"),
        (("export", "stories.jsonl"), b"exporting"),
        (("plan",), b"deciding anew"),
        (("stories", "--text", "ferry"), b"searching"),
        (("stories", "--search", "ferry"), b"searching"),
        (("link", "article:1", "article:4"), b"obeying"),
        (("unlink", "article:11", "article:69"), b"obeying"),
    ],
)
def test_long_work_shows_progress_on_a_terminal(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], told: bytes
) -> None:
    with terminal_for_stderr(monkeypatch) as shown:
        assert dedup(*command, "--json").code == 0
    assert told in b"".join(shown)


def test_no_share_is_told_where_nobody_knows_the_whole(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    for command in ("backup copy.db", "check"):
        with terminal_for_stderr(monkeypatch) as shown:
            assert dedup("db", *command.split()).code == 0
        told[command] = b"".join(shown)
    assert b"%" in told["check"] and b"left" in told["check"]
    assert b"%" not in told["backup copy.db"] and b"left" not in told["backup copy.db"]


def test_a_check_shows_how_many_articles_are_left(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly all of a full check is signing every text once more."""
    shown: list[tuple[float, float | None]] = []

    @contextmanager
    def progress(*_: object) -> Iterator[Advance]:
        yield lambda done, total: shown.append((done, total))

    monkeypatch.setattr(Output, "progress", progress)
    monkeypatch.setattr(verify, "PAGE", 17)
    assert dedup("db", "check", "--full").code == 0
    articles, whole = 85, max(done for done, _ in shown)
    assert {total for _, total in shown} == {whole}
    assert shown == sorted(shown)
    assert len([done for done, _ in shown if done > whole - articles]) == articles // 17

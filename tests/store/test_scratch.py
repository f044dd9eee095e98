"""Folders of scratch databases: removed at their end, or by the next program where theirs was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dedup.errors import ScratchAway
from dedup.store.database.scratch import scratch_folder

_HOLDS = """
import sys
from dedup.store.database.scratch import scratch_folder

with scratch_folder("plan") as folder:
    (folder / "scratch.db").write_bytes(b"0" * 1000)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process and those that it starts make their folders."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def holder() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A program that has a folder for as long as its input is open, and the folder; waited for at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as program:
        assert program.stdout is not None
        yield program, Path(program.stdout.readline().strip())


def test_what_a_killed_program_left_is_removed_by_the_next_and_what_a_living_one_has_is_not(temporary: Path) -> None:
    with holder() as (living, kept):
        with holder() as (killed, left):
            assert (left / "scratch.db").exists()
            killed.send_signal(signal.SIGKILL)
        with scratch_folder("eval") as folder:
            assert sorted(temporary.iterdir()) == sorted([kept, folder])
            assert (kept / "scratch.db").exists()
    assert living.returncode == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("fault", [ZeroDivisionError, SystemExit])
def test_a_folder_is_removed_whatever_ends_its_use(temporary: Path, fault: type[BaseException]) -> None:
    with pytest.raises(fault), scratch_folder("plan"):
        assert len(list(temporary.iterdir())) == 1
        raise fault
    assert list(temporary.iterdir()) == []


def test_what_is_none_of_ours_stays(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    for name in ("elsewhere", "dedup-plan-unlocked", "dedup-plans", "dedup-plan-of-another"):
        (temporary / name).mkdir()
        (temporary / name / "text").write_text("precious")
    (temporary / "dedup-plan-link").symlink_to(elsewhere, target_is_directory=True)
    (elsewhere / "lock").touch()
    (temporary / "dedup-plans" / "lock").touch()
    (temporary / "dedup-eval-file").write_text("precious")
    if os.geteuid() == 0:
        (temporary / "dedup-plan-of-another" / "lock").touch()
        os.chown(temporary / "dedup-plan-of-another", 12345, 12345)
    before = sorted(temporary.rglob("*"))
    with scratch_folder("plan"):
        pass
    assert sorted(temporary.rglob("*")) == before


def test_a_place_that_is_none_is_told(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "gone"))
    with pytest.raises(ScratchAway, match="name another as TMPDIR"), scratch_folder("plan"):
        pass

"""The files that ``export``, ``feed`` and ``db backup`` write: what they may replace, and what they never do."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from .conftest import Dedup

WRITERS = (("export",), ("feed", "--output"), ("db", "backup"))
EACH = pytest.mark.parametrize("words", WRITERS, ids=" ".join)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@EACH
def test_what_dedup_lives_on_is_never_replaced(
    dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "dedup.toml").write_text("[ingest]\nsource = 'wire'\n")
    (tmp_path / "link").symlink_to("dedup.db")
    (tmp_path / "hard").hardlink_to(clustered)
    before = contents(tmp_path)
    for name in ("dedup.db", "link", "hard", "dedup.db-wal", "dedup.db-shm", "dedup.db.lock", "dedup.toml"):
        refused = dedup(*words, name)
        assert (refused.code, refused.out) == (64, ""), name
        assert "which dedup itself needs" in refused.err
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert dedup("db", "check").code == 0


@EACH
def test_neither_log_nor_metrics_nor_the_database_of_a_source_is_replaced(
    dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "dedup.toml").write_text(
        "[log]\nfile = 'dedup.log'\n[service]\nmetrics_file = 'dedup.prom'\n"
        "[sources.reader]\nkind = 'freshrss'\nurl = 'sqlite:///reader.db'\n"
        "[sources.crawler]\nkind = 'freshrss'\nurl = 'sqlite+pysqlite:///file:crawler.db?mode=ro&uri=true'\n"
    )
    for name in ("dedup.log", "dedup.prom", "reader.db", "crawler.db"):
        (tmp_path / name).write_text("as it was")
        refused = dedup(*words, name)
        assert (refused.code, refused.out) == (64, ""), name
        assert "which dedup itself needs" in refused.err
        assert (tmp_path / name).read_text() == "as it was"


@EACH
def test_a_file_that_dedup_needs_and_this_user_may_not_look_for_is_no_bug(
    dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """As the database of a source that is somebody else's; a name too long is refused likewise."""
    (tmp_path / "dedup.toml").write_text(
        f"[sources.reader]\nkind = 'freshrss'\nurl = 'sqlite:///{tmp_path}/{'x' * 300}/reader.db'\n"
    )
    (tmp_path / "out").write_text("to be replaced")
    done = dedup(*words, "out")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "out").read_bytes() != b"to be replaced"


@EACH
def test_no_file_is_written_where_a_source_would_read_it(
    dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "dedup.toml").write_text("[sources.wire]\nkind = 'spool'\nfolder = 'spool'\n")
    (tmp_path / "spool" / "done").mkdir(parents=True)
    (tmp_path / "here").symlink_to("spool")
    for name in ("spool/x", "here/x"):
        refused = dedup(*words, name)
        assert (refused.code, refused.out) == (64, "")
        assert "lies in the folder of [sources.wire], where it would be read as articles" in refused.err
    assert dedup(*words, "spool/done/x").code == 0


@EACH
def test_what_can_be_no_file_is_wrong_usage(
    dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for name, told in (
        ("", "must not be empty"),
        (".", ". is a folder"),
        ("/", "/ is a folder"),
        ("nowhere/x", "nowhere is not there; create it first"),
        ("dedup.db/x", "dedup.db is not there; create it first"),
        ("x" * 300, "File name too long"),
    ):
        refused = dedup(*words, name)
        assert (refused.code, refused.out) == (64, ""), name
        assert told in refused.err


@EACH
def test_a_link_is_followed(dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "www").mkdir()
    link = tmp_path / "link"
    link.symlink_to("www/stories")
    for _ in range(2):  # where it leads nothing is at first
        assert dedup(*words, link).code == 0
    assert link.is_symlink()
    assert [path.name for path in (tmp_path / "www").iterdir()] == ["stories"]
    assert link.stat().st_size > 0


@pytest.mark.parametrize("words", WRITERS[:2], ids=" ".join)
def test_a_pipe_is_written_to_and_stays(dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert dedup(*words, pipe).code == 0
    reader.join(60)
    assert dedup(*words, "file").code == 0
    assert read == [(tmp_path / "file").read_bytes()]
    assert pipe.is_fifo()


@pytest.mark.parametrize("words", WRITERS[:2], ids=" ".join)
def test_a_device_that_is_full_is_75(dedup: Dedup, clustered: Path, words: tuple[str, ...]) -> None:
    told = dedup(*words, "/dev/full")
    assert (told.code, told.out) == (75, "")
    assert "/dev/full cannot be written: No space left on device" in told.err
    assert Path("/dev/full").is_char_device()


def test_a_database_is_not_written_into_a_pipe(dedup: Dedup, clustered: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused = dedup("db", "backup", "pipe")
    assert refused.code == 64 and "pipe is not a file" in refused.err
    assert (tmp_path / "pipe").is_fifo()


def test_a_dash_is_the_standard_output_and_no_file(dedup: Dedup, clustered: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    assert dedup("feed", "--output", "-").out == dedup("feed").out
    assert dedup("feed", "--output", "-", "--json").document == dedup("feed", "--json").document
    assert len(dedup("export", "-").out.splitlines()) == 33
    refused = dedup("db", "backup", "-")
    assert (refused.code, refused.out) == (64, "") and "name a file" in refused.err
    assert contents(tmp_path) == before


@pytest.mark.parametrize("words", [("export", "{file}"), ("feed", "--output", "{file}")])
def test_a_file_that_another_command_is_writing_is_left_to_it(
    dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    target, part = tmp_path / "stories.json", tmp_path / ".stories.json.part"
    command = [word.format(file=target) for word in words]
    with part.open("wb") as other:
        other.write(b"half of the other's")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        refused = dedup(*command)
        assert (refused.code, "another program is writing" in refused.err) == (75, True)
        assert part.read_bytes() == b"half of the other's"
    assert not target.exists()
    assert dedup(*command).code == 0
    assert b"the other's" not in target.read_bytes()
    assert not part.exists()

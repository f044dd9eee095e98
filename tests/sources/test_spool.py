"""A spool folder: files come whole or wait, are read once, and go to done/ or failed/."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from dedup.errors import DatabaseAway
from dedup.sources import spool
from dedup.sources.collector import settling
from dedup.store.passes import inbox

from .conftest import World, body


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    made = tmp_path / "spool"
    made.mkdir()
    world.configure(wire={"kind": "spool", "folder": str(made), "settle_seconds": 0})
    return made


def lines(*numbers: int) -> str:
    return "".join(json.dumps({"uri": f"w{number}", "body": body(number)}) + "\n" for number in numbers)


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_files_are_read_in_order_and_moved_to_done(world: World, folder: Path) -> None:
    (folder / "b.jsonl").write_text(lines(1, 2))
    (folder / "a").mkdir()
    (folder / "a" / "page.html").write_text(f"<p>{body(3)}</p>")
    assert world.run().sources["wire"]["taken"] == 3
    assert tree(folder) == ["done/a/page.html", "done/b.jsonl"]
    assert [row[0] for row in world.rows("SELECT uri FROM v_articles ORDER BY article_id")] == [
        "a/page.html",
        "w1",
        "w2",
    ]
    assert world.run().sources["wire"]["read"] == 0


def test_a_file_with_something_rejected_goes_to_failed_and_each_row_says_why(world: World, folder: Path) -> None:
    (folder / "some.jsonl").write_text(lines(1) + "{broken\n" + lines(2))
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    gave = world.run().sources["wire"]
    assert (gave["taken"], gave["rejected"]) == (2, 2)
    assert tree(folder) == ["failed/photo.jpg", "failed/some.jsonl"]
    assert world.rows("SELECT source, uri, reason FROM v_rejections ORDER BY uri") == [
        ("wire", "photo.jpg", "binary"), ("wire", "some.jsonl:2", "syntax"),
    ]  # fmt: skip
    (folder / "failed" / "some.jsonl").rename(folder / "some.jsonl")  # repaired and given back
    (folder / "some.jsonl").write_text(lines(1, 2, 3))
    assert (world.run().accepted, tree(folder)) == (1, ["done/some.jsonl", "failed/photo.jpg"])


def test_half_written_files_are_left_alone(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world.configure(wire={"kind": "spool", "folder": str(folder), "settle_seconds": 60})
    for name in (".a.jsonl", "b.jsonl.tmp", "c.jsonl.part", "d.jsonl~", "e.jsonl"):
        (folder / name).write_text(lines(1))
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "f.jsonl").write_text(lines(1))
    os.mkfifo(folder / "pipe")
    (folder / "link.jsonl").symlink_to(folder / "e.jsonl")
    before = tree(folder)
    assert world.run().taken == 0
    assert tree(folder) == before
    changed = (folder / "e.jsonl").stat().st_ctime
    monkeypatch.setattr(spool.SpoolSource.__init__, "__defaults__", (lambda: changed + 61,))
    world.restart()
    assert world.run().taken == 1
    assert set(before) - set(tree(folder)) == {"e.jsonl"}


def test_how_long_the_files_that_are_there_have_to_settle(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"kind": "spool", "folder": str(folder), "settle_seconds": 60}
    world.configure(wire=settings, other=settings | {"folder": str(folder / "gone")})
    assert settling(world.config) == 0
    for name in (".a.jsonl", "b.jsonl.tmp", "c.jsonl"):
        (folder / name).write_text(lines(1))
    (folder / "done").mkdir()
    (folder / "done" / "d.jsonl").write_text(lines(1))
    changed, waits = (folder / "c.jsonl").stat().st_ctime, []
    for age in (0, 59.5, 60, 61):
        monkeypatch.setattr(spool.SpoolSource.__init__, "__defaults__", (lambda now=changed + age: now,))
        waits.append(settling(world.config))
    assert waits == pytest.approx([60, 0.5, 0, 0], abs=0.001)
    assert tree(folder) == [".a.jsonl", "b.jsonl.tmp", "c.jsonl", "done/d.jsonl"]


def test_a_name_that_is_in_done_already_gets_a_number(world: World, folder: Path) -> None:
    for number in (1, 2, 3):
        (folder / "news.jsonl").write_text(lines(number))
        world.run()
    assert tree(folder) == ["done/news.jsonl", "done/news.jsonl.1", "done/news.jsonl.2"]
    assert len(world.articles("wire")) == 3


def test_the_number_of_a_name_that_comes_every_minute_is_found_without_trying_all_before_it() -> None:
    """Each file took longer to move than the one before: a year of them was looked through for it."""
    asked: list[Path] = []

    def is_free(path: Path) -> bool:
        asked.append(path)
        return path.suffix.lstrip(".").isdigit() and int(path.suffix[1:]) > 500_000

    assert spool._numbered(Path("latest.jsonl"), is_free) == Path("latest.jsonl.500001")
    assert len(asked) < 45


def test_a_folder_with_the_name_of_a_file_in_done_gets_a_number(world: World, folder: Path) -> None:
    (folder / "today").write_text(body(1))
    world.run()
    (folder / "today").mkdir()
    (folder / "today" / "page.txt").write_text(body(2))
    (folder / "tomorrow.txt").write_text(body(3))
    gave = world.run().sources["wire"]
    assert (gave["taken"], gave["error"]) == (2, None)
    assert tree(folder) == ["done/today", "done/today.1/page.txt", "done/tomorrow.txt"]


def test_a_database_that_goes_away_in_the_middle_loses_and_doubles_nothing(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.intake.files.BATCH_ARTICLES", 2)
    (folder / "news.jsonl").write_text(lines(1, 2, 3, 4, 5))
    put, calls = inbox.put, iter(range(10))

    def failing(*arguments: Any) -> Any:
        if next(calls) == 1:
            raise DatabaseAway("the disk is full")
        return put(*arguments)

    monkeypatch.setattr(inbox, "put", failing)
    with pytest.raises(DatabaseAway):
        world.run()
    assert tree(folder) == ["news.jsonl"]
    assert world.run().accepted == 5
    assert tree(folder) == ["done/news.jsonl"]
    assert {version for _, version in world.articles("wire").values()} == {1}


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Does `change` when the first articles of a look have been read."""
    put, changes = inbox.put, iter([change])

    def changing(*arguments: Any) -> Any:
        next(changes, lambda: None)()
        return put(*arguments)

    monkeypatch.setattr(inbox, "put", changing)


def replace_it(path: Path) -> None:
    """As its writer does: under another name, then renamed."""
    written = path.with_suffix(".tmp")
    written.write_text(lines(2))
    written.rename(path)


def lengthen_it(path: Path) -> None:
    with path.open("a") as file:
        file.write(lines(2))


@pytest.mark.parametrize("change", [replace_it, lengthen_it])
def test_a_file_that_changes_while_it_is_read_stays_and_is_read_again(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """Else what nobody has read would go to done/."""
    path = folder / "latest.jsonl"
    path.write_text(lines(1))
    meanwhile(monkeypatch, lambda: change(path))
    world.run()
    assert (list(world.articles("wire")), tree(folder)) == (["w1"], ["latest.jsonl"])
    world.run()
    assert (sorted(world.articles("wire")), tree(folder)) == (["w1", "w2"], ["done/latest.jsonl"])


def test_a_file_that_is_taken_back_before_its_turn_is_no_rejection(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("a.jsonl", "b.jsonl")):
        (folder / name).write_text(lines(number))
    meanwhile(monkeypatch, (folder / "b.jsonl").unlink)
    gave = world.run().sources["wire"]
    assert (gave["taken"], gave["rejected"], gave["error"]) == (1, 0, None)
    assert tree(folder) == ["done/a.jsonl"]


def test_a_file_that_is_written_to_before_its_turn_waits_until_it_is_whole(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.configure(wire={"kind": "spool", "folder": str(folder), "settle_seconds": 60})
    for number, name in enumerate(("a.jsonl", "b.jsonl")):
        (folder / name).write_text(lines(number))
    late = (folder / "b.jsonl").stat().st_ctime + 61
    monkeypatch.setattr(spool.SpoolSource.__init__, "__defaults__", (lambda: late,))
    world.restart()
    meanwhile(monkeypatch, lambda: os.utime(folder / "b.jsonl", (late, late)))
    assert world.run().taken == 1
    assert tree(folder) == ["b.jsonl", "done/a.jsonl"]


def taken_after(world: World, monkeypatch: pytest.MonkeyPatch, now: list[float], *seconds: float) -> list[int]:
    """How many articles each pass takes, so many `seconds` after the one before, from `now` on, which goes on."""
    monkeypatch.setattr(spool.SpoolSource.__init__, "__defaults__", (lambda: now[0],))
    world.restart()
    taken = []
    for passed in seconds:
        now[0] += passed
        taken.append(world.run().taken)
    return taken


def test_a_time_that_is_still_to_come_keeps_no_file_back(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that unpacks or copies files sets times, and a clock may have been set back."""
    world.configure(wire={"kind": "spool", "folder": str(folder), "settle_seconds": 60})
    path = folder / "news.jsonl"
    path.write_text(lines(1))
    in_ten_years = path.stat().st_ctime + 86_400 * 3_652
    os.utime(path, (in_ten_years, in_ten_years))
    now = [path.stat().st_ctime - 3_600]
    assert taken_after(world, monkeypatch, now, 0, 59, 1) == [0, 0, 1]
    path.write_text(lines(2))
    os.utime(path, (in_ten_years, in_ten_years))
    now[0] = path.stat().st_ctime + 61
    assert world.run().taken == 1


def test_more_than_a_look_reads_is_read_in_the_same_pass(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "LOOK_ARTICLES", 2)
    for number in range(5):
        (folder / f"{number}.jsonl").write_text(lines(number))
    assert world.run().accepted == 5


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: folder.rmdir(), "is not there, create it"),
        (lambda folder: (folder / "done").write_text("a file"), "done cannot be made: File exists"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(
    world: World, folder: Path, break_it: Callable[[Path], Any], says: str
) -> None:
    break_it(folder)
    assert says in world.run().sources["wire"]["error"]


def test_a_folder_that_is_mounted_read_only_is_not_taken_for_a_matter_of_rights(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the service sees all but its own folders: whoever looked at owner and mode found nothing wrong."""
    status = os.statvfs(folder)
    read_only = os.statvfs_result((*status[:8], status.f_flag | os.ST_RDONLY, *status[9:]))
    monkeypatch.setattr(os, "statvfs", lambda _: read_only)
    error = world.run().sources["wire"]["error"]
    assert error.startswith(f"{folder} is mounted read-only")
    assert f"under systemd with ReadWritePaths={folder}" in error


def test_a_folder_that_may_not_be_looked_for_is_no_bug(world: World, tmp_path: Path) -> None:
    world.configure(wire={"kind": "spool", "folder": str(tmp_path / ("x" * 300))})
    error = world.run().sources["wire"]["error"]
    assert "cannot be reached: File name too long, check the owners and modes of the folders that it is in" in error


def test_a_folder_in_it_that_cannot_be_read_is_said_and_keeps_no_other_back(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what is put there would wait for ever, and nobody would know."""
    (folder / "closed").mkdir()
    (folder / "news.jsonl").write_text(lines(1))
    listed = os.scandir

    def refused(path: Any) -> Any:
        if str(path) == str(folder / "closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    error = world.run().sources["wire"]["error"]
    assert f"{folder / 'closed'} cannot be read: Permission denied, check its owner and mode" in error
    assert list(world.articles("wire")) == ["w1"]


def test_beside_a_folder_that_is_closed_each_look_takes_what_is_there(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = [folder / name for name in ("one", "two", "six")]
    for path in closed:
        path.mkdir()
    listed = os.scandir

    def refused(path: Any) -> Any:
        if Path(path) in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    monkeypatch.setattr(spool, "LOOK_ARTICLES", 2)
    for number in range(12):
        for more in range(4):
            (folder / f"{number}.{more}.jsonl").write_text(lines(number * 4 + more))
        with structlog.testing.capture_logs() as logged:
            gave = world.run(minutes=0.1).sources["wire"]
        assert gave["taken"] == 4
        assert f"{folder / 'one'}, {folder / 'six'} and {folder / 'two'} cannot be read" in gave["error"]
        told = [line for line in logged if line["event"].startswith("source.")]
        assert [line["event"] for line in told] == ([] if number else ["source.degraded"])
    monkeypatch.undo()
    assert world.run(minutes=0.1).sources["wire"]["error"] is None


def test_beside_a_folder_that_is_closed_a_file_whose_time_is_still_to_come_is_read(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for that time: at each look it counted as seen for the first time."""
    world.configure(wire={"kind": "spool", "folder": str(folder), "settle_seconds": 60})
    (folder / "closed").mkdir()
    listed = os.scandir

    def refused(path: Any) -> Any:
        if Path(path) == folder / "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    (folder / "news.jsonl").write_text(lines(1))
    now = [(folder / "news.jsonl").stat().st_ctime - 3_600]
    assert taken_after(world, monkeypatch, now, 0, 59, 1) == [0, 0, 1]


def test_a_closed_folder_whose_name_is_not_utf8_is_named_with_escapes(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / os.fsdecode(b"d\xe9p\xeaches")
    closed.mkdir()
    listed = os.scandir

    def refused(path: Any) -> Any:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    (folder / "w1.jsonl").write_text(lines(1))
    gave = world.run().sources["wire"]
    assert gave["taken"] == 1
    assert rf"{folder}/d\udce9p\udceaches cannot be read" in gave["error"]


def test_files_in_a_folder_that_may_be_listed_and_not_entered_keep_no_other_back(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "listed").mkdir()
    for path in (folder / "listed" / "more.jsonl", folder / "news.jsonl"):
        path.write_text(lines(1))
    looked = Path.lstat

    def refused(path: Path) -> os.stat_result:
        if path.parent == folder / "listed":
            raise PermissionError(13, "Permission denied", str(path))
        return looked(path)

    monkeypatch.setattr(Path, "lstat", refused)
    error = world.run().sources["wire"]["error"]
    assert f"{folder / 'listed' / 'more.jsonl'} cannot be read: Permission denied, check" in error
    assert list(world.articles("wire")) == ["w1"]


def test_a_file_that_cannot_be_moved_is_said_with_what_to_do(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "news.jsonl").write_text(lines(1))

    def refused(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refused)
    assert "was read but cannot be moved" in world.run().sources["wire"]["error"]
    assert list(world.articles("wire")) == ["w1"]

from __future__ import annotations

import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import structlog
import wordfreq

from dedup import __version__, logs
from dedup.config.sections import LogSettings
from dedup.errors import ConfigError
from dedup.sketch.frequencies import start_counts


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    logs.leave_run()  # of a pass that another test ran in this thread
    names = ("", "dedup")
    before = {name: (logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names}
    yield
    for name, (level, handlers) in before.items():
        logger = logging.getLogger(name)
        for handler in set(logger.handlers) - set(handlers):
            handler.close()
        logger.setLevel(level)
        logger.handlers = handlers
    logging.captureWarnings(False)
    structlog.reset_defaults()


def configured(path: Path, **settings: Any) -> io.TextIOWrapper:
    stream = path.open("a", encoding="utf-8")
    logs.configure(LogSettings(**settings), stream, environment={})
    return stream


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_has_what_the_contract_says(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out):
        structlog.get_logger().info("service.ready", where="Zürich")
    (line,) = lines(out)
    stamp = line.pop("timestamp")
    assert line == {"event": "service.ready", "level": "info", "version": __version__, "where": "Zürich"}
    assert stamp.endswith("Z")
    assert datetime.fromisoformat(stamp).utcoffset() == timedelta(0)


def test_lines_inside_a_pass_carry_its_run_id(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out):
        log = structlog.get_logger()
        logs.enter_run(7)
        log.info("story.merged")
        logging.getLogger("sqlalchemy.pool").warning("slow")
        logs.leave_run()
        logs.leave_run()
        log.info("service.ready")
    assert [line.get("run_id") for line in lines(out)] == [7, 7, None]


def test_the_level_applies_and_can_be_changed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    log = structlog.get_logger()
    with configured(out, level="warning"):
        log.info("one")
        log.warning("two")
    with configured(out, level="debug"):
        log.debug("three")
    assert [line["event"] for line in lines(out)] == ["two", "three"]


def test_libraries_speak_from_warning_upwards_in_the_same_form(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out, level="debug"):
        logging.getLogger("alembic.runtime").info("Running upgrade")
        logging.getLogger("trafilatura.core").warning("discarding %s", "data")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=1)
    first, second = lines(out)
    assert (first["event"], first["level"], first["logger"]) == ("discarding data", "warning", "trafilatura.core")
    assert first["version"] == __version__
    assert second["logger"] == "py.warnings"


def test_words_that_are_counted_as_those_of_a_related_language_are_no_matter_for_the_log(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for told_once in (wordfreq.get_frequency_list, wordfreq.get_frequency_dict):
        told_once.cache_clear()
    with configured(out, level="debug"):
        assert start_counts.__wrapped__("gl") != (b"", b"")
    assert lines(out) == []


def test_an_exception_is_part_of_the_one_line(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out):
        try:
            raise ValueError("two\nlines")
        except ValueError as error:
            structlog.get_logger().error("pass.failed", exc_info=error)
            logging.getLogger("other").exception("foreign")
    first, second = lines(out)
    assert "ValueError: two\nlines" in first["exception"]
    assert "ValueError: two\nlines" in second["exception"]


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://news:geheim@db.example/news",
        "postgresql+psycopg://news:geheim%40/x@db.example/news",
        "could not connect: postgresql://news:p@geheim@db.example/news\nis it up?",
        "host=db password=geheim user=news",
        "postgresql://db.example/news?user=news&password=geheim&sslmode=require",
    ],
)
def test_no_password_reaches_the_log(tmp_path: Path, secret: str) -> None:
    out = tmp_path / "out"
    with configured(out):
        log = structlog.get_logger()
        log.info("one", url=secret, nested={"urls": [secret, (secret,)]}, error=RuntimeError(secret))
        logging.getLogger("sqlalchemy").warning("cannot connect to %s", secret)
        try:
            raise RuntimeError(secret)
        except RuntimeError as error:
            log.error("two", exc_info=error)
    assert len(lines(out)) == 3
    text = out.read_text(encoding="utf-8")
    assert "geheim" not in text
    assert "***" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://kestrel.example:8443/@jane/1", None),
        ("https://kestrel.example:8443?to=jane@kestrel.example", None),
        ("http://jane:geheim@kestrel.example:8443/@jane/1", "http://jane:***@kestrel.example:8443/@jane/1"),
        ("http://jane:ge@heim@kestrel.example/a", "http://jane:***@kestrel.example/a"),
        ("postgresql://jane:ge/h@eim@host/news", "postgresql://jane:***@host/news"),
        ("postgresql+psycopg://jane@corp:geheim@host:5432/news", "postgresql+psycopg://jane@corp:***@host:5432/news"),
        ("https://a.example:80/?from=mysql://jane:geheim@host/b", "https://a.example:80/?from=mysql://jane:***@host/b"),
    ],
)
def test_what_is_masked_of_an_address_is_the_password_alone(text: str, shown: str | None) -> None:
    """The password of a database may hold a slash; in the address of a page the path begins there."""
    assert logs.masked(f"({text} is away)") == f"({shown or text} is away)"


def test_what_is_not_text_is_still_a_line_of_json(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out):
        structlog.get_logger().info("odd", path=tmp_path, broken="a\udcffb", raw=b"\xff")
    (line,) = lines(out)
    assert line["path"] == str(tmp_path)
    assert line["broken"] == "a\udcffb"


def test_a_moment_has_the_form_of_the_timestamp(tmp_path: Path) -> None:
    out, zone = tmp_path / "out", timezone(timedelta(hours=2))
    with configured(out):
        structlog.get_logger().info("odd", since=datetime(2026, 3, 1, 14, 3, 4, tzinfo=zone), at=[datetime.now(UTC)])
    (line,) = lines(out)
    assert line["since"] == "2026-03-01T12:03:04Z"
    assert len(line["at"][0]) == len(line["timestamp"]) and line["at"][0].endswith("Z")


def test_the_journal_gets_the_priority_in_front_and_the_file_does_not(tmp_path: Path) -> None:
    out, file = tmp_path / "out", tmp_path / "status.log"
    with out.open("a", encoding="utf-8") as stream:
        status = os.fstat(stream.fileno())
        environment = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        logs.configure(LogSettings(level="debug", file=str(file)), stream, environment=environment)
        log = structlog.get_logger()
        for level in ("debug", "info", "warning", "error", "critical"):
            getattr(log, level)("x")
    written = out.read_text(encoding="utf-8").splitlines()
    assert [line[:3] for line in written] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    assert [line[3:] for line in written] == file.read_text(encoding="utf-8").splitlines()


def test_another_programs_journal_stream_gives_no_prefix(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        assert not logs.under_journal(stream, {"JOURNAL_STREAM": "1:2"})
        assert not logs.under_journal(stream, {})
    assert not logs.under_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})


def test_the_file_survives_logrotate(tmp_path: Path) -> None:
    file = tmp_path / "status.log"
    logs.configure(LogSettings(file=str(file)), None)
    log = structlog.get_logger()
    log.info("before")
    file.rename(tmp_path / "status.log.1")
    log.info("after")
    assert [line["event"] for line in lines(tmp_path / "status.log.1")] == ["before"]
    assert [line["event"] for line in lines(file)] == ["after"]


def test_a_file_that_cannot_be_is_refused_and_the_old_log_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out):
        with pytest.raises(ConfigError, match=r"\[log\] file .*none/status.log cannot be written"):
            logs.configure(LogSettings(file=str(tmp_path / "none" / "status.log")), sys.stderr)
        structlog.get_logger().info("still here")
    assert [line["event"] for line in lines(out)] == ["still here"]


def test_configuring_twice_writes_each_line_once(tmp_path: Path) -> None:
    out, file = tmp_path / "out", tmp_path / "status.log"
    with configured(out, file=str(file)), configured(out, file=str(file)):
        structlog.get_logger().info("once")
    assert len(lines(out)) == len(lines(file)) == 1


def test_a_full_disk_never_reaches_the_job_and_the_other_log_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out, file="/dev/full"):
        structlog.get_logger().info("pass.finished")
    assert [line["event"] for line in lines(out)] == ["pass.finished"]


def test_nobody_waits_for_the_reader_of_a_pipe(tmp_path: Path) -> None:
    pipe, out = tmp_path / "pipe", tmp_path / "out"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="pipe cannot be written \\(No such device or address\\)"):
        logs.configure(LogSettings(file=str(pipe)), sys.stderr)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with configured(out, file=str(pipe)):
            for _ in range(3):
                structlog.get_logger().info("long", text="x" * 2**16)
    finally:
        os.close(reader)
    assert [line["event"] for line in lines(out)] == ["long"] * 3


def test_lost_lines_are_counted_and_told_once(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as gone:
        logs.configure(LogSettings(), gone, environment={})
        log = structlog.get_logger()
        log.info("one")
        log.info("two")
        out = tmp_path / "out"
        with configured(out):
            log.info("three")
            log.info("four")
    assert [line["event"] for line in lines(out)] == ["three", "log.lost", "four"]
    lost = lines(out)[1]
    assert (lost["lines"], lost["level"], lost["version"]) == (2, "warning", __version__)


def test_a_line_that_cannot_be_made_is_counted_and_never_reaches_the_job(tmp_path: Path) -> None:
    out, file = tmp_path / "out", tmp_path / "status.log"
    endless: list[Any] = []
    endless.append(endless)
    with configured(out, file=str(file)):
        log = structlog.get_logger()
        log.info("endless", value=endless)
        log.info("next")
    for path in (out, file):
        assert [line["event"] for line in lines(path)] == ["next", "log.lost"]
        assert lines(path)[1]["lines"] == 1


def test_dedups_own_lines_and_those_of_libraries_differ_in_the_loggers_name_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with configured(out):
        logs.enter_run(5)
        structlog.get_logger().warning("slow", lines=3)
        logging.getLogger("sqlalchemy.pool").warning("slow", extra={"lines": 3})
    own, foreign = lines(out)
    assert foreign.pop("logger") == "sqlalchemy.pool"
    assert own.keys() == foreign.keys()
    assert {**own, "timestamp": ""} == {**foreign, "timestamp": ""}


def test_a_line_cut_short_does_not_spoil_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    real, budget = os.write, [10, 0]

    def scarce(descriptor: int, data: bytes) -> int:
        if not budget:
            return real(descriptor, data)
        allowed = budget.pop(0)
        if allowed == 0:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:allowed])

    with configured(out):
        monkeypatch.setattr(os, "write", scarce)
        structlog.get_logger().info("torn")
        structlog.get_logger().info("whole")
    first, *rest = out.read_text(encoding="utf-8").splitlines()
    assert len(first) == 10
    assert [json.loads(line)["event"] for line in rest] == ["whole", "log.lost"]


def test_a_line_that_an_earlier_process_left_cut_short_does_not_spoil_the_first(tmp_path: Path) -> None:
    file = tmp_path / "status.log"
    file.write_text('{"event": "whole"}\n{"event": "to', encoding="utf-8")
    for name in ("first", "second"):
        with configured(tmp_path / "out", file=str(file)):
            structlog.get_logger().info(name)
    whole, torn, *rest = file.read_text(encoding="utf-8").splitlines()
    assert (whole, torn) == ('{"event": "whole"}', '{"event": "to')
    assert [json.loads(line)["event"] for line in rest] == ["first", "second"]


def test_a_file_that_was_rotated_behind_a_line_cut_short_begins_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "status.log"
    file.write_text('{"event": "to', encoding="utf-8")
    with configured(tmp_path / "out", file=str(file)):
        file.rename(tmp_path / "status.log.1")
        structlog.get_logger().info("first")
    assert [line["event"] for line in lines(file)] == ["first"]


def test_a_closed_standard_output_is_no_stream(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(), None)
    structlog.get_logger().info("nowhere")
    assert capsys.readouterr() == ("", "")

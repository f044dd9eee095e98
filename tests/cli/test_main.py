"""Exit codes, messages and streams, whatever happens."""

from __future__ import annotations

import os
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from dedup import __version__
from dedup.cli import status
from dedup.config.sections import SECTIONS
from dedup.config.setting import variable
from dedup.errors import DatabaseAway

from ..postgres import Server
from .conftest import Dedup

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = (
    "ingest", "once", "run", "status", "stories", "story", "why", "link", "unlink", "rules", "eval",
    "db upgrade", "db check", "db backup",
    "config check",
)  # fmt: skip

UNREACHABLE = "x" * 300
"""Refused by the system when it is looked for, as is what lies in a folder that is closed to this user."""


def program(*words: str, folder: Path, closed: str = "", **options: Any) -> subprocess.Popen[bytes]:
    """The real program in a process of its own, without the standard streams that a shell is told to have `closed`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("DEDUP_")}
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh"] if closed else []
    return subprocess.Popen(
        [*shell, sys.executable, "-m", "dedup", *words], cwd=folder, env=clean | {"PYTHONPATH": str(ROOT)}, **options
    )


def test_version(dedup: Dedup) -> None:
    assert dedup("--version") == (type(dedup("--version")))(0, f"dedup {__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(dedup: Dedup, command: str) -> None:
    result = dedup(*command.split(), "--help")
    assert result.code == 0 and result.err == ""
    assert f"usage: dedup {command}" in result.out
    assert "$DEDUP_DATABASE_URL" in result.out and "$DEDUP_CONFIG" in result.out


def test_each_flag_of_a_setting_is_in_some_help_with_its_variable_and_works(dedup: Dedup) -> None:
    helps = "".join(" ".join(dedup(*command.split(), "--help").out.split()) for command in COMMANDS)
    flags = {
        (s, f.name): f.metadata["flag"] for s, kind in SECTIONS.items() for f in fields(kind) if f.metadata["flag"]
    }
    assert flags
    for (section, key), flag in flags.items():
        assert f"{flag} " in helps
        assert f"[${variable(section, key)}]" in helps


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "COMMAND; see: dedup --help"),
        (("stoires",), "there is no command 'stoires'; did you mean 'stories'?"),
        (("frobnicate", "a"), "there is no command 'frobnicate'; there are ingest, once,"),
        (("db", "shrink"), "there is no command 'shrink'; there are upgrade, check, backup"),
        (("story",), "ID; see: dedup story --help"),
        (("story", "one"), "'one' is not the number of a story, as in: dedup story 12"),
        (("stories", "--frobnicate", "x"), "unrecognized arguments: --frobnicate x; see: dedup stories --help"),
        (("stories", "--limt=5"), "there is no flag '--limt'; did you mean '--limit'?; see: dedup stories --help"),
        (("db", "check", "--ful"), "there is no flag '--ful'; did you mean '--full'?; see: dedup db check --help"),
        (("story", "1", "2"), "unrecognized arguments: 2; see: dedup story --help"),
        (("--jsn", "status"), "unrecognized arguments: --jsn; see: dedup --help"),
        (("stories", "--since", "yore"), "--since 'yore' is not a time"),
        (("stories", "--limit", "0"), "--limit must lie between 1 and 2,147,483,647, not 0"),
        (("stories", "--min-articles", "2147483648"), "--min-articles must lie between 1 and 2,147,483,647"),
        (("stories", "--since", ""), "--since '' is not a time"),
        (("stories", "--since", "999999d"), "--since '999999d' is not a time"),
        (("feed", "--since", ""), "--since '' is not a time"),
        (("stories", "--language", ""), "argument --language: must not be empty"),
        (("stories", "--language", "haw"), "argument --language: no story can be in 'haw'; write a code of two"),
        (("export", "x", "--language", "xx-XX"), "argument --language: no story can be in 'xx-XX'"),
        (("feed", "--language", "all"), "argument --language: no story can be in 'all'"),
        (("stories", "--search", " "), "argument --search: must not be empty"),
        (("stories", "--text", ""), "argument --text: must not be empty"),
        (("export", "x", "--publisher", ""), "argument --publisher: must not be empty"),
        (("feed", "--language", ""), "argument --language: must not be empty"),
        (("apply", "--plan", ""), "argument --plan: must not be empty"),
        (("why", "a", "--source", ""), "argument --source: must not be empty"),
        (("link", "a", "b", "--source", ""), "argument --source: must not be empty"),
        (("feed", "--title", "a\x01b"), "holds a character that no feed may hold"),
        (("story", "99999999999999999999"), "there is no story 99999999999999999999"),
        (("story", "-99999999999999999999"), "there is no story -99999999999999999999"),
        (("ingest", ""), "argument PATH: a path must not be empty"),
        (("once", "--batch-size", "many"), "--batch-size must be a whole number, not 'many'"),
        (("once", "--batch-size", "0"), "--batch-size must lie between 1 and 10,000"),
        (("ingest", "nowhere.jsonl"), "nowhere.jsonl is not there"),
        (("ingest", UNREACHABLE), "cannot be reached: File name too long; nothing was read"),
        (("eval", UNREACHABLE), "cannot be reached: File name too long; nothing was read"),
        (("eval", ".", "--labels", UNREACHABLE), "cannot be reached: File name too long; nothing was read"),
        (("why", "a", "b", "c"), "one or two articles"),
        (("link", "a"), "WHAT; see: dedup link --help"),
        (("why", "a\udcff"), "'a\\udcff' is not written in UTF-8"),
        (("link", "1", "a\udcff"), "'a\\udcff' is not written in UTF-8"),
        (("stories", "--publisher", "\udcff"), "is not written in UTF-8"),
        (("feed", "--title", "\udcff"), "is not written in UTF-8"),
        (("rules", "--remove", "all"), "invalid int value: 'all'"),
    ],
)
def test_wrong_usage_is_64_and_says_what_to_type(dedup: Dedup, words: tuple[str, ...], message: str) -> None:
    result = dedup(*words)
    assert result.code == 64
    assert message in result.err and "Traceback" not in result.err
    assert result.err.startswith("dedup: ") and result.out == ""


def test_a_missing_path_makes_no_database(dedup: Dedup, tmp_path: Path) -> None:
    assert dedup("ingest", "nowhere").code == 64
    assert list(tmp_path.iterdir()) == []


def test_global_flags_may_stand_before_and_after_the_command(dedup: Dedup, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'there.db'}"
    assert dedup("--database", url, "db", "upgrade").code == 0
    for words in (("--database", url, "status"), ("status", "--database", url), ("db", "--database", url, "check")):
        assert dedup(*words).code == 0
    assert not (tmp_path / "dedup.db").exists()


def test_flag_beats_environment_beats_file(dedup: Dedup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "other.toml"
    file.write_text('[ingest]\nsource = "file"\nmax_bytes = 5000\n[text]\nmin_words = 7\n', encoding="utf-8")
    monkeypatch.setenv("DEDUP_INGEST_SOURCE", "variable")
    found = dedup("config", "check", "--json", "--config", file, "--database", "sqlite:///flag.db").document
    assert found["file"] == str(file)
    assert found["settings"]["ingest"] == {"source": "variable", "max_bytes": 5000}
    assert found["origins"] == {
        "ingest.source": "DEDUP_INGEST_SOURCE",
        "ingest.max_bytes": str(file),
        "text.min_words": str(file),
        "database.url": "--database",
    }


def test_a_password_is_never_printed(dedup: Dedup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_DATABASE_URL", "postgresql://reader:hush@127.0.0.1:9/news")
    for words in (("config", "check"), ("config", "check", "--json"), ("status",), ("once", "--json")):
        result = dedup(*words)
        assert "hush" not in result.out + result.err
        assert "***" in result.out + result.err


def test_a_database_that_is_away_is_75(dedup: Dedup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_DATABASE_URL", "postgresql://reader@127.0.0.1:9/news")
    for command in ("status", "stories", "once"):
        result = dedup(command)
        assert result.code == 75
        assert "try again" in result.err


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DEDUP_DATABASE_URL", "mysql://localhost/news", "use sqlite:///FILE or postgresql://"),
        ("DEDUP_DATABASE_URL", "news.db", "not a database URL"),
        ("DEDUP_TEXT_MIN_WORD", "5", "did you mean 'DEDUP_TEXT_MIN_WORDS'?"),
        ("DEDUP_TEXT_MIN_WORDS", "few", "DEDUP_TEXT_MIN_WORDS must be a whole number"),
        ("DEDUP_CONFIG", "nowhere.toml", "nowhere.toml is not there"),
    ],
)
def test_a_bad_configuration_is_78(
    dedup: Dedup, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = dedup("config", "check")
    assert result.code == 78 and message in result.err and result.out == ""


def test_a_wrong_key_in_the_file_is_78(dedup: Dedup, tmp_path: Path) -> None:
    (tmp_path / "dedup.toml").write_text("[stories]\nthreshhold = 0.4\n", encoding="utf-8")
    result = dedup("status")
    assert result.code == 78 and "did you mean 'threshold'?" in result.err


def test_an_error_is_one_json_document_too(dedup: Dedup) -> None:
    for words, code in ((("story", "one", "--json"), 64), (("status", "--json"), 78)):
        result = dedup(*words)
        assert result.code == code
        assert result.document["exit_code"] == code
        assert result.err == f"dedup: {result.document['error']}\n"


def test_a_command_that_an_error_names_reaches_the_same_database(dedup: Dedup, articles: Path, tmp_path: Path) -> None:
    (tmp_path / "own file.toml").write_text("[text]\nmin_words = 7\n", encoding="utf-8")
    options = ("--config", "own file.toml", "--database", "sqlite:///other.db")

    def told(*words: object) -> list[str]:
        result = dedup(*options, *words)
        assert result.code in {64, 78}
        return shlex.split(result.err[result.err.rindex(": dedup ") + 2 :])[1:]

    assert told("stories") == [*options, "db", "upgrade"]
    assert dedup(*told("stories")).code == 0
    assert told("story", 1) == [*options, "stories", "--all"]
    assert told("rules", "--remove", 1) == [*options, "rules"]
    assert told("why", "a") == [*options, "story", "ID"]
    assert dedup("ingest", articles, *options).code == 0
    assert told("why", "a") == [*options, "once"]
    assert dedup(*told("why", "a")).code == 0
    assert dedup(*told("link", "a", "story:9")).code == 0
    assert not (tmp_path / "dedup.db").exists()


@pytest.mark.postgresql
def test_a_command_that_an_error_names_tells_no_password(dedup: Dedup, postgresql_server: Server) -> None:
    with postgresql_server.database() as name:
        result = dedup("--database", postgresql_server.url(name).replace("dedup@", "dedup:hush@"), "stories")
    assert result.code == 78 and result.err.endswith(" --database URL db upgrade\n")
    assert "hush" not in result.err


def test_a_bug_is_1_with_its_traceback_and_no_password(dedup: Dedup, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise ValueError("no such thing at postgresql://me:hush@host/news")

    monkeypatch.setattr(status, "status", broken)
    result = dedup("status", "--json")
    assert result.code == 1
    assert result.document == {"error": result.document["error"], "exit_code": 1}
    assert result.err.startswith("dedup: a bug in dedup: ValueError: no such thing")
    assert "Traceback" in result.err and "in broken" in result.err
    assert "hush" not in result.out + result.err


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (["--help"], ["sqlalchemy", "structlog"]),
        (["config", "check"], ["sqlalchemy", "structlog"]),
        (["status"], ["alembic", "psycopg", "numpy", "lxml", "rich.progress"]),
        (["stories"], ["alembic", "psycopg", "numpy", "lxml", "babel", "rich.progress"]),
    ],
    ids=" ".join,
)
def test_a_short_command_imports_nothing_that_takes_long(clustered: Path, words: list[str], without: list[str]) -> None:
    program = (
        "import sys; from dedup.cli.main import main; code = main(sys.argv[1:]); "
        f"loaded = [name for name in {without!r} if name in sys.modules]; sys.exit(code or str(loaded or ''))"
    )
    options = [] if words == ["--help"] else ["--database", f"sqlite:///{clustered}"]
    done = subprocess.run(
        [sys.executable, "-c", program, *options, *words], capture_output=True, text=True, check=False
    )
    assert (done.stdout != "", done.stderr.strip()) == (True, "")


def test_an_interrupt_is_130(dedup: Dedup, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "status", interrupted)
    result = dedup("status")
    assert (result.code, result.out, result.err) == (130, "", "dedup: interrupted\n")


def test_expected_errors_have_no_traceback(dedup: Dedup, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> int:
        raise DatabaseAway("the database is away\x1b[2J; try again")

    monkeypatch.setattr(status, "status", away)
    result = dedup("status")
    assert (result.code, result.err) == (75, "dedup: the database is away[2J; try again\n")


def test_a_reader_that_leaves_is_quiet(clustered: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with program("stories", folder=clustered.parent, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (141, b"")


WRITES = (("stories",), ("stories", "--json"), ("feed",), ("export", "-"), ("--version",), ("status", "--help"))
"""Commands of which each writes in another way."""


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("words", WRITES, ids=" ".join)
def test_an_output_that_is_full_is_75(
    clustered: Path, words: tuple[str, ...], buffered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "" if buffered else "1")
    with (
        Path("/dev/full").open("wb") as full,
        program(*words, folder=clustered.parent, stdout=full, stderr=subprocess.PIPE) as process,
    ):
        _, errors = process.communicate()
    assert process.returncode == 75
    assert errors.startswith(b"dedup: the standard output cannot be written (No space left on device)")
    assert errors.count(b"\n") == 1


@pytest.mark.parametrize("words", WRITES, ids=" ".join)
def test_an_output_that_is_closed_is_75(
    dedup: Dedup, clustered: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    told = dedup(*words)
    assert told.code == 75
    assert told.err.startswith("dedup: the standard output cannot be written (it is closed)")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_a_command_does_is_done_where_standard_streams_are_closed(clustered: Path, closed: str) -> None:
    text = "The ferry lay off Oban in the fog all night long, without a light on board. "
    page = f"<html><title>Ferry in the fog</title><p>{text * 3}</p></html>"
    (clustered.parent / "page.html").write_text(page, encoding="utf-8")
    (clustered.parent / "labels.jsonl").write_text('{"uri": "page.html", "story": "fog"}', encoding="utf-8")
    # The scratch database of `eval` is in memory: SQLite, which guards these numbers, opens no file there.
    for words in (("ingest", "page.html"), ("once",), ("eval", "--labels", "labels.jsonl", "page.html")):
        with program(*words, folder=clustered.parent, closed=closed, stderr=subprocess.PIPE) as process:
            _, errors = process.communicate()
        assert process.returncode == (75 if " >&-" in f" {closed}" else 0)
        assert "2>&-" in closed or b"the standard output cannot be written (it is closed)" in errors
    with closing(sqlite3.connect(clustered)) as connection:
        found = connection.execute("SELECT title FROM v_articles WHERE uri = 'page.html'").fetchall()
    assert found == [("Ferry in the fog",)]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
@pytest.mark.parametrize("words", [("ingest", "articles.jsonl"), ("once",), ("db", "upgrade"), ("status",), ("plan",)])
def test_a_database_in_memory_is_refused(dedup: Dedup, articles: Path, words: tuple[str, ...], url: str) -> None:
    refused = dedup(*words, "--database", url)
    assert refused.code == 78
    assert "in memory, which is gone when the command ends; write sqlite:///FILE" in refused.err


def test_a_scratch_database_needs_none_that_lasts(dedup: Dedup, articles: Path) -> None:
    assert dedup("eval", articles, "--database", "sqlite://").code == 0


def printed(*words: str, folder: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What the real program writes to a standard output of that encoding."""
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    with program(*words, folder=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")
    return out


def test_an_output_that_prints_ascii_alone_gets_something_readable(
    clustered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = printed("stories", "--all", folder=clustered.parent, encoding="ascii", monkeypatch=monkeypatch)
    assert b"All 73 rescued as ferry Isle of Tarsay runs aground off Oban" in out
    assert out.isascii()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize(
    "words", [("stories", "--all", "--json"), ("export", "-"), ("feed",), ("feed", "--json")], ids=" ".join
)
def test_what_programs_read_is_utf_8_whatever_the_output_prints(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], encoding: str
) -> None:
    out = printed(*words, folder=clustered.parent, encoding=encoding, monkeypatch=monkeypatch)
    assert out == dedup(*words).out.encode()
    assert "é".encode() in out


def test_a_path_may_hold_any_bytes(dedup: Dedup, articles: Path) -> None:
    words = os.fsdecode(b"\xff.jsonl"), os.fsdecode(b"\xff.db")
    articles.rename(words[0])
    url = f"sqlite:///{words[1]}"
    assert dedup("ingest", words[0], "--database", url).code == 0
    assert dedup("once", "--database", url).code == 0
    assert dedup("export", words[0], "--database", url).code == 0
    assert Path(words[0]).read_text(encoding="utf-8").count("\n") == 2

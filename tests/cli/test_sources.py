"""Sources on the command line: one pass, status, configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Dedup

TEXT = "Ferry aground off Oban tonight, all on board were rescued by the crew of the lifeboat."


@pytest.mark.parametrize(("settle", "taken"), [(0.2, 1), (60, 0)])
def test_once_waits_for_files_that_have_just_come_but_not_for_long(
    dedup: Dedup, tmp_path: Path, settle: float, taken: int
) -> None:
    """Whoever moved a file there and typed `dedup once` got nothing, and was told of nothing."""
    (tmp_path / "spool").mkdir()
    (tmp_path / "dedup.toml").write_text(
        f"[sources.wire]\nkind = 'spool'\nfolder = 'spool'\nsettle_seconds = {settle}\n"
    )
    (tmp_path / "spool" / "a.txt").write_text(TEXT)
    done = dedup("once", "--json")
    assert (done.code, done.document["taken"]) == (0, taken)
    told = "which may still be written to" in done.err
    assert told is (taken == 0)


def test_once_looks_at_the_sources_and_status_tells_of_them(dedup: Dedup, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "dedup.toml").write_text(
        "[sources.wire]\nkind = 'spool'\nfolder = 'spool'\nsettle_seconds = 0\n"
        "[sources.reader]\nkind = 'miniflux'\nurl = 'postgresql://dedup:s3cret@127.0.0.1:1/miniflux'\n"
    )
    (tmp_path / "spool" / "a.txt").write_text(TEXT)
    (tmp_path / "spool" / "b.png").write_bytes(b"\x89PNG")
    first = dedup("once")
    assert first.code == 75
    assert "wire" in first.out and "b.png" in first.out and "s3cret" not in first.out
    status = dedup("status", "--json").document
    assert [(source["name"], source["ok"]) for source in status["sources"]] == [("reader", False), ("wire", True)]
    assert status["health"]["ok"] is False
    told = dedup("status").out
    assert "wire (spool): 1 article, 1 rejected, last " in told
    assert "reader (miniflux): 0 articles, 0 rejected; away since " in told
    settings = dedup("config", "check", "--json").document
    assert settings["settings"]["sources.reader"]["url"] == "postgresql://dedup:***@127.0.0.1:1/miniflux"
    (tmp_path / "dedup.toml").write_text("[sources.wire]\nkind = 'spool'\nfolder = 'spool'\nsettle_seconds = 0\n")
    (tmp_path / "spool" / "c.png").write_bytes(b"\x89PNG")
    assert dedup("once").code == 65
    assert dedup("once").code == 0
    assert dedup("status", "--check").code == 0


def test_a_url_that_the_service_alone_knows_keeps_only_those_who_read_the_source(dedup: Dedup, tmp_path: Path) -> None:
    """It is a credential of one unit: the backups, and whoever asked something outside the service, ended with 78."""
    (tmp_path / "dedup.toml").write_text("[sources.reader]\nkind = 'miniflux'\n")
    for command in (["db", "upgrade"], ["status"], ["stories"], ["rules"], ["db", "backup", "snapshot.db"]):
        assert dedup(*command).code == 0
    for command in (["once"], ["config", "check"]):
        refused = dedup(*command)
        assert refused.code == 78
        assert "[sources.reader] has no url; write it there, or set DEDUP_SOURCES_READER_URL" in refused.err
        assert "the credential sources-reader-url is seen by the service alone" in refused.err

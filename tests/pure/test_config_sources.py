"""Settings of sources: what is read, what beats what, and what a mistake says."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.config.loading import load
from dedup.errors import ConfigError

from .test_config import written

READER = "[sources.reader]\nkind = 'miniflux'\nurl = 'postgresql://dedup:s3cret@host/miniflux'\n"


def test_sources_are_read_with_their_defaults_and_their_secrets_masked(tmp_path: Path) -> None:
    found = load(written(tmp_path, READER + "[sources.wire]\nkind = 'spool'\nfolder = '/spool'\n"), environment={})
    assert list(found.sources) == ["reader", "wire"]
    shown = found.shown()
    assert shown["sources.wire"]["settle_seconds"] == 5.0
    assert shown["sources.reader"]["url"] == "postgresql://dedup:***@host/miniflux"
    assert found.docs("sources.reader").keys() >= shown["sources.reader"].keys()
    assert found.digest() == load(environment={}).digest()


SPOOL = "[sources.wire]\nkind = 'spool'\nfolder = {!r}\n"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("[database]\nurl = 'sqlite:///{0}/data/dedup.db'\n", "the database, {0}/data/dedup.db"),
        ("[database]\nurl = 'sqlite:///{0}/data/dedup%2edb?timeout=5'\n", "the database, {0}/data/dedup.db"),
        ("[database]\nurl = 'sqlite:///{0}/link.db'\n", "the database, {0}/link.db"),
        ("[log]\nfile = '{0}/data/deeper/log'\n", "the log, {0}/data/deeper/log"),
        ("[service]\nmetrics_file = '{0}/data/dedup.prom'\n", "the file of metrics, {0}/data/dedup.prom"),
        (
            "[sources.reader]\nkind = 'freshrss'\nurl = 'sqlite:///{0}/data/rss.db'\n",
            "the database of [sources.reader], {0}/data/rss.db",
        ),
        ("[sources.more]\nkind = 'spool'\nfolder = '{0}/data/more'\n", "the folder of [sources.more], {0}/data/more"),
        ("[sources.more]\nkind = 'spool'\nfolder = '{0}/data'\n", "the folder of [sources.more], {0}/data"),
        ("[log]\nfile = '{0}/data/done/log'\n", ""),
        ("[log]\nfile = '{0}/data/.hidden/log'\n", ""),
        ("[log]\nfile = '{0}/data.log'\n", ""),
        ("[database]\nurl = 'postgresql://dedup@localhost{0}/data/news'\n", ""),
    ],
)
def test_no_spool_folder_holds_what_the_program_lives_on(tmp_path: Path, text: str, holds: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link.db").symlink_to("data/dedup.db")
    path = written(tmp_path, SPOOL.format(f"{tmp_path}/data") + text.format(tmp_path))
    if not holds:
        load(path, environment={})
        return
    with pytest.raises(ConfigError) as caught:
        load(path, environment={})
    said = f"{path}: [sources.wire] folder {tmp_path}/data holds {holds.format(tmp_path)}, "
    assert str(caught.value).startswith(said)
    assert "; give " in str(caught.value)


def test_no_spool_folder_holds_the_configuration_or_a_relative_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"holds the database, .*/dedup\.db, .*for example spool"):
        load(written(tmp_path, SPOOL.format(".")), environment={})
    with pytest.raises(ConfigError, match=r"DEDUP_SOURCES_WIRE_FOLDER \S+ holds the configuration, "):
        load(
            written(tmp_path, SPOOL.format("elsewhere")),
            environment={"DEDUP_SOURCES_WIRE_FOLDER": str(tmp_path), "DEDUP_DATABASE_URL": "sqlite:////var/x.db"},
        )


def test_a_variable_and_a_credential_beat_the_file_for_a_source(tmp_path: Path) -> None:
    path = written(tmp_path, READER + "[sources.reader_two]\nkind = 'spool'\nfolder = '/a'\n")
    environment = {"DEDUP_SOURCES_READER_USER": "bob", "DEDUP_SOURCES_READER_TWO_FOLDER": "/b"}
    found = load(path, environment=environment).sources
    assert (found["reader"].user, found["reader_two"].folder) == ("bob", "/b")  # type: ignore[attr-defined]
    (tmp_path / "sources-reader-url").write_text("postgresql://other/news\n")
    path = written(tmp_path, "[sources.reader]\nkind = 'miniflux'\n")
    found = load(path, environment={"CREDENTIALS_DIRECTORY": str(tmp_path)}).sources
    assert found["reader"].url == "postgresql://other/news"  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="DEDUP_SOURCES_NONE_URL names no source"):
        load(path, environment={"DEDUP_SOURCES_NONE_URL": "x"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sources]\nx = 1", "written as [sources.NAME]"),
        ("[sources.Bad-Name]\nkind = 'spool'", "called by a-z, 0-9 and _"),
        ("[sources.a]\nfolder = '/x'", "has no kind; give one of spool, sql"),
        ("[sources.a]\nkind = 'minifux'", "did you mean 'miniflux'"),
        ("[sources.a]\nkind = 'spool'\nfoldr = '/x'", "did you mean 'folder'"),
        ("[sources.a]\nkind = 'spool'", "[sources.a] has no folder"),
        ("[sources.a]\nkind = 'sql'\nurl = 'x y'\nquery = 'q'", "is not a database URL"),
        ("[sources.a]\nkind = 'ttrss'\nurl = 'mysql://h/d'", "keeps its articles in postgresql"),
        ("[sources.a]\nkind = 'sql'\nurl = 'sqlite:///x'\nquery = 'q'\noverlap = -1", "must lie between"),
    ],
)
def test_a_mistake_in_a_source_is_named_with_its_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), environment={})
    assert says in str(caught.value)

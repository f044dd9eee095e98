"""Settings: where they come from, what beats what, and what a mistake says."""

from __future__ import annotations

import itertools
import os
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.config import Config, loading
from dedup.config.loading import load
from dedup.config.sections import PUBLISHER_CHARACTERS, SECTIONS
from dedup.config.urls import masked_url
from dedup.errors import ConfigError, DedupError

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "dedup.toml"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dedup.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_holds_every_key_with_its_default_and_a_comment() -> None:
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert shipped == {name: {f.name: getattr(kind(), f.name) for f in fields(kind)} for name, kind in SECTIONS.items()}
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"[a-z_]+ = ", line):
            assert before.startswith("# "), f"{line} has no comment"


def test_a_flag_beats_the_environment_and_that_beats_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[service]\nbatch_size = 1\ninterval_seconds = 5\nhealth_seconds = 7")
    environment = {"DEDUP_SERVICE_BATCH_SIZE": "2", "DEDUP_SERVICE_INTERVAL_SECONDS": "6"}
    found = load(path, environment=environment, overrides={"service": {"batch_size": 3}})
    assert (found.service.batch_size, found.service.interval_seconds, found.service.health_seconds) == (3, 6.0, 7.0)
    assert found.path == path


@pytest.mark.parametrize("level", ["DEBUG", "Debug", "debug"])
def test_a_level_may_be_written_in_capitals(tmp_path: Path, level: str) -> None:
    """As most programs have it; it is the same setting."""
    path = written(tmp_path, f'[log]\nlevel = "{level}"')
    assert load(path, environment={}).log.level == "debug"
    assert load(None, environment={"DEDUP_LOG_LEVEL": level}).log.level == "debug"


def test_the_file_is_the_one_named_else_the_one_in_the_environment_else_the_first_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "SEARCH_PATH", (Path("dedup.toml"), tmp_path / "etc.toml"))
    assert load(environment={}).path is None
    (tmp_path / "etc.toml").write_text("")
    assert load(environment={}).path == tmp_path / "etc.toml"
    written(tmp_path, "")
    assert load(environment={}).path == Path("dedup.toml")
    named = tmp_path / "named.toml"
    named.write_text("")
    assert load(environment={"DEDUP_CONFIG": str(named)}).path == named
    assert load(tmp_path / "etc.toml", environment={"DEDUP_CONFIG": str(named)}).path == tmp_path / "etc.toml"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stories]\ntreshold = 0.5", "did you mean 'threshold'"),
        ("[storys]\n", "did you mean 'stories'"),
        ("stories = 1", "written as [stories]"),
        ("[stories]\nthreshold = 1.5", "between 0.01 and 0.99, not 1.5"),
        ("[stories]\nthreshold = 'high'", "must be a number, not 'high'"),
        ("[stories]\nenabled = 3", "must be true or false"),
        ("[service]\nbatch_size = 2.5", "must be a whole number"),
        ("[service]\nbatch_size = true", "must be a whole number"),
        ("[ingest]\nsource = ''", "must be a name of 1 to 500 bytes in UTF-8, not ''"),
        ("[ingest]\nsource = ' \u2003'", "must be a name of 1 to 500 bytes in UTF-8, not ' \\u2003'"),
        (f"[ingest]\nsource = '{'é' * 251}'", "must be a name of 1 to 500 bytes in UTF-8, not 'ééé"),
        ("[log]\nlevel = 'loud'", "one of debug, info, warning, error"),
        ("[database]\nurl = 'mysql://host/db'", "use sqlite:///FILE or postgresql://"),
        ("[database]\nurl = 'nonsense'", "not a database URL"),
        ("[database]\nurl = 5", "must be a text"),
        ("[stories", "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), environment={})
    assert says in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_file_that_is_not_there_is_an_error_only_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        load(tmp_path / "none.toml", environment={})


def test_what_is_said_of_a_file_leads_to_who_named_it(tmp_path: Path) -> None:
    gone = tmp_path / "none.toml"
    for path, told in ((gone, "is not there; create it"), (tmp_path, "is a folder; name a file")):
        with pytest.raises(ConfigError, match=f"{told} or leave out --config"):
            load(path, environment={})
        with pytest.raises(ConfigError, match=f"{told} or unset DEDUP_CONFIG"):
            load(environment={"DEDUP_CONFIG": str(path)})


def test_a_file_that_cannot_be_reached_is_no_reason_for_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one in a folder that is closed to this user; a loop of links is closed to root as well."""
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    monkeypatch.setattr(loading, "SEARCH_PATH", (tmp_path / "loop.toml",))
    with pytest.raises(ConfigError, match=r"loop\.toml cannot be reached: .*; change the mode of its folder"):
        load(environment={})


@pytest.mark.parametrize("what", ["folder", "link"])
def test_what_has_the_name_of_the_file_and_is_none_is_no_reason_for_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """As the folder that a container is given for a file that its host lacks, or a link to a volume that is away."""
    path = tmp_path / "dedup.toml"
    monkeypatch.setattr(loading, "SEARCH_PATH", (path,))
    if what == "folder":
        path.mkdir()
        told = "is a folder, not a file; remove it"
    else:
        path.symlink_to(tmp_path / "away" / "dedup.toml")
        told = "is a link to .*away/dedup.toml, which is not there; mend or remove it"
    with pytest.raises(ConfigError, match=f"configuration file {path} {told}"):
        load(environment={})


def test_the_file_may_be_a_pipe() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"[ingest]\nsource = 'pipe'")
    os.close(theirs)
    try:
        assert load(Path(f"/dev/fd/{ours}"), environment={}).ingest.source == "pipe"
    finally:
        os.close(ours)


def test_an_unknown_variable_of_a_known_section_is_an_error() -> None:
    with pytest.raises(ConfigError, match="DEDUP_STORIES_THRESHOLD"):
        load(environment={"DEDUP_STORIES_TRESHOLD": "0.5"})
    assert load(environment={"DEDUP_PURE_PYTHON": "1", "DEDUP_CONFIG": ""}).stories == Config().stories


def test_publishers_that_count_as_one() -> None:
    text = "A News = A Sport=a.example\n\n B ; C = D"
    owners = load(environment={"DEDUP_PUBLISHERS_GROUPS": text}).publishers.owners()
    assert owners == {"A News": "A News", "A Sport": "A News", "a.example": "A News", "B": "B", "C": "C", "D": "C"}
    with pytest.raises(ConfigError, match="'B' is in the groups of 'A' and 'C'; leave it in one of them"):
        load(environment={"DEDUP_PUBLISHERS_GROUPS": "A = B; C = B"})


@pytest.mark.parametrize("key", ["groups", "preferred"])
def test_a_name_that_no_publisher_can_have_is_refused(key: str) -> None:
    """An index of PostgreSQL has no room for it, so every pass would fail."""
    longest = "é" * PUBLISHER_CHARACTERS
    load(environment={f"DEDUP_PUBLISHERS_{key.upper()}": f"B; {longest}"})
    with pytest.raises(ConfigError, match=rf"\[publishers\] {key}: 'ééé.*' has 501 characters.*; shorten it to 500"):
        load(environment={f"DEDUP_PUBLISHERS_{key.upper()}": f"B; {longest}é"})


def test_passwords_are_shown_as_stars() -> None:
    url = "postgresql://reader:s3cret@host/news"
    shown = load(environment={"DEDUP_DATABASE_URL": url}).shown()
    assert shown["database"]["url"] == "postgresql://reader:***@host/news"
    assert "s3cret" not in masked_url("postgresql://reader@host/news?sslmode=require&password=s3cret")


@pytest.mark.parametrize(
    ("given", "url", "wait"),
    [
        ("sqlite:////srv/news.db?timeout=5", "sqlite:////srv/news.db", 5.0),
        ("sqlite:///news.db?check_same_thread=false&isolation_level=IMMEDIATE", "sqlite:///news.db", 30.0),
        ("sqlite:///file:/srv/the%20news.db?uri=true&mode=rwc&cache=private", "sqlite:////srv/the news.db", 30.0),
        ("sqlite:///file:news.db?uri=1&timeout=0.5", "sqlite:///news.db", 0.5),
        ("sqlite:///file://localhost/srv/news.db?uri=true", "sqlite:////srv/news.db", 30.0),
        ("sqlite:////srv/the%20news.db", "sqlite:////srv/the news.db", 30.0),
        ("sqlite+pysqlite:///news.db", "sqlite:///news.db", 30.0),
        ("sqlite://?timeout=5", "sqlite://", 5.0),
        ("postgres://u:p@host/news?sslmode=require", "postgresql://u:p@host/news?sslmode=require", 30.0),
        ("postgres+psycopg://host/news", "postgresql+psycopg://host/news", 30.0),
        ("postgresql://host/postgres", "postgresql://host/postgres", 30.0),
    ],
)
def test_urls_as_other_programs_write_them(given: str, url: str, wait: float) -> None:
    database = load(environment={"DEDUP_DATABASE_URL": given}).database
    assert (database.url, database.timeout_seconds) == (url, wait)


@pytest.mark.parametrize(
    ("file", "variables", "wait", "origin"),
    [
        ("url = '{url}'", {}, 5, "the file"),
        ("url = '{url}'\ntimeout_seconds = 9", {}, 5, "the file"),
        ("timeout_seconds = 9", {"URL": "{url}"}, 5, "DEDUP_DATABASE_URL"),
        ("url = '{url}'", {"TIMEOUT_SECONDS": "9"}, 9, "DEDUP_DATABASE_TIMEOUT_SECONDS"),
        ("", {"URL": "{url}", "TIMEOUT_SECONDS": "9"}, 5, "DEDUP_DATABASE_URL"),
    ],
)
def test_the_time_out_of_a_url_counts_unless_the_url_is_in_the_file_and_a_variable_sets_another(
    tmp_path: Path, file: str, variables: dict[str, str], wait: float, origin: str
) -> None:
    path, url = tmp_path / "dedup.toml", "sqlite:///news.db?timeout=5"
    path.write_text("[database]\n" + file.format(url=url))
    found = load(path, environment={f"DEDUP_DATABASE_{key}": value.format(url=url) for key, value in variables.items()})
    assert (found.database.url, found.database.timeout_seconds) == ("sqlite:///news.db", wait)
    assert found.origins["database.timeout_seconds"] == (str(path) if origin == "the file" else origin)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("sqlite:///news.db?cache=shared", "with cache=shared; cache=private is what dedup does; leave it out"),
        ("sqlite:///file:news.db?uri=true&mode=ro", "with mode=ro; mode=rwc is what dedup does; leave it out"),
        ("sqlite:///news.db?immutable=1", "with immutable=1; leave it out"),
        ("sqlite:///news.db?timeout=0", r"\[database\] url: timeout must lie between 0.1 and 600"),
        ("sqlite:///news.db?timeout=long", r"\[database\] url: timeout must be a number"),
        ("sqlite:///news.db?timeout=1&timeout=2", r"\[database\] url: timeout must be a number"),
        ("sqlite:///file:news.db", "'file:news.db' is not a name for a database; write sqlite:///FILE"),
        ("sqlite:///file:news%3F.db?uri=true", r"'file:news\?.db' is not a name for a database"),
        ("sqlite+pysqlcipher://:key@/news.db", "names an encrypted file"),
    ],
)
def test_options_of_a_file_that_cannot_be_kept(given: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load(environment={"DEDUP_DATABASE_URL": given})


def test_a_byte_order_mark_as_editors_write_it_is_no_part_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff[service]\r\ninterval_seconds = 5\r\n")
    assert load(path, environment={}).service.interval_seconds == 5


def test_only_what_decides_makes_a_new_configuration_version() -> None:
    base = load(environment={})
    assert load(environment={"DEDUP_SERVICE_BATCH_SIZE": "9"}).digest() == base.digest()
    assert load(environment={"DEDUP_STORIES_THRESHOLD": "0.9"}).digest() != base.digest()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[service]\nbatch_size = [1]", r"[service] batch_size must be a whole number, not [1]"),
        ("[service]\nbatch_size = 1979-05-27", "must be a whole number, not datetime.date"),
        ("[service]\nbatch_size = 0x" + "F" * 4_000, "and 10,000, not a number of thousands of digits"),
        ("[service]\nbatch_size = " + "9" * 5_000, "is not valid TOML"),
        ("[service]\ninterval_seconds = 0x" + "F" * 4_000, "must be a number, not a number of thousands of digits"),
        ("[log]\nfile = 'x" + "y" * 500 + "\\n'\nlevel = '" + "z" * 500 + "'", "not 'zzz"),
        ('[log]\nfile = "a\\u0000b"', r"must be a text, not 'a\x00b'"),
        ('[database]\nurl = "postgresql://u:s3cret@h/\\u0000"', "must be a text, not ***"),
        ("[database]\nurl = 'postgresql://u:s3cret@h:port/x'", "is not a database URL"),
        ("[sources.x]\nkind = ['sql']", "is ['sql'], which is not a kind of source"),
        ("a = " + "[" * 5_000, "is not valid TOML"),
    ],
)
def test_a_value_that_no_setting_takes_says_so(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)) as refused:
        load(written(tmp_path, text), environment={})
    assert len(str(refused.value)) < 400
    assert "s3cret" not in str(refused.value)


@given(st.binary(max_size=200))
def test_no_file_is_a_bug(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "dedup.toml"
    path.write_bytes(content)
    try:
        load(path, environment={})
    except DedupError as error:
        assert error.exit_code == 78


@pytest.mark.parametrize("setting", [("log", "file"), ("service", "metrics_file")])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("dedup.db", "the database"),
        ("link", "the database"),
        ("dedup.db-wal", "the database"),
        ("dedup.db.lock", "the database"),
        ("dedup.toml", "the configuration"),
        ("reader.db", "the database of [sources.reader]"),
        ("crawler.db", "the database of [sources.crawler]"),
        ("other.db", None),
        ("/dev/null", None),
    ],
)
def test_what_is_written_is_written_over_nothing_that_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: tuple[str, str], name: str, what: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("dedup.db")
    section, key = setting
    sources = (
        f"[sources.reader]\nkind = 'freshrss'\nurl = 'sqlite:///{tmp_path}/reader.db'\n"
        f"[sources.crawler]\nkind = 'freshrss'\nurl = 'sqlite:///{tmp_path}/crawler.db?mode=ro'\n"
    )
    path = written(tmp_path, f"[{section}]\n{key} = '{name}'\n{sources}")
    if what is None:
        load(path, environment={})
        return
    with pytest.raises(ConfigError) as caught:
        load(path, environment={})
    assert str(caught.value).startswith(f"{path}: [{section}] {key} {name} ")
    assert what in str(caught.value) and "name a file of its own" in str(caught.value)


def test_only_paths_that_begin_in_it_need_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, f"[database]\nurl = 'sqlite:///{tmp_path}/dedup.db'\n")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert load(path, environment={}).database.url == f"sqlite:///{tmp_path}/dedup.db"
    for settings in ({"DEDUP_DATABASE_URL": "sqlite:///dedup.db"}, {"DEDUP_LOG_FILE": "dedup.log"}):
        with pytest.raises(ConfigError, match="the folder that this was started in is no longer there"):
            load(path, environment=settings)


@pytest.mark.parametrize(("section", "key"), [("log", "file"), ("service", "metrics_file")])
def test_a_file_that_this_user_may_not_look_for_keeps_no_command_from_its_work(
    tmp_path: Path, section: str, key: str
) -> None:
    """The folder of the log is closed to whoever is not in the service's group; a name too long is refused likewise."""
    file = f"{tmp_path}/{'x' * 300}/dedup.out"
    config = load(written(tmp_path, f"[{section}]\n{key} = '{file}'\n"), environment={})
    assert Path(file) in config.files()


@pytest.mark.parametrize(("section", "key"), [("log", "file"), ("service", "metrics_file")])
@pytest.mark.parametrize("folder", ["/", ".", "..", "/tmp"])
def test_a_folder_is_no_file_to_write(tmp_path: Path, section: str, key: str, folder: str) -> None:
    path = written(tmp_path, f"[{section}]\n{key} = '{folder}'\n")
    with pytest.raises(ConfigError, match=rf"\[{section}\] {key} {re.escape(folder)} is a folder; name a file in it$"):
        load(path, environment={})


def test_log_and_metrics_are_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, "[log]\nfile = 'one'\n")
    with pytest.raises(ConfigError, match=r"DEDUP_SERVICE_METRICS_FILE \./one is written over the log"):
        load(path, environment={"DEDUP_SERVICE_METRICS_FILE": "./one"})
    load(path, environment={"DEDUP_SERVICE_METRICS_FILE": "two"})

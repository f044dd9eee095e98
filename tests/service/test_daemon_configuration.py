"""The real daemon and its configuration: read at the start, taken or refused at a reload."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from .conftest import BODY, StartDaemon, finished, put

# A daemon that looks for its configuration where no variable names it: in the folder that it works in.
FOUND = """
import os, sys
from dedup.config.loading import load
from dedup.service import daemon

os.chdir("..")
sys.exit(daemon.run(load))
"""


# A daemon whose working folder is removed, as that of a former release.
HOMELESS = """
import os, sys
from dedup.config.loading import load
from dedup.service import daemon

os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
sys.exit(daemon.run(load))
"""


# A daemon whose configuration comes as a shell gives it with <(command).
PIPED = """
import os, sys
from pathlib import Path
from dedup.config.loading import load
from dedup.service import daemon

reader, writer = os.pipe()
os.write(writer, Path(os.environ["DEDUP_CONFIG"]).read_bytes())
os.close(writer)
os.environ["DEDUP_CONFIG"] = f"/dev/fd/{reader}"
sys.exit(daemon.run(load))
"""


def test_a_good_configuration_is_taken(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    daemon.note("READY=1")
    log = folder / "status.log"
    with (folder / "dedup.toml").open("a", encoding="utf-8") as file:
        file.write(f'[log]\nlevel = "debug"\nfile = "{log}"\n')
    daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == ["log.level", "log.file"]
    assert daemon.note("RELOADING=1").startswith("RELOADING=1\nMONOTONIC_USEC=")
    daemon.note("READY=1")
    first = log.read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(first)["event"] == "config.reloaded"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[service]\ninterval = 3\n", "interval_seconds"),
        ("[[[", "not valid TOML"),
        ("[service]\nstop_seconds = -1\n", "must lie between"),
        ("[database]\ntimeout_seconds = 7\n", "restart"),
        ("[database]\ntimeout_seconds = 1\n[sources.reader]\nkind = 'miniflux'\n", "[sources.reader] has no url"),
        ('[database]\ntimeout_seconds = 1\n[log]\nfile = "/no/such/folder/dedup.log"\n', "cannot be written"),
    ],
)
def test_a_bad_configuration_is_refused_and_the_old_one_works_on(
    start_daemon: StartDaemon, folder: Path, content: str, said: str
) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    daemon.note("READY=1")
    (folder / "dedup.toml").write_text(content, encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    assert said in daemon.event("config.rejected")["error"]
    daemon.note("RELOADING=1")
    daemon.note("READY=1")
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


def test_a_daemon_whose_working_folder_is_gone_reads_its_configuration_again(
    start_daemon: StartDaemon, folder: Path
) -> None:
    toml = folder / "dedup.toml"
    before = toml.read_text(encoding="utf-8")
    daemon = start_daemon(HOMELESS)
    daemon.event("service.ready")
    toml.write_text(f'{before}[log]\nfile = "beside-it.log"\n', encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    assert "the folder that this was started in" in daemon.event("config.rejected")["error"]
    toml.write_text(f"{before}[text]\nmin_words = 7\n", encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == ["text.min_words"]
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


def test_a_configuration_from_a_pipe_stays_in_force(start_daemon: StartDaemon, folder: Path) -> None:
    """Read again, the pipe is empty, and the defaults know of no source."""
    toml = folder / "dedup.toml"
    toml.write_text("[text]\nmin_words = 100\n[service]\ninterval_seconds = 0.1\n", encoding="utf-8")
    daemon = start_daemon(PIPED, DEDUP_DATABASE_URL=f"sqlite:///{folder}/dedup.db")
    daemon.event("service.ready")
    daemon.signal(signal.SIGHUP)
    assert "came through a pipe, which is read only once" in daemon.event("config.rejected")["error"]
    put(folder, "a", BODY)
    assert daemon.event("pass.finished", finished)["rejected"] == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


@pytest.mark.parametrize(
    ("instead", "told"),
    [("nothing", "no longer from dedup.toml"), ("a folder", "configuration file dedup.toml is a folder, not a file")],
)
def test_a_configuration_file_that_is_gone_is_said_and_the_old_one_works_on(
    start_daemon: StartDaemon, folder: Path, instead: str, told: str
) -> None:
    toml = folder / "dedup.toml"
    with toml.open("a", encoding="utf-8") as file:
        file.write("[text]\nmin_words = 100\n")
    daemon = start_daemon(FOUND, DEDUP_CONFIG="")
    assert daemon.event("service.starting")["config"] == "dedup.toml"
    daemon.event("service.ready")
    daemon.note("READY=1")
    moved = toml.rename(folder / "moved.toml")
    if instead == "a folder":
        toml.mkdir()
    daemon.signal(signal.SIGHUP)
    assert told in daemon.event("config.rejected")["error"]
    assert "stays in force" in daemon.note("READY=1")
    put(folder, "a", BODY)
    assert daemon.event("pass.finished", finished)["rejected"] == 1
    if instead == "a folder":
        toml.rmdir()
    moved.rename(toml)
    daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == []


def test_a_storm_of_reloads_ends_with_the_last_configuration(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    toml = folder / "dedup.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '[log]\nlevel = "debug"\n', encoding="utf-8")
    for _ in range(200):
        daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == ["log.level"]
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert len([line for line in daemon.lines if line["event"] == "config.reloaded"]) < 200


def test_new_decision_settings_are_used_by_the_next_pass(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    with (folder / "dedup.toml").open("a", encoding="utf-8") as file:
        file.write("[text]\nmin_words = 100\n")
    daemon.signal(signal.SIGHUP)
    daemon.event("config.reloaded")
    daemon.event("pass.finished")  # it may have begun before
    put(folder, "a", BODY)
    assert daemon.event("pass.finished", finished)["rejected"] == 1


def test_a_wrong_key_ends_with_78(start_daemon: StartDaemon, folder: Path) -> None:
    (folder / "dedup.toml").write_text("[service]\nintervall_seconds = 3\n", encoding="utf-8")
    daemon = start_daemon(fresh=True)
    assert daemon.end() == 78
    assert "did you mean 'interval_seconds'" in daemon.errors()
    assert "Traceback" not in daemon.errors()

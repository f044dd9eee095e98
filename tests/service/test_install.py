"""``make install``, with an interpreter that only pretends to install."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# `-c` tells where the interpreter lies, `-m venv FOLDER` makes FOLDER/bin/python, which in turn "installs" bin/dedup;
# nothing is made outside of the test's own folder.
PRETENDER = """#!/bin/sh
case "$1 $2" in
    -c*) echo "{home}" ;;
    "-m venv") case "$3" in "{own}"/*) ;; *) exit 1;; esac; mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *) touch "$(dirname "$0")/dedup" && ls build > "$(dirname "$0")/built" 2>/dev/null; true ;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def install(tmp_path: Path, home: str = "/usr/bin/python3", **places: str) -> subprocess.CompletedProcess[str]:
    """Runs it in a tree of its own, as a root would whose files nobody else may read."""
    tree = tmp_path / "tree"
    for name in ("config", "systemd"):
        shutil.copytree(ROOT / name, tree / name, dirs_exist_ok=True)
    shutil.copy(ROOT / "Makefile", tree / "Makefile")
    (tree / "build/lib").mkdir(parents=True, exist_ok=True)
    python = tmp_path / "python"
    python.write_text(PRETENDER.format(home=home, own=tmp_path), encoding="utf-8")
    python.chmod(0o755)
    given = {"PYTHON": python, "PREFIX": tmp_path / "opt", "ETC": tmp_path / "etc"} | places
    words = [f"{name}={value}" for name, value in given.items()]
    return subprocess.run(
        ["make", "install", *words], cwd=tree, capture_output=True, text=True, check=False, umask=0o077, timeout=60
    )


def unreadable(folder: Path) -> list[str]:
    """What another user cannot read or, if it is a folder, enter."""
    found = []
    for path in (folder, *folder.rglob("*")):
        wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
        if path.stat().st_mode & wanted != wanted:
            found.append(str(path.relative_to(folder)))
    return found


def test_the_service_may_read_what_a_root_with_a_narrow_umask_installs(tmp_path: Path) -> None:
    done = install(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opt/bin/dedup").exists() and (tmp_path / "etc/systemd/system/dedup.service").exists()
    assert unreadable(tmp_path / "opt") == [] and unreadable(tmp_path / "etc") == []


def test_the_installed_configuration_names_one_database_wherever_a_command_is_typed(tmp_path: Path) -> None:
    assert install(tmp_path).returncode == 0
    config = tmp_path / "etc/dedup/dedup.toml"
    assert tomllib.loads(config.read_text(encoding="utf-8"))["database"]["url"] == "sqlite:////var/lib/dedup/dedup.db"
    config.write_text("[service]\n", encoding="utf-8")
    assert install(tmp_path).returncode == 0
    assert config.read_text(encoding="utf-8") == "[service]\n", "one that is there already stays"


def test_the_unit_names_the_whole_path_of_a_place_given_by_a_part_of_it(tmp_path: Path) -> None:
    assert install(tmp_path, PREFIX="../opt").returncode == 0
    unit = (tmp_path / "etc/systemd/system/dedup.service").read_text(encoding="utf-8")
    assert f"ExecStart={tmp_path}/opt/bin/dedup run" in unit


def test_nothing_of_an_earlier_build_is_installed(tmp_path: Path) -> None:
    assert install(tmp_path).returncode == 0
    assert (tmp_path / "opt/bin/built").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("home", ["/root/.pyenv/versions/3.11.7/bin/python3.11", "/home/jane/bin/python3"])
def test_an_interpreter_that_the_service_cannot_see_is_told(tmp_path: Path, home: str) -> None:
    done = install(tmp_path, home)
    assert f"dedup.service sees no homes and cannot start {home}: make install PYTHON=/usr/bin/python3" in done.stderr


@pytest.mark.parametrize("folder", ["/home/jane/dedup", "/root/dedup", "/tmp/../tmp/dedup", "/var/tmp/dedup", "/home"])
def test_a_place_that_the_service_cannot_see_is_refused_before_anything_is_made(tmp_path: Path, folder: str) -> None:
    done = install(tmp_path, PREFIX=folder, ETC="/proc/etc")
    assert done.returncode != 0
    seen = f"dedup.service sees neither homes nor /tmp and cannot start what is in {Path(folder).resolve()}"
    assert f"{seen}: make install PREFIX=/opt/dedup" in done.stderr
    assert (tmp_path / "tree/build/lib").exists()


def test_a_link_to_a_home_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/home/jane")
    done = install(tmp_path, PREFIX=str(tmp_path / "link/dedup"), ETC="/proc/etc")
    assert "cannot start what is in /home/jane/dedup:" in done.stderr


def test_a_tree_that_is_moved_later_may_be_made_anywhere(tmp_path: Path) -> None:
    """As a package is built: then the units are not where systemd reads them, either."""
    done = install(tmp_path, PREFIX="/home/jane/tree/opt/dedup", ETC="/home/jane/tree/etc")
    assert "cannot start what is in" not in done.stderr
    assert "/home/jane/tree/opt/dedup" in done.stdout, "it was about to be made there"


def test_an_interpreter_of_the_system_is_not_worth_a_word(tmp_path: Path) -> None:
    assert install(tmp_path).stderr == ""

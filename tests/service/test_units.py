from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
ANALYZE = shutil.which("systemd-analyze")
needs_analyze = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as installed, but with a program that is here."""
    for path in [*UNITS.glob("*.service"), *UNITS.glob("*.timer")]:
        text = path.read_text(encoding="utf-8").replace("/opt/dedup/bin/dedup", sys.executable)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_analyze
@pytest.mark.parametrize("name", ["dedup.service", "dedup-backup.service", "dedup-backup.timer"])
def test_systemd_finds_nothing_to_say(units: Path, name: str) -> None:
    done = analyze("verify", "--man=no", str(units / name))
    assert (done.returncode, done.stderr) == (0, "")


@needs_analyze
def test_an_unknown_key_would_be_noticed(units: Path) -> None:
    with (units / "dedup.service").open("a", encoding="utf-8") as unit:
        unit.write("\n[Service]\nMemoryDenyWriteExcute=yes\n")
    assert "MemoryDenyWriteExcute" in analyze("verify", "--man=no", str(units / "dedup.service")).stderr


@needs_analyze
@pytest.mark.parametrize("name", ["dedup.service", "dedup-backup.service"])
def test_the_exposure_is_low(units: Path, name: str) -> None:
    done = analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(units / name))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_daemon_starts_behind_a_clock_that_is_right() -> None:
    """Of a machine without a clock of its own, every date would be one to come, and become the day of arrival."""
    text = (UNITS / "dedup.service").read_text(encoding="utf-8")
    ordered = {unit for line in re.findall(r"^After=(.*)$", text, re.MULTILINE) for unit in line.split()}
    wanted = {unit for line in re.findall(r"^Wants=(.*)$", text, re.MULTILINE) for unit in line.split()}
    assert "time-sync.target" in ordered
    readme = (UNITS.parent / "README.md").read_text(encoding="utf-8")
    assert "ordered behind `time-sync.target`" in readme, "else nobody knows what a start at boot may wait for"
    assert "time-sync.target" not in wanted, "systemd.special(7): whoever needs the time must not pull it in"


def test_both_services_are_hardened_alike() -> None:
    """The backup reads the same database as the same user: no line of hardening may be missing in one of them."""
    own = {"RestrictAddressFamilies", "IPAddressDeny", "IPAddressAllow", "PrivateNetwork"}
    families = "Protect|Private|Restrict|SystemCall|Capability|Ambient|NoNew|Memory|Lock|Remove|Device|Keyring|IP"
    hardening = rf"^((?:{families})\w*)=(.*)$"

    def lines(name: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, value in re.findall(hardening, (UNITS / name).read_text(encoding="utf-8"), re.MULTILINE):
            if key not in own | {"MemoryHigh", "MemoryMax"}:
                found.setdefault(key, []).append(value)
        return found

    found = {key: value for key, value in lines("dedup.service").items() if key != "RestartPreventExitStatus"}
    assert found == lines("dedup-backup.service")

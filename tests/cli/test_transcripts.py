"""What the README shows of a terminal is what the commands print about the examples."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from .conftest import Dedup

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(
    r"^\$ dedup (.+)\n((?:(?!\$ |```).*\n)*)", "".join(re.findall(r"```console\n(.*?)```", README, re.S)), re.M
)

LEFT_OUT = "..."
"""A line that stands for any number of lines that are not shown."""


def test_the_readme_shows_commands() -> None:
    assert {shlex.split(command)[0] for command, _ in SHOWN} == {"story", "why"}


@pytest.mark.usefixtures("clustered")
@pytest.mark.parametrize(("command", "told"), SHOWN, ids=[command for command, _ in SHOWN])
def test_the_readme_shows_what_is_printed(command: str, told: str, dedup: Dedup) -> None:
    answer = dedup(*shlex.split(command))
    assert answer.code == 0
    printed = [line.rstrip() for line in answer.out.splitlines()]
    parts = [part.strip("\n").splitlines() for part in re.split(rf"(?m)^{re.escape(LEFT_OUT)}$", told)]
    at = 0
    for part in parts:
        places = [place for place in range(at, len(printed)) if printed[place : place + len(part)] == part]
        assert places, f"not printed: {part}\nbut: {printed[at:]}"
        assert part is not parts[0] or not part or places[0] == 0
        at = places[0] + len(part)
    assert not parts[-1] or at == len(printed)

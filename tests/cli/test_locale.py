"""Commands in a locale that knows ASCII alone, without Python's UTF-8 mode: words and names are UTF-8 all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
BODY = (
    "Eine Fähre mit vierzig Menschen an Bord ist am frühen Montag vor der nördlichen Insel auf Grund gelaufen. "
    "Alle wurden von Rettungsbooten an Land gebracht, teilte die Küstenwache mit, und niemand wurde verletzt."
)


def dedup(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("DEDUP_")}
    env = others | ASCII | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "dedup", *words],
        cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of one article."""
    made = tmp_path_factory.mktemp("locale")
    record = {"uri": "größe.html", "source": "Süd", "publisher": "Südkurier", "title": "Fähre auf Grund", "body": BODY}
    (made / "fähre.jsonl").write_text(json.dumps(record), encoding="utf-8")
    for words in (("ingest", "fähre.jsonl"), ("once",)):
        done = dedup(made, *words)
        assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize(
    "words",
    [
        ("why", "größe.html"),
        ("why", "größe.html", "--source", "Süd"),
        ("stories", "--all", "--search", "fähre"),
        ("stories", "--all", "--publisher", "Südkurier"),
    ],
)
def test_words_of_a_command_line_are_utf_8(folder: Path, words: tuple[str, ...]) -> None:
    done = dedup(folder, *words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["article"] if words[0] == "why" else found["stories"][0])["language"] == "de"


def test_the_name_of_a_source_is_utf_8(folder: Path) -> None:
    (folder / "other.txt").write_text(BODY, encoding="utf-8")
    assert dedup(folder, "ingest", "--source", "Nörd", "other.txt").returncode == 0
    assert dedup(folder, "once").returncode == 0
    assert json.loads(dedup(folder, "why", "other.txt", "--json").stdout)["article"]["source"] == "Nörd"


@pytest.mark.parametrize(
    "setting",
    [
        '[log]\nfile = "lög.txt"',
        '[database]\nurl = "sqlite:///lög.txt"',
        '[sources.a]\nkind = "spool"\nfolder = "lög.txt"',
    ],
)
def test_a_file_that_python_cannot_name_is_a_fault_of_the_configuration(tmp_path: Path, setting: str) -> None:
    (tmp_path / "dedup.toml").write_text(setting, encoding="utf-8")
    done = dedup(tmp_path, "status", "--json")
    assert done.returncode == 78
    told = json.loads(done.stdout)["error"]
    assert told.startswith("Python cannot name the file ")
    assert "lög.txt in this locale; set PYTHONUTF8=1" in told

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.config.loading import load
from dedup.errors import ConfigError

URL = "postgresql://news:secret@localhost/news"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "dedup.toml").write_text('[database]\nurl = "sqlite:///file.db"\n', encoding="utf-8")
    return {"CREDENTIALS_DIRECTORY": str(tmp_path), "DEDUP_CONFIG": str(tmp_path / "dedup.toml")}


def test_the_credential_is_the_database_url(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "database-url").write_text(f"{URL}\n", encoding="utf-8")
    assert load(environment=environment).database.url == URL


def test_the_environment_and_a_flag_beat_the_credential(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "database-url").write_text(URL, encoding="utf-8")
    flag = {"database": {"url": "sqlite:///flag.db"}}
    assert load(environment=environment, overrides=flag).database.url == "sqlite:///flag.db"
    environment["DEDUP_DATABASE_URL"] = "sqlite:///environment.db"
    assert load(environment=environment).database.url == "sqlite:///environment.db"


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_without_a_credential_the_file_counts(tmp_path: Path, environment: dict[str, str], content: str | None) -> None:
    if content is not None:
        (tmp_path / "database-url").write_text(content, encoding="utf-8")
    assert load(environment=environment).database.url == "sqlite:///file.db"


def test_a_credential_that_is_no_text_is_a_configuration_error(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "database-url").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"credential .*database-url cannot be read"):
        load(environment=environment)

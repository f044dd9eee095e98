"""What the first article of a program would wait for is done before it comes, and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dedup.config import Config
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.sketch.frequencies import LANGUAGES, Frequencies
from dedup.store import Store

from .conftest import NOW, picture, put, run

PROGRAM = """
import sys
from datetime import UTC, datetime
from dedup.config import Config
from dedup.config.sections import DatabaseSettings
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox

store = Store.open(DatabaseSettings(url=sys.argv[1]))
with store.writer_lock() as lock:
    pipeline = Pipeline(store, Config(), lock)
    pipeline.run_pass()
    pipeline.warm_up()
    before = set(sys.modules)
    for language in ("en", None):
        body = "The council of the island voted for a ferry that runs on batteries, which is to sail from May on."
        url = "https://www.example.com/ferry"
        article = Article(f"new-{language}", body, title="Ferry", url=url, language=language)
        with store.writing() as connection:
            inbox.put(connection, [article])
        pipeline.run_pass()
    print(sorted(set(sys.modules) - before))
"""


def test_the_first_article_loads_no_module(store: Store, examples: list[Article]) -> None:
    put(store, examples)
    run(store)
    url = store.engine.url.render_as_string(hide_password=False)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", PROGRAM, url], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_warm_program_decides_the_same(store: Store, second_fresh: Store, examples: list[Article]) -> None:
    for kept in (store, second_fresh):
        put(kept, examples[:40])
        run(kept)
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        pipeline.warm_up()
        put(store, examples[40:])
        pipeline.run_pass()
    put(second_fresh, examples[40:])
    run(second_fresh)
    assert picture(store) == picture(second_fresh)


def test_of_many_languages_those_of_the_last_texts_are_counted() -> None:
    frequencies = Frequencies()
    spoken = ["fi", *["de"] * 3, *["fr"] * 4, *["en"] * 5, *["ru"] * 6]
    for ordinal, language in enumerate(spoken):
        frequencies.add(ordinal, language, b"\x01\x00\x00\x00")
    frequencies.warm_up()
    assert list(frequencies._counts) == ["ru", "en", "fr", "de"]
    assert len(frequencies._counts) == LANGUAGES

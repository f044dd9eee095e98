"""The two seed pages after cleaning, and clean bodies of the labelled data, which stay as they are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.text.clean import clean
from dedup.text.document import Document
from dedup.text.normal_form import normal_form, one_line
from dedup.text.page import read_page
from dedup.text.words.tokens import tokens

SHARED = Path(__file__).resolve().parents[3] / "shared"
SEEDS = SHARED / "seeds"
DATA = SHARED / "bench" / "data"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SEEDS.is_dir() or not DATA.is_dir(), reason="the shared data is not beside the repository"),
]


def seed(number: str) -> Document:
    path = next(SEEDS.glob(f"{number}_*.txt"))
    return clean(
        Article(uri=path.name, body=path.read_text(encoding="utf-8"), content_type="text/plain"), TextSettings(), 10**7
    )


def test_the_aggregator_s_page_gives_its_own_article_only() -> None:
    document = seed("000")
    assert document.title == (
        "China, Pakistan say ties are ironclad as FM Ishaq Dar meets Wang Yi after deadly clash with India"
    )
    assert document.body.startswith("China and Pakistan reaffirm ironclad ties")
    assert "'This episode, like previous instances," in document.body
    assert document.publisher == "Straits Times"
    assert document.published_at is not None
    assert document.published_at.isoformat() == "2025-05-21T00:00:00+00:00"
    assert document.language == "en"
    for noise in (
        "logo", "Orange background", "AI Features", "Daily8", "Comments", "No comments", "Related Articles",
        "Air India", "China exports", "Asean", "Shares", "tariff", "Download", "app-store", "PHOTOS", "Telegram",
    ):  # fmt: skip
        assert noise not in document.body


def test_the_clean_page_is_unchanged() -> None:
    text = next(SEEDS.glob("003_*.txt")).read_text(encoding="utf-8")
    document = seed("003")
    assert document.title == ""
    assert document.published_at is None
    assert document.body.split() == text.split()
    assert len(document.body.split("\n")) == len(text.strip().split("\n"))


@pytest.mark.parametrize(
    ("name", "changed", "cut"),
    [
        ("reuters-stream", 0.003, 0.0001),
        ("ecbplus-dev", 0.001, 0.0001),
        # these two hold links to other articles between paragraphs and invitations to newsletters, which go
        ("roundups-dev", 0.40, 0.008),
        ("google-news-dev", 0.30, 0.008),
    ],
)
def test_next_to_nothing_is_cut_from_clean_bodies(name: str, changed: float, cut: float) -> None:
    """The shares of articles changed and of words cut, repeated titles aside, stay below `changed` and `cut`."""
    articles = articles_changed = words_before = words_cut = 0
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text, title = normal_form(row["body_text"]), one_line(row["title"] or "")
            words = tokens(text)
            page = read_page(text, title)
            articles += 1
            words_before += len(words)
            if page.body is text:
                continue
            lost = len(words) - len(tokens(page.body))
            first = tokens(text.partition("\n")[0])
            if first == tokens(title) and tokens(page.body.partition("\n")[0]) != first:
                lost -= len(first)
            articles_changed += lost > 0
            words_cut += lost
    assert articles_changed / articles <= changed
    assert words_cut / words_before <= cut

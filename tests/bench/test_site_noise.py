"""``bench/site_noise.py``: what it plants, whom it scores, and that the memory of sites pays on made news."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

from dedup.intake.article import Article
from tests.conftest import Bench


@pytest.fixture(scope="module")
def site_noise(bench: Bench) -> ModuleType:
    return bench("site_noise")


def article(number: int, site: str = "a.example") -> Article:
    url = f"https://{site}/{number}"
    return Article(url, f"Text {number}.", source="s", url=url, published_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("words", [20, 50, 200])
def test_a_template_has_so_many_words_and_is_the_same_for_all_pages_of_a_site(
    site_noise: ModuleType, words: int
) -> None:
    above, below = site_noise.template("a.example", words, 1)
    assert len(f"{above} {below}".split()) == words
    pages = site_noise.noisy([article(1), article(2), article(3, "b.example")], words)
    assert [page.body.replace(f"{above}\n\n", "").replace(f"\n\n{below}", "") for page in pages[:2]] == [
        "Text 1.",
        "Text 2.",
    ]
    assert below not in pages[2].body
    assert site_noise.noisy(pages, 0) == pages


def test_the_first_pages_of_a_site_are_not_scored(site_noise: ModuleType) -> None:
    given = [article(number, site) for number in range(12) for site in ("a.example", "b.example")]
    assert site_noise.after_first(given) == {one.uri for one in given[20:]}


def test_each_fifth_article_is_published_again_elsewhere(site_noise: ModuleType) -> None:
    given = [article(number, f"{'ab'[number % 2]}.example") for number in range(100)]
    stream, of_whom = site_noise.syndicated(given)
    assert len(stream) == 120
    assert Counter(Counter(of_whom.values()).values()) == {1: 80, 2: 20}
    for copy in (one for one in stream if one.uri.startswith("copy:")):
        original = next(one for one in given if one.uri == of_whom[copy.uri])
        assert site_noise.site_of(copy) != site_noise.site_of(original)
        assert copy.body == original.body


def test_the_memory_of_sites_keeps_stories_together_on_made_news(
    site_noise: ModuleType, bench: Bench, tmp_path: Path
) -> None:
    generate, train = bench("generate"), bench("train")
    shape = generate.Shape(per_day=80, publishers=3, words=120, furniture=0, copies=0, series=0)
    path = tmp_path / "made.jsonl"
    made = [one.record() for one in islice(generate.stream(3, shape), 120)]
    path.write_text("".join(json.dumps(one) + "\n" for one in made), encoding="utf-8")
    clean, without, memory = site_noise.measure(train.load(path), [200])
    assert (clean.words, without.memory, memory.memory) == (0, False, True)
    lost = clean.stories.bcubed_f1 - without.stories.bcubed_f1, clean.stories.bcubed_f1 - memory.stories.bcubed_f1
    assert lost[1] < 0.05 < lost[0]
    assert memory.copies.bcubed_f1 >= without.copies.bcubed_f1
    table = site_noise.table([clean, without, memory], {"made": (90, 120)}).markdown()
    assert "200 words of noise, with memory" in table

"""The memory of what sites repeat: what counts, for how long, and that batches change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index import sites
from dedup.index.sites import LEAST, REACH, RECENT, SHARE, Passages, Sites, number_of

MENU = "Home\nWeather and traffic"


def page(number: int, noise: str = MENU) -> str:
    body = (
        f"On day {number} the ferry to isle {number} was late.\nOnly {number} people were on board of number {number}."
    )
    return f"{noise}\n\n{body}" if noise else body


def read_all(known: Sites, texts: Sequence[str], site: int = 1, start: int = 1) -> list[str | None]:
    """What is left out of each text when each is a batch."""
    found = []
    for number, text in enumerate(texts, start):
        known.begin()
        reading = known.read(site, text)
        found.append(reading.left_out)
        known.settle([(number, reading.passages)] if reading.passages else [], number + 1)
    return found


def test_what_a_site_repeats_is_left_out_once_enough_articles_have_it() -> None:
    known = Sites()
    assert read_all(known, [page(number) for number in range(LEAST)]) == [None] * LEAST
    reading = known.read(1, page(99))
    assert (reading.kept, reading.left_out) == (page(99, ""), MENU)
    assert known.read(2, page(99)).left_out is None


def test_a_passage_in_few_of_many_articles_stays() -> None:
    known = Sites()
    rare = [page(number, "" if number % (SHARE + 1) else MENU) for number in range(RECENT)]
    assert set(read_all(known, rare)) == {None}
    often = [page(number, "" if number % (SHARE - 1) else MENU) for number in range(RECENT, 3 * RECENT)]
    assert read_all(known, often, start=RECENT + 1)[-(SHARE - 1) :].count(MENU) == 1


def test_a_template_that_is_gone_is_forgotten() -> None:
    known = Sites()
    read_all(known, [page(number) for number in range(RECENT)])
    assert (
        read_all(known, [page(number, "") for number in range(RECENT, 2 * RECENT)], start=RECENT + 1) == [None] * RECENT
    )
    assert known.read(1, page(999)).left_out is None


def test_copies_and_updates_of_one_article_count_once() -> None:
    known = Sites()
    text = "\n".join(f"Paragraph {number} of a report on the ferry and its captain." for number in range(12))
    updates = [f"{text}\nIt is now {hour} o'clock and nothing is new." for hour in range(3 * LEAST)]
    assert set(read_all(known, [text, *updates, text])) == {None}


def test_articles_out_of_reach_are_forgotten() -> None:
    known = Sites()
    read_all(known, [page(number) for number in range(LEAST)])
    known.settle([], REACH + 1)
    known.begin()
    assert known.read(1, page(98)).left_out == MENU
    known.settle([], REACH + 2)
    known.begin()
    assert known.read(1, page(98)).left_out is None


def test_sites_without_articles_in_reach_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "REACH", 160)
    known = Sites()
    for number in range(1_000):
        read_all(known, [page(number)], site=number, start=number + 1)
    assert len(known._sites) <= 160 + 160 // 16 + 1


@settings(max_examples=30)
@given(
    deliveries=st.lists(
        st.tuples(st.integers(1, 2), st.integers(0, 25), st.booleans(), st.booleans()), min_size=20, max_size=90
    ),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=9),
)
def test_batches_and_restarts_change_nothing(deliveries: list[tuple[int, int, bool, bool]], sizes: list[int]) -> None:
    """An article is one of two sites, new or not; with or without the menu; and some are a new version of another."""
    texts = [(site, page(number, MENU if noise else ""), version) for site, number, noise, version in deliveries]

    def run(batches: Sequence[Sequence[tuple[int, str, bool]]], *, restarts: bool) -> list[str | None]:
        known, rows, found, following = Sites(), dict[int, Passages](), list[str | None](), 1
        for batch in batches:
            if restarts:
                known = Sites()
                known.settle(rows.items(), following)
            known.begin()
            accepted = {}
            for site, text, version in batch:
                reading = known.read(site, text)
                found.append(reading.left_out)
                if not version:
                    if reading.passages:
                        accepted[following] = reading.passages
                    following += 1
            rows |= accepted
            known.settle(accepted.items(), following)
        return found

    single = [[text] for text in texts]
    batches: list[list[tuple[int, str, bool]]] = [[]]
    for text in texts:  # as in a pass: a new version is a batch of its own
        if text[2] or len(batches[-1]) >= sizes[len(batches) % len(sizes)] or (batches[-1] and batches[-1][-1][2]):
            batches.append([])
        batches[-1].append(text)
    expected = run(single, restarts=False)
    assert run(batches, restarts=False) == expected
    assert run(batches, restarts=True) == expected


@pytest.mark.parametrize(
    ("url", "publisher", "same"),
    [
        ("https://www.kestrel.example/a/1", "Kestrel", ("http://KESTREL.example/b?x=1", None)),
        (None, "Kestrel", ("", "Kestrel")),
        ("", "", (None, None)),
    ],
)
def test_a_site_is_a_host_else_a_publisher_else_a_source(
    url: str | None, publisher: str | None, same: tuple[str | None, str | None]
) -> None:
    assert number_of(url, publisher, "wire") == number_of(*same, "wire")
    assert number_of(url, publisher, "wire") != number_of("https://other.example/", "Other", "wire")
    assert number_of(None, None, "wire") != number_of(None, None, "agency")

"""Three counts: articles, distinct texts, independent publishers."""

from __future__ import annotations

from dataclasses import replace

from dedup.config import Config
from dedup.config.sections import PUBLISHER_CHARACTERS, PublisherSettings
from dedup.store import Store

from .conftest import put, rows, run
from .news import FLOOD, FLOOD_OTHER_WORDS, article

COUNTS = "SELECT article_count, text_count, publisher_count FROM v_stories"


def grouped(groups: str) -> Config:
    return replace(Config(), publishers=PublisherSettings(groups))


def test_publishers_of_a_group_count_as_one_also_afterwards(store: Store) -> None:
    names = ("Aller Post", "Aller Post Online", "The Weir", "", "")
    put(
        store,
        [
            replace(article(f"{number}", FLOOD, source="wire" if number < 4 else "feed"), publisher=name or None)
            for number, name in enumerate(names)
        ],
    )
    put(store, [replace(article("own words", FLOOD_OTHER_WORDS, hours=2), publisher="The Capstan")])
    run(store)
    assert rows(store, COUNTS) == [(6, 2, 6)]
    run(store, grouped("Aller Post = Aller Post Online"))
    assert rows(store, COUNTS) == [(6, 2, 5)]
    run(store, grouped("Aller Post = Aller Post Online = The Weir; The Capstan = wire"))
    assert rows(store, COUNTS) == [(6, 2, 3)]
    before = rows(store, "SELECT COUNT(*) FROM publisher_groups")
    run(store, grouped("Aller Post = Aller Post Online = The Weir; The Capstan = wire"))
    assert rows(store, "SELECT COUNT(*) FROM publisher_groups") == before == [(5,)]
    run(store)
    assert rows(store, COUNTS) == [(6, 2, 6)]
    # No other configuration version: nothing that is decided depends on it.
    assert rows(store, "SELECT COUNT(*) FROM config_versions") == [(1,)]


def test_the_longest_names_are_found_as_they_are_shown(store: Store) -> None:
    """Their length in bytes is what the indexes of both databases have room for."""
    letters = [chr(number) for number in range(0x20000, 0x20000 + PUBLISHER_CHARACTERS)]
    first, second = "".join(letters), "".join(reversed(letters))
    put(
        store,
        [
            replace(article(str(number), FLOOD, hours=number), publisher=name + "and more")
            for number, name in enumerate((first, second))
        ],
    )
    run(store, replace(Config(), publishers=PublisherSettings(f"{first} = {second}", second)))
    assert rows(store, COUNTS) == [(2, 1, 1)]
    assert rows(store, "SELECT representative_article_id FROM v_stories") == [(2,)]


def test_a_name_is_the_same_in_every_spelling_of_its_characters(store: Store) -> None:
    """As it was copied from a page or a file's name: with a no-break space, and accents as characters of their own."""
    names = ("Le Café", "Cafe\u0301 du\u00a0Nord")
    put(
        store,
        [replace(article(str(number), FLOOD, hours=number), publisher=name) for number, name in enumerate(names)],
    )
    run(
        store,
        replace(Config(), publishers=PublisherSettings("Le\u00a0Cafe\u0301 = Café  du Nord", "Café du\u00a0Nord")),
    )
    assert rows(store, COUNTS) == [(2, 1, 1)]
    assert rows(store, "SELECT representative_article_id FROM v_stories") == [(2,)]

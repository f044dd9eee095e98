"""Articles of words in an order of their own: texts of one block of words are alike and no copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from dedup.config import Config
from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, run
from .model import THRESHOLD
from .news import DAY

CONFIG = replace(Config(), stories=replace(Config().stories, threshold=THRESHOLD))
ENDINGS = ("abul", "emot", "irav", "onik", "ulep", "ydor", "egam", "osin")


def told(uri: str, blocks: str, *, title: str = "", source: str = "wire", days: float | None = 0) -> Article:
    """An article of eight words for each letter of `blocks`, which are in no other block."""
    words = [f"{block.lower()}{ending}" for block in blocks for ending in ENDINGS]
    Random(f"{blocks} of {uri}").shuffle(words)
    published = None if days is None else DAY + timedelta(days=days)
    return Article(uri, " ".join(words), source=source, title=title, language="en", published_at=published)


def copy_of(article: Article, uri: str) -> Article:
    return replace(article, uri=uri, source=f"source of {uri}")


# The bridge has a third of its words in common with the first, the newcomer two thirds, and those two have none.
FIRST, BRIDGE, NEWCOMER = told("first", "ABC"), told("bridge", "ASTU"), told("newcomer", "BCD")
# Here it is the first article that is left alone.
OLD, MIDDLE, LATEST = told("old", "CBA"), told("middle", "CDE"), told("latest", "DEF")
# And here the newcomer is in the part that leaves.
PAIR = told("one", "ABC"), told("two", "ABD")
GOES, SHOWS = told("goes", "ASTU"), told("shows", "STUV")
# This one would be alone: it shares a third of its words with one text of the pair and none with the other.
ALONE = told("alone", "CST")
# Three texts of one event in words of their own, and a text of another.
ONE, TWO, THREE, OTHER = told("one", "ABC"), told("two", "ABD"), told("three", "ABE"), told("other", "STU")


def deliver(store: Store, *articles: Article, batch_size: int = 256) -> None:
    put(store, articles)
    run(store, CONFIG, batch_size=batch_size)
    assert store.check(full=True) == []

"""Two texts taken apart as the story model sees them. The weights are the test's own: the model's will change."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dedup.cli.evidence.spelling import spellings
from dedup.cli.evidence.weighing import Kind, Sketched, Weighing, numbers_of, weigh
from dedup.cluster import model
from dedup.sketch.frequencies import Frequencies
from dedup.sketch.terms import SCALE, hash_terms, sketch
from dedup.text.document import Document
from dedup.text.words.tokens import joined

WEIGHTS = model.published().weights._replace(
    intercept=-3.0, body=6.0, title=1.0, cross=2.0, numbers=0.5, weekday=-0.5, days=-1.0, background=0.5
)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FLOOD = (
    "The river Aller rose by 312 centimetres in a single night and flooded the old town of Verlingen. Mayor Ilse Kranz "
    "said the dam above the town had held, but that 14 pumps failed. The town expects the river to fall by Wednesday."
)
OTHER = (
    "Some 400 residents of Verlingen spent Monday in a gym after the Aller burst its banks. Ilse Kranz, the mayor, "
    "blamed 14 pumps in the lower quarter of the town, while the dam upstream stood firm."
)


def document(title: str, body: str, language: str) -> Document:
    return Document(title, body, language, None, None, None, joined(title), joined(body))


def text(title: str, body: str, ordinal: int, published_at: datetime | None, language: str = "en") -> Sketched:
    terms = sketch(document(title, body, language), Frequencies().of(language))
    return Sketched(ordinal, published_at, replace(terms, background=20_000))


ONE = text("Flood in Verlingen", FLOOD, 4, AT)
TWO = text("Verlingen under water as the Aller rises", OTHER, 9, AT + timedelta(days=1, hours=12))


def weighed(threshold: float, one: Sketched = ONE, other: Sketched = TWO) -> Weighing:
    return weigh(one, other, threshold, WEIGHTS)


def log_odds_with(weighing: Weighing, kind: Kind, value: float) -> float:
    """What the log-odds would be with another value of one kind, all else the same."""
    grow = math.log1p if kind.name == "days" else lambda x: x
    return weighing.log_odds - kind.contribution + kind.contribution * grow(value) / grow(kind.value)


def test_the_kinds_add_up() -> None:
    weighing = weighed(0.5)
    # One names Wednesday, the other Monday.
    assert (weighing["weekday"].value, weighing["weekday"].contribution) == (1.0, -0.5)
    assert [kind.name for kind in weighing.kinds] == [
        "body",
        "title",
        "cross",
        "numbers",
        "weekday",
        "days",
        "background",
    ]
    assert weighing.log_odds == pytest.approx(weighing.start + sum(kind.contribution for kind in weighing.kinds))
    assert weighing.probability == pytest.approx(1 / (1 + math.exp(-weighing.log_odds)))
    assert all(0 < weighing[name].value < 1 for name in ("body", "title", "cross", "numbers", "background"))
    assert weighing["body"].contribution == pytest.approx(6 * weighing["body"].value)
    assert weighing["days"].value == 1.5 and weighing["days"].contribution == pytest.approx(-math.log(2.5))
    assert weighing["background"].value == pytest.approx(20_000 / SCALE)
    assert weighing["background"].contribution == pytest.approx(-3 * weighing["background"].value)


def test_the_order_of_the_two_makes_no_difference() -> None:
    assert weighed(0.5, ONE, TWO) == weighed(0.5, TWO, ONE)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_at_the_threshold_of_a_kind_the_probability_is_the_threshold(threshold: float) -> None:
    weighing = weighed(threshold)
    wanted = math.log(threshold / (1 - threshold))
    solved = [kind for kind in weighing.kinds if kind.at_threshold is not None]
    for kind in solved:
        assert kind.at_threshold is not None
        assert log_odds_with(weighing, kind, kind.at_threshold) == pytest.approx(wanted)
        assert kind.at_threshold >= 0 and (kind.name == "days" or kind.at_threshold <= 1)
    for kind in weighing.kinds:
        if kind.at_threshold is None and kind.name not in ("weekday", "days", "background"):
            low, high = sorted((log_odds_with(weighing, kind, 0), log_odds_with(weighing, kind, 1)))
            assert not low <= wanted <= high
    if weighing.fits:
        assert weighing["days"].at_threshold is not None and weighing["days"].at_threshold >= 1.5


@pytest.mark.parametrize("threshold", [0.3, 0.45])
def test_other_days_turn_the_verdict_where_it_was_said(threshold: float) -> None:
    days = weighed(threshold)["days"].at_threshold
    assert days is not None
    for slack, fits in ((-0.001, True), (0.001, False)):
        moved = replace(TWO, published_at=AT + timedelta(days=days + slack))
        assert weighed(threshold, ONE, moved).fits is fits


def test_another_background_turns_the_verdict_where_it_was_said() -> None:
    threshold = weighed(0.5).probability - 0.03
    limit = weighed(threshold)["background"].at_threshold
    assert limit is not None
    for slack, fits in ((-10, True), (10, False)):
        one, two = (
            replace(each, terms=replace(each.terms, background=int(limit * SCALE) + slack)) for each in (ONE, TWO)
        )
        assert weighed(threshold, one, two).fits is fits


def test_an_undated_text_has_guessed_days() -> None:
    weighing = weighed(0.5, ONE, replace(TWO, published_at=None))
    assert not weighing.dated and weighing["days"].value > 0


def test_shared_terms_come_with_their_share() -> None:
    weighing = weighed(0.5)
    words = spellings(document("Flood in Verlingen", FLOOD, "en"), numbers_of(weighing.kinds))
    told = {kind.name: [(words[term.number], term.share) for term in kind.terms] for kind in weighing.kinds}
    assert {word for word, _ in told["body"][:6]} >= {"Verlingen", "Aller"}
    assert {"Kranz", "Ilse", "town"} <= {word for word, _ in told["body"]}
    assert told["title"] == [("Verlingen", 1.0)]
    assert told["numbers"] == [("14", 1.0)]
    assert "Aller" in [word for word, _ in told["cross"]]
    for shared in told.values():
        assert [share for _, share in shared] == sorted((share for _, share in shared), reverse=True)
        assert sum(share for _, share in shared) <= 1 + 1e-9
    assert told["days"] == told["background"] == []


def test_texts_that_share_nothing() -> None:
    strange = text("Bakers on strike", "Armand Vessier wants ovens cold before four. Queues formed.", 5, AT)
    weighing = weighed(0.9, ONE, strange)
    assert weighing["title"].value == 0 and weighing["title"].terms == ()
    assert weighing["body"].at_threshold is None or weighing["body"].at_threshold <= 1


@pytest.mark.parametrize(
    ("language", "other", "written"),
    [
        ("de", "brücke", "Brücken"),  # the stem is the same, the text has the plural
        ("de", "strasse", "Straße"),  # casefolding
        ("en", "chile", "Chile"),
        ("en", "flood", "flood"),  # a capital at the beginning of a sentence only
        ("en", "nato", "NATO"),
        ("en", "37", "37"),
        ("hi", "लासलगांव", "लासलगाँव"),  # one spelling of several
        ("ar", "الانتخابات", "الإنتخابات"),
        ("ja", "水素", "水素"),
    ],
)
def test_a_hash_is_spelled_as_in_the_text(language: str, other: str, written: str) -> None:
    title = "Flood warning: Brücken und Straße gesperrt, CHILE"
    body = "A flood reached Chile. NATO, Chile and 37 Brücken: the flood. लासलगाँव 水素だけ الإنتخابات"
    number = int.from_bytes(hash_terms([other], language), "little")
    assert spellings(document(title, body, language), {number}) == {number: written}
    assert spellings(document(title, body, language), {number ^ 1}) == {}

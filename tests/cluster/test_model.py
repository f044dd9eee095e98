"""The story model: how it is read, what its log-odds mean, and that it reads evidence the way people would."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.model import CAUTIOUS_TEXTS, CROWD, FEATURES, Model, log_odds, probability, published, read
from dedup.errors import ConfigError
from dedup.kernel.chosen import Texts
from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.evidence import UNIT, StoryFit, Weights
from dedup.sketch.terms import SCALE

DAY = 86_400
WEIGHTS = Weights(-2.0, 6.0, 1.0, 2.0, 0.5, -0.7, -1.5, 0.4, math.inf, 3.0)
MODEL = Model(
    WEIGHTS, threshold=0.4, split=0.3, lone=0.2, floor=-5.0, ceiling=4.0, caution=0.8, lenience=0.6, undated=0.3
)


def document(**changed: Any) -> dict[str, Any]:
    coefficients = {"body": 6.0, "title": 1.0, "cross": 2.0, "numbers": 0.5, "weekday": -0.7, "days": -1.5}
    return {
        "intercept": -2.0,
        "features": [{"name": name, "unit": "", "coefficient": value} for name, value in coefficients.items()],
        "background": 0.4,
        "patience": 3.0,
        "threshold": 0.4,
        "split": 0.3,
        "lone": 0.2,
        "floor": -5.0,
        "ceiling": 4.0,
        "caution": 0.8,
        "lenience": 0.6,
        "undated": 0.3,
        "made_by": "hand",
    } | changed


def test_a_model_is_read_as_it_was_written() -> None:
    assert read(document()) == MODEL


def test_the_pace_of_the_stream_is_no_part_of_a_model() -> None:
    assert read(document(pace=7.0)) == MODEL


@pytest.mark.parametrize(
    "change", [lambda found: found[:-1], lambda found: [*found, found[0]], lambda found: found[::-1]]
)
def test_a_model_of_other_features_is_refused(change: Any) -> None:
    features = change(document()["features"])
    with pytest.raises(ConfigError, match=f"has the features {features[0]['name']}.*needed are body, title, cross"):
        read(document(features=features))


def test_the_features_are_those_that_texts_weigh() -> None:
    assert set(FEATURES) < set(Weights._fields)
    assert set(Weights._fields) - set(FEATURES) == {"intercept", "background", "pace", "patience"}


def test_the_published_model_makes_sense() -> None:
    model = published()
    assert model is published()
    weights = model.weights
    assert min(weights.body, weights.title, weights.cross, weights.numbers) >= 0 >= max(weights.weekday, weights.days)
    assert 0 <= weights.background <= 1
    assert weights.patience >= 0
    assert math.isinf(weights.pace)
    assert 0 <= model.lenience < model.caution
    assert model.undated >= 0
    assert 0 <= model.caution < log_odds(0.99) - log_odds(model.threshold), (
        "what is sure is joined in an empty database"
    )
    assert 0 < model.threshold < 1
    assert 0 < model.lone <= model.split < 1
    assert model.floor < 0 < model.ceiling
    assert weights.intercept < log_odds(model.threshold), "nothing in common is no story"


@given(share=st.floats(1e-9, 1 - 1e-9))
def test_log_odds_are_the_inverse_of_probability(share: float) -> None:
    assert probability(log_odds(share)) == pytest.approx(share, rel=1e-6)


@given(value=st.floats(-15, 15), more=st.floats(0, 5))
def test_probability_rises_with_log_odds(value: float, more: float) -> None:
    assert log_odds(probability(value)) == pytest.approx(value, abs=1e-6)
    assert probability(value) <= probability(value + more)
    assert probability(value) + probability(-value) == pytest.approx(1.0)


def test_probability_has_bounds() -> None:
    assert (probability(1e9), probability(0.0)) == (1.0, 0.5)
    assert 0 < probability(-1e9) < 1e-200


@given(one=st.floats(0.01, 0.99), other=st.floats(0.01, 0.99))
def test_the_bounds_of_a_parting_move_with_the_threshold(one: float, other: float) -> None:
    assert MODEL.bounds(MODEL.threshold).limit == pytest.approx(log_odds(MODEL.split))
    assert MODEL.bounds(MODEL.threshold).lone == pytest.approx(log_odds(MODEL.lone))
    assert MODEL.bounds(one)[:2] == (-5.0, 4.0)
    moved = MODEL.bounds(other).limit - MODEL.bounds(one).limit
    assert moved == pytest.approx(MODEL.bounds(other).lone - MODEL.bounds(one).lone)
    assert moved == pytest.approx(log_odds(other) - log_odds(one))
    assert (moved > 0) == (other > one) or moved == pytest.approx(0)


@given(texts=st.integers(0, 10**6), more=st.integers(1, 10**6))
def test_caution_wanes_with_what_is_known(texts: int, more: int) -> None:
    assert MODEL.caution >= MODEL.reserve(texts, None) > MODEL.reserve(texts + more, None) > 0
    assert MODEL.reserve(0, None) == MODEL.caution
    assert MODEL.reserve(CAUTIOUS_TEXTS, None) == MODEL.caution / 2
    assert replace(MODEL, caution=0.0).reserve(texts, None) == 0


@given(rivals=st.integers(0, 3 * CROWD), more=st.integers(0, CROWD))
def test_a_join_is_easier_where_few_texts_are_within_reach(rivals: int, more: int) -> None:
    """Never by more than `lenience`; no more texts are within reach than are known."""
    known = 10**6
    strict = MODEL.reserve(known, None)
    assert strict - MODEL.lenience <= MODEL.reserve(known, rivals) <= MODEL.reserve(known, rivals + more) <= strict
    assert MODEL.reserve(known, 1) == pytest.approx(strict - MODEL.lenience)
    assert MODEL.reserve(known, CROWD) == strict
    assert MODEL.reserve(rivals, CROWD) == MODEL.reserve(rivals, rivals + CROWD)


def test_a_join_is_harder_without_a_date() -> None:
    for known, rivals in ((0, None), (5, 5), (1_000, 3)):
        more = MODEL.reserve(known, rivals, dated=False) - MODEL.reserve(known, rivals)
        assert more == pytest.approx(MODEL.undated)


# What a fit says, on vectors of two terms: one that both texts have and one of their own.

cosines = st.floats(0, 1)
weights = st.builds(
    Weights,
    st.floats(-5, 5),
    *[st.floats(0, 9)] * 4,
    *[st.floats(-3, 0)] * 2,
    st.floats(0, 1),
    st.floats(1, 1e6),
    st.floats(0, 99),
)


def vector(term: int, own: int, share: float) -> tuple[bytes, bytes]:
    """A vector of length 1 of which `share` lies in `term`."""
    shared = round(SCALE * share)
    rest = math.isqrt(UNIT - shared * shared)
    return pack32([term, own]), shared.to_bytes(2, "little") + rest.to_bytes(2, "little")


def log_odds_of(model: Weights, shares: tuple[float, float, float], days: float, background: int = 0) -> float:
    """Of a text and a story of one text whose vectors share so much; the other text lies in the shared terms wholly."""
    texts = Texts(10_000 * DAY, 9, (1, 2), (0, 1, 0))
    whole = [(pack32([term]), SCALE.to_bytes(2, "little")) for term in (1, 2, 3)]
    whole.append((b"", b""))
    texts.add(1, 7, 0, background, whole)
    mine = [vector(term, term + 10, share) for term, share in zip((1, 2, 3), shares, strict=True)]
    mine.append((b"", b""))
    return StoryFit(*texts.fit(mine, 2, round(days * DAY), background, [1], model)).log_odds


@given(
    model=weights,
    shares=st.tuples(cosines, cosines, cosines),
    field=st.integers(0, 2),
    more=cosines,
    days=st.floats(0, 30),
)
def test_more_shared_evidence_never_lowers_the_log_odds(
    model: Weights, shares: tuple[float, float, float], field: int, more: float, days: float
) -> None:
    raised = (*shares[:field], max(shares[field], more), *shares[field + 1 :])
    assert log_odds_of(model, (raised[0], raised[1], raised[2]), days) >= log_odds_of(model, shares, days)


@given(model=weights, share=cosines, more=cosines)
def test_a_title_told_in_the_body_never_lowers_the_log_odds(model: Weights, share: float, more: float) -> None:
    def told(cross: float) -> float:
        texts = Texts(DAY, 9, (1, 2), (0, 1, 0))
        texts.add(1, 7, 0, 0, [(pack32([1]), SCALE.to_bytes(2, "little")), (b"", b""), (b"", b""), (b"", b"")])
        return StoryFit(
            *texts.fit([(b"", b""), vector(1, 2, cross), (b"", b""), (b"", b"")], 2, 0, 0, [1], model)
        ).log_odds

    assert told(max(share, more)) >= told(share)


@given(model=weights, share=cosines, days=st.floats(0, 30), longer=st.floats(0, 30))
def test_more_days_never_raise_the_log_odds(model: Weights, share: float, days: float, longer: float) -> None:
    shares = (share, share, share)
    assert log_odds_of(model, shares, days + longer) <= log_odds_of(model, shares, days)


@given(model=weights, share=cosines, background=st.integers(0, SCALE), more=st.integers(0, SCALE))
def test_more_background_never_raises_the_log_odds(model: Weights, share: float, background: int, more: int) -> None:
    shares = (share, share, share)
    higher = max(background, more)
    assert log_odds_of(model, shares, 1.0, higher) <= log_odds_of(model, shares, 1.0, background)


@given(model=weights, share=cosines, apart=st.integers(1, 9), further=st.integers(0, 9))
def test_without_a_date_more_decisions_count_as_more_days(
    model: Weights, share: float, apart: int, further: int
) -> None:
    def undated(ordinal: int) -> float:
        texts = Texts(DAY, 99, (1, 2), (0, 1, 0))
        texts.add(1, 7, None, 0, [*[vector(1, 11, share)] * 3, (b"", b"")])
        found = StoryFit(*texts.fit([*[vector(1, 12, share)] * 3, (b"", b"")], ordinal, 0, 0, [1], model))
        assert not found.dated
        assert found.days == pytest.approx(min(model.patience, 1 + (ordinal - 1) / model.pace))
        return found.log_odds

    assert undated(1 + apart + further) <= undated(1 + apart)

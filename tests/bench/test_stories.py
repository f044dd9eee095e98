"""The bench scripts about stories: what they do to their input and what they count."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dedup.cluster.model import FEATURES, published
from dedup.cluster.stories import measures
from dedup.evaluation import score
from dedup.index.segments import ARRIVALS, DAY, Entry, Keys
from dedup.index.window import Window
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.kernel.reference.evidence import LEAST_DAYS
from dedup.sketch.frequencies import Frequencies
from dedup.sketch.terms import BODY, SCALE, SparseVector, sketch
from dedup.text.document import Document
from dedup.text.words.tokens import joined
from tests.conftest import ROOT, Bench

START = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def robustness(bench: Bench) -> ModuleType:
    return bench("robustness")


@pytest.fixture(scope="module")
def worse(bench: Bench) -> ModuleType:
    return bench("worse")


@pytest.fixture(scope="module")
def ablation(bench: Bench) -> ModuleType:
    return bench("ablation")


@pytest.fixture(scope="module")
def candidates(bench: Bench) -> ModuleType:
    return bench("candidates")


@pytest.fixture(scope="module")
def sparse(bench: Bench) -> ModuleType:
    return bench("sparse")


def article(uri: str, days: float | None = None, body: str = "Some text.") -> Article:
    date = None if days is None else START + timedelta(days=days)
    return Article(uri, body, source="test", content_type="text/plain", language="en", published_at=date)


def uris(articles: Sequence[Article]) -> str:
    return " ".join(one.uri for one in articles)


GIVEN = [article("a", 0), article("b"), article("c", 0.1), article("d", 0.2), article("e"), article("f", 5)]
OTHERS = [article(f"o{number}", -400 + number) for number in range(10)]


def test_dates_go_and_nothing_else(worse: ModuleType) -> None:
    assert worse.undated(GIVEN) == [article(one.uri) for one in GIVEN]


def test_dates_shift_by_a_day_at_most_and_the_same_way_each_time(worse: ModuleType) -> None:
    given = [article(str(number), number) for number in range(100)]
    changed = worse.shifted(given)
    assert changed == worse.shifted(given)
    apart = [one.published_at - other.published_at for one, other in zip(changed, given, strict=True)]
    assert max(map(abs, apart)) <= timedelta(days=1)
    assert min(apart) < timedelta(hours=-12)
    assert max(apart) > timedelta(hours=12)
    assert worse.shifted([article("undated")]) == [article("undated")]


def test_the_articles_of_a_day_change_places_and_undated_ones_stay(worse: ModuleType) -> None:
    given = [article(f"{day}-{number}", day) for day in range(3) for number in range(20)]
    given[7], given[30] = article("first undated"), article("second undated")
    changed = worse.shuffled(given)
    assert changed != given
    assert changed == worse.shuffled(given)
    assert [one.published_at for one in changed] == [one.published_at for one in given]
    assert sorted(map(str, changed)) == sorted(map(str, given))
    assert changed[7] == given[7]
    assert changed[30] == given[30]


@pytest.mark.parametrize("size", [1, 99, 100, 101, 250])
def test_a_body_keeps_its_first_words_and_its_lines(worse: ModuleType, size: int) -> None:
    words = [f"word{number}" for number in range(size)]
    body = " \n" + "\n\n".join(words)
    [changed] = worse.shortened([article("a", 0, body)])
    assert changed.body.split() == words[: worse.WORDS]
    assert body.startswith(changed.body)


def test_others_are_spread_evenly_over_the_dates_of_a_set_and_both_keep_their_order(robustness: ModuleType) -> None:
    stream = robustness.among(GIVEN, OTHERS)
    assert uris([one for one in stream if one.uri[0] != "o"]) == uris(GIVEN)
    others = [one for one in stream if one.uri[0] == "o"]
    assert uris(others) == uris(OTHERS)
    dates = [one.published_at for one in others]
    gaps = {later - earlier for earlier, later in pairwise(dates)}
    assert gaps == {timedelta(days=0.5)}
    assert dates[0] - START == START + timedelta(days=5) - dates[-1] == timedelta(days=0.25)


def test_among_others_an_undated_article_stays_behind_the_one_before_it(robustness: ModuleType) -> None:
    stream = uris(robustness.among([article("x"), *GIVEN], OTHERS))
    assert stream == "x a b c d e o0 o1 o2 o3 o4 o5 o6 o7 o8 o9 f"


def test_a_set_out_of_order_keeps_its_order_among_others(robustness: ModuleType) -> None:
    late = [article("a", 0), article("b", 5), article("c", 1)]
    assert uris(robustness.among(late, OTHERS[:2])) == "a o0 o1 b c"


def test_into_a_set_without_dates_others_are_mixed_evenly_and_keep_their_dates(robustness: ModuleType) -> None:
    stream = robustness.among([article("a"), article("b")], OTHERS[:4])
    assert uris(stream) == "o0 a o1 o2 b o3"
    assert [one for one in stream if one.published_at] == OTHERS[:4]


def test_unrelated_articles_fill_up_with_made_ones(robustness: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    line = '{{"uri": "r{0}", "body_text": "Text.", "published_at": "2020-01-0{1}T00:00:00Z"}}\n'
    path.write_text("".join(line.format(number, number + 1) for number in range(6)))
    found = robustness.unrelated(9, path)
    assert len({one.uri for one in found}) == 9
    assert [one.uri for one in found if ":r" in one.uri] == [f"unrelated:r{number}" for number in range(6)]
    # The made ones stand between the others, not behind them.
    assert [":gen:" in one.uri for one in found] == [False, True, False] * 3
    assert [one.published_at.day for one in found] == [1, 1, 2, 3, 3, 4, 5, 5, 6]
    assert uris(robustness.unrelated(2, path)) == "unrelated:r0 unrelated:r1"
    assert len(robustness.unrelated(3, tmp_path / "absent.jsonl")) == 3


def test_mixed_stories_hold_labelled_and_other_articles(robustness: ModuleType) -> None:
    found = {"a": 1, "b": 1, "c": 2, "o1": 1, "o2": 3, "o3": 3}
    assert robustness.mixed_stories(found, {"a": "x", "b": "x", "c": "y"}) == 1
    assert robustness.mixed_stories(found, {"c": "y"}) == 0


def test_a_change_is_told_in_points_beside_its_limit(robustness: ModuleType) -> None:
    gold = {"a": "x", "b": "x", "c": "y", "d": "y"}
    right, wrong = score(gold, {"a": 1, "b": 1, "c": 2, "d": 2}), score(gold, {"a": 1, "b": 1, "c": 1, "d": 1})
    told = [
        robustness.Told("set", "as it is", right),
        "dates removed",
        robustness.Told("set", "worse", wrong, 3),
        robustness.Told("set", "among", right, 1, 5),
    ]
    assert robustness.table(told).rows == [
        ("set: as it is", "1.000", "1.000", "1.000", "", "", "", ""),
        ("set: dates removed", *["-"] * 7),
        ("set: worse", "0.500", "1.000", "0.667", "-33.3", "-3", "NO", ""),
        ("set: among", "1.000", "1.000", "1.000", "+0.0", "-1", "yes", "5"),
    ]


def test_events_of_a_sparse_stream_are_far_apart_and_come_as_they_came(sparse: ModuleType, bench: Bench) -> None:
    names = [f"{event}{number}" for event in "abcd" for number in range(4 if event < "c" else 1)]
    given = [article(name, None if name == "a0" else 2.0 * int(name[1])) for name in names]
    data = bench("train").Labelled(Path("set.jsonl"), given, {name: name[0] for name in names})
    for seed in sparse.SEEDS:
        made = {stream.holds: stream.data for stream in sparse.streams(data, seed, most=5)}
        assert [len(one.articles) for one in made.values()] == [6, 4, 3]
        for holds, one in made.items():
            dates = [item.published_at for item in one.articles]
            assert dates == sorted(dates)
            spans = [(date - sparse.START) // timedelta(days=sparse.SPAN_DAYS) for date in dates]
            events = [{one.stories[item.uri] for item, at in zip(one.articles, spans, strict=True) if at == number}
                      for number in range(max(spans) + 1)]  # fmt: skip
            assert all(
                len(found) == {"three of each": 1, "one of two": 2, "one of three": 3}[holds] for found in events
            )
        gold = {item.uri: item.published_at for item in given}
        told = {item.uri: item.published_at for item in made["three of each"].articles}
        of_b = [name for name in told if name[0] == "b"]
        assert all(told[one] - told[other] == gold[one] - gold[other] for one in of_b for other in of_b)


def test_a_feature_left_out_gets_no_coefficient(ablation: ModuleType) -> None:
    np, train = ablation.np, ablation.train
    rng = np.random.default_rng(1)
    y = (rng.random(400) < 0.5).astype(float)
    # Every feature tells something, days by being small.
    x = rng.random((400, len(ablation.FEATURES))) + 0.5 * y[:, None] * train.SIGNS
    seen = train.Examples(x, y, np.array(["story"] * 400))
    weight = np.full(400, 1 / 400)
    assert (train._constrained(x, y, weight) != 0).all()
    left_out = {one.name: one for one in ablation.ABLATIONS if one.name in ablation.FEATURES}
    assert set(left_out) == set(ablation.FEATURES) - {"body"}
    for name, one in left_out.items():
        with pytest.MonkeyPatch.context() as patch:
            for owner, what, value in one.patches:
                patch.setattr(owner, what, value)
            beta = train._constrained(ablation.without(one.feature, seen).x, y, weight)
        assert [number for number, value in enumerate(beta) if value == 0] == [1 + ablation.FEATURES.index(name)]
    assert ablation.without(None, seen) is seen
    assert (seen.x == x).all()


def test_every_ablation_names_something_that_is_there(ablation: ModuleType) -> None:
    assert len({one.name for one in ablation.ABLATIONS}) == len(ablation.ABLATIONS)
    for one in ablation.ABLATIONS:
        assert one.feature in (None, *ablation.FEATURES)
        assert all(hasattr(owner, name) for owner, name, _ in one.patches)


@pytest.mark.parametrize("language", ["en", "de"])
def test_without_emphasis_the_title_weighs_less(ablation: ModuleType, language: str) -> None:
    title, body = "Ferry aground", "a boat ran on rocks " * 40
    given = Document(title, body, language, None, None, None, joined(title), joined(body))
    counts = Frequencies().of(language)
    [one] = [one for one in ablation.ABLATIONS if one.name.startswith("title and lead")]
    before = sketch(given, counts)
    with pytest.MonkeyPatch.context() as patch:
        for owner, what, value in one.patches:
            patch.setattr(owner, what, value)
        assert sketch(given, counts).vectors[BODY] != before.vectors[BODY]


def test_the_nearest_text_alone_speaks_for_its_story_with_the_days_of_the_story(ablation: ModuleType) -> None:
    def vectors(one: int, other: int) -> tuple[Any, ...]:
        half = SparseVector(struct.pack("<2I", one, other), struct.pack("<2H", *[int(SCALE / 2**0.5)] * 2))
        return half, half, SparseVector(b"", b""), SparseVector(b"", b"")

    window = Window(
        bands=(1, 1), duplicate_days=1, story_days=10, voices=(4, 12), background=(3, 5, 1), load=lambda *_: ()
    )  # fmt: skip
    days = [0, 1, 2]
    for number, (at, shared) in enumerate(zip(days, (2, 9, 9), strict=True), 1):
        entry = Entry(number, number, at * DAY, "en", number, text=True)
        window.add(entry, Keys(bytes(4), vectors=vectors(1, shared)), 7)
    weights = published().weights._replace(days=-1.0)
    asked, keys = Entry(4, 4, 2 * DAY, "en", 4, text=True), Keys(bytes(4), vectors=vectors(1, 2))
    everything = measures(0.5, "en")._replace(least=-math.inf)
    given: Any = asked, keys, [1, 2, 3], tuple(weights)  # as the clusterer gives them
    [(_, mean, *_)] = window.weigh_up(*given, everything)
    [alone] = ablation.nearest_alone(window, *given, everything)
    one = window.fit(asked, vectors(1, 2), [1], weights)
    assert (alone.story_id, alone.nearest, alone.days) == (7, 1, LEAST_DAYS)
    # Its evidence is that of the one text; only the days are the story's.
    assert alone.log_odds == one.log_odds - (math.log1p(LEAST_DAYS) - math.log1p(2.0))
    assert one.days == 2.0
    assert one.likeness[0] > window.fit(asked, vectors(1, 2), [1, 2, 3], weights).likeness[0]
    # The text that opened the story is two days old, the story is not.
    assert alone.log_odds > one.log_odds
    # What is likely enough is told by that text, too.
    assert mean < alone.log_odds
    likely = everything._replace(least=alone.log_odds)
    assert ablation.nearest_alone(window, *given, likely) == [alone]
    unlikely = everything._replace(least=math.nextafter(alone.log_odds, math.inf))
    assert ablation.nearest_alone(window, *given, unlikely) == []


def test_the_first_result_is_what_the_others_are_compared_with(ablation: ModuleType) -> None:
    results = [ablation.Result("nothing", (0.9, 0.8)), ablation.Result("days", (0.9, 0.7))]
    assert ablation.table(["one", "two"], results).rows == [
        ("nothing", "0.900", "0.800", "0.850", ""),
        ("days", "0.900", "0.700", "0.800", "-5.0"),
    ]


def test_years_become_days_in_proportion(candidates: ModuleType) -> None:
    given = [article("a", 0), article("b", 100), article("x"), article("c", 400)]
    days = [None if one.published_at is None else one.published_at - START for one in candidates.compressed(given, 8)]
    assert days == [timedelta(0), timedelta(days=2), None, timedelta(days=8)]
    near = [article("a", 0), article("b", 3)]
    assert candidates.compressed(near, 8) == near
    assert candidates.compressed([article("x")], 8) == [article("x")]


def test_a_crowd_stands_before_a_set_and_between_its_articles(candidates: ModuleType) -> None:
    given = [article("a", 0), article("x"), article("b", 300), article("c", 600)]
    others = [article(f"o{number}") for number in range(candidates.sizes(8))]
    stream = candidates.crowded(given, others, 8)
    assert uris(stream) == "o0 o1 o2 o3 o4 o5 a x o6 o7 b o8 o9 c"
    dated = [one.published_at for one in stream if one.uri != "x"]
    assert max(dated) - min(dated) <= timedelta(days=candidates.SPAN_DAYS)


def test_without_dates_there_is_no_larger_crowd_than_can_be_compared(candidates: ModuleType) -> None:
    others = [article(f"o{number}") for number in range(2 * ARRIVALS)]
    given = [article("a"), article("b")]
    assert len(candidates.crowded(given, others, 10**6)) == candidates.sizes(ARRIVALS) + 2
    assert uris(candidates.crowded(given, others, 4)) == "o0 o1 o2 a o3 b o4"


def test_candidates_are_asked_for_among_issues_of_a_template_too(candidates: ModuleType) -> None:
    """Whoever told the older ones is asked for, and nothing is in the database."""
    report = (
        "The exchange closed at {0},204 points on Monday, up {0}.4 per cent, after {0}6 of its 40 shares rose. The day "
        "saw {0}1 million crowns change hands, the ministry said, and the bond for ten years paid {0}.7 per cent."
    )
    given = [article(str(number), number / 9, report.format(number)) for number in range(1, 8)]
    asked = candidates.ask(given, {one.uri: "close" for one in given})
    assert [one.known for one in asked] == [False, *[True] * (len(asked) - 1)]
    assert all(one.is_looked_at for one in asked[1:])
    assert len(asked) > 2


def test_texts_are_compared_by_their_dates_or_else_by_their_places(candidates: ModuleType) -> None:
    def entry(ordinal: int, days: float | None) -> Entry:
        return Entry(ordinal, ordinal, None if days is None else int(days * DAY), "en", 1, text=True)

    assert candidates.comparable(entry(1, 0), entry(9 * ARRIVALS, 10), 10)
    assert not candidates.comparable(entry(1, 0), entry(2, 10.1), 10)
    assert candidates.comparable(entry(1, None), entry(1 + ARRIVALS, 99), 10)
    assert not candidates.comparable(entry(1, 99), entry(2 + ARRIVALS, None), 10)


QUAKE = "Rescuers search the rubble of Kathmandu after the earthquake of magnitude 7.8 killed 2,300 people in Nepal."
VOTE = "Parliament in Wellington passed the housing bill of minister Ardern by 61 votes against 59 on Tuesday evening."


def test_an_event_is_asked_for_once_it_was_told(candidates: ModuleType) -> None:
    articles = [
        article("quake", 0, QUAKE),
        article("other", 0, "Nepal mourns; the earthquake near Kathmandu, Sunday's aftershock and rescuers' fears."),
        article("copy", 0.1, QUAKE),
        article("again", 0.5, "Earthquake in Nepal: rescuers in Kathmandu search for people under the rubble."),
        article("vote", 1, VOTE),
        article(
            "late", 40, "A year after the earthquake Kathmandu remembers, the rubble of Nepal is gone, say people."
        ),
    ]
    labels = {"quake": "q", "copy": "q", "again": "q", "vote": "v", "late": "q"}
    asked = candidates.ask(articles, labels)
    # The copy is none of the texts; the last comes too late to be compared with any.
    assert [(one.known, one.is_looked_at, one.others) for one in asked] == [
        (False, False, 0), (True, True, 1), (False, False, 1), (False, False, 0),
    ]  # fmt: skip
    assert asked[1].looked_at == asked[1].weighed == 2
    assert candidates.row("set", asked) == ("set", "1", "1", "1.000", "1.000", "2.0", "2.0")
    assert candidates.row("set", asked[:1])[2:4] == ("0", "nan")


def test_the_trainer_follows_the_programs_own_decisions(bench: Bench) -> None:
    """It stands in for a step of them, so a change of the steps must not leave it behind."""
    train = bench("train")
    folder = ROOT / "examples"
    lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {line["uri"]: line["story"] for line in map(json.loads, lines)}
    articles = [one for one in read([folder / "articles"], source="x", max_bytes=10**7) if isinstance(one, Article)]
    found = train.examples(train.Labelled(folder, articles, labels))
    assert found.x.shape == (len(found.y), len(FEATURES))
    assert 0 < found.y.sum() < len(found.y), "pairs of one event, and of two"

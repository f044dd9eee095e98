"""The texts of the window and the evidence that two of them, or a text and a story, report one event.

The second half of the definition in `dedup.sketch.reference`: the compiled kernel matches it bit for bit. Dot products
and sums of them are whole numbers; everything after them is IEEE 754 double arithmetic in the order written here.
"""

from __future__ import annotations

import math
import sys
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.sketch.reference import SCALE, ascending, pack32, vector_of

FIELDS = 4
BODY, TITLE, NUMBERS, WEEKDAY = range(FIELDS)
# The dot product of two equal vectors.
UNIT = SCALE * SCALE
DAY = 86_400
# Hours within a day tell nothing about events, and many dates are but days.
LEAST_DAYS = 0.5
ROUNDS = 6
MOST_VOICES = 64
# Differences of moments are exact as float; no evidence is infinite or no number.
MOST_MOMENT = 1 << 52
MOST_WEIGHT = 1e9
LEAST_PACE = 1e-9

# Of two headlines of a series: fewer common words say nothing (a section name, a "Live:"); and the share of all their
# words that is common.
SHARED_WORDS = 3
LIKENESS = 0.6

# Terms with their weights, as bytes: ascending distinct uint32 hashes, and as many uint16.
Vector = tuple[bytes, bytes]
# Who published a text, a hash of 4 bytes or none, and the words of its headline, ascending distinct uint32 hashes.
Skeleton = tuple[bytes, bytes]
UNKNOWN: Skeleton = (b"", b"")


class Weights(NamedTuple):
    """What each kind of evidence counts for, in log-odds.

    `body`, `title`, `cross` and `numbers` weigh square roots of cosines, `weekday` weighs 1 where each text names
    another day of the week, `days` weighs ``log(1 + days)``. `background` is the share of the mean background of two
    texts that is taken off their likeness, 0 to 1. Where a date is missing, a day and one more for each `pace`
    decisions between count, at most `patience` days. `Texts` raises `ValueError` for a weight beyond `MOST_WEIGHT`, a
    negative `patience` and a `pace` below `LEAST_PACE`.
    """

    intercept: float
    body: float
    title: float
    cross: float
    numbers: float
    weekday: float
    days: float
    background: float
    pace: float
    patience: float = MOST_WEIGHT


class Bounds(NamedTuple):
    """Of a parting, in log-odds; see `Texts.part`.

    The evidence of a pair is cut to `floor` and `ceiling`. Parts with less than `limit` across are two events; where
    one of them is a single text, with less than `lone`.
    """

    floor: float
    ceiling: float
    limit: float
    lone: float


class Likeness(NamedTuple):
    """Of two texts, or a text and a story: what `Weights` weighs.

    `body` is the square root of the cosine of all terms less the background; `title` and `numbers` are square roots of
    cosines, `cross` is that of the mean of both titles against the other's body. `weekday` is 1 where both texts name
    days of the week and have none in common, else 0.
    """

    body: float
    title: float
    cross: float
    numbers: float
    weekday: float


class StoryFit(NamedTuple):
    """How a text fits a story: `likeness` is half the mean over the story's voices and half the best voice's.

    `log_odds` that it belongs; `days` to the voice nearest in time, which are a guess from the order of decisions where
    `dated` is false; `nearest` is the ordinal of the best voice.
    """

    story: int
    log_odds: float
    likeness: Likeness
    days: float
    dated: bool
    nearest: int


@dataclass(slots=True)
class _Text:
    ordinal: int
    story: int
    published: int | None
    background: int
    vectors: tuple[dict[int, int], ...]
    skeleton: Skeleton = UNKNOWN


class Texts:
    """Texts by their `ordinal` (place in the order of decisions, 0 to 2**48 - 1), each with its story and vectors.

    Two texts may be compared when they were published at most `reach` seconds apart or, if one of them has no date,
    when at most `arrivals` decisions lie between them. The `voices` of a story, first and newest, are those of its
    comparable texts that speak for it. `background` says how the background of a text is found: so many of the
    likeliest stories are passed over, of so many after them the mean counts, each at least as like as the third
    number, a dot product. Dates are at most 2**52 seconds from 1970, stories above -2**63 and below 2**63 - 1.

    Not for several threads. The length is the number of texts.
    """

    def __init__(self, reach: int, arrivals: int, voices: tuple[int, int], background: tuple[int, int, int]) -> None:
        first, newest = voices
        skipped, counted, least = background
        if first < 1 or newest < 2 or first + newest > MOST_VOICES:
            raise ValueError(f"a story has 1 first and 2 newest voices at least, {MOST_VOICES} in all at most")
        if reach < 0 or arrivals < 0 or skipped < 0 or not 1 <= counted <= MOST_VOICES or not 0 <= least <= UNIT:
            raise ValueError("the rules of comparison are out of range")
        self._reach, self._arrivals = reach, arrivals
        self._first, self._newest = first, newest
        self._skipped, self._counted, self._least = skipped, counted, least
        self._texts: dict[int, _Text] = {}
        self._stories: dict[int, list[int]] = {}

    def add(
        self,
        ordinal: int,
        story: int,
        published: int | None,
        background: int,
        vectors: Sequence[Vector],
        skeleton: Skeleton = UNKNOWN,
    ) -> None:
        """Adds a text. Raises `ValueError` where the ordinal is taken or anything is out of range."""
        if ordinal in self._texts:
            raise ValueError(f"ordinal must be new, not {ordinal}")
        _check_story(story)
        text = _text(ordinal, story, published, background, vectors)
        text.skeleton = checked_skeleton(skeleton)
        self._texts[ordinal] = text
        insort(self._stories.setdefault(story, []), ordinal)

    def rename(self, ordinal: int, skeleton: Skeleton) -> None:
        """Gives a text another publisher and headline. Raises `KeyError` for one that is not there."""
        given = checked_skeleton(skeleton)
        self._texts[ordinal].skeleton = given

    def discard(self, ordinal: int) -> None:
        """Takes a text out; no error where there is none. Its memory comes back with `keep`."""
        text = self._texts.pop(ordinal, None)
        if text is not None:
            self._leave(text)

    def move(self, ordinals: Iterable[int], story: int) -> None:
        """Puts texts into another story. Raises `KeyError` for one that is not there."""
        _check_story(story)
        for text in [self._texts[ordinal] for ordinal in ordinals]:
            self._leave(text)
            text.story = story
            insort(self._stories.setdefault(story, []), text.ordinal)

    def keep(self, ordinals: Iterable[int]) -> None:
        """Takes out all other texts; many give their memory back. Raises `KeyError` for one that is not there."""
        kept = {ordinal: self._texts[ordinal] for ordinal in sorted(set(ordinals))}
        self._texts, self._stories = kept, {}
        for text in kept.values():
            self._stories.setdefault(text.story, []).append(text.ordinal)

    def story_of(self, ordinal: int) -> int:
        """The story of a text. Raises `KeyError`."""
        return self._texts[ordinal].story

    def texts_of(self, story: int) -> list[int]:
        """The texts of a story, oldest first; none for a story without any."""
        return list(self._stories.get(story, ()))

    def voices(self, story: int, ordinal: int, published: int | None) -> list[int]:
        """The texts that speak for a story to a text with this place and date, oldest first."""
        check_place(ordinal, published)
        return [text.ordinal for text in self._voices(story, ordinal, published)]

    def is_issue(self, story: int, ordinal: int, published: int | None, skeleton: Skeleton) -> bool:
        """True when a text with this place and date is but another issue of a series that a story tells of.

        That is: of one of its voices it has the publisher and nearly all words of the headline, but not the day.
        """
        check_place(ordinal, published)
        own = checked_skeleton(skeleton)
        if published is None:
            return False
        return any(
            voice.published is not None
            and voice.published // DAY != published // DAY
            and int.from_bytes(voice.skeleton[0], "little") == int.from_bytes(own[0], "little")
            and alike(voice.skeleton[1], own[1])
            for voice in self._voices(story, ordinal, published)
        )

    def weigh(
        self,
        vectors: Sequence[Vector],
        ordinal: int,
        published: int | None,
        found: Iterable[int],
        around: Iterable[int],
        weights: Weights,
        limits: tuple[int, int],
        least: float = -math.inf,
    ) -> tuple[int, list[StoryFit]]:
        """The background of a new text, 0 to `SCALE`, and its fit to the likeliest stories, best first.

        `found` are its candidates, in the order in which they are looked at until they are of ``limits[0]`` stories;
        the ``limits[1]`` stories of the most alike bodies are weighed with all their voices. Of equally good ones the
        lowest number comes first; those of less than `least` log-odds are left out. `around`, looked at likewise, are
        the texts that tell the background, comparable or not. Raises `KeyError` for one that is not there.
        """
        most, weighed = limits
        if most < 0 or weighed < 0:
            raise ValueError("limits must not be negative")
        _check_weights(weights)
        query = _text(ordinal, -1, published, 0, vectors)
        query.background = self._background(self._nearest(query, around, most).values())
        nearest = self._nearest(query, found, most)
        likeliest = sorted(nearest, key=lambda story: (-nearest[story], story))[:weighed]
        told = [(story, self._voices(story, ordinal, published)) for story in likeliest]
        fits = [self._fit(query, story, voices, weights) for story, voices in told if voices]
        likely = [fit for fit in fits if fit.log_odds >= least]
        return query.background, sorted(likely, key=lambda fit: (-fit.log_odds, fit.story))

    def fit(
        self,
        vectors: Sequence[Vector],
        ordinal: int,
        published: int | None,
        background: int,
        others: Iterable[int],
        weights: Weights,
    ) -> StoryFit:
        """The fit of a text to these others, 1 to 64 of them, as if they were the voices of the first one's story.

        Raises `KeyError` for one that is not there and `ValueError` for another number of them.
        """
        _check_weights(weights)
        query = _text(ordinal, -1, published, background, vectors)
        voices = [self._texts[other] for other in others]
        if not 1 <= len(voices) <= MOST_VOICES:
            raise ValueError(f"there must be 1 to {MOST_VOICES} others, not {len(voices)}")
        return self._fit(query, voices[0].story, voices, weights)

    def part(
        self,
        story: int,
        vectors: Sequence[Vector],
        ordinal: int,
        published: int | None,
        background: int,
        weights: Weights,
        bounds: Bounds,
    ) -> tuple[float, list[int], list[int]] | None:
        """Whether a story falls into two with a text that joins it: ``(log_odds, one part, other part)``, or None.

        Looks at the voices and the text, the last `newest` of them with it. The two that fit least are the seeds of the
        parts; every other goes to the part with which its mean log-odds, cut to the `bounds`, are greater, up to
        `ROUNDS` times. The parts are two events when the mean evidence across, with the smallest gap in time across,
        stays below their limit. Comparable texts that were not looked at follow the part they fit better. The first
        part has the older seed; both are in the order of decisions. `ordinal` is the newest of all.
        """
        floor, ceiling, limit, lone = bounds
        if any(map(math.isnan, bounds)):
            raise ValueError("bounds must be numbers")
        _check_weights(weights)
        joining = _text(ordinal, story, published, background, vectors)
        everyone = [*self._comparable(story, ordinal, published), joining]
        seen, others = everyone, everyone[:0]
        if len(everyone) > self._first + self._newest:
            seen = [*everyone[: self._first], *everyone[-self._newest :]]
            others = everyone[self._first : -self._newest]
        size = len(seen)
        if size < 3:
            return None
        content = [[0.0] * size for _ in seen]
        full = [[0.0] * size for _ in seen]
        for i, one in enumerate(seen):
            for k in range(i):
                value = _content(_likeness(one, seen[k], weights), weights)
                both = value + weights.days * math.log1p(_gap(one, seen[k], weights)[1])
                content[i][k] = content[k][i] = value
                full[i][k] = full[k][i] = min(ceiling, max(floor, both))
        _, older, younger = min((full[i][k], k, i) for i in range(size) for k in range(i))
        side = [i != older and (i == younger or full[i][younger] > full[i][older]) for i in range(size)]
        for _ in range(ROUNDS):
            new = [i != older and (i == younger or _leans(full[i], side, i)) for i in range(size)]
            if new == side:
                break
            side = new
        left = [i for i in range(size) if not side[i]]
        right = [i for i in range(size) if side[i]]
        across = _mean([content[i][k] for i in left for k in right])
        gap = min(_gap(seen[i], seen[k], weights) for i in left for k in right)
        log_odds = across + weights.days * math.log1p(gap[1])
        if log_odds >= (lone if min(len(left), len(right)) == 1 else limit):
            return None
        parts = [seen[i] for i in left], [seen[i] for i in right]
        followers: tuple[list[_Text], list[_Text]] = [], []
        for text in others:
            means = [_mean([_content(_likeness(text, m, weights), weights) for m in part]) for part in parts]
            followers[means[1] > means[0]].append(text)
        first, second = (
            sorted(text.ordinal for text in (*part, *after)) for part, after in zip(parts, followers, strict=True)
        )
        return log_odds, first, second

    def is_one(
        self,
        stories: tuple[int, int],
        vectors: Sequence[Vector],
        ordinal: int,
        published: int | None,
        background: int,
        weights: Weights,
        bounds: Bounds,
    ) -> bool:
        """Whether two stories, with a text that joins both, do not fall into two, as if they were one; see `part`."""
        one, other = stories
        lent = self.texts_of(other)
        self.move(lent, one)
        try:
            return self.part(one, vectors, ordinal, published, background, weights, bounds) is None
        finally:
            self.move(lent, other)

    def shared(self, vector: Vector, ordinal: int, field: int, limit: int) -> bytes:
        """The hashes of the `limit` terms that add most to the dot product with a vector of a text, most first.

        Of those that add the same the lowest comes first. Raises `KeyError`, `IndexError` for a field there is not.
        """
        if limit < 0:
            raise ValueError("limit must not be negative")
        query, text = vector_of(*vector), self._texts[ordinal]
        if not 0 <= field < FIELDS:
            raise IndexError(f"there is no field {field}; there are {FIELDS}")
        other = text.vectors[field]
        products = {h: weight * other[h] for h, weight in query.items() if h in other}
        return pack32(sorted(products, key=lambda h: (-products[h], h))[:limit])

    def rest(self, vector: Vector, ordinal: int, field: int) -> int:
        """The dot product with a vector of a text, without the term that adds most.

        Raises `KeyError`, `IndexError` for a field there is not.
        """
        query, text = vector_of(*vector), self._texts[ordinal]
        if not 0 <= field < FIELDS:
            raise IndexError(f"there is no field {field}; there are {FIELDS}")
        other = text.vectors[field]
        products = [weight * other[h] for h, weight in query.items() if h in other]
        return sum(products) - max(products, default=0)

    def __contains__(self, ordinal: object) -> bool:
        return isinstance(ordinal, int) and ordinal in self._texts

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        vectors = sum(sys.getsizeof(vector) for text in self._texts.values() for vector in text.vectors)
        return sys.getsizeof(self._texts) + vectors

    def _leave(self, text: _Text) -> None:
        members = self._stories[text.story]
        members.remove(text.ordinal)
        if not members:
            del self._stories[text.story]

    def _comparable(self, story: int, ordinal: int, published: int | None) -> list[_Text]:
        found = []
        for text in (self._texts[number] for number in self._stories.get(story, ())):
            if published is None or text.published is None:
                near = abs(ordinal - text.ordinal) <= self._arrivals
            else:
                near = abs(published - text.published) <= self._reach
            if near:
                found.append(text)
        return found

    def _voices(self, story: int, ordinal: int, published: int | None) -> list[_Text]:
        found = self._comparable(story, ordinal, published)
        if len(found) <= self._first + self._newest:
            return found
        return [*found[: self._first], *found[-self._newest :]]

    def _nearest(self, query: _Text, found: Iterable[int], most: int) -> dict[int, int]:
        """The greatest dot product of bodies by story, of the first `most` stories."""
        nearest: dict[int, int] = {}
        for candidate in found:
            text = self._texts[candidate]
            if text.story not in nearest and len(nearest) == most:
                break
            nearest[text.story] = max(nearest.get(text.story, 0), _dot(query.vectors[BODY], text.vectors[BODY]))
        return nearest

    def _background(self, nearest: Iterable[int]) -> int:
        ranked = sorted((min(UNIT, max(dot, self._least)) for dot in nearest), reverse=True)
        counted = ranked[self._skipped : self._skipped + self._counted]
        total = sum(counted) + (self._counted - len(counted)) * self._least
        return min(SCALE, int(math.sqrt(total / (self._counted * UNIT)) * SCALE + 0.5))

    def _fit(self, query: _Text, story: int, voices: Sequence[_Text], weights: Weights) -> StoryFit:
        seen = [_likeness(query, voice, weights) for voice in voices]
        contents = [_content(likeness, weights) for likeness in seen]
        best = contents.index(max(contents))
        means = map(_mean, zip(*seen, strict=True))
        likeness = Likeness(*((mean + value) / 2 for mean, value in zip(means, seen[best], strict=True)))
        unknown, days = min(_gap(query, voice, weights) for voice in voices)
        log_odds = _content(likeness, weights) + weights.days * math.log1p(days)
        return StoryFit(story, log_odds, likeness, days, not unknown, voices[best].ordinal)


def alike(one: bytes, other: bytes) -> bool:
    """True when two headlines, ascending hashes of their words, could be those of two issues of a series."""
    mine, theirs = set(ascending(one)), set(ascending(other))
    fewer, more = sorted((len(mine), len(theirs)))
    if fewer < SHARED_WORDS or fewer < LIKENESS * more:
        return False
    common = len(mine & theirs)
    return common >= SHARED_WORDS and common >= LIKENESS * (len(mine) + len(theirs) - common)


def checked_skeleton(given: Skeleton) -> Skeleton:
    """A publisher and a headline. Raises `ValueError` for what is none."""
    publisher, words = given
    if len(publisher) not in (0, 4):
        raise ValueError(f"a publisher is a hash of 4 bytes, not {len(publisher)}")
    ascending(words)
    return bytes(publisher), bytes(words)


def _text(ordinal: int, story: int, published: int | None, background: int, vectors: Sequence[Vector]) -> _Text:
    if len(vectors) != FIELDS:
        raise ValueError(f"a text has {FIELDS} vectors, not {len(vectors)}")
    if not 0 <= background <= SCALE:
        raise ValueError(f"background must lie between 0 and {SCALE}, not {background}")
    check_place(ordinal, published)
    return _Text(ordinal, story, published, background, tuple(vector_of(*vector) for vector in vectors))


def check_place(ordinal: int, published: int | None) -> None:
    """Raises `ValueError` for a place in the order of decisions, or a date, that is out of range."""
    if not 0 <= ordinal < 1 << 48:
        raise ValueError(f"ordinal must be below 2**48, not {ordinal}")
    if published is not None and abs(published) > MOST_MOMENT:
        raise ValueError(f"published must be at most 2**52, not {published}")


def _check_story(story: int) -> None:
    if not -(1 << 63) < story < (1 << 63) - 1:
        raise ValueError("story must be above -2**63 and below 2**63 - 1")


def _check_weights(weights: Weights) -> None:
    *others, pace, patience = weights
    if not (all(abs(w) <= MOST_WEIGHT for w in others) and pace >= LEAST_PACE and 0.0 <= patience <= MOST_WEIGHT):
        raise ValueError("weights must lie between -1e9 and 1e9, pace at 1e-9 or above, patience at 0 or above")


def _dot(one: dict[int, int], other: dict[int, int]) -> int:
    """Sparse vectors are of length 1 or less, so that this is hardly above `UNIT`."""
    return sum(weight * other[h] for h, weight in one.items() if h in other)


def _likeness(one: _Text, other: _Text, weights: Weights) -> Likeness:
    mine, theirs = one.vectors, other.vectors
    cross = _dot(mine[TITLE], theirs[BODY]) + _dot(theirs[TITLE], mine[BODY])
    background = (one.background + other.background) / (2 * SCALE)
    return Likeness(
        _root(_dot(mine[BODY], theirs[BODY]), UNIT) - weights.background * background,
        _root(_dot(mine[TITLE], theirs[TITLE]), UNIT),
        _root(cross, 2 * UNIT),
        _root(_dot(mine[NUMBERS], theirs[NUMBERS]), UNIT),
        float(bool(mine[WEEKDAY] and theirs[WEEKDAY]) and mine[WEEKDAY].keys().isdisjoint(theirs[WEEKDAY])),
    )


def _root(dot: int, unit: int) -> float:
    return math.sqrt(min(1.0, dot / unit))


def _content(likeness: Likeness, weights: Weights) -> float:
    """The log-odds without time."""
    return (
        weights.intercept
        + weights.body * likeness.body
        + weights.title * likeness.title
        + weights.cross * likeness.cross
        + weights.numbers * likeness.numbers
        + weights.weekday * likeness.weekday
    )


def _gap(one: _Text, other: _Text, weights: Weights) -> tuple[bool, float]:
    """``(unknown, days apart)``; unknown gaps sort after all known ones."""
    if one.published is None or other.published is None:
        return True, min(weights.patience, 1.0 + abs(one.ordinal - other.ordinal) / weights.pace)
    return False, max(LEAST_DAYS, abs(one.published - other.published) / DAY)


def _leans(full: Sequence[float], side: Sequence[bool], own: int) -> bool:
    """True when the mean over the second part, but for itself, is greater."""
    means = []
    for part in (False, True):
        means.append(_mean([value for k, value in enumerate(full) if side[k] is part and k != own]))
    return means[1] > means[0]


def _mean(values: Sequence[float]) -> float:
    """Added up in order, rounded at each step, which Python's own `sum` no longer does; 0 for none."""
    total = 0.0
    for value in values:
        total += value
    return total / max(1, len(values))

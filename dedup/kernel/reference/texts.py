"""The texts of the window with their stories: how a text fits them, and whether one of them is two events.

A part of the definition in `dedup.kernel.reference`: the compiled kernel matches it bit for bit. The evidence of two
texts is in `dedup.kernel.reference.evidence`.
"""

from __future__ import annotations

import math
import sys
from bisect import insort
from collections.abc import Iterable, Sequence

from dedup.kernel.reference.arrays import SCALE, ascending, pack32, vector_of
from dedup.kernel.reference.chance import Common, common_of
from dedup.kernel.reference.evidence import (
    BODY,
    DAY,
    FIELDS,
    UNIT,
    UNKNOWN,
    Bounds,
    Likeness,
    Skeleton,
    StoryFit,
    Text,
    Vector,
    Weights,
    alike,
    check_place,
    check_weights,
    checked_skeleton,
    content_of,
    dot_of,
    gap_of,
    likeness_of,
    mean_of,
    text_of,
)

# How often the parts of a story are made anew at most, and the texts that are weighed as if they were a story.
ROUNDS = 6
MOST_VOICES = 64


class Texts:
    """Texts by their `ordinal` (place in the order of decisions, 0 to 2**48 - 1), each with its story and vectors.

    Two texts may be compared when they were published at most `reach` seconds apart or, if one of them has no date,
    when at most `arrivals` decisions lie between them. `voices` says how many of the first and of the newest comparable
    texts of a story are its voices. `background` says how the background of a text is found: how many of the likeliest
    stories are skipped, over how many after them the mean is taken, and the least likeness that counts, a dot product.
    Dates are at most 2**52 seconds from 1970, stories above -2**63 and below 2**63 - 1. Not for several threads. The
    length is the number of texts.
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
        self._texts: dict[int, Text] = {}
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
        text = text_of(ordinal, story, published, background, vectors)
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
        """Takes out all other texts; many give their memory back. Ordinals that no text has are passed over."""
        kept = {ordinal: self._texts[ordinal] for ordinal in sorted(set(ordinals)) if ordinal in self._texts}
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
        """The voices of a story that a text with this place and date may be compared with, oldest first."""
        check_place(ordinal, published)
        return [text.ordinal for text in self._voices(story, ordinal, published)]

    def is_issue(self, story: int, ordinal: int, published: int | None, skeleton: Skeleton) -> bool:
        """True when a text with this place and date is another issue of a recurring report that is in the story.

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
        check_weights(weights)
        query = text_of(ordinal, -1, published, 0, vectors)
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
        check_weights(weights)
        query = text_of(ordinal, -1, published, background, vectors)
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
        check_weights(weights)
        joining = text_of(ordinal, story, published, background, vectors)
        everyone = [*self._comparable(story, ordinal, published), joining]
        seen, others = everyone, everyone[:0]
        if len(everyone) > self._first + self._newest:
            seen = [*everyone[: self._first], *everyone[-self._newest :]]
            others = everyone[self._first : -self._newest]
        if len(seen) < 3:
            return None
        content, full = _between(seen, weights, floor, ceiling)
        side = _sides(full)
        left = [i for i, is_right in enumerate(side) if not is_right]
        right = [i for i, is_right in enumerate(side) if is_right]
        across = mean_of([content[i][k] for i in left for k in right])
        gap = min(gap_of(seen[i], seen[k], weights) for i in left for k in right)
        log_odds = across + weights.days * math.log1p(gap[1])
        if log_odds >= (lone if min(len(left), len(right)) == 1 else limit):
            return None
        parts = [seen[i] for i in left], [seen[i] for i in right]
        followers: tuple[list[Text], list[Text]] = [], []
        for text in others:
            means = [mean_of([content_of(likeness_of(text, m, weights), weights) for m in part]) for part in parts]
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

    def common(self, vectors: Sequence[Vector], ordinal: int, calendar: bytes) -> Common:
        """What a text has in common with a stored one; see `dedup.kernel.reference.chance.common_of`.

        Raises `KeyError`, and `ValueError` for what are no vectors or no ascending terms.
        """
        terms = {*ascending(calendar)}
        return common_of(text_of(0, -1, None, 0, vectors).vectors, self._texts[ordinal].vectors, terms)

    def __contains__(self, ordinal: object) -> bool:
        return isinstance(ordinal, int) and ordinal in self._texts

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        vectors = sum(sys.getsizeof(vector) for text in self._texts.values() for vector in text.vectors)
        return sys.getsizeof(self._texts) + vectors

    def _leave(self, text: Text) -> None:
        members = self._stories[text.story]
        members.remove(text.ordinal)
        if not members:
            del self._stories[text.story]

    def _comparable(self, story: int, ordinal: int, published: int | None) -> list[Text]:
        found = []
        for text in (self._texts[number] for number in self._stories.get(story, ())):
            if published is None or text.published is None:
                near = abs(ordinal - text.ordinal) <= self._arrivals
            else:
                near = abs(published - text.published) <= self._reach
            if near:
                found.append(text)
        return found

    def _voices(self, story: int, ordinal: int, published: int | None) -> list[Text]:
        found = self._comparable(story, ordinal, published)
        if len(found) <= self._first + self._newest:
            return found
        return [*found[: self._first], *found[-self._newest :]]

    def _nearest(self, query: Text, found: Iterable[int], most: int) -> dict[int, int]:
        """The greatest dot product of bodies by story, of the first `most` stories."""
        nearest: dict[int, int] = {}
        for candidate in found:
            text = self._texts[candidate]
            if text.story not in nearest and len(nearest) == most:
                break
            nearest[text.story] = max(nearest.get(text.story, 0), dot_of(query.vectors[BODY], text.vectors[BODY]))
        return nearest

    def _background(self, nearest: Iterable[int]) -> int:
        ranked = sorted((min(UNIT, max(dot, self._least)) for dot in nearest), reverse=True)
        counted = ranked[self._skipped : self._skipped + self._counted]
        total = sum(counted) + (self._counted - len(counted)) * self._least
        return min(SCALE, int(math.sqrt(total / (self._counted * UNIT)) * SCALE + 0.5))

    def _fit(self, query: Text, story: int, voices: Sequence[Text], weights: Weights) -> StoryFit:
        seen = [likeness_of(query, voice, weights) for voice in voices]
        contents = [content_of(likeness, weights) for likeness in seen]
        best = contents.index(max(contents))
        means = map(mean_of, zip(*seen, strict=True))
        likeness = Likeness(*((mean + value) / 2 for mean, value in zip(means, seen[best], strict=True)))
        unknown, days = min(gap_of(query, voice, weights) for voice in voices)
        log_odds = content_of(likeness, weights) + weights.days * math.log1p(days)
        return StoryFit(story, log_odds, likeness, days, not unknown, voices[best].ordinal)


def _check_story(story: int) -> None:
    if not -(1 << 63) < story < (1 << 63) - 1:
        raise ValueError("story must be above -2**63 and below 2**63 - 1")


def _between(
    seen: Sequence[Text], weights: Weights, floor: float, ceiling: float
) -> tuple[list[list[float]], list[list[float]]]:
    """The log-odds of each pair of texts, twice: without time; and with it, cut to `floor` and `ceiling`."""
    content, full = ([[0.0] * len(seen) for _ in seen] for _ in range(2))
    for i, one in enumerate(seen):
        for k in range(i):
            value = content_of(likeness_of(one, seen[k], weights), weights)
            both = value + weights.days * math.log1p(gap_of(one, seen[k], weights)[1])
            content[i][k] = content[k][i] = value
            full[i][k] = full[k][i] = min(ceiling, max(floor, both))
    return content, full


def _sides(full: Sequence[Sequence[float]]) -> list[bool]:
    """Of each text whether it is in the part of the younger seed: the pair that fits least are the seeds."""
    size = len(full)
    _, older, younger = min((full[i][k], k, i) for i in range(size) for k in range(i))
    side = [i != older and (i == younger or full[i][younger] > full[i][older]) for i in range(size)]
    for _ in range(ROUNDS):
        new = [i != older and (i == younger or _leans(full[i], side, i)) for i in range(size)]
        if new == side:
            break
        side = new
    return side


def _leans(full: Sequence[float], side: Sequence[bool], own: int) -> bool:
    """True when a text fits the second part better: the mean over that, without the text itself, is greater."""
    means = []
    for part in (False, True):
        means.append(mean_of([value for k, value in enumerate(full) if side[k] is part and k != own]))
    return means[1] > means[0]

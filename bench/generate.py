"""A stream of made-up news of any size from a seed: events that burst and fade, told by many publishers.

    python bench/generate.py 100000 --seed 1 > stream.jsonl

What it has of a real stream: words with Zipf's frequencies, beats with words of their own, names and numbers that
belong to one event, days with mornings and nights, wire texts that other publishers take whole, edit or cut, lines
that a publisher puts on every page, and reports made from a template every day. What it lacks: meaning; so it measures
speed and shows that nothing is broken, but says little about quality.

Each line has what `dedup ingest` reads and two labels: ``story``, the event, and ``copies``, the text that was taken
over. The same seed and shape give the same stream, and a longer stream begins with the shorter one. Articles come in
the order of their publication and are never all in memory, so a million is a matter of time alone.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count, islice
from typing import Any

START = datetime(2024, 1, 1, tzinfo=UTC)
_ENGLISH = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which "
    "one were all we when there their would who has will more no if out so said what up its about into than them can "
    "only other new some could time these two may then do first any my now such like our over man me even most made "
    "after also did many before must through back years where much your way well down should because each just those "
    "people how too little state good very make world still own see men work long get here between both life being "
    "under never day same another know while last might us great old year off come since against go came right used "
    "take three"
)
FUNCTION_WORDS = tuple(_ENGLISH.split())
_ONSETS = "b br c ch d dr f g gr h k l m n p pl r s st t tr v w"
SYLLABLES = tuple(onset + vowel for onset in _ONSETS.split() for vowel in "aeiou")
ENDINGS = ("n", "r", "l", "s", "t", "ck", "nd", "m", "ry", "ble", "ment", "tion", "ing", "ed", "")
VOCABULARY = 40_000
BEATS = 120
BEAT_WORDS = 250
EDIT_SHARE = 0.02
MOST_TOLD = 400


@dataclass(frozen=True, slots=True)
class Shape:
    """What the stream is like. Shares lie between 0 and 1.

    `per_day` is the mean number of articles a day, `event_articles` the mean of an event, where most have few and some
    have hundreds; `hours` the time in which an event's coverage falls to a third. `copies` is the share of an event's
    later articles that take over an earlier text; `furniture` the share of publishers with lines on every page;
    `series` the share of articles made from a template; `words` the median length.
    """

    per_day: float = 5_000.0
    publishers: int = 60
    event_articles: float = 4.0
    hours: float = 16.0
    copies: float = 0.35
    furniture: float = 0.4
    series: float = 0.02
    words: float = 260.0


@dataclass(frozen=True, slots=True)
class Generated:
    """An article and its labels: `story` is the event, `copies` the uri of the text that it takes over or its own."""

    uri: str
    source: str
    url: str
    title: str
    body_text: str
    language: str
    published_at: str
    story: str
    copies: str

    def record(self) -> dict[str, Any]:
        """As it is written."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and the lines that stand before and after every text of theirs."""

    name: str
    head: tuple[str, ...]
    foot: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A text to take over: its uri, its title and its sentences."""

    uri: str
    title: str
    sentences: tuple[str, ...]


@dataclass(slots=True)
class Event:
    """Something that happened: its beat, its own words, the most telling first, and the texts told of it so far."""

    name: str
    beat: int
    words: list[str]
    told: list[Wording]


class Language:
    """Made-up words by Zipf's law: the word of rank r comes with a frequency of 1 / (r + 2.7)."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        words = dict.fromkeys(FUNCTION_WORDS)
        while len(words) < VOCABULARY:
            words[self.coin()] = None
        self.words = list(words)
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(1, VOCABULARY + 1)))
        content = range(len(FUNCTION_WORDS), VOCABULARY)
        self._beats = [[self.words[place] for place in rng.sample(content, BEAT_WORDS)] for _ in range(BEATS)]
        self._beat_weights = list(accumulate(1 / (rank + 5) for rank in range(BEAT_WORDS)))

    def coin(self) -> str:
        """A word that is none."""
        rng = self._rng
        return "".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 2, 3, 3)))) + rng.choice(ENDINGS)

    def general(self, size: int) -> list[str]:
        """Words of everyday."""
        return self._rng.choices(self.words, cum_weights=self._weights, k=size)

    def of_beat(self, beat: int, size: int) -> list[str]:
        """Words of a beat."""
        return self._rng.choices(self._beats[beat], cum_weights=self._beat_weights, k=size)


class Newsroom:
    """All that the stream is made of; every choice comes from one random generator."""

    def __init__(self, seed: int, shape: Shape) -> None:
        self._rng = random.Random(seed)
        self._shape = shape
        self._language = Language(self._rng)
        self._publishers = [self._publisher(number) for number in range(1, shape.publishers + 1)]
        self._weights = list(accumulate(1 / (rank + 4) for rank in range(shape.publishers)))
        self._templates = [self._template() for _ in range(6)]
        self._alpha = _pareto_shape(shape.event_articles)
        self._articles = count(1)
        self._events = count(1)

    def stream(self) -> Iterator[Generated]:
        """The articles in the order of their publication, without end."""
        shape = self._shape
        rng = self._rng
        news = shape.per_day * (1 - shape.series)
        # One queue of what comes next: an event begins, an event is told once more, a report is due. The number parts
        # what falls on the same instant.
        order = count()
        due: list[tuple[float, int, Event | str]] = []
        if shape.series < 1:
            heapq.heappush(due, (0.0, next(order), "event"))
        if shape.series > 0:
            heapq.heappush(due, (0.0, next(order), "report"))
        while True:
            at, _, what = heapq.heappop(due)
            if what == "report":
                heapq.heappush(due, (at + rng.expovariate(shape.per_day * shape.series), next(order), what))
                yield self._report(at)
            elif what == "event":
                event = self._event()
                for delay in self._tellings():
                    heapq.heappush(due, (at + delay, next(order), event))
                pause = rng.expovariate(news / shape.event_articles)
                # At night little begins.
                night = 0.4 + 0.6 * math.sin(math.pi * (at % 1)) ** 2
                heapq.heappush(due, (at + pause * 0.7 / night, next(order), what))
            elif isinstance(what, Event):
                yield self._tell(what, at)

    def _tellings(self) -> list[float]:
        """The days after its beginning at which an event is told; how often follows a Pareto law."""
        size = min(MOST_TOLD, int(self._rng.paretovariate(self._alpha)))
        return [0.0, *(self._rng.expovariate(24 / self._shape.hours) for _ in range(size - 1))]

    def _event(self) -> Event:
        rng, language = self._rng, self._language
        beat = rng.randrange(BEATS)
        names = [f"{language.coin()}{language.coin()}".capitalize() for _ in range(rng.randint(3, 7))]
        numbers = [f"{rng.randint(2, 9_999):,}" for _ in range(rng.randint(1, 4))]
        telling = [*names, *numbers, *language.of_beat(beat, 6), *language.general(60)[::2], *language.general(10)]
        known = set(FUNCTION_WORDS)
        words = [word for word in dict.fromkeys(telling) if word not in known]
        return Event(f"event-{next(self._events)}", beat, words, [])

    def _tell(self, event: Event, at: float) -> Generated:
        uri = f"gen:{next(self._articles)}"
        rng = self._rng
        if event.told and rng.random() < self._shape.copies:
            # The first text is the agency's more often than not.
            original = event.told[0] if rng.random() < 0.6 else rng.choice(event.told)
            title, sentences = self._taken_over(event, original)
            return self._published(uri, at, title, sentences, event.name, original.uri)
        wording = Wording(uri, self._title(event), tuple(self._sentences(event)))
        if len(event.told) < 8:
            event.told.append(wording)
        return self._published(uri, at, wording.title, wording.sentences, event.name, uri)

    def _taken_over(self, event: Event, original: Wording) -> tuple[str, Sequence[str]]:
        """The text as another publisher prints it: as it is, with words and a sentence changed, or cut short."""
        rng = self._rng
        how = rng.random()
        if how < 0.4:
            return original.title, original.sentences
        title = self._title(event) if rng.random() < 0.5 else original.title
        if how < 0.75:
            edited = [self._edited(sentence) for sentence in original.sentences]
            if len(edited) > 6:
                del edited[rng.randrange(1, len(edited))]
            return title, [*edited, self._sentence(event)] if rng.random() < 0.5 else edited
        kept = max(3, int(len(original.sentences) * rng.uniform(0.4, 0.8)))
        return title, original.sentences[:kept]

    def _edited(self, sentence: str) -> str:
        rng = self._rng
        words = sentence.split(" ")
        return " ".join(self._language.general(1)[0] if rng.random() < EDIT_SHARE else word for word in words)

    def _title(self, event: Event) -> str:
        words = [*self._rng.sample(event.words[:8], 4), *self._language.of_beat(event.beat, 3)]
        self._rng.shuffle(words)
        return _capital(" ".join(words))

    def _sentences(self, event: Event) -> list[str]:
        length = min(4_000.0, self._shape.words * self._rng.lognormvariate(0, 0.6))
        return [self._sentence(event) for _ in range(max(4, round(length / 21)))]

    def _sentence(self, event: Event) -> str:
        rng, language = self._rng, self._language
        size = rng.randint(12, 30)
        own = rng.randint(1, 4)
        beat = size // 7
        # Of the event's own words the first are named again and again.
        telling = [event.words[int(len(event.words) * rng.random() ** 2)] for _ in range(own)]
        words = language.general(size - own - beat)
        for word in (*telling, *language.of_beat(event.beat, beat)):
            words.insert(int(rng.random() * len(words)), word)
        return f"{_capital(' '.join(words))}."

    def _published(
        self, uri: str, at: float, title: str, sentences: Sequence[str], story: str, copies: str
    ) -> Generated:
        publisher = self._rng.choices(self._publishers, cum_weights=self._weights)[0]
        paragraphs = [" ".join(sentences[place : place + 3]) for place in range(0, len(sentences), 3)]
        return self._article(uri, at, publisher, title, (*publisher.head, *paragraphs, *publisher.foot), story, copies)

    def _article(
        self, uri: str, at: float, publisher: Publisher, title: str, lines: Sequence[str], story: str, copies: str
    ) -> Generated:
        return Generated(
            uri=uri,
            source=publisher.name,
            url=f"https://www.{publisher.name}/{uri.removeprefix('gen:')}",
            title=title,
            body_text="\n".join(lines),
            language="en",
            published_at=(START + timedelta(days=at)).isoformat(timespec="seconds"),
            story=story,
            copies=copies,
        )

    def _publisher(self, number: int) -> Publisher:
        rng = self._rng
        name = f"{self._language.coin()}-{number}.example"
        if rng.random() >= self._shape.furniture:
            return Publisher(name, (), ())
        head = tuple(self._line(8, 14) for _ in range(rng.randint(0, 2)))
        return Publisher(name, head, tuple(self._line(10, 40) for _ in range(rng.randint(1, 4))))

    def _line(self, low: int, high: int) -> str:
        return f"{_capital(' '.join(self._language.general(self._rng.randint(low, high))))}."

    def _template(self) -> tuple[str, list[str]]:
        """A title and lines with ``#`` where each day's number goes."""
        lines = []
        for _ in range(10):
            words = self._language.general(18)
            for place in self._rng.sample(range(18), 3):
                words[place] = "#"
            lines.append(f"{_capital(' '.join(words))}.")
        return _capital(" ".join(self._language.general(5))), lines

    def _report(self, at: float) -> Generated:
        """A report of numbers, each a story and a text of its own."""
        number = self._rng.randrange(len(self._templates))
        uri = f"gen:{next(self._articles)}"
        title, lines = self._templates[number]
        filled = ["".join(self._number() if sign == "#" else sign for sign in line) for line in lines]
        publisher = self._publishers[number % len(self._publishers)]
        return self._article(uri, at, publisher, title, filled, f"report-{uri.removeprefix('gen:')}", uri)

    def _number(self) -> str:
        return f"{self._rng.uniform(1, 2_000):,.2f}"


def stream(seed: int, shape: Shape) -> Iterator[Generated]:
    """Articles without end; see the module."""
    return Newsroom(seed, shape).stream()


def _pareto_shape(mean: float) -> float:
    """The shape at which a Pareto variable, rounded down and cut at `MOST_TOLD`, has this mean.

    The mean is the sum over k = 1, ..., `MOST_TOLD` of the chance k ** -shape that it reaches k.
    """
    low, high = 0.0, 50.0
    for _ in range(50):
        middle = (low + high) / 2
        if sum(k**-middle for k in range(1, MOST_TOLD + 1)) > mean:
            low = middle
        else:
            high = middle
    return high


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def main() -> None:
    """Writes a stream to the standard output."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", type=int, help="articles to write")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another stream (default 1)")
    for one in fields(Shape):
        default = getattr(Shape(), one.name)
        flag = f"--{one.name.replace('_', '-')}"
        parser.add_argument(flag, type=type(default), default=default, help=f"default {default:g}")
    given = vars(parser.parse_args())
    size, seed = given.pop("size"), given.pop("seed")
    for article in islice(stream(seed, Shape(**given)), size):
        sys.stdout.write(json.dumps(article.record(), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

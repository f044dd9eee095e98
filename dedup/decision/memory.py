"""What decisions need, in memory: the window, term frequencies, shingle sets, facts about groups and stories.

All of it is a function of rows in the database and of the changes of the present batch. It can be dropped and rebuilt
at any time; after a failed batch it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, partial

import xxhash
from sqlalchemy.engine import Connection

from dedup.cluster import stories
from dedup.cluster.pairs import Publication
from dedup.config import Config
from dedup.decision.batch import Batch
from dedup.decision.clock import Clock
from dedup.decision.issues import Issues, Live
from dedup.decision.newcomer import Newcomer, Prepared
from dedup.decision.resigning import Resigning
from dedup.decision.stored import make_shingles
from dedup.index.pace import DECISIONS
from dedup.index.segments import DATED, DAY, Entry, Keys, SegmentKey
from dedup.index.shingle_sets import ShingleSets
from dedup.index.sites import REACH, Sites
from dedup.index.window import Window, seconds
from dedup.kernel import chosen as kernel
from dedup.kernel.chosen import band_keys, key_terms
from dedup.named import make
from dedup.sketch.frequencies import STREAM, Frequencies
from dedup.sketch.scheme import Scheme
from dedup.sketch.skeleton import hash_of, words_of
from dedup.sketch.terms import BODY, KEY_TERMS, TermSketch, names_of, sketch, terms_in
from dedup.store import Store
from dedup.store.database.engine import forget_pages
from dedup.store.passes import passages, rows, stream
from dedup.store.passes.changes import ArticleRow
from dedup.store.passes.evidence import Evidence
from dedup.store.passes.rows import Remembered
from dedup.store.passes.stream import TITLE
from dedup.weak import weakly

# Bands are chosen for this share of the threshold, so that a pair at the threshold itself is hardly ever missed.
BAND_SHARE = 0.7
# Room for the sets of some 60,000 wire items: to make one again, from a text that has to be read from the database,
# takes about a third of the time that it takes to decide an article.
SHINGLE_BYTES = 48 * 2**20
# In a database of fewer articles, asking how many are in a segment takes longer than it spares.
FEW_ARTICLES = 4_096
# Articles of which the terms are kept in memory, some 1.5 kB each.
KEPT_TERMS = 8_192
# After so many decisions what was freed goes back to the system: small things that come and go leave holes between
# those that stay, which come to a twentieth of all memory within a window.
GIVEN_BACK = 16_384


class Memory:
    """Everything that a decision is made from, and the present `batch`.

    Where articles may have another signature scheme, `resigning` signs them before they are compared. In a scratch
    database the `live` one has the texts. `evidence` as in `Batch`.
    """

    def __init__(
        self, store: Store, config: Config, at: datetime, progress: Callable[[str], None],
        resigning: Resigning | None = None, live: Live | None = None, evidence: type[Evidence] = Evidence,
    ) -> None:  # fmt: skip
        self.config = config
        self.scheme = scheme_of(config)
        self.batch = Batch(store, config, self.scheme, at, evidence)
        self.clock = Clock(self.batch, config.stories.undated_per_day)
        self.issues = Issues(self.batch, live)
        self.frequencies = Frequencies()
        self.sets = ShingleSets(weakly(self._make_shingles), SHINGLE_BYTES)
        self.sites = Sites()
        self._store = store
        self._resigning = resigning
        self._live = live
        self._bands = self.scheme.bands(config.duplicates.threshold * BAND_SHARE)
        self.window = Window(
            bands=self._bands,
            duplicate_days=config.duplicates.window_days,
            story_days=config.stories.window_days,
            voices=stories.VOICES,
            background=stories.BACKGROUND,
            load=weakly(self._load_segment),
            size=weakly(self._size_of_segment),
        )
        # The terms of the last articles, as they are stored: the newest are asked for most.
        self._terms: OrderedDict[int, bytes] = OrderedDict()
        # The periods of which the database may have articles.
        self._periods: set[int] = set()
        self._progress = progress
        self._load()
        self._progress = _quiet

    def begin(self, at: datetime) -> None:
        """Starts the next batch, after the changes of the last one were committed."""
        changes = self.batch.changes
        self.issues.settle()
        self.sites.settle(changes.passages.items(), changes.counters.next_article_id)
        # Also behind what took a place in the order of decisions without being decided, as after a start.
        self.frequencies.forget_before(changes.counters.next_ordinal - 1 - STREAM)
        while len(self._terms) > KEPT_TERMS:
            self._terms.popitem(last=False)
        self._periods |= changes.periods
        self.batch.begin(at)
        self.sets.committed()
        self.window.trim()
        if changes.counters.next_ordinal - self._given_back >= GIVEN_BACK:
            self._give_back()

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """While a batch is decided: what is read from the database is read in one transaction, opened when needed."""
        with self.batch.deciding():
            yield
        now = self.clock.now
        if now is not None:
            active_since = now - self.config.stories.window_days * DAY
            self.batch.changes.active_since = datetime.fromtimestamp(active_since, UTC)

    def entry(self, article_id: int, item: Prepared, version: int = 1) -> Entry:
        """The entry of an article in the window: last in the order of decisions, and in no group yet."""
        document = item.document
        ordinal, published = self.batch.changes.counters.take_ordinal(), seconds(document.published_at)
        background, known = stories.NO_BACKGROUND, item.skeleton
        return Entry(article_id, ordinal, published, document.language, 0, False, background, known, version)

    def keys(self, item: Prepared) -> tuple[TermSketch, Keys]:
        """The weighted terms of an article as of now, and what it is found by."""
        terms = sketch(item.document, self.frequencies.of(item.document.language))
        return terms, self.keys_of(item.signature.values, terms, item.document.language)

    def add(self, row: ArticleRow, item: Prepared) -> None:
        """Notes the row of a new article and the texts that belong to it."""
        changes, document, article_id = self.batch.changes, item.document, row.article_id
        changes.add_article(row)
        changes.bodies[article_id] = document.body
        if document.left_out:
            changes.left_out[article_id] = document.left_out
        if item.passages is not None:
            changes.passages[article_id] = item.passages
        self.note_terms(article_id, row.terms)
        changes.accepted += 1

    def note_terms(self, article_id: int, terms: bytes) -> None:
        """Keeps the terms of an article at hand for `publication_of`, as they are stored."""
        self._terms[article_id] = terms

    def remember(self, newcomer: Newcomer, story_id: int) -> None:
        """Lets later articles find one that was just decided."""
        # That a rule bound it to a story tells that more of that is in the database.
        begins = newcomer.bonds.story is None
        self.enter(newcomer.entry, newcomer.keys, newcomer.terms, story_id, begins=begins)

    def enter(self, entry: Entry, keys: Keys, terms: TermSketch, story_id: int, *, begins: bool) -> None:
        """Lets later articles find one that is placed, whether it was decided or not; `begins` as in `Window.add`."""
        self.window.add(entry, keys, story_id, begins=begins)
        if entry.text:
            self.frequencies.add(entry.ordinal, entry.language, terms.terms)
        self.frequencies.forget_before(entry.ordinal - STREAM)
        self.clock.add(entry.ordinal, entry.published)

    def forget(self, old: Remembered) -> None:
        """Takes a former version of an article out of memory."""
        self.window.discard(old.article_id)
        self.clock.discard(old.ordinal)
        if self._resigning is not None:
            self._resigning.discard(old)
        self.leave_to_sign(old.group_id, old.scheme_id)
        self.sets.forget(old.article_id)
        self._terms.pop(old.article_id, None)
        if old.text:
            self.window.forget_extent(old.group_id)
            self.frequencies.discard(old.ordinal)

    def set_extent(self, group_id: int, original: int, words: Mapping[int, int]) -> None:
        """Notes the original and the longest article of a group whose articles have so many `words`."""
        longest = min(words, key=lambda article_id: (-words[article_id], article_id))
        self.window.set_extent(group_id, original, longest, words[longest])

    def shorten(self, old: Remembered) -> None:
        """Notes the extent of the group that a copy has left, where that may have been the longest of it."""
        if self.window.longest_of(old.group_id) in (None, old.article_id):
            with self.batch.reading() as connection:
                extent = rows.extent_without(connection, old.group_id, old.article_id)
            self.window.set_extent(old.group_id, *extent)

    def keys_of(self, signature: bytes, terms: TermSketch, language: str) -> Keys:
        """What an article is found by."""
        bands, vectors = band_keys(signature, *self._bands), terms.vectors
        if not terms.terms or not self.config.stories.enabled:
            return make(Keys, (bands, b"", b"", ()))
        # The same word of two languages is two terms: a story never mixes languages.
        return make(Keys, (bands, *key_terms(*vectors[BODY], KEY_TERMS, _salt(language)), vectors))

    def publication_of(self, article_id: int) -> Publication:
        """Publisher, or source, date and weighted terms of an article that is there."""
        return self.publication(article_id, *self.published(article_id))

    def publication(self, article_id: int, publisher: bytes, published: int | None) -> Publication:
        """What `publication_of` gives, of an article of which the publisher, as a hash, and the date are at hand."""
        return Publication(publisher, published, partial(self._terms_of, article_id))

    def published(self, article_id: int) -> tuple[bytes, int | None]:
        """Who published an article that is there, or its source, by the hash that skeletons have, and when."""
        known = self.window.told_of(article_id)
        if known is None:
            with self.batch.reading() as connection:
                publisher, published = rows.told_by(connection, article_id)
            known = hash_of(publisher), published
        return known

    def _terms_of(self, article_id: int) -> TermSketch:
        stored = self._terms.get(article_id)
        if stored is None:
            with self.batch.reading() as connection:
                stored = rows.terms_of(connection, article_id)
        return TermSketch.from_bytes(stored)

    def names_in(self, article_id: int) -> bytes:
        """The terms of the names in an article that is there, uint32 ascending."""
        changes = self.batch.changes
        if (row := changes.new_articles.get(article_id)) is not None:
            return names_of(changes.bodies[article_id], row.language)
        with self._reading_texts() as connection:
            return rows.names_in(connection, article_id)

    def load_extents(self, groups: Sequence[int]) -> None:
        """Reads the original and the longest article of each of some groups, if there are any, from the database."""
        if not groups:
            return
        with self.batch.reading() as connection:
            for group_id, extent in rows.group_extents(connection, groups).items():
                self.window.set_extent(group_id, *extent)

    def sign_groups(self, group_ids: Sequence[int]) -> None:
        """Signs the articles of these groups where they have another scheme, before they are decided anew."""
        if self._resigning is not None and self._resigning.groups(group_ids):
            self.batch.read_anew()

    def leave_to_sign(self, group_id: int, scheme_id: int) -> None:
        """Notes that a group of this scheme has lost articles, or is new: without a forgotten text it can be signed."""
        if self._resigning is not None and scheme_id != self.batch.scheme_id:
            self._resigning.leave(group_id)
            self.batch.changes.left_unsigned = True

    def _reading_texts(self) -> AbstractContextManager[Connection]:
        return self.batch.reading() if self._live is None else nullcontext(self._live.connection)

    def _make_shingles(self, article_ids: Sequence[int]) -> dict[int, bytes]:
        with self._reading_texts() as connection:
            return make_shingles(connection, article_ids, self.scheme, self.config.text.max_words)

    def _load(self) -> None:
        next_ordinal = self.batch.changes.counters.next_ordinal
        with self._store.reading() as connection:
            for number, (ordinal, language, stored) in enumerate(
                stream.recent_terms(connection, self.batch.scheme_id, next_ordinal - 1 - STREAM), 1
            ):
                self.frequencies.add(ordinal, language, terms_in(stored))
                if number % 4096 == 0:
                    self._progress(f"loading term frequencies: {number} texts")
            self._periods = stream.periods(connection)
            if self.config.text.drop_boilerplate:
                next_article = self.batch.changes.counters.next_article_id
                self.sites.settle(passages.read(connection, next_article - REACH), next_article)
            undated = stream.holds_undated(connection, next_ordinal - DECISIONS, next_ordinal)
        # What undated newcomers are compared with is twice in memory; a stream that has none does without.
        last = self.clock.last
        for published in (*([None] if undated else []), *([] if last is None else [last])):
            newcomer = Entry(0, next_ordinal, published, "und", 0, text=False)
            self.window.preload(newcomer, stories=self.config.stories.enabled)
        with self._store.reading() as connection:
            forget_pages(connection)
        self._give_back()
        self._progress(f"loading the index: {len(self.window)} articles")

    def _give_back(self) -> None:
        """Returns freed memory to the system."""
        self._given_back = self.batch.changes.counters.next_ordinal
        kernel.give_back()

    def _size_of_segment(self, key: SegmentKey) -> int:
        if self.batch.changes.counters.next_article_id < FEW_ARTICLES or not self._may_hold(key):
            return 0
        with self._store.reading() as connection:
            return stream.segment_size(connection, key)

    def _may_hold(self, key: SegmentKey) -> bool:
        """False where the database has no article of a segment: of a period of which none was stored."""
        return key[0] not in DATED or key[1] in self._periods

    def _load_segment(self, key: SegmentKey, signed: bool, told: bool) -> Iterator[list[tuple[object, ...]]]:
        if not self._may_hold(key):
            return
        if self._resigning is not None and self._resigning.segment(key):
            self.batch.read_anew()
        resolve = self.batch.changes.resolve if self.batch.changes.merged else _itself
        with self._store.reading() as connection:
            for page in stream.segment(connection, key, self.batch.scheme_id, signed=signed, told=told):
                titles = words_of([row[TITLE] for row in page])
                yield [
                    (
                        article_id, ordinal, published, group_id, resolve(story_id), text, version, hash_of(publisher),
                        words, _salt(language), signature or b"", terms or b"",
                    )
                    for (article_id, ordinal, published, group_id, story_id, text, version, publisher, _, language,
                         signature, terms), words in zip(page, titles, strict=True)
                ]  # fmt: skip
                self._progress(f"loading the index: {len(self.window)} articles")


def _itself(story_id: int) -> int:
    return story_id


def _quiet(_: str) -> None:
    """Progress of what is loaded in the middle of a pass, which is not reported."""


@cache
def _salt(language: str) -> int:
    return xxhash.xxh32_intdigest(language.encode())


def scheme_of(config: Config) -> Scheme:
    """The signature scheme of a configuration."""
    return Scheme(config.duplicates.shingle_words)

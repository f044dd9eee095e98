"""What a changed configuration would do to the stories, computed beside the live ones; and doing it.

    read the articles of the scope -> decide them again in a scratch database -> compare -> (apply) write the difference

A plan is a function of the rows in the database and of the configuration, so none is stored that could grow stale:
`apply` computes it again while nobody else may write, and refuses if it is not the one that was shown.

The articles before the scope are in the scratch database as they are now, in the stories that they are in now. Where
they were when the others came is not known in general: of an applied plan only the outcome is recorded, of an article
only its last version. Where nothing came before the scope, every article ends where it is with the configuration that
decided it. What is not decided anew, since a text of its story was forgotten, is put in its turn where it came to then.
"""

from __future__ import annotations

import gc
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from dedup import logs
from dedup.cluster.constraints import Constraints
from dedup.cluster.overlap import Difference, Place, compare
from dedup.config import Config
from dedup.config.sections import DatabaseSettings
from dedup.decision.clusterer import Clusterer
from dedup.decision.issues import Live
from dedup.decision.memory import Memory, scheme_of
from dedup.decision.newcomer import Prepared
from dedup.decision.resigning import Resigning, resign
from dedup.decision.rulebook import Rulebook
from dedup.decision.staying import Staying
from dedup.errors import DedupError, ScratchAway, TemporaryError
from dedup.index.segments import ARRIVALS, RECENT
from dedup.sketch.frequencies import STREAM
from dedup.sketch.minhash import Signature, sign_many
from dedup.store import Store
from dedup.store.database.scratch import scratch_folder
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import changes, rules
from dedup.store.passes.changes import Changes
from dedup.store.passes.configurations import config_number, scheme_number
from dedup.store.passes.evidence import Evidence, IssuesAlone
from dedup.store.plans import applications, applying, basis
from dedup.store.plans.applications import Asked, Counts
from dedup.store.plans.basis import Scope, Written
from dedup.tally import tell_stories
from dedup.text.document import Document, stored_document

log = structlog.get_logger()

COLLECTING = (50_000, 50, 50)
OTHER_CONFIGURATION = "the running service has another configuration; to hand it this one: systemctl reload dedup"

# Called with how many articles were decided anew, and how many there are; False ends the work, and nothing is changed.
Progress = Callable[[int, int], bool]


class PlanStopped(TemporaryError):
    """The work was ended before it was done; nothing was changed."""


class PlanChanged(TemporaryError):
    """What would be done is no longer what was seen: articles or the configuration have changed since."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What changes. `name` is the same for the same changes, 12 hexadecimal digits.

    `anew` are the articles that were decided anew, of those decided from ordinal `scope.first` on; the stories of
    `since` and later. `undated` of the latter have no date. `live` and `planned` give the place of each article that
    was compared, with the numbers of the live database and those of the `scratch` one.
    """

    name: str
    since: datetime | None
    scope: Scope
    anew: Set[int]
    undated: int
    live: Mapping[int, Place]
    planned: Mapping[int, Place]
    difference: Difference
    scratch: Store

    @property
    def articles(self) -> int:
        """How many articles were decided anew."""
        return len(self.anew)

    @property
    def counts(self) -> Counts:
        """The numbers of its row in ``v_applications``."""
        difference = self.difference
        return Counts(self.articles, len(difference.merged), difference.opened, len(difference.moved))


def take_up(
    store: Store,
    config: Config,
    lock: WriterLock,
    clock: Callable[[], datetime],
    progress: Progress = lambda *_: True,
    run_id: int | None = None,
) -> Plan | None:
    """Applies the configuration that an operator asked to apply, where it is `config`; None where nothing was done.

    It is noted as the run of this number, where one is open.

    One that asks for another configuration waits until that is in force, one that `progress` ended until the next call.
    One that is not what was seen, or that cannot be done, is refused, so that it keeps no pass from its articles.
    Raises `DatabaseAway` and `LockLost`.
    """
    with store.reading() as connection:
        asked = applications.waiting(connection)
    if asked is None:
        return None
    if asked.digest != config.digest():
        if not asked.detail:
            with store.writing() as connection:
                lock.hold(connection)
                applications.remark(connection, asked, OTHER_CONFIGURATION)
        return None
    try:
        return apply(store, config, lock, asked, clock, progress, run_id)
    except PlanStopped:
        return None
    except (PlanChanged, ScratchAway) as error:
        reason = str(error)
    except (DedupError, OperationalError, InterfaceError):
        raise
    except Exception as error:
        words = error.orig if isinstance(error, DBAPIError) else error
        reason = f"doing it failed with {logs.told(error, words)}"
        log.exception("config.failed", application_id=asked.application_id)
    with store.writing() as connection:
        lock.hold(connection)
        applications.refuse(connection, asked, reason, clock())
    log.warning("config.unapplied", application_id=asked.application_id, error=reason)
    return None


@contextmanager
def planned(
    live: Store,
    config: Config,
    since: datetime | None,
    at: datetime,
    progress: Progress = lambda *_: True,
    *,
    evidence: bool = False,
) -> Iterator[Plan]:
    """The plan to decide what was published `since` then with `config`; by default the stories that are active.

    The live database is read in one transaction and nothing is written to it, so passes go on meanwhile. With
    `evidence` the scratch database keeps why each article is where it is, decided `at` that moment. Raises
    `DatabaseAway`, `ScratchAway`, and `PlanStopped` where `progress` says so.
    """
    with _collecting_seldom(), _scratch() as scratch:
        with live.reading() as connection:
            since = basis.active_since(connection) if since is None else since
            scope = basis.scope(connection, since, scheme_of(config).name)
            goes_on = partial(_go_on, progress, total=basis.size(connection, scope))
            beat = partial(goes_on, 0)
            kept = _copy_before(connection, scratch, scope, config, beat)
            clusterer = _clusterer(scratch, config, at, Live(connection, kept), beat, evidence=evidence)
            decided = _decide_anew(connection, scratch, clusterer, scope, kept, goes_on)
            undated = basis.undated(connection, scope)
        with scratch.reading() as connection:
            to_be = basis.places(connection)
        places = kept | decided
        difference = compare(places, to_be)
        name = _name(config, places, to_be, difference)
        yield Plan(name, since, scope, decided.keys(), undated, places, to_be, difference, scratch)


@contextmanager
def _scratch() -> Iterator[Store]:
    """An empty database in a folder of its own, which is removed in the end."""
    with scratch_folder("plan") as folder:
        url = URL.create("sqlite", database=str(folder / "scratch.db")).render_as_string()
        with closing(Store.open(DatabaseSettings(url=url), create=True, scratch=True)) as scratch:
            scratch.upgrade()
            yield scratch


def apply(
    store: Store, config: Config, lock: WriterLock, asked: Asked, clock: Callable[[], datetime],
    progress: Progress = lambda *_: True, run_id: int | None = None,
) -> Plan:  # fmt: skip
    """Does what the plan of `config` says, in one transaction; `lock` is held. Any state in memory must be dropped
    after it. It is noted as the run of this number, else as one of its own.

    Raises `PlanChanged` where another plan was shown; `DatabaseAway`, `ScratchAway` and `LockLost`. Then nothing was
    written.
    """
    start = time.perf_counter()
    at = clock()
    with planned(store, config, asked.since, at, progress, evidence=True) as plan:
        if asked.plan is not None and asked.plan != plan.name:
            raise PlanChanged(
                f"the plan is {plan.name} now and no longer {asked.plan}, since articles or settings have changed; "
                "nothing was changed; look at it again:",
                "plan",
            )
        # What stays of the groups that are written must not have another scheme than what is written.
        written = {*plan.anew, *(article for story in plan.difference.changed for article in story.articles)}
        goes_on = partial(_go_on, progress, total=len(written))
        resigning = Resigning(store, config, scheme_of(config), lock, goes_on)
        resigning.groups(sorted({plan.live[article].group for article in written}))
        with plan.scratch.reading() as scratch, store.writing() as connection:
            lock.hold(connection)
            new = _replacement(connection, config, plan, at)
            made = applying.write(connection, scratch, new, partial(goes_on, len(written)))
            seconds = time.perf_counter() - start
            done = applications.Done(new.config_version, plan.counts, at, clock(), round(seconds, 3), run_id)
            application_id = applications.finish(connection, asked, done)
        tell_stories(made)
        log.info(
            "config.applied",
            application_id=application_id,
            config_version=new.config_version,
            **asdict(plan.counts),
            seconds=round(seconds, 3),
        )
        return plan


def _replacement(connection: Connection, config: Config, plan: Plan, at: datetime) -> applying.Replacement:
    """What a plan writes, with the numbers of the configuration and of the scheme, which it notes if they are new.

    Raises `PlanChanged` where texts that it signed anew were forgotten meanwhile.
    """
    settings = json.dumps(config.decisions(), sort_keys=True)
    number = config_number(connection, config.digest(), settings, config.service.stale_seconds, at)
    scheme_id = scheme_number(connection, scheme_of(config).name)
    anew = sorted(plan.anew)
    if applying.is_any_forgotten(connection, anew, scheme_id):
        told = "texts that were to be signed anew were forgotten since; nothing was changed; look at it again:"
        raise PlanChanged(told, "plan")
    return applying.Replacement(
        live=plan.live,
        planned=plan.planned,
        difference=plan.difference,
        anew=anew,
        scheme_id=scheme_id,
        config_version=number,
        cause=f"decided anew by configuration {number}",
        at=at,
    )


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Makes Python's garbage collector run seldom while many objects are made that stay."""
    usual = gc.get_threshold()
    gc.set_threshold(*COLLECTING)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _copy_before(
    live: Connection, scratch: Store, scope: Scope, config: Config, beat: Callable[[], None]
) -> dict[int, Place]:
    reach = max(config.duplicates.window_days, config.stories.window_days)
    with scratch.writing() as connection:
        places = basis.copy_before(
            live,
            connection,
            scope,
            decisions=max(STREAM, RECENT, ARRIVALS),
            days=reach,
            scheme=scheme_of(config).name,
            beat=beat,
        )
    with scratch.writer_lock() as lock:
        resign(scratch, config, scheme_of(config), lock, lambda _: beat())
    return places


def _clusterer(
    scratch: Store, config: Config, at: datetime, live: Live, beat: Callable[[], None], *, evidence: bool
) -> Clusterer:
    """What decides in a scratch database, under the rules of the live one."""
    kept = Evidence if evidence else IssuesAlone
    memory = Memory(scratch, config, at, lambda _: beat(), live=live, evidence=kept)
    return Clusterer(memory, Rulebook(Rulebook.of(rules.read(live.connection)).constraints))


def _write(scratch: Store, made: Changes) -> None:
    """Writes what a batch decided, but for texts and history, which nobody looks for there."""
    made.bodies.clear()
    made.history.clear()
    with scratch.writing() as connection:
        changes.write(connection, made)


def _decide_anew(
    live: Connection, scratch: Store, clusterer: Clusterer, scope: Scope, kept: dict[int, Place],
    goes_on: Callable[[int], None],
) -> dict[int, Place]:  # fmt: skip
    """Decides the articles of the scope in the order in which they were decided; returns where they are now.

    Those that stay are noted in `kept`, each in its turn.
    """
    places: dict[int, Place] = {}
    memory, staying = clusterer.memory, Staying(clusterer)
    pages = _ahead(basis.written(live, scope), memory.config)
    for batch in _batches(pages, clusterer.restrictions.constraints):
        memory.begin(memory.batch.changes.at)
        made = memory.batch.changes
        with memory.deciding():
            for row, item in batch:
                if item is None:
                    assert row.stays is not None
                    staying.stay(row.stays, row.turn)
                    kept[row.article_id] = row.place
                    continue
                # Each article keeps its number and its place in the order, so that decisions counted lie as far apart.
                made.counters.next_article_id, made.counters.next_ordinal = row.article_id, row.ordinal
                clusterer.accept(item)
                places[row.article_id] = row.place
        _write(scratch, made)
        goes_on(len(places))
    return places


# What stays is not prepared.
Ready = tuple[Written, Prepared | None]


def _ahead(pages: Iterable[Sequence[Written]], config: Config) -> Iterator[Sequence[Ready]]:
    """The articles of the pages, ready to be decided; a page is signed while the one before it is decided."""
    with ThreadPoolExecutor(1) as signing:
        begun: tuple[Sequence[Written], dict[int, Document], Future[list[Signature]]] | None = None
        for page in pages:
            documents = {row.article_id: _document(row, config.text.max_words) for row in page if row.stays is None}
            tokens = [(document.title_tokens, document.body_tokens) for document in documents.values()]
            before, begun = begun, (page, documents, signing.submit(sign_many, tokens, scheme_of(config)))
            if before is not None:
                yield _ready(*before)
        if begun is not None:
            yield _ready(*begun)


def _ready(
    page: Sequence[Written], documents: Mapping[int, Document], signed: Future[list[Signature]]
) -> Sequence[Ready]:
    of = dict(zip(documents, zip(documents.values(), signed.result(), strict=True), strict=True))
    return [
        (row, Prepared(row.source, row.uri, *of[row.article_id], b"") if row.article_id in of else None) for row in page
    ]


def _batches(pages: Iterable[Sequence[Ready]], ruled: Constraints) -> Iterator[Sequence[Ready]]:
    """The articles of the pages in their order; one that a rule names is a batch of its own, as in a pass."""
    for page in pages:
        start = 0
        for place, (row, _) in enumerate(page):
            if row.article_id in ruled:
                yield page[start:place]
                yield page[place : place + 1]
                start = place + 1
        yield page[start:]


def _go_on(progress: Progress, done: int, total: int) -> None:
    if not progress(done, total):
        raise PlanStopped("it was ended before it was done; nothing was changed")


def _document(row: Written, max_words: int) -> Document:
    assert row.body is not None, "what was forgotten stays"
    return stored_document(row.title, row.body, row.language, row.publisher, row.published_at, max_words=max_words)


def _name(config: Config, live: Mapping[int, Place], to_be: Mapping[int, Place], difference: Difference) -> str:
    """A digest of the configuration and of each change, whatever numbers the scratch database gave."""
    digest = hashlib.sha256(config.digest().encode())
    for story in difference.changed:
        groups: dict[int, int] = {}
        for article in story.articles:
            original = groups.setdefault(to_be[article].group, article)
            digest.update(f"{story.articles[0]} {original} {article} {live[article]} ".encode())
    return digest.hexdigest()[:12]

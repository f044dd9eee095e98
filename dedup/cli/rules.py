"""``dedup link``, ``dedup unlink`` and ``dedup rules``: what a person knows better about stories."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from rich.console import RenderableType
from sqlalchemy.engine import Connection

from dedup import logs
from dedup.cli.invocation import Invocation
from dedup.cli.names import find, no_story
from dedup.cli.wording import Hint, cell, count, line, moment, table
from dedup.cluster.constraints import CANNOT, MUST, Constraints
from dedup.errors import AlreadyRunning, ConfigError, RuleRefused, UsageError
from dedup.service import report
from dedup.store import Store
from dedup.store.passes import rules
from dedup.store.passes.rules import OBEYED, REFUSED, End, StoredRule

log = structlog.get_logger()

# How a contradiction ends; see `dedup.rules.contradiction`.
_REMOVAL = re.compile(r" dedup (rules --remove (?:\d+|ID))\Z")
_STORY = re.compile(r"story:(\d{1,18})")
_MEANS = {MUST: "must be with", CANNOT: "must not be with"}


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a rule that was typed: whether it was there before, and the stories of the two articles now."""

    rule: StoredRule
    already: bool
    stories: tuple[int, ...]


def link(invocation: Invocation) -> int:
    """The two belong in one story."""
    return _give(invocation, MUST)


def unlink(invocation: Invocation) -> int:
    """The two do not belong in one story."""
    return _give(invocation, CANNOT)


def listed(invocation: Invocation) -> int:
    """All rules; or takes some away."""
    unwanted = invocation.arguments.remove or []
    with invocation.store(reads=not unwanted) as store:
        with store.reading() as connection:
            found = rules.read(connection)
        known = {rule.rule_id for rule in found}
        if missing := [str(number) for number in unwanted if number not in known]:
            raise UsageError(f"there is no rule {' and no rule '.join(missing)}; see:", "rules")
        if unwanted:
            with store.writing() as connection:
                rules.remove(connection, unwanted)
    left = [rule for rule in found if rule.rule_id not in unwanted]
    document = {"rules": [asdict(rule) for rule in left], "removed": sorted(set(unwanted))}
    removed = [rule for rule in found if rule.rule_id in unwanted]
    invocation.output.answer(document, _removed(removed) if unwanted else _list(left, invocation.hint))
    return 0


def _give(invocation: Invocation, kind: str) -> int:
    given = invocation.arguments
    with invocation.store() as store:
        with store.reading() as connection:
            a, b = (_end(connection, name, given.source) for name in given.ends)
            stored = rules.read(connection)
            known = [end.article_id for rule in stored for end in (rule.a, rule.b) if end.article_id is not None]
            stories = rules.stories_of(connection, {one for one in (a.article_id, b.article_id, *known) if one})
        before = _before(kind, a, b, stored, stories)
        if before is None:
            with store.writing() as connection:
                number = rules.insert(connection, kind, a, b, given.note)
            with invocation.output.progress("obeying"):
                _obey(invocation, store)
        with store.reading() as connection:
            rule = before or next(rule for rule in rules.read(connection) if rule.rule_id == number)
            ends = [end.article_id for end in (rule.a, rule.b) if end.article_id is not None]
            found = rules.stories_of(connection, ends)
    if rule.state == REFUSED:
        raise _refused(f"rule {rule.rule_id} is refused: {rule.reason}")
    done = Given(rule, before is not None, tuple(found[end] for end in ends))
    document: dict[str, Any] = {"obeyed": rule.state == OBEYED, **asdict(done)}
    invocation.output.answer(document, _told(done, invocation.hint))
    return 0


def _end(connection: Connection, name: str, source: str | None) -> End:
    """What a name on the command line means. Raises `UsageError`."""
    if (story := _STORY.fullmatch(name)) is None:
        article = find(connection, name, source)
        return End(article.uri, article.source, article_id=article.article_id)
    end = End(None, story_id=int(story[1]))
    standing = rules.articles_of(connection, end)
    if not standing:
        raise no_story(connection, int(story[1]))
    return End(None, story_id=end.story_id, article_id=standing[0])


def _before(kind: str, a: End, b: End, stored: Sequence[StoredRule], stories: Mapping[int, int]) -> StoredRule | None:
    """The rule that says the same already; `stories` has that of each article that is named.

    Raises `UsageError`, and `RuleRefused` where others say the opposite.
    """
    from dedup.rules import settle  # noqa: PLC0415 - loads what decides, which a mere list of rules does not need

    for rule in stored:
        if rule.state == OBEYED and rule.kind == kind and _repeats(rule, a, b, stories):
            return rule
    if a.article_id == b.article_id and a.story_id != b.story_id and a.uri is None and b.uri is None:
        raise UsageError(f"{a} and {b} are one story, {stories[a.article_id or 0]}; name two of its articles")
    if a.article_id == b.article_id:
        raise UsageError(f"{a} and {b} are one, article {a.article_id}; name two")
    asked = StoredRule(0, kind, "", None, a, b, None, None, None, None)
    constraints = (rule.constraint for rule in stored if rule.state == OBEYED)
    found = [[end.article_id] for end in (a, b) if end.article_id is not None]
    settled = settle(
        asked, found, Constraints(one for one in constraints if one is not None), {one.rule_id: one for one in stored}
    )
    if settled.state == REFUSED:
        raise _refused(f"that {a} {_MEANS[kind]} {b} is refused: {settled.reason}")
    return None


def _repeats(rule: StoredRule, a: End, b: End, stories: Mapping[int, int]) -> bool:
    """Whether `rule` is about the same articles; or has joined what was typed, by the same names, in one story.

    By then a story may be told by another article, or by that of the other story.
    """
    if {rule.a.article_id, rule.b.article_id} == {a.article_id, b.article_id}:
        return True
    meant = {end.article_id and stories.get(end.article_id) for end in (rule.a, rule.b, a, b)}
    return {_name(rule.a), _name(rule.b)} == {_name(a), _name(b)} and len(meant) == 1 and None not in meant


def _name(end: End) -> tuple[str, int | None]:
    return ("article", end.article_id) if end.story_id is None else ("story", end.story_id)


def _refused(told: str) -> RuleRefused:
    """The error that says so. A reason is also for those who read ``v_rules``, so the command in it has no options."""
    command = _REMOVAL.search(told)
    return RuleRefused(told[: command.start()], command[1]) if command else RuleRefused(told)


def _obey(invocation: Invocation, store: Store) -> None:
    """Has the new rules obeyed, unless somebody else writes to the database, who then does it."""
    from dedup.pipeline import Pipeline  # noqa: PLC0415 - as above

    config, lock = invocation.config, store.writer_lock()
    try:
        lock.acquire()
    except AlreadyRunning:
        return
    try:
        logs.configure(config.log, sys.stderr)
    except ConfigError as error:  # the file belongs to the daemon, and this user need not be allowed to write it
        invocation.output.note(f"{error}; what was done is logged here alone")
    try:
        done = Pipeline(store, config, lock).obey_rules()
    finally:
        lock.release()
    log.info("pass.finished", **report.fields(done))
    logs.leave_run()


def _told(done: Given, hint: Hint) -> Iterator[RenderableType]:
    rule = done.rule
    yield line((f"Rule {rule.rule_id}", "bold"), f": {rule.a} {_MEANS[rule.kind]} {rule.b}.")
    if done.already:
        yield line(f"It was there already, since {moment(rule.created_at)} UTC: {rule.reason}.")
    elif rule.state == OBEYED:
        yield line(f"Obeyed: {rule.reason}. It holds for all that comes.")
    else:
        yield line(
            "Another dedup works on this database; it obeys the rule before its next batch. See: ", hint("rules")
        )
    if rule.state == OBEYED:
        shown = " and ".join(str(story_id) for story_id in sorted(set(done.stories)))
        yield line(f"They are in {'story' if len(set(done.stories)) == 1 else 'stories'} {shown}.")
    yield line("To take it back: ", hint(f"rules --remove {rule.rule_id}"))


def _list(found: Sequence[StoredRule], hint: Hint) -> Iterator[RenderableType]:
    if not found:
        yield line("There are no rules. To make one: ", hint("link URI URI"), " or ", hint("unlink URI URI"))
        return
    rows = table(
        ("rule", "number"), ("article or story", "words"), "says", ("article or story", "words"), "state",
        ("what became of it", "words"), ("note", "words"),
    )  # fmt: skip
    styles = {OBEYED: "green", REFUSED: "red"}
    for rule in found:
        rows.add_row(
            cell(rule.rule_id), cell(rule.a), cell(_MEANS[rule.kind]), cell(rule.b),
            cell(rule.state, styles.get(rule.state, "yellow")), cell(rule.reason), cell(rule.note),
        )  # fmt: skip
    yield rows
    yield ""
    obeyed = sum(rule.state == OBEYED for rule in found)
    yield line(f"{count(len(found), 'rule')}, {obeyed:,} obeyed. To take one back: ", hint("rules --remove NUMBER"))


def _removed(removed: Sequence[StoredRule]) -> Iterator[RenderableType]:
    for rule in removed:
        yield line(f"Rule {rule.rule_id} is gone: {rule.a} {_MEANS[rule.kind]} {rule.b}.")
    yield line("The stories stay as they are; what comes from now on is decided without it.")

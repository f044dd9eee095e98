"""The words of the command line: commands, their arguments and flags, all on this page."""

from __future__ import annotations

import argparse
import difflib
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, NoReturn

from dedup import __version__
from dedup.config.sections import SECTIONS
from dedup.config.setting import variable
from dedup.errors import UsageError

DESCRIPTION = "Finds which news articles in a database are copies of one text and which report the same event."
EPILOG = """\
to begin:
  dedup ingest FOLDER     put articles into the inbox of ./dedup.db
  dedup once              find their copies and stories
  dedup stories           list the stories

A flag beats a variable (DEDUP_<SECTION>_<KEY>), which beats the file. What is in force: dedup config check

exit codes: 0 done, 1 a bug, 64 wrong usage, 65 some input was rejected (the rest was taken),
            75 try again later (database or source away, another instance runs), 78 configuration or schema
"""
_INVALID = re.compile(r"argument \S+: invalid choice: '?(.*?)'? \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UsageError` and name the help to read."""

    def __init__(self, **options: Any) -> None:
        # An epilog has lines of its own; descriptions are wrapped.
        layout = argparse.RawDescriptionHelpFormatter if "epilog" in options else argparse.HelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=layout, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parses words; what a command does not know is its own error, since its help has the flags to choose from.

        Raises `UsageError`.
        """
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            flag = unknown[0].partition("=")[0]
            # Any two words that begin with -- are somewhat alike.
            close = difflib.get_close_matches(flag, self._option_string_actions, n=1, cutoff=0.75)
            hint = f"there is no flag {flag!r}; did you mean {close[0]!r}?" if close else ""
            self.error(hint or f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`."""
        found = _INVALID.match(message)
        if found:
            known = [word.strip(" '") for word in found[2].split(",")]
            close = difflib.get_close_matches(found[1], known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
            message = f"there is no command {found[1]!r}; {hint}"
        raise UsageError(f"{message}; see: {self.prog} --help")


def parser() -> Parser:
    """The whole command line. Parsing gives a namespace whose `run` names ``module:function`` below `dedup.cli`."""
    top = Parser(prog="dedup", description=DESCRIPTION, epilog=EPILOG, parents=[_everywhere()])
    top.add_argument("--version", action="version", version=f"dedup {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, title="commands")
    _add_work(commands)
    _add_reading(commands)
    _add_rules(commands)
    _add_planning(commands)
    _add_care(commands)
    return top


def _add_work(commands: Any) -> None:
    """Commands that bring articles in, make passes, and show how the service is."""
    ingest = _add(
        commands, "ingest", "ingest:ingest", "put articles from files, folders or the standard input into the inbox",
        "Puts articles into the inbox, where the daemon or `dedup once` takes them. Reads JSON, JSON Lines, ninjs, "
        "RSS, Atom, JSON Feed, WARC, WACZ, HTML and plain text, each also gzipped. An article that dedup already has "
        "changes nothing, except that a file with several versions of one article adds each of them again.",
    )  # fmt: skip
    ingest.add_argument(
        "paths", type=_path_or_stream, nargs="+", metavar="PATH",
        help="a file, a folder with all below it, or - for stdin",
    )  # fmt: skip
    _settings(ingest, "ingest.source", "ingest.max_bytes")

    once = _add(commands, "once", "passes:once", "make one pass over the inbox, then exit")
    _settings(once, "service.batch_size", "log.level")

    run = _add(commands, "run", "daemon:run", "run as a daemon: a pass at each interval, until stopped", json=False)
    _settings(run, "service.interval_seconds", "service.batch_size", "log.level")

    status = _add(
        commands, "status", "status:status", "show what the service is doing, its last pass, backlog and health"
    )
    status.add_argument("--check", action="store_true", help="exit with 1 when the service is unhealthy")


def _add_reading(commands: Any) -> None:
    """Commands that show the clusters, and why they are as they are."""
    stories = _add(
        commands, "stories", "stories:stories", "list stories, newest first",
        "Lists the stories with two articles or more, newest first.",
    )  # fmt: skip
    _wanted(stories, " (default 2)")
    stories.add_argument("--limit", type=int, metavar="N", help="at most N (default 20)")
    stories.add_argument("--biggest", action="store_true", help="the largest first")
    stories.add_argument("--all", action="store_true", help="single articles too, and no limit")
    stories.add_argument(
        "--series", action="store_true", help="recurring reports, columns and round-ups, instead of stories"
    )

    _add_feed(commands)

    story = _add(commands, "story", "story:story", "show one story: its texts, their copies, its history")
    story.add_argument(
        "id", type=_story, metavar="ID", help="the number of the story, or of one that was merged into it"
    )

    _add_export(commands)

    why = _add(
        commands, "why", "why:why", "explain why an article is where it is, or why two are together or apart",
        "With one article: why it is in its duplicate group and its story, and what it nearly joined. With two: what "
        "connects them, and a comparison with the settings in force.",
    )  # fmt: skip
    why.add_argument(
        "uris", nargs="+", metavar="URI", help="uri, url, article number or article:ID; one or two of them"
    )
    why.add_argument(
        "--source", type=_words, metavar="NAME", help="the source, where several have an article of that uri"
    )


def _add_feed(commands: Any) -> None:
    """The stories for a feed reader."""
    feed = _add(
        commands, "feed", "feed:feed", "write the stories as a feed, one entry per story",
        "Writes the stories, newest first, as Atom, or with --json as JSON Feed; an entry lists all its articles.",
    )  # fmt: skip
    feed.add_argument("--since", metavar="TIME", help="with an article published since then: 2026-03-02, 90m, 12h, 3d")
    feed.add_argument("--min-articles", type=int, default=1, metavar="N", help="with at least N articles (default 1)")
    feed.add_argument("--language", type=_language, metavar="CODE", help="in this language, for example en")
    feed.add_argument("--limit", type=int, default=100, metavar="N", help="at most N (default 100)")
    feed.add_argument("--title", default="Stories", help="title of the feed (default Stories)")
    feed.add_argument("--url", metavar="URL", help="address of the feed itself; the ids of entries depend on it")
    feed.add_argument(
        "--output",
        type=_path_or_stream,
        metavar="FILE",
        help="the file to write, JSON Feed if its name ends in .json; stdout if left out or -",
    )


def _add_export(commands: Any) -> None:
    """The stories for other programs and for an archive."""
    export = _add(
        commands, "export", "export:export", "write whole stories as JSON Lines",
        "Writes stories as JSON Lines, each with its articles, its history and the stories merged into it.",
    )  # fmt: skip
    export.add_argument(
        "file", type=_path_or_stream, metavar="FILE",
        help="the file to write, replaced if it exists, gzipped if its name ends in .gz; - for stdout",
    )  # fmt: skip
    _wanted(export)
    export.add_argument("--bodies", action="store_true", help="include the text of each article")
    export.add_argument(
        "--archive", metavar="TIME",
        help="instead: all closed stories whose articles were all published, and came, before TIME (2026-03-02, 52w), "
        "with texts and evidence, into a new FILE; once they are safe there, the database forgets their texts and "
        "keeps everything else",
    )  # fmt: skip


def _add_rules(commands: Any) -> None:
    """Commands for the operators' rules."""
    ends = (
        "Each of the two is an article (uri, url, number, or article:12 where uris are numbers, too) or a story "
        "(story:12, which means its present representative). The rule holds until it is removed. A rule that "
        "contradicts others is refused with exit code 65. If a daemon runs, it carries the rule out before its next "
        "batch; otherwise this command does."
    )
    link = _add(
        commands, "link", "rules:link", "rule that two articles or stories are one story",
        f"Makes a must-link: the two belong to one story; if they are in two, these are merged. {ends}",
    )  # fmt: skip
    unlink = _add(
        commands, "unlink", "rules:unlink", "rule that two articles or stories are not one story",
        f"Makes a cannot-link: the two never share a story; if they do now, it is split. {ends}",
    )  # fmt: skip
    for command in (link, unlink):
        command.add_argument("ends", nargs=2, metavar="WHAT", help="uri, url, article number, article:ID or story:ID")
        command.add_argument(
            "--source", type=_words, metavar="NAME", help="the source, where several have an article of that uri"
        )
        command.add_argument("--note", metavar="TEXT", help="why, for those who read the rules")

    rules = _add(commands, "rules", "rules:listed", "list the rules and what became of each, or remove some")
    rules.add_argument("--remove", type=int, nargs="+", metavar="ID", help="remove these rules; no story changes")


def _add_planning(commands: Any) -> None:
    """Commands that try settings out on the stories that are there, and on labelled ones."""
    plan = _add(
        commands, "plan", "plan:plan", "show what the settings in force would change in the existing stories",
        "Decides the articles of the active stories again with the settings in force, in a scratch database, and shows "
        "what would merge, split and move. It changes nothing, and passes go on meanwhile.",
    )  # fmt: skip
    _since(plan)
    _settings(plan, "stories.threshold", "duplicates.threshold")

    apply = _add(
        commands, "apply", "plan:apply", "do what `dedup plan` showed",
        "Decides the articles of the active stories again with the settings in force, in one transaction. Stories keep "
        "their ids, or redirect. If a daemon runs, it does this at its next pass.",
    )  # fmt: skip
    _since(apply)
    apply.add_argument(
        "--plan", type=_words, metavar="NAME", help="only if the plan still has this name, which dedup plan shows"
    )

    evaluate = _add(
        commands, "eval", "evaluate:evaluate", "score the clustering on labelled articles in a scratch database",
        "Clusters labelled articles in a scratch database with the settings in force and scores the stories, and the "
        "duplicate groups where there are `copies` labels. Your own database is not touched.",
    )  # fmt: skip
    evaluate.add_argument(
        "files", type=_path, nargs="+", metavar="FILE",
        help="JSON Lines, each line an article with its `story`; with --labels any files or folders",
    )  # fmt: skip
    evaluate.add_argument(
        "--labels",
        type=_path,
        metavar="FILE",
        help="JSON Lines: uri, story and, where known, copies of each article; source where several have that uri",
    )
    _settings(evaluate, "stories.threshold", "duplicates.threshold")


def _add_care(commands: Any) -> None:
    """Commands for database and configuration."""
    database = _group(commands, "db", "manage the database: schema, invariants, snapshot")
    _add(database, "upgrade", "database:upgrade", "create the database, or bring its schema up to date")
    check = _add(database, "check", "database:check", "check the schema and the invariants")
    check.add_argument(
        "--full",
        action="store_true",
        help="also read every page of the file and compare every copy again; takes longer",
    )
    backup = _add(
        database, "backup", "database:backup", "write a snapshot of a SQLite database, also while the daemon runs"
    )
    backup.add_argument("file", type=_path_or_stream, metavar="FILE", help="the file to write, replaced if it exists")

    config = _group(commands, "config", "check the configuration")
    _add(config, "check", "settings:check", "show the settings in force and where they come from")


def _path(word: str) -> Path:
    """A path. Path itself takes no word at all, as a variable of the shell that is not set gives, for this folder."""
    if not word:
        raise argparse.ArgumentTypeError("a path must not be empty")
    return Path(word)


def _story(word: str) -> int:
    """The number of a story, alone or as link and unlink take it."""
    try:
        return int(word.removeprefix("story:"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{word!r} is not the number of a story, as in: dedup story 12") from error


def _words(word: str) -> str:
    """What has to say something: a variable of the shell that is not set must not mean everything."""
    if not word.strip():
        raise argparse.ArgumentTypeError("must not be empty; leave the flag out instead")
    return word


def _language(word: str) -> str:
    """The code that stories have of a language, called as sources may call it: ``de``, ``de-DE``, ``German``."""
    from dedup.text.language import UNDETERMINED, code  # noqa: PLC0415 - few commands are asked for a language

    found = code(_words(word))
    if found == UNDETERMINED and word.strip().casefold() != UNDETERMINED:
        raise argparse.ArgumentTypeError(
            f"no story can be in {word!r}; write a code of two letters, for example de, or {UNDETERMINED} for what is "
            "in no language that is known"
        )
    return found


def _path_or_stream(word: str) -> Path | Literal["-"]:
    """A path, or ``-`` for the standard input or output."""
    return "-" if word == "-" else _path(word)


def _wanted(command: argparse.ArgumentParser, least: str = "") -> None:
    """The flags that choose stories."""
    command.add_argument(
        "--since", metavar="TIME", help="with an article published since then: 2026-03-02, 90m, 12h, 3d or 2w"
    )
    command.add_argument("--min-articles", type=int, metavar="N", help=f"with at least N articles{least}")
    command.add_argument("--language", type=_language, metavar="CODE", help="in this language, for example en")
    command.add_argument("--publisher", type=_words, metavar="NAME", help="with an article of this publisher")
    command.add_argument(
        "--search", type=_words, metavar="TEXT", help="with all these words in the title of one of its articles"
    )
    command.add_argument(
        "--text", type=_words, metavar="TEXT", help="with all these words in the text of one of its articles"
    )


def _since(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--since", metavar="TIME",
        help="articles published since TIME, or without a date and received since: 2026-03-02, 90m, 12h, 3d or 2w; "
        "default: those of the active stories",
    )  # fmt: skip


def overrides(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The settings that were given as flags, as `dedup.config.loading.load` takes them."""
    given: dict[str, dict[str, Any]] = {}
    for name, value in vars(arguments).items():
        section, dot, key = name.partition(".")
        if dot and value is not None:
            given.setdefault(section, {})[key] = value
    return given


def _add(commands: Any, name: str, run: str, help: str, description: str = "", *, json: bool = True) -> Parser:
    made: Parser = commands.add_parser(
        name, help=help, description=description or _sentence(help), parents=[_everywhere()]
    )
    made.set_defaults(run=run)
    if json:
        made.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    return made


def _group(commands: Any, name: str, help: str) -> Any:
    made = commands.add_parser(name, help=help, description=_sentence(help), parents=[_everywhere()])
    return made.add_subparsers(metavar="COMMAND", required=True, title="commands")


def _everywhere() -> Parser:
    """The flags that may stand before and after the command."""
    flags = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    flags.add_argument("--config", type=_path, metavar="FILE", help="the configuration file [$DEDUP_CONFIG]")
    _settings(flags, "database.url")
    return flags


def _settings(command: argparse.ArgumentParser, *names: str) -> None:
    """Adds the flags of settings, each with its environment variable and its range."""
    for name in names:
        section, _, key = name.partition(".")
        setting = next(f for f in fields(SECTIONS[section]) if f.name == key)
        rule = setting.metadata
        default = "" if setting.default == "" else f"; default {setting.default}"
        command.add_argument(
            rule["flag"],
            dest=name,
            default=argparse.SUPPRESS,
            metavar="URL" if rule["secret"] else key.rpartition("_")[2].upper(),
            help=f"{rule['doc']}{default} [${variable(section, key)}]".replace("%", "%%"),
        )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."

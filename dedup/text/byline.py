"""The line below a headline that names the publisher and the day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from babel import Locale

from dedup.intake.dates import BEFORE_CHRIST, THAI_YEARS, YEARS
from dedup.intake.months import LANGUAGES, months_named

_LONGEST = 120
# Marks that join with letters are no letters. Months of Thai are short with two dots, one of them inside.
_MONTH = (
    r"(?:[\u0e01-\u0e4e]{1,3}\.[\u0e01-\u0e4e]{1,3}(?=\.)"
    r"|[^\W\d_\u0e01-\u0e4e]{3,12}|[\u0900-\u0963\u0980-\u0dff\u0e01-\u0e4e]{2,12})"
)
_DATES = re.compile(
    r"(?<!\d)(?:"
    r"(?P<iso>(?P<y>\d{4})[-/.]\s?(?P<m>\d{1,2})[-/.]\s?(?P<d>\d{1,2})(?!\d))"
    r"|(?P<numeric>(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}))"
    r"|(?P<cjk>(?P<cy>\d{4})\s?[年년]\s?(?P<cm>\d{1,2})\s?[月월]\s?(?P<cd>\d{1,2})\s?[日일])"
    rf"|(?P<worded>\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?,?\s(?:of\s|de\s)?{_MONTH}\.?,?\s(?:de\s|del\s|พ\.ศ\.\s?)?\d{{4}}(?!\d)"
    rf"|{_MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}(?!\d)|\d{{4}}\.?\s{_MONTH}\.?\s\d{{1,2}}(?!\d)\.?)"
    r")"
)
_DIGIT = re.compile(r"\d")
"""What is in every date, found in a tenth of the time."""
# What may stand around the date on its line without being a name: a time of day, a weekday, a label.
_CLOCK = re.compile(
    r"\b\d{1,2}\s?[:.h]\s?\d{2}(?::\d{2})?\s?(?:[ap]\.?m\.?)?(?:\s?uhr)?(?:\s?\(?(?:UTC|GMT|[A-Z]{1,4}T|MSK|MEZ"
    r"|MESZ|WIB|WITA)\b\)?)?(?:[+-]\d{2}:?\d{2})?|\b\d{1,2}\s?[時时點点시]\s?\d{1,2}\s?[分분]",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:first |last )?(?:published|updated|posted|modified|created|date|on|at|veröffentlicht|aktualisiert"
    r"|stand|am|um|publié|mis à jour"
    r"|modifié|le|à|publicado|actualizado|el|a las|pubblicato|aggiornato|il|publicada|atualizado|em"
    r"|опубликовано|обновлено|г|года|в|опубліковано|оновлено|р|року|о"
    r"|gepubliceerd|bijgewerkt|op|om|publicerad|uppdaterad|publisert|oppdatert|udgivet|opdateret|den|kl|julkaistu|klo"
    r"|opublikowano|godz|publikováno|alle|ore|às|h|hs|\d{1,2}[ -]min(?:ute)?s?(?: read)?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"^(?:by|von|par|por|di|da|av|af|door|автор|text|words)\b[ :]", re.IGNORECASE)
_PUBLISHER = re.compile(
    r"\b(?:times|news|post|herald|journal|tribune|gazette|chronicle|daily|weekly|today|press|agency|guardian"
    r"|telegraph|observer"
    r"|standard|star|sun|mail|globe|mirror|independent|examiner|courier|dispatch|bulletin|record|review"
    r"|reporter|monitor|world|wire"
    r"|express|echo|sentinel|argus|mercury|register|ledger|inquirer|enquirer|zeitung|tagblatt|tageblatt"
    r"|nachrichten|rundschau|anzeiger"
    r"|kurier|bote|presse|blatt|monde|figaro|gazette|dépêche|matin|diario|periódico|noticias|prensa|jornal"
    r"|correio|folha|corriere"
    r"|giornale|gazzetta|stampa|messaggero|dagblad|courant|nieuws|nyheter|dagbladet|новости|газета|вести"
    r"|известия|reuters|xinhua|bloomberg|tass|тасс|interfax)\b"
    r"|\w\.(?:com|org|net|de|fr|uk|es|it)\b|(?:日报|晚报|时报|新闻|新闻网|新闻社|通讯社|日報|新聞|通信社|일보|신문|뉴스)$",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"[A-Z][A-Za-z]?[A-Z]{1,4}")
_PARTICLES = frozenset((
    "a", "and", "da", "das", "de", "del", "der", "des", "di", "do", "dos", "du", "e", "el", "et", "for", "für", "i",
    "il", "la", "le", "les", "los", "of", "og", "och", "on", "the", "und", "van", "von", "y",
))  # fmt: skip
_NAME = r"(?:[A-ZÀ-Þ][\w.'’-]* ){1,3}[A-ZÀ-Þ][\w.'’-]*"
_NAMES = re.compile(rf"{_NAME}(?:, {_NAME})*,? (?:and|und|et|y|e|en|og|och) {_NAME}")
_CLOSING = " \"'”’»›」』)）"
_FULL_STOPS = tuple("。！？؟।॥")
_THAI = re.compile("[\u0e01-\u0e4e]")
_THAI_LABELS = re.compile(
    r"วัน(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|ศุกร์|เสาร์|อาทิตย์)(?:ที่)?|วันที่|เมื่อ|เวลา|น(?=\.|\s|$)|ล่าสุด|พ\.ศ\.|โดย"
    r"|เผยแพร่|ปรับปรุง|อัปเดต|อัพเดต|อัพเดท|แก้ไข|โพสต์|ลงวันที่"
)
"""What Thai, which is written without capitals and mostly without spaces, may have beside a date in no sentence."""
_WIDE = re.compile("[\u3041-\u30ff\u3400-\u9fff]+")
_MOST_WIDE = 24
"""Letters of Chinese or Japanese beside a date, in names and such."""


@dataclass(frozen=True, slots=True)
class Byline:
    """What a line of this kind says: the name of a publisher, if it holds one, and the day in UTC, if it is plain."""

    publisher: str | None
    published_at: datetime | None


def read_byline(line: str) -> Byline | None:
    """What `line` says if it is nothing but a date with a publisher's or author's name and such; else None.

    ``Straits Times21-05-2025``, ``Published: 21 May 2025, 14:30``, ``By Jane Doe | 2025-05-21``. A date that could
    be read as two days (``05-06-2025``) counts as none. A name is taken for a publisher's when it holds a word that
    papers and agencies call themselves by; else it is an author's, who is of no use here.
    """
    if len(line) > _LONGEST or _DIGIT.search(line) is None:
        return None
    found = _DATES.search(line)
    if found is None:
        return None
    rest = _DATES.sub(" ", line)
    if _THAI.search(rest) and _THAI.search(rest := _THAI_LABELS.sub(" ", rest)):
        return None
    names = [
        part.strip(" ,.:;|/·•–—-()[]")
        for part in re.split(r"[|·•–—/]|\s-\s|\(|\)", _LABEL.sub(" ", _CLOCK.sub(" ", rest)))
    ]
    names = [name for name in names if name]
    words = [word for name in names for word in name.split()]
    if len(words) > 8 or any(word[0].isdigit() or (word[0].islower() and not _may_be_small(word)) for word in words):
        return None  # part of a sentence that holds a date
    if _is_sentence(line, words):
        return None
    publishers = [name for name in names if not _AUTHOR.match(name) and _names_a_publisher(name)]
    return Byline(publishers[-1] if publishers else None, _day(found))


def _is_sentence(line: str, words: Sequence[str]) -> bool:
    """Whether `line` is a sentence in a script without capitals, by which others are told; `words` are those beside
    its date."""
    end = line.rstrip(_CLOSING)
    if end.endswith(_FULL_STOPS) or sum(map(len, _WIDE.findall("".join(words)))) > _MOST_WIDE:
        return True
    return end.endswith(".") and sum(word[0].isalpha() and word[0].lower() == word[0].upper() for word in words) > 2


def is_author(line: str) -> bool:
    """Whether `line` is nothing but the names of authors: ``By Jane Doe``, ``Jane Doe and John Roe``."""
    if len(line) > 100:
        return False
    if _NAMES.fullmatch(line):
        return True
    words = line.strip(" .:|,").split()[1:]
    return _AUTHOR.match(line) is not None and all(word[0].isupper() or word in _PARTICLES for word in words)


def _day(found: re.Match[str]) -> datetime | None:
    """The day that `found`, a match of `_DATES`, names; None if it could be two, or is none."""
    if found["worded"]:
        digits = [int(number) for number in re.findall(r"\d+", found["worded"])]
        months = {month for word in re.findall(_MONTH, found["worded"]) for month in months_named(word)}
        if len(months) != 1:
            return None
        (day, year), month = sorted(digits), months.pop()
    elif found["iso"]:
        year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    elif found["cjk"]:
        year, month, day = int(found["cy"]), int(found["cm"]), int(found["cd"])
    else:
        year, month, day = int(found["year"]), int(found["second"]), int(found["first"])
        if month > 12:
            month, day = day, month
        elif day <= 12 and day != month and found["sign"] != "." and year not in THAI_YEARS:
            return None
    if year in THAI_YEARS:
        year -= BEFORE_CHRIST
    try:
        return datetime(year, month, day, tzinfo=UTC) if year in YEARS else None
    except ValueError:
        return None


def _names_a_publisher(name: str) -> bool:
    return _PUBLISHER.search(name) is not None or _ACRONYM.fullmatch(name) is not None


def _may_be_small(word: str) -> bool:
    """Whether a line of this kind may have `word` without a capital."""
    return word in _PARTICLES or word.rstrip(".,") in _weekdays()


@cache
def _weekdays() -> frozenset[str]:
    """The names of weekdays in `LANGUAGES`; short ones are words of others."""
    locales = map(Locale.parse, LANGUAGES)
    days = (locale.days[context]["wide"] for locale in locales for context in ("format", "stand-alone"))
    return frozenset(name for names in days for name in names.values())

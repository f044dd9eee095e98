"""The names of months in the languages of news, by Unicode's CLDR."""

from __future__ import annotations

from functools import cache

LANGUAGES = (
    "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "bg", "hr",
    "sl", "sr", "uk", "ru", "el", "tr", "id", "vi", "lt", "lv", "et", "ar", "fa", "ur", "he", "hi", "bn", "ta", "th",
)  # fmt: skip
_LOCALES = (
    *LANGUAGES, "de_AT", "ar_SY", "ar_DZ", "ar_MA", "ca", "gu", "kn", "ml", "mr", "ms", "te",
)  # fmt: skip
_IN_HEBREW = "ב"
"""Before the name of a month in a date: in March."""


def months_named(name: str) -> frozenset[int]:
    """The months that `name` can mean, long or short, in any letters and without a dot: ``listopad`` is two."""
    return _months().get(name.casefold(), frozenset())


@cache
def _months() -> dict[str, frozenset[int]]:
    from babel import Locale  # noqa: PLC0415 - few dates need it

    meanings: dict[str, set[int]] = {}
    for tag in _LOCALES:
        locale = Locale.parse(tag)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in locale.months[context][width].items():
                    for written in (name, f"{_IN_HEBREW}{name}") if tag == "he" else (name,):
                        meanings.setdefault(written.casefold().strip("."), set()).add(month)
    return {name: frozenset(months) for name, months in meanings.items()}

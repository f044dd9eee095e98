"""One setting: its default, its words and its rules, and how a value from a file, a variable or a flag is read."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import field, fields
from typing import Any, get_type_hints

from dedup.errors import ConfigError, DedupError, UsageError


def setting(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    longest: int = 0,
    secret: bool = False,
    flag: str = "",
    required: bool = False,
) -> Any:
    """A dataclass field with what the file, ``--help``, ``config check`` and the README say about it.

    One of `choices` may be written in capitals. With `longest` it is a name: not blank, and of so many bytes at most.
    """
    rules = {"low": low, "high": high, "choices": choices, "longest": longest, "secret": secret, "flag": flag}
    return field(default=default, metadata={"doc": doc, "required": required, **rules})


def variable(section: str, key: str) -> str:
    """The environment variable of a setting."""
    return f"DEDUP_{section}_{key}".upper()


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown `word`: the one that was meant, or all there are."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(known))}"


def build(kind: type[Any], given: Mapping[str, tuple[str, Any]], **fixed: Any) -> Any:
    """A `kind` of the values `given`, each with where it came from. Raises `ConfigError`, `UsageError`."""
    hints = get_type_hints(kind)
    rules = {f.name: f.metadata for f in fields(kind)}
    return kind(**fixed, **{key: _value(where, value, hints[key], rules[key]) for key, (where, value) in given.items()})


def _value(where: str, value: Any, kind: type[Any], rule: Mapping[str, Any]) -> Any:
    try:
        value = _convert(value, kind)
    except (ValueError, TypeError, OverflowError) as error:
        told = "***" if rule["secret"] else shown(value)
        raise _unusable(where, f"must be {_TYPE_NAMES[kind]}, not {told}") from error
    low, high = rule["low"], rule["high"]
    if (low is not None and value < low) or (high is not None and value > high):
        raise _unusable(where, f"must lie between {low:,} and {high:,}, not {shown(value)}")
    if rule["choices"]:
        if value.lower() not in rule["choices"]:
            raise _unusable(where, f"must be one of {', '.join(rule['choices'])}, not {shown(value)}")
        return value.lower()
    if rule["longest"] and not _is_name(value, rule["longest"]):
        raise _unusable(where, f"must be a name of 1 to {rule['longest']} bytes in UTF-8, not {shown(value)}")
    return value


def _is_name(text: str, longest: int) -> bool:
    try:
        return not text.isspace() and 0 < len(text.encode()) <= longest
    except UnicodeEncodeError:
        return False


def shown(value: Any) -> str:
    """A value as a message shows it."""
    try:
        text = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else repr(value)
    except ValueError:  # Python writes out no number of so many digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _unusable(where: str, problem: str) -> DedupError:
    """A flag is the command line's fault, all else the configuration's."""
    return (UsageError if where.startswith("--") else ConfigError)(f"{where} {problem}")


_LONGEST_SHOWN = 80
_TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def _convert(value: Any, kind: type[Any]) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        raise ValueError
    if isinstance(value, bool) or ((kind is str) != isinstance(value, str) and kind is str):
        raise ValueError
    if kind is int and isinstance(value, float):
        raise ValueError
    if isinstance(value, str) and "\0" in value:  # no path, address or name holds one
        raise ValueError
    converted = kind(value)
    if kind is float and math.isnan(converted):
        raise ValueError
    return converted

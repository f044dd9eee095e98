"""The publisher of an article: the name as it is shown, or where none is named the registered domain of its URL."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from tld import get_fld

from dedup.config.sections import PUBLISHER_CHARACTERS
from dedup.text.normal_form import one_line

_LOOKED_AT = 4 * PUBLISHER_CHARACTERS
_LONGEST_HOST = 253  # of a name in the DNS
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_PLAIN = re.compile(r"https?://([A-Za-z0-9.-]+)(?:[/?#]|\Z)")
"""What nearly every address begins with; `urlsplit` says the same of it, at ten times the cost."""


def shown_name(publisher: str | None) -> str:
    """The name of a publisher as it is shown: on one line, without what is invisible, and cut like a title."""
    return _shown(publisher[:_LOOKED_AT]) if publisher else ""


@lru_cache(maxsize=4096)
def _shown(publisher: str) -> str:
    return one_line(publisher)[:PUBLISHER_CHARACTERS]


def publisher_of(url: str | None) -> str | None:
    """The registered domain of `url` (``bbc.co.uk`` for ``https://www.bbc.co.uk/news/1``), by the public suffix list
    inside the package `tld`, in its readable form: ``münchen.de`` for ``xn--mnchen-3ya.de``, which is the same domain.
    Under an end that the list does not have, as of names at home (``desk.news.lan``), it is the last two labels, by the
    list's own rule for the rest (publicsuffix.org, "if no rules match, the prevailing rule is *").

    None for no URL, one without a host, an address in numbers, or a name of one label.
    """
    if not url:
        return None
    plain = _PLAIN.match(url)
    if plain is not None:
        host: str | None = plain[1].lower()
    else:
        try:
            host = urlsplit(url.strip()).hostname
        except ValueError:
            return None
    return _registered(host) if host and len(host) <= _LONGEST_HOST else None


@lru_cache(maxsize=65_536)
def _registered(host: str) -> str | None:
    if "xn--" in host:
        with suppress(UnicodeError):  # what is no such name, or none by IDNA of 2003, stays as it is
            host = host.encode("ascii").decode("idna")
    host = host.rstrip(".")
    found = get_fld(f"http://{host}", fail_silently=True)
    if found is None:
        labels = host.split(".")[-2:]
        if len(labels) == 2 and all(map(_LABEL.fullmatch, labels)) and not labels[1].isdecimal():
            return ".".join(labels)
    return found

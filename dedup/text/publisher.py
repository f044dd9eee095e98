"""The publisher of an article that names none: the registered domain of its URL."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from tld import get_fld

_LONGEST_HOST = 253  # of a name in the DNS
_PLAIN = re.compile(r"https?://([A-Za-z0-9.-]+)(?:[/?#]|\Z)")
"""What nearly every address begins with; `urlsplit` says the same of it, at ten times the cost."""


def publisher_of(url: str | None) -> str | None:
    """The registered domain of `url` (``bbc.co.uk`` for ``https://www.bbc.co.uk/news/1``), by the public suffix list
    inside the package `tld`, in its readable form: ``münchen.de`` for ``xn--mnchen-3ya.de``, which is the same domain.

    None for no URL, one without a host, or a host that is no registered name.
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
    return get_fld(f"http://{host.rstrip('.')}", fail_silently=True)

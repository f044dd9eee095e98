"""One name for one page, however its address was passed on."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_WEB = ("https", "http")

# Keys that say how a reader came to the page, never which page it is. A key that some site might use for its articles
# (id, cid, ref, source) is not among them: two pages taken for one would lose an article.
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|ga|itm|hsa|ns|at|oly|vero|mkt)_\w+|_(?:ga|gl|hsenc|hsmi|openstat)|mc_[ce]id|igsh"
    r"|(?:fb|g|d|y|tw|tt)clid|(?:msclk|gbra|wbra|igsh|li_fat_)id|xtor|smid|cmpid|ocid|icid|ito",
    re.IGNORECASE,
)
_VARIANT_VALUES = frozenset({"", "1", "true", "yes", "amp", "print", "mobile"})
_VARIANT_KEYS = frozenset({"amp", "outputtype", "output", "print", "printable", "mobile"})
_VARIANT_PATH = re.compile(r"(?:/amp|/print|\.amp(?=\.html?$)|\.amp)(?=/?$|\.html?$)", re.IGNORECASE)
_VARIANT_HOST = re.compile(r"(?:(?:www|amp|m|mobile)\.)+(?=[^.]+\.[^.]+)", re.IGNORECASE)
# In a site that a script draws, which of its pages is meant; any other fragment is a place on the page.
_ROUTE = re.compile("[!/]+[^!/]")
# Where taking one thing away brings another to light ("/.;/"), names are named again, at most so many times.
_MOST_NAMES = 16
_CACHES = re.compile(r"https?://(?:[\w-]+\.cdn\.ampproject\.org/[cv]|www\.google\.[\w.]+/amp)/(s/)?(?=[\w-]+\.)")
# Links of Google Alerts and of feeds of Bing News, which lead on to the page that their query names.
_LEADS_ON = re.compile(
    r"https?://(?:www\.google\.[a-z.]{2,6}/url|www\.bing\.com/news/apiclick\.aspx)\?(?:[^#]*&)?(?:url|q)="
    r"(https?(?::|%3a)(?:/|%2f){2}\w[^&#]*)",
    re.IGNORECASE,
)
_MOST_LINKS = 4
"""How many of these lead one to the other, at most: that of an alert may lead to a cache."""


def canonical(url: str) -> str:
    """A name for the page at `url` that its other addresses share; not always an address itself. Never raises.

    Gone are the fragment, unless it leads to another page (``#/``, ``#!``), keys that track readers, signs of an AMP,
    mobile or print edition, ``www.``, a slash at the end, and the difference between http and https; the query is
    sorted. What is no address of the web stays as it is. A name is its own name.
    """
    for _ in range(_MOST_NAMES):
        name = _named(url)
        if name == url:
            break
        url = name
    return url


def original(url: str) -> str:
    """The address of a page that `url` leads to by way of an AMP cache, Google Alerts or Bing News; else `url`."""
    for _ in range(_MOST_LINKS):
        if not ("google." in url or ".bing.com/" in url or ".ampproject.org/" in url):  # as nearly every address
            break
        if link := _LEADS_ON.match(url):
            url = unquote(link[1])
        elif cache := _CACHES.match(url):
            url = f"https://{url[cache.end() :]}"
        else:
            break
    return url


def _named(url: str) -> str:
    try:
        whole = urlsplit(canonicalize_url(original(url.strip()), keep_fragments=True))
        host, port = whole.hostname or "", whole.port
    except ValueError:
        return url
    if whole.scheme not in _WEB or not host:
        return url
    name = _VARIANT_HOST.sub("", host, count=1) if host.count(".") > 1 else host
    place = name if port in (None, 80, 443) else f"{name}:{port}"
    path = _VARIANT_PATH.sub("", whole.path).rstrip("/")
    query = [(key, value) for key, value in parse_qsl(whole.query, keep_blank_values=True) if not _idle(key, value)]
    route = whole.fragment if _ROUTE.match(whole.fragment) else ""
    return urlunsplit(("https", place, path or "/", urlencode(query), route))


def _idle(key: str, value: str) -> bool:
    """Whether a key of the query has no part in which page is meant."""
    if _TRACKING.fullmatch(key):
        return True
    return key.lower() in _VARIANT_KEYS and value.lower() in _VARIANT_VALUES

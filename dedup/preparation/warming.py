"""What the first article of a program would wait for, a third of a second, done before it comes."""

from __future__ import annotations

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.sketch.minhash import sign
from dedup.sketch.scheme import Scheme
from dedup.text.clean import clean

_BODY = (
    "The bridge over the river will be closed to lorries from Monday, the council said. Engineers found cracks in two "
    "of its piers. It carries some 9,000 vehicles a day."
)
# One that says its language and one of which it has to be found.
_ARTICLES = tuple(
    Article("warm", _BODY, url="https://www.example.org/bridge", title="Bridge closed to lorries", language=language)
    for language in ("en", None)
)


def warm_up(scheme: Scheme) -> None:
    """Cleans and signs articles that nobody will see: loads the tables of addresses, languages and words."""
    for article in _ARTICLES:
        document = clean(article, TextSettings(), max_bytes=len(_BODY))
        sign(document.title_tokens, document.body_tokens, scheme)

"""Texts of a few words, with their weighted terms."""

from __future__ import annotations

from datetime import UTC, datetime

from dedup.sketch.frequencies import Frequencies
from dedup.sketch.terms import TermSketch, sketch
from dedup.text.document import Document, stored_document

DAY = 86_400
TUESDAY = int(datetime(2026, 3, 3, 7, 0, tzinfo=UTC).timestamp())


def made(title: str, body: str, language: str = "en") -> tuple[Document, TermSketch]:
    document = stored_document(title, body, language, None, None, max_words=1000)
    return document, sketch(document, Frequencies().of(language))

"""An article of its own for tests of pages as text."""

from __future__ import annotations

from dedup.text.normal_form import normal_form
from dedup.text.page import Page, read_page

TITLE = "Harbour bridge at Linnford closes after cracks are found"
BODY = """\
The road bridge over the harbour at Linnford was closed to all traffic on Monday after divers found cracks in two piers.
Engineers will need at least three weeks to examine the foundations, the county said in a statement.
"We cannot take any risk with a structure that carries 18,000 vehicles a day," said county surveyor Ada Brenner.
Ferries will run every twenty minutes until the inspection is over."""


def page_of(text: str, title: str = "") -> Page:
    text = normal_form(text)
    return read_page(text, title)

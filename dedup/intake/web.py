"""What the web says of addresses and of XML."""

from __future__ import annotations

import re

WEB = ("https://", "http://")
"""How the address of a page of the web begins."""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML has no place for (XML 1.0, 2.2). The others named instead would take 8 ms to compile."""

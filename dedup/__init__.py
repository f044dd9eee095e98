"""dedup finds which of the articles in a news database are copies of one text, and which report the same story."""

__version__ = "0.1.0"

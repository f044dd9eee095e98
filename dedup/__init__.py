"""dedup tells news operators which of the articles in their database are the same story."""

__version__ = "0.1.0"

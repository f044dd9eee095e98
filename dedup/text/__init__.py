"""From an `Article` to a `Document`: main text, normal form, language, tokens."""

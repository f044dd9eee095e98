"""Configured sources: articles from where they already are, put into the inbox at the beginning of each pass."""

"""Deciding one article after another: what is known, what happens to groups and stories, under which rules."""

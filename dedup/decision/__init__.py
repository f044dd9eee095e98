"""One article after another is decided: what is known, what becomes of groups and stories, under which rules."""

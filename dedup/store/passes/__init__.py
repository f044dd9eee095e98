"""What a pass reads and writes: the inbox, what was decided before, what is decided now, and its own record."""

"""Changed settings applied to what was decided before."""

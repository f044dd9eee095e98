"""From a `Document` to a `Sketch`: shingles, MinHash signature, terms. Pure, compiled; no clock, SQL or log."""

"""From a `Document` to a `Sketch`: shingles, MinHash signature, weighted terms. Pure and compiled; knows no clock, SQL or log."""

"""Where articles come from: files and their formats. Every source ends in an `Article`."""

"""``python -m dedup`` is ``dedup``."""

from __future__ import annotations

from dedup.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())

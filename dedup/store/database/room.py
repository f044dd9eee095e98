"""Is there room on the disk of the database? The file system is asked: a database on a full disk cannot report it."""

from __future__ import annotations

import os
from pathlib import Path

LEAST_BYTES = 2**20
"""Free bytes below which a disk counts as full: fewer than a batch of articles needs."""


def shortage(database: Path | None) -> str:
    """What to say of a disk that has no room for the SQLite database on it; empty where it has, or there is none."""
    if database is None:
        return ""
    try:
        disk, owner = os.statvfs(database), database.stat().st_uid
    except OSError:
        return ""
    # The last blocks of a disk are often kept for root. A file system that counts no blocks is never full.
    free = (disk.f_bavail if owner else disk.f_bfree) * disk.f_frsize
    if disk.f_blocks == 0 or free >= LEAST_BYTES:
        return ""
    return f"the disk of the database is full ({free // 1024} kB are free), so nothing can be written; make room"

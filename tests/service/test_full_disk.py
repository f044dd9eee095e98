"""A file system of a few megabytes that fills up under a daemon, and empties."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import LONG, ROOT

# With process numbers of its own, so that a daemon in it does not outlive the test.
NAMESPACE = [
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    *(() if os.geteuid() == 0 else ("--user", "--map-root-user")),
]


def may_mount(folder: Path) -> bool:
    """Whether a file system can be mounted here that nobody else sees."""
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(folder)]
    try:
        return subprocess.run([*NAMESPACE, *mount], check=False, capture_output=True, timeout=LONG).returncode == 0
    except FileNotFoundError:
        return False


def test_a_full_file_system_degrades_the_service_and_loses_nothing(tmp_path: Path) -> None:
    if not may_mount(tmp_path):
        pytest.skip("mounting a file system of its own needs root or user namespaces")
    command = [*NAMESPACE, sys.executable, "-m", "tests.service.full_disk", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=2 * LONG)
    assert done.returncode == 0, done.stderr

"""Two daemons on one database, started again whenever they end, as systemd would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

SETTINGS = """
[service]
interval_seconds = {interval}
batch_size = {batch_size}
health_seconds = 1
stop_seconds = 20
standby = true
lease_seconds = 4
[database]
timeout_seconds = 5
query_seconds = 10
"""


class Daemons:
    """The processes, their configuration and their logs, all in `folder`."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith("DEDUP_")} | {
            "DEDUP_CONFIG": str(folder / "dedup.toml"),
            "DEDUP_DATABASE_URL": url,
        }
        self.configure(batch_size=256, interval=0.5)
        self._log_sizes = [0, 0]  # in bytes, as each was started
        self.processes = [self._start(number) for number in range(2)]

    def configure(self, *, batch_size: int, interval: float) -> None:
        """Writes the file that the daemons read at their start and when they are told to."""
        text = SETTINGS.format(batch_size=batch_size, interval=interval)
        (self._folder / "dedup.toml").write_text(text, encoding="utf-8")

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to both."""
        for process in self.processes:
            process.send_signal(number)

    def end(self, which: int, number: signal.Signals) -> None:
        """Ends one, by a signal to which it must answer, and starts it again."""
        self.processes[which].send_signal(number)
        self.processes[which].wait(60)
        self.processes[which] = self._start(which)

    def tend(self) -> None:
        """Starts again what has ended by itself, as a database that is away at the start makes it do."""
        for which, process in enumerate(self.processes):
            if process.poll() is not None:
                self.processes[which] = self._start(which)

    def stop(self) -> list[int]:
        """Ends both in order; their exit codes, 0 for one that has said nothing: its Python was not there yet to hear
        the signal."""
        self.signal(signal.SIGTERM)
        codes = [process.wait(120) for process in self.processes]
        silent = [self._log(number).stat().st_size == self._log_sizes[number] for number in range(2)]
        return [
            0 if code == -signal.SIGTERM and is_silent else code for code, is_silent in zip(codes, silent, strict=True)
        ]

    def kill(self) -> None:
        """Ends what still runs, whatever happened to the soak."""
        for process in self.processes:
            process.kill()
            process.wait(60)

    def events(self) -> Counter[str]:
        """How often each event is in the logs. A line that a kill cut short counts as ``torn``."""
        found: Counter[str] = Counter()
        for path in self._folder.glob("daemon-*.log"):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    found[json.loads(line)["event"]] += 1
                except ValueError:
                    found["torn"] += 1
        return found

    def _log(self, number: int) -> Path:
        return self._folder / f"daemon-{number}.log"

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with self._log(number).open("ab") as log:
            self._log_sizes[number] = log.tell()
            command = [sys.executable, "-m", "dedup", "run"]
            return subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdout=log, stderr=subprocess.DEVNULL,
                start_new_session=True,  # the kernel hangs up on an orphaned process group with a frozen member
            )  # fmt: skip

"""``dedup run``: the daemon."""

from __future__ import annotations

from dedup.cli.invocation import Invocation
from dedup.config import Config
from dedup.config.sources import check_urls
from dedup.service.signals import DAEMON, Signals


def run(invocation: Invocation) -> int:
    """The daemon; see `dedup.service.daemon`."""
    # Before its libraries, which take a second to import: until then a signal to stop would end the process as one
    # that died of it, and so would SIGHUP, which systemd takes for an ordered end and does not start it again.
    signals = Signals(DAEMON)

    def load() -> Config:
        config = invocation.load()
        check_urls(config.sources)
        return config

    try:
        from dedup.service import daemon  # noqa: PLC0415 - see above

        return daemon.run(load, signals=signals)
    finally:
        signals.ignore()

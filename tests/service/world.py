"""What the jobs of the daemon act on, made up: a pipeline, a database and a lock that answer as a test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from dedup import logs
from dedup.config import Config
from dedup.config.sections import RetentionSettings
from dedup.store.operation.health import Health
from dedup.store.operation.instances import Heartbeat
from dedup.store.operation.retention import Place
from dedup.store.passes.runs import Counts

NOON = datetime(2026, 3, 1, 12, 3, 4, tzinfo=UTC)
WELL = Health(
    ok=True,
    reasons=(),
    last_success_at=NOON,
    pending=0,
    oldest_pending_seconds=0,
    schema_version="1",
    config_version=1,
)


@dataclass(frozen=True)
class Report:
    run_id: int = 7
    started_at: datetime = NOON - timedelta(seconds=0.4)
    finished_at: datetime = NOON
    outcome: str = "ok"
    taken: int = 12
    accepted: int = 11
    updated: int = 0
    unchanged: int = 0
    rejected: int = 1
    new_stories: int = 2
    merged_stories: int = 0
    pending: int = 0
    seconds: float = 0.41
    stages: dict[str, float] = field(default_factory=lambda: {"sketch": 0.2})


class World:
    """A pipeline, a database and a lock whose next answers a test decides; an exception is raised."""

    recorded = Counts(accepted=11)
    is_writing = False

    def __init__(self) -> None:
        self.passes: list[Report | BaseException] = []
        self.healths: list[Health | BaseException] = []
        self.removals: list[tuple[dict[str, int], int] | BaseException] = []
        self.signings: list[bool | BaseException] = []
        self.locks: list[BaseException] = []
        self.configs: list[BaseException] = []
        self.schemas: list[BaseException] = []
        self.keeps: list[BaseException] = []
        self.beats: list[Any] = []
        self.signs: list[BaseException] = []
        self.silences: list[float] = []
        self.troubles: list[str] = []
        self.done: list[Any] = []
        self.warmings: list[BaseException] = []
        self.warmed = 0
        self.went_on: list[bool] = []
        self.passed: list[datetime | BaseException | None] = []

    def run_pass(self, stop: threading.Event, beat: Callable[[], None]) -> Any:
        logs.enter_run(7)
        beat()
        return self._answer(self.passes, Report())

    def reconfigure(self, config: Config) -> None:
        self._answer(self.configs, None)
        self.done.append(config)

    def warm_up(self) -> None:
        self.warmed += 1
        self._answer(self.warmings, None)

    def sign_some(self, limit: int, goes_on: Callable[[], bool], beat: Callable[[], None]) -> bool:
        self.done.append(f"sign {limit}")
        beat()
        self.went_on.append(goes_on())
        return self._answer(self.signings, False)

    def health(self) -> Health:
        return self._answer(self.healths, WELL)

    def last_pass_before(self, moment: datetime) -> datetime | None:
        return self._answer(self.passed, moment - timedelta(minutes=1))

    def apply_retention(
        self, settings: RetentionSettings, now: datetime, fence: Any, goes_on: Callable[[], bool], after: Place | None
    ) -> tuple[dict[str, int], Place | None]:
        assert fence is not None
        self.done.append((settings.runs_days, now, after))
        self.went_on.append(goes_on())
        return self._answer(self.removals, ({"runs": 3}, None))

    def largest_recent_story(self) -> int:
        return 41

    def active_sources(self) -> list[Any]:
        return []

    def check_schema(self) -> None:
        self._answer(self.schemas, None)

    def drop(self) -> None:
        self.done.append("drop")

    def beat(self, heartbeat: Heartbeat, fence: Any) -> None:
        self._answer(self.signs, None)
        self.beats.append((heartbeat.role, heartbeat.status, fence is not None))
        self.silences.append(heartbeat.silence_seconds)

    def sign_off(self) -> None:
        self._answer(self.beats, None)
        self.done.append("sign off")

    def hold(self, connection: Any) -> None:
        raise AssertionError("the world has no connection")

    def keep(self) -> None:
        self._answer(self.keeps, None)

    def take_over(self, lease_seconds: float | None) -> int:
        self.done.append("acquire" if lease_seconds is None else "take over")
        self._answer(self.locks, None)
        return 0

    def note(self, trouble: str) -> None:
        self.troubles.append(trouble)

    def release(self) -> None:
        self.done.append("release")

    @staticmethod
    def _answer(answers: list[Any], usual: Any) -> Any:
        answer = answers.pop(0) if answers else usual
        if isinstance(answer, BaseException):
            raise answer
        return answer


@contextmanager
def captured() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


def last_status(manager: socket.socket) -> str:
    manager.setblocking(False)
    text = ""
    try:
        while True:
            text = manager.recv(4096).decode()
    except BlockingIOError:
        return text.removeprefix("STATUS=")

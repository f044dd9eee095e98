"""The line below a headline that names the publisher and the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dedup.text.byline import Byline, read_byline


@pytest.mark.parametrize(
    ("line", "publisher", "day"),
    [
        ("Straits Times21-05-2025", "Straits Times", "2025-05-21"),
        ("Published: 2025-05-21", None, "2025-05-21"),
        ("21 May 2025", None, "2025-05-21"),
        ("By Jane Doe | The Daily Globe | May 21st, 2025", "The Daily Globe", "2025-05-21"),
        ("Jane Doe, 21 May 2025", None, "2025-05-21"),
        ("Mittwoch, 21. Mai 2025 | Rheinische Rundschau", "Rheinische Rundschau", "2025-05-21"),
        ("Опубликовано 21 мая 2025", None, "2025-05-21"),
        ("AFP 05/21/2025", "AFP", "2025-05-21"),
        ("May 21, 2025 9:10 p.m. ET", None, "2025-05-21"),
        ("The Daily Globe | May 21, 2025 | 9:10 PM (PT)", "The Daily Globe", "2025-05-21"),
        ("Rabu, 21 Mei 2025 21:10 WIB", None, "2025-05-21"),
        ("21.05.2025 21:10 Stuttgarter Zeitung", "Stuttgarter Zeitung", "2025-05-21"),
        ("21 May 2025 21:10 Evening Post", "Evening Post", "2025-05-21"),
        ("2025年5月21日 21時10分", None, "2025-05-21"),
        ("2025年5月21日6时00分 人民日报", "人民日报", "2025-05-21"),
        ("2025년 5월 21일 오후 9시 10분", None, "2025-05-21"),
        ("21 मई 2025", None, "2025-05-21"),
        ("बुधवार, 21 मार्च 2025", None, "2025-03-21"),
        ("২১ মার্চ ২০২৫", None, "2025-03-21"),
        ("21 மார்ச் 2025", None, "2025-03-21"),
        ("onsdag 21. mai 2025 kl. 21:10", None, "2025-05-21"),
        ("Publisert onsdag 21. mai 2025", None, "2025-05-21"),
        ("środa, 21 maja 2025", None, "2025-05-21"),
        ("středa 21. května 2025", None, "2025-05-21"),
        ("среда, 21 мая 2025, 21:10", None, "2025-05-21"),
        ("quarta-feira, 21 de maio de 2025", None, "2025-05-21"),
        ("2025. május 21.", None, "2025-05-21"),
        ("2025. május 21. 21:10, szerda", None, "2025-05-21"),
        ("05.06.2025", None, "2025-06-05"),
        ("05-06-2025", None, None),
        ("05/06/2025", None, None),
        ("05-05-2025", None, "2025-05-05"),
        ("31 Feb 2025", None, None),
        ("12 listopad 2024", None, None),  # October in Croatian, November in Polish
        ("21 May 1825", None, None),
    ],
)
def test_bylines(line: str, publisher: str | None, day: str | None) -> None:
    published = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    assert read_byline(line) == Byline(publisher, published)


@pytest.mark.parametrize(
    "line",
    [
        "On May 20, 2025 the minister said that talks would continue.",
        "Speaking in Linnford on May 20, 2025, County Surveyor",
        "Revenue of 12 mln dlrs in 1987",
        "12 Foobar x",
        "2025 about 30 people were saved",
        "onsdag den 21. mai 2025 sto broen i fare",
        "The Straits Times",
    ],
)
def test_lines_that_are_no_byline(line: str) -> None:
    assert read_byline(line) is None

"""Short news that tests of passes deliver: a flood in the words of two newsrooms, and a strike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dedup.intake.article import Article

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FLOOD = (
    "The river Aller rose by three metres in a single night and flooded the old town of Verlingen. "
    "Firefighters brought four hundred people from their houses in rubber boats. Mayor Ilse Kranz said the dam above "
    "the town had held, but that the pumps in the lower quarter failed shortly after midnight. The railway to Soltring "
    "is closed for at least two days, and the army has sent eighty soldiers with sandbags."
)
FLOOD_OTHER_WORDS = (
    "Four hundred residents of Verlingen spent Monday in a school gym after the Aller burst its banks. Mayor Ilse "
    "Kranz blamed pumps that broke down in the lower quarter, while the dam upstream stood firm. Soldiers stacked "
    "sandbags along the flooded old town; trains to Soltring are not running."
)
STRIKE = (
    "Bakers in the port city of Montelle walked out on Tuesday over night shifts. Their union, led by Armand Vessier, "
    "wants ovens to stay cold between ten in the evening and four in the morning. Employers call the demand the end of "
    "the fresh baguette. Talks at the prefecture broke up without a date for another round, and queues formed at the "
    "few family shops that kept their doors open."
)


def article(uri: str, body: str, *, title: str = "", hours: int = 0, source: str = "wire") -> Article:
    return Article(uri, body, source=source, title=title, language="en", published_at=DAY + timedelta(hours=hours))

"""A small database in which everything holds, written the way the pipeline writes.

Story 1: group 1 with article 1 and its cut copy 2, and group 2 with article 3. Story 2: article 4 alone, without title
and date. Story 3 was merged into story 1: group 4 with article 5. One uri was rejected, and one run recorded it all.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dedup.config import NORMALISER_VERSION, Config
from dedup.sketch.minhash import Signature, sign
from dedup.sketch.recurring import series_key
from dedup.sketch.scheme import Scheme
from dedup.sketch.shingles import overlap
from dedup.store import Store
from dedup.store.database.moments import iso
from dedup.store.passes import changes, runs
from dedup.store.passes.configurations import config_number, scheme_number
from dedup.store.passes.inbox import Rejected
from dedup.text.words.tokens import count, joined

AT = datetime(2025, 5, 21, 12, tzinfo=UTC)
SCHEME = Scheme(shingle_words=3, normaliser=NORMALISER_VERSION)

FLOOD = (
    "The river Orla rose by two metres during the night and flooded the old town of Brenz. Some four hundred people "
    "left their houses, the mayor said on Wednesday. Nobody was hurt. The railway to the coast stays closed until the "
    "engineers have looked at the bridge, and schools will open again on Monday at the earliest."
)
FLOOD_CUT = (
    "The river Orla rose by two metres during the night and flooded the old town of Brenz. Some four hundred people "
    "left their houses, the mayor said on Wednesday. Nobody was hurt."
)
FLOOD_TOLD_ANEW = (
    "Hundreds were brought to safety in Brenz after the Orla burst its banks, says the town hall, which expects "
    "the water to fall from Thursday on. Trains to the sea do not run."
)
FLOOD_LATER = "Engineers in Brenz found the railway bridge over the Orla sound; trains run again after the flood there."
CHESS = "A girl of eleven years beat the national champion in the second round of the chess open on Tuesday evening."

ARTICLES: dict[int, dict[str, Any]] = {
    1: {"group": 1, "title": "Orla floods Brenz", "body": FLOOD, "publisher": "herald.example", "day": 0},
    2: {"group": 1, "title": "Orla floods Brenz", "body": FLOOD_CUT, "publisher": "courier.example", "day": 0},
    3: {"group": 2, "title": "Hundreds flee", "body": FLOOD_TOLD_ANEW, "publisher": None, "day": 1},
    4: {"group": 3, "title": "", "body": CHESS, "publisher": "herald.example", "day": None},
    5: {"group": 4, "title": "Bridge is sound", "body": FLOOD_LATER, "publisher": "courier.example", "day": 2},
}
ORIGINALS = {1: 1, 2: 3, 3: 4, 4: 5}
STORIES = {1: 1, 2: 1, 3: 2, 4: 1}
SCORES = {1: 1.0, 2: 0.8125, 3: 1.0, 4: 0.75}


def signature(article_id: int) -> Signature:
    """The signature of one of the articles."""
    given = ARTICLES[article_id]
    return sign(joined(given["title"]), joined(given["body"]), SCHEME)


def fill(store: Store) -> None:
    """Writes the sample into an empty database with the schema at head."""
    config = Config()
    with store.writing() as connection:
        run_id = runs.start(connection, AT)
        scheme_id = scheme_number(connection, SCHEME.name)
        settings = json.dumps(config.decisions(), sort_keys=True)
        version = config_number(connection, config.digest(), settings, config.service.stale_seconds, AT)
        made = changes.Changes(AT, changes.read_counters(connection))
        counters = made.counters
        taken = (counters.take_article_id, 5), (counters.take_ordinal, 5), (counters.take_group_id, 4)
        for take, number in (*taken, (counters.take_story_id, 3)):
            for _ in range(number):
                take()
        for story_id, article_id in ((1, 1), (2, 4), (3, 5)):
            made.new_stories[story_id] = {"story_id": story_id, "representative_article_id": article_id}
            made.log(story_id, "opened", "no story was near enough", article_id)
        for group_id, article_id in ORIGINALS.items():
            story_id = 3 if group_id == 4 else STORIES[group_id]
            made.new_groups[group_id] = {
                "duplicate_group_id": group_id,
                "story_id": story_id,
                "original_article_id": article_id,
                "standing_article_id": article_id,
                "score": SCORES[group_id],
            }
        for article_id, given in ARTICLES.items():
            made.new_articles[article_id] = _row(article_id, given, scheme_id)
            made.bodies[article_id] = given["body"]
            made.evidence.append(_evidence(article_id, version, config))
        made.evidence.append(_near_miss(version, config))
        made.merged[3] = 1
        made.log(1, "merged", "article 5 ties them together", other=3)
        made.log(3, "merged_into", "article 5 ties them together", other=1)
        made.rejected.append(Rejected("wire", "urn:empty", "empty", "there is no text"))
        made.active_since = AT - timedelta(days=7)
        changes.write(connection, made)
        runs.progress(connection, run_id, replace(made.counts, taken=6, accepted=5))
        runs.finish(connection, run_id, AT + timedelta(seconds=2), "ok", 1.5)


def _row(article_id: int, given: dict[str, Any], scheme_id: int) -> changes.ArticleRow:
    original = ORIGINALS[given["group"]]
    compared = overlap(signature(article_id).shingles, signature(original).shingles)
    return changes.ArticleRow(
        article_id=article_id,
        ordinal=article_id,
        source="wire",
        uri=f"urn:{article_id}",
        url=None,
        publisher=given["publisher"],
        title=given["title"],
        language="en",
        period=None if given["day"] is None else 2890,
        version=1,
        word_count=count(joined(given["title"])) + count(joined(given["body"])),
        duplicate_group_id=given["group"],
        jaccard=compared.jaccard,
        containment=compared.containment,
        scheme_id=scheme_id,
        digest=bytes(16),
        signature=signature(article_id).values,
        terms=b"",
        origin=None,
        series_key=series_key(given["publisher"] or "wire", given["title"]),
        authors=None,
        published_at=None if given["day"] is None else AT + timedelta(days=given["day"]),
    )


def _evidence(article_id: int, version: int, config: Config) -> changes.EvidenceRow:
    given = ARTICLES[article_id]
    original = ORIGINALS[given["group"]]
    row = changes.EvidenceRow(article_id, 1, 0, version, iso(AT), None, "story", "opened", config.stories.threshold)
    if article_id != original:
        compared = overlap(signature(article_id).shingles, signature(original).shingles)
        return row._replace(
            matched_article_id=original,
            tier="duplicate",
            verdict="joined",
            threshold=config.duplicates.threshold,
            jaccard=compared.jaccard,
            containment=compared.containment,
        )
    if article_id == 3:
        return row._replace(matched_article_id=1, verdict="joined", score=SCORES[2], shared_terms="brenz, orla")
    return row


def _near_miss(version: int, config: Config) -> changes.EvidenceRow:
    row = _evidence(5, version, config)
    return row._replace(place=1, matched_article_id=4, verdict="near_miss", score=0.125)

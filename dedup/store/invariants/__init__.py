"""What must hold in every database at any time, as queries that find the rows that break it.

Each query gives one text a row, the example to show. `{...}` marks where the two databases need different words. The
queries are written so that one broken row is found by one of them, under the name that says most about it.
"""

from __future__ import annotations

from dedup.store.invariants.evidence import EVIDENCE
from dedup.store.invariants.ids import IDS
from dedup.store.invariants.integrity import INTEGRITY
from dedup.store.invariants.invariant import Invariant
from dedup.store.invariants.losses import LOSSES
from dedup.store.invariants.places import PLACES
from dedup.store.invariants.rules import RULES
from dedup.store.invariants.runs import RUNS
from dedup.store.passes import standing

WORDS: dict[str, dict[str, str]] = {
    "sqlite": {
        **standing.WORDS["sqlite"],
        "setting_containment": "json_extract(c.settings, '$.duplicates.containment')",
    },
    "postgresql": {
        **standing.WORDS["postgresql"],
        "setting_containment": "(c.settings::json #>> '{duplicates,containment}')::double precision",
    },
}

INVARIANTS: tuple[Invariant, ...] = (*LOSSES, *PLACES, *IDS, *EVIDENCE, *RULES, *INTEGRITY, *RUNS)
"""All of them, in the order in which they are looked at."""

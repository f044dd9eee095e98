"""The story model: a logistic regression with few coefficients, published in ``story_model.json`` beside this file.

``bench/train`` makes it from labelled articles. Its output is the probability that an article belongs to a story.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from dedup.errors import ConfigError

FEATURES = ("body", "lead", "title", "days")


@dataclass(frozen=True, slots=True)
class Model:
    """`coefficients` follow `FEATURES`; see `dedup.cluster.stories.features` for their units."""

    intercept: float
    coefficients: tuple[float, ...]

    def probability(self, features: Sequence[float]) -> float:
        """The probability that the article belongs to the story, 0 to 1."""
        z = self.intercept + sum(c * value for c, value in zip(self.coefficients, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, z))))


@cache
def published() -> Model:
    """The model that ships with the program. Raises `ConfigError` when the file does not fit the program."""
    document = json.loads(resources.files("dedup.cluster").joinpath("story_model.json").read_text(encoding="utf-8"))
    names = tuple(feature["name"] for feature in document["features"])
    if names != FEATURES:
        raise ConfigError(f"story_model.json has the features {', '.join(names)}, needed are {', '.join(FEATURES)}")
    return Model(document["intercept"], tuple(feature["coefficient"] for feature in document["features"]))

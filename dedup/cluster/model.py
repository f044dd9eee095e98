"""The story model: a logistic regression with few coefficients, published in ``story_model.json`` beside this file.

``bench/train`` makes it from labelled articles. Its output is the probability that an article belongs to a story.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from dedup.errors import ConfigError
from dedup.kernel.reference.evidence import Bounds, Weights

# After so many texts of a language half of the caution is gone.
CAUTIOUS_TEXTS = 30
# Where so many texts are within reach there is no lenience; all of it below the e-th part of that.
CROWD = 20
FEATURES = ("body", "title", "cross", "numbers", "weekday", "days")


@dataclass(frozen=True, slots=True)
class Model:
    """`weights` give log-odds, but for the pace of the stream, which is not part of a model.

    `threshold` is the probability to join at that the model was made with, `split` the one below which two parts of a
    story are two events, `lone` the same where one part is a single text. `floor` and `ceiling` cut the log-odds of a
    pair of texts where parts are looked for. `caution` is the log-odds taken off in an empty database,
    `lenience` those added where hardly a text is within reach, `undated` those taken off a text without a date.
    """

    weights: Weights
    threshold: float
    split: float
    lone: float
    floor: float
    ceiling: float
    caution: float = 0.0
    lenience: float = 0.0
    undated: float = 0.0

    def reserve(self, known: int, rivals: int | None, *, dated: bool = True) -> float:
        """Log-odds taken off a join, negative where they are added.

        Of a language in which few texts are `known`, little is known to be common, so that all looks rare. Where few
        texts are within reach, `rivals`, few could be mistaken for one of the same event: by Bayes' rule the log-odds
        that the likeliest is one fall with the logarithm of their number, if that is known. Where a text is not
        `dated`, the days to all others are a guess.
        """
        few = 0.0
        if rivals is not None and (others := 1 + min(known, rivals)) < CROWD:
            few = min(1.0, math.log(CROWD / others))
        reserve = self.caution * CAUTIOUS_TEXTS / (CAUTIOUS_TEXTS + known) - self.lenience * few
        return reserve if dated else reserve + self.undated

    def bounds(self, threshold: float) -> Bounds:
        """What `Texts.part` needs where texts join from `threshold` on: a stricter join is a stricter split."""
        stricter = log_odds(threshold) - log_odds(self.threshold)
        return Bounds(self.floor, self.ceiling, log_odds(self.split) + stricter, log_odds(self.lone) + stricter)


def probability(log_odds: float) -> float:
    """The logistic function: 0 to 1."""
    return 1.0 / (1.0 + math.exp(-log_odds if log_odds > -500.0 else 500.0))  # its exponential is still a number


def log_odds(probability: float) -> float:
    """The inverse of `probability`, which lies between 0 and 1 and is neither."""
    return math.log(probability / (1.0 - probability))


def read(document: Mapping[str, Any]) -> Model:
    """A model as ``bench/train`` wrote it. Raises `ConfigError` when it does not fit the program."""
    names = tuple(feature["name"] for feature in document["features"])
    if names != FEATURES:
        raise ConfigError(f"the story model has the features {', '.join(names)}, needed are {', '.join(FEATURES)}")
    coefficients = {feature["name"]: feature["coefficient"] for feature in document["features"]}
    weights = Weights(
        intercept=document["intercept"],
        **coefficients,
        background=document["background"],
        pace=math.inf,
        patience=document["patience"],
    )
    return Model(
        weights,
        *(
            document[name]
            for name in ("threshold", "split", "lone", "floor", "ceiling", "caution", "lenience", "undated")
        ),
    )


@cache
def published() -> Model:
    """The model that ships with the program."""
    return read(json.loads(resources.files("dedup.cluster").joinpath("story_model.json").read_text(encoding="utf-8")))

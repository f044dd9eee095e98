"""Figures that two reports share by chance make no story of them; those of one event do, with what it is about."""

from __future__ import annotations

import pytest

from dedup.store import Store

from .conftest import rows
from .reports import Report, decided

LOTTERY = (
    "Lotto results: winning numbers for Monday",
    "The winning numbers in Monday's Lotto draw were 11, 16, 24, 37, 41 and 48. The bonus ball was 19. One ticket "
    "matched all six numbers to win the jackpot of 7.4 million. The Thunderball numbers were 12, 17, 22, 31 and 36, "
    "and the Thunderball was 13. The next draw will be held on Wednesday.",
)
WEATHER = (
    "Weather forecast for Monday",
    "Leeds will see highs of 11 degrees on Monday with light winds. Hull stays dry at 12, Bristol reaches 16 under "
    "cloud, and Derby may get a shower at 13. In Luton it stays at 17 and in Exeter the sun brings it to 19 by the "
    "afternoon. Tomorrow turns cooler everywhere.",
)
HALDEN = (
    "Halden earns 84 cents a share",
    "Halden reported a profit of 84 cents per share for the quarter against 31 cents, on revenues of 213.5 million "
    "against 207.1 million. Net profit came to 28.4 million against 18.3 million. For the nine months it earned 2.03 "
    "per share. Average shares outstanding were 24.2 million.",
)
BRIGHTWELL = (
    "Turbine maker Brightwell slips into the red",
    "Brightwell made a loss of 31 cents in the third quarter after 84 cents the year before; turnover fell to 207.1 "
    "from 213.5 million, since orders were delayed. The stock lost 2.03 percent. The board expects 24.2 million in "
    "savings.",
)
AGAIN = (
    "Halden beats forecasts in quarter",
    "Engineering group Halden earned 84 cents per share in the third quarter, more than analysts had forecast. "
    "Revenues grew to 213.5 million from 207.1 million and the net profit to 28.4 million. A year before Halden had "
    "made 31 cents.",
)


@pytest.mark.parametrize("pair", [(LOTTERY, WEATHER), (HALDEN, BRIGHTWELL)], ids=["daily reports", "two companies"])
@pytest.mark.parametrize("reverse", [False, True])
def test_figures_in_common_make_no_story(store: Store, pair: tuple[Report, Report], *, reverse: bool) -> None:
    found = decided(store, pair[::-1] if reverse else pair)
    assert found["0"] != found["1"]
    assert rows(store, "SELECT count(*) FROM v_why WHERE tier = 'story' AND verdict = 'one_term'") == [(1,)]


def test_the_figures_of_one_event_do(store: Store) -> None:
    found = decided(store, (HALDEN, BRIGHTWELL, AGAIN))
    assert found["0"] == found["2"] != found["1"]

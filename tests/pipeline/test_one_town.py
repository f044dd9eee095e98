"""A rare name that two events share, as that of a town, makes no story of them; two reports of one event are one."""

from __future__ import annotations

import pytest

from dedup.store import Store

from .conftest import rows
from .reports import Report, decided

EVENTS = (
    (
        (
            "Two hurt in Wexcombe bakery fire",
            "Two people were taken to hospital after a fire broke out at a bakery in Wexcombe on Tuesday morning. "
            "Firefighters from three stations brought the blaze under control within two hours. Police said the "
            "High Street would stay closed until the evening. The cause is being investigated.",
        ),
        (
            "Wexcombe library to close on Fridays",
            "The library in Wexcombe will close on Fridays from April, the council said on Tuesday. The decision "
            "saves 40,000 pounds a year. Residents had collected 900 signatures against the plan, and police were "
            "called to a noisy meeting on Monday evening.",
        ),
    ),
    (
        (
            "Strike stops buses in Wexcombe",
            "Bus drivers in Wexcombe walked out on Thursday over pay. The union said 120 of 130 drivers had joined "
            "the strike. The operator, Swiftline, offered a rise of 4 percent; the union wants 7. Commuters were "
            "told to use trains.",
        ),
        (
            "Factory in Wexcombe cuts 200 jobs",
            "Engineering firm Halden will cut 200 jobs at its factory in Wexcombe, it said on Thursday. The union "
            "said it would fight the plan. Halden blamed falling orders from the car industry and high energy "
            "costs.",
        ),
    ),
    (
        (
            "Missing girl from Wexcombe found safe",
            "A 12-year-old girl who had been missing from her home in Wexcombe since Sunday was found safe on "
            "Tuesday, police said. She had stayed with a friend in Harling. Her parents thanked everyone who took "
            "part in the search.",
        ),
        (
            "Wexcombe pensioner loses savings to fraud",
            "A pensioner from Wexcombe lost 23,000 pounds to fraudsters who pretended to be police officers, police "
            "said on Tuesday. The woman, 82, had handed over cash to a courier. Officers warned that police never "
            "ask for money.",
        ),
    ),
    (
        (
            "Bomb from war found in Wexcombe",
            "Some 500 residents had to leave their homes in Wexcombe on Friday after a bomb from the Second World "
            "War was found at a building site. Army experts defused it in the afternoon. Trains were stopped for "
            "four hours.",
        ),
        (
            "Wexcombe plans 300 homes on old airfield",
            "Wexcombe council has approved plans for 300 homes on the old airfield. Work is to begin next spring. A "
            "third of the homes will be affordable, developer Brightwell said. Neighbours fear more traffic on "
            "Station Road.",
        ),
    ),
    (
        (
            "Swans return to Wexcombe lake",
            "For the first time in nine years a pair of swans is nesting on the lake in Wexcombe park. Rangers have "
            "put up a fence and ask visitors to keep dogs on a lead. Four eggs have been counted.",
        ),
        (
            "Wexcombe park cafe sold",
            "The cafe in Wexcombe park has a new owner. Maria Conti, who runs two restaurants in Harling, bought it "
            "from the Bell family for an undisclosed sum. She plans to open all year and to employ eight people.",
        ),
    ),
)
AGAIN = (
    "Bakery blaze in Wexcombe injures two",
    "Two bakers were injured when flames swept through the Hartley bakery in Wexcombe in the early hours. Crews from "
    "three fire stations fought the fire on the High Street, which police have closed. Investigators are looking for "
    "the cause.",
)


@pytest.mark.parametrize("pair", EVENTS)
def test_two_events_of_one_town_and_day_are_two_stories(store: Store, pair: tuple[Report, Report]) -> None:
    found = decided(store, pair)
    assert found["0"] != found["1"]
    verdicts = rows(store, "SELECT verdict, shared_terms FROM v_why WHERE tier = 'story' AND verdict <> 'opened'")
    assert [(verdict, terms.split(", ")[0]) for verdict, terms in verdicts] == [("one_term", "wexcombe")]


def test_two_reports_of_one_event_there_are_one_story(store: Store) -> None:
    found = decided(store, (*EVENTS[0], AGAIN))
    assert found["0"] == found["2"] != found["1"]

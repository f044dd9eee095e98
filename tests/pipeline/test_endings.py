"""Languages in which every name has many endings: reports in other words form a story, other events stay apart."""

from __future__ import annotations

import pytest

from dedup.store import Store

from .reports import Report, decided

POLISH = (
    (
        "Pożar fabryki mebli w Ostrowcu",
        "W nocy z poniedziałku na wtorek wybuchł pożar w fabryce mebli w Ostrowcu. Strażacy walczyli z ogniem przez "
        "sześć godzin, a rzecznik komendy Marek Wilczyński poinformował, że dwóch pracowników trafiło do szpitala. "
        "Dach hali runął. Prokuratura wszczęła śledztwo, a burmistrz zapowiedział pomoc dla załogi.",
    ),
    (
        "Spłonęła ostrowiecka hala, dwie osoby ranne",
        "Po pożarze, który strawił halę meblarskiej fabryki pod Ostrowcem, nie ma ona dachu. Z dwoma rannymi "
        "pracownikami lekarze mogli już rozmawiać, słyszymy od Wilczyńskiego, rzecznika strażaków. Płomienie "
        "zgasły o świcie. Śledczy prokuratury przesłuchują załogę.",
    ),
    (
        "Radni Ostrowca przyjęli budżet",
        "Rada miejska Ostrowca przyjęła budżet na przyszły rok. Najwięcej pieniędzy pójdzie na remont szkoły i nowe "
        "autobusy, mówi skarbniczka Ewa Lipska. Opozycja wstrzymała się od głosu, bo chciała niższych opłat "
        "za śmieci.",
    ),
)
CZECH = (
    (
        "V Lounech vykolejil vlak s cementem",
        "V úterý ráno vykolejil u Loun nákladní vlak naložený cementem. Strojvedoucí Karel Havlík utrpěl zlomeninu "
        "ruky a záchranáři ho odvezli do nemocnice. Drážní inspekce vyšetřuje výhybku, trať do Mostu zůstane uzavřená "
        "a cestující vozí autobusy.",
    ),
    (
        "Nehoda nákladního vlaku: inspektoři kontrolují výhybky",
        "Ve vlaku s nákladem cementu, který u lounského nádraží opustil koleje, byl s Havlíkem jen pes. Zraněného "
        "strojvedoucího ošetřili lékaři v mosteckých nemocnicích. Inspektoři prohlížejí výhybky, cestujícím slouží na "
        "uzavřené trati náhradní doprava.",
    ),
    (
        "Koupaliště otevře dříve",
        "Koupaliště v Lounech se otevře už v květnu. Radnice nechala opravit skluzavku a ceny vstupného se podle "
        "starostky Jany Benešové nezmění. Nová bude půjčovna kol a hřiště pro děti.",
    ),
)


@pytest.mark.parametrize(("language", "reports"), [("pl", POLISH), ("cs", CZECH)])
def test_reports_in_other_words_are_one_story(store: Store, language: str, reports: tuple[Report, ...]) -> None:
    found = decided(store, reports, language)
    assert found["0"] == found["1"] != found["2"]

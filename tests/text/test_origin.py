"""Which agency a text comes from, as it says itself; and the many mentions that say nothing of the kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.text.agencies import AGENCIES, AMBIGUOUS
from dedup.text.clean import clean
from dedup.text.origin import origin_of

REST = "The council of the port put off its vote on the new quay for the third time this year."


def origin(text: str, stated: str | None = None) -> str | None:
    return origin_of(text, text, stated)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"LONDON (Reuters) - {REST}", "Reuters"),
        (f"(Reuters) - {REST}", "Reuters"),
        (f"By Jane Doe\n\nOBAN, Scotland, March 7 (Reuters) – {REST}", "Reuters"),
        (f"OBAN, Scotland (AP) — {REST}", "AP"),
        (f"Berlin (dpa) - {REST}", "dpa"),
        (f"Berlin (dpa/AFP) -- {REST}", "dpa"),
        (f"PARIS, 3 mai 2024 (AFP) - {REST}", "AFP"),
        (f"Madrid, 3 may (EFE).- {REST}", "EFE"),
        (f"(ANSA) - ROMA, 3 MAG - {REST}", "ANSA"),
        (f"BEIJING, March 7 (Xinhua) -- {REST}", "Xinhua"),
        ("МОСКВА, 3 мая. /ТАСС/. Совет порта отложил голосование.", "TASS"),
        ("МОСКВА, 3 мая - РИА Новости. Совет порта отложил голосование.", "RIA Novosti"),
        ("新华社北京5月3日电 港口委员会推迟了表决。", "Xinhua"),
        ("【ロンドン共同】港の委員会は採決を延期した。", "Kyodo"),
        ("［ロンドン 3日 ロイター］ - 港の委員会は採決を延期した。", "Reuters"),
        ("(서울=연합뉴스) 항만위원회는 표결을 연기했다.", "Yonhap"),
        (f"By JANE DOE, Associated Press\n\n{REST}\n{REST}", "AP"),
        (f"By The Associated Press\n{REST}\n{REST}", "AP"),
        (f"Jane Doe and John Roe, Associated Press Writers\n{REST}\n{REST}", "AP"),
        (f"Von Jana Muster, dpa\n{REST}\n{REST}", "dpa"),
        (f"Reuters\n{REST}\n{REST}", "Reuters"),
        (f"{REST}\n Reuter", "Reuters"),
        (f"{REST}\ndpa/lnw", "dpa"),
        (f"{REST}\n© AFP", "AFP"),
        (f"{REST}\n\nCopyright 2017 The Associated Press. All rights reserved. This may not be published.", "AP"),
        (f"{REST} (Reporting by Jane Doe; Writing by J. Roe; Editing by Max Muster)", "Reuters"),
        (f"{REST} - Bernama", "Bernama"),
        (f"{REST} — AFP", "AFP"),
        (f"{REST} (dpa)", "dpa"),
        (f"{REST}\n\nKaynak: AA", "Anadolu"),
        (f"{REST}\nKaynak: İHA", "İHA"),
        (f"{REST}\nFuente: Europa Press", "Europa Press"),
        (f"{REST}\nИсточник: Интерфакс", "Interfax"),
        (f"{REST}\nالمصدر: رويترز", "Reuters"),
        (f"Oban, 1 Ene (Notimex).- {REST}", "Notimex"),
        (f"{REST}\n\nNTX/ABC/D", "Notimex"),
        ("طهران - (د ب أ):\n\nأرجأ مجلس الميناء التصويت.", "dpa"),
        ("القدس - أ ف ب:\n\nأرجأ مجلس الميناء التصويت.", "AFP"),
        ("مسقط - أ ش أ\n\nأرجأ مجلس الميناء التصويت.", "MENA"),
        ("عمان 18 شباط (بترا)- أرجأ مجلس الميناء التصويت.", "Petra"),
        ("موسكو-سانا\n\nأرجأ مجلس الميناء التصويت.", "SANA"),
        ("دبي في 21 مارس/ وام/ أرجأ مجلس الميناء التصويت.", "WAM"),
        ("ТБИЛИСИ, 17 ноя - РИА Новости.Совет порта отложил голосование.", "RIA Novosti"),
        (f"{REST} (TTXVN/Vietnam+)", "VNA"),
    ],
)  # fmt: skip
def test_what_a_text_says_of_its_agency(text: str, expected: str) -> None:
    assert origin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        REST,
        f"{REST} The mayor told the AFP news agency so.",
        f"A crane (Photo: Jane Doe/AP) - {REST}",
        f"The harbour at night. Jane Doe /AFP/Getty Images\n{REST}",
        f"A ferry in fog ©Jane Doe (AFP)\n{REST}",
        f"{REST}\nA ferry in fog ©Jane Doe (AFP)",
        f"{REST} (Jane Doe/AFP/Getty Images)",
        f"{REST}\nThe Associated Press contributed to this report.",
        f"{REST}\nReuters - AP - AFP",
        f"{REST}\nCopyright © 2019 The Kestrel Courier, LLC.",
        f"The board (ICE) - {REST}",
        f"Two more are named by the Associated Press\n{REST}\n{REST}",
        f"{REST}\nHe moved to the PA",
        f"PA\n{REST}\n{REST}",
        f"The “new” quay – at last. {REST}",
        f"The “new” quay [as drawn in May], the old/new one/ and a café-restaurant\n{REST}",
        "",
    ],
)
def test_what_says_nothing_of_it(text: str) -> None:
    assert origin(text) is None


def test_a_publisher_that_the_line_with_the_date_names_counts_if_it_is_an_agency() -> None:
    assert origin(REST, "Reuters") == "Reuters"
    assert origin(REST, "Kestrel Courier") is None


def test_no_form_means_two_agencies() -> None:
    forms = [(form.casefold(), name) for name, forms in AGENCIES.items() for form in {name, *forms}]
    assert len({form for form, _ in forms}) == len(set(forms))
    assert {form for form, _ in forms} >= AMBIGUOUS


@pytest.mark.parametrize("name", AGENCIES)
def test_every_agency_is_known_by_its_dateline(name: str) -> None:
    for form in (name, *AGENCIES[name]):
        assert origin(f"OBAN ({form}) - {REST}") == name


@given(st.text(max_size=400), st.none() | st.text(max_size=20))
def test_any_text_is_looked_at(text: str, stated: str | None) -> None:
    assert origin_of(text, text, stated) in {None, *AGENCIES}


def test_a_document_has_it_though_the_page_cuts_the_line() -> None:
    around = "Home\n\nRelated articles\n\nAll rights reserved\n\nRead more"
    page = f"Ferry aground\n\nReuters, 21 May 2025\n\n{REST} {REST}\n\n{around}"
    document = clean(Article("u", page, publisher="Kestrel", title="Ferry aground"), TextSettings(), 100_000)
    assert document.body == f"{REST} {REST}"
    assert (document.origin, document.publisher) == ("Reuters", "Kestrel")

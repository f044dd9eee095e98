"""Languages: claims in any spelling, findings on short news text, and no network."""

from __future__ import annotations

import socket

import pytest

from dedup.text.language import UNDETERMINED, code, found, identify

from .sentences import SENTENCES


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_enough(language: str) -> None:
    assert identify(SENTENCES[language], None) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Vanuatu: 7.2 quake hits capital", "en"),
        ("Vanuatu: 7.2 quake kills one", "en"),
        ("Vanuatu: Beben 7,2", "de"),
        ("RBA hikes 25bps", "en"),
        ("Séisme: 7,2 Vanuatu", UNDETERMINED),
        ("Brent 82.40 +1.2%", UNDETERMINED),
        ("AAPL Q3 EPS $1.40", UNDETERMINED),
    ],
)
def test_numbers_hide_no_language(text: str, language: str) -> None:
    assert identify(text, None) == language


@pytest.mark.parametrize(
    "text",
    [
        "پاکستان نے بھارت کو شکست دے دی",
        "عدالت نے ضمانت دے دی",
        "وزیر اعلیٰ پنجاب نے منظوری دے دی",
        "کراچی میں زلزلے کے جھٹکے",
    ],
)
def test_a_headline_of_urdu_is_not_taken_for_punjabi(text: str) -> None:
    assert identify(text, None) == "ur"
    assert identify(text, "pa-Arab") == "pa"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("كارشناسان مي‌گويند جاده‌ها لغزنده‌اند", "fa"),
        ("دولت پرداخت يارانه‌ها را آغاز كرد", "fa"),
        ("وزيرِ اعظم نے پير كے روز كها كه حكومت كسانوں كو امداد دے گي", "ur"),
        ("محكمه موسميات كے مطابق اگلے هفتے بارش كا امكان نهيں هے", "ur"),
        ("رئيس الوزراء يفتتح معرض پاريس", "ar"),  # a foreign letter in a name
        ("أعلنت گوگل عن إطلاق هاتف جديد", "ar"),
        ("الشرطه تلقي القبض علي عصابه في المدينه", "ar"),  # no hamza, no teh marbuta
    ],
)
def test_a_keyboard_of_arabic_hides_no_other_language(text: str, language: str) -> None:
    assert identify(text, None) == language


@pytest.mark.parametrize(
    "text",
    [
        "四川雅安山体滑坡致国道中断\n3日清晨，四川雅安天全县发生山体滑坡，约两万立方米土石掩埋318国道，四辆车被埋，七人失联。",
        "三千年前黄金面具在三星堆十号坑出土\n考古人员10日在广汉三星堆十号坑清理出一件黄金面具，重六百克，五官清晰，两耳穿孔。",
    ],
)
def test_what_japanese_has_no_letters_for_is_chinese(text: str) -> None:
    assert identify(text, None) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "四川省雅安市で山崩れ、国道が通行止め。地元紙「雅安日报」によると車四台が埋まった。",
        "東京株式市場続伸、日経平均終値五万三千円",
        "天気予報 東京都心晴後曇 最高気温十五度",
    ],
)
def test_japanese_stays_japanese_with_a_name_in_chinese_and_without_kana(text: str) -> None:
    assert identify(text, None) == "ja"


def test_a_sentence_of_punjabi_is_told_in_both_its_scripts() -> None:
    shahmukhi = "ملک دے دکھن وچ بھوئیں دے جھٹکے محسوس کیتے گئے نیں تے گھٹ توں گھٹ باراں لوک مارے گئے نیں"
    assert (identify(shahmukhi, None), identify("ਦੇਸ਼ ਦੇ ਦੱਖਣ ਵਿੱਚ ਭੂਚਾਲ", None)) == ("pa", "pa")


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert found(SENTENCES["de"]) == "de"


@pytest.mark.parametrize("claim", ["en", "EN", "en-GB", "en_US", "eng", "English", "en_GB.UTF-8", " en "])
def test_claims_in_many_spellings(claim: str) -> None:
    assert code(claim) == "en"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("ger", "de"),
        ("fre", "fr"),
        ("zh-Hant", "zh"),
        ("cmn", "zh"),
        ("nb", "no"),
        ("nn-NO", "no"),
        ("iw", "he"),
        ("arz", "ar"),
    ],
)
def test_old_long_and_included_codes(claim: str, expected: str) -> None:
    assert code(claim) == expected


@pytest.mark.parametrize("claim", ["", "xx", "und", "mul", "klingon", "x", "zxx", "-", "a" * 10_000, "12", "\0"])
def test_what_is_no_language_is_undetermined(claim: str) -> None:
    assert code(claim) == UNDETERMINED


def test_a_claim_is_believed_where_it_can_be_true() -> None:
    assert identify(SENTENCES["en"], "de") == "de"
    assert identify(SENTENCES["zh"], "ja") == "ja"
    assert identify("SHR 23 CTS VS 15", "en-US") == "en"


@pytest.mark.parametrize(
    ("written", "claim"), [("ru", "en"), ("zh", "en"), ("en", "ru"), ("ar", "fr"), ("hi", "en-IN")]
)
def test_a_claim_that_the_script_contradicts_is_not_believed(written: str, claim: str) -> None:
    assert identify(SENTENCES[written], claim) == written


def test_a_name_in_another_script_contradicts_nothing() -> None:
    assert identify("Министр Dar Ishaq прибыл во вторник в столицу на переговоры.", "ru") == "ru"
    assert identify("The word ‘правда’ means truth, the paper of that name explained.", "en") == "en"


def test_a_language_of_two_scripts_may_be_in_either() -> None:
    assert identify("Najmanje dvanaest ljudi poginulo je u zemljotresu.", "sr") == "sr"


@pytest.mark.parametrize("text", ["", "1 2 3", "😀😀", "\n"])
def test_nothing_can_be_told_of_no_words(text: str) -> None:
    assert identify(text, None) == UNDETERMINED

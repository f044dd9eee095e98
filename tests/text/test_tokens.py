"""Tokens: the fast walk against the definition, character by character."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.config import NORMALISER_VERSION
from dedup.kernel.compiled import KERNEL
from dedup.text.characters import BLOCKS, UNCHANGED
from dedup.text.words.affixes import CLITICS, PREFIXES, SUFFIXES, with_affixes
from dedup.text.words.respelling import LEFT_OUT, respelled
from dedup.text.words.tokens import IGNORABLE, SYLLABIC, count, fold, folding, joined, separate, tokens

WALKED = (*BLOCKS, *UNCHANGED)  # first and last code points that the compiled walk knows

# Letters and marks of many scripts, signs, invisible characters; surrogates never reach this stage.
TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80),
    st.text(alphabet=st.sampled_from([chr(point) for first, last in WALKED for point in range(first, last + 1)])),
    # Chinese, Japanese and Korean in whole and in pieces, and pictures, beside numbers and words.
    st.text(
        alphabet=st.sampled_from(
            "東京中国をガガヤーｶﾞﾔ。、・「서울가각각ㄱㅏﾡￂ１２，．12.,⒈①a é\ufe0f\u200d\u3099👩🏽😀⦁★"
        ),
        max_size=60,
    ),
    st.text(alphabet=st.sampled_from("aZé'’ -_.9½ﬁßİ\u00ad\u200d\u0301中国กำह्िکﻻ한가ﾊﾞガー🜚😀❤\ufe0f𝐀𠀀"), max_size=60),
    # What is written in several ways: letters and the marks that go with them or are left out, in any order.
    st.text(
        alphabet=st.sampled_from(
            "اأإآٱءؤئيىیكکةهہۂۀەۃےھ\u0640\u064e\u0651\u0653\u0654\u0655\u0670٣۳۷ﷲﻷﹱ\u200c"
            "אבשׂײװ\u05b8\u05bc\u05c1न\u094dदमबकफ़ऩ\u093cाँं४ੜ\u0a3cൻന\u0d4d\u200d"
            "еёѐиѝйгѓ\u0300\u0301\u0306\u0308αάΐϊᾳᾇσςΣΆ\u0313\u0342\u0345\u0304iıİIsștț\u0307\u0326\u0327ʼʻ' -"
        ),
        max_size=40,
    ),
    # Marks of scripts of India and its east, in order or not, behind letters or not.
    st.text(
        alphabet=st.sampled_from(
            "नऩदकक़म़्िंँ৭ডড়য\u09bcক্োো\u09be\u09c7கொ\u0bc6ாழ்కై\u0c46\u0c56ಕೋ\u0cd5മ്ൻഷකෝ\u0dca\u0dd9ก็ำุ่๓ກໍຳ\u0ec8ໜကြ့်ုឹក្រ"
            "གྷཱི\u0f71\u200d\u200c ,a।"
        ),
        max_size=40,
    ),
    # Affixes of Persian beside words, numbers and one another.
    st.lists(
        st.sampled_from(["می", "نمي", "ها", "های", "هايي", "هایش", "هایشان", "تر", "ترین", "ای", "ام", "اند", "خانه"])
        | st.sampled_from(["شود", "بزرگ", "۷", "7", "wire", "中", "é", "ݐ", "\u200c", ",", "ره\u200c"]),
        max_size=12,
    ).map(" ".join),
    # Numbers with signs inside and beside them, in all ways of writing them.
    st.text(alphabet=st.sampled_from("0123456789.,..,,٫٬٣۵½²․… a’é\u00ad"), max_size=150),
    # Longer than what is walked at once.
    st.lists(
        st.sampled_from(
            ["Harbour ", "4,5", "7.", ".8", "w" * 29, "9" * 64, " ", ", ", "'s ", "\n", "é", "\u2019", "東", "ﬁ"]
        ),
        max_size=40,
    ).map("".join),
)


def within(point: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= point <= last for first, last in spans)


ONE_SPELLING = {
    **dict.fromkeys("ىی", "ي"), **dict.fromkeys("ةہۃە", "ه"), "ٱ": "ا", "ک": "ك", "\u0640": "",
    "װ": "וו", "ױ": "וי", "ײ": "יי", "ँ": "ं", "\u093c": "", **dict.fromkeys("ʻʼʽ", "'"),
    "ൺ": "ണ\u0d4d", "ൻ": "ന\u0d4d", "ർ": "ര\u0d4d", "ൽ": "ല\u0d4d", "ൾ": "ള\u0d4d", "ൿ": "ക\u0d4d",
}  # fmt: skip
LOST = {"i\u0307", "е\u0308", *(vowel + mark for vowel in "аеиоуыэюяєіѣѵ" for mark in "\u0300\u0301")}
STOPS = {"ङ": "कखगघ", "ञ": "चछजझ", "ण": "टठडढ", "न": "तथदध", "म": "पफबभ"}


def in_one_spelling(text: str) -> str:
    """The third step, character by character."""
    text = "".join(ONE_SPELLING.get(c, "" if c in LEFT_OUT else c) for c in unicodedata.normalize("NFD", text))
    letter, made = "", ""
    for character in unicodedata.normalize("NFD", text):
        if not "\u0300" <= character <= "\u036f":
            letter = character
            made += str(unicodedata.decimal(character, character))
        elif not ("\u0370" <= letter <= "\u03ff" or letter + character in LOST):
            made += "\u0327" if letter + character in ("s\u0326", "t\u0326") else character
    for nasal, stops in STOPS.items():
        for stop in stops:
            made = made.replace(f"{nasal}\u094d{stop}", f"ं{stop}")
    return unicodedata.normalize("NFC", made)


def without_signs_in_numbers(text: str) -> str:
    """The fourth step, character by character."""
    digits = "0123456789"
    beside = zip(" " + text, text, text[1:] + " ", strict=False)
    return "".join(c for before, c, behind in beside if c not in ".,٫٬" or before not in digits or behind not in digits)


def with_affixes_joined(words: list[str]) -> list[str]:
    """The last step."""
    arabic = "[\u0600-\u06ff]"
    text = re.sub(rf"(?<!\S)((?:{'|'.join(PREFIXES)})) (?={arabic})", "\\1\0", " ".join(words))
    text = re.sub(rf"({arabic})[ \0](?=(?:{'|'.join(SUFFIXES)})(?:[ \0]|$))", "\\1\0", text)
    text = re.sub(rf"(?<=\S)ه[ \0](?=(?:{'|'.join(CLITICS)})(?:[ \0]|$))", "ه\0", text)
    return text.replace("\0", "").split()


def by_definition(text: str) -> list[str]:
    """The seven steps of the module's docstring, one after another."""
    text = "".join(c for c in text if not within(ord(c), IGNORABLE))
    text = in_one_spelling(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
    text = without_signs_in_numbers(text)
    found: list[str] = []
    open_kind = ""
    for character in text:
        if character.isalnum():
            kind = "syllable" if within(ord(character), SYLLABIC) else "word"
            if kind == open_kind == "word":
                found[-1] += character
            else:
                found.append(character)
            open_kind = kind
        elif unicodedata.category(character).startswith("M") and open_kind:
            found[-1] += character
        else:
            open_kind = ""
    return with_affixes_joined(found)


@given(TEXTS)
@example("a\u200db 中\u0301\u0301 \u0301a ก็ x_y")
def test_tokens_are_as_defined(text: str) -> None:
    assert tokens(text) == by_definition(text)


@given(TEXTS, st.integers(min_value=0, max_value=12))
def test_a_limit_gives_the_first_tokens(text: str, limit: int) -> None:
    assert tokens(text, limit) == tokens(text)[:limit]


@given(TEXTS, st.integers(min_value=0, max_value=12) | st.none())
@example("½ \u00ad’a¼b ", 3)
@example("a\ud800b c", None)
def test_joined_tokens_are_the_tokens(text: str, limit: int | None) -> None:
    assert joined(text, limit) == " ".join(tokens(text, limit))
    assert separate(joined(text, limit)) == tokens(text, limit)
    assert count(joined(text, limit)) == len(tokens(text, limit))


@given(TEXTS)
def test_tokens_of_tokens_are_the_same(text: str) -> None:
    once = tokens(text)
    assert tokens(" ".join(once)) == once


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_ascii_is_walked_as_anything_else(text: str) -> None:
    # A letter outside ASCII at the end sends the same text down the general path.
    assert [*tokens(text), "é"] == tokens(f"{text} é")


def test_every_character_alone_and_inside_a_word() -> None:
    for point in (*range(0xD800), *range(0xE000, 0x20000), 0x20000, 0x2A6DF, 0xE0001, 0xE01EF, 0x10FFFF):
        text = f"a{chr(point)}b {chr(point)}"
        assert tokens(text) == by_definition(text) == separate(joined(text)), hex(point)


def test_what_the_walk_knows_joins_with_no_letter_of_other_scripts() -> None:
    """Behind a letter of Latin it knows no character that begins with the second of two that are composed."""
    pairs = (unicodedata.decomposition(chr(point)).split() for point in range(0x110000))
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    pieces = {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}  # of Hangul, by a formula
    for first, last in WALKED:
        for character in map(chr, range(first, last + 1)):
            begins = unicodedata.normalize("NFKD", character)[0]
            if begins in seconds | pieces and character not in LEFT_OUT:
                assert KERNEL is None or KERNEL.walk(f"a{character}", folding(), 9) is None, hex(ord(character))


def test_what_the_walk_knows_without_a_table_is_changed_by_no_form() -> None:
    for (first, last), is_token in zip(UNCHANGED, (True, False), strict=True):
        for character in map(chr, range(first, last + 1)):
            assert fold(character) == character == unicodedata.normalize("NFC", character)
            assert tokens(character * 2) == ([character] * 2 if is_token else [character * 2])


@pytest.mark.skipif(KERNEL is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize("text", ["🇮🇳 Team 🇱🇰", "👩🏽\u200d🚒❤\ufe0f", "🆕 🅰 ⓒ", "🏴\u200d☠\ufe0f"])
def test_pictures_and_flags_are_walked(text: str) -> None:
    assert KERNEL.walk(text, folding(), 9) == " ".join(tokens(text))


def test_no_number_below_the_border_of_plain_terms_has_other_digits() -> None:
    folded = {c for point in range(0x640) for c in "".join(tokens(chr(point)))}
    assert {c for c in folded if c.isdigit()} == set("0123456789")
    assert max(SYLLABIC)[0] > min(SYLLABIC)[0] > 0x640


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pakistan's Foreign Minister", ["pakistan", "s", "foreign", "minister"]),
        ("Pakistan’s Foreign Minister", ["pakistan", "s", "foreign", "minister"]),
        ("l'Ukraine, l’Ukraine", ["l", "ukraine", "l", "ukraine"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("co\u00adoperation zero\u200bwidth", ["cooperation", "zerowidth"]),
        ("Café cafe\u0301", ["café", "café"]),
        ("ﬁnance ＡＢＣ ①②", ["finance", "abc", "12"]),
        ("3.5 mln, 1,200", ["35", "mln", "1200"]),
        ("2.300.000 and 2,300,000, or 1.0842", ["2300000", "and", "2300000", "or", "10842"]),
        (
            "in 2024. 5 people, 3-2, a.5, 5.a ,5 5, 1..2",
            ["in", "2024", "5", "people", "3", "2", "a", "5", "5", "a", "5", "5", "1", "2"],
        ),
        ("１，０００ ½.5 2.² 1\u00ad.\u200b5", ["1000", "1", "25", "22", "15"]),
        ("snake_case", ["snake", "case"]),
        ("विदेश मंत्री", ["विदेश", "मंत्री"]),
        ("مُحَمَّد بن", ["محمد", "بن"]),
        ("أحمد إلى آل ٱلقدس مسؤول رئيس", ["احمد", "الي", "ال", "القدس", "مسوول", "رييس"]),
        ("مكتبة مستشفى جمـــيل ﻻ", ["مكتبه", "مستشفي", "جميل", "لا"]),
        ("یک کتاب، خانۀ خانهٔ", ["يك", "كتاب", "خانه", "خانه"]),
        ("حکومتِ پاکستان کے وزیرِ اعظم ۂ", ["حكومت", "پاكستان", "كے", "وزير", "اعظم", "ه"]),
        ("١٢٣٫٥ ۱۲۳ १२३ ১২৩ ๑๒๓", ["1235", "123", "123", "123", "123"]),
        ("שָׁלוֹם ייִדיש ײַדיש", ["שלום", "יידיש", "יידיש"]),
        ("हिन्दी हिंदी अन्न सम्मान ज़मीन ज\u093cमीन चाँद", ["हिंदी", "हिंदी", "अन्न", "सम्मान", "जमीन", "जमीन", "चांद"]),
        ("ড় ড", ["ড়", "ড"]),
        ("ЁЛКА Влади́мир ѝ Ќирил їжак йод", ["елка", "владимир", "и", "ќирил", "їжак", "йод"]),
        ("об'єкт об’єкт обʼєкт", ["об", "єкт", "об", "єкт", "об", "єкт"]),
        ("ΚΥΒΕΡΝΗΣΗ Κυβέρνηση μαΐου ΜΑΪΟΥ τῇ ἀρχῇ", ["κυβερνηση", "κυβερνηση", "μαιου", "μαιου", "τηι", "αρχηι"]),
        ("București Bucureşti Țară Ţară", ["bucureşti", "bucureşti", "ţară", "ţară"]),
        ("İstanbul istanbul ırak", ["istanbul", "istanbul", "ırak"]),
        ("Quốc hội Qu\u00f4\u0301c hô\u0323i", ["quốc", "hội", "quốc", "hội"]),
        ("résumé resume où ou", ["résumé", "resume", "où", "ou"]),
        ("می‌خواهم می خواهم میخواهم", ["ميخواهم"] * 3),
        ("کتاب‌های بزرگ‌ترین کتاب های بزرگ ترین", ["كتابهاي", "بزرگترين"] * 2),
        ("خانه‌ای خانه ای مرد ای", ["خانهاي", "خانهاي", "مرد", "اي"]),
        ("中می شود ،ها", ["中", "ميشودها"]),
        ("ه ای", ["ه", "اي"]),
        ("می wire ها 7 ها", ["مي", "wire", "ها", "7", "ها"]),
        ("외교부 장관", ["외교부", "장관"]),
        ("中国外长", ["中", "国", "外", "长"]),
        ("王毅met达尔", ["王", "毅", "met", "达", "尔"]),
        ("ガンダム ｶﾞ", ["ガ", "ン", "ダ", "ム", "ガ"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("❤️ 😀👍🏽 — … !", []),
        ("", []),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_the_version_is_the_one_that_these_tests_describe() -> None:
    assert NORMALISER_VERSION == 2


def test_what_no_spelling_can_change_is_told_at_once() -> None:
    for point in (*range(0xD800), *range(0xE000, 0x20000)):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", chr(point)).casefold())
        assert respelled(text) == in_one_spelling(text), hex(point)
        assert respelled(respelled(text)) == respelled(text), hex(point)


@given(st.lists(st.sampled_from([*sorted(PREFIXES | SUFFIXES | CLITICS), "خانه", "شود", "7"]), max_size=8))
def test_affixes_are_joined_once(words: list[str]) -> None:
    once = with_affixes(words)
    assert with_affixes(once) == once
    assert "".join(once) == "".join(words)

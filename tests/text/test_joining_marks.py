"""Scripts whose marks join with letters: most is walked by the compiled kernel, and comes to what is defined."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.kernel.compiled import KERNEL
from dedup.text.characters import WALKED, pairs
from dedup.text.normal_form import by_lines, kinds
from dedup.text.plain import read_plain
from dedup.text.words.tokens import folding, tokens

pytestmark = pytest.mark.skipif(KERNEL is None, reason="the compiled kernel is not in use")

SCRIPTS = {
    "syriac": (0x700, 0x74F), "thaana": (0x780, 0x7BF), "nko": (0x7C0, 0x7FF), "samaritan": (0x800, 0x85F),
    "devanagari": (0x900, 0x97F), "bengali": (0x980, 0x9FF), "gurmukhi": (0xA00, 0xA7F), "gujarati": (0xA80, 0xAFF),
    "oriya": (0xB00, 0xB7F), "tamil": (0xB80, 0xBFF), "telugu": (0xC00, 0xC7F), "kannada": (0xC80, 0xCFF),
    "malayalam": (0xD00, 0xD7F), "sinhala": (0xD80, 0xDFF), "thai": (0xE00, 0xE7F), "lao": (0xE80, 0xEFF),
    "tibetan": (0xF00, 0xFFF), "burmese": (0x1000, 0x109F), "khmer": (0x1780, 0x17FF),
}  # fmt: skip
"""First and last code points."""
MARKED = {"latin": "aeouAs\u01d7\u1ec7", "cyrillic": "\u0438\u0435\u0443\u0439", "kana": "\u304b\u304c\u306f\u30a2"}
"""Letters whose marks join in the form that people read alone."""
SENTENCES = {
    "hi": "प्रधानमंत्री ने संसद में कहा कि बाढ़ से हुए नुक़सान की भरपाई २० दिन में होगी। हिन्दी में पढ़ें",
    "hi, composed": "बा\u095d से हुए नु\u0958सान की भरपाई, ल\u095cाई जारी",
    "mr": "मुख्यमंत्र्यांनी शेतकऱ्यांना मदत जाहीर केली.",
    "ne": "नेपालको संसद्\u200cमा विधेयक पेश भयो।",
    "bn": "ঢাকায\u09bc বন্যার পানি কমছে, বললেন মন্ত্রী। কোনো চৌধুরী",
    "bn, composed": "ঢাকা\u09df ঘূর্ণিঝ\u09dc, গা\u09dd অন্ধকার",
    "ta": "சென்னையில் கனமழை பெய்தது; பள்ளிகளுக்கு விடுமுறை. கொடுத்த",
    "te": "హైదరాబాద్\u200cలో భారీ వర్షాలు కురిశాయి. పై కొత్త",
    "kn": "ಬೆಂಗಳೂರಿನಲ್ಲಿ ಮಳೆ ಸುರಿಯಿತು, ಕೋಟಿ ರೂಪಾಯಿ",
    "ml": "കേരളത്തിൽ കനത്ത മഴ തുടരുന്നു, വിദ്യാർഥികൾ കൊച്ചിയിൽ",
    "gu": "અમદાવાદમાં ભારે વરસાદ પડ્યો.",
    "pa": "ਪੰਜਾਬ ਦੇ ਮੁੱਖ ਮੰਤਰੀ ਨੇ ਕਿਹਾ। ਜ਼ਮੀਨ",
    "or": "ଓଡ଼ିଶାରେ ପ୍ରବଳ ବର୍ଷା ହେଲା।",
    "si": "ශ්\u200dරී ලංකාවේ අගමැති කොළඹදී කීවේය.",
    "th": "นายกรัฐมนตรีกล่าวว่าน้ำท่วมจะลดลงใน ๗ วัน",
    "lo": "ນາຍົກລັດຖະມົນຕີກ່າວວ່ານ້ຳຖ້ວມ ໜັກ",
    "km": "នាយករដ្ឋមន្ត្រីបានថ្លែងនៅភ្នំពេញ។",
    "my": "ဝန်ကြီးချုပ်က ရန်ကုန်မြို့တွင် ပြောကြားခဲ့သည်။",
    "my, as typed": "ခွင\u103a\u1037",
    "bo": "བོད་ཀྱི་སྐད་ཡིག་གི་གསར་འགྱུར།",
    "dv": "ދިވެހިރާއްޖޭގެ ރައީސް",
    "he": "שָׁלוֹם לְכֻלָּם",
    "ar": "شُكْرًا جِد\u0651\u064bا مُحَم\u0651\u064eد",
    "fa": "می\u200cخواهم کتاب\u200cهای بزرگ\u200cترین",
    "marks behind no letter": "संसद ि में, ा \u093c (\u0e48) x",
    "joiners": "e\u200d a\u200c\u200d\u200c",
}


def named(first: int, last: int) -> list[str]:
    return [chr(point) for point in range(first, last + 1) if unicodedata.category(chr(point)) != "Cn"]


def is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def shown(text: str) -> str | None:
    form: str | None = KERNEL.normal_form(text, kinds())
    return form


def walked(text: str) -> list[str] | None:
    found: str | None = KERNEL.walk(text, folding(), 1_000)
    return None if found is None else found.split()


def check(text: str) -> None:
    assert shown(text) in (None, by_lines(text)), ascii(text)
    assert walked(text) in (None, tokens(text)), ascii(text)


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES)
def test_sentences_are_walked(sentence: str) -> None:
    (read,) = read_plain([(sentence, sentence * 2)], 1_000, 1)
    assert read is not None
    assert (read.title, read.body) == (by_lines(sentence), by_lines(sentence * 2))
    assert read.title_tokens.split() == tokens(sentence)
    assert read.body_tokens.split() == tokens(by_lines(sentence * 2))


@pytest.mark.parametrize(
    "text",
    ["न\u093c", "ক\u09c7\u09be", "க\u0b92\u0bd7", "ක\u0dd9\u0dca", "ဥ\u102e", "و\u0654", "か\u3099", "a\u0323\u0302"],
)
def test_what_may_be_composed_is_left_to_the_definition(text: str) -> None:
    assert shown(text) is None


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_pair_of_a_script(script: str) -> None:
    characters = named(*SCRIPTS[script])
    letter = next(character for character in characters if character.isalpha())
    for one, other in product(characters, characters):
        check(one + other)
        if is_mark(one) and is_mark(other):
            check(letter + one + other)


@pytest.mark.parametrize("script", SCRIPTS)
def test_marks_between_two_that_are_composed(script: str) -> None:
    characters = named(*SCRIPTS[script])
    first, second = (sorted(found.intersection(characters)) for found in pairs())
    for one, mark, other in product(first, filter(is_mark, characters), second):
        check("क" + one + mark + other)


@pytest.mark.parametrize("letters", MARKED.values(), ids=MARKED)
def test_every_pair_of_marks_of_other_scripts(letters: str) -> None:
    marks = [*named(0x300, 0x36F), "\u3099", "\u309a", "\u200c", "\u200d", "\ufe0f"]
    for letter, one, other in product(letters, ["", *marks], marks):
        text = letter + one + other
        assert shown(text) in (None, by_lines(text)), ascii(text)


@pytest.mark.parametrize("block", [(0x591, 0x5F4), (0x610, 0x6FF), (0x897, 0x8FF)])
def test_every_pair_of_marks_of_hebrew_and_arabic(block: tuple[int, int]) -> None:
    marks = list(filter(is_mark, named(*block)))
    for letter, one, other in product("\u05e9\u05dc\u0627\u0648\u0644", marks, marks):
        check(letter + one + other)


def test_marks_in_order_that_nothing_composes_are_walked() -> None:
    """Of letters and marks of one script only those are left to the definition that a normal form may compose."""
    first, second = pairs()
    for script in SCRIPTS.values():
        for letter, mark in product(filter(str.isalpha, named(*script)), filter(is_mark, named(*script))):
            begins = unicodedata.normalize("NFD", mark)[0]
            may_join = begins in second and not first.isdisjoint(unicodedata.normalize("NFD", letter))
            changes = not unicodedata.is_normalized("NFKC", mark)
            assert may_join or changes or shown(letter + mark) is not None, ascii(letter + mark)
            assert may_join or changes or walked(letter + mark) is not None, ascii(letter + mark)


def test_all_pairs_that_are_composed_are_known() -> None:
    for point in range(0x110000):
        pair = unicodedata.decomposition(chr(point)).split()
        if len(pair) == 2 and pair[0][0] != "<" and unicodedata.is_normalized("NFC", chr(point)):
            one, other = (chr(int(part, 16)) for part in pair)
            assert other not in WALKED or (one in pairs().first and other in pairs().second), hex(point)
    assert pairs().first.isdisjoint(pairs().second)


@pytest.mark.parametrize("count", range(28, 33))
@pytest.mark.parametrize(
    "marks", ["\u0947", "\u094d", "\u0301\u200d", "\u0650\u0651\u064e", "\u0f71\u0f72", "\u200b\u0316\u0301"]
)
def test_thirty_marks_and_more(marks: str, count: int) -> None:
    text = "\u0628" + (marks * count)[:count] + "\u0628"
    check(text)
    if count <= 30:
        assert shown(text) is not None


PARTS = st.one_of(
    st.sampled_from(list(SCRIPTS.values())).flatmap(
        lambda script: st.text(st.sampled_from(named(*script)), max_size=8)
    ),
    st.text(st.sampled_from(list(filter(is_mark, WALKED))), max_size=3),
    st.sampled_from([*"\u200d\u200c\u00ad\u200b\n\u0964.5,aé中가 ", "  "]),
    st.sampled_from(list(SENTENCES.values())),
)


@given(st.lists(PARTS, max_size=8).map("".join))
def test_any_sequence(text: str) -> None:
    for form in (text, by_lines(text), unicodedata.normalize("NFD", text)):
        check(form)


@given(
    st.lists(st.sampled_from([*"ङञणनमकचटतपखफशंँािा", "\u094d", "\u093c", "\u095e", "\u0929", "\u200d", " ", "ก", "a"]))
)
@example([*"ण\u094dढ"])
@example([*"a ण\u094dढ"])
@example([*"กण\u094dढ"])
@example([*"aण\u094d\u093c\u200dढ"])
def test_nasals_before_stops(parts: list[str]) -> None:
    check("".join(parts))

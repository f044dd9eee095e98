"""The rule by which an article stands for its text and for its story."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cluster.standing import Copy, Text, claim, is_cut, reason, succeeded, text_of

TITLED, UNTITLED = "Flood in Verlingen", ""


def test_a_title_then_a_preferred_publisher_then_the_date_then_the_arrival() -> None:
    claims = [
        claim(9, TITLED, 0, 900),
        claim(8, TITLED, 1, 100),
        claim(7, TITLED, None, 50),
        claim(2, TITLED, None, 60),
        claim(3, TITLED, None, 60),
        claim(1, TITLED, None, None),
        claim(0, UNTITLED, 0, 1),
    ]
    assert sorted(set(claims)) == claims
    assert [reason(first, claims[place + 1 :]) for place, first in enumerate(claims)] == [
        "its publisher is preferred",
        "its publisher is preferred",
        "it was published first",
        "it came first, and none was published before it",
        "it alone has a date",
        "it alone has a title",
        "",
    ]


def test_an_article_is_cut_below_four_fifths_of_the_longest() -> None:
    assert [words for words in range(95, 105) if is_cut(words, 125)] == [95, 96, 97, 98, 99]
    assert not is_cut(0, 0)


NUMBERS = range(6)
WORDS = (8, 10, 11, 12, 14)
FACTS = st.tuples(st.sampled_from([TITLED, TITLED, UNTITLED]), st.sampled_from([None, 0]), st.integers(0, 4))
COPIES = st.tuples(FACTS, st.sampled_from(WORDS))
# Of each number what it is, or nothing where it is in another group.
GROUPS = st.lists(st.none() | COPIES, min_size=len(NUMBERS), max_size=len(NUMBERS)).filter(any)


def copies_of(group: Sequence[tuple[tuple[str, int | None, int], int] | None]) -> dict[int, Copy]:
    numbered = zip(NUMBERS, group, strict=True)
    return {number: Copy(claim(number, *one[0]), one[1]) for number, one in numbered if one is not None}


@settings(max_examples=1_000)
@given(before=GROUPS, changed=GROUPS, which=st.sets(st.sampled_from(NUMBERS)))
def test_what_changed_tells_who_stands_or_that_all_must_be_asked(
    before: Sequence[tuple[tuple[str, int | None, int], int] | None],
    changed: Sequence[tuple[tuple[str, int | None, int], int] | None],
    which: set[int],
) -> None:
    there, then = copies_of(before), copies_of(changed)
    left = [copy for number, copy in there.items() if number in which]
    entered = [copy for number, copy in then.items() if number in which]
    now = [*(copy for number, copy in there.items() if number not in which), *entered]
    found = succeeded(text_of(there.values()), left, entered)
    assert found is None or (now and found == text_of(now))


def test_all_are_asked_only_where_the_one_that_stood_is_gone_or_nobody_else_is_as_long() -> None:
    first, second, third = (Copy(claim(number, TITLED, None, 10 * number), 100) for number in (1, 2, 3))
    cut, longer = Copy(claim(0, TITLED, None, 5), 70), Copy(claim(4, TITLED, None, 40), 110)
    text = text_of([first, second, third, cut])
    assert text == Text(first, 100)
    assert succeeded(text, [second], []) == succeeded(text, [cut], [cut]) == succeeded(text, [], [third]) == text
    earlier = first._replace(claim=claim(1, TITLED, None, 9))
    assert succeeded(text, [first], [earlier]) == Text(earlier, 100)
    assert succeeded(text, [first], []) is None
    assert succeeded(text, [first], [first._replace(claim=claim(1, TITLED, None, 25))]) is None
    assert succeeded(text, [], [longer]) == Text(first, 110)
    assert succeeded(Text(first, 110), [longer], []) is None

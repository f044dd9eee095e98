"""What two texts of one publisher say of themselves tells two issues from one event that is told anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dedup.intake.article import Article
from dedup.store import Store
from tests.pipeline.conftest import places, put, run

AT = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # a Tuesday
DESK = "Harrow Desk"

TOWN = (
    "{town} will have a high of {high} degrees and a low of {low} degrees on Tuesday, according to the weather "
    "service. Skies will be partly cloudy for most of the day.\n\nThe chance of rain is {rain} percent. Winds will "
    "be out of the west at 10 mph, with gusts of up to 25 mph. Humidity will be near {humidity} percent in the "
    "morning.\n\nThe sun rises at 6:{rise} a.m. and sets at 5:{sets} p.m. No alerts are in effect. This report is "
    "made from the data of the service; forecasts change, so look again before you leave."
)
TOWNS = [
    ("Brackwell", 51, 38, 20, 70, 41, 58), ("Ostrey", 49, 36, 20, 65, 41, 57), ("Dunmarsh", 52, 38, 40, 70, 43, 59),
]  # fmt: skip
POLLEN = (
    "The pollen count in the capital is {level} on {day}, according to the allergy centre.\n\nTree pollen is at "
    "{trees} grains in a cubic metre, mostly birch. Grass pollen is at 2 and weed pollen at 0. Mould spores are "
    "low.\n\nPeople with hay fever should keep windows closed in the morning, wear sunglasses and change clothes "
    "when they come in. Medicine works best when it is taken before symptoms begin. Those with asthma should carry "
    "their inhalers.\n\nThe centre counts pollen with a trap on the roof of its building in Quay Street. A count of "
    "1 to 14 is low, 15 to 89 is moderate, 90 to 1,499 is high, and more than that is very high."
)
COURSE = (
    "Der Devisendienst meldet den amtlichen Mittelkurs der Krone vom {day}. März. Er beträgt {rate} je Euro.\n\nDer "
    "Kurs gilt seit 1998 für Rechnungen von Behörden und wird aus den Geschäften von 12 Banken zwischen 9 und 14 Uhr "
    "ermittelt. Er war zuletzt 2024 gestützt worden, als die Notenbank den Leitzins auf 4,25 Prozent hob. Händler "
    "rechnen bis zum Sommer mit keiner weiteren Änderung. Die Notenbank berät am 26. des Monats über die Zinsen."
)
MARKET = (
    "{lead}\n\nThe dollar index, which measures the greenback against six other currencies, stood at 104.2, little "
    "changed on the day, after minutes of the central bank's meeting showed that officials were in no hurry to cut "
    "rates. The yield on 10-year notes was 4.28 percent.\n\n{own}\n\nTraders see a chance of 30 percent that rates "
    "are cut in May. Data on claims for benefits are due on Thursday."
)
MARKETS = [
    (
        "Rand at a two-week high", "The rand was at 18.92 in the afternoon.",
        "Mining output rose by 3 percent, and the port of Durban works again.",
    ),
    (
        "Zinc slides below $2,400", "Zinc for three months fell to $2,394 a tonne.",
        "Stocks in warehouses of Singapore rose to a level not seen since 2021.",
    ),
]  # fmt: skip
QUAKE = (
    "A magnitude {size} earthquake struck {far} kilometres south of {town} on Tuesday, the survey said.\n\nThe quake "
    "hit at 6:52 a.m. local time at a depth of {deep} kilometres. {felt} No tsunami warning was issued.\n\nAbout "
    "41,000 people live within 50 kilometres of the epicentre. In the past ten days there have been no earthquakes "
    "of magnitude 3.0 or greater centred nearby. Magnitudes are preliminary and may be revised as seismologists "
    "review the data."
)


def article(uri: str, title: str, body: str, at: datetime = AT, publisher: str = DESK) -> Article:
    return Article(source="wire", uri=uri, publisher=publisher, title=title, body=body, published_at=at)


def towns() -> list[Article]:
    names = ("town", "high", "low", "rain", "humidity", "rise", "sets")
    found = []
    for number, town in enumerate(TOWNS):
        values = dict(zip(names, town, strict=True))
        title = f"{town[0]} weather: {town[1]} degrees and partly cloudy on Tuesday"
        found.append(article(f"town-{number}", title, TOWN.format(**values), AT + timedelta(minutes=2 * number)))
    return found


def pollen() -> list[Article]:
    days = [("Tuesday", "high", 310), ("Wednesday", "high", 280), ("Thursday", "high", 280)]
    return [
        article(
            f"pollen-{number}", f"Pollen count for {day}: {level} in the capital",
            POLLEN.format(day=day, level=level, trees=trees), AT + timedelta(days=number),
        )
        for number, (day, level, trees) in enumerate(days)
    ]  # fmt: skip


def courses() -> list[Article]:
    return [
        article(
            f"course-{number}", f"Mittelkurs der Krone vom {3 + number}. März",
            COURSE.format(day=3 + number, rate=rate), AT + timedelta(days=number),
        )
        for number, rate in enumerate(["11,2214", "11,2231", "11,2237"])
    ]  # fmt: skip


def markets() -> list[Article]:
    return [
        article(f"market-{number}", title, MARKET.format(lead=lead, own=own), AT + timedelta(minutes=13 * number))
        for number, (title, lead, own) in enumerate(MARKETS)
    ]


def quakes(towns: Sequence[str]) -> list[Article]:
    states = [("5.8", 31, 10, "There were no reports of damage."), ("6.1", 28, 14, "Dishes fell from shelves."),
              ("6.0", 28, 12, "Two people were cut by glass.")]  # fmt: skip
    return [
        article(
            f"quake-{number}", f"Magnitude {size} earthquake strikes {town}",
            QUAKE.format(size=size, far=far, deep=deep, felt=felt, town=town), AT + timedelta(minutes=30 * number),
        )
        for number, (town, (size, far, deep, felt)) in enumerate(zip(towns, states, strict=True))
    ]  # fmt: skip


def assert_apart(store: Store, issues: int) -> None:
    found = places(store)
    assert len(found) == issues
    assert len({group for group, _ in found.values()}) == issues
    assert len({story for _, story in found.values()}) == issues


@pytest.mark.parametrize("batch_size", [1, 256])
def test_reports_of_different_towns_made_within_minutes_are_of_different_events(store: Store, batch_size: int) -> None:
    put(store, towns())
    run(store, batch_size=batch_size)
    assert_apart(store, len(TOWNS))


@pytest.mark.parametrize("batch_size", [1, 256])
def test_daily_reports_that_tell_another_day_are_other_issues_though_hardly_a_figure_moves(
    store: Store, batch_size: int
) -> None:
    put(store, pollen())
    run(store, batch_size=batch_size)
    assert_apart(store, 3)


def test_a_day_of_the_month_tells_an_issue_where_no_day_of_the_week_is_named(store: Store) -> None:
    put(store, courses())
    run(store)
    assert_apart(store, 3)


def undated(articles: Sequence[Article]) -> list[Article]:
    return [replace(one, published_at=None) for one in articles]


AIR = (
    "The air in Oban had {dust} micrograms of fine dust in a cubic metre and {gas} of nitrogen dioxide at the station "
    "in Quay Street, and {far} and {off} at the one in Mill Lane.\n\nThe limits are 50 and 40 as means of a day and a "
    "year. Values are measured each hour by the office for the environment, which publishes them without a check."
)
COUNTS = [(17, 22, 13, 9), (31, 28, 24, 12), (12, 19, 11, 7)]


def air() -> list[Article]:
    return [
        article(f"air-{n}", "Air quality in Oban", AIR.format(dust=dust, gas=gas, far=far, off=off))
        for n, (dust, gas, far, off) in enumerate(COUNTS)
    ]


@pytest.mark.parametrize("issues", [pollen(), courses(), air()], ids=["weekdays", "days of March", "one headline"])
def test_issues_without_dates_are_told_by_their_headlines(store: Store, issues: list[Article]) -> None:
    put(store, undated(issues))
    run(store)
    assert_apart(store, 3)


def test_the_reports_of_one_event_stay_one_where_none_has_a_date(store: Store) -> None:
    put(store, undated(quakes(["Tolosa Bay"] * 3)))
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


def test_a_text_without_a_date_that_grows_under_its_headline_stays_one_event(store: Store) -> None:
    lead, *rest = QUAKE.format(size="5.8", far=31, deep=10, felt="Dishes fell.", town="Tolosa Bay").split("\n\n")
    title = "Strong earthquake strikes near Tolosa Bay"
    grown = "\n\n".join([lead, *rest, MARKET.format(lead="The bay was calm.", own="Ferries run again.")])
    put(store, undated([article("first", title, "\n\n".join([lead, *rest])), article("later", title, grown)]))
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


def test_texts_without_dates_and_headlines_that_begin_alike_are_one_event(store: Store) -> None:
    lead = "Ada Brenner, harbour master of Vikmyr, said on Tuesday that the runway of the island is open again."
    told = (
        "Workers closed a crack of 4 metres with asphalt after the flight of noon had to turn back to Oban with 87 "
        "people. Vikmyr has had no ferry since the storm, so that the runway is its only way to the mainland.",
        "The crack, 30 metres from the eastern end, was found by a patrol in the morning. Two flights from Oban were "
        "late by three hours, and passengers slept in the school of Vikmyr. The harbour stays shut after the storm.",
    )
    reports = [replace(article(f"report-{n}", "", f"{lead}\n\n{text}"), title=None) for n, text in enumerate(told)]
    put(store, undated(reports))
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


def test_an_issue_that_is_sent_again_the_next_day_as_it_was_is_a_copy(store: Store) -> None:
    first = pollen()[0]
    put(store, [first])
    put(store, [article("again", first.title or "", first.body, AT + timedelta(days=1))])
    put(store, [article("elsewhere", first.title or "", first.body, AT + timedelta(hours=1), "Tarsay Courier")])
    run(store)
    assert len(set(places(store).values())) == 1


def test_reports_of_one_hour_whose_headlines_have_nothing_in_the_other_text_are_of_two_events(store: Store) -> None:
    put(store, markets())
    run(store)
    assert_apart(store, 2)


def test_a_bulletin_that_is_updated_stays_one_event(store: Store) -> None:
    put(store, quakes(["Tolosa Bay"] * 3))
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


def test_bulletins_of_different_places_are_of_different_events(store: Store) -> None:
    put(store, quakes(["Tolosa Bay", "Ridgemont", "Ferndale"]))
    run(store)
    assert_apart(store, 3)


def test_an_event_told_again_days_later_with_another_weekday_stays_one_while_its_figures_are_the_same(
    store: Store,
) -> None:
    title = "Varland announces new round of tariff cuts"
    body = (
        "Varland announced plans for another round of tariff cuts on 862 foreign goods shortly before talks about "
        "trade with its neighbours, which officials described as a move to balance trade.\n\nAnders Holm, who heads "
        "the customs office, {day}told reporters that the list had 60 items more than the one of 2024. He said that "
        "the tariffs on soap, bicycles, apples, radios and soya would be cut by between 5 and 50 percent, as the "
        "ministry had proposed to the cabinet.\n\nThe cabinet is to agree {when}."
    )
    put(store, [article("one", title, body.format(day="on Tuesday ", when="next week"))])
    later = AT + timedelta(days=2, hours=5)
    put(store, [article("two", title, body.format(day="", when="on Thursday"), later)])
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


LAUNCH = [
    (
        "长征十号甲首飞成功",
        "5日上午，长征十号甲运载火箭在海南文昌首次飞行取得成功，一级箭体在海上平台软着陆。\n\n"
        "火箭将梦舟飞船试验舱送入轨道。",
    ),
    (
        "长征十号甲一级箭体运抵海口",
        "首飞回收的长征十号甲火箭一级箭体6日随海上平台抵达海口秀英港，工程师将检查发动机。\n\n"
        "梦舟飞船试验舱预计十日返回地面。",
    ),
]
PRIZE = [
    (
        "翻訳家の三枝澄子さんに読売文学賞",
        "ポーランド文学の翻訳で知られる三枝澄子さんが、長編「灰の庭」の訳業で読売文学賞に選ばれた。三枝さんは松山市出身。\n\n"
        "贈呈式は五月に開かれる。",
    ),
    (
        "読売文学賞の三枝澄子さん、母校で喜び語る",
        "「灰の庭」の翻訳で読売文学賞を受ける三枝澄子さんが10日、松山市の母校で会見した。ポーランド語との出会いは学生時代という。\n\n"
        "次は詩集を訳す予定だ。",
    ),
]
HOROSCOPE = (
    "白羊座：{}幸运数字{}。金牛座：{}幸运数字{}。双子座：{}幸运数字{}。\n\n"
    "幸运颜色：{}。更多运势请关注本站公众号，每晚八点更新。"
)
LINES = [
    ("工作上有贵人相助。", 4, "开销增多，理性消费。", 8, "沟通顺畅，适合谈判。", 1, "天蓝"),
    ("情绪起伏较大，少说多做。", 7, "家人需要你的陪伴。", 2, "小心口舌是非。", 5, "米白"),
]


@pytest.mark.parametrize("told", [LAUNCH, PRIZE], ids=["Chinese", "Japanese"])
def test_a_publisher_that_goes_on_with_an_event_is_in_one_story_where_words_have_no_spaces(
    store: Store, told: list[tuple[str, str]]
) -> None:
    """Three characters, as a shingle has, are common to any two reports of one event."""
    days = [AT, AT + timedelta(days=1, hours=1)]
    put(store, [article(title, title, body, day) for (title, body), day in zip(told, days, strict=True)])
    run(store)
    assert len({story for _, story in places(store).values()}) == 1


def test_issues_without_spaces_between_words_stay_apart(store: Store) -> None:
    titles = [f"十二星座今日运势（3月{day}日）" for day in (3, 4)]
    bodies = [HOROSCOPE.format(*lines) for lines in LINES]
    days = [AT, AT + timedelta(days=1)]
    put(store, [article(*given, day) for *given, day in zip(titles, titles, bodies, days, strict=True)])
    run(store)
    assert_apart(store, 2)


CITY = (
    "{city}今天{sky}，最低气温{low}度，最高气温{high}度，风力{wind}级，相对湿度百分之84。{city}降水概率百分之{rain}，"
    "空气质量指数{air}，紫外线指数{sun}级。日出时间6时{rise}分，日落时间18时{sets}分。本文由系统根据气象部门数据自动生成，"
    "请以最新发布为准。"
)
CITIES = [
    ("洛阳", "晴", "晴间多云", 2, 22, 2, 10, 127, 4, 15, 12),
    ("遵义", "小雨", "有小雨", 5, 10, 5, 60, 166, 6, 40, 21),
]
SLIDE = (
    "3日清晨，四川雅安天全县发生山体滑坡，掩埋318国道。截至{hour}时，事故已造成{dead}人遇难，{hurt}人受伤，仍有{lost}人失联。"
    "消防和武警{men}人在现场搜救，附近{moved}户居民转移。{more}"
)


def test_two_cities_are_told_where_headlines_have_no_spaces(store: Store) -> None:
    names = ("city", "title", "sky", "low", "high", "wind", "rain", "air", "sun", "rise", "sets")
    cities = [dict(zip(names, city, strict=True)) for city in CITIES]
    put(
        store,
        [article(f"{c['city']}", f"{c['city']}天气预报：{c['title']}", CITY.format(**c)) for c in cities],
    )
    run(store)
    assert_apart(store, 2)


def test_a_toll_that_rises_within_hours_stays_one_event_where_headlines_have_no_spaces(store: Store) -> None:
    states = [
        ("雅安滑坡已致3人遇难", 8, 3, 5, 7, 180, 40, "主要原因是连日降雨。"),
        ("雅安滑坡已致5人遇难，救援人员连夜搜寻", 20, 5, 8, 2, 260, 80, "救援人员连夜搜寻失联者。"),
    ]
    names = ("title", "hour", "dead", "hurt", "lost", "men", "moved", "more")
    told = [dict(zip(names, state, strict=True)) for state in states]
    put(
        store,
        [
            article(f"state-{n}", str(state["title"]), SLIDE.format(**state), AT + timedelta(hours=5 * n))
            for n, state in enumerate(told)
        ],
    )
    run(store)
    assert len({story for _, story in places(store).values()}) == 1

"""Copies of one text in the spellings of several newsrooms are one group; other texts stay apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from dedup.intake.article import Article
from dedup.sketch.recurring import series_key
from dedup.sketch.scheme import Scheme
from dedup.store import Store
from dedup.store.invariants.check import check

from .conftest import put, run
from .news import FLOOD, article
from .schemes import make_older, schemes

ARABIC = """
أعلنت وزارة الصحة الأحد أن فرق الإغاثة وصلت إلى القرى المتضررة في شمال البلاد بعد ثلاثة أيام من الفيضانات
التي أدت إلى مقتل ٢٧ شخصا وإصابة أكثر من ١٤٠ آخرين. وقال المتحدث باسم الوزارة أحمد الأنصاري إن المستشفى
الرئيسي في المدينة استقبل عشرات المصابين، وإن الإمدادات الطبية ستصل على متن طائرتين إضافيتين. وأضاف أن
السلطات أجلت آلاف الأسر إلى مدارس مؤقتة، بينما تواصل الآليات الثقيلة فتح الطريق الساحلية المغلقة. ودعا رئيس
الحكومة إلى اجتماع طارئ لبحث إعادة إعمار الجسور المنهارة، مؤكدا أن الأولوية هي إعادة الكهرباء والمياه إلى
الأحياء المنكوبة قبل نهاية الأسبوع.
"""
ARABIC_OTHER = """
افتتح وزير الثقافة مساء الأربعاء الدورة الثلاثين لمعرض الكتاب بمشاركة مئات الناشرين من أربعين دولة، وسط
إقبال كبير من الزوار على أجنحة الروايات وكتب الأطفال. وقالت مديرة المعرض إن البرنامج يضم ندوات عن الترجمة
وأمسيات شعرية وورشا للرسامين الشباب، وإن الدخول مجاني للطلاب طوال الأيام العشرة. وتسلم الروائي الفائز بجائزة
هذا العام درعا تكريمية ومبلغا ماليا، وأهدى الجائزة إلى معلمه الأول.
"""
PERSIAN = """
رئیس سازمان هواشناسی روز دوشنبه اعلام کرد که بارش‌های سنگین تا پایان هفته در استان‌های شمالی ادامه می‌یابد و
احتمال آبگرفتگی خانه‌های کنار رودخانه وجود دارد. به گفتهٔ او، در ۲۴ ساعت گذشته ۸۳ میلی‌متر باران باریده است
که بزرگ‌ترین مقدار در ۱۵ سال اخیر به شمار می‌رود. کارشناسان می‌گویند جاده‌های کوهستانی لغزنده‌اند و رانندگان
نباید بدون زنجیر چرخ حرکت کنند. مسئولان استانداری نیز گفتند مدرسه‌ها فردا تعطیل‌اند و گروه‌های امدادی در
آماده‌باش‌اند. آن‌ها از مردم خواستند از نزدیک شدن به سدها و پل‌های قدیمی خودداری کنند و هشدارهای تازه‌ای را
که منتشر می‌شود دنبال کنند.
"""
URDU = """
وزیرِ اعظم نے پیر کے روز کہا کہ حکومت سیلاب سے متاثرہ کسانوں کو ۵۰ ہزار روپے فی ایکڑ امداد دے گی اور آئندہ
فصل کے لیے بیج بھی مفت فراہم کیے جائیں گے۔ انھوں نے سکھر میں صحافیوں سے گفتگو کرتے ہوئے بتایا کہ اب تک ۱۲
اضلاع میں پانی اتر چکا ہے جبکہ باقی علاقوں میں نکاسی کا کام جاری ہے۔ محکمہ موسمیات کے مطابق اگلے ہفتے مزید
بارش کا امکان نہیں ہے۔ اپوزیشن جماعتوں نے امداد کو ناکافی قرار دیتے ہوئے مطالبہ کیا کہ مکانات کی دوبارہ
تعمیر کے لیے الگ فنڈ قائم کیا جائے اور تقسیم کی نگرانی عدالتی کمیشن کرے۔
"""
HINDI = """
मुख्यमंत्री ने सोमवार को कहा कि बाढ़ से प्रभावित ज़िलों में राहत शिविरों की संख्या बढ़ाकर १२५ कर दी गई है और
हर परिवार को पाँच हज़ार रुपये की मदद दी जाएगी। उन्होंने हिन्दी में दिए गए बयान में बताया कि गंगा और
सम्बन्धित नदियों का जलस्तर घट रहा है, लेकिन सड़कें अब भी टूटी हुई हैं। स्वास्थ्य विभाग ने गाँवों में
डॉक्टरों के दल भेजे हैं और पीने का साफ़ पानी पहुँचाया जा रहा है। मौसम विभाग के अनुसार अगले ३ दिनों तक तेज़
बारिश की सम्भावना नहीं है। विपक्ष ने मुआवज़े को कम बताते हुए विधानसभा में चर्चा की माँग की है।
"""
RUSSIAN = """
Спасатели нашли ещё двух туристов, которые пропали в горах в начале недели, сообщил представитель ведомства
Пётр Королёв. По его словам, группа сошла с маршрута из-за метели и провела четыре ночи в пещере, разведя
костёр из обломков лыж. Вертолёт забрал людей на рассвете, всё обошлось лёгкими обморожениями. Ещё трое
участников похода остаются на базе и ждут, пока расчистят подъём. Власти напомнили, что о любом походе нужно
сообщать заранее, а самолёты и вертолёты в такую погоду взлетают далеко не всегда.
"""
GREEK = """
Η κυβέρνηση ανακοίνωσε την Τρίτη νέα μέτρα για τη στήριξη των κατοίκων της Θεσσαλίας μετά τις πλημμύρες του
Σεπτεμβρίου. Ο υπουργός Οικονομικών δήλωσε ότι οι αποζημιώσεις θα καταβληθούν μέχρι το τέλος Μαΐου και ότι
οι αγρότες θα απαλλαγούν από φόρους για δύο χρόνια. Η αντιπολίτευση χαρακτήρισε τα ποσά ανεπαρκή και ζήτησε
ειδική συζήτηση στη Βουλή. Οι δήμαρχοι της περιοχής υποστηρίζουν ότι δεκάδες γέφυρες παραμένουν κλειστές και
ότι τα σχολεία λειτουργούν σε προσωρινές αίθουσες.
"""
VIETNAMESE = """
Thủ tướng chiều thứ Hai yêu cầu các bộ, ngành khẩn trương hỗ trợ người dân vùng lũ ổn định cuộc sống, bảo
đảm không để ai bị thiếu đói. Theo báo cáo của Bộ Nông nghiệp, đến sáng cùng ngày mưa lớn đã làm ngập hơn
hai mươi nghìn ngôi nhà tại các tỉnh miền Trung, nhiều tuyến quốc lộ bị sạt lở nghiêm trọng. Lực lượng quân
đội đã được điều động để sơ tán người già và trẻ em. Các trường học tạm đóng cửa đến hết tuần, trong khi
ngành điện đang khôi phục đường dây bị đổ.
"""

Spelling = Callable[[str], str]


def replaced(*pairs: tuple[str, str]) -> Spelling:
    """Each character of the first part of a pair as that of the second."""
    return lambda text: text.translate(
        str.maketrans({one: other for pair in pairs for one, other in zip(*pair, strict=True)})
    )


def bare(text: str) -> str:
    """Arabic as it is typed in a hurry: no hamza on alef, no dots under the last yeh or over the last heh."""
    return re.sub(r"ة\b", "ه", re.sub(r"ى\b", "ي", text.translate(str.maketrans("أإآ", "ااا"))))


def vocalised(text: str) -> str:
    """With a vowel behind each second letter, and stretched."""
    return re.sub(r"(\w\w)(?=\w)", "\\1\u064e", text).replace("كو", "كـــو")


def presented(text: str) -> str:
    """In the forms that letters have for old printers, those of lam and alef."""
    return text.replace("لا", "\ufefb").replace("لأ", "\ufef7")


def arabic_keyboard(text: str) -> str:
    return replaced(("یک", "يك"), ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"))(text)


def apart(text: str) -> str:
    """Persian with spaces for the non-joiner."""
    return text.replace("\u200c", " ")


def in_one(text: str) -> str:
    """Persian where the non-joiner was lost."""
    return text.replace("\u200c", "")


def ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c, c)) for c in text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def of_hindi(text: str) -> str:
    """Without nukta, with the dot alone for what sounds through the nose."""
    text = unicodedata.normalize("NFD", text).replace("\u093c", "").replace("ँ", "ं")
    return text.replace("न्द", "ंद").replace("म्ब", "ंब").replace("न्ध", "ंध").replace("म्भ", "ंभ")


def of_capitals(text: str) -> str:
    """Greek in capitals, which have no accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text.upper()) if not unicodedata.combining(c))


TEXTS = {
    "ar": ARABIC, "fa": PERSIAN, "ur": URDU, "hi": HINDI, "ru": RUSSIAN, "el": GREEK, "vi": VIETNAMESE,
}  # fmt: skip
SPELLINGS: list[tuple[str, str, Spelling, float]] = [
    ("ar", "bare", bare, 1.0),
    ("ar", "vocalised", vocalised, 1.0),
    ("ar", "presented", presented, 1.0),
    ("ar", "ascii", ascii_digits, 1.0),
    ("ar", "decomposed", decomposed, 1.0),
    ("fa", "arabic keyboard", arabic_keyboard, 1.0),
    ("fa", "in one", in_one, 1.0),
    ("fa", "apart", apart, 0.75),  # but for affixes nobody can tell where words are to be joined
    ("ur", "arabic keyboard", replaced(("یکہ", "يكه")), 1.0),
    ("ur", "ascii", lambda text: ascii_digits(text).replace("وزیرِ", "وزیر"), 1.0),
    ("hi", "without nukta", of_hindi, 1.0),
    ("hi", "ascii", ascii_digits, 1.0),
    ("ru", "without yo", replaced(("ёЁ", "еЕ")), 1.0),
    ("ru", "stressed", lambda text: re.sub("([аоы])(?=[а-я]{2})", "\\1\u0301", text), 1.0),
    ("el", "capitals", of_capitals, 1.0),
    ("vi", "decomposed", decomposed, 1.0),
]
IN_GROUPS = "SELECT uri, duplicate_group_id, jaccard FROM v_duplicates"


def written(language: str, text: str, name: str = "") -> Article:
    item = article(f"{language} {name}", text, title=" ".join(text.split()[:9]), source=name or "wire")
    return replace(item, language=language)


def in_groups(store: Store) -> dict[str, tuple[int, float]]:
    """The group of each article by uri, and its similarity to the original there."""
    with store.reading() as connection:
        return {uri: (group, jaccard) for uri, group, jaccard in connection.execute(sa.text(IN_GROUPS))}


def test_copies_in_other_spellings_are_one_group_and_other_texts_are_not(store: Store) -> None:
    put(store, [written(language, text) for language, text in TEXTS.items()])
    put(store, [written("ar", ARABIC_OTHER, "other"), written("ar", bare(ARABIC_OTHER), "other, bare")])
    for language, name, spelling, _ in SPELLINGS:
        assert spelling(TEXTS[language]) != TEXTS[language]
        put(store, [written(language, spelling(TEXTS[language]), name)])
    run(store)
    found = in_groups(store)
    assert len({group for group, _ in found.values()}) == len(TEXTS) + 1
    for language, name, _, least in SPELLINGS:
        group, jaccard = found[f"{language} {name}"]
        assert (name, group) == (name, found[f"{language} "][0])
        assert jaccard >= least, name
    assert found["ar other"][0] == found["ar other, bare"][0] != found["ar "][0]
    assert found["ar other, bare"][1] == 1


def test_what_the_version_before_signed_is_signed_anew_and_clusters_on(store: Store) -> None:
    """Its copies were less alike then, and its series had other numbers; what was decided stays decided."""
    put(store, [written("ar", ARABIC), written("ar", bare(ARABIC), "bare"), article("flood", FLOOD, title="Flood")])
    run(store)
    make_older(store)
    with store.writing() as connection:
        for statement in (
            "UPDATE config_versions SET digest = 'other', settings = REPLACE(settings, '\"tokens\"', '\"others\"')",
            "UPDATE articles SET jaccard = 0.7, containment = 0.8 WHERE uri = 'ar bare'",
            "UPDATE matches SET jaccard = 0.7, containment = 0.8 WHERE tier = 'duplicate' AND verdict = 'joined'",
            "UPDATE articles SET series_key = 7 WHERE source = 'bare'",
        ):
            connection.execute(sa.text(statement))
    assert store.check(full=True) == []
    put(store, [written("ar", vocalised(ARABIC), "vocalised")])
    run(store)
    assert schemes(store) == {Scheme(3).name: 4}
    found = in_groups(store)
    assert found["ar "][0] == found["ar bare"][0] == found["ar vocalised"][0] != found["flood"][0]
    assert found["ar bare"][1] == 0.7
    assert found["ar vocalised"][1] == 1
    with store.reading() as connection:
        assert check(connection, full=True) == []
        versions = "SELECT DISTINCT config_version FROM v_why WHERE matched_article_id IS NOT NULL ORDER BY 1"
        assert connection.scalars(sa.text(versions)).all() == [1, 2]
        keys = connection.scalars(sa.text("SELECT series_key FROM articles WHERE source = 'bare'")).all()
        assert keys == [series_key("bare", written("ar", bare(ARABIC)).title or "")]

"""A sentence in each language that is to be identified."""

from __future__ import annotations

SENTENCES = {
    "ar": "وصل وزير الخارجية يوم الثلاثاء إلى العاصمة لإجراء محادثات.",
    "bg": "Най-малко дванадесет души загинаха при земетресение в южната част на страната.",
    "cs": "Při zemětřesení na jihu země zahynulo nejméně dvanáct lidí.",
    "da": "Mindst tolv mennesker er omkommet ved et jordskælv i den sydlige del af landet.",
    "de": "Bei einem Erdbeben im Süden des Landes sind mindestens zwölf Menschen ums Leben gekommen.",
    "el": "Τουλάχιστον δώδεκα άνθρωποι σκοτώθηκαν από σεισμό στη νότια χώρα.",
    "en": "At least twelve people were killed in an earthquake in the south of the country.",
    "es": "Al menos doce personas murieron en un terremoto en el sur del país.",
    "fa": "بانک مرکزی نرخ بهره را ثابت نگه داشت و بازارها واکنشی نشان ندادند.",
    "fi": "Ainakin kaksitoista ihmistä on kuollut maanjäristyksessä maan eteläosassa.",
    "fr": "Un séisme a fait au moins douze morts dans le sud du pays.",
    "he": "לפחות שנים עשר בני אדם נהרגו ברעידת אדמה בדרום המדינה.",
    "hi": "देश के दक्षिण में आए भूकंप में कम से कम बारह लोगों की मौत हो गई।",
    "hu": "Legalább tizenketten meghaltak a földrengésben az ország déli részén.",
    "id": "Sedikitnya dua belas orang tewas akibat gempa bumi di bagian selatan negara itu.",
    "it": "Almeno dodici persone sono morte in un terremoto nel sud del Paese.",
    "ja": "南部で地震があり、少なくとも12人が死亡した。",
    "ko": "남부 지역에서 지진이 발생해 최소 12명이 숨졌다.",
    "nl": "Bij een aardbeving in het zuiden van het land zijn zeker twaalf mensen omgekomen.",
    "pl": "Co najmniej dwanaście osób zginęło w trzęsieniu ziemi na południu kraju.",
    "pt": "Pelo menos doze pessoas morreram num terremoto no sul do país.",
    "ru": "По меньшей мере двенадцать человек погибли при землетрясении на юге страны.",
    "sv": "Minst tolv personer har omkommit i en jordbävning i södra delen av landet.",
    "th": "มีผู้เสียชีวิตอย่างน้อยสิบสองรายจากเหตุแผ่นดินไหวทางตอนใต้ของประเทศ",
    "tr": "Ülkenin güneyinde meydana gelen depremde en az on iki kişi öldü.",
    "uk": "Щонайменше дванадцять людей загинули внаслідок землетрусу на півдні країни.",
    "vi": "Ít nhất mười hai người thiệt mạng trong trận động đất ở miền nam.",
    "zh": "该国南部发生地震，至少十二人死亡。",
}

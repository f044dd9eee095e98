"""What a page asks of its readers, to sign up or to consent, is none of its article."""

from __future__ import annotations

import pytest

from .harbour_page import BODY, TITLE, page_of


def test_newsletter_sign_up_inside_and_below_the_article() -> None:
    first, *rest = BODY.split("\n")
    text = "\n\n".join(
        [
            TITLE,
            first,
            "Sign up for our newsletter and get the best of the coast in your inbox.",
            "Sign up",
            *rest,
            "Subscribe to our Telegram channel for breaking news.",
            "Follow us on Facebook",
        ]
    )
    page = page_of(text)
    assert page.title == TITLE
    assert page.body == BODY.replace("\n", "\n\n")


ASKS = (
    "Like us on Facebook",
    "Like and follow the Coast Herald on Facebook for more.",
    "Please like our Facebook page.",
    "Like what you read? Sign up for our newsletter.",
    "Copyright 2026 Coast Herald. All rights reserved.",
    "Copyright (c) 2026, Coast Herald",
    "Copyright: Coast Herald",
    "Copyright Coast Herald",
    "Copyright by Coast Herald, printed on paper that was made from other paper.",
    "Copyright Coast Herald. This text may not be published, broadcast or rewritten.",
    "Recibe todas las noticias del puerto en tu WhatsApp.",
    "Recibe las últimas noticias del puerto.",
    "Descarga la app de La Costa.",
    "Sign up to our free daily newsletter for the best of the coast.",
    "Sign up to our free daily newsletter",
    "Sign up for The Morning Tide, our free newsletter, and never miss a story.",
    "Get the best of the coast delivered to your inbox every morning with our free daily newsletter.",
    "Want more stories like this? Sign up to our free newsletter here.",
    "Enjoying this article? Subscribe to our daily newsletter.",
    "Don't miss a story: sign up to our free daily newsletter.",
    "To get our top stories in your inbox every day, sign up to our free newsletter.",
    "Stay up to date with our free daily newsletter.",
    "Receive the latest news by email every morning: sign up to our free newsletter.",
    "Subscribe to Coast Herald to read all our stories without ads.",
    "Join our WhatsApp channel to get the latest news first.",
    "Follow us on WhatsApp for breaking news.",
    "Melden Sie sich für unseren kostenlosen täglichen Newsletter an.",
    "Melden Sie sich jetzt für unseren Newsletter an und verpassen Sie nichts.",
    "Abonnieren Sie unseren kostenlosen Newsletter.",
    "Abonnieren Sie jetzt unseren täglichen Newsletter mit den besten Geschichten von der Küste.",
    "Bleiben Sie informiert: Hier können Sie unseren kostenlosen Newsletter abonnieren.",
    "Jetzt unseren kostenlosen Newsletter abonnieren!",
    "Inscrivez-vous à notre newsletter quotidienne gratuite.",
    "Recevez chaque matin notre lettre d'information gratuite.",
    "Abonnez-vous à notre newsletter gratuite pour ne rien manquer.",
    "S'inscrire gratuitement à notre newsletter quotidienne.",
    "Suscríbete a nuestro boletín diario gratuito.",
    "Suscríbete gratis a nuestra newsletter diaria y recibe las mejores noticias.",
    "Regístrate gratis en nuestro boletín diario.",
    "Recibe gratis nuestro boletín diario en tu correo.",
    "Iscriviti alla nostra newsletter quotidiana gratuita.",
    "Iscriviti gratis alla newsletter per ricevere ogni giorno le notizie.",
    "Ricevi ogni mattina le notizie della costa: iscriviti alla newsletter.",
    "Assine nossa newsletter diária gratuita.",
    "Inscreva-se na nossa newsletter gratuita e receba as notícias da costa.",
    "Receba as principais notícias no seu e-mail: assine a nossa newsletter.",
    "Schrijf je in voor onze gratis dagelijkse nieuwsbrief.",
    "Meld je aan voor onze gratis nieuwsbrief.",
    "Abonneer je op onze dagelijkse nieuwsbrief.",
    "Prenumerera på vårt kostnadsfria nyhetsbrev.",
    "Anmäl dig till vårt dagliga nyhetsbrev.",
    "Meld deg på vårt gratis nyhetsbrev.",
    "Tilmeld dig vores gratis nyhedsbrev.",
    "Zapisz się do naszego bezpłatnego newslettera.",
    "Подпишитесь на нашу бесплатную ежедневную рассылку.",
    "Подписывайтесь на наш телеграм-канал.",
    "Подпишитесь на рассылку и получайте лучшие новости каждое утро.",
    "Підпишіться на нашу безкоштовну розсилку.",
    "订阅我们的免费每日新闻简报。",
    "無料のニュースレターに登録して、毎朝最新のニュースを受け取りましょう。",
    "海岸の話題をお届けするニュースレターにぜひご登録ください。",
    "メールマガジンのご登録はこちら",
    "メルマガ登録",
    "ニュースレターを購読する",
    "무료 뉴스레터를 구독하세요.",
    "매일 아침 주요 뉴스를 받아보세요! 뉴스레터 구독하기",
    "뉴스레터를 구독하시면 매일 아침 소식을 받아볼 수 있습니다.",
    "뉴스레터 구독 신청",
    "지금 뉴스레터에 무료로 가입하세요!",
    "اشترك في نشرتنا البريدية اليومية المجانية.",
    "اشتركوا الآن في نشرتنا الإخبارية ليصلكم كل جديد.",
    "للاشتراك في نشرتنا اضغط هنا",
    "اشترك الآن في النشرة البريدية",
    "هل أعجبك المقال؟ سجّل مجانا في نشرتنا.",
    "Ücretsiz günlük bültenimize abone olun.",
    "En önemli haberler için bültenimize kaydolun!",
    "E-bültenimize üye olmak için tıklayın.",
    "GÜNLÜK BÜLTENE ABONE OLUN",
    "Tilaa ilmainen uutiskirjeemme.",
    "Haluatko lisää tällaisia juttuja? Tilaa maksuton uutiskirje tästä.",
    "Liity maksuttoman uutiskirjeen tilaajaksi.",
)
NO_ASKS = (
    "Like Facebook, the harbour office has struggled with made-up accounts.",
    "Like its rival Twitter, the office faces a fine for what it let people write about the cracks.",
    "Copyright holders sued the harbour office on Monday over its film of the bridge.",
    "Copyright law was changed in 2024, and the film of the bridge may be shown to everybody.",
    "Recibe el alcalde a los vecinos del canal este lunes.",
    "Recibe amenazas por Facebook la alcaldesa de Linnford.",
    "Descarga de aceite cierra el canal del puerto.",
    "The newsletter of the harbour office said that the bridge will open in May.",
    "Subscribers to the newsletter had known about it since Sunday.",
    "He signed up for the navy in 1982 and never looked back.",
    "The mayor wrote in his newsletter that nobody had told him about the cracks.",
    '"Sign up to our newsletter," the mayor told the crowd, and everybody laughed.',
    "Der Newsletter der Gemeinde wurde am Montag von 3000 Menschen abonniert, sagte der Bürgermeister.",
    "La newsletter de la mairie annonçait lundi la fermeture du pont.",
    "El boletín de la provincia anunció el cierre el lunes.",
    "В рассылке мэрии говорится, что мост откроют в мае.",
    "市のメールマガジンに登録すると、防災情報が届く。",
    "ニュースレターに登録した住民は三千人に上ると市長は述べた。",
    "市長は「ニュースレターに登録してください」と呼びかけた。",
    "시청 뉴스레터를 구독하는 시민은 3000명이다.",
    "시장은 뉴스레터에서 아무도 균열을 알려 주지 않았다고 썼다.",
    "اشترك في النشرة البريدية للبلدية ثلاثة آلاف مواطن.",
    "وذكرت النشرة الإخبارية للميناء أن الجسر سيفتح في مايو.",
    "Belediyenin bültenine üç bin kişi abone oldu.",
    "Limanın bülteninde köprünün mayısta açılacağı yazıyor.",
    "Kaupungin uutiskirje kertoi maanantaina sillan sulkemisesta.",
    "Sillalla on tilaa kahdelle autolle, uutiskirje kertoo.",
    "Get the boats out of the harbour before the storm, the office told owners by e-mail.",
    "Receive the boat and your licence at the office by Friday, the newsletter says.",
)


@pytest.mark.parametrize(("line", "stays"), [*((one, False) for one in ASKS), *((one, True) for one in NO_ASKS)])
def test_an_ask_to_sign_up_in_the_middle_of_an_article(line: str, stays: bool) -> None:
    first, *rest = BODY.split("\n")
    assert (line in page_of("\n".join([first, line, *rest]), TITLE).body) is stays


CONSENT = (
    "We and our 842 partners store and/or access information on a device, such as unique IDs in cookies.",
    "We and our 1,459 trusted partners process personal data, such as your IP address.",
    "Wir und unsere 842 Partner speichern und/oder greifen auf Informationen auf einem Endgerät zu.",
    "Nous et nos partenaires stockons et/ou accédons à des informations sur un appareil.",
    "Nosotros y nuestros 842 socios almacenamos o accedemos a información en un dispositivo.",
    "Noi e i nostri partner archiviamo e/o accediamo a informazioni su un dispositivo.",
)
PARTNERS = (
    "“We and our partners in the north process more cod than anybody else,” the harbour master said.",
    "The county and its partners store personal data on a device that nobody can find, a report says.",
)


@pytest.mark.parametrize(("line", "stays"), [*((one, False) for one in CONSENT), *((one, True) for one in PARTNERS)])
def test_consent_that_is_asked_for_a_site_s_partners(line: str, stays: bool) -> None:
    text = f"{line}\n\n{BODY}"
    assert (line in page_of(text, TITLE).body) is stays


def test_cookie_wall_above_the_article() -> None:
    wall = """\
We use cookies to improve your experience and to show you advertising that suits you.
By clicking Accept all you agree to the use of cookies by us and our 214 partners.
Accept all
Manage preferences
"""
    page = page_of(f"{wall}\n{TITLE}\n\n{BODY}")
    assert page.title == TITLE
    assert page.body == BODY

"""The furniture of a news page: the lines that sites put around an article, in the languages they occur in.

Only knowledge, no decisions; `dedup.text.page` decides what a line of furniture means where it stands. Phrases are keys
as `key` makes them. A word that is also ordinary language is furniture only as a whole line.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from dedup.text.words.respelling import respelled

_EDGES = (
    " \t.,:;…!?'\"«»“”„‹›<>→←↓↑▶►▼•·●○■*|/\\#()[]{}+-–—=_0123456789０１２３４５６７８９，。：；！？、（）【】「」《》，"
)


def key(line: str) -> str:
    """`line` as the phrases below are written: casefolded, in one spelling where a script has several, bare of counts,
    bullets and punctuation at both ends."""
    folded = line.strip(_EDGES).casefold()
    return folded if folded.isascii() else respelled(folded)


def _phrases(text: str) -> frozenset[str]:
    """The keys of the phrases in `text`; that of a Turkish ı also with the i that its capital
    is in all other languages."""
    keys = [key(phrase) for phrase in text.replace("\n", "|").split("|") if phrase.strip()]
    return frozenset(keys) | {one.replace("ı", "i") for one in keys}


OTHER_ARTICLES = _phrases("""
related articles|related stories|related news|related content|related posts|related coverage|related topics
more stories|more articles|more news|more from this author|more from our network|more top stories|more headlines
you may also like|you might also like|you may also be interested in|you might be interested in|you may like
recommended for you|recommended articles|recommended stories|what to read next|most read|most popular
most viewed|most shared|most watched|most commented|popular now|popular stories|popular articles
trending stories|trending news|latest news|latest stories|latest articles|latest headlines|top stories|top news
top headlines|from around the web|around the web|sponsored content|promoted stories|promoted content
paid content|sponsored links|next article|previous article|other stories|other news|similar articles
similar stories|see more stories|verwandte artikel|ähnliche artikel|weitere artikel|weitere meldungen
weitere nachrichten|weitere themen|das könnte sie auch interessieren|das könnte dich auch interessieren
mehr aus dem ressort|mehr artikel|meistgelesen|meistgelesene artikel|meist gelesen|empfehlungen der redaktion
empfohlene artikel|aktuelle nachrichten|articles liés|articles similaires|sur le même sujet|sur le même thème
les plus lus|les plus partagés|vous aimerez aussi|cela peut vous intéresser|ces articles peuvent vous intéresser
dans la même rubrique|à la une|nos autres articles|articles recommandés|recommandé pour vous
contenus sponsorisés|plus d'articles|les articles les plus lus|noticias relacionadas|artículos relacionados
te puede interesar|te podría interesar|le puede interesar|también te puede interesar|lo más leído|lo más visto
las más leídas|más noticias|otras noticias|más leídas|últimas noticias|recomendado para ti|notícias relacionadas
artigos relacionados|matérias relacionadas|mais lidas|mais notícias|últimas notícias|articoli correlati
notizie correlate|potrebbe interessarti|ti potrebbe interessare|potrebbe interessarti anche|i più letti
le più lette|gerelateerde artikelen|meer over dit onderwerp|meest gelezen|aanbevolen artikelen
relaterade artiklar|läs mer om|mest läst|relaterte artikler|les mer om|mest lest|relaterede artikler|mest læste
powiązane artykuły|najczęściej czytane|související články|nejčtenější|ilgili haberler|en çok okunanlar
похожие статьи|похожие новости|другие новости|новости по теме|материалы по теме|по теме|популярное
самое читаемое|последние новости|схожі новини|новини за темою|популярні новини|останні новини|свързани статии
σχετικά άρθρα|διαβάστε ακόμη|مقالات ذات صلة|أخبار ذات صلة|مواضيع ذات صلة|الأكثر قراءة|قد يعجبك أيضا|اقرأ المزيد
المزيد من الأخبار|مطالب مرتبط|پربازدیدترین‌ها|संबंधित खबरें|संबंधित समाचार|ये भी पढ़ें|यह भी पढ़ें|और खबरें
ताज़ा खबरें|ट्रेंडिंग|सबसे ज्यादा पढ़ी गई|相关文章|相关阅读|相关新闻|相关报道|热门文章|热门新闻|推荐阅读|更多新闻
猜你喜欢|延伸阅读|相關新聞|相關文章|延伸閱讀|熱門新聞|推薦閱讀|関連記事|関連ニュース|おすすめ記事
あわせて読みたい|人気記事|アクセスランキング|최신 뉴스|관련 기사|관련기사|많이 본 뉴스|인기 기사|추천 기사
diğer haberler|benzer haberler|çok okunanlar|en çok okunan haberler|ilginizi çekebilir|más vistas
notas relacionadas|contenido relacionado|berita terkait|artikel terkait|berita lainnya|artikel lainnya
berita populer|terpopuler|berita terbaru|paling banyak dibaca|tin liên quan|bài liên quan|bài viết liên quan
tin cùng chuyên mục|tin khác|các tin khác|đọc nhiều|đọc nhiều nhất|tin đọc nhiều|xem nhiều|tin nổi bật
có thể bạn quan tâm|כתבות נוספות|כתבות קשורות|אולי יעניין אותך|הנקראות ביותר|ข่าวที่เกี่ยวข้อง|ข่าวอื่นๆ
ข่าวล่าสุด|kapcsolódó cikkek|legolvasottabb|ajánlott cikkek|luetuimmat|aiheesta lisää|articole similare
cele mai citite|ذات صلة|أخبار متعلقة|مواضيع متعلقة
""")
"""Headings of a list, or of the full text, of other articles: what follows them is not the article."""

COMMENTS = _phrases("""
comments|comment|no comments yet|leave a comment|leave a reply|post a comment|add a comment|reader comments
user comments|kommentare|kommentar schreiben|leserkommentare|schreiben sie einen kommentar
ihr kommentar zum thema|commentaires|laisser un commentaire|vos réactions|ajouter un commentaire
poster un commentaire|comentarios|deja un comentario|deja tu comentario|deja una respuesta|escribe un comentario
comentários|deixe um comentário|deixe seu comentário|commenti|lascia un commento|reacties|plaats een reactie
kommentarer|комментарии|оставить комментарий|добавить комментарий|коментарі|komentarze|komentáře|yorumlar
تعليقات|التعليقات|نظرات|टिप्पणियाँ|टिप्पणी करें|评论|发表评论|网友评论|用户评论|評論|發表評論|コメント
コメントを書く|댓글|댓글 쓰기|yorum yap|yorum yaz|komentar|tulis komentar|beri komentar|tinggalkan komentar|bình luận
viết bình luận|gửi bình luận|ý kiến bạn đọc|תגובות|כתוב תגובה|הוסף תגובה|ความคิดเห็น|แสดงความคิดเห็น|σχόλια
hozzászólások|kommentek|kommentit|comentarii|коментари|أضف تعليق|أضف تعليقا|اترك تعليقا
""")
"""Headings of the readers' part, which lies below the article."""

READ_ALSO = _phrases("""
read next|up next|recommended reading|editors' picks|editor's picks|editor’s picks|don't miss|don’t miss
in case you missed it|keep reading|auch interessant|à lire également|veja também|lees verder|zobacz także
trending|trending now|read more|read also|also read|read|see also|more on this|more on this story
more on this topic|related|see more|watch|watch now|watch also|must read|further reading|also on our site|more
read this|recommended|what to know|also see|in pictures|explained|lesen sie auch|lesen sie mehr|lesen sie dazu
lesen sie hier|mehr zum thema|mehr dazu|siehe auch|zum thema|auch lesenswert|weiterlesen|mehr lesen|lire aussi
à lire aussi|lire également|à lire|lire la suite|voir aussi|à voir aussi|en savoir plus|pour aller plus loin
notre dossier|lea también|lee también|leer también|leer más|lee más|ver también|también puedes leer
más información|mira también|vea también|le puede interesar|leia também|leia mais|saiba mais|ler mais
leggi anche|leggi tutto|vedi anche|approfondisci|lees ook|lees meer|bekijk ook|läs också|läs även|läs mer
les også|les mer|læs også|læs mere|czytaj także|czytaj też|czytaj więcej|přečtěte si také|čtěte také
ayrıca okuyun|lue myös|olvasta már|citiți și|citește și|прочетете още|διαβάστε επίσης|читайте также|читать далее
смотрите также|подробнее|читайте також|اقرأ أيضا|اقرأ أيضًا|شاهد أيضا|बھی پڑھیں|بیشتر بخوانید|یہ بھی پڑھیں
ये भी पढ़ें|यह भी पढ़ें|इसे भी पढ़ें|阅读更多|另请阅读|点击阅读|更多|查看更多|閱讀更多|看更多|もっと読む|続きを読む
더 보기|더보기|함께 보기|te recomendamos|también te recomendamos|te sugerimos|te sugerimos leer|también lee
lee más aquí|podría interesarte|puede interesarte|quizás te interese|sigue leyendo|vea más|bunu da okuyun
ayrıca bakınız|haberin devamı|haberin devamı için|okumaya devam et|baca juga|baca selengkapnya|selengkapnya
simak juga|lihat juga|xem thêm|đọc thêm|đọc tiếp|قد يهمك|قد يهمك أيضا|طالع أيضا|لمزيد من الأخبار|קראו גם|קרא גם
קראו עוד|קרא עוד|อ่านเพิ่มเติม|อ่านต่อ|อ่านข่าวเพิ่มเติม|lue lisää|olvassa el ezt is|ezt is olvassa el
همچنین بخوانید|διαβάστε περισσότερα|διαβάστε ακόμα
""")
"""Words before a link to another article, alone on a line or with the headline behind a colon; the article goes on."""

NOISE = _phrases("""
join the conversation|view comments|show comments|be the first to comment|log in to comment|sign in to comment
what do you think|diskutieren sie mit|réagir à cet article|sé el primero en comentar|advertisement|advertising
advertisements|ad|ads|sponsored|promoted|article continues below|story continues below
story continues below advertisement|article continues below advertisement|article continues after advertisement
advertisement continue reading the main story|continue reading the main story|continue reading below
continue reading|skip advertisement|remove ads|report this ad|more-in|supported by|skip to main content
skip to content|skip navigation|jump to content|back to top|scroll to top|go to top|toggle navigation
open navigation menu|share this article|share this story|share this|share this page|share on facebook
share on twitter|share on x|share on linkedin|share on whatsapp|share via email|share with friends|share article
copy link|copy link to clipboard|link copied|print this article|print article|email this article
save this article|save article|listen to this article|gift this article|sign up for our newsletter
subscribe to our newsletter|sign up to our newsletter|newsletter sign-up|newsletter signup|get our newsletter
sign up now|subscribe now|subscribe today|sign up here|sign up sign up|follow us|follow us on
follow us on facebook|follow us on twitter|follow us on google news|find us on facebook|like us on facebook
download the app|download our app|get the app|get the free app|app-storeplay-store|app store|google play
app storegoogle play|download on the app store|get it on google play|cookie policy|cookie settings
cookie preferences|accept cookies|accept all cookies|accept all|reject all|manage cookies|manage preferences
manage options|privacy settings|your privacy choices|terms of use|terms of service|terms and conditions
terms & conditions|privacy policy|privacy notice|do not sell my personal information|all rights reserved
contact us|about us|advertise with us|site map|sitemap|try our ai features|enable notifications
turn on notifications|enable javascript|please enable javascript|view gallery|open gallery|open image in gallery
view image in fullscreen|view in gallery|click to enlarge|image source|image caption|photo gallery|gallery
slideshow|previous image|next image|hide caption|toggle caption|enlarge this image|loading|please wait
play video|video player is loading|watch the video|watch live|this video is playing|anzeige|werbung
artikel teilen|teilen|drucken|merken|zur startseite|zum inhalt springen|zum hauptinhalt springen|nach oben
newsletter abonnieren|newsletter anmelden|jetzt abonnieren|jetzt anmelden|jetzt registrieren|artikel anhören
artikel merken|artikel drucken|per e-mail teilen|link kopieren|auf facebook teilen|bildergalerie|bilderstrecke
fotostrecke|alle cookies akzeptieren|alle akzeptieren|cookie-einstellungen|datenschutz|datenschutzerklärung
impressum|nutzungsbedingungen|allgemeine geschäftsbedingungen|publicité|publicite|partager|partager cet article
partager l'article|partager sur facebook|imprimer|aller au contenu|aller au contenu principal|retour en haut
s'abonner|abonnez-vous|je m'abonne|inscrivez-vous à notre newsletter|s'inscrire à la newsletter|tout accepter
tout refuser|accepter et fermer|accepter les cookies|gérer les cookies|paramétrer les cookies|mentions légales
politique de confidentialité|conditions générales d'utilisation|écouter cet article|offrir cet article
réservé aux abonnés|article réservé aux abonnés|diaporama|voir le diaporama|publicidad|compartir
compartir en facebook|compartir en twitter|compartir artículo|imprimir|saltar al contenido|ir al contenido
volver arriba|suscríbete|suscríbete a nuestra newsletter|suscríbete a nuestro boletín|suscribirse|suscríbase
aceptar cookies|aceptar todo|aceptar todas|rechazar todo|política de cookies|política de privacidad|aviso legal
términos y condiciones|escuchar artículo|galería de fotos|ver galería|fotogalería|publicidade|compartilhar
compartilhe|partilhar|assine|assine já|assine nossa newsletter|aceitar cookies|política de privacidade
termos de uso|pubblicità|condividi|condividi su facebook|stampa|abbonati|iscriviti alla newsletter|accetta tutti
informativa sulla privacy|note legali|advertentie|deel dit artikel|delen|abonneer
schrijf je in voor de nieuwsbrief|cookies accepteren|privacybeleid|annons|dela|dela artikeln|prenumerera|annonse
del artikkelen|annonce|reklama|udostępnij|sdílet|mainos|jaa|reklam|paylaş|hirdetés|publicitate|реклама
поделиться|поделиться в соцсетях|распечатать|подписаться|подписывайтесь на нас|подпишитесь на нашу рассылку
политика конфиденциальности|принять все|поділитися|إعلان|شارك|مشاركة|اشترك|النشرة البريدية|سياسة الخصوصية
تبلیغات|विज्ञापन|शेयर करें|साझा करें|सब्सक्राइब करें|广告|分享|分享到|分享到微信|打印|订阅|收藏|返回顶部|版权所有
责任编辑|廣告|訂閱|廣告 請繼續往下閱讀|広告|シェア|シェアする|印刷|会員登録|ログイン|광고|공유|공유하기|구독
구독하기|기사 공유하기|email protected|no ad for you|scroll to continue with content|scroll to resume content
fin de nota|escuchar nota|escuchar noticia|haberi kaydet|haberi dinle|haber videosu|abone ol|abone olun
yukarı çık|iklan|bagikan|bagikan artikel|quảng cáo|chia sẻ|chia sẻ bài viết|פרסומת|שתפו|โฆษณา|แชร์|διαφήμιση
اشترك لتصلك أهم الأخبار
""")
"""Lines that are never part of an article's text, wherever they stand."""

MENU = _phrases("""
home|homepage|menu|search|logo|login|log in|sign in|sign up|register|subscribe|my account|account|news|world
politics|business|sport|sports|opinion|culture|lifestyle|technology|tech|science|health|travel|entertainment
video|videos|photos|podcasts|podcast|weather|local|national|international|economy|markets|money|education
environment|climate|arts|style|food|live|live tv|tv|radio|e-paper|epaper|archive|newsletters|newsletter|contact
about|help|faq|careers|jobs|advertise|shop|close|open|share|tweet|facebook|twitter|x|instagram|youtube|linkedin
whatsapp|telegram|pinterest|reddit|email|e-mail|mail|print|save|bookmark|listen|play|pause|mute|next|previous
back|continue|english|español|français|deutsch|breaking news|breaking|editorial|columns|features|magazine|crime
us|uk|asia|africa|europe|americas|middle east|orange background|background|image|photo|avatar|icon|banner
close menu|open menu|main menu|sections|all sections|topics|tags|edition|notifications|settings|dark mode
font size|text size|follow|following|like|likes|reply|report|time|get started|learn more|read in app|explore
try now|startseite|start|menü|suche|suchen|anmelden|registrieren|abo|abonnement|nachrichten|politik|wirtschaft
panorama|kultur|wissen|gesundheit|reise|reisen|ausland|inland|meinung|regional|wetter|mediathek|schließen
kontakt|über uns|themen|finanzen|digital|auto|karriere|stellenmarkt|gesellschaft|leben|accueil|recherche
rechercher|se connecter|connexion|mon compte|s'identifier|actualités|actualité|actu|monde|politique|économie
société|sciences|santé|planète|idées|débats|opinions|météo|vidéos|vidéo|fermer|régions|faits divers|boutique
services|inicio|portada|menú|buscar|iniciar sesión|regístrate|mi cuenta|noticias|mundo|internacional|nacional
política|economía|deportes|cultura|ciencia|tecnología|salud|sociedad|opinión|clima|vídeos|cerrar|contacto
sucesos|gente|televisión|início|entrar|economia|esportes|cerca|accedi|esteri|cronaca|spettacoli|zoeken|inloggen
binnenland|buitenland|economie|cultuur|sök|logga in|inrikes|utrikes|ekonomi|nöje|главная|поиск|войти|регистрация
меню|новости|политика|экономика|общество|в мире|мир|спорт|культура|наука|головна|пошук|الرئيسية|بحث|تسجيل الدخول
أخبار|سياسة|اقتصاد|رياضة|ثقافة|خانه|جستجو|होम|खोजें|लॉग इन|देश|विदेश|राजनीति|खेल|मनोरंजन|व्यापार|首页|搜索|登录
注册|菜单|新闻|国际|国内|财经|体育|娱乐|科技|首頁|搜尋|登入|註冊|ホーム|検索|政治|経済|社会|国際|スポーツ|홈
검색|로그인|정치|경제|사회|국제|스포츠
""")
"""Names of sections and buttons: furniture only on a page that shows itself to be one."""


class Label(Enum):
    """What a line of furniture is."""

    OTHERS = auto()
    """One of `OTHER_ARTICLES`."""
    COMMENTS = auto()
    """One of `COMMENTS`."""
    READ_ALSO = auto()
    """One of `READ_ALSO`, alone on its line."""
    LINK = auto()
    """One of `READ_ALSO` with the other article's headline behind it."""
    NOISE = auto()
    """One of `NOISE`, or a match of `OPENINGS` or `SENTENCES`."""
    MENU = auto()
    """One of `MENU`."""
    AGO = auto()
    """A match of `TIME_AGO`."""


LABELS = {
    phrase: label
    for label, phrases in (
        (Label.MENU, MENU),
        (Label.NOISE, NOISE),
        (Label.READ_ALSO, READ_ALSO),
        (Label.COMMENTS, COMMENTS),
        (Label.OTHERS, OTHER_ARTICLES),
    )
    for phrase in phrases
    if phrase
}
"""What a whole line is, by its key; a phrase in two lists is what the stronger one says."""

OPENINGS = re.compile(
    r"(?:please )?(?:sign up|subscribe|register|join|follow|download|get)\b.{0,80}"
    r"\b(?:newsletters?|our app|the app|app (?:store|today)|telegram|whatsapp|channel|inbox|facebook|twitter"
    r"|instagram|youtube|e-?mails? (?:alerts|updates))\b"
    r"|(?:sign up|subscribe|register|log ?in|sign in) (?:to|for|now|today|here|or)\b"
    r"|(?:please )?like (?:.{0,80}\b(?:newsletters?|our app|the app)\b|(?:[\w’'&.-]+ ){1,5}on (?:facebook|twitter"
    r"|instagram|youtube)\b(?!,)|our (?:facebook|instagram|youtube)\b)"
    r"|(?:©|copyright\b(?:\W{0,3}(?:©|\(c\)|\d{4}\b|by\b)|\s?[:|–—-]|$|(?=.{0,160}\b(?:rights reserved|may not be)\b)"
    r"|\s(?-i:[A-Z])[^.!?]{0,50}$)).{0,160}$"
    r"|this article is more than .{1,20} old$"
    r"|explore what .{1,40} can do for you$"
    r"|already (?:a subscriber|registered)\b"
    r"|(?:abonnieren|melden|registrieren|laden|folgen) sie\b.{0,80}\b(?:newsletter|app|kanal|facebook|twitter"
    r"|instagram|whatsapp)"
    r"|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|все права защищены"
    r"|(?:inscrivez-vous|abonnez-vous|recevez|suivez-nous|téléchargez)\b.{0,80}\b(?:newsletter|lettre"
    r"|application|facebook|twitter|instagram|whatsapp|actualité)"
    r"|(?:suscríbete|suscríbase|recibe|síguenos|descarga|regístrate)\b.{0,80}\b(?:newsletter|boletín|aplicación|app\b)"
    r"|(?:suscríbete|suscríbase|síguenos|regístrate)\b.{0,80}\b(?:app|facebook|twitter|instagram|whatsapp|canal"
    r"|noticias)|recibe\b.{0,40}\b(?:tus?|nuestr[oa]s?|las (?:últimas|mejores|principales)|todas las|toda la)\b.{0,60}"
    r"\b(?:facebook|twitter|instagram|whatsapp|canal|noticias)"
    r"|(?:iscriviti|iscrivetevi|abbonati|ricevi|seguici|scarica)\b.{0,80}\b(?:newsletter|app|canale|facebook|twitter"
    r"|instagram|whatsapp|telegram)\b"
    r"|(?:assine|inscreva-se|cadastre-se|receba|siga-nos|baixe)\b.{0,80}\b(?:newsletter|boletim|aplicativo|facebook"
    r"|twitter|instagram|whatsapp)\b"
    r"|(?:schrijf (?:je|u)|meld (?:je|u)|abonneer (?:je|u))\b.{0,60}\b(?:nieuwsbrief|nieuwsbrieven|newsletter)\b"
    r"|(?:prenumerera på|anmäl dig till|meld deg på|tilmeld dig|abonn[eé]r på)\b.{0,60}"
    r"\b(?:nyhetsbrev|nyhedsbrev|newsletter)\b"
    r"|zapisz się (?:do|na)\b.{0,60}\bnewsletter(?:a|y)?\b"
    r"|(?:подписывайтесь|подпишитесь) на (?:наш[уи]?\b|.{0,60}\bрассылку\b)"
    r"|(?:підпишіться|підписуйтесь|підписуйтеся) на (?:наш[уі]?\b|.{0,60}\bрозсилку\b)"
    r"|(?:立即|点击|點擊)?(?:订阅|訂閱)(?:我们|我們).{0,12}(?:简报|通讯|电子报|電子報)",
    re.IGNORECASE,
)
"""How sentences of a site to its readers begin; for `re.Pattern.match`. Look only at lines that hold one of
`SENTENCE_WORDS`."""

_NETWORKS = (
    r"(?:facebook|twitter|x|whatsapp|instagram|linked ?in|pinterest|telegram|tumblr|reddit|youtube|messenger|viber|line"
    r"|flipboard|vk(?:ontakte)?|google ?(?:\+|plus)|e-?mail|mail|print|tweet|copy (?:link|url))"
)
_INSIDE = (
    (("facebook", "twitter", "whatsapp", "telegram", "instagram", "youtube"),
     rf"^(?:{_NETWORKS}(?:[^\w,]+[\d.]+k?(?!\w))?(?:[^\w,.!?]+|$)){{2,}}$"),
    (("cookie", "essential", "kakor"),
     r"\b(?:we|this (?:web)?site) (?:and our (?:\d+ )?partners )?uses? (?:\w+ )?(?:cookies|essential)"
     r"|\bwir (?:und unsere \S*partner )?(?:verwenden|nutzen|setzen) cookies\b|\bdiese (?:web)?seite (?:verwendet"
     r"|nutzt) cookies\b|\bverwendung von cookies\b"
     r"|\bnous utilisons des cookies\b|\bce site utilise des cookies\b|\butilisation de cookies\b"
     r"|\b(?:utilizamos|usamos|este sitio (?:web )?(?:utiliza|usa)) cookies\b|\buso de cookies\b"
     r"|\b(?:utilizziamo i cookie|questo sito (?:utilizza|usa) (?:i )?cookie|usamos cookies|wij gebruiken cookies"
     r"|vi använder (?:kakor|cookies))\b"
     r"|\bмы используем (?:файлы )?cookie\b"),
    (("partner", "partenaires", "socios"),
     r"\bwe and our (?:\S+ ){0,2}partners (?:store|access|process)\b.{0,80}\b(?:device|cookies|personal data)\b"
     r"|\bwir und unsere (?:\S+ ){0,2}partner (?:speichern|greifen|verarbeiten)\b.{0,80}"
     r"(?:gerät|\bcookies\b|\bpersonenbezogene)"
     r"|\bnous et nos (?:\S+ ){0,2}partenaires (?:stockons|accédons|traitons)\b.{0,80}"
     r"\b(?:appareil|terminal|cookies|données personnelles)\b"
     r"|\bnosotros y nuestros (?:\S+ ){0,2}socios (?:almacenamos|accedemos|procesamos|tratamos)\b.{0,80}"
     r"\b(?:dispositivo|cookies|datos personales)\b"
     r"|\bnoi e i nostri (?:\S+ ){0,2}partner (?:archiviamo|memorizziamo|accediamo|trattiamo)\b.{0,80}"
     r"\b(?:dispositivo|cookie|dati personali)\b"),
    (("you agree", "you accept", "you consent"),
     r"\bby (?:clicking|continuing|using|accepting|subscribing|signing up)\b.{0,80}\byou (?:agree|accept|consent)"),
    ((" app",), r"\b(?:download|get) (?:our|the) (?:free )?app\b"),
    (("to your ",), r"\bdelivered (?:straight |directly )?to your (?:inbox|e-?mail)"),
    (("javascript", "your browser"),
     r"\b(?:enable|turn on|activate) javascript\b|\byour browser does(?: not|n't) support\b"),
    (("rights reserved",), r"\ball rights reserved\b"),
    (("subscriber",), r"\b(?:this content is|already a|for) subscribers? only\b"),
    (("newsletter", "bulletin", "mailing", "lettre", "boletín"),
     r"(?<![\"“„«‘'])\b(?:sign up|subscribe|register) (?:now |today |here )?(?:to|for) our (?:[\w’'-]+ ){0,4}"
     r"(?:newsletters?|bulletins?|mailing list)\b"
     r"|\b(?:stay|keep) (?:up[ -]to[ -]date|informed|in the loop) with our (?:[\w’'-]+ ){0,4}newsletters?\b"
     r"|\bunser(?:en|em|e)? (?:\w+ ){0,3}newsletter\b.{0,60}\b(?:abonnieren|anmelden|bestellen)\b"
     r"|(?<![\"“„«‘'])\b(?:s['’]inscrire|inscrivez-vous|abonnez-vous|s['’]abonner)(?: \w+)? à (?:notre|nos)"
     r" (?:\w+ ){0,2}(?:newsletters?|lettres?)\b"
     r"|(?<![\"“„«‘'])\b(?:suscríb[ea](?:te|se)|apúntate|inscríbete|regístrate)(?: \w+)? (?:a|en) nuestr[oa]s?"
     r" (?:\w+ ){0,2}(?:newsletters?|boletín|boletines)\b"
     r"|(?<![\"“„«‘'])\b(?:iscriviti|iscrivetevi)(?: \w+)? all[ae] (?:\w+ ){0,2}newsletter\b"
     r"|(?<![\"“„«‘'])\b(?:assine|inscreva-se n)a (?:nossa )?newsletter\b"),
    (("uutiskirje",),
     r"(?<![\"“”»’'])\btilaa (?:\w+ ){0,4}uutiskirje(?:emme|et)?\b"
     r"|(?<![\"“”»’'])\bliity (?:\w+ ){0,3}uutiskirjeen tilaajaksi\b"),
    (("bülten",),
     r"(?<![\"“”‘’'])\bbülten(?:imize|lerimize)\b[^.!?]{0,30}\b(?:(?:abone|üye|kayıt) ?|kayd)ol(?:un|unuz|mak)?\b"
     r"|(?<![\"“”‘’'])\bbülten(?:e|ine|lere|lerine)\b[^.!?]{0,30}\b(?:(?:abone|üye|kayıt) ?|kayd)ol(?:un|unuz)?\b"),
    (("نشرتنا", "نشراتنا", "النشرة"),
     r"(?<![\"“”«'])\b(?:للاشتراك|[اإ]شترك(?:وا|ي)?|سجّ?ل(?:وا|ي)?|انضم(?:وا|ي)?) (?:\w+ ){0,3}(?:في|[إا]لى)"
     r" (?:نشرتنا|نشراتنا)\b"
     r"|(?<![\"“”«'])\b(?:[اإ]شترك(?:وا|ي)?|سجّ?ل(?:وا|ي)?) (?:الآن|الان|مجانا|مجانًا) (?:في|[إا]لى) النشرة\b"),
    (("뉴스레터",),
     r"^[^.\"“”‘’']{0,60}\b뉴스레터(?:를|에)? ?(?:(?:무료로?|지금|바로|매일) ){0,3}(?:구독|신청|가입|등록)"
     r"(?:하(?:세요|시면|십시오|기)|해 ?(?:보|주)세요|(?: ?신청)?\W*$)"),
    (("ニュースレター", "メールマガジン", "メルマガ"),
     r"^[^。「」『』]{0,60}(?:ニュースレター|メールマガジン|メルマガ)[にをへの]?(?:今すぐ|ぜひ|無料で)?(?:ご|お)?(?:登録|購読|申し?込み?)"
     r"(?:を?して(?:、|ください|下さい|みませんか)|を?(?:する|しよう|しましょう|しませんか)\W*$|ください|下さい|は(?:こちら|コチラ)|\W*$)"),
)  # fmt: skip
SENTENCES = tuple(re.compile(pattern, re.IGNORECASE) for _, pattern in _INSIDE)
"""Sentences of a site to its readers. Look only at lines that hold one of `SENTENCE_WORDS`."""

WORDS_OF_SENTENCES = tuple((word, sentence) for sentence, (words, _) in enumerate(_INSIDE) for word in words)
"""Words, folded, one of which a line that holds such a sentence holds, and the places of these in `SENTENCES`."""

SENTENCE_WORDS = _phrases("""
cookie|cookies|article|essential|agree|accept|consent|newsletter|newsletters|app|telegram|whatsapp|channel
inbox|facebook|twitter|instagram|youtube|alerts|updates|log|login|sign|subscribe|register|javascript|browser
copyright|reserved|explore|subscriber|subscribers|registered|kanal|vorbehalten|lettre|application|actualité
réservés|boletín|aplicación|canal|noticias|reservados|kakor|наш|защищены|mail|partner|partners|partenaires|socios
bulletin|bulletins|mailing|lettres|boletines|canale|boletim|aplicativo|nieuwsbrief|nieuwsbrieven|nyhetsbrev|nyhedsbrev
newslettera|newslettery|нашу|наши|наші|рассылку|розсилку|订|訂|uutiskirje|uutiskirjeemme|uutiskirjeen|uutiskirjeet
bültenimize|bültenlerimize|bültene|bültenine|bültenlere|bültenlerine|نشرتنا|نشراتنا|النشره|뉴스레터|뉴스레터를|뉴스레터에|ニ|メ
""")
"""Tokens (`dedup.text.words.tokens`), one of which every match of `OPENINGS` and `SENTENCES` holds, unless it begins
with ©."""

CAPTION = re.compile(
    r"(?:enlarge (?:this )?image|(?:image|media|photo) (?:copyright|caption|credit|source))\b", re.IGNORECASE
)
"""How some sites begin a caption; for `re.Pattern.match`."""

_CREDIT = re.compile(
    r"(?:\b(?:photos?|photographs?|pictures?|images?|pics?|fotos?|fotografía|bilde?r?|crédits?|imagen|immagine"
    r"|фото|credit)"
    r"(?: credit| by| courtesy of| de| von|graphie)?\s*[:/©]|©|\bgetty images\b|(?:图|图片|图源|写真|사진|صورة"
    r"|फोटो)\s*[:：/])"
    r"[^.!?。]{0,60}\W*$",
    re.IGNORECASE,
)
_BEHIND_CREDIT = re.compile(r"[^.!?。]{0,60}\W*$")


def credit_in(caption: str) -> re.Match[str] | None:
    """The credit of a photographer with which `caption` ends, if it does."""
    sign = max(map(caption.rfind, ":/©："))
    # The expression is slow, and hardly a line has a sign so near its end.
    may_end = sign >= 0 and _BEHIND_CREDIT.match(caption, sign + 1) is not None
    return _CREDIT.search(caption) if may_end or "getty" in caption.casefold() else None


TIME_AGO = re.compile(
    r"^\W*(?:time)?\W*(?:\d{1,2}|an?|one) ?(?:s|m|h|d|w|sec|min|mins|minutes?|hours?|hrs?|days?|weeks?"
    r"|months?)\b ?(?:ago)?\W*$"
    r"|^\W*vor \w{1,5} (?:minuten?|stunden?|tag(?:en)?|wochen?)\W*$|^\W*il y a \w{1,3} (?:minutes?|min|heures?|h"
    r"|jours?|semaines?)\W*$"
    r"|^\W*hace \w{1,3} (?:minutos?|min|horas?|h|días?|semanas?)\W*$|^\W*\w{1,3} (?:minuti|ore|giorni) fa\W*$"
    r"|^\W*\d{1,2} (?:минут\w?|час\w{0,2}|дн\w{1,2}|день) назад\W*$|^\W*\d{1,2} ?(?:分钟前|小时前|天前|分鐘前"
    r"|小時前|分前|時間前|日前|분 전|시간 전|일 전)\W*$"
    r"|^\W*منذ \d{0,2} ?\w+\W*$|^\W*\d{1,2} (?:मिनट|घंटे|दिन) पहले\W*$",
    re.IGNORECASE,
)
"""A whole line that says how long ago something was published."""

_TRAIL = re.compile(r"[^.!?>›»/|→]{1,40}(?:\s[>›»/|→]\s[^.!?>›»/|→]{1,60}){1,6}")


def is_trail(line: str) -> bool:
    """Whether `line` is one of bread-crumbs: names with signs between."""
    return "." not in line and _TRAIL.fullmatch(line) is not None

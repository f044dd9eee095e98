"""Shapes of news pages, each as it stands in HTML and as a crawler saves it as text.

A shape is a list of blocks from the top of the page to its foot. `as_html` and `as_text` render them; `kept` and `lost`
are the sentences that must, or must not, be in the article's text; `forms` those in which that can be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

TITLE = "Harbour bridge at Linnford closes after cracks are found"
BODY = (
    "The road bridge over the harbour at Linnford was closed to all traffic on Monday after divers found cracks in two "
    "of its eleven piers during an inspection that had been put off since the spring.",
    "Engineers will need at least three weeks to examine the foundations, the county said in a statement, and nobody "
    "would say whether the crossing will open again before the winter storms.",
    '"We cannot take any risk with a structure that carries 18,000 vehicles a day," said county surveyor Ada Brenner, '
    "who had warned of the state of the piers in two reports.",
    "Ferries will run every twenty minutes until the inspection is over, and the hospital on the northern shore keeps "
    "a boat ready for emergencies, its director told reporters on the quay.",
)
FLEET = "Fishing fleet of the eastern ports to shrink by a third"
FLEET_BODY = (
    "The fishing fleet of the eastern ports will shrink by a third until the end of the decade, the ministry said on "
    "Friday, because the quotas for herring and cod no longer feed so many crews.",
    "Owners who scrap a trawler before next summer are to receive a premium that depends on its tonnage, and the crews "
    "are offered two years of retraining at the naval school.",
    "The union of deckhands called the plan a funeral at the expense of the living and announced that its members "
    "would block the auction hall in Eastport next week.",
)
MUSEUM = "Lighthouse museum opens its doors on Gull Point"
MUSEUM_BODY = (
    "The old lighthouse on Gull Point opened as a museum on Saturday after two years of work on its lamp room, its "
    "hundred and ninety steps and the keeper's cottage at its foot.",
    "Some four hundred visitors climbed the tower on the first day, although the lamp itself is still being cleaned in "
    "a workshop and will come home only in autumn.",
    "The last keeper, aged ninety-one, cut the ribbon and said that he had never before seen so many people up there "
    "who were not waiting for a boat.",
)
NAV = ("Home", "News", "Sport", "Weather", "Log in")
FOOT = ("About us", "Contact us", "Privacy policy", "Terms of use", "© Coast Herald. All rights reserved.")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page, in both forms."""

    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A page, the sentences that belong to its article, and some that do not."""

    name: str
    blocks: Sequence[Block]
    kept: Sequence[str]
    lost: Sequence[str]
    title: str = TITLE
    forms: Sequence[str] = ("html", "text")

    @property
    def as_html(self) -> str:
        """The page as its site sends it."""
        head = (
            f'<!DOCTYPE html><html lang="en"><head><title>{escape(self.title)} | Coast Herald</title>'
            f'<meta property="og:title" content="{escape(self.title)}">'
            '<meta property="og:site_name" content="Coast Herald">'
            "</head><body>"
        )
        return head + "\n".join(block.html for block in self.blocks) + "</body></html>"

    @property
    def as_text(self) -> str:
        """The page as a crawler saves its text."""
        return "\n\n".join(block.text for block in self.blocks)


def p(*paragraphs: str) -> Block:
    """Paragraphs."""
    return Block("".join(f"<p>{escape(one, quote=False)}</p>" for one in paragraphs), "\n\n".join(paragraphs))


def within(before: str, blocks: Sequence[Block], after: str) -> Block:
    """Blocks inside an element, which text does not show."""
    return Block(before + "\n".join(b.html for b in blocks) + after, "\n\n".join(b.text for b in blocks))


def line(markup: str, *texts: str) -> Block:
    """Short lines, each in the element that `markup` is a pattern of."""
    return Block("".join(markup.format(escape(one)) for one in texts), "\n".join(texts))


def nav() -> Block:
    """The menu above."""
    items = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in NAV)
    return Block(f"<nav><ul>{items}</ul></nav>", "\n".join(NAV))


def foot() -> Block:
    """The foot below."""
    items = "".join(f'<li><a href="/{number}">{escape(name)}</a></li>' for number, name in enumerate(FOOT))
    return Block(f"<footer><ul>{items}</ul></footer>", "\n".join(FOOT))


def headline(text: str = TITLE) -> Block:
    """A headline over its article."""
    return Block(f"<h1>{escape(text)}</h1>", text)


def other(title: str, body: Sequence[str], *, ago: str = "3 hours ago") -> Block:
    """Another article in full, as a page prints it below its own: headline twice, publisher, age, text."""
    text = "\n\n".join([f"{title}\n{title}", "Coast Herald", ago, *body])
    inner = "".join(f"<p>{escape(one)}</p>" for one in body)
    markup = f'<article><h2><a href="/{len(title)}">{escape(title)}</a></h2><span>{ago}</span>{inner}</article>'
    return Block(markup, text)


def teasers(heading: str, *titles: str) -> Block:
    """A list of headlines that lead elsewhere."""
    items = "".join(f'<li><a href="/{n}">{escape(title)}</a></li>' for n, title in enumerate(titles))
    return Block(f'<div class="related"><h3>{heading}</h3><ul>{items}</ul></div>', "\n".join([heading, *titles]))


def article(*blocks: Block) -> Block:
    """The page's article."""
    return within("<main><article>", blocks, "</article></main>")


def box(css: str, *texts: str, tag: str = "p") -> Block:
    """Lines in a box whose class says what it is."""
    inner = "".join(f"<{tag}>{escape(one)}</{tag}>" for one in texts)
    return Block(f'<div class="{css}">{inner}</div>', "\n".join(texts))


def figure(caption: str) -> Block:
    """A picture with its caption."""
    return Block(f'<figure><img src="/i.jpg"><figcaption>{escape(caption)}</figcaption></figure>', caption)


def byline(text: str) -> Block:
    """Who wrote it, and when."""
    return line('<p class="byline">{}</p>', text)


def page(*inside: Block, above: Sequence[Block] = (), below: Sequence[Block] = ()) -> list[Block]:
    """An ordinary page with `inside` below its headline."""
    return [nav(), *above, article(headline(), *inside), *below, foot()]


def comments(count: int) -> tuple[Block, list[str]]:
    """What readers say below an article, and the sentences of it."""
    said = [
        f"I live on the southern shore, my way to work is number {n} on the list of things that the county forgets, "
        "and it is not the first time that nobody asks us before they close something."
        for n in range(count)
    ]
    items = "".join(f'<li class="comment"><b>reader{n}</b><p>{one}</p></li>' for n, one in enumerate(said))
    text = "\n".join(f"reader{n}\n{one}\n2 hours ago\nReply" for n, one in enumerate(said))
    markup = f'<section id="comments"><h3>Comments</h3><ol>{items}</ol></section>'
    return Block(markup, f"Comments ({count})\n\n{text}"), said


def _with_other_articles() -> Iterator[Shape]:
    lost = [FLEET_BODY[0], MUSEUM_BODY[1]]
    others = [other(FLEET, FLEET_BODY), other(MUSEUM, MUSEUM_BODY)]
    related = line("<h3>{}</h3>", "Related Articles")
    yield Shape("aggregator: others in full under a heading", page(p(*BODY), below=[related, *others]), BODY, lost)
    yield Shape("aggregator: others in full without a heading", page(p(*BODY), below=others), BODY, lost)
    own = within("<article>", [headline(), p(*BODY)], "</article>")
    column = within('<div class="entry-content">', [own, *others], "</div>")
    yield Shape("aggregator: all articles in one column", [nav(), column, foot()], BODY, lost)
    first = article(headline(), byline("By Mara Lind | Coast Herald | 14 October 2024"), p(*BODY))
    second = [headline(FLEET), byline("By Jon Ferris | Coast Herald | 13 October 2024"), p(*FLEET_BODY)]
    both = [first, within("<article>", second, "</article>")]
    yield Shape("two articles, each with its byline", both, BODY, FLEET_BODY)
    following = within("<article>", [line("<p>{}</p>", "Next article"), headline(FLEET), p(*FLEET_BODY)], "</article>")
    scrolled = within('<div class="infinite-scroll">', [following], "</div>")
    yield Shape("endless scrolling: the next article below", page(p(*BODY), below=[scrolled]), BODY, FLEET_BODY[:1])
    # Saved as text these are paragraphs under lines that might be the headings of one article's sections.
    boxes = [within('<div class="entry">', [line("<h2>{}</h2>", title), p(*body)], "</div>") for title, body in (
        (MUSEUM, MUSEUM_BODY), (TITLE, BODY), (FLEET, FLEET_BODY)
    )]  # fmt: skip
    plain = [nav(), within("<div>", boxes, "</div>"), foot()]
    yield Shape("aggregator: plain boxes of one kind", plain, BODY, [*FLEET_BODY, *MUSEUM_BODY], forms=["html"])
    inside = box("related", f"Read also: {FLEET}")
    yield Shape("a headline between the paragraphs", page(p(*BODY[:2]), inside, p(*BODY[2:])), BODY, [FLEET])
    beside = Block(f"<aside><ul><li>{FLEET}</li><li>{MUSEUM}</li></ul></aside>", "")
    most_read = page(p(*BODY), above=[beside], below=[teasers("Most read", FLEET, MUSEUM)])
    yield Shape("a box of headlines beside and below", most_read, BODY, [FLEET, MUSEUM])
    ticker = Block(f'<div class="breaking-ticker"><ul><li>{FLEET}</li></ul></div>', "Breaking news")
    yield Shape("a ticker of breaking news above", page(p(*BODY), above=[ticker]), BODY, ["Breaking news"])
    pages = Block('<div class="pagination"><a>1</a> <a>2</a> <a>Next</a></div>', "Previous\n1\n2\n3\nNext")
    paged = page(p(*BODY), below=[pages, teasers("You may also like", FLEET, MUSEUM)])
    yield Shape("page one of three", paged, BODY, [FLEET, MUSEUM])


def _with_boxes() -> Iterator[Shape]:
    wall = "By clicking Accept all you agree to the use of cookies by us and our 214 partners."
    cookies = box("cookie-banner", "We use cookies to improve your experience.", wall, "Accept all")
    yield Shape("cookie wall above the article", page(p(*BODY), above=[cookies]), BODY, [wall])
    stub = [box("paywall", "Subscribe now"), box("paywall", "This content is for subscribers only.")]
    yield Shape("paywall: the beginning and an offer", page(p(BODY[0]), *stub), BODY[:1], ["for subscribers only"])
    sign_up = "Sign up for our newsletter and get the best of the coast in your inbox every morning."
    letter = [p(*BODY[:2]), box("newsletter-box", sign_up, "Sign up"), p(*BODY[2:])]
    yield Shape("newsletter sign-up inside the article", page(*letter), BODY, [sign_up])
    offer = "Read this story and all others for 1 euro in the first month, then 9.90 a month, cancel any time."
    sponsored = box("outbrain", "Sponsored content", "One trick that boat owners love", offer)
    yield Shape("sponsored stories below", page(p(*BODY), below=[sponsored]), BODY, [offer])
    noted = page(p(*BODY), below=[box("author-bio", "Share this article", tag="span")])
    yield Shape("a box of the author below", noted, BODY, ["Share this article"])
    ads = [line("<p>{}</p>", "Advertisement"), p(*BODY), line("<p>{}</p>", "Advertisement")]
    amp = Block("<amp-sidebar><ul><li>Home</li></ul></amp-sidebar>", "Home")
    yield Shape(
        "AMP page", page(*ads, above=[amp], below=[teasers("Read more", FLEET)]), BODY, ["Advertisement", FLEET]
    )
    said, sentences = comments(40)
    yield Shape("comments longer than the article", page(p(*BODY), below=[said]), BODY, sentences)
    discussed = Block(said.html.replace('section id="comments"', "div").replace("</section>", "</div>"), said.text)
    yield Shape("comments in a box without a name", page(p(*BODY[:2]), below=[discussed]), BODY[:2], sentences)
    yield Shape("a short article under long comments", page(p(*BODY[:2]), below=[said]), BODY[:2], sentences)
    captions = (
        "The closed bridge on Monday morning. Photo: Coast Herald / Mara Lind",
        "Divers at the eastern pier. © Linnford County",
        "Queues at the ferry landing. (Photo by Mara Lind/Getty Images)",
    )
    button = line("<button>{}</button>", "View gallery")
    gallery = [figure(captions[0]), p(*BODY[:2]), figure(captions[1]), p(*BODY[2:]), button, figure(captions[2])]
    yield Shape("gallery: captions between the paragraphs", page(*gallery), BODY, captions)


def _with_parts_of_their_own() -> Iterator[Shape]:
    times = ("16:40 CET", "15:05 CET", "12:30 CET", "09:15 CET")
    posts = [[line("<time>{}</time>", at), p(one)] for at, one in zip(times, BODY, strict=True)]
    live = [within('<div class="live-post">', post, "</div>") for post in posts]
    yield Shape("live blog: posts under their times", page(*live), BODY, [])
    halves = (BODY[:2], BODY[2:])
    entries = [[line("<h2>{}</h2>", f"Update {at}"), p(*half)] for at, half in zip(times, halves, strict=False)]
    column = within("<main>", [within("<article>", entry, "</article>") for entry in entries], "</main>")
    yield Shape("live blog: its posts are articles", [nav(), headline(), column, foot()], BODY, [])
    questions = ("How long will the bridge stay closed?", "Who pays for the ferries?")
    answers = [
        block for one, said in zip(questions, BODY[1:], strict=False) for block in (line("<h3>{}</h3>", one), p(said))
    ]
    yield Shape("interview: questions are headings", page(p(BODY[0]), *answers), [*BODY[:3], *questions], [])
    for rank, headings in (
        ("h2", ("What the divers saw in the piers", "How people cross now")),
        ("h1", ("Piers", "Boats")),
    ):
        sections = [(TITLE, BODY[:2]), (headings[0], (BODY[2], *FLEET_BODY)), (headings[1], (BODY[3], *MUSEUM_BODY))]
        parts = [
            within("<div>", [line(f"<{rank if at else 'h1'}>{{}}</{rank if at else 'h1'}>", over), p(*said)], "</div>")
            for at, (over, said) in enumerate(sections)
        ]
        kept = [*BODY, *FLEET_BODY, *MUSEUM_BODY]
        yield Shape(f"sections in boxes of one kind under {rank}", [within("<main>", parts, "</main>")], kept, [])
    steps = "".join(f"<li>{one}</li>" for one in BODY[1:])
    numbered = "\n".join(f"{number}. {one}" for number, one in enumerate(BODY[1:], 1))
    yield Shape("a list in the article", page(p(BODY[0]), Block(f"<ol>{steps}</ol>", numbered)), BODY, [])
    cells = "<tr><td>Four</td><td>7</td></tr><tr><td>Nine</td><td>2</td></tr>"
    table = Block(f"<table><tr><th>Pier</th><th>Cracks</th></tr>{cells}</table>", "Pier\tCracks\nFour\t7\nNine\t2")
    yield Shape("a table of figures in the article", page(p(*BODY[:2]), table, p(*BODY[2:])), BODY, [])
    quoted = Block(f"<blockquote><p>{BODY[2]}</p></blockquote>", BODY[2])
    yield Shape("a quotation set apart", page(p(*BODY[:2]), quoted, p(BODY[3])), BODY, [])
    printed = [headline(), line("<p>{}</p>", "14 October 2024"), p(*BODY)]
    edition = [
        line("<p>{}</p>", "Coast Herald"),
        within("<div>", printed, "</div>"),
        box("tools", "Print this article"),
    ]
    yield Shape("print edition", edition, BODY, ["Print this article"])
    plain = [line("<div>{}</div>", TITLE), *(Block(f"<div>{one}<br><br></div>", one) for one in BODY)]
    bare = [line("<div>{}</div>", *NAV), within("<div>", plain, "</div>"), line("<div>{}</div>", *FOOT)]
    yield Shape("no elements that mean anything", bare, BODY, FOOT[-1:])
    yield Shape("an ordinary page", page(p(*BODY)), BODY, FOOT[-1:])


SHAPES = [*_with_other_articles(), *_with_boxes(), *_with_parts_of_their_own()]

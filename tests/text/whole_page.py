"""A whole page of HTML, with its article, its statements, and what stands beside the article."""

from __future__ import annotations

PARAGRAPHS = (
    "The road bridge over the harbour at Linnford was closed on Monday after divers found cracks in two piers.",
    "Engineers will need at least three weeks to examine the foundations, the county said in a statement.",
    "Ferries will run every twenty minutes until the inspection is over, and the hospital keeps a boat.",
)


PAGE = f"""<!DOCTYPE html>
<html lang="en-GB"><head>
<title>Harbour bridge closes | Coast Herald</title>
<meta property="og:title" content="Harbour bridge closes after cracks are found">
<meta property="og:site_name" content="Coast Herald">
<meta property="article:published_time" content="2024-10-14T18:30:00+02:00">
<link rel="canonical" href="https://herald.example/news/bridge">
<script>var tracker = "<p>not text</p>";</script>
</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Harbour bridge closes after cracks are found</h1>
{"".join(f"<p>{p}</p>" for p in PARAGRAPHS)}
</article>
<aside><h2>Most read</h2><a href="/x">Fishing fleet to shrink by a third</a></aside>
<footer>© Coast Herald. All rights reserved.</footer>
</body></html>"""

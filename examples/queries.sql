-- Questions for people and dashboards, beside those of the README. Each has the first row of its answer for the example articles of
-- `make run` behind it; for a day or an hour add a condition on first_seen, decided_at, at or started_at. To ask them all:
--
--   sqlite3 -box .run/dedup.db < examples/queries.sql
--   psql -d news -f examples/queries.sql

-- Which articles are copies of this one?
SELECT d.source, d.uri, d.is_original, round(CAST(d.jaccard AS numeric), 2) AS jaccard, round(CAST(d.containment AS numeric), 2) AS containment
FROM v_duplicates d
WHERE d.duplicate_group_id = (SELECT duplicate_group_id FROM v_duplicates WHERE source = 'ingest' AND uri = 'html/ferry-aground-skimlet.html')
ORDER BY d.article_id;  -- harbour-wire, harbourwire:20260307-0012, 1, 1.0, 1.0

-- An id from last month: what is the story's id now?
SELECT COALESCE((SELECT r.story_id FROM v_story_redirects r WHERE r.old_story_id = 11), 11) AS story_id;  -- 11

-- Is the service well?
SELECT ok, reasons, pending, oldest_pending_seconds FROM v_health;  -- 1, , 0, 0

-- Which stories look wrong?
SELECT story_id, reason, detail FROM v_suspect_stories ORDER BY story_id;  -- none

-- What was refused, and why?
SELECT source, reason, COUNT(*) AS articles FROM v_rejections GROUP BY source, reason ORDER BY COUNT(*) DESC;  -- none

-- How did the passes go?
SELECT outcome, COUNT(*) AS passes, SUM(taken) AS taken, SUM(accepted) AS accepted, SUM(rejected) AS rejected
FROM v_runs GROUP BY outcome ORDER BY outcome;  -- ok, 1, 86, 85, 0

-- How much is copied?
SELECT COUNT(*) AS articles, SUM(CASE WHEN is_original THEN 1 ELSE 0 END) AS texts, COUNT(DISTINCT story_id) AS stories
FROM v_duplicates;  -- 85, 59, 33

-- How big are stories?
SELECT article_count AS articles_in_a_story, COUNT(*) AS stories
FROM v_stories GROUP BY article_count ORDER BY article_count;  -- 1, 10

-- How sure were the decisions?
SELECT verdict, COUNT(*) AS texts, ROUND(CAST(AVG(score) AS numeric), 2) AS mean_score
FROM v_why WHERE tier = 'story' AND score IS NOT NULL GROUP BY verdict ORDER BY verdict;  -- joined, 26, 0.87

-- What nearly became one story, and was kept apart?
SELECT round(CAST(w.score AS numeric), 2) AS score, a.title, m.title AS near
FROM v_why w JOIN v_articles a ON a.article_id = w.article_id JOIN v_articles m ON m.article_id = w.matched_article_id
WHERE w.tier = 'story' AND w.verdict = 'near_miss' ORDER BY w.score DESC LIMIT 5;
-- 0.22, Eleven hurt as undersea quake shakes Kefalonia, Tug crew strike paralyses port of Rotterdam, 54 ships waiting

-- How did a story grow?
SELECT event, article_id, other_story_id, reason
FROM v_story_history WHERE story_id = 11 ORDER BY history_id;  -- opened, 11, NULL, no story was near enough

-- Who writes texts of its own, and who copies?
SELECT publisher, SUM(CASE WHEN is_original THEN 1 ELSE 0 END) AS texts_of_its_own, SUM(CASE WHEN is_original THEN 0 ELSE 1 END) AS copies
FROM (SELECT a.publisher, d.is_original FROM v_duplicates d JOIN v_articles a ON a.article_id = d.article_id) AS p
WHERE publisher IS NOT NULL GROUP BY publisher ORDER BY COUNT(*) DESC, publisher;  -- Harbour Wire, 14, 1

-- Who is first?
SELECT publisher, COUNT(*) AS stories, SUM(CASE WHEN place = 1 THEN 1 ELSE 0 END) AS first
FROM (SELECT a.publisher, a.story_id,
             ROW_NUMBER() OVER (PARTITION BY a.story_id ORDER BY MIN(a.published_at), a.publisher) AS place
      FROM v_story_articles a JOIN v_stories s ON s.story_id = a.story_id
      WHERE s.publisher_count > 1 AND a.published_at IS NOT NULL
      GROUP BY a.story_id, a.publisher) told
GROUP BY publisher ORDER BY COUNT(*) DESC, publisher;  -- Harbour Wire, 15, 13

-- Which reports come again and again, and are kept apart day by day?
SELECT publisher, issue_count, title FROM v_series ORDER BY issue_count DESC, series_id;
-- Ledger & Tide, 5, Calder Exchange close: CX-40 down 0.4 percent at 4,816.11

-- How much moves between stories?
SELECT event, COUNT(*) AS entries FROM v_story_history GROUP BY event ORDER BY COUNT(*) DESC, event;  -- joined, 52

-- Which agencies do the publishers take their texts from?
SELECT origin, COUNT(DISTINCT publisher) AS publishers, COUNT(*) AS articles
FROM v_articles WHERE origin IS NOT NULL GROUP BY origin ORDER BY COUNT(*) DESC LIMIT 5;  -- none

-- What is left out of articles because their site repeats it?
SELECT publisher, left_out, COUNT(*) AS articles
FROM v_articles WHERE left_out IS NOT NULL GROUP BY publisher, left_out ORDER BY COUNT(*) DESC LIMIT 10;  -- none

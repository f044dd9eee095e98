/* The structure behind Articles: who they are, their groups, and the stories of these. A function that may fail needs the
 * GIL, any other that nobody else uses the structure. */
#ifndef DEDUP_ARTICLES_H
#define DEDUP_ARTICLES_H

#include <stddef.h>

#include "texts.h"

typedef struct {
    uint64_t ordinal;                /* a key */
    int64_t id;                      /* the other */
    int64_t published;               /* or UNDATED */
    size_t headline;                 /* where its words lie */
    uint32_t words, publisher;
    uint32_t group;                  /* its place; NONE: the article is gone */
    uint32_t before, after;          /* the neighbours in its group, or NONE; `after` of a free place is the next free one */
    uint32_t version;
    uint32_t text;
} Article;

typedef struct {
    int64_t number;                  /* the key */
    int64_t original, longest;       /* articles, known where `measured` */
    uint32_t story;                  /* its place, or NONE */
    uint32_t first;                  /* of its articles, or NONE */
    uint32_t before, after;          /* the neighbours in its story, or NONE; `after` of a free place is the next free one */
    uint32_t words;
    uint32_t measured;
} Group;

typedef struct {
    int64_t number;                  /* the key */
    uint32_t first;                  /* of its groups; of a free place the next free place, or NONE */
    uint32_t whole;
} Told;

/* Free places are used again; `hashes`, the words of headlines, only grow until `articles_keep` makes them anew, which it does
 * where more than a `FEW`th of them are of nobody. */
typedef struct {
    int64_t period, block, recent;
    Article *articles;
    Group *groups;
    Told *stories;
    uint32_t *hashes;
    size_t article_count, group_count, story_count, hash_count;
    size_t articles_room, groups_room, stories_room, hashes_room;
    uint32_t free_article, free_group, free_story;
    Map by_id, by_ordinal, by_group, by_story;
} Roster;

typedef struct {
    PyObject_HEAD
    Roster roster;
} Articles;

/* Numbers of segments that are in memory, ascending. */
typedef struct {
    int64_t *numbers;
    size_t count;
} Numbers;

enum { DAYS, TOLD, UNDATED_BLOCKS, BLOCKS, RECENT, KINDS_OF_SEGMENTS };

/* Empty; -1 with MemoryError. The stretches are set before, all else is 0. */
INTERNAL int articles_open(Roster *self);
INTERNAL void articles_close(Roster *self);
INTERNAL size_t articles_bytes(const Roster *self);
/* Places by key; NONE where there is none. */
INTERNAL uint32_t articles_by_id(const Roster *self, int64_t id);
INTERNAL uint32_t articles_by_ordinal(const Roster *self, int64_t ordinal);
INTERNAL uint32_t articles_group(const Roster *self, int64_t number);
INTERNAL uint32_t articles_story(const Roster *self, int64_t number);
/* Room for `more` further articles of so many words together, as many groups and stories; -1 with OverflowError or
 * MemoryError, and nothing lost. */
INTERNAL int articles_reserve(Roster *self, size_t more, size_t words);
/* Starts to load what finds an article and its group, new or not. */
INTERNAL void articles_prefetch(const Roster *self, int64_t id, int64_t ordinal, int64_t group);
/* What follows needs that room for each article, group or story that it may add. */
INTERNAL void articles_add(Roster *self, const Article *article, const uint32_t *words, int64_t group, int64_t story,
                           int begins);
INTERNAL uint32_t articles_make_group(Roster *self, int64_t number);
INTERNAL void articles_place(Roster *self, uint32_t group, int64_t story);
INTERNAL void articles_rename(Roster *self, uint32_t place, uint32_t publisher, const uint32_t *words, size_t count);
/* What follows needs no room. */
INTERNAL void articles_discard(Roster *self, uint32_t place);
INTERNAL void articles_regroup(Roster *self, uint32_t place, uint32_t group);
INTERNAL void articles_drop_group(Roster *self, uint32_t group);
INTERNAL int articles_is_series(const Roster *self, uint32_t place, const View *other);
/* See Articles.keep; -1 with MemoryError, and then the same call does what is left. `held` are those of each kind; `left`,
 * with room for all articles, gets the ordinals of the `count` texts, in no order. */
INTERNAL int articles_keep(Roster *self, const Numbers held[KINDS_OF_SEGMENTS], int64_t *left, size_t *count);

#endif

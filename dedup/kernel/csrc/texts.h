/* The structure behind Texts: its texts and stories, and what of a story is compared with a text.
 *
 * A function that may fail needs the GIL, and runs no Python code unless it fails; any other needs that nobody else uses the
 * structure.
 */
#ifndef DEDUP_TEXTS_H
#define DEDUP_TEXTS_H

#include "map.h"

#define UNDATED INT64_MIN
#define MAX_ORDINAL (INT64_C(1) << 48)
/* Differences of moments are exact as double. */
#define MAX_MOMENT (INT64_C(1) << 52)

enum { BODY, TITLE, NUMBERS, WEEKDAY, FIELDS };
/* The fields whose terms are weighed; of the one after them it only matters which terms there are. */
#define WEIGHED WEEKDAY

typedef struct {
    uint64_t ordinal;                /* the key */
    int64_t published;               /* or UNDATED */
    size_t start;                    /* of its terms: body, title, numbers, weekday */
    uint32_t sizes[FIELDS];
    uint32_t background;
    uint32_t story;                  /* its place in `stories`; NONE: the text is gone */
    uint32_t earlier, later;         /* the neighbours in its story, in the order of ordinals, or NONE */
    uint32_t mark;                   /* NONE, but while a query or `texts_keep` runs */
    uint32_t publisher, words;       /* the hash of who published it; how many words its headline has */
    size_t headline;                 /* where they lie in `words` */
} Text;

typedef struct {
    int64_t number;                  /* the key */
    uint32_t first, last;            /* of its texts; `first` of a free place is the next free place, or NONE */
    uint32_t mark;                   /* NONE, but while a query runs */
} Story;

/* `texts`, also those that are gone, `hashes` and `weights` of their terms, and `words`, the hashes of those of their headlines,
 * only grow until `texts_keep` makes all anew. */
#define COSINES 4

/* Dot products of two texts: bodies, titles, each title with the other body, numbers. None reaches 2**63. */
typedef struct {
    uint64_t kinds[COSINES];
} Dots;

/* Those of two stored texts, by their slots; `slots` is 0 where there are none. And what they say, see parting.c: without
 * time, and with it where both are dated; no number while that is not known. */
typedef struct {
    uint64_t slots;
    Dots dots;
    double content, full;
} Pair;

/* How many numbers say what evidence weighs, the pace of the stream left out. */
#define CONSTANTS 8

#define PAIR_BITS 15
#define MOST_NOTED 160

/* A text that is being decided, by its terms, and its dot products with the first so many others; see products.h. */
typedef struct {
    uint64_t ordinal;
    uint32_t sizes[FIELDS];
    uint32_t *hashes;
    uint16_t *weights;
    size_t hashes_room, weights_room, count;
    uint32_t slots[MOST_NOTED];
    Dots dots[MOST_NOTED];
} Deciding;

/* A term of a text that is looked for in others, see query.h; all 0 where there is none. */
typedef struct {
    uint32_t hash;
    uint16_t weights[WEIGHED];
    uint16_t used;                   /* a bit for each field that has it */
} Scattered;

#define FILTER_BITS 12

typedef struct {
    uint64_t reach, arrivals;
    size_t first, newest;
    uint64_t skipped, counted, least;
    Text *texts;
    Story *stories;
    uint32_t *hashes;
    uint16_t *weights;
    uint32_t *words;
    size_t text_count, story_count, term_count, word_count;
    size_t texts_room, stories_room, hashes_room, weights_room, words_room;
    uint32_t free_story;
    Map by_ordinal, by_number;
    Pair *pairs;                     /* 1 << PAIR_BITS of those met last, or NULL */
    double constants[CONSTANTS];     /* by which what they say was told */
    Deciding deciding;
    Scattered *cells;                /* all 0, but while a query runs */
    uint32_t *taken;                 /* the cells that it takes */
    size_t cells_room, taken_room;
    uint8_t filter[1 << FILTER_BITS]; /* 1 for the first bits of the hash of each; likewise */
} Store;

typedef struct {
    PyObject_HEAD
    Store store;
} Texts;

/* A text, stored or not. Its terms lie field after field. */
typedef struct {
    uint64_t ordinal;
    int64_t published;
    uint32_t background;
    uint32_t sizes[FIELDS];
    const uint32_t *hashes;
    const uint16_t *weights;
    uint32_t publisher, words;
    const uint32_t *headline;
} View;

static inline size_t view_terms(const View *text)
{
    return (size_t)text->sizes[BODY] + text->sizes[TITLE] + text->sizes[NUMBERS] + text->sizes[WEEKDAY];
}

static inline View texts_view(const Store *self, uint32_t slot)
{
    const Text *text = &self->texts[slot];
    View view = {text->ordinal, text->published, text->background, {0}, self->hashes + text->start, self->weights + text->start,
                 text->publisher, text->words, self->words + text->headline};
    memcpy(view.sizes, text->sizes, sizeof view.sizes);
    return view;
}

static inline uint64_t distance(int64_t one, int64_t other)
{
    return one > other ? (uint64_t)one - (uint64_t)other : (uint64_t)other - (uint64_t)one;
}

/* Empty; -1 with MemoryError. The rules are set before, all else is 0. */
INTERNAL int texts_open(Store *self);
INTERNAL void texts_close(Store *self);
/* The slot of a text and the place of a story; NONE where there is none. */
INTERNAL uint32_t texts_find(const Store *self, int64_t ordinal);
INTERNAL uint32_t texts_story(const Store *self, int64_t number);
/* Room for so many further texts and stories, and terms of these texts and words of their headlines; -1 with OverflowError or
 * MemoryError, and nothing lost. */
INTERNAL int texts_reserve(Store *self, size_t texts, size_t stories, size_t terms, size_t words);
/* Adds a text, whose ordinal is new; -1 with OverflowError or MemoryError, and nothing lost. */
INTERNAL int texts_add(Store *self, const View *text, int64_t number);
INTERNAL void texts_discard(Store *self, uint32_t slot);
/* Puts texts into another story; -1 with MemoryError, and nothing lost. */
INTERNAL int texts_move(Store *self, const uint32_t *slots, size_t count, int64_t number);
/* Takes out all but these texts, in any order and perhaps repeated; ordinals of none are passed over; likewise. */
INTERNAL int texts_keep(Store *self, const int64_t *ordinals, size_t count);
INTERNAL size_t texts_bytes(const Store *self);
/* Gives a text another publisher and headline, those of the view; -1 with MemoryError, and nothing lost. */
INTERNAL int texts_rename(Store *self, uint32_t slot, const View *text);
/* The day of a moment, counted from 1970. */
INTERNAL int64_t texts_day_of(int64_t moment);
/* 1 where two headlines, ascending hashes of their words, could be those of two issues of a series. */
INTERNAL int texts_alike(const uint32_t *one, size_t mine, const uint32_t *other, size_t theirs);
/* 1 where a text is but another issue of a series that a story (or NONE) tells of. */
INTERNAL int texts_is_issue(const Store *self, uint32_t story, const View *text);
INTERNAL int texts_comparable(const Store *self, uint32_t slot, uint64_t ordinal, int64_t published);
/* The `first` first and the `newest` newest of the comparable texts of a story (or NONE), oldest first. `slots` has room
 * for as many; `front`, unless NULL, is how many are from the front. */
INTERNAL size_t texts_voices(const Store *self, uint32_t story, uint64_t ordinal, int64_t published, size_t first,
                             size_t newest, uint32_t *slots, size_t *front);

#endif

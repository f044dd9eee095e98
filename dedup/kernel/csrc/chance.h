/* What two texts have in common, and whether all of it may be chance; dedup/kernel/reference/chance.py defines both. */
#ifndef DEDUP_CHANCE_H
#define DEDUP_CHANCE_H

#include "evidence.h"

/* Terms in common, as in query_shared. */
typedef struct {
    uint64_t *shared;
    size_t count;
} Across;

/* Those of two bodies, of each headline with the other body; and of the bodies the numbers and the names of days. */
typedef struct {
    Across bodies, mine, theirs, dates;
} Shares;

/* The hashes of terms, ascending uint32, unaligned: of the names of the days of the week and of the months. */
typedef struct {
    const uint8_t *hashes;
    size_t count;
} Calendar;

/* Dot products, and how many terms the shorter body has. */
typedef struct {
    uint64_t bodies, rest, headlines, words, other_words, named;
    uint32_t terms;
} Common;

/* Where what two texts share may be chance. */
typedef struct {
    int64_t rest, terms, share, little, headlines, words, named;
} Chance;

/* 1, the bytes then to be released, or 0 with an error set. */
INTERNAL int chance_take_calendar(PyObject *object, Py_buffer *days, Calendar *calendar);
/* What a query shares with a text, besides `bodies`, which are there: to be freed with shares_free also after an error, -1. */
INTERNAL int shares_take(const Query *query, uint32_t slot, const Calendar *calendar, Shares *shares);
/* Leaves `bodies`. */
INTERNAL void shares_free(Shares *shares);
INTERNAL Common shares_common(const Shares *shares, uint32_t one, uint32_t other);
INTERNAL int chance_is_all(const Chance *chance, const Common *common, int dated);

#endif

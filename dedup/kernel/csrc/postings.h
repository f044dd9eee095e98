/* The structure behind Postings; postings.c tells how it is laid out. A function that may fail needs the GIL,
 * any other that nobody else uses the structure. */
#ifndef DEDUP_POSTINGS_H
#define DEDUP_POSTINGS_H

#include "labels.h"

/* A text has at most so many; so its hits stay below DEAD. */
#define MOST_TERMS 4096

typedef struct {
    uint32_t term, first;
} Cell;

typedef struct {
    PyObject_HEAD
    size_t slots, live;
    Cell *cells;                     /* open addressing, at most 3/4 full */
    size_t room, used;               /* cells, a power of two; those not empty */
    uint32_t *words;                 /* the blocks */
    size_t words_used;               /* a multiple of UNIT_WORDS */
    Label *labels;                   /* (slots) */
    uint16_t *hits;                  /* (slots) DEAD, or the hits in the query that runs now, else 0 */
    uint32_t *touched;               /* the slots whose hits are not 0, and one more */
    size_t words_room, labels_room, hits_room, touched_room;
} Postings;

/* The terms of a query, uint32, and what each adds to the hits of a text that has it, uint16, 1 or more; little-endian.
 * All scores together stay below DEAD. */
typedef struct {
    const uint8_t *terms, *scores;
    size_t count;
} Wanted;

/* A stretch of an index: its live slots of a moment from `low` to `high`. */
typedef struct {
    Postings *index;
    int64_t low, high;
} Stretch;

/* Empty; -1 with MemoryError. The memory of `self` is all 0 before. */
INTERNAL int postings_open(Postings *self);
INTERNAL void postings_close(Postings *self);
INTERNAL size_t postings_bytes(const Postings *self);
/* Room for `more` further slots of so many terms together; -1 with OverflowError or MemoryError, and nothing lost. */
INTERNAL int postings_reserve(Postings *self, size_t more, size_t terms);
/* Starts to load what an insertion of `terms` reads first, which are as many cache misses, side by side: their cells, which a
 * query reads as well; and, when these are there, the newest of their blocks. */
INTERNAL void postings_prefetch_cells(const Postings *self, const uint8_t *terms, size_t count);
INTERNAL void postings_prefetch_blocks(const Postings *self, const uint8_t *terms, size_t count);
/* A new slot, for which there is room; `rank` is higher than all before, the terms are distinct. */
INTERNAL void postings_insert(Postings *self, const uint8_t *terms, size_t count, uint64_t rank, int64_t moment);
/* Makes the slot of `rank`, if there is one, dead. */
INTERNAL void postings_discard(Postings *self, uint64_t rank);
/* The best `limit` of all stretches as hits << RANK_BITS | rank, best first: an array to be freed with PyMem_Free, or NULL with
 * MemoryError. The cells are better prefetched some time before. */
INTERNAL uint64_t *postings_search(const Stretch *spans, size_t count, const Wanted *wanted, size_t chain, size_t limit,
                                   size_t *found);

/* postings_type.c: what Python gives, or an error set. Distinct terms, ascending; those that are wanted, which point into
 * the buffers; the stretches of a tuple of (indexes, low, high), an array to be freed with PyMem_Free. */
INTERNAL int postings_take_terms(const Py_buffer *terms, size_t *count);
INTERNAL int postings_take_wanted(const Py_buffer *terms, const Py_buffer *scores, Wanted *wanted);
INTERNAL Stretch *postings_take_spans(PyObject *tuple, PyTypeObject *type, size_t *count);

/* key_terms.c: the heaviest `limit` terms of a vector and their scores; how many there are. Chosen, they are
 * term << 32 | score in any order, and `pairs` has room for `count` numbers; else they are ascending, and `terms` and `scores`
 * have room for `limit`, which is at most MOST_TERMS. */
INTERNAL size_t key_terms_choose(const uint8_t *hashes, const uint8_t *weights, size_t count, size_t limit, uint32_t salt,
                                 uint64_t *pairs);
INTERNAL size_t key_terms_of(const uint8_t *hashes, const uint8_t *weights, size_t count, size_t limit, uint32_t salt,
                             uint64_t *pairs, uint32_t *terms, uint16_t *scores);

#endif

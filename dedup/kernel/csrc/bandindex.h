/* The structure behind BandIndex; bandindex.c tells how it is laid out. A function that may fail needs the GIL,
 * any other that nobody else uses the structure. */
#ifndef DEDUP_BANDINDEX_H
#define DEDUP_BANDINDEX_H

#include "labels.h"

typedef struct {
    uint32_t key, next;
} Entry;

/* A stretch of an index: its live slots of a moment from `low` to `high`. */
typedef struct {
    struct BandIndex *index;
    long long low, high;
} Span;

typedef struct BandIndex {
    PyObject_HEAD
    size_t bands, slots, live;
    size_t buckets;                  /* of each band; a power of two */
    uint32_t *heads;                 /* (bands, buckets) first slot of the first group, or NONE */
    uint8_t *tags;                   /* (bands, buckets) a bit for each key that is or was there, of eight */
    Entry *entries;                  /* (slots, bands) */
    Label *labels;                   /* (slots) */
    uint16_t *hits;                  /* (slots) DEAD, or the hits of the query that runs now, else 0 */
    uint32_t *touched;               /* the slots whose hits are not 0 */
    size_t entries_room, labels_room, hits_room, touched_room;
} BandIndex;

/* Empty, with `bands` bands; -1 with MemoryError. The memory of `self` is all 0 before. */
INTERNAL int band_index_open(BandIndex *self, size_t bands);
INTERNAL void band_index_close(BandIndex *self);
/* Room for `more` further slots; -1 with OverflowError or MemoryError, and nothing lost. */
INTERNAL int band_index_reserve(BandIndex *self, size_t more);
/* Starts to load what an insertion of `keys` reads first, which are as many cache misses, side by side: where they begin; and,
 * when that is there, the entries as well. A search does that itself. */
INTERNAL void band_index_prefetch_heads(const BandIndex *self, const uint8_t *keys);
INTERNAL void band_index_prefetch_entries(const BandIndex *self, const uint8_t *keys);
/* A new slot, for which there is room; `rank` is higher than all before. */
INTERNAL void band_index_insert(BandIndex *self, const uint8_t *keys, uint64_t rank, int64_t moment);
/* Makes the slot of `rank`, if there is one, dead. */
INTERNAL void band_index_discard(BandIndex *self, uint64_t rank);
/* The best `limit` of all spans as hits << RANK_BITS | rank, best first: an array to be freed with PyMem_Free, or NULL
 * with MemoryError. */
INTERNAL uint64_t *band_index_search(const Span *spans, size_t count, const uint8_t *keys, size_t chain, size_t limit,
                                     size_t *found);

/* bandindex_type.c: the spans of a tuple of (indexes, low, high), each index with so many bands, as an array to be freed
 * with PyMem_Free; NULL with an error set. */
INTERNAL Span *band_index_take_spans(PyObject *tuple, PyTypeObject *type, size_t bands, size_t *count);

#endif

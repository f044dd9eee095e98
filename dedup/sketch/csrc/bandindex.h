/* The structure behind BandIndex; bandindex.c tells how it is laid out. Its functions need the GIL. */
#ifndef DEDUP_BANDINDEX_H
#define DEDUP_BANDINDEX_H

#include "kernel.h"

#define DEAD UINT16_MAX

typedef struct {
    uint32_t key, next;
} Entry;

typedef struct {
    PyObject_HEAD
    size_t bands, slots, live;
    size_t buckets;                  /* of each band; a power of two */
    uint32_t *heads;                 /* (bands, buckets) first slot of the first group, or NONE */
    Entry *entries;                  /* (slots, bands) */
    uint16_t *hits;                  /* (slots) DEAD, or the hits of the query that runs now, else 0 */
    uint32_t *touched;               /* the slots whose hits are not 0 */
    size_t entries_room, hits_room, touched_room;
} BandIndex;

/* Empty, with `bands` bands; -1 with MemoryError. The memory of `self` is all 0 before. */
INTERNAL int band_index_open(BandIndex *self, size_t bands);
INTERNAL void band_index_close(BandIndex *self);
/* Room for `more` further slots; -1 with OverflowError or MemoryError, and nothing lost. */
INTERNAL int band_index_reserve(BandIndex *self, size_t more);
/* A new slot, for which there is room. */
INTERNAL void band_index_insert(BandIndex *self, const uint8_t *keys);
INTERNAL void band_index_discard(BandIndex *self, size_t slot);
/* The best `limit` slots as hits << 32 | slot, best first: an array to be freed with PyMem_Free, or NULL with MemoryError. */
INTERNAL uint64_t *band_index_query(BandIndex *self, const uint8_t *keys, size_t chain, size_t limit, Py_ssize_t excluded,
                                    size_t *found);

#endif

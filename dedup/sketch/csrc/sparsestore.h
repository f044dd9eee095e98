/* The structure behind SparseStore. Its functions need the GIL. */
#ifndef DEDUP_SPARSESTORE_H
#define DEDUP_SPARSESTORE_H

#include "kernel.h"

#define MAX_FIELDS 16

/* A slot holds `fields` vectors, one after another: vector number slot * fields + field. */
typedef struct {
    PyObject_HEAD
    size_t fields, slots;
    uint32_t *hashes;
    uint16_t *weights;
    size_t *ends;                    /* where each vector ends; the first one starts at 0 */
    size_t hashes_room, weights_room, ends_room;
} SparseStore;

/* A vector at the border to Python: little-endian and perhaps not aligned. */
typedef struct {
    const uint8_t *hashes, *weights;
    size_t size;
} Given;

/* Of the products of a query with the slots of a group: their sum, the greatest, and the place of the first such. */
typedef struct {
    uint64_t sum, best;
    size_t place;
} Fit;

static inline size_t sparse_store_start(const SparseStore *self, size_t vector)
{
    return vector == 0 ? 0 : self->ends[vector - 1];
}

/* Adds a slot of `fields` vectors; -1 with MemoryError, and nothing lost. */
INTERNAL int sparse_store_append(SparseStore *self, const Given *vectors);
/* The dot products of a query with a field of `slots`, which exist: an array to be freed with PyMem_Free, or NULL with
 * MemoryError. */
INTERNAL uint64_t *sparse_store_dots(const SparseStore *self, const Given *query, const Py_ssize_t *slots, size_t count,
                                     size_t field);
/* The fit to each group of slots in each field, (groups, fields): likewise, or NULL with OverflowError. `sizes` add up
 * to the number of slots. */
INTERNAL Fit *sparse_store_fits(const SparseStore *self, const Given *queries, const Py_ssize_t *slots,
                                const Py_ssize_t *sizes, size_t groups);
/* The terms that a vector shares with another, as kernel_heaviest wants them: likewise. */
INTERNAL uint64_t *sparse_store_shared(const SparseStore *self, const Given *query, size_t slot, size_t field,
                                       size_t *found);

#endif

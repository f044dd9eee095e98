/* The structure behind SparseStore. Its functions need the GIL. */
#ifndef DEDUP_SPARSESTORE_H
#define DEDUP_SPARSESTORE_H

#include "kernel.h"

typedef struct {
    PyObject_HEAD
    uint32_t *hashes;
    uint16_t *weights;
    size_t *ends;                    /* where each vector ends; the first one starts at 0 */
    size_t terms, vectors;
    size_t hashes_room, weights_room, ends_room;
} SparseStore;

typedef struct {
    uint64_t dot, shared;
} Product;

static inline size_t sparse_store_start(const SparseStore *self, size_t slot)
{
    return slot == 0 ? 0 : self->ends[slot - 1];
}

/* Adds a vector; -1 with MemoryError, and nothing lost. */
INTERNAL int sparse_store_append(SparseStore *self, const uint8_t *hashes, const uint8_t *weights, size_t size);
/* The products of a vector with those of `slots`, which exist: an array to be freed with PyMem_Free, or NULL with
 * OverflowError or MemoryError. */
INTERNAL Product *sparse_store_dots(const SparseStore *self, const uint8_t *hashes, const uint8_t *weights, size_t size,
                                    const Py_ssize_t *slots, size_t count);
/* The hashes in common with the vector in `slot`: likewise. */
INTERNAL uint32_t *sparse_store_shared(const SparseStore *self, const uint8_t *hashes, size_t size, size_t slot,
                                       size_t *found);

#endif

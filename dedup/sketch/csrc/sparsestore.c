/* SparseStore: sparse vectors, flat and append-only, and their exact dot products with a query.
 *
 * A query is scattered into a small open-addressing table that is mostly empty, so that nearly every term of a stored
 * vector is answered by its first cell.
 */
#include "sparsestore.h"

typedef struct {
    uint32_t hash, weight_plus_one;  /* 0: the cell is empty */
} Cell;

typedef struct {
    Cell *cells;
    size_t mask;
    unsigned shift;
} Query;

static int scatter(Query *query, const uint8_t *hashes, const uint8_t *weights, size_t size)
{
    unsigned bits = 4;
    while (bits < 31 && ((size_t)1 << bits) < 16 * size)
        bits++;
    if (size >= (size_t)1 << 30) {
        PyErr_SetString(PyExc_OverflowError, "a query has fewer than 2**30 terms");
        return -1;
    }
    query->cells = PyMem_Calloc((size_t)1 << bits, sizeof(Cell));
    if (query->cells == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    query->mask = ((size_t)1 << bits) - 1;
    query->shift = 32 - bits;
    for (size_t i = 0; i < size; i++) {
        const uint32_t hash = load32(hashes + 4 * i);
        size_t place = hash * XXH_PRIME1 >> query->shift;
        while (query->cells[place].weight_plus_one != 0)
            place = (place + 1) & query->mask;
        query->cells[place] = (Cell){hash, (uint32_t)load16(weights + 2 * i) + 1};
    }
    return 0;
}

static inline uint32_t probe(const Query *query, uint32_t hash)
{
    size_t place = hash * XXH_PRIME1 >> query->shift;
    for (;;) {
        const Cell cell = query->cells[place];
        if (cell.weight_plus_one == 0 || cell.hash == hash)
            return cell.weight_plus_one;
        place = (place + 1) & query->mask;
    }
}

/* At most 2**30 products below 2**32: no sum reaches 2**64. */
static Product product(const SparseStore *self, const Query *query, size_t slot)
{
    Product sum = {0, 0};
    for (size_t i = sparse_store_start(self, slot); i < self->ends[slot]; i++) {
        const uint32_t found = probe(query, self->hashes[i]);
        if (found != 0) {
            sum.dot += (uint64_t)(found - 1) * self->weights[i];
            sum.shared++;
        }
    }
    return sum;
}

int sparse_store_append(SparseStore *self, const uint8_t *hashes, const uint8_t *weights, size_t size)
{
    if (size > (size_t)PY_SSIZE_T_MAX - self->terms) {
        PyErr_NoMemory();
        return -1;
    }
    void *grown = kernel_grow(self->hashes, &self->hashes_room, self->terms + size, sizeof(uint32_t));
    if (grown == NULL)
        return -1;
    self->hashes = grown;
    grown = kernel_grow(self->weights, &self->weights_room, self->terms + size, sizeof(uint16_t));
    if (grown == NULL)
        return -1;
    self->weights = grown;
    grown = kernel_grow(self->ends, &self->ends_room, self->vectors + 1, sizeof(size_t));
    if (grown == NULL)
        return -1;
    self->ends = grown;
    for (size_t i = 0; i < size; i++) {
        self->hashes[self->terms + i] = load32(hashes + 4 * i);
        self->weights[self->terms + i] = load16(weights + 2 * i);
    }
    self->terms += size;
    self->ends[self->vectors++] = self->terms;
    return 0;
}

Product *sparse_store_dots(const SparseStore *self, const uint8_t *hashes, const uint8_t *weights, size_t size,
                           const Py_ssize_t *slots, size_t count)
{
    Query query;
    if (scatter(&query, hashes, weights, size) < 0)
        return NULL;
    Product *products = PyMem_Malloc((count > 0 ? count : 1) * sizeof *products);
    if (products == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; products != NULL && i < count; i++)
        products[i] = product(self, &query, (size_t)slots[i]);
    PyMem_Free(query.cells);
    return products;
}

uint32_t *sparse_store_shared(const SparseStore *self, const uint8_t *hashes, size_t size, size_t slot, size_t *found)
{
    const size_t start = sparse_store_start(self, slot), end = self->ends[slot];
    const size_t most = size < end - start ? size : end - start;
    uint32_t *common = PyMem_Malloc((most > 0 ? most : 1) * sizeof *common);
    if (common == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *found = 0;
    for (size_t i = 0, k = start; i < size && k < end;) {
        const uint32_t x = load32(hashes + 4 * i), y = self->hashes[k];
        if (x == y)
            common[(*found)++] = x;
        i += x <= y;
        k += y <= x;
    }
    return common;
}

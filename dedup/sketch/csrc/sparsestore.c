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

static int scatter(Query *query, const Given *given)
{
    unsigned bits = 4;
    while (bits < 31 && ((size_t)1 << bits) < 16 * given->size)
        bits++;
    query->cells = PyMem_Calloc((size_t)1 << bits, sizeof(Cell));
    if (query->cells == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    query->mask = ((size_t)1 << bits) - 1;
    query->shift = 32 - bits;
    for (size_t i = 0; i < given->size; i++) {
        const uint32_t hash = load32(given->hashes + 4 * i);
        size_t place = hash * XXH_PRIME1 >> query->shift;
        while (query->cells[place].weight_plus_one != 0)
            place = (place + 1) & query->mask;
        query->cells[place] = (Cell){hash, (uint32_t)load16(given->weights + 2 * i) + 1};
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

/* Fewer than 2**30 products below 2**32: no sum reaches 2**64. */
static uint64_t product(const SparseStore *self, const Query *query, size_t vector)
{
    uint64_t sum = 0;
    for (size_t i = sparse_store_start(self, vector); i < self->ends[vector]; i++) {
        const uint32_t found = probe(query, self->hashes[i]);
        if (found != 0)
            sum += (uint64_t)(found - 1) * self->weights[i];
    }
    return sum;
}

int sparse_store_append(SparseStore *self, const Given *vectors)
{
    const size_t first = self->slots * self->fields, start = sparse_store_start(self, first);
    size_t end = start;
    for (size_t field = 0; field < self->fields; field++)
        end += vectors[field].size;
    void *grown = kernel_grow(self->hashes, &self->hashes_room, end, sizeof(uint32_t));
    if (grown == NULL)
        return -1;
    self->hashes = grown;
    grown = kernel_grow(self->weights, &self->weights_room, end, sizeof(uint16_t));
    if (grown == NULL)
        return -1;
    self->weights = grown;
    grown = kernel_grow(self->ends, &self->ends_room, first + self->fields, sizeof(size_t));
    if (grown == NULL)
        return -1;
    self->ends = grown;
    end = start;
    for (size_t field = 0; field < self->fields; field++) {
        for (size_t i = 0; i < vectors[field].size; i++, end++) {
            self->hashes[end] = load32(vectors[field].hashes + 4 * i);
            self->weights[end] = load16(vectors[field].weights + 2 * i);
        }
        self->ends[first + field] = end;
    }
    self->slots++;
    return 0;
}

uint64_t *sparse_store_dots(const SparseStore *self, const Given *given, const Py_ssize_t *slots, size_t count, size_t field)
{
    Query query;
    if (scatter(&query, given) < 0)
        return NULL;
    uint64_t *products = PyMem_Malloc((count > 0 ? count : 1) * sizeof *products);
    if (products == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; products != NULL && i < count; i++)
        products[i] = product(self, &query, (size_t)slots[i] * self->fields + field);
    PyMem_Free(query.cells);
    return products;
}

/* The fits in one field; -1 with an error set. */
static int fit_field(const SparseStore *self, const Given *given, const Py_ssize_t *slots, const Py_ssize_t *sizes,
                     size_t groups, size_t field, Fit *fits)
{
    Query query;
    if (scatter(&query, given) < 0)
        return -1;
    size_t place = 0;
    for (size_t group = 0; group < groups; group++) {
        Fit fit = {0, 0, place};
        for (const size_t end = place + (size_t)sizes[group]; place < end; place++) {
            const uint64_t dot = product(self, &query, (size_t)slots[place] * self->fields + field);
            fit.sum += dot;
            if (fit.sum < dot) {
                PyMem_Free(query.cells);
                PyErr_SetString(PyExc_OverflowError, "a sum of products reaches 2**64");
                return -1;
            }
            if (dot > fit.best) {
                fit.best = dot;
                fit.place = place;
            }
        }
        fits[group * self->fields + field] = fit;
    }
    PyMem_Free(query.cells);
    return 0;
}

Fit *sparse_store_fits(const SparseStore *self, const Given *queries, const Py_ssize_t *slots, const Py_ssize_t *sizes,
                       size_t groups)
{
    Fit *fits = PyMem_Calloc(groups * self->fields + 1, sizeof *fits);
    if (fits == NULL)
        PyErr_NoMemory();
    for (size_t field = 0; fits != NULL && field < self->fields; field++)
        if (fit_field(self, &queries[field], slots, sizes, groups, field, fits) < 0) {
            PyMem_Free(fits);
            fits = NULL;
        }
    return fits;
}

uint64_t *sparse_store_shared(const SparseStore *self, const Given *query, size_t slot, size_t field, size_t *found)
{
    const size_t vector = slot * self->fields + field;
    const size_t start = sparse_store_start(self, vector), end = self->ends[vector];
    const size_t most = query->size < end - start ? query->size : end - start;
    uint64_t *ranks = PyMem_Malloc((most > 0 ? most : 1) * sizeof *ranks);
    *found = 0;
    if (ranks == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0, k = start; i < query->size && k < end;) {
        const uint32_t x = load32(query->hashes + 4 * i), y = self->hashes[k];
        if (x == y) {
            const uint32_t weight = (uint32_t)load16(query->weights + 2 * i) * self->weights[k];
            ranks[(*found)++] = (uint64_t)weight << 32 | (UINT32_MAX - (uint32_t)i);
        }
        i += x <= y;
        k += y <= x;
    }
    return ranks;
}

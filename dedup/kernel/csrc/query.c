/* Dot products of one text with others. */
#include "query.h"

#include <stddef.h>

#define CACHE_LINE ((size_t)64)
#define AT_ONCE ((size_t)64)            /* terms that are filtered before those that are left are looked up */
#define STEP ((size_t)16)               /* of them are filtered without counting them */

static inline Scattered *probe(const Query *query, uint32_t hash)
{
    Scattered *const cells = query->store->cells;
    size_t place = (size_t)(hash * XXH_PRIME1 >> query->shift);
    /* One branch, hardly ever taken: whether the term is here or nowhere is chance. */
    while ((cells[place].hash != hash) & (cells[place].used != 0))
        place = (place + 1) & query->mask;
    return &cells[place];
}

/* Room for a table of so many cells and so many terms in it. */
static int reserve(Store *store, size_t cells, size_t terms)
{
    if (cells > store->cells_room) {
        void *larger = cells > (size_t)PY_SSIZE_T_MAX / sizeof(Scattered) ? NULL : PyMem_Calloc(cells, sizeof(Scattered));
        if (larger == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        PyMem_Free(store->cells);
        store->cells = larger;
        store->cells_room = cells;
    }
    if (kernel_reserve(&store->taken, &store->taken_room, terms, sizeof *store->taken) < 0)
        return -1;
    return 0;
}

/* A vector has fewer than 2**30 terms, so 2**32 cells are never full. */
int query_open(Store *store, Query *query, const View *text)
{
    const size_t terms = view_terms(text);
    unsigned bits = 4;
    query->store = NULL;
    while (bits < 32 && (uint64_t)1 << bits < (uint64_t)4 * terms)
        bits++;
    if ((uint64_t)1 << bits > (uint64_t)PY_SSIZE_T_MAX) {
        PyErr_NoMemory();
        return -1;
    }
    if (reserve(store, (size_t)1 << bits, terms) < 0)
        return -1;
    *query = (Query){store, ((size_t)1 << bits) - 1, 0, 32 - bits};
    const uint32_t *hash = text->hashes;
    const uint16_t *weight = text->weights;
    for (size_t field = 0; field < WEIGHED; field++)
        for (const uint32_t *end = hash + text->sizes[field]; hash < end; hash++, weight++) {
            Scattered *cell = probe(query, *hash);
            if (!cell->used)
                store->taken[query->taken++] = (uint32_t)(cell - store->cells);
            cell->hash = *hash;
            cell->weights[field] = *weight;
            cell->used |= (uint16_t)(1 << field);
            store->filter[*hash >> (32 - FILTER_BITS)] = 1;
        }
    return 0;
}

void query_close(Query *query)
{
    Store *const store = query->store;
    for (size_t i = 0; store != NULL && i < query->taken; i++) {
        Scattered *cell = &store->cells[store->taken[i]];
        store->filter[cell->hash >> (32 - FILTER_BITS)] = 0;
        *cell = (Scattered){0};
    }
    query->store = NULL;
}

void query_prefetch(const Store *store, const Text *text)
{
    const size_t terms = (size_t)text->sizes[BODY] + text->sizes[TITLE] + text->sizes[NUMBERS];
    const char *const hashes = (const char *)(store->hashes + text->start);
    const char *const weights = (const char *)(store->weights + text->start);
    for (size_t at = 0; at < terms * sizeof *store->hashes; at += CACHE_LINE)
        PREFETCH(hashes + at);
    for (size_t at = 0; at < terms * sizeof *store->weights; at += CACHE_LINE)
        PREFETCH(weights + at);
}

/* Which of at most AT_ONCE hashes may be among the terms, of others one in forty: a bit each, that of the last one lowest. */
static inline uint64_t filtered(const uint8_t *filter, const uint32_t *hashes, size_t count)
{
    const uint32_t *const end = hashes + count;
    uint64_t left = 0;
    for (; (size_t)(end - hashes) >= STEP; hashes += STEP)
        for (size_t i = 0; i < STEP; i++)
            left = 2 * left + filter[hashes[i] >> (32 - FILTER_BITS)];
    for (; hashes < end; hashes++)
        left = 2 * left + filter[*hashes >> (32 - FILTER_BITS)];
    return left;
}

/* The dot products of some terms with two fields of the text. A cell that is empty is all 0 and adds nothing. */
static inline Sums products(const Query *query, const uint32_t *hashes, const uint16_t *weights, size_t count, size_t own,
                            size_t other)
{
    Sums sums = {0, 0};
    while (count > 0) {
        const size_t some = count < AT_ONCE ? count : AT_ONCE;
        uint64_t left = filtered(query->store->filter, hashes, some);
        hashes += some;
        weights += some;
        count -= some;
        for (; left != 0; left &= left - 1) {
            const ptrdiff_t place = -1 - (ptrdiff_t)lowest_bit(left);
            const Scattered *cell = probe(query, hashes[place]);
            const uint32_t weight = weights[place];
            sums.own += (uint64_t)(cell->weights[own] * weight);
            sums.other += (uint64_t)(cell->weights[other] * weight);
        }
    }
    return sums;
}

Dots query_dots_beside(const Query *query, const View *text, const Sums *body)
{
    const size_t title = text->sizes[TITLE], numbers = text->sizes[NUMBERS];
    const uint32_t *hashes = text->hashes + text->sizes[BODY];
    const uint16_t *weights = text->weights + text->sizes[BODY];
    const Sums two = products(query, hashes, weights, title, TITLE, BODY);
    const Sums three = products(query, hashes + title, weights + title, numbers, NUMBERS, NUMBERS);
    return (Dots){{body->own, two.own, body->other + two.other, three.own}};
}

Dots query_dots(const Query *query, const View *text)
{
    const Sums body = products(query, text->hashes, text->weights, text->sizes[BODY], BODY, TITLE);
    return query_dots_beside(query, text, &body);
}

Sums query_body(const Query *query, const Text *text)
{
    const Store *const store = query->store;
    return products(query, store->hashes + text->start, store->weights + text->start, text->sizes[BODY], BODY, TITLE);
}

size_t query_shared(const Query *query, const uint32_t *hashes, const uint16_t *weights, size_t count, size_t field,
                    uint64_t *ranks)
{
    size_t shared = 0;
    while (count > 0) {
        const size_t some = count < AT_ONCE ? count : AT_ONCE;
        uint64_t left = filtered(query->store->filter, hashes, some);
        hashes += some;
        weights += some;
        count -= some;
        for (; left != 0; left &= left - 1) {
            const ptrdiff_t place = -1 - (ptrdiff_t)lowest_bit(left);
            const uint32_t hash = hashes[place];
            const Scattered *cell = probe(query, hash);
            ranks[shared] = (uint64_t)(cell->weights[field] * (uint32_t)weights[place]) << 32 | (UINT32_MAX - hash);
            shared += cell->used >> field & 1;
        }
    }
    return shared;
}

/* A text whose terms are looked for in others: what each of these has in common with it, as dot products. */
#ifndef DEDUP_QUERY_H
#define DEDUP_QUERY_H

#include "texts.h"

/* Most terms of another text are none of this one, which a filter tells of nearly all of them without a branch; those that
 * are left are looked up in a small open-addressing table. Both belong to the store: one query at a time. Emptying what was
 * filled takes less than making it empty anew. */
typedef struct {
    Store *store;                       /* NULL where there is nothing to empty */
    size_t mask, taken;
    unsigned shift;
} Query;

/* Dot products of terms with the same field of the text, and with another one. */
typedef struct {
    uint64_t own, other;
} Sums;

/* -1 with MemoryError. */
INTERNAL int query_open(Store *store, Query *query, const View *text);
/* To be called whatever came of it. */
INTERNAL void query_close(Query *query);
INTERNAL Dots query_dots(const Query *query, const View *text);
/* The same of a text whose body was multiplied before. */
INTERNAL Dots query_dots_beside(const Query *query, const View *text, const Sums *body);
/* Says that the terms of a stored text are about to be multiplied: a few texts of many, which lie anywhere in memory. */
INTERNAL void query_prefetch(const Store *store, const Text *text);
/* The dot products of the body of a stored text alone: with the body, and with the title. */
INTERNAL Sums query_body(const Query *query, const Text *text);

/* The terms that a field of the text shares with so many others, in `ranks`, which has room for all of these, as
 * kernel_greatest wants them; how many. The upper half of a number is the product of the weights, the lower UINT32_MAX less
 * the term. */
INTERNAL size_t query_shared(const Query *query, const uint32_t *hashes, const uint16_t *weights, size_t count, size_t field,
                             uint64_t *ranks);

#endif

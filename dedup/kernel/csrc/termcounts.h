/* The structure behind TermCounts. Its functions need the GIL. */
#ifndef DEDUP_TERMCOUNTS_H
#define DEDUP_TERMCOUNTS_H

#include "kernel.h"

typedef struct {
    uint32_t hash, texts;
    double start;                    /* at least 1; 0: the cell is empty */
} Count;

typedef struct {
    PyObject_HEAD
    Count *cells;                    /* open addressing, at most half full */
    size_t bits, used;               /* 2**bits cells */
    size_t texts;
    double start_texts;
} TermCounts;

static inline size_t term_counts_home(const TermCounts *self, uint32_t hash)
{
    return hash * XXH_PRIME1 >> (32 - self->bits);
}

/* The cell of a term; an empty one where it has none. */
static inline Count *term_counts_find(const TermCounts *self, uint32_t hash)
{
    const size_t mask = ((size_t)1 << self->bits) - 1;
    size_t place = term_counts_home(self, hash);
    while (self->cells[place].start != 0 && self->cells[place].hash != hash)
        place = (place + 1) & mask;
    return &self->cells[place];
}

/* The cell of a term, made where it has none, for which there is room. */
static inline Count *term_counts_make(TermCounts *self, uint32_t hash)
{
    Count *cell = term_counts_find(self, hash);
    if (cell->start == 0) {
        *cell = (Count){hash, 0, 1.0};
        self->used++;
    }
    return cell;
}

/* Empty; -1 with MemoryError. The memory of `self` is all 0 before. */
INTERNAL int term_counts_open(TermCounts *self, size_t terms);
/* Room for `more` further terms; -1 with MemoryError, and nothing lost. */
INTERNAL int term_counts_reserve(TermCounts *self, size_t more);
INTERNAL double term_counts_idf(const TermCounts *self, double total, uint32_t hash);
INTERNAL double term_counts_total(const TermCounts *self);
/* Makes of `count` terms, in any order, a vector of the `cap` heaviest: hashes and weights in place, and how many there
 * are. `scratch` has room for as many terms, `raw` for `count + cap` numbers. */
INTERNAL size_t term_counts_weigh(const TermCounts *self, uint32_t *terms, uint32_t *scratch, double *raw,
                                  uint16_t *weights, size_t count, size_t cap);

/* Terms, sorted, each of which counts so many times more. */
typedef struct {
    const uint32_t *terms;
    size_t count, times;
} Emphasis;

/* The same of terms that are sorted, in two steps: leaves one of each, and in `raw` what its frequency weighs; those with
 * an emphasis are all among them. How many there are. */
INTERNAL size_t term_counts_distinct(uint32_t *terms, const Emphasis *emphasis, double *raw, size_t count);
/* Then the vector. */
INTERNAL size_t term_counts_weigh_distinct(const TermCounts *self, uint32_t *terms, double *raw, uint16_t *weights,
                                           size_t count, size_t cap);
/* Fetches the cells of terms, uint32, that are asked for soon. */
INTERNAL void term_counts_prefetch(const TermCounts *self, const void *terms, size_t count);

/* weigh_text.c: a method of TermCounts */
INTERNAL PyObject *term_counts_weigh_text(PyObject *self, PyObject *const *args, Py_ssize_t given);

#endif

/* TermCounts: in how many texts a term is, and the weights that follow.
 *
 * The sums and roundings are those of dedup/kernel/reference/terms.py, operation for operation, so that they give the same
 * bits: no multiplication may be fused with an addition.
 */
#include "termcounts.h"

#include <math.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define FREQUENCIES 64

int term_counts_open(TermCounts *self, size_t terms)
{
    self->bits = 4;
    while (self->bits < 31 && ((size_t)1 << self->bits) < 4 * terms)
        self->bits++;
    self->cells = PyMem_Calloc((size_t)1 << self->bits, sizeof(Count));
    if (self->cells == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    kernel_advise(self->cells, sizeof(Count) << self->bits);
    return 0;
}

/* Terms that no text holds any more and that are rare in general do not move to the new table. */
int term_counts_reserve(TermCounts *self, size_t more)
{
    const size_t cells = (size_t)1 << self->bits;
    if (2 * (self->used + more) <= cells)
        return 0;
    size_t live = 0;
    for (size_t i = 0; i < cells; i++)
        live += self->cells[i].texts > 0 || self->cells[i].start > 1.0;
    if (live + more > (size_t)1 << 30) {
        PyErr_SetString(PyExc_OverflowError, "there are at most 2**30 terms");
        return -1;
    }
    Count *const old = self->cells;
    const size_t old_bits = self->bits;
    if (term_counts_open(self, live + more) < 0) {
        self->cells = old;
        self->bits = old_bits;
        return -1;
    }
    self->used = live;
    for (size_t i = 0; i < cells; i++)
        if (old[i].texts > 0 || old[i].start > 1.0)
            *term_counts_find(self, old[i].hash) = old[i];
    PyMem_Free(old);
    return 0;
}

double term_counts_total(const TermCounts *self)
{
    return log((double)self->texts + self->start_texts + 1.0);
}

double term_counts_idf(const TermCounts *self, double total, uint32_t hash)
{
    const Count *cell = term_counts_find(self, hash);
    const double known = cell->start == 0 ? 1.0 : (double)cell->texts + cell->start;
    const double idf = total - log(known);
    return idf > 0.0 ? idf : 0.0;
}

/* log(frequency) + 1, of small ones computed once. The GIL is held. */
static double of_frequency(size_t frequency)
{
    static double known[FREQUENCIES];
    if (frequency >= FREQUENCIES)
        return log((double)frequency) + 1.0;
    if (known[frequency] == 0)
        known[frequency] = log((double)frequency) + 1.0;
    return known[frequency];
}

static void sift_down(double *heap, size_t size, size_t place)
{
    const double value = heap[place];
    for (size_t child; (child = 2 * place + 1) < size; place = child) {
        if (child + 1 < size && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[place] = heap[child];
    }
    heap[place] = value;
}

/* Leaves the `cap` heaviest, of equally heavy ones those that come first; `heap` has room for `cap` numbers. */
static size_t cut(uint32_t *hashes, double *raw, double *heap, size_t count, size_t cap)
{
    if (count <= cap || cap == 0)
        return count < cap ? count : cap;
    memcpy(heap, raw, cap * sizeof *heap);
    for (size_t place = cap / 2; place-- > 0;)
        sift_down(heap, cap, place);
    for (size_t i = cap; i < count; i++)
        if (raw[i] > heap[0]) {
            heap[0] = raw[i];
            sift_down(heap, cap, 0);
        }
    const double least = heap[0];
    size_t heavier = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        heavier += raw[i] > least;
    for (size_t i = 0, equal = cap - heavier; i < count; i++) {
        if (raw[i] < least || (raw[i] == least && equal == 0))
            continue;
        equal -= raw[i] == least;
        hashes[kept] = hashes[i];
        raw[kept++] = raw[i];
    }
    return kept;
}

void term_counts_prefetch(const TermCounts *self, const void *terms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PREFETCH(&self->cells[term_counts_home(self, load32((const uint8_t *)terms + 4 * i))]);
}

size_t term_counts_distinct(uint32_t *terms, const Emphasis *emphasis, double *raw, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0, more = 0; i < count;) {
        const uint32_t term = terms[i];
        size_t frequency = 0;
        for (; i < count && terms[i] == term; i++)
            frequency++;
        for (; more < emphasis->count && emphasis->terms[more] == term; more++)
            frequency += emphasis->times;
        terms[kept] = term;
        raw[kept++] = of_frequency(frequency);
    }
    return kept;
}

size_t term_counts_weigh_distinct(const TermCounts *self, uint32_t *terms, double *raw, uint16_t *weights, size_t count,
                                  size_t cap)
{
    const double total = term_counts_total(self);
    size_t kept = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        const double weight = raw[i] * term_counts_idf(self, total, terms[i]);
        if (weight > 0.0) {
            terms[kept] = terms[i];
            raw[kept++] = weight;
        }
    }
    kept = cut(terms, raw, raw + count, kept, cap);
    double squares = 0.0;
    for (size_t i = 0; i < kept; i++)
        squares += raw[i] * raw[i];
    const double factor = SCALE / sqrt(squares);
    for (size_t i = 0; i < kept; i++) {
        const uint16_t weight = (uint16_t)(raw[i] * factor + 0.5);
        if (weight > 0) {
            terms[size] = terms[i];
            weights[size++] = weight;
        }
    }
    return size;
}

size_t term_counts_weigh(const TermCounts *self, uint32_t *terms, uint32_t *scratch, double *raw, uint16_t *weights,
                         size_t count, size_t cap)
{
    const Emphasis none = {NULL, 0, 0};
    term_counts_prefetch(self, terms, count);
    kernel_sort(terms, scratch, count);
    count = term_counts_distinct(terms, &none, raw, count);
    return term_counts_weigh_distinct(self, terms, raw, weights, count, cap);
}

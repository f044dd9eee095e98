/* The greatest of many numbers, as they come: the first `limit` make a heap with the least at its front, which the next must
 * exceed. */
#ifndef DEDUP_GREATEST_H
#define DEDUP_GREATEST_H

#include <stddef.h>
#include <stdint.h>

static inline void greatest_sift_down(uint64_t *heap, size_t size, size_t place)
{
    const uint64_t value = heap[place];
    for (size_t child; (child = 2 * place + 1) < size; place = child) {
        if (child + 1 < size && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[place] = heap[child];
    }
    heap[place] = value;
}

static inline void greatest_heap(uint64_t *values, size_t count)
{
    for (size_t place = count / 2; place-- > 0;)
        greatest_sift_down(values, count, place);
}

/* Offers a number to the `kept` greatest so far; returns how many there are now. `limit` is at least 1. */
static inline size_t greatest_offer(uint64_t *values, size_t kept, size_t limit, uint64_t value)
{
    if (kept < limit) {
        values[kept++] = value;
        if (kept == limit)
            greatest_heap(values, limit);
    } else if (value > values[0]) {
        values[0] = value;
        greatest_sift_down(values, limit, 0);
    }
    return kept;
}

#endif

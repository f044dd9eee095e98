/* The greatest of many numbers, as they come: the first `limit` make a heap with the least at its front, which the next must
 * exceed. Which of two children is the lesser is chance, so it is told without a branch. */
#ifndef DEDUP_GREATEST_H
#define DEDUP_GREATEST_H

#include <stddef.h>
#include <stdint.h>

static inline void greatest_sift_down(uint64_t *heap, size_t size, size_t place)
{
    const uint64_t value = heap[place];
    size_t child = 2 * place + 1;
    for (; child + 1 < size; child = 2 * place + 1) {
        child += heap[child + 1] < heap[child];
        if (heap[child] >= value)
            break;
        heap[place] = heap[child];
        place = child;
    }
    if (child + 1 == size && heap[child] < value) {
        heap[place] = heap[child];
        place = child;
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

/* Brings the `kept` that were offered into order, greatest first. */
static inline void greatest_sort(uint64_t *values, size_t kept, size_t limit)
{
    if (kept < limit)
        greatest_heap(values, kept);
    for (size_t size = kept; size > 1;) {
        const uint64_t least = values[0];
        values[0] = values[--size];
        values[size] = least;
        greatest_sift_down(values, size, 0);
    }
}

#endif

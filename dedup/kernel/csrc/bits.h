/* Bytes looked at many at once: a bit for each that is of some kind. The loops over them are those that compilers turn into
 * instructions on vectors. */
#ifndef DEDUP_BITS_H
#define DEDUP_BITS_H

#include "kernel.h"

#define BITS ((size_t)64)

/* A bit for each of so many flags, 0 or 1, the first lowest. */
static inline uint64_t bits_of(const uint8_t *flags)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < BITS; i += 8) {
        const uint64_t eight = load64(flags + i);
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << i;
    }
    return bits;
}

/* The bits below this number, which is at most BITS. */
static inline uint64_t bits_below(size_t number)
{
    return number < BITS ? (UINT64_C(1) << number) - 1 : UINT64_MAX;
}

/* So many bytes at `text`, where it is `size` long and shorter than that a copy of them, the rest spaces. */
static inline const uint8_t *bits_block(const uint8_t *text, size_t size, uint8_t *copy)
{
    if (size >= BITS)
        return text;
    memset(copy, ' ', BITS);
    memcpy(copy, text, size);
    return copy;
}

#endif

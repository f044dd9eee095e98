/* Tokens in a buffer, one space between two: where each begins, and hashes of runs of them. */
#ifndef DEDUP_TOKENS_H
#define DEDUP_TOKENS_H

#include "kernel.h"

/* Bytes behind the tokens that may be read, whatever they hold. */
#define TOKENS_PADDING ((size_t)16)

/* A flag, the highest bit, in each of eight bytes that is a space. */
static inline uint64_t tokens_spaces(const uint8_t *text)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
    const uint64_t bytes = ((uint64_t)load32(text) | (uint64_t)load32(text + 4) << 32) ^ UINT64_C(0x2020202020202020);
    return ~(((bytes & low) + low) | bytes | low);
}

/* The number of the first byte that is flagged; there is one. */
static inline size_t tokens_first(uint64_t flags)
{
#if defined(__GNUC__)
    return (size_t)__builtin_ctzll(flags) >> 3;
#else
    size_t number = 0;
    while ((flags >> (8 * number) & 0x80) == 0)
        number++;
    return number;
#endif
}

/* Behind the place of each token so many more may be written. */
#define TOKENS_SLACK ((size_t)3)
/* Bytes whose tokens are looked for at once: bounds the room for them that is not used. */
#define TOKENS_AT_ONCE ((size_t)4096)

/* Writes behind `count` places those of the tokens that begin behind a space in `text`, which is padded and stands
 * at `base`; how many places there are then. A token that is empty counts. */
static inline size_t tokens_starts(const uint8_t *text, size_t size, size_t base, size_t *starts, size_t count)
{
    for (size_t at = 0; at < size; at += 8) {
        uint64_t flags = tokens_spaces(text + at);
        if (size - at < 8)
            flags &= (UINT64_C(1) << 8 * (size - at)) - 1;
        /* The flags, a bit each, add up in the highest byte. Two places are written in any case, and most often those
         * are all: how many there are is no branch that could be guessed. */
        const size_t found = (size_t)((flags >> 7) * UINT64_C(0x0101010101010101) >> 56);
        const uint64_t last = UINT64_C(1) << 63, rest = flags & (flags - 1);
        starts[count] = base + at + tokens_first(flags | last) + 1;
        starts[count + 1] = base + at + tokens_first(rest | last) + 1;
        if (found > 2) {
            size_t place = count;
            for (; flags != 0; flags &= flags - 1)
                starts[place++] = base + at + tokens_first(flags) + 1;
        }
        count += found;
    }
    return count;
}

/* xxh32 of bytes behind which TOKENS_PADDING more may be read. Those of three words, or of one, take the same
 * instructions whatever their length is, since no guess of a branch would be a good one. */
static inline uint32_t tokens_hash(const uint8_t *bytes, size_t length)
{
    if (length >= 32)
        return xxh32(bytes, length);
    const uint32_t lane1 = xxh32_round(XXH_PRIME1 + XXH_PRIME2, load32(bytes));
    const uint32_t lane2 = xxh32_round(XXH_PRIME2, load32(bytes + 4));
    const uint32_t lane3 = xxh32_round(0, load32(bytes + 8));
    const uint32_t lane4 = xxh32_round(0 - XXH_PRIME1, load32(bytes + 12));
    const uint32_t lanes = rotate32(lane1, 1) + rotate32(lane2, 7) + rotate32(lane3, 12) + rotate32(lane4, 18);
    uint32_t h = XXH_PRIME5 ^ ((XXH_PRIME5 ^ lanes) & (0 - (uint32_t)(length >= 16)));
    const uint8_t *const words = bytes + (length & 16);
    h += (uint32_t)length;
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t next = rotate32(h + load32(words + 4 * i) * XXH_PRIME3, 17) * XXH_PRIME4;
        h ^= (h ^ next) & (0 - (uint32_t)(i < (length & 15) >> 2));
    }
    const uint32_t last = load32(words + (length & 12));
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t next = rotate32(h + (last >> 8 * i & 255) * XXH_PRIME5, 11) * XXH_PRIME1;
        h ^= (h ^ next) & (0 - (uint32_t)(i < (length & 3)));
    }
    h ^= h >> 15;
    h *= XXH_PRIME2;
    h ^= h >> 13;
    h *= XXH_PRIME3;
    return h ^ h >> 16;
}

/* The same of fewer than 16 bytes, as most words are. */
static inline uint32_t tokens_hash_word(const uint8_t *bytes, size_t length)
{
    uint32_t h = XXH_PRIME5 + (uint32_t)length;
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t next = rotate32(h + load32(bytes + 4 * i) * XXH_PRIME3, 17) * XXH_PRIME4;
        h ^= (h ^ next) & (0 - (uint32_t)(i < length >> 2));
    }
    const uint32_t last = load32(bytes + (length & 12));
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t next = rotate32(h + (last >> 8 * i & 255) * XXH_PRIME5, 11) * XXH_PRIME1;
        h ^= (h ^ next) & (0 - (uint32_t)(i < (length & 3)));
    }
    h ^= h >> 15;
    h *= XXH_PRIME2;
    h ^= h >> 13;
    h *= XXH_PRIME3;
    return h ^ h >> 16;
}

#endif

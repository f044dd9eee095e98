/* Tokens in a buffer, one space between two: where each begins, and hashes of runs of them. */
#ifndef DEDUP_TOKENS_H
#define DEDUP_TOKENS_H

#include "bits.h"

/* Bytes behind the tokens that may be read, whatever they hold. */
#define TOKENS_PADDING ((size_t)16)

/* Bytes whose tokens are looked for at once: bounds the room for them that is not used. */
#define TOKENS_AT_ONCE ((size_t)1024)

typedef struct {
    const uint8_t *text;
    size_t size;
} Tokens;

/* Some tokens in a row: where each begins, and what stands behind the last; to begin with `at` is 0. */
typedef struct {
    size_t at, count;                   /* `at`: where the next ones begin */
    size_t starts[TOKENS_AT_ONCE + 2];
    uint32_t hashes[TOKENS_AT_ONCE + 1];
} TokenRun;

/* tokens.c: whether there are further tokens, with their hashes. A token that is empty counts. */
INTERNAL int kernel_next_tokens(const Tokens *tokens, TokenRun *run);

/* Writes behind `count` places those of the tokens that begin behind a space in `text`, which stands at `base`; how many
 * places there are then. */
static inline size_t tokens_starts(const uint8_t *text, size_t size, size_t base, size_t *starts, size_t count)
{
    uint8_t copy[BITS], flags[BITS];
    for (size_t at = 0; at < size; at += BITS) {
        const uint8_t *const block = bits_block(text + at, size - at, copy);
        for (size_t i = 0; i < BITS; i++)
            flags[i] = block[i] == ' ';
        for (uint64_t spaces = bits_of(flags) & bits_below(size - at); spaces != 0; spaces &= spaces - 1)
            starts[count++] = base + at + lowest_bit(spaces) + 1;
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

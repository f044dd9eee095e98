/* What the walk (walk.c) and the glance (lines.c) do with UTF-8, for others that read text. They touch no Python object. */
#ifndef DEDUP_WALK_H
#define DEDUP_WALK_H

#include "kernel.h"

/* Bytes behind tokens over which may be written. */
#define WALK_SLACK ((size_t)16)
/* Room for the normal form of so many bytes of text. */
#define FORM_ROOM(size, ascii) ((ascii) ? (size) : 2 * (size))
/* Room for the tokens of so many bytes: a character of two bytes becomes seven at most, of three nine. */
#define WALK_ROOM(size, ascii) (((ascii) ? (size) : 4 * (size)) + 1 + WALK_SLACK)
#define FILTER_BYTES ((size_t)1 << 13)
#define LONGEST_PHRASE ((size_t)256)

INTERNAL int kernel_check_folding(const Py_buffer *folding);
INTERNAL int kernel_check_kinds(const Py_buffer *kinds);
INTERNAL int kernel_check_filter(const Py_buffer *filter);

/* Writes the tokens to `out`, a space behind each; the number of bytes, or SIZE_MAX for text that is left to Python. */
INTERNAL size_t kernel_fold(const uint8_t *text, size_t size, const uint8_t *folding, uint8_t *out);
/* affixes.c: joins affixes to their words in tokens with a space behind each; the number of bytes. */
INTERNAL size_t kernel_join_affixes(uint8_t *tokens, size_t size);
/* The length of the first `limit` of the tokens, each with a space behind it. */
INTERNAL size_t kernel_first_tokens(const uint8_t *tokens, size_t size, size_t limit);
/* normalise.c: writes the normal form to `out`, which has FORM_ROOM; how many bytes there are, or SIZE_MAX as above. */
INTERNAL size_t kernel_normalise(const uint8_t *text, size_t size, const uint8_t *kinds, uint8_t *out);
/* controls.c: whether any byte, or any C1 control, is one of those that `controls` counts, or NUL. */
INTERNAL int kernel_has_controls(const uint8_t *text, size_t size);

/* Whether a Bloom filter of two bits a value may hold the value. */
static inline int kernel_may_have(const uint8_t *filter, uint32_t value)
{
    const uint32_t one = value * XXH_PRIME1 >> 16, other = value * XXH_PRIME2 >> 16;
    return filter[one >> 3] >> (one & 7) & 1 && filter[other >> 3] >> (other & 7) & 1;
}

static inline int is_ascii(const uint8_t *text, size_t size)
{
    uint64_t all = 0;
    size_t at = 0;
    for (; at + 8 <= size; at += 8)
        all |= eight_bytes(text, at, size);
    all |= eight_bytes(text, at, size);
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

/* The lines of a text, one after another; `twice` is set once a line is printed twice in a row, blank ones between or
 * not. To begin with only `at` and `end` are set. */
typedef struct {
    const uint8_t *at, *end, *before;   /* the last line that was not blank, */
    size_t size_before, number;         /* its size; the number of the next line */
    int twice;
} Lines;

/* Whether there is a further line to look at; its number. */
INTERNAL int kernel_next_suspect(Lines *lines, const uint8_t *phrases, size_t longest, size_t *number);
INTERNAL int kernel_has_copyright(const uint8_t *at, const uint8_t *end);
/* Whether there is a further line in which a site may speak to its readers; its number. */
INTERNAL int kernel_next_note(Lines *lines, const uint8_t *folding, const uint8_t *words, size_t *number);
/* Where the first token from `at` on begins that the filter may hold, and `*end` behind it; `size` where there is none. */
INTERNAL size_t kernel_next_held(const uint8_t *tokens, size_t size, size_t at, const uint8_t *filter, size_t *end);
/* Whether two lines may have one key (furniture.key). */
INTERNAL int kernel_may_be_alike(const uint8_t *one, size_t size, const uint8_t *other, size_t other_size);

#endif

/* The terms of a text, hashed. */
#ifndef DEDUP_TERMHASHES_H
#define DEDUP_TERMHASHES_H

#include "stems.h"

/* Tokens below this byte hold no letters of a script without spaces: each is a term. */
#define WORD_BYTES 0xE0

typedef struct {
    uint32_t *hashes;                   /* the memory of the following, to be freed */
    const uint32_t *head, *text, *numbers; /* the text stands right behind the title */
    size_t in_head, in_text, in_numbers;
    int syllabic;                       /* whether the body begins with a syllable */
} TermHashes;

/* Terms of title, body and name, three str, without a title that the body begins with; their stems where there are `stems`.
 * 1; 0 where the definition is to be asked: for more than `most` tokens in one, a pair that is very long, or a lone
 * surrogate; -1 with an error set. */
INTERNAL int kernel_take_terms(PyObject *const *parts, Py_ssize_t most, Stems *stems, TermHashes *found);
/* How many tokens there are; `greatest` becomes the greatest of their bytes. */
INTERNAL size_t kernel_count_tokens(const Tokens *tokens, uint8_t *greatest);

/* The UTF-8 of tokens, a str: 1; 0 where a lone surrogate is in them, -1 with an error set. */
INTERNAL int kernel_take_tokens(PyObject *object, Tokens *tokens);

/* spelling.c: as first_of, the number, -1 for none, in `number`; -1 with an error set. `terms` are little-endian. */
INTERNAL int kernel_first_among(const uint8_t *terms, size_t count, PyObject *names, long *number);

#endif

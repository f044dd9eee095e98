/* The terms of a text whose tokens are its terms. */
#ifndef DEDUP_TERMHASHES_H
#define DEDUP_TERMHASHES_H

#include "tokens.h"

typedef struct {
    uint32_t *hashes;                   /* the memory of the following, to be freed */
    const uint32_t *head, *text, *numbers; /* the text stands right behind the title */
    size_t in_head, in_text, in_numbers;
} TermHashes;

/* Terms of a title and of a body that is not its own beginning: 1; 0 where a token may not be a term, or there are more
 * than `most` in one; -1 with MemoryError. */
INTERNAL int kernel_take_terms(PyObject *title, PyObject *body, PyObject *name, Py_ssize_t most, TermHashes *found);

/* The UTF-8 of tokens; -1 with an error set. */
INTERNAL int kernel_take_tokens(PyObject *object, Tokens *tokens);

/* spelling.c: as first_of, the number, -1 for none, in `number`; -1 with an error set. `terms` are little-endian. */
INTERNAL int kernel_first_among(const uint8_t *terms, size_t count, PyObject *names, long *number);

#endif

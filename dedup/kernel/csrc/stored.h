/* An article as the database holds it, taken from Python. */
#ifndef DEDUP_STORED_H
#define DEDUP_STORED_H

#include "kernel.h"

/* Lengths of all terms and of the vectors, then the background. */
#define STORED_HEAD 12

typedef struct {
    const uint8_t *bytes;
    size_t size;
} Bytes;

/* A row of dedup.kernel.reference.filling.Stored; what is bytes is that of the objects in the row, which keep it. */
typedef struct {
    int64_t id, ordinal, published, group, story;
    uint32_t version, salt;
    int text;
    Bytes publisher, words, signature, terms;
} Stored;

/* All columns are as they must be, but for what is in the last two; -1 with ValueError where one is not. Runs no Python
 * code: only integers, exact bytes and tuples are let in, and of a tuple of a class of its own, as rows that the present
 * batch changed are, what it holds is taken and not what it says. */
INTERNAL int stored_take(PyObject *tuple, Stored *row);
/* ValueError; always -1. */
INTERNAL int stored_malformed(const char *what);

#endif

/* An article that is being decided, as Python gives it: dedup/kernel/reference/meeting.py names its parts. */
#ifndef DEDUP_NEWCOMER_H
#define DEDUP_NEWCOMER_H

#include "articles_arguments.h"

typedef struct {
    Given text;                      /* its place, date and headline; its terms where it has vectors and they are asked for */
    uint32_t *headline;
    Py_buffer bands, terms, scores;
    int has_vectors;
} Newcomer;

/* newcomer.c: all of it is taken before any structure is touched. To be released, unless -1 with an error set. */
INTERNAL int newcomer_take(Newcomer *newcomer, PyObject *tuple, int with_vectors);
INTERNAL void newcomer_release(Newcomer *newcomer);

#endif

/* What the stems of words hash to: a table of the words that came before, and who hashes others. */
#ifndef DEDUP_STEMS_H
#define DEDUP_STEMS_H

#include "termlist.h"

/* A word: where it begins among the bytes of all, its own hash, and that of its stem. */
typedef struct {
    size_t at;
    uint32_t size, own, hash;
} Stem;

typedef struct {
    PyObject_HEAD
    PyObject *hashed;                   /* a function from a list of str to their hashes */
    uint32_t *cells;                    /* 2**bits numbers of stems, or NO_STEM; at most half full */
    unsigned bits;
    Stem *stems;
    size_t count, room;
    uint8_t *words;
    size_t used, words_room;
} Stems;

/* Gives each term the hash of its stem; -1 with an error set. */
INTERNAL int stems_resolve(Stems *self, Term *terms, size_t count);
/* `object` as an instance, borrowed, or None as NULL, by the type of something of this module; 0 with TypeError. */
INTERNAL int stems_take(PyTypeObject *type, PyObject *object, Stems **stems);

#endif

/* What Articles takes from Python. All of it is taken before the structure is touched: taking it may run Python code. */
#ifndef DEDUP_ARTICLES_ARGUMENTS_H
#define DEDUP_ARTICLES_ARGUMENTS_H

#include "articles.h"
#include "texts_arguments.h"

static inline Roster *roster_of(PyObject *object)
{
    return &((Articles *)object)->roster;
}

/* 0 where a number may be a key, else -1 with ValueError. */
INTERNAL int articles_check(int64_t number, const char *name);

/* articles_compare.c: compare(shingles, ordinals, published, skeleton, sets, share, enough, without=()) */
INTERNAL PyObject *articles_type_compare(PyObject *object, PyObject *args);

#endif

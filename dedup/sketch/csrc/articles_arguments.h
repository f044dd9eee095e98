/* What Articles takes from Python. All of it is taken before the structure is touched: taking it may run Python code. */
#ifndef DEDUP_ARTICLES_ARGUMENTS_H
#define DEDUP_ARTICLES_ARGUMENTS_H

#include "articles.h"
#include "texts_arguments.h"

static inline Roster *roster_of(PyObject *object)
{
    return &((Articles *)object)->roster;
}

/* 0 where a number may be a key, or is below 2**32; else -1 with ValueError. */
INTERNAL int articles_check(int64_t number, const char *name);
INTERNAL int articles_check_small(int64_t number, const char *name);
/* For qsort: the order of int64. */
INTERNAL int articles_ascending(const void *one, const void *other);

/* articles_groups.c */
INTERNAL PyObject *articles_type_groups_of(PyObject *object, PyObject *ordinals);
INTERNAL PyObject *articles_type_story_of(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_groups_in(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_members_of(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_is_whole(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_know_less(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_place(PyObject *object, PyObject *args);
INTERNAL PyObject *articles_type_regroup(PyObject *object, PyObject *args);
INTERNAL PyObject *articles_type_move(PyObject *object, PyObject *args);
INTERNAL PyObject *articles_type_drop_group(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_extent(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_set_extent(PyObject *object, PyObject *args);
INTERNAL PyObject *articles_type_forget_extent(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_lengthen(PyObject *object, PyObject *args);

/* articles_compare.c: compare(shingles, ordinals, published, skeleton, sets, share, enough, without=()) */
INTERNAL PyObject *articles_type_compare(PyObject *object, PyObject *args);

#endif

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

/* Where a new article belongs; `begins` as in Articles.add. */
typedef struct {
    int64_t id, group, story, version;
    int text, begins;
} Place;

/* articles_type.c: adds an article whose ordinal and date are in their range; -1 with an error set, and nothing lost. */
INTERNAL int articles_admit(Roster *self, const View *newcomer, const Place *place);

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
INTERNAL PyObject *articles_type_set_extent(PyObject *object, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *articles_type_forget_extent(PyObject *object, PyObject *argument);
INTERNAL PyObject *articles_type_lengthen(PyObject *object, PyObject *args);

/* What is compared: a set of shingles and a newcomer with the groups of articles, by their ordinals. */
typedef struct {
    Py_buffer shingles;
    int64_t *ordinals, *without;
    size_t count, without_count;
    View newcomer;
    uint32_t *words;
    PyObject *sets[2];               /* borrowed */
    double share;
    int64_t enough;
} Comparing;

/* What is told of it: three lists. */
typedef struct {
    PyObject *found, *unknown, *missing;
} Compared;

/* articles_compare.c: -1 with an error set, and no lists. The sets are those of a tuple, which keeps them. */
INTERNAL int articles_compare(const Roster *self, const Comparing *wanted, Compared *answer);
INTERNAL void articles_forget_compared(Compared *answer);
INTERNAL int articles_take_sets(Comparing *wanted, PyObject *sets);

/* articles_compare.c: compare(shingles, ordinals, published, skeleton, sets, share, enough, without=()) */
INTERNAL PyObject *articles_type_compare(PyObject *object, PyObject *args);

#endif

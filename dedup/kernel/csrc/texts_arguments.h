/* What Texts takes from Python. All of it is taken before the structure is touched: taking it may run Python code. */
#ifndef DEDUP_TEXTS_ARGUMENTS_H
#define DEDUP_TEXTS_ARGUMENTS_H

#include "arguments.h"
#include "evidence.h"

/* A text as Python gives it, with the memory of its terms. */
typedef struct {
    View view;
    void *memory;
} Given;

static inline Store *store_of(PyObject *object)
{
    return &((Texts *)object)->store;
}

/* Converters for PyArg_Parse; `texts_moment` takes None as UNDATED. */
INTERNAL int texts_moment(PyObject *object, void *value);
INTERNAL int texts_weights(PyObject *object, void *value);
INTERNAL int texts_bounds(PyObject *object, void *value);
INTERNAL int texts_limits(PyObject *object, void *value);
/* 0 where the number of a story is in its range, else -1 with ValueError. */
INTERNAL int texts_check_story(int64_t number);
/* 0 where a place in the order of decisions and a moment are in their range, else -1 with ValueError. */
INTERNAL int texts_check_place(int64_t ordinal, int64_t published);
/* A text of FIELDS vectors; memory is to be freed with PyMem_Free also after an error (-1). */
INTERNAL int texts_take(Given *given, PyObject *vectors, int64_t ordinal, int64_t published, int64_t background);
/* Who published a text and the words of its headline, a tuple of two bytes or NULL for unknown: an array, in the view,
 * to be freed with PyMem_Free; -1 with an error set. */
INTERNAL int texts_take_skeleton(View *view, uint32_t **headline, PyObject *skeleton);
/* One vector, as the first field; likewise. */
INTERNAL int texts_take_vector(Given *given, PyObject *vector);
/* The slots of texts, an array to be freed with PyMem_Free; NULL with an error set, KeyError for one that is not there. */
INTERNAL uint32_t *texts_slots(const Store *store, PyObject *ordinals, size_t *count);
/* A list of ordinals. */
INTERNAL PyObject *texts_list(const uint64_t *ordinals, size_t count);

/* texts_type.c: adds a text, as it was taken, to a story; -1 with an error set, and nothing lost. */
INTERNAL int texts_admit(Store *self, const View *text, int64_t story);

/* evidence_methods.c: (story, log_odds, likeness, days, dated, nearest) */
INTERNAL PyObject *texts_fit_tuple(const StoryFit *fit);

INTERNAL PyObject *texts_type_weigh(PyObject *object, PyObject *args, PyObject *named);
INTERNAL PyObject *texts_type_fit(PyObject *object, PyObject *args, PyObject *named);
INTERNAL PyObject *texts_type_part(PyObject *object, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *texts_type_is_one(PyObject *object, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *texts_type_shared(PyObject *object, PyObject *args, PyObject *named);
INTERNAL PyObject *texts_type_common(PyObject *object, PyObject *args, PyObject *named);

#endif

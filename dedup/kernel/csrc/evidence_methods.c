/* The methods of Texts that answer what evidence there is. Arguments are taken first, then the structure is used, and
 * results are made last: what comes before and after may run Python code that changes it. */
#include "chance.h"
#include "texts_arguments.h"

#include <math.h>

PyObject *texts_fit_tuple(const StoryFit *fit)
{
    const double *kinds = fit->likeness.kinds;
    return Py_BuildValue("(Ld(ddddd)dNK)", (long long)fit->story, fit->log_odds, kinds[0], kinds[1], kinds[2], kinds[3], kinds[4],
                         fit->days, PyBool_FromLong(fit->dated), (unsigned long long)fit->nearest);
}

/* What a vector shares with a field of a text, as in evidence_shared. */
static uint64_t *shared_with(Store *store, const View *vector, uint32_t slot, size_t field, size_t *count)
{
    Query query;
    if (query_open(store, &query, vector) < 0)
        return NULL;
    uint64_t *shared = evidence_shared(&query, slot, field, BODY, count);
    query_close(&query);
    return shared;
}

/* What a text has in common with a stored one; -1 with MemoryError. */
static int common_with(Store *store, const View *text, uint32_t slot, const Calendar *calendar, Common *common)
{
    Query query;
    if (query_open(store, &query, text) < 0)
        return -1;
    Shares shares = {.bodies = {NULL, 0}};
    shares.bodies.shared = evidence_shared(&query, slot, BODY, BODY, &shares.bodies.count);
    int status = -1;
    if (shares.bodies.shared != NULL)
        status = shares_take(&query, slot, calendar, &shares);
    if (status == 0)
        *common = shares_common(&shares, text->sizes[BODY], store->texts[slot].sizes[BODY]);
    shares_free(&shares);
    PyMem_Free(shares.bodies.shared);
    query_close(&query);
    return status;
}

static int weigh(Store *store, const View *text, const Ordinals *found, const Ordinals *around, const Weights *weights,
                 const size_t limits[2], Weighed *weighed)
{
    Query query;
    if (query_open(store, &query, text) < 0)
        return -1;
    const int status = evidence_weigh(&query, text, found, around, weights, limits[0], limits[1], weighed);
    query_close(&query);
    return status;
}

/* The fits come best first, those of less than `least` log-odds are left out. */
static PyObject *weighed_tuple(const Weighed *weighed, double least)
{
    size_t count = 0;
    while (count < weighed->count && weighed->fits[count].log_odds >= least)
        count++;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *fit = texts_fit_tuple(&weighed->fits[i]);
        if (fit == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, fit);
    }
    return list == NULL ? NULL : Py_BuildValue("(kN)", (unsigned long)weighed->background, list);
}

PyObject *texts_type_weigh(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vectors", "ordinal", "published", "found", "around", "weights", "limits", "least", NULL};
    int64_t ordinal, published;
    size_t limits[2];
    Ordinals found, around = {NULL, 0};
    PyObject *vectors, *candidates, *others, *result = NULL;
    Weights weights;
    Weighed weighed = {0, NULL, 0};
    Given given = {.memory = NULL};
    double least = -HUGE_VAL;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OO&O&OOO&O&|d:weigh", names, &vectors, kernel_whole, &ordinal, texts_moment,
                                     &published, &candidates, &others, texts_weights, &weights, texts_limits, limits, &least) ||
        (found.ordinals = kernel_wholes(candidates, &found.count)) == NULL)
        return NULL;
    around.ordinals = kernel_wholes(others, &around.count);
    if (around.ordinals != NULL && texts_take(&given, vectors, ordinal, published, 0) == 0 &&
        weigh(store_of(object), &given.view, &found, &around, &weights, limits, &weighed) == 0)
        result = weighed_tuple(&weighed, least);
    PyMem_Free(given.memory);
    PyMem_Free(weighed.fits);
    PyMem_Free(around.ordinals);
    PyMem_Free(found.ordinals);
    return result;
}

PyObject *texts_type_fit(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vectors", "ordinal", "published", "background", "others", "weights", NULL};
    int64_t ordinal, published, background;
    PyObject *vectors, *others;
    Weights weights;
    StoryFit fit;
    Given given;
    size_t count;
    int status = -1;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OO&O&O&OO&:fit", names, &vectors, kernel_whole, &ordinal, texts_moment,
                                     &published, kernel_whole, &background, &others, texts_weights, &weights))
        return NULL;
    uint32_t *slots = NULL;
    if (texts_take(&given, vectors, ordinal, published, background) == 0)
        slots = texts_slots(store_of(object), others, &count);
    if (slots != NULL && (count < 1 || count > MAX_VOICES))
        PyErr_Format(PyExc_ValueError, "there must be 1 to %d others, not %zu", MAX_VOICES, count);
    else if (slots != NULL)
        status = evidence_fit(store_of(object), &given.view, slots, count, &weights, &fit);
    PyMem_Free(slots);
    PyMem_Free(given.memory);
    return status < 0 ? NULL : texts_fit_tuple(&fit);
}

/* (vectors, ordinal, published, background, weights, bounds), as the last arguments of two methods; `given` is to be freed
 * whatever came of it. */
static int take_parting(PyObject *const *args, Given *given, Weights *weights, Bounds *bounds)
{
    int64_t ordinal, published, background;
    *given = (Given){.memory = NULL};
    return kernel_whole(args[1], &ordinal) && texts_moment(args[2], &published) && kernel_whole(args[3], &background) &&
           texts_weights(args[4], weights) && texts_bounds(args[5], bounds) &&
           texts_take(given, args[0], ordinal, published, background) == 0;
}

PyObject *texts_type_part(PyObject *object, PyObject *const *args, Py_ssize_t given)
{
    int64_t number;
    PyObject *result = NULL;
    Weights weights;
    Bounds bounds;
    Part parts[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    Given text = {.memory = NULL};
    double log_odds;
    int status = -1;
    if (arguments_are(given, 7, "part") && kernel_whole(args[0], &number) && take_parting(args + 1, &text, &weights, &bounds))
        status = evidence_part(store_of(object), texts_story(store_of(object), number), &text.view, &weights, &bounds,
                               &log_odds, parts);
    if (status == 0)
        result = Py_NewRef(Py_None);
    else if (status == 1)
        result = Py_BuildValue("(dNN)", log_odds, texts_list(parts[0].ordinals, parts[0].count),
                               texts_list(parts[1].ordinals, parts[1].count));
    PyMem_Free(parts[0].ordinals);
    PyMem_Free(parts[1].ordinals);
    PyMem_Free(text.memory);
    return result;
}

PyObject *texts_type_is_one(PyObject *object, PyObject *const *args, Py_ssize_t given)
{
    int64_t numbers[2];
    Weights weights;
    Bounds bounds;
    Given text = {.memory = NULL};
    int status = -1;
    if (arguments_are(given, 7, "is_one") && kernel_some_wholes(args[0], numbers, 2, "stories") == 0 &&
        take_parting(args + 1, &text, &weights, &bounds)) {
        const uint32_t stories[2] = {texts_story(store_of(object), numbers[0]), texts_story(store_of(object), numbers[1])};
        status = evidence_is_one(store_of(object), stories, &text.view, &weights, &bounds);
    }
    PyMem_Free(text.memory);
    return status < 0 ? NULL : PyBool_FromLong(status);
}

/* The slot of a text, where there is such a field; NONE with KeyError or IndexError. */
static uint32_t slot_with_field(const Store *store, int64_t ordinal, int64_t field)
{
    const uint32_t slot = texts_find(store, ordinal);
    if (slot == NONE) {
        kernel_key_error(ordinal);
        return NONE;
    }
    if (field >= 0 && field < FIELDS)
        return slot;
    PyErr_Format(PyExc_IndexError, "there is no field %lld; there are %d", (long long)field, FIELDS);
    return NONE;
}

PyObject *texts_type_shared(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vector", "ordinal", "field", "limit", NULL};
    Store *self = store_of(object);
    int64_t ordinal, field, limit;
    PyObject *vector, *result = NULL;
    Given given = {.memory = NULL};
    if (!PyArg_ParseTupleAndKeywords(args, named, "OO&O&O&:shared", names, &vector, kernel_whole, &ordinal, kernel_whole,
                                     &field, kernel_whole, &limit))
        return NULL;
    if (limit < 0) {
        PyErr_SetString(PyExc_ValueError, "limit must not be negative");
    } else if (texts_take_vector(&given, vector) == 0) {
        const uint32_t slot = slot_with_field(self, ordinal, field);
        size_t count;
        uint64_t *shared = slot == NONE ? NULL : shared_with(self, &given.view, slot, (size_t)field, &count);
        if (shared != NULL)
            result = evidence_terms(shared, kernel_greatest(shared, count, (size_t)limit));
        PyMem_Free(shared);
    }
    PyMem_Free(given.memory);
    return result;
}

PyObject *texts_type_common(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vectors", "ordinal", "calendar", NULL};
    Store *self = store_of(object);
    int64_t ordinal;
    PyObject *vectors, *days, *result = NULL;
    Given given = {.memory = NULL};
    Py_buffer view;
    Calendar calendar;
    Common common;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OO&O:common", names, &vectors, kernel_whole, &ordinal, &days) ||
        !chance_take_calendar(days, &view, &calendar))
        return NULL;
    if (texts_take(&given, vectors, 0, UNDATED, 0) == 0) {
        const uint32_t slot = texts_find(self, ordinal);
        if (slot == NONE)
            kernel_key_error(ordinal);
        else if (common_with(self, &given.view, slot, &calendar, &common) == 0)
            result = Py_BuildValue("(KKKKKKI)", (unsigned long long)common.bodies, (unsigned long long)common.rest,
                                   (unsigned long long)common.headlines, (unsigned long long)common.words,
                                   (unsigned long long)common.other_words, (unsigned long long)common.named,
                                   (unsigned int)common.terms);
    }
    PyMem_Free(given.memory);
    PyBuffer_Release(&view);
    return result;
}

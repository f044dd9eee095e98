/* The border to Python: checked texts, weights and numbers; lists of ordinals. */
#include "texts_arguments.h"

#include <math.h>

int texts_moment(PyObject *object, void *value)
{
    if (object != Py_None)
        return kernel_whole(object, value) && (*(int64_t *)value != UNDATED || (*(int64_t *)value = INT64_MAX));
    *(int64_t *)value = UNDATED;
    return 1;
}

int texts_weights(PyObject *object, void *value)
{
    double given[KINDS + 5];
    if (kernel_doubles(object, given, KINDS + 5, "weights") < 0)
        return 0;
    int sound = given[KINDS + 3] >= MIN_PACE && given[KINDS + 4] >= 0.0 && given[KINDS + 4] <= MAX_WEIGHT;
    for (size_t i = 0; i < KINDS + 3; i++)
        sound = sound && fabs(given[i]) <= MAX_WEIGHT;
    if (!sound) {
        PyErr_SetString(PyExc_ValueError, "weights must lie between -1e9 and 1e9, pace at 1e-9 or above, "
                                         "patience at 0 or above");
        return 0;
    }
    *(Weights *)value = (Weights){given[0], {given[1], given[2], given[3], given[4], given[5]}, given[6], given[7],
                                given[8], given[9]};
    return 1;
}

int texts_bounds(PyObject *object, void *value)
{
    double given[4];
    if (kernel_doubles(object, given, 4, "bounds") < 0)
        return 0;
    if (isnan(given[0]) || isnan(given[1]) || isnan(given[2]) || isnan(given[3])) {
        PyErr_SetString(PyExc_ValueError, "bounds must be numbers");
        return 0;
    }
    *(Bounds *)value = (Bounds){given[0], given[1], given[2], given[3]};
    return 1;
}

int texts_limits(PyObject *object, void *value)
{
    int64_t numbers[2];
    size_t *limits = value;
    if (kernel_some_wholes(object, numbers, 2, "limits") < 0)
        return 0;
    if (numbers[0] < 0 || numbers[1] < 0) {
        PyErr_SetString(PyExc_ValueError, "limits must not be negative");
        return 0;
    }
    for (size_t i = 0; i < 2; i++)
        limits[i] = numbers[i] < PY_SSIZE_T_MAX ? (size_t)numbers[i] : (size_t)PY_SSIZE_T_MAX;
    return 1;
}

/* The least and the greatest number stand for all beyond them. */
int texts_check_story(int64_t number)
{
    if (number > INT64_MIN && number < INT64_MAX)
        return 0;
    PyErr_SetString(PyExc_ValueError, "story must be above -2**63 and below 2**63 - 1");
    return -1;
}

int texts_check_place(int64_t ordinal, int64_t published)
{
    if (ordinal < 0 || ordinal >= MAX_ORDINAL) {
        PyErr_Format(PyExc_ValueError, "ordinal must be below 2**48, not %lld", (long long)ordinal);
        return -1;
    }
    if (published != UNDATED && (published < -MAX_MOMENT || published > MAX_MOMENT)) {
        PyErr_Format(PyExc_ValueError, "published must be at most 2**52, not %lld", (long long)published);
        return -1;
    }
    return 0;
}

/* Checks and copies the vectors of `pairs`. Runs no Python code, so that they stay as they were checked. */
static int copy(Given *given, const Py_buffer (*pairs)[2], size_t fields)
{
    size_t terms = 0, sizes[FIELDS];
    for (size_t field = 0; field < fields; field++) {
        if (kernel_vector(&pairs[field][0], &pairs[field][1], &sizes[field]) < 0)
            return -1;
        given->view.sizes[field] = (uint32_t)sizes[field];
        terms += sizes[field];
    }
    given->memory = PyMem_Malloc(terms * (sizeof(uint32_t) + sizeof(uint16_t)) + 1);
    if (given->memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    uint32_t *hashes = given->memory;
    uint16_t *weights = (uint16_t *)(hashes + terms);
    given->view.hashes = hashes;
    given->view.weights = weights;
    for (size_t field = 0; field < fields; field++) {
        copy_numbers(hashes, pairs[field][0].buf, sizes[field], sizeof(uint32_t));
        copy_numbers(weights, pairs[field][1].buf, sizes[field], sizeof(uint16_t));
        hashes += sizes[field];
        weights += sizes[field];
    }
    return 0;
}

static void release_pair(Py_buffer pair[2])
{
    PyBuffer_Release(&pair[0]);
    PyBuffer_Release(&pair[1]);
}

/* Two buffers, to be released unless 0 with an error set. */
static int take_pair(PyObject *tuple, Py_buffer pair[2], const char *name)
{
    PyObject *items[2];
    pair[0].obj = pair[1].obj = NULL;
    if (arguments_in(tuple, items, 2, name) && argument_bytes(items[0], &pair[0]) && argument_bytes(items[1], &pair[1]))
        return 1;
    release_pair(pair);
    return 0;
}

static int take_vectors(Given *given, PyObject *const *vectors, size_t fields)
{
    Py_buffer pairs[FIELDS][2];
    size_t taken = 0;
    while (taken < fields && take_pair(vectors[taken], pairs[taken], "a vector"))
        taken++;
    const int status = taken == fields ? copy(given, (const Py_buffer(*)[2])pairs, fields) : -1;
    while (taken-- > 0)
        release_pair(pairs[taken]);
    return status;
}

int texts_take(Given *given, PyObject *vectors, int64_t ordinal, int64_t published, int64_t background)
{
    PyObject *tuple = PySequence_Tuple(vectors), *items[FIELDS];
    int status = -1;
    *given = (Given){.memory = NULL};
    if (tuple == NULL)
        return -1;
    if (PyTuple_Size(tuple) != FIELDS) {
        PyErr_Format(PyExc_ValueError, "a text has %d vectors, not %zd", FIELDS, PyTuple_Size(tuple));
    } else if (background < 0 || background > SCALE) {
        PyErr_Format(PyExc_ValueError, "background must lie between 0 and %d, not %lld", SCALE, (long long)background);
    } else if (texts_check_place(ordinal, published) == 0) {
        for (Py_ssize_t field = 0; field < FIELDS; field++)
            items[field] = PyTuple_GetItem(tuple, field);
        given->view.ordinal = (uint64_t)ordinal;
        given->view.published = published;
        given->view.background = (uint32_t)background;
        status = take_vectors(given, items, FIELDS);
    }
    Py_DECREF(tuple);
    return status;
}

/* Runs no Python code. */
static int copy_skeleton(View *view, uint32_t **headline, const Py_buffer *publisher, const Py_buffer *words)
{
    size_t count;
    if (publisher->len != 0 && publisher->len != 4) {
        PyErr_Format(PyExc_ValueError, "a publisher is a hash of 4 bytes, not %zd", publisher->len);
        return -1;
    }
    if (kernel_count(words, 4, "words", &count) < 0 || kernel_ascending(words->buf, count) < 0)
        return -1;
    if (count >= (size_t)1 << 30) {
        PyErr_SetString(PyExc_ValueError, "a headline has fewer than 2**30 words");
        return -1;
    }
    *headline = PyMem_Malloc((count + 1) * sizeof **headline);
    if (*headline == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    copy_numbers(*headline, words->buf, count, sizeof(uint32_t));
    view->publisher = publisher->len == 0 ? 0 : load32(publisher->buf);
    view->words = (uint32_t)count;
    view->headline = *headline;
    return 0;
}

int texts_take_skeleton(View *view, uint32_t **headline, PyObject *skeleton)
{
    Py_buffer pair[2];
    *headline = NULL;
    if (skeleton == NULL)
        return 0;
    if (!take_pair(skeleton, pair, "a skeleton"))
        return -1;
    const int status = copy_skeleton(view, headline, &pair[0], &pair[1]);
    release_pair(pair);
    return status;
}

int texts_take_vector(Given *given, PyObject *vector)
{
    *given = (Given){.memory = NULL};
    return take_vectors(given, &vector, 1);
}

uint32_t *texts_slots(const Store *store, PyObject *ordinals, size_t *count)
{
    int64_t *numbers = kernel_wholes(ordinals, count);
    if (numbers == NULL)
        return NULL;
    uint32_t *slots = PyMem_Malloc((*count > 0 ? *count : 1) * sizeof *slots);
    if (slots == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; slots != NULL && i < *count; i++) {
        slots[i] = texts_find(store, numbers[i]);
        if (slots[i] == NONE) {
            PyMem_Free(slots);
            slots = NULL;
            kernel_key_error(numbers[i]);
        }
    }
    PyMem_Free(numbers);
    return slots;
}

PyObject *texts_list(const uint64_t *ordinals, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(ordinals[i]);
        if (number == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, number);
    }
    return list;
}

/* Postings for Python. Arguments are taken first, then the structure is used, and results are made last: what comes
 * before and after may run Python code that changes it. */
#include "arguments.h"
#include "postings.h"

int postings_take_terms(const Py_buffer *terms, size_t *count)
{
    if (kernel_count(terms, 4, "terms", count) < 0 || kernel_ascending(terms->buf, *count) < 0)
        return -1;
    if (*count <= MOST_TERMS)
        return 0;
    PyErr_Format(PyExc_ValueError, "at most %d terms, not %zu", MOST_TERMS, *count);
    return -1;
}

static PyObject *type_add(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"terms", "rank", "moment", NULL};
    Postings *self = (Postings *)object;
    Py_buffer terms;
    int64_t rank;
    long long moment;
    size_t count;
    int status = -1;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*O&L:add", names, &terms, kernel_whole, &rank, &moment))
        return NULL;
    if (postings_take_terms(&terms, &count) == 0 && labels_check(self->labels, self->slots, rank) == 0)
        status = postings_reserve(self, 1, count);
    if (status == 0)
        postings_insert(self, terms.buf, count, (uint64_t)rank, moment);
    PyBuffer_Release(&terms);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *type_discard(PyObject *object, PyObject *argument)
{
    int64_t rank;
    if (!kernel_whole(argument, &rank))
        return NULL;
    if (rank >= 0)
        postings_discard((Postings *)object, (uint64_t)rank);
    Py_RETURN_NONE;
}

Stretch *postings_take_spans(PyObject *tuple, PyTypeObject *type, size_t *count)
{
    size_t room = 0;
    Stretch *spans = NULL;
    *count = 0;
    if (kernel_reserve(&spans, &room, 1, sizeof *spans) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_Size(tuple); i++) {
        PyObject *items[3];
        int64_t low, high;
        if (!arguments_in(PyTuple_GetItem(tuple, i), items, 3, "a span") || !argument_is_tuple(items[0]) ||
            !kernel_whole(items[1], &low) || !kernel_whole(items[2], &high) ||
            kernel_reserve(&spans, &room, *count + (size_t)PyTuple_Size(items[0]), sizeof *spans) < 0) {
            PyMem_Free(spans);
            return NULL;
        }
        for (Py_ssize_t k = 0; k < PyTuple_Size(items[0]); k++) {
            PyObject *index = PyTuple_GetItem(items[0], k);
            if (PyObject_TypeCheck(index, type)) {
                spans[(*count)++] = (Stretch){(Postings *)index, low, high};
                continue;
            }
            PyErr_SetString(PyExc_TypeError, "a span must be of indexes of this type");
            PyMem_Free(spans);
            return NULL;
        }
    }
    return spans;
}

int postings_take_wanted(const Py_buffer *terms, const Py_buffer *scores, Wanted *wanted)
{
    size_t given;
    uint64_t sum = 0;
    if (postings_take_terms(terms, &wanted->count) < 0 || kernel_count(scores, 2, "scores", &given) < 0)
        return -1;
    wanted->terms = terms->buf;
    wanted->scores = scores->buf;
    int sound = given == wanted->count;
    for (size_t i = 0; sound && i < given; i++) {
        const uint16_t score = load16(wanted->scores + 2 * i);
        sum += score;
        sound = score > 0;
    }
    if (sound && sum < DEAD)
        return 0;
    PyErr_Format(PyExc_ValueError, "each term needs a score of 1 or more, all together below %d", DEAD);
    return -1;
}

static PyObject *search(PyTypeObject *type, PyObject *tuple, const Py_buffer *terms, const Py_buffer *scores, size_t chain,
                        size_t limit)
{
    size_t count, found = 0;
    Wanted wanted;
    Stretch *spans = postings_take_spans(tuple, type, &count);
    if (spans == NULL)
        return NULL;
    /* Only now: a buffer that can be written to may have been while the spans were taken. */
    uint64_t *best = NULL;
    if (postings_take_wanted(terms, scores, &wanted) == 0)
        best = postings_search(spans, count, &wanted, chain, limit, &found);
    PyMem_Free(spans);
    if (best == NULL)
        return NULL;
    for (size_t i = 0; i < found; i++)
        best[i] &= MAX_RANK - 1;
    PyObject *ranks = PyBytes_FromStringAndSize((const char *)best, (Py_ssize_t)(found * sizeof *best));
    PyMem_Free(best);
    return ranks;
}

static PyObject *type_search(PyObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"spans", "terms", "scores", "chain", "limit", NULL};
    int64_t chain, limit;
    Py_buffer terms, scores;
    PyObject *spans, *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, named, "Oy*y*O&O&:search", names, &spans, &terms, &scores, kernel_whole, &chain,
                                     kernel_whole, &limit))
        return NULL;
    if (chain < 0 || limit < 0) {
        PyErr_SetString(PyExc_ValueError, "chain and limit must not be negative");
    } else {
        PyObject *tuple = PySequence_Tuple(spans);
        if (tuple != NULL) {
            result = search((PyTypeObject *)type, tuple, &terms, &scores, (size_t)chain, (size_t)limit);
            Py_DECREF(tuple);
        }
    }
    PyBuffer_Release(&terms);
    PyBuffer_Release(&scores);
    return result;
}

static Py_ssize_t type_length(PyObject *object)
{
    return (Py_ssize_t)((Postings *)object)->live;
}

static PyObject *type_nbytes(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(sizeof(Postings) + postings_bytes((Postings *)object));
}

static void type_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    postings_close((Postings *)object);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *type_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, named, ":Postings", names))
        return NULL;
    PyObject *object = PyType_GenericAlloc(type, 0);
    if (object != NULL && postings_open((Postings *)object) < 0)
        Py_CLEAR(object);
    return object;
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))type_add, METH_VARARGS | METH_KEYWORDS, "add(terms, rank, moment)"},
    {"discard", type_discard, METH_O, "discard(rank)"},
    {"search", (PyCFunction)(void (*)(void))type_search, METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "search(spans, terms, scores, chain, limit) -> ranks"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"nbytes", type_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Which texts share terms with a query; see dedup.kernel.reference.postings.Postings."},
    {Py_tp_new, type_new},
    {Py_tp_dealloc, type_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, type_length},
    {0, NULL},
};

PyType_Spec kernel_postings = {
    .name = "dedup.kernel._kernel.Postings",
    .basicsize = sizeof(Postings),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* BandIndex for Python. */
#include "arguments.h"
#include "bandindex.h"

Span *band_index_take_spans(PyObject *tuple, PyTypeObject *type, size_t bands, size_t *count)
{
    size_t room = 0;
    Span *spans = NULL;
    *count = 0;
    if (kernel_reserve(&spans, &room, 1, sizeof *spans) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_Size(tuple); i++) {
        PyObject *items[3];
        int64_t low, high;
        if (!arguments_in(PyTuple_GetItem(tuple, i), items, 3, "a span") || !argument_is_tuple(items[0]) ||
            !argument_number(items[1], &low) || !argument_number(items[2], &high) ||
            kernel_reserve(&spans, &room, *count + (size_t)PyTuple_Size(items[0]), sizeof *spans) < 0) {
            PyMem_Free(spans);
            return NULL;
        }
        for (Py_ssize_t k = 0; k < PyTuple_Size(items[0]); k++) {
            BandIndex *index = (BandIndex *)PyTuple_GetItem(items[0], k);
            const int is_index = PyObject_TypeCheck((PyObject *)index, type);
            if (is_index && index->bands == bands) {
                spans[(*count)++] = (Span){index, low, high};
                continue;
            }
            if (is_index)
                PyErr_Format(PyExc_ValueError, "keys must be %zu bytes, not %zu", 4 * index->bands, 4 * bands);
            else
                PyErr_SetString(PyExc_TypeError, "a span must be of indexes of this type");
            PyMem_Free(spans);
            return NULL;
        }
    }
    return spans;
}

/* Making Python objects may run finalizers that use these indexes again: they are done with before the first is made. */
static PyObject *search(PyTypeObject *type, PyObject *tuple, const Py_buffer *keys, size_t chain, size_t limit)
{
    size_t bands, count, found = 0;
    if (kernel_count(keys, 4, "keys", &bands) < 0)
        return NULL;
    Span *spans = band_index_take_spans(tuple, type, bands, &count);
    if (spans == NULL)
        return NULL;
    uint64_t *best = band_index_search(spans, count, keys->buf, chain, limit, &found);
    PyMem_Free(spans);
    if (best == NULL)
        return NULL;
    PyObject *list = labels_list(best, found);
    PyMem_Free(best);
    return list;
}

static PyObject *index_search(PyObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"spans", "keys", "chain", "limit", NULL};
    Py_ssize_t chain, limit;
    Py_buffer keys;
    PyObject *spans, *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, named, "Oy*nn:search", names, &spans, &keys, &chain, &limit))
        return NULL;
    if (chain < 0 || limit < 0) {
        PyErr_SetString(PyExc_ValueError, "chain and limit must not be negative");
    } else {
        PyObject *tuple = PySequence_Tuple(spans);
        if (tuple != NULL) {
            result = search((PyTypeObject *)type, tuple, &keys, (size_t)chain, (size_t)limit);
            Py_DECREF(tuple);
        }
    }
    PyBuffer_Release(&keys);
    return result;
}

static PyObject *index_add(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"keys", "rank", "moment", NULL};
    BandIndex *self = (BandIndex *)object;
    Py_buffer keys;
    long long rank, moment;
    int status = -1;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*LL:add", names, &keys, &rank, &moment))
        return NULL;
    if ((size_t)keys.len != 4 * self->bands) {
        PyErr_Format(PyExc_ValueError, "keys must be %zu bytes, not %zd", 4 * self->bands, keys.len);
    } else if (labels_check(self->labels, self->slots, rank) == 0) {
        status = band_index_reserve(self, 1);
        if (status == 0)
            band_index_insert(self, keys.buf, (uint64_t)rank, moment);
    }
    PyBuffer_Release(&keys);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *index_reserve(PyObject *object, PyObject *argument)
{
    const Py_ssize_t entries = PyNumber_AsSsize_t(argument, PyExc_OverflowError);
    if (entries == -1 && PyErr_Occurred())
        return NULL;
    if (entries < 0) {
        PyErr_SetString(PyExc_ValueError, "entries must not be negative");
        return NULL;
    }
    return band_index_reserve((BandIndex *)object, (size_t)entries) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *index_discard(PyObject *object, PyObject *argument)
{
    const Py_ssize_t rank = PyNumber_AsSsize_t(argument, PyExc_IndexError);
    if (rank == -1 && PyErr_Occurred())
        return NULL;
    if (rank >= 0)
        band_index_discard((BandIndex *)object, (uint64_t)rank);
    Py_RETURN_NONE;
}

static Py_ssize_t index_length(PyObject *object)
{
    return (Py_ssize_t)((BandIndex *)object)->live;
}

static PyObject *index_bands(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(((BandIndex *)object)->bands);
}

static PyObject *index_nbytes(PyObject *object, void *closure)
{
    const BandIndex *self = (const BandIndex *)object;
    (void)closure;
    return PyLong_FromSize_t(sizeof *self + self->bands * self->buckets * (sizeof(uint32_t) + 1) +
                             self->entries_room * sizeof(Entry) + self->labels_room * sizeof(Label) + self->hits_room * sizeof(uint16_t) +
                             self->touched_room * sizeof(uint32_t));
}

static void index_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    band_index_close((BandIndex *)object);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *index_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"bands", NULL};
    Py_ssize_t bands;
    if (!PyArg_ParseTupleAndKeywords(args, named, "n:BandIndex", names, &bands))
        return NULL;
    if (bands < 1 || bands > MAX_BANDS)
        return PyErr_Format(PyExc_ValueError, "an index has 1 to %d bands, not %zd", MAX_BANDS, bands);
    BandIndex *self = (BandIndex *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    if (band_index_open(self, (size_t)bands) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))index_add, METH_VARARGS | METH_KEYWORDS, "add(keys, rank, moment)"},
    {"reserve", index_reserve, METH_O, "reserve(entries)"},
    {"discard", index_discard, METH_O, "discard(rank)"},
    {"search", (PyCFunction)(void (*)(void))index_search, METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "search(spans, keys, chain, limit) -> [(rank, hits), ...]"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"bands", index_bands, NULL, "keys a slot", NULL},
    {"nbytes", index_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Which slots share a band's key with a query; see dedup.kernel.reference.bands.BandIndex."},
    {Py_tp_new, index_new},
    {Py_tp_dealloc, index_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, index_length},
    {0, NULL},
};

PyType_Spec kernel_band_index = {
    .name = "dedup.kernel._kernel.BandIndex",
    .basicsize = sizeof(BandIndex),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

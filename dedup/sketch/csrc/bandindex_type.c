/* BandIndex for Python. */
#include "bandindex.h"

static PyObject *best_list(const uint64_t *best, size_t kept)
{
    PyObject *list = PyList_New((Py_ssize_t)kept);
    for (size_t i = 0; list != NULL && i < kept; i++) {
        PyObject *pair = PyTuple_New(2);
        if (pair == NULL || kernel_fast_unsigned(pair, 0, best[i] & UINT32_MAX) < 0 ||
            kernel_fast_unsigned(pair, 1, best[i] >> 32) < 0) {
            Py_XDECREF(pair);
            Py_DECREF(list);
            return NULL;
        }
        PyList_SetItem(list, (Py_ssize_t)i, pair);
    }
    return list;
}

/* Making Python objects may run finalizers that use this index again: it is done with before the first is made. */
static PyObject *query(BandIndex *self, const uint8_t *keys, size_t chain, size_t limit, Py_ssize_t excluded)
{
    size_t found;
    uint64_t *best = band_index_query(self, keys, chain, limit, excluded, &found);
    if (best == NULL)
        return NULL;
    PyObject *list = best_list(best, found);
    PyMem_Free(best);
    return list;
}

static PyObject *index_query(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"keys", "chain", "limit", "exclude_slot", NULL};
    BandIndex *self = (BandIndex *)object;
    Py_ssize_t chain, limit, excluded = -1;
    Py_buffer keys;
    PyObject *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*nn|n:query", names, &keys, &chain, &limit, &excluded))
        return NULL;
    if ((size_t)keys.len != 4 * self->bands)
        PyErr_Format(PyExc_ValueError, "keys must be %zu bytes, not %zd", 4 * self->bands, keys.len);
    else if (chain < 0 || limit < 0)
        PyErr_SetString(PyExc_ValueError, "chain and limit must not be negative");
    else
        result = query(self, keys.buf, (size_t)chain, (size_t)limit, excluded);
    PyBuffer_Release(&keys);
    return result;
}

static PyObject *index_add(PyObject *object, PyObject *argument)
{
    BandIndex *self = (BandIndex *)object;
    Py_buffer keys;
    PyObject *result = NULL;
    if (PyObject_GetBuffer(argument, &keys, PyBUF_SIMPLE) < 0)
        return NULL;
    if ((size_t)keys.len != 4 * self->bands) {
        PyErr_Format(PyExc_ValueError, "keys must be %zu bytes, not %zd", 4 * self->bands, keys.len);
    } else if ((result = PyLong_FromSize_t(self->slots)) != NULL) {
        if (band_index_reserve(self, 1) == 0) {
            band_index_insert(self, keys.buf);
        } else {
            Py_DECREF(result);
            result = NULL;
        }
    }
    PyBuffer_Release(&keys);
    return result;
}

static PyObject *index_add_many(PyObject *object, PyObject *argument)
{
    BandIndex *self = (BandIndex *)object;
    Py_buffer keys;
    PyObject *result = NULL;
    size_t count;
    if (PyObject_GetBuffer(argument, &keys, PyBUF_SIMPLE) < 0)
        return NULL;
    if (kernel_count(&keys, 4 * self->bands, "keys", &count) == 0 && (result = PyLong_FromSize_t(self->slots)) != NULL) {
        if (band_index_reserve(self, count) == 0) {
            for (size_t i = 0; i < count; i++)
                band_index_insert(self, (const uint8_t *)keys.buf + 4 * self->bands * i);
        } else {
            Py_DECREF(result);
            result = NULL;
        }
    }
    PyBuffer_Release(&keys);
    return result;
}

static PyObject *index_discard(PyObject *object, PyObject *argument)
{
    BandIndex *self = (BandIndex *)object;
    const Py_ssize_t slot = PyNumber_AsSsize_t(argument, PyExc_IndexError);
    if (slot == -1 && PyErr_Occurred())
        return NULL;
    if (slot < 0 || (size_t)slot >= self->slots)
        return PyErr_Format(PyExc_IndexError, "there is no slot %zd; there are %zu", slot, self->slots);
    band_index_discard(self, (size_t)slot);
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

static PyObject *index_slots(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(((BandIndex *)object)->slots);
}

static PyObject *index_nbytes(PyObject *object, void *closure)
{
    const BandIndex *self = (const BandIndex *)object;
    (void)closure;
    return PyLong_FromSize_t(sizeof *self + self->bands * self->buckets * sizeof(uint32_t) +
                             self->entries_room * sizeof(Entry) + self->hits_room * sizeof(uint16_t) +
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
    {"add", index_add, METH_O, "add(keys) -> slot"},
    {"add_many", index_add_many, METH_O, "add_many(keys) -> first slot"},
    {"discard", index_discard, METH_O, "discard(slot)"},
    {"query", (PyCFunction)(void (*)(void))index_query, METH_VARARGS | METH_KEYWORDS,
     "query(keys, chain, limit, exclude_slot=-1) -> [(slot, hits), ...]"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"bands", index_bands, NULL, "keys a slot", NULL},
    {"slots", index_slots, NULL, "slots ever given out, dead ones too", NULL},
    {"nbytes", index_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Which slots share a band's key with a query; see dedup.sketch.reference.BandIndex."},
    {Py_tp_new, index_new},
    {Py_tp_dealloc, index_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, index_length},
    {0, NULL},
};

PyType_Spec kernel_band_index = {
    .name = "dedup.sketch._kernel.BandIndex",
    .basicsize = sizeof(BandIndex),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* SparseStore for Python. */
#include "sparsestore.h"

/* How many terms a vector given as two buffers has; -1 with ValueError. */
static int vector_size(const Py_buffer *hashes, const Py_buffer *weights, size_t *size)
{
    size_t given;
    if (kernel_count(hashes, 4, "hashes", size) < 0 || kernel_count(weights, 2, "weights", &given) < 0)
        return -1;
    if (given != *size) {
        PyErr_Format(PyExc_ValueError, "%zu hashes and %zu weights make no vector", *size, given);
        return -1;
    }
    return kernel_ascending(hashes->buf, *size);
}

static int check_slot(const SparseStore *self, Py_ssize_t slot)
{
    if (slot >= 0 && (size_t)slot < self->vectors)
        return 0;
    PyErr_Format(PyExc_IndexError, "there is no slot %zd; there are %zu", slot, self->vectors);
    return -1;
}

/* The numbers of `sequence` as an array to be freed with PyMem_Free; NULL with an error set. */
static Py_ssize_t *slot_array(PyObject *sequence, size_t *count)
{
    PyObject *tuple = PySequence_Tuple(sequence);
    if (tuple == NULL)
        return NULL;
    *count = (size_t)PyTuple_Size(tuple);
    Py_ssize_t *slots = PyMem_Malloc((*count > 0 ? *count : 1) * sizeof *slots);
    if (slots == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; slots != NULL && i < *count; i++) {
        const Py_ssize_t slot = PyNumber_AsSsize_t(PyTuple_GetItem(tuple, (Py_ssize_t)i), PyExc_IndexError);
        slots[i] = slot;
        if (slot == -1 && PyErr_Occurred()) {
            PyMem_Free(slots);
            slots = NULL;
        }
    }
    Py_DECREF(tuple);
    return slots;
}

static PyObject *product_list(const Product *products, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *pair = PyTuple_New(2);
        if (pair == NULL || kernel_fast_unsigned(pair, 0, products[i].dot) < 0 ||
            kernel_fast_unsigned(pair, 1, products[i].shared) < 0) {
            Py_XDECREF(pair);
            Py_DECREF(list);
            return NULL;
        }
        PyList_SetItem(list, (Py_ssize_t)i, pair);
    }
    return list;
}

/* All products before the first Python object: making one may run a finalizer that adds to this store. */
static PyObject *dots(const SparseStore *self, const Py_buffer *hashes, const Py_buffer *weights, size_t size,
                      const Py_ssize_t *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (check_slot(self, slots[i]) < 0)
            return NULL;
    Product *products = sparse_store_dots(self, hashes->buf, weights->buf, size, slots, count);
    if (products == NULL)
        return NULL;
    PyObject *list = product_list(products, count);
    PyMem_Free(products);
    return list;
}

static PyObject *store_dots(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"hashes", "weights", "slots", NULL};
    Py_buffer hashes, weights;
    PyObject *sequence, *result = NULL;
    size_t size, count;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*y*O:dots", names, &hashes, &weights, &sequence))
        return NULL;
    Py_ssize_t *slots = slot_array(sequence, &count);
    if (slots != NULL && vector_size(&hashes, &weights, &size) == 0)
        result = dots((SparseStore *)object, &hashes, &weights, size, slots, count);
    PyMem_Free(slots);
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&weights);
    return result;
}

static PyObject *store_add(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"hashes", "weights", NULL};
    SparseStore *self = (SparseStore *)object;
    Py_buffer hashes, weights;
    PyObject *result = NULL;
    size_t size;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*y*:add", names, &hashes, &weights))
        return NULL;
    if (vector_size(&hashes, &weights, &size) == 0 && (result = PyLong_FromSize_t(self->vectors)) != NULL &&
        sparse_store_append(self, hashes.buf, weights.buf, size) < 0) {
        Py_DECREF(result);
        result = NULL;
    }
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&weights);
    return result;
}

static PyObject *store_get(PyObject *object, PyObject *argument)
{
    const SparseStore *self = (const SparseStore *)object;
    const Py_ssize_t slot = PyNumber_AsSsize_t(argument, PyExc_IndexError);
    if ((slot == -1 && PyErr_Occurred()) || check_slot(self, slot) < 0)
        return NULL;
    const size_t start = sparse_store_start(self, (size_t)slot), size = self->ends[slot] - start;
    PyObject *hashes = kernel_bytes32(self->hashes + start, size);
    PyObject *weights = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(2 * size));
    PyObject *pair = PyTuple_New(2);
    if (hashes == NULL || weights == NULL || pair == NULL) {
        Py_XDECREF(hashes);
        Py_XDECREF(weights);
        Py_XDECREF(pair);
        return NULL;
    }
    uint8_t *out = (uint8_t *)PyBytes_AsString(weights);
    for (size_t i = 0; i < size; i++)
        store16(out + 2 * i, self->weights[start + i]);
    PyTuple_SetItem(pair, 0, hashes);
    PyTuple_SetItem(pair, 1, weights);
    return pair;
}

static PyObject *shared(const SparseStore *self, const uint8_t *hashes, size_t size, size_t slot)
{
    size_t found;
    uint32_t *common = sparse_store_shared(self, hashes, size, slot, &found);
    if (common == NULL)
        return NULL;
    PyObject *bytes = kernel_bytes32(common, found);
    PyMem_Free(common);
    return bytes;
}

static PyObject *store_shared(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"hashes", "slot", NULL};
    SparseStore *self = (SparseStore *)object;
    Py_buffer hashes;
    Py_ssize_t slot;
    PyObject *result = NULL;
    size_t size;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*n:shared", names, &hashes, &slot))
        return NULL;
    if (check_slot(self, slot) == 0 && kernel_count(&hashes, 4, "hashes", &size) == 0 &&
        kernel_ascending(hashes.buf, size) == 0)
        result = shared(self, hashes.buf, size, (size_t)slot);
    PyBuffer_Release(&hashes);
    return result;
}

static Py_ssize_t store_length(PyObject *object)
{
    return (Py_ssize_t)((SparseStore *)object)->vectors;
}

static PyObject *store_nbytes(PyObject *object, void *closure)
{
    const SparseStore *self = (const SparseStore *)object;
    (void)closure;
    return PyLong_FromSize_t(sizeof *self + self->hashes_room * sizeof(uint32_t) + self->weights_room * sizeof(uint16_t) +
                             self->ends_room * sizeof(size_t));
}

static void store_dealloc(PyObject *object)
{
    SparseStore *self = (SparseStore *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyMem_Free(self->hashes);
    PyMem_Free(self->weights);
    PyMem_Free(self->ends);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *store_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, named, ":SparseStore", names))
        return NULL;
    SparseStore *self = (SparseStore *)PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        self->hashes = kernel_grow(NULL, &self->hashes_room, 0, sizeof(uint32_t));
        self->weights = kernel_grow(NULL, &self->weights_room, 0, sizeof(uint16_t));
        self->ends = kernel_grow(NULL, &self->ends_room, 0, sizeof(size_t));
        if (self->hashes == NULL || self->weights == NULL || self->ends == NULL)
            Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))store_add, METH_VARARGS | METH_KEYWORDS, "add(hashes, weights) -> slot"},
    {"dots", (PyCFunction)(void (*)(void))store_dots, METH_VARARGS | METH_KEYWORDS,
     "dots(hashes, weights, slots) -> [(dot product, shared terms), ...]"},
    {"shared", (PyCFunction)(void (*)(void))store_shared, METH_VARARGS | METH_KEYWORDS, "shared(hashes, slot) -> hashes"},
    {"get", store_get, METH_O, "get(slot) -> (hashes, weights)"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"nbytes", store_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Sparse vectors and their dot products; see dedup.sketch.reference.SparseStore."},
    {Py_tp_new, store_new},
    {Py_tp_dealloc, store_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, store_length},
    {0, NULL},
};

PyType_Spec kernel_sparse_store = {
    .name = "dedup.sketch._kernel.SparseStore",
    .basicsize = sizeof(SparseStore),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* SparseStore for Python. */
#include "sparsestore.h"

/* `fields` vectors as Python gives them: the buffers that must be released, and what is in them. */
typedef struct {
    Py_buffer buffers[2 * MAX_FIELDS];
    Given given[MAX_FIELDS];
    size_t fields;
} Vectors;

static void release(Vectors *vectors)
{
    for (size_t i = 0; i < 2 * vectors->fields; i++)
        PyBuffer_Release(&vectors->buffers[i]);
}

/* Adds the vector `item`, a tuple (hashes, weights); -1 with an error set. */
static int take_vector(Vectors *vectors, PyObject *item)
{
    Py_buffer *pair = &vectors->buffers[2 * vectors->fields];
    Given *given = &vectors->given[vectors->fields];
    if (!PyTuple_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "a vector must be a tuple (hashes, weights)");
        return -1;
    }
    if (!PyArg_ParseTuple(item, "y*y*", &pair[0], &pair[1]))
        return -1;
    vectors->fields++;
    if (kernel_vector(&pair[0], &pair[1], &given->size) < 0)
        return -1;
    given->hashes = pair[0].buf;
    given->weights = pair[1].buf;
    return 0;
}

/* Takes as many vectors as there are fields; release them, also after an error (-1). */
static int take_vectors(Vectors *vectors, PyObject *sequence, size_t fields)
{
    PyObject *tuple = PySequence_Tuple(sequence);
    int status = tuple == NULL ? -1 : 0;
    vectors->fields = 0;
    if (tuple != NULL && (size_t)PyTuple_Size(tuple) != fields) {
        PyErr_Format(PyExc_ValueError, "a slot holds %zu vectors, not %zd", fields, PyTuple_Size(tuple));
        status = -1;
    }
    for (size_t i = 0; status == 0 && i < fields; i++)
        status = take_vector(vectors, PyTuple_GetItem(tuple, (Py_ssize_t)i));
    Py_XDECREF(tuple);
    return status;
}

static int check(const SparseStore *self, const Py_ssize_t *slots, size_t count, Py_ssize_t field)
{
    for (size_t i = 0; i < count; i++)
        if (slots[i] < 0 || (size_t)slots[i] >= self->slots) {
            PyErr_Format(PyExc_IndexError, "there is no slot %zd; there are %zu", slots[i], self->slots);
            return -1;
        }
    if (field < 0 || (size_t)field >= self->fields) {
        PyErr_Format(PyExc_IndexError, "there is no field %zd; there are %zu", field, self->fields);
        return -1;
    }
    return 0;
}

static PyObject *store_add(PyObject *object, PyObject *sequence)
{
    SparseStore *self = (SparseStore *)object;
    Vectors vectors;
    PyObject *result = NULL;
    if (take_vectors(&vectors, sequence, self->fields) == 0 && (result = PyLong_FromSize_t(self->slots)) != NULL &&
        sparse_store_append(self, vectors.given) < 0)
        Py_CLEAR(result);
    release(&vectors);
    return result;
}

static PyObject *store_get(PyObject *object, PyObject *args)
{
    const SparseStore *self = (SparseStore *)object;
    Py_ssize_t slot, field;
    if (!PyArg_ParseTuple(args, "nn:get", &slot, &field) || check(self, &slot, 1, field) < 0)
        return NULL;
    const size_t vector = (size_t)slot * self->fields + (size_t)field, start = sparse_store_start(self, vector);
    return kernel_vector_tuple(self->hashes + start, self->weights + start, self->ends[vector] - start);
}

/* Making Python objects may run finalizers that add to this store: all products are there before the first is made. */
static PyObject *dot_list(const uint64_t *products, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(products[i]);
        if (number == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, number);
    }
    return list;
}

static PyObject *store_dots(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vector", "slots", "field", NULL};
    const SparseStore *self = (SparseStore *)object;
    Vectors vectors = {.fields = 0};
    PyObject *vector, *sequence, *result = NULL;
    Py_ssize_t field;
    size_t count;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OOn:dots", names, &vector, &sequence, &field))
        return NULL;
    Py_ssize_t *slots = kernel_numbers(sequence, &count);
    if (slots != NULL && take_vector(&vectors, vector) == 0 && check(self, slots, count, field) == 0) {
        uint64_t *products = sparse_store_dots(self, vectors.given, slots, count, (size_t)field);
        if (products != NULL)
            result = dot_list(products, count);
        PyMem_Free(products);
    }
    PyMem_Free(slots);
    release(&vectors);
    return result;
}

/* ((sum of each field), (best of each field), place of the best of the first field) of one group */
static PyObject *fit_tuple(const Fit *fits, size_t fields)
{
    PyObject *sums = PyTuple_New((Py_ssize_t)fields), *bests = PyTuple_New((Py_ssize_t)fields);
    int status = sums == NULL || bests == NULL ? -1 : 0;
    for (size_t field = 0; status == 0 && field < fields; field++) {
        status = kernel_fast_unsigned(sums, (Py_ssize_t)field, fits[field].sum);
        if (status == 0)
            status = kernel_fast_unsigned(bests, (Py_ssize_t)field, fits[field].best);
    }
    PyObject *result = status == 0 ? Py_BuildValue("(OOn)", sums, bests, (Py_ssize_t)fits[0].place) : NULL;
    Py_XDECREF(sums);
    Py_XDECREF(bests);
    return result;
}

static PyObject *fit_list(const Fit *fits, size_t groups, size_t fields)
{
    PyObject *list = PyList_New((Py_ssize_t)groups);
    for (size_t group = 0; list != NULL && group < groups; group++) {
        PyObject *fit = fit_tuple(fits + group * fields, fields);
        if (fit == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)group, fit);
    }
    return list;
}

static int check_sizes(const Py_ssize_t *sizes, size_t groups, size_t count)
{
    size_t left = count;
    for (size_t group = 0; group < groups; group++) {
        if (sizes[group] < 1 || (size_t)sizes[group] > left) {
            PyErr_SetString(PyExc_ValueError, "sizes must be positive and add up to the number of slots");
            return -1;
        }
        left -= (size_t)sizes[group];
    }
    if (left > 0)
        PyErr_SetString(PyExc_ValueError, "sizes must be positive and add up to the number of slots");
    return left > 0 ? -1 : 0;
}

static PyObject *store_fits(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vectors", "slots", "sizes", NULL};
    const SparseStore *self = (SparseStore *)object;
    Vectors vectors = {.fields = 0};
    PyObject *given, *slot_sequence, *size_sequence, *result = NULL;
    size_t count, groups;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OOO:fits", names, &given, &slot_sequence, &size_sequence))
        return NULL;
    Py_ssize_t *slots = kernel_numbers(slot_sequence, &count);
    Py_ssize_t *sizes = slots == NULL ? NULL : kernel_numbers(size_sequence, &groups);
    if (sizes != NULL && take_vectors(&vectors, given, self->fields) == 0 && check(self, slots, count, 0) == 0 &&
        check_sizes(sizes, groups, count) == 0) {
        Fit *fits = sparse_store_fits(self, vectors.given, slots, sizes, groups);
        if (fits != NULL)
            result = fit_list(fits, groups, self->fields);
        PyMem_Free(fits);
    }
    PyMem_Free(slots);
    PyMem_Free(sizes);
    release(&vectors);
    return result;
}

static PyObject *store_shared(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"vector", "slot", "field", "limit", NULL};
    const SparseStore *self = (SparseStore *)object;
    Vectors vectors = {.fields = 0};
    PyObject *vector, *result = NULL;
    Py_ssize_t slot, field, limit;
    size_t found;
    if (!PyArg_ParseTupleAndKeywords(args, named, "Onnn:shared", names, &vector, &slot, &field, &limit))
        return NULL;
    if (limit < 0) {
        PyErr_SetString(PyExc_ValueError, "limit must not be negative");
    } else if (take_vector(&vectors, vector) == 0 && check(self, &slot, 1, field) == 0) {
        uint64_t *ranks = sparse_store_shared(self, vectors.given, (size_t)slot, (size_t)field, &found);
        if (ranks != NULL)
            result = kernel_heaviest(vectors.given[0].hashes, ranks, found, (size_t)limit);
        PyMem_Free(ranks);
    }
    release(&vectors);
    return result;
}

static Py_ssize_t store_length(PyObject *object)
{
    return (Py_ssize_t)((SparseStore *)object)->slots;
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
    static char *names[] = {"fields", NULL};
    Py_ssize_t fields;
    if (!PyArg_ParseTupleAndKeywords(args, named, "n:SparseStore", names, &fields))
        return NULL;
    if (fields < 1 || fields > MAX_FIELDS)
        return PyErr_Format(PyExc_ValueError, "a store has 1 to %d fields, not %zd", MAX_FIELDS, fields);
    SparseStore *self = (SparseStore *)PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        self->fields = (size_t)fields;
        self->hashes = kernel_grow(NULL, &self->hashes_room, 0, sizeof(uint32_t));
        self->weights = kernel_grow(NULL, &self->weights_room, 0, sizeof(uint16_t));
        self->ends = kernel_grow(NULL, &self->ends_room, 0, sizeof(size_t));
        if (self->hashes == NULL || self->weights == NULL || self->ends == NULL)
            Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyMethodDef methods[] = {
    {"add", store_add, METH_O, "add(vectors) -> slot"},
    {"get", store_get, METH_VARARGS, "get(slot, field) -> (hashes, weights)"},
    {"dots", (PyCFunction)(void (*)(void))store_dots, METH_VARARGS | METH_KEYWORDS,
     "dots(vector, slots, field) -> [dot product, ...]"},
    {"fits", (PyCFunction)(void (*)(void))store_fits, METH_VARARGS | METH_KEYWORDS,
     "fits(vectors, slots, sizes) -> [(sums, bests, nearest), ...]"},
    {"shared", (PyCFunction)(void (*)(void))store_shared, METH_VARARGS | METH_KEYWORDS,
     "shared(vector, slot, field, limit) -> hashes"},
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

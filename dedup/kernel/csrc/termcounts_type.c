/* TermCounts for Python. */
#include "arguments.h"
#include "termcounts.h"

#include <math.h>

static double load_double(const uint8_t *bytes)
{
    const uint64_t bits = load64(bytes);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void store_double(uint8_t *bytes, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    store32(bytes, (uint32_t)bits);
    store32(bytes + 4, (uint32_t)(bits >> 32));
}

static int fill(TermCounts *self, const Py_buffer *hashes, const Py_buffer *counts, double texts)
{
    size_t terms, given;
    if (kernel_count(hashes, 4, "hashes", &terms) < 0 || kernel_count(counts, 8, "counts", &given) < 0 ||
        kernel_ascending(hashes->buf, terms) < 0)
        return -1;
    if (terms != given) {
        PyErr_Format(PyExc_ValueError, "%zu hashes and %zu counts", terms, given);
        return -1;
    }
    if (!(texts >= 0.0 && isfinite(texts))) {
        PyErr_SetString(PyExc_ValueError, "texts must be 0 or more");
        return -1;
    }
    if (term_counts_open(self, terms) < 0)
        return -1;
    self->start_texts = texts;
    for (size_t i = 0; i < terms; i++) {
        const double count = load_double((const uint8_t *)counts->buf + 8 * i);
        if (!(count >= 1.0 && isfinite(count))) {
            PyErr_SetString(PyExc_ValueError, "counts must be 1 or more");
            return -1;
        }
        term_counts_make(self, load32((const uint8_t *)hashes->buf + 4 * i))->start = count;
    }
    return 0;
}

static PyObject *counts_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"hashes", "counts", "texts", NULL};
    Py_buffer hashes, counts;
    double texts;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*y*d:TermCounts", names, &hashes, &counts, &texts))
        return NULL;
    TermCounts *self = (TermCounts *)PyType_GenericAlloc(type, 0);
    if (self != NULL && fill(self, &hashes, &counts, texts) < 0)
        Py_CLEAR(self);
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&counts);
    return (PyObject *)self;
}

static int take_distinct(const Py_buffer *terms, size_t *count)
{
    return kernel_count(terms, 4, "terms", count) < 0 ? -1 : kernel_ascending(terms->buf, *count);
}

static PyObject *counts_add(PyObject *object, PyObject *argument)
{
    TermCounts *self = (TermCounts *)object;
    Py_buffer terms;
    size_t count;
    if (PyObject_GetBuffer(argument, &terms, PyBUF_SIMPLE) < 0)
        return NULL;
    const int status = take_distinct(&terms, &count) < 0 ? -1 : term_counts_reserve(self, count);
    if (status == 0) {
        term_counts_prefetch(self, terms.buf, count);
        for (size_t i = 0; i < count; i++)
            term_counts_make(self, load32((const uint8_t *)terms.buf + 4 * i))->texts++;
        self->texts++;
    }
    PyBuffer_Release(&terms);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Takes one from the counts of these terms; -1 with ValueError, and nothing taken, where no text of them was counted. */
static int discount(TermCounts *self, const uint8_t *terms, size_t count)
{
    size_t done = 0;
    term_counts_prefetch(self, terms, count);
    for (; self->texts > 0 && done < count; done++) {
        Count *cell = term_counts_find(self, load32(terms + 4 * done));
        if (cell->start == 0 || cell->texts == 0)
            break;
        cell->texts--;
    }
    if (self->texts > 0 && done == count) {
        self->texts--;
        return 0;
    }
    while (done-- > 0)
        term_counts_find(self, load32(terms + 4 * done))->texts++;
    PyErr_SetString(PyExc_ValueError, "a text that was not counted cannot be discarded");
    return -1;
}

static PyObject *counts_discard(PyObject *object, PyObject *argument)
{
    TermCounts *self = (TermCounts *)object;
    Py_buffer terms;
    size_t count;
    if (PyObject_GetBuffer(argument, &terms, PyBUF_SIMPLE) < 0)
        return NULL;
    const int status = take_distinct(&terms, &count) < 0 ? -1 : discount(self, terms.buf, count);
    PyBuffer_Release(&terms);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *counts_idf(PyObject *object, PyObject *argument)
{
    const TermCounts *self = (TermCounts *)object;
    const double total = term_counts_total(self);
    Py_buffer terms;
    PyObject *result = NULL;
    size_t count;
    if (PyObject_GetBuffer(argument, &terms, PyBUF_SIMPLE) < 0)
        return NULL;
    if (kernel_count(&terms, 4, "terms", &count) == 0 &&
        (result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(8 * count))) != NULL) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        for (size_t i = 0; i < count; i++)
            store_double(out + 8 * i, term_counts_idf(self, total, load32((const uint8_t *)terms.buf + 4 * i)));
    }
    PyBuffer_Release(&terms);
    return result;
}

static PyObject *weigh(const TermCounts *self, const uint8_t *given, size_t count, size_t cap)
{
    const size_t heap = cap < count ? cap : count;
    double *raw = PyMem_Malloc((count + heap + 1) * sizeof *raw);
    uint32_t *terms = PyMem_Malloc((2 * count + 1) * sizeof *terms);
    uint16_t *weights = PyMem_Malloc((count + 1) * sizeof *weights);
    PyObject *result = NULL;
    if (raw == NULL || terms == NULL || weights == NULL) {
        PyErr_NoMemory();
    } else {
        copy_numbers(terms, given, count, sizeof(uint32_t));
        result = kernel_vector_tuple(terms, weights, term_counts_weigh(self, terms, terms + count, raw, weights, count, cap));
    }
    PyMem_Free(raw);
    PyMem_Free(terms);
    PyMem_Free(weights);
    return result;
}

static PyObject *counts_weigh(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"terms", "cap", NULL};
    Py_buffer terms;
    Py_ssize_t cap;
    PyObject *result = NULL;
    size_t count;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*n:weigh", names, &terms, &cap))
        return NULL;
    if (cap < 0)
        PyErr_SetString(PyExc_ValueError, "cap must not be negative");
    else if (kernel_count(&terms, 4, "terms", &count) == 0)
        result = weigh((TermCounts *)object, terms.buf, count, (size_t)cap);
    PyBuffer_Release(&terms);
    return result;
}

/* The vectors of parts, a tuple of as many as there are caps; NULL with an error set. */
static PyObject *weigh_parts(PyObject *object, PyObject *parts, PyObject *caps)
{
    const Py_ssize_t count = PyTuple_Size(parts);
    if (count == 0 || count != PyTuple_Size(caps))
        return PyErr_Format(PyExc_ValueError, "%zd parts and %zd caps", count, PyTuple_Size(caps));
    PyObject *vectors = PyTuple_New(count);
    for (Py_ssize_t i = 0; vectors != NULL && i < count; i++) {
        PyObject *pair = PyTuple_Pack(2, PyTuple_GetItem(parts, i), PyTuple_GetItem(caps, i));
        PyObject *vector = pair == NULL ? NULL : counts_weigh(object, pair, NULL);
        Py_XDECREF(pair);
        if (vector == NULL)
            Py_CLEAR(vectors);
        else
            PyTuple_SetItem(vectors, i, vector);
    }
    return vectors;
}

static PyObject *counts_weigh_all(PyObject *object, PyObject *args)
{
    PyObject *parts, *caps, *vectors = NULL, *terms = NULL, *result = NULL;
    if (!PyArg_ParseTuple(args, "OO:weigh_all", &parts, &caps))
        return NULL;
    parts = PySequence_Tuple(parts);
    caps = parts == NULL ? NULL : PySequence_Tuple(caps);
    if (caps != NULL && (vectors = weigh_parts(object, parts, caps)) != NULL)
        terms = kernel_distinct(NULL, PyTuple_GetItem(parts, 0));
    if (terms != NULL)
        result = PyTuple_Pack(2, vectors, terms);
    Py_XDECREF(parts);
    Py_XDECREF(caps);
    Py_XDECREF(vectors);
    Py_XDECREF(terms);
    return result;
}

static Py_ssize_t counts_length(PyObject *object)
{
    return (Py_ssize_t)((TermCounts *)object)->texts;
}

static PyObject *counts_nbytes(PyObject *object, void *closure)
{
    const TermCounts *self = (const TermCounts *)object;
    (void)closure;
    return PyLong_FromSize_t(sizeof *self + ((size_t)1 << self->bits) * sizeof(Count));
}

static void counts_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyMem_Free(((TermCounts *)object)->cells);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"add", counts_add, METH_O, "add(terms)"},
    {"discard", counts_discard, METH_O, "discard(terms)"},
    {"idf", counts_idf, METH_O, "idf(terms) -> float64 of each"},
    {"weigh", (PyCFunction)(void (*)(void))counts_weigh, METH_VARARGS | METH_KEYWORDS,
     "weigh(terms, cap) -> (hashes, weights)"},
    {"weigh_all", counts_weigh_all, METH_VARARGS, "weigh_all(parts, caps) -> (((hashes, weights), ...), terms)"},
    {"weigh_text", OF_ARRAY(term_counts_weigh_text),
     "weigh_text(title, body, name, weekdays, shape, caps, stems) -> (((hashes, weights), ...), terms, weekday) or None"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"nbytes", counts_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "In how many texts a term is; see dedup.kernel.reference.terms.TermCounts."},
    {Py_tp_new, counts_new},
    {Py_tp_dealloc, counts_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, counts_length},
    {0, NULL},
};

PyType_Spec kernel_term_counts = {
    .name = "dedup.kernel._kernel.TermCounts",
    .basicsize = sizeof(TermCounts),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* Stems for Python. */
#include "arguments.h"
#include "stems.h"

static PyObject *stems_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"hashed", NULL};
    PyObject *hashed;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O:Stems", names, &hashed))
        return NULL;
    if (!PyCallable_Check(hashed)) {
        PyErr_SetString(PyExc_TypeError, "hashed must be a function");
        return NULL;
    }
    Stems *const self = (Stems *)PyType_GenericAlloc(type, 0);
    if (self != NULL)
        self->hashed = Py_NewRef(hashed);
    return (PyObject *)self;
}

/* The UTF-8 of some str in a tuple as terms; -1 with an error set. */
static int take_words(PyObject *words, Term *terms)
{
    for (Py_ssize_t i = 0; i < PyTuple_Size(words); i++) {
        Py_ssize_t size;
        PyObject *const word = PyTuple_GetItem(words, i);
        const char *const text = PyUnicode_AsUTF8AndSize(word, &size);
        if (text == NULL) {
            if (!PyUnicode_Check(word))
                PyErr_SetString(PyExc_TypeError, "terms must be str");
            return -1;
        }
        const Tokens one = {(const uint8_t *)text, (size_t)size};
        terms[i] = (Term){one, {NULL, 0}, xxh32(one.text, one.size)};
    }
    return 0;
}

static PyObject *stems_hashes(PyObject *object, PyObject *argument)
{
    PyObject *const words = PySequence_Tuple(argument), *result = NULL;
    if (words == NULL)
        return NULL;
    const size_t count = (size_t)PyTuple_Size(words);
    Term *const terms = PyMem_Calloc(count + 1, sizeof *terms);
    if (terms == NULL)
        PyErr_NoMemory();
    else if (take_words(words, terms) == 0 && stems_resolve((Stems *)object, terms, count) == 0)
        result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * count));
    if (result != NULL)
        for (size_t i = 0; i < count; i++)
            store32((uint8_t *)PyBytes_AsString(result) + 4 * i, terms[i].hash);
    PyMem_Free(terms);
    Py_DECREF(words);
    return result;
}

static Py_ssize_t stems_length(PyObject *object)
{
    return (Py_ssize_t)((Stems *)object)->count;
}

static void stems_dealloc(PyObject *object)
{
    Stems *const self = (Stems *)object;
    PyTypeObject *const type = Py_TYPE(object);
    Py_CLEAR(self->hashed);
    PyMem_Free(self->cells);
    PyMem_Free(self->stems);
    PyMem_Free(self->words);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

int stems_take(PyTypeObject *type, PyObject *object, Stems **stems)
{
    PyObject *const module = PyType_GetModule(type);
    *stems = module == NULL ? NULL : kernel_instance_of(module, object, STEMS);
    return *stems != NULL || (object == Py_None && module != NULL);
}

static PyMethodDef methods[] = {
    {"hashes", stems_hashes, METH_O, "hashes(terms) -> bytes"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "What the stems of words hash to; see dedup.kernel.reference.terms.Stems."},
    {Py_tp_new, stems_new},
    {Py_tp_dealloc, stems_dealloc},
    {Py_tp_methods, methods},
    {Py_sq_length, stems_length},
    {0, NULL},
};

PyType_Spec kernel_stems = {
    .name = "dedup.kernel._kernel.Stems",
    .basicsize = sizeof(Stems),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

/* Terms that are looked for: their spelling among tokens, the first of some names among terms. */
#include "termhashes.h"

/* Which hashes may be among some: nearly every other one is answered by a bit. */
typedef struct {
    uint64_t bits[4];
} Filter;

static void note(Filter *filter, uint32_t hash)
{
    filter->bits[hash >> 6 & 3] |= UINT64_C(1) << (hash & 63);
}

static int may_be(const Filter *filter, uint32_t hash)
{
    return (int)(filter->bits[hash >> 6 & 3] >> (hash & 63) & 1);
}

/* Puts the spelling of those of the `wanted` that are among the tokens and not spelled yet into the list. */
static int spell(const Tokens *tokens, const uint8_t *wanted, size_t count, PyObject *list, size_t *left)
{
    Filter filter = {{0}};
    for (size_t i = 0; i < count; i++)
        note(&filter, load32(wanted + 4 * i));
    for (size_t start = tokens->size > 0 ? 0 : 1, end; start <= tokens->size && *left > 0; start = end + 1) {
        for (end = start; end < tokens->size && tokens->text[end] != ' ';)
            end++;
        const uint32_t hash = xxh32(tokens->text + start, end - start);
        for (size_t i = 0; may_be(&filter, hash) && i < count; i++) {
            if (load32(wanted + 4 * i) != hash || PyList_GetItem(list, (Py_ssize_t)i) != Py_None)
                continue;
            PyObject *word = PyUnicode_FromStringAndSize((const char *)tokens->text + start, (Py_ssize_t)(end - start));
            if (word == NULL)
                return -1;
            PyList_SetItem(list, (Py_ssize_t)i, word);
            --*left;
        }
    }
    return 0;
}

/* spell(title, body, hashes) -> [str | None, ...] */
PyObject *kernel_spell(PyObject *module, PyObject *args)
{
    PyObject *objects[2], *list = NULL;
    Py_buffer hashes;
    Tokens title, body;
    size_t count;
    (void)module;
    if (!PyArg_ParseTuple(args, "UUy*:spell", &objects[0], &objects[1], &hashes))
        return NULL;
    if (kernel_count(&hashes, 4, "hashes", &count) == 0 && kernel_take_tokens(objects[0], &title) == 0 && kernel_take_tokens(objects[1], &body) == 0) {
        size_t left = count;
        list = PyList_New((Py_ssize_t)count);
        for (size_t i = 0; list != NULL && i < count; i++)
            PyList_SetItem(list, (Py_ssize_t)i, Py_NewRef(Py_None));
        if (list != NULL && (spell(&title, hashes.buf, count, list, &left) < 0 ||
                             spell(&body, hashes.buf, count, list, &left) < 0))
            Py_CLEAR(list);
    }
    PyBuffer_Release(&hashes);
    return list;
}

#define MOST_NAMES 256

typedef struct {
    const uint8_t *terms;               /* little-endian */
    size_t count;
} Name;

/* The number of the name that comes first, -1 for none. */
static long first_of(const uint8_t *terms, size_t count, const Name *names, size_t named)
{
    Filter filter = {{0}};
    for (size_t k = 0; k < named; k++)
        note(&filter, load32(names[k].terms));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; may_be(&filter, load32(terms + 4 * i)) && k < named; k++)
            if (names[k].count <= count - i && memcmp(terms + 4 * i, names[k].terms, 4 * names[k].count) == 0)
                return (long)k;
    return -1;
}

/* `given` are bytes in a tuple or list, which holds them. */
int kernel_first_among(const uint8_t *terms, size_t count, PyObject *given, long *number)
{
    Name names[MOST_NAMES];
    PyObject *tuple = PySequence_Tuple(given);
    const Py_ssize_t named = tuple == NULL ? -1 : PyTuple_Size(tuple);
    Py_ssize_t taken = 0;
    if (named > MOST_NAMES)
        PyErr_Format(PyExc_ValueError, "at most %d names, not %zd", MOST_NAMES, named);
    for (; named <= MOST_NAMES && taken < named; taken++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(tuple, taken), &bytes, &size) < 0)
            break;
        if (size == 0 || size % 4 != 0) {
            PyErr_SetString(PyExc_ValueError, "a name must be a whole number of terms, one at least");
            break;
        }
        names[taken] = (Name){(const uint8_t *)bytes, (size_t)size / 4};
    }
    const int status = tuple != NULL && taken == named ? 0 : -1;
    if (status == 0)
        *number = first_of(terms, count, names, (size_t)named);
    Py_XDECREF(tuple);
    return status;
}

/* first_of(terms, names) -> number or -1 */
PyObject *kernel_first_of(PyObject *module, PyObject *args)
{
    Py_buffer terms;
    PyObject *names;
    size_t count;
    long number;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*O:first_of", &terms, &names))
        return NULL;
    const int status = kernel_count(&terms, 4, "an array", &count) < 0
                           ? -1
                           : kernel_first_among(terms.buf, count, names, &number);
    PyBuffer_Release(&terms);
    return status < 0 ? NULL : PyLong_FromLong(number);
}

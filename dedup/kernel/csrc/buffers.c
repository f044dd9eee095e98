/* Memory and the border to Python: growing arrays, checked buffers, results. All of it needs the GIL. */
#include "kernel.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

/* Arrays have room for so many items at least. */
#define LEAST_ROOM 16
#define HUGE_PAGE ((size_t)2 << 20)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25             /* Linux 6.1; older kernels refuse it, and nothing changes */
#endif

/* All pages that hold some of it, not only whole huge ones: large memory is a mapping of its own, and one whose parts are
 * advised differently cannot be moved by the system when it grows, but is copied, and is there twice meanwhile. */
void kernel_advise(void *memory, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)memory & ~(page - 1);
    if (bytes >= 2 * HUGE_PAGE)
        madvise((void *)start, ((uintptr_t)memory + bytes - start + page - 1) & ~(page - 1), MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

/* Moves what large memory holds already from small pages to huge ones, one at a time; `bytes` are those in use. */
static void collapse(void *memory, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t start = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    const uintptr_t end = ((uintptr_t)memory + bytes) & ~(HUGE_PAGE - 1);
    if (bytes >= 2 * HUGE_PAGE)
        madvise((void *)start, end - start, MADV_COLLAPSE);
#else
    (void)memory, (void)bytes;
#endif
}

int kernel_reserve(void *array, size_t *room, size_t need, size_t item)
{
    const size_t most = (size_t)PY_SSIZE_T_MAX / item;
    void *items;
    memcpy(&items, array, sizeof items); /* a pointer to any type */
    if (items != NULL && need <= *room)
        return 0;
    if (need > most) {
        PyErr_NoMemory();
        return -1;
    }
    size_t wanted = *room <= most - *room / 2 ? *room + *room / 2 : most;
    if (wanted < need)
        wanted = need;
    if (wanted < LEAST_ROOM && most >= LEAST_ROOM)
        wanted = LEAST_ROOM;
    void *larger = PyMem_Realloc(items, wanted * item);
    if (larger == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    kernel_advise(larger, wanted * item);
    collapse(larger, *room * item);
    *room = wanted;
    memcpy(array, &larger, sizeof larger);
    return 0;
}

void kernel_shrink(void *array, size_t *room, size_t need, size_t item)
{
    void *items;
    memcpy(&items, array, sizeof items);
    const size_t wanted = need < LEAST_ROOM ? LEAST_ROOM : need;
    void *smaller = wanted < *room ? PyMem_Realloc(items, wanted * item) : NULL;
    if (smaller == NULL)
        return;
    *room = wanted;
    memcpy(array, &smaller, sizeof smaller);
}

/* How many items of `item` bytes `view` holds; -1 with ValueError where its length is not a multiple. */
int kernel_count(const Py_buffer *view, size_t item, const char *name, size_t *count)
{
    if ((size_t)view->len % item != 0) {
        PyErr_Format(PyExc_ValueError, "%s must be a whole number of %zu-byte items, not %zd bytes", name, item, view->len);
        return -1;
    }
    *count = (size_t)view->len / item;
    return 0;
}

/* Whether `hashes` ascend without repetition; needs no GIL. Nearly all do, and a loop that is not left compares several at
 * once. */
int kernel_is_ascending(const uint8_t *hashes, size_t count)
{
    uint32_t wrong = 0;
    for (size_t i = 1; i < count; i++)
        wrong |= load32(hashes + 4 * (i - 1)) >= load32(hashes + 4 * i);
    return !wrong;
}

/* The same as 0, or -1 with ValueError. */
int kernel_ascending(const uint8_t *hashes, size_t count)
{
    if (kernel_is_ascending(hashes, count))
        return 0;
    PyErr_SetString(PyExc_ValueError, "hashes must be sorted and unique");
    return -1;
}

/* How many terms a vector given as two buffers has; -1 with ValueError where it is none. */
int kernel_vector(const Py_buffer *hashes, const Py_buffer *weights, size_t *size)
{
    size_t given;
    if (kernel_count(hashes, 4, "hashes", size) < 0 || kernel_count(weights, 2, "weights", &given) < 0)
        return -1;
    if (given != *size) {
        PyErr_Format(PyExc_ValueError, "%zu hashes and %zu weights make no vector", *size, given);
        return -1;
    }
    if (*size >= (size_t)1 << 30) {
        PyErr_SetString(PyExc_ValueError, "a vector has fewer than 2**30 terms");
        return -1;
    }
    return kernel_ascending(hashes->buf, *size);
}

/* `values` as little-endian bytes. */
PyObject *kernel_bytes32(const uint32_t *values, size_t count)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * count));
    if (bytes == NULL)
        return NULL;
    copy_numbers((uint8_t *)PyBytes_AsString(bytes), values, count, sizeof(uint32_t));
    return bytes;
}

/* A vector as (hashes, weights), little-endian. */
PyObject *kernel_vector_tuple(const uint32_t *hashes, const uint16_t *weights, size_t size)
{
    PyObject *left = kernel_bytes32(hashes, size), *right = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(2 * size));
    PyObject *pair = PyTuple_New(2);
    if (left == NULL || right == NULL || pair == NULL) {
        Py_XDECREF(left);
        Py_XDECREF(right);
        Py_XDECREF(pair);
        return NULL;
    }
    copy_numbers((uint8_t *)PyBytes_AsString(right), weights, size, sizeof(uint16_t));
    PyTuple_SetItem(pair, 0, left);
    PyTuple_SetItem(pair, 1, right);
    return pair;
}

/* A converter for PyArg_Parse: a whole number as int64_t; one that does not fit becomes the nearest that does. */
int kernel_whole(PyObject *object, void *value)
{
    int overflow;
    const long long whole = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (whole == -1 && overflow == 0 && PyErr_Occurred())
        return 0;
    *(int64_t *)value = overflow == 0 ? whole : overflow < 0 ? INT64_MIN : INT64_MAX;
    return 1;
}

/* A copy of an array of int64 in a buffer that says so; NULL where `object` is none, with no error set. */
static int64_t *array_of_wholes(PyObject *object, size_t *count)
{
    Py_buffer view;
    int64_t *numbers = NULL;
    if (!PyMemoryView_Check(object) || PyObject_GetBuffer(object, &view, PyBUF_ND | PyBUF_FORMAT) < 0) {
        PyErr_Clear();
        return NULL;
    }
    if (view.format != NULL && strcmp(view.format, "q") == 0) {
        numbers = PyMem_Malloc(view.len > 0 ? (size_t)view.len : 1);
        if (numbers != NULL)
            memcpy(numbers, view.buf, (size_t)view.len);
        *count = (size_t)view.len / sizeof *numbers;
    }
    PyBuffer_Release(&view);
    return numbers;
}

/* The numbers of `iterable`, each as kernel_whole gives it: an array to be freed with PyMem_Free; NULL with an error
 * set. */
int64_t *kernel_wholes(PyObject *iterable, size_t *count)
{
    int64_t *array = array_of_wholes(iterable, count);
    if (array != NULL)
        return array;
    PyObject *tuple = PySequence_Tuple(iterable);
    if (tuple == NULL)
        return NULL;
    *count = (size_t)PyTuple_Size(tuple);
    int64_t *numbers = PyMem_Malloc((*count > 0 ? *count : 1) * sizeof *numbers);
    if (numbers == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; numbers != NULL && i < *count; i++)
        if (!kernel_whole(PyTuple_GetItem(tuple, (Py_ssize_t)i), &numbers[i])) {
            PyMem_Free(numbers);
            numbers = NULL;
        }
    Py_DECREF(tuple);
    return numbers;
}

/* The `count` numbers of `iterable`, likewise; -1 with an error set. */
int kernel_some_wholes(PyObject *iterable, int64_t *numbers, size_t count, const char *name)
{
    size_t given;
    int64_t *found = kernel_wholes(iterable, &given);
    if (found == NULL)
        return -1;
    if (given == count)
        memcpy(numbers, found, count * sizeof *numbers);
    else
        PyErr_Format(PyExc_ValueError, "%s must be %zu numbers, not %zu", name, count, given);
    PyMem_Free(found);
    return given == count ? 0 : -1;
}

/* The `count` numbers of `sequence`; -1 with an error set. */
int kernel_doubles(PyObject *sequence, double *numbers, size_t count, const char *name)
{
    PyObject *tuple = PySequence_Tuple(sequence);
    if (tuple == NULL)
        return -1;
    int status = (size_t)PyTuple_Size(tuple) == count ? 0 : -1;
    if (status < 0)
        PyErr_Format(PyExc_ValueError, "%s must be %zu numbers, not %zd", name, count, PyTuple_Size(tuple));
    for (size_t i = 0; status == 0 && i < count; i++) {
        numbers[i] = PyFloat_AsDouble(PyTuple_GetItem(tuple, (Py_ssize_t)i));
        if (numbers[i] == -1.0 && PyErr_Occurred())
            status = -1;
    }
    Py_DECREF(tuple);
    return status;
}

/* KeyError for a number; always -1. */
int kernel_key_error(int64_t number)
{
    PyObject *key = PyLong_FromLongLong(number);
    if (key != NULL)
        PyErr_SetObject(PyExc_KeyError, key);
    Py_XDECREF(key);
    return -1;
}

/* Puts `value` into a tuple that is being made; 0, or -1 with an error set. */
int kernel_fast_unsigned(PyObject *tuple, Py_ssize_t place, uint64_t value)
{
    PyObject *number = PyLong_FromUnsignedLongLong(value);
    if (number == NULL)
        return -1;
    return PyTuple_SetItem(tuple, place, number);
}

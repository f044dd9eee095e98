/* Memory and the border to Python: growing arrays, checked buffers, results. All of it needs the GIL. */
#include "kernel.h"

/* `array` with room for at least `need` items of `item` bytes; NULL with MemoryError set, and `array` as it was. */
void *kernel_grow(void *array, size_t *room, size_t need, size_t item)
{
    const size_t most = (size_t)PY_SSIZE_T_MAX / item;
    if (array != NULL && need <= *room)
        return array;
    if (need > most) {
        PyErr_NoMemory();
        return NULL;
    }
    size_t wanted = *room <= most - *room / 2 ? *room + *room / 2 : most;
    if (wanted < need)
        wanted = need;
    if (wanted < 16 && most >= 16)
        wanted = 16;
    void *larger = PyMem_Realloc(array, wanted * item);
    if (larger == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *room = wanted;
    return larger;
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

/* 0 where `hashes` ascend without repetition, else -1 with ValueError. */
int kernel_ascending(const uint8_t *hashes, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (load32(hashes + 4 * (i - 1)) >= load32(hashes + 4 * i)) {
            PyErr_SetString(PyExc_ValueError, "hashes must be sorted and unique");
            return -1;
        }
    return 0;
}

/* `values` as little-endian bytes. */
PyObject *kernel_bytes32(const uint32_t *values, size_t count)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * count));
    if (bytes == NULL)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AsString(bytes);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (count > 0)
        memcpy(out, values, 4 * count);
#else
    for (size_t i = 0; i < count; i++)
        store32(out + 4 * i, values[i]);
#endif
    return bytes;
}

/* Puts `value` into a tuple that is being made; 0, or -1 with an error set. */
int kernel_fast_unsigned(PyObject *tuple, Py_ssize_t place, uint64_t value)
{
    PyObject *number = PyLong_FromUnsignedLongLong(value);
    if (number == NULL)
        return -1;
    return PyTuple_SetItem(tuple, place, number);
}

/* Slots by their rank, and results for Python. */
#include "labels.h"

int labels_follow(const Label *labels, size_t slots, int64_t rank)
{
    return rank >= 0 && (uint64_t)rank < MAX_RANK && (slots == 0 || (uint64_t)rank > labels[slots - 1].rank);
}

int labels_check(const Label *labels, size_t slots, int64_t rank)
{
    if (labels_follow(labels, slots, rank))
        return 0;
    PyErr_Format(PyExc_ValueError, "rank must be below 2**48 and higher than all before, not %lld", (long long)rank);
    return -1;
}

int labels_discard(const Label *labels, uint16_t *hits, size_t slots, uint64_t rank)
{
    size_t low = 0, high = slots;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (labels[middle].rank < rank)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == slots || labels[low].rank != rank || hits[low] == DEAD)
        return 0;
    hits[low] = DEAD;
    return 1;
}

PyObject *labels_list(const uint64_t *best, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *pair = PyTuple_New(2);
        if (pair == NULL || kernel_fast_unsigned(pair, 0, best[i] & (MAX_RANK - 1)) < 0 ||
            kernel_fast_unsigned(pair, 1, best[i] >> RANK_BITS) < 0) {
            Py_XDECREF(pair);
            Py_DECREF(list);
            return NULL;
        }
        PyList_SetItem(list, (Py_ssize_t)i, pair);
    }
    return list;
}

/* key_terms: what a text is found by in Postings; dedup/sketch/reference_postings.py defines it. */
#include "postings.h"

#include <stdlib.h>

#define SCORE_SHIFT 17

static int ascending(const void *one, const void *other)
{
    const uint64_t left = *(const uint64_t *)one, right = *(const uint64_t *)other;
    return (left > right) - (left < right);
}

/* Turns `ranks`, weight << 32 | place counted from the end, into salted term << 32 | score, ascending. */
static size_t choose(uint64_t *ranks, const uint8_t *hashes, size_t count, size_t limit, uint32_t salt)
{
    const size_t kept = kernel_greatest(ranks, count, limit);
    for (size_t i = 0; i < kept; i++) {
        const uint64_t weight = ranks[i] >> 32, score = weight * weight >> SCORE_SHIFT;
        const uint32_t term = load32(hashes + 4 * (UINT32_MAX - (uint32_t)ranks[i])) ^ salt;
        ranks[i] = (uint64_t)term << 32 | (score > 0 ? score : 1);
    }
    qsort(ranks, kept, sizeof *ranks, ascending);
    return kept;
}

static PyObject *terms_and_scores(const uint64_t *chosen, size_t count)
{
    PyObject *terms = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * count));
    PyObject *scores = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(2 * count)), *pair = PyTuple_New(2);
    if (terms == NULL || scores == NULL || pair == NULL) {
        Py_XDECREF(terms);
        Py_XDECREF(scores);
        Py_XDECREF(pair);
        return NULL;
    }
    uint8_t *left = (uint8_t *)PyBytes_AsString(terms), *right = (uint8_t *)PyBytes_AsString(scores);
    for (size_t i = 0; i < count; i++) {
        store32(left + 4 * i, (uint32_t)(chosen[i] >> 32));
        store16(right + 2 * i, (uint16_t)chosen[i]);
    }
    PyTuple_SetItem(pair, 0, terms);
    PyTuple_SetItem(pair, 1, scores);
    return pair;
}

/* key_terms(hashes, weights, limit, salt) -> (terms, scores) */
PyObject *kernel_key_terms(PyObject *module, PyObject *args)
{
    Py_buffer hashes, weights;
    int64_t limit, salt;
    size_t count;
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*O&O&:key_terms", &hashes, &weights, kernel_whole, &limit, kernel_whole, &salt))
        return NULL;
    if (limit < 0 || limit > MOST_TERMS || salt < 0 || salt > UINT32_MAX) {
        PyErr_Format(PyExc_ValueError, "limit must lie between 0 and %d, salt be a number of 32 bits", MOST_TERMS);
    } else if (kernel_vector(&hashes, &weights, &count) == 0) {
        uint64_t *ranks = PyMem_Malloc(count > 0 ? count * sizeof *ranks : 1);
        if (ranks == NULL) {
            PyErr_NoMemory();
        } else {
            for (size_t i = 0; i < count; i++)
                ranks[i] = (uint64_t)load16((const uint8_t *)weights.buf + 2 * i) << 32 | (UINT32_MAX - (uint32_t)i);
            result = terms_and_scores(ranks, choose(ranks, hashes.buf, count, (size_t)limit, (uint32_t)salt));
            PyMem_Free(ranks);
        }
    }
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&weights);
    return result;
}

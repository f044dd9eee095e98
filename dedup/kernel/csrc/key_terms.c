/* key_terms: what a text is found by in Postings; dedup/kernel/reference/postings.py defines it. */
#include "arguments.h"
#include "postings.h"

#include <stdlib.h>

#define SCORE_SHIFT 17

/* So many are sorted by inserting one after another, which takes a third of the time of qsort. */
#define FEW 64

static int ascending(const void *one, const void *other)
{
    const uint64_t left = *(const uint64_t *)one, right = *(const uint64_t *)other;
    return (left > right) - (left < right);
}

static void sort_pairs(uint64_t *pairs, size_t count)
{
    if (count > FEW) {
        qsort(pairs, count, sizeof *pairs, ascending);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const uint64_t pair = pairs[i];
        size_t k = i;
        for (; k > 0 && pairs[k - 1] > pair; k--)
            pairs[k] = pairs[k - 1];
        pairs[k] = pair;
    }
}

size_t key_terms_choose(const uint8_t *hashes, const uint8_t *weights, size_t count, size_t limit, uint32_t salt,
                        uint64_t *pairs)
{
    for (size_t i = 0; i < count; i++)
        pairs[i] = (uint64_t)load16(weights + 2 * i) << 32 | (UINT32_MAX - (uint32_t)i);
    const size_t kept = kernel_select(pairs, count, limit);
    for (size_t i = 0; i < kept; i++) {
        const uint64_t weight = pairs[i] >> 32, score = weight * weight >> SCORE_SHIFT;
        const uint32_t term = load32(hashes + 4 * (UINT32_MAX - (uint32_t)pairs[i])) ^ salt;
        pairs[i] = (uint64_t)term << 32 | (score > 0 ? score : 1);
    }
    return kept;
}

size_t key_terms_of(const uint8_t *hashes, const uint8_t *weights, size_t count, size_t limit, uint32_t salt, uint64_t *pairs,
                    uint32_t *terms, uint16_t *scores)
{
    const size_t kept = key_terms_choose(hashes, weights, count, limit, salt, pairs);
    sort_pairs(pairs, kept);
    for (size_t i = 0; i < kept; i++) {
        terms[i] = (uint32_t)(pairs[i] >> 32);
        scores[i] = (uint16_t)pairs[i];
    }
    return kept;
}

static PyObject *key_terms(const Py_buffer *hashes, const Py_buffer *weights, size_t limit, uint32_t salt)
{
    uint32_t terms[MOST_TERMS];
    uint16_t scores[MOST_TERMS];
    size_t count;
    if (kernel_vector(hashes, weights, &count) < 0)
        return NULL;
    uint64_t *pairs = PyMem_Malloc(count > 0 ? count * sizeof *pairs : 1);
    if (pairs == NULL)
        return PyErr_NoMemory();
    const size_t kept = key_terms_of(hashes->buf, weights->buf, count, limit, salt, pairs, terms, scores);
    PyMem_Free(pairs);
    return kernel_vector_tuple(terms, scores, kept);
}

/* key_terms(hashes, weights, limit, salt) -> (terms, scores) */
PyObject *kernel_key_terms(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_buffer hashes = {.obj = NULL}, weights = {.obj = NULL};
    int64_t limit, salt;
    PyObject *result = NULL;
    (void)module;
    if (arguments_are(given, 4, "key_terms") && argument_bytes(args[0], &hashes) && argument_bytes(args[1], &weights) &&
        kernel_whole(args[2], &limit) && kernel_whole(args[3], &salt)) {
        if (limit < 0 || limit > MOST_TERMS || salt < 0 || salt > UINT32_MAX)
            PyErr_Format(PyExc_ValueError, "limit must lie between 0 and %d, salt be a number of 32 bits", MOST_TERMS);
        else
            result = key_terms(&hashes, &weights, (size_t)limit, (uint32_t)salt);
    }
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&weights);
    return result;
}

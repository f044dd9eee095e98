/* Functions over arrays of 32-bit hashes: the greatest of them, overlap, dot product, band keys. */
#include "arguments.h"
#include "greatest.h"

/* Moves the `limit` greatest of `values` to its front, in any order, and says how many there are. */
size_t kernel_select(uint64_t *values, size_t count, size_t limit)
{
    size_t kept = 0;
    for (size_t i = 0; i < count && limit > 0; i++)
        kept = greatest_offer(values, kept, limit, values[i]);
    return kept;
}

/* The same, greatest first. */
size_t kernel_greatest(uint64_t *values, size_t count, size_t limit)
{
    const size_t kept = kernel_select(values, count, limit);
    greatest_sort(values, kept, limit);
    return kept;
}

/* hash_terms(terms) -> bytes */
PyObject *kernel_hash_terms(PyObject *module, PyObject *argument)
{
    PyObject *terms = PySequence_Tuple(argument), *result = NULL;
    (void)module;
    if (terms == NULL)
        return NULL;
    const Py_ssize_t count = PyTuple_Size(terms);
    if (count <= PY_SSIZE_T_MAX / 4)
        result = PyBytes_FromStringAndSize(NULL, 4 * count);
    else
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        PyObject *term = PyTuple_GetItem(terms, i);
        Py_ssize_t length;
        const char *text = PyUnicode_AsUTF8AndSize(term, &length);
        if (text == NULL) {
            if (!PyUnicode_Check(term))
                PyErr_SetString(PyExc_TypeError, "terms must be str");
            Py_CLEAR(result);
        } else {
            store32((uint8_t *)PyBytes_AsString(result) + 4 * i, xxh32((const uint8_t *)text, (size_t)length));
        }
    }
    Py_DECREF(terms);
    return result;
}

/* distinct(hashes) -> bytes */
PyObject *kernel_distinct(PyObject *module, PyObject *argument)
{
    Py_buffer hashes;
    PyObject *result = NULL;
    size_t count;
    (void)module;
    if (PyObject_GetBuffer(argument, &hashes, PyBUF_SIMPLE) < 0)
        return NULL;
    if (kernel_count(&hashes, 4, "hashes", &count) == 0) {
        uint32_t *values = PyMem_Malloc(count > 0 ? 8 * count : 1);
        if (values == NULL) {
            PyErr_NoMemory();
        } else {
            copy_numbers(values, hashes.buf, count, sizeof(uint32_t));
            result = kernel_bytes32(values, kernel_sort_unique(values, values + count, count));
            PyMem_Free(values);
        }
    }
    PyBuffer_Release(&hashes);
    return result;
}

/* minhash(hashes, a, b) -> bytes */
PyObject *kernel_minhash(PyObject *module, PyObject *args)
{
    Py_buffer hashes, a_view, b_view;
    uint32_t a[MAX_PERMUTATIONS], b[MAX_PERMUTATIONS], minima[MAX_PERMUTATIONS];
    size_t count, permutations;
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*:minhash", &hashes, &a_view, &b_view))
        return NULL;
    if (kernel_count(&hashes, 4, "hashes", &count) == 0 && kernel_permutations(&a_view, &b_view, a, b, &permutations) == 0) {
        uint32_t *aligned = PyMem_Malloc(count > 0 ? 4 * count : 1);
        if (aligned == NULL) {
            PyErr_NoMemory();
        } else {
            copy_numbers(aligned, hashes.buf, count, sizeof(uint32_t));
            kernel_minima(aligned, count, a, b, minima, permutations);
            PyMem_Free(aligned);
            result = kernel_bytes32(minima, permutations);
        }
    }
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&a_view);
    PyBuffer_Release(&b_view);
    return result;
}

#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FOUR ((size_t)4)
typedef uint32_t Four __attribute__((vector_size(16)));

static inline Four all(uint32_t value)
{
    return (Four){value, value, value, value};
}

/* The same of the beginning of both, four of one with four of the other at once: which of them to go on from is known a quarter
 * as often, and that is what takes the time. `i` and `k` are where the rest begins. */
static size_t common_fours(const uint8_t *one, size_t size_one, const uint8_t *other, size_t size_other, size_t *i, size_t *k)
{
    Four common = {0, 0, 0, 0};
    while (*i + FOUR <= size_one && *k + FOUR <= size_other) {
        const uint8_t *const left = one + 4 * *i, *const right = other + 4 * *k;
        const uint32_t x = load32(left + 12), y = load32(right + 12);
        Four four;
        memcpy(&four, right, sizeof four);
        common -= (Four)(four == all(load32(left))) + (Four)(four == all(load32(left + 4)));
        common -= (Four)(four == all(load32(left + 8))) + (Four)(four == all(x));
        *i += FOUR * (x <= y);
        *k += FOUR * (y <= x);
    }
    return (size_t)common[0] + common[1] + common[2] + common[3];
}
#endif

/* How many hashes two ascending sets of uint32 have in common. */
size_t kernel_common(const uint8_t *one, size_t size_one, const uint8_t *other, size_t size_other)
{
    size_t i = 0, k = 0, common = 0;
#ifdef FOUR
    common = common_fours(one, size_one, other, size_other, &i, &k);
#endif
    while (i < size_one && k < size_other) {
        const uint32_t x = load32(one + 4 * i), y = load32(other + 4 * k);
        common += x == y;
        i += x <= y;
        k += y <= x;
    }
    return common;
}

void kernel_shares(size_t common, size_t size_one, size_t size_other, double *jaccard, double *containment)
{
    const size_t all = size_one + size_other - common, smaller = size_one < size_other ? size_one : size_other;
    *jaccard = all > 0 ? (double)common / (double)all : 0.0;
    *containment = smaller > 0 ? (double)common / (double)smaller : 0.0;
}

/* overlap(one, other) -> (common, size of one, size of other, Jaccard similarity, containment) */
PyObject *kernel_overlap(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_buffer one = {.obj = NULL}, other = {.obj = NULL};
    size_t size_one, size_other;
    double jaccard, containment;
    PyObject *result = NULL;
    (void)module;
    if (arguments_are(given, 2, "overlap") && argument_bytes(args[0], &one) && argument_bytes(args[1], &other) &&
        kernel_count(&one, 4, "shingles", &size_one) == 0 && kernel_count(&other, 4, "shingles", &size_other) == 0) {
        const size_t common = kernel_common(one.buf, size_one, other.buf, size_other);
        kernel_shares(common, size_one, size_other, &jaccard, &containment);
        result = Py_BuildValue("(nnndd)", (Py_ssize_t)common, (Py_ssize_t)size_one, (Py_ssize_t)size_other, jaccard,
                               containment);
    }
    PyBuffer_Release(&one);
    PyBuffer_Release(&other);
    return result;
}

/* among(hashes, terms) -> bytes */
PyObject *kernel_among(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_buffer hashes = {.obj = NULL}, terms = {.obj = NULL};
    size_t count, known;
    PyObject *result = NULL;
    (void)module;
    if (arguments_are(given, 2, "among") && argument_bytes(args[0], &hashes) && argument_bytes(args[1], &terms) &&
        kernel_count(&hashes, 4, "hashes", &count) == 0 && kernel_count(&terms, 4, "terms", &known) == 0)
        result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count);
    if (result != NULL) {
        char *const there = PyBytes_AsString(result);
        for (size_t i = 0; i < count; i++)
            there[i] = (char)kernel_holds(terms.buf, known, load32((const uint8_t *)hashes.buf + 4 * i));
    }
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&terms);
    return result;
}

static uint64_t dot(const Py_buffer *hashes, const Py_buffer *weights, size_t size, const Py_buffer *other_hashes,
                    const Py_buffer *other_weights, size_t other_size)
{
    const uint8_t *const one = hashes->buf, *const other = other_hashes->buf;
    uint64_t sum = 0;
    for (size_t i = 0, k = 0; i < size && k < other_size;) {
        const uint32_t x = load32(one + 4 * i), y = load32(other + 4 * k);
        if (x == y)
            sum += (uint64_t)load16((const uint8_t *)weights->buf + 2 * i) *
                   load16((const uint8_t *)other_weights->buf + 2 * k);
        i += x <= y;
        k += y <= x;
    }
    return sum;
}

/* dot(hashes, weights, hashes, weights) -> int */
PyObject *kernel_dot(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_buffer views[4] = {{.obj = NULL}, {.obj = NULL}, {.obj = NULL}, {.obj = NULL}};
    size_t size, other_size;
    PyObject *result = NULL;
    (void)module;
    int taken = arguments_are(given, 4, "dot");
    for (size_t i = 0; taken && i < 4; i++)
        taken = argument_bytes(args[i], &views[i]);
    if (taken && kernel_vector(&views[0], &views[1], &size) == 0 && kernel_vector(&views[2], &views[3], &other_size) == 0)
        result = PyLong_FromUnsignedLongLong(dot(&views[0], &views[1], size, &views[2], &views[3], other_size));
    for (size_t i = 0; i < 4; i++)
        PyBuffer_Release(&views[i]);
    return result;
}

/* The keys of the bands of a signature that has enough values for them. */
void kernel_keys_of_bands(const uint8_t *values, size_t bands, size_t rows, uint32_t *keys)
{
    for (size_t band = 0; band < bands; band++)
        keys[band] = xxh32(values + 4 * band * rows, 4 * rows);
}

/* band_keys(values, bands, rows) -> bytes */
PyObject *kernel_band_keys(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_buffer values = {.obj = NULL};
    Py_ssize_t bands, rows;
    size_t count;
    uint32_t keys[MAX_BANDS];
    PyObject *result = NULL;
    (void)module;
    if (arguments_are(given, 3, "band_keys") && argument_bytes(args[0], &values) && argument_size(args[1], &bands) &&
        argument_size(args[2], &rows) && kernel_count(&values, 4, "values", &count) == 0) {
        if (bands < 1 || bands > MAX_BANDS || rows < 1 || (size_t)rows > count / (size_t)bands) {
            PyErr_Format(PyExc_ValueError, "%zd bands of %zd rows do not fit a signature of %zu values", bands, rows, count);
        } else {
            kernel_keys_of_bands(values.buf, (size_t)bands, (size_t)rows, keys);
            result = kernel_bytes32(keys, (size_t)bands);
        }
    }
    PyBuffer_Release(&values);
    return result;
}

/* Functions over arrays of 32-bit hashes: minima under permutations, sorting, overlap, band keys. */
#include "kernel.h"

#if defined(__GNUC__) && defined(__x86_64__)
#define HAS_AVX2_BUILD 1
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define HAS_AVX2_BUILD 0
#define ALWAYS_INLINE inline
#endif

#define FEW 48                          /* hashes that are sorted by inserting one after another */
#define SOME 600                        /* hashes that are thrown into buckets */
#define BUCKET_BITS 9

static inline uint32_t smaller(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

/* minima[k] = min over hashes of a[k] * fmix32(hash) + b[k] mod 2**32. Four hashes a round, so that the running minima
 * are loaded and stored a quarter as often; the compiler turns the inner loop into vector instructions. */
static ALWAYS_INLINE void minima_loop(const uint32_t *restrict hashes, size_t count, const uint32_t *restrict a,
                                      const uint32_t *restrict b, uint32_t *restrict minima, size_t permutations)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const uint32_t h0 = fmix32(hashes[i]), h1 = fmix32(hashes[i + 1]);
        const uint32_t h2 = fmix32(hashes[i + 2]), h3 = fmix32(hashes[i + 3]);
        for (size_t k = 0; k < permutations; k++) {
            const uint32_t low = smaller(a[k] * h0 + b[k], a[k] * h1 + b[k]);
            const uint32_t high = smaller(a[k] * h2 + b[k], a[k] * h3 + b[k]);
            minima[k] = smaller(minima[k], smaller(low, high));
        }
    }
    for (; i < count; i++) {
        const uint32_t h = fmix32(hashes[i]);
        for (size_t k = 0; k < permutations; k++)
            minima[k] = smaller(minima[k], a[k] * h + b[k]);
    }
}

#if HAS_AVX2_BUILD
__attribute__((target("avx2"))) static void minima_avx2(const uint32_t *hashes, size_t count, const uint32_t *a,
                                                        const uint32_t *b, uint32_t *minima, size_t permutations)
{
    minima_loop(hashes, count, a, b, minima, permutations);
}
#endif

void kernel_minima(const uint32_t *hashes, size_t count, const uint32_t *a, const uint32_t *b, uint32_t *minima,
                   size_t permutations)
{
    for (size_t k = 0; k < permutations; k++)
        minima[k] = UINT32_MAX;
#if HAS_AVX2_BUILD
    if (__builtin_cpu_supports("avx2")) {
        minima_avx2(hashes, count, a, b, minima, permutations);
        return;
    }
#endif
    minima_loop(hashes, count, a, b, minima, permutations);
}

/* The permutations' coefficients out of their bytes into arrays of MAX_PERMUTATIONS. */
int kernel_permutations(const Py_buffer *a, const Py_buffer *b, uint32_t *a_out, uint32_t *b_out, size_t *count)
{
    size_t count_b;
    if (kernel_count(a, 4, "a", count) < 0 || kernel_count(b, 4, "b", &count_b) < 0)
        return -1;
    if (*count != count_b || *count == 0 || *count > MAX_PERMUTATIONS) {
        PyErr_Format(PyExc_ValueError, "a and b must have the same number of coefficients, 1 to %d, not %zu and %zu",
                     MAX_PERMUTATIONS, *count, count_b);
        return -1;
    }
    for (size_t k = 0; k < *count; k++) {
        a_out[k] = load32((const uint8_t *)a->buf + 4 * k);
        b_out[k] = load32((const uint8_t *)b->buf + 4 * k);
    }
    return 0;
}

static void sort_few(uint32_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint32_t value = values[i];
        size_t k = i;
        for (; k > 0 && values[k - 1] > value; k--)
            values[k] = values[k - 1];
        values[k] = value;
    }
}

/* Four passes of eight bits; an even number of them, so that the result is back in `values`. */
static void sort_many(uint32_t *values, uint32_t *scratch, size_t count)
{
    size_t places[4][256] = {{0}};
    for (size_t i = 0; i < count; i++)
        for (unsigned pass = 0; pass < 4; pass++)
            places[pass][values[i] >> 8 * pass & 255]++;
    for (unsigned pass = 0; pass < 4; pass++) {
        size_t place = 0;
        for (unsigned digit = 0; digit < 256; digit++) {
            const size_t here = places[pass][digit];
            places[pass][digit] = place;
            place += here;
        }
        for (size_t i = 0; i < count; i++)
            scratch[places[pass][values[i] >> 8 * pass & 255]++] = values[i];
        uint32_t *const sorted = scratch;
        scratch = values;
        values = sorted;
    }
}

/* Hashes spread evenly: thrown into buckets by their first bits they are nearly in order. 0 where they do not spread, and
 * nothing is done. */
static int sort_some(uint32_t *values, uint32_t *scratch, size_t count)
{
    uint16_t places[1 << BUCKET_BITS] = {0};
    for (size_t i = 0; i < count; i++)
        places[values[i] >> (32 - BUCKET_BITS)]++;
    uint16_t place = 0, fullest = 0;
    for (unsigned bucket = 0; bucket < 1 << BUCKET_BITS; bucket++) {
        const uint16_t here = places[bucket];
        fullest = here > fullest ? here : fullest;
        places[bucket] = place;
        place = (uint16_t)(place + here);
    }
    if (fullest > FEW)
        return 0;
    for (size_t i = 0; i < count; i++)
        scratch[places[values[i] >> (32 - BUCKET_BITS)]++] = values[i];
    memcpy(values, scratch, count * sizeof *values);
    sort_few(values, count);
    return 1;
}

/* Sorts `values`, ascending. `scratch` has the same room. */
void kernel_sort(uint32_t *values, uint32_t *scratch, size_t count)
{
    if (count < FEW)
        sort_few(values, count);
    else if (count > SOME || !sort_some(values, scratch, count))
        sort_many(values, scratch, count);
}

/* Sorts `values`, drops repetitions and says how many are left. `scratch` has the same room. */
size_t kernel_sort_unique(uint32_t *values, uint32_t *scratch, size_t count)
{
    kernel_sort(values, scratch, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || values[kept - 1] != values[i])
            values[kept++] = values[i];
    return kept;
}

static void sift_down(uint64_t *heap, size_t size, size_t place)
{
    const uint64_t value = heap[place];
    for (size_t child; (child = 2 * place + 1) < size; place = child) {
        if (child + 1 < size && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[place] = heap[child];
    }
    heap[place] = value;
}

/* Moves the `limit` greatest of `values` to its front, in any order, and says how many there are. */
size_t kernel_select(uint64_t *values, size_t count, size_t limit)
{
    const size_t kept = count < limit ? count : limit;
    if (kept == 0)
        return 0;
    for (size_t place = kept / 2; place-- > 0;)
        sift_down(values, kept, place);  /* a heap with the least on top */
    for (size_t i = kept; i < count; i++)
        if (values[i] > values[0]) {
            values[0] = values[i];
            sift_down(values, kept, 0);
        }
    return kept;
}

/* The same, greatest first. */
size_t kernel_greatest(uint64_t *values, size_t count, size_t limit)
{
    const size_t kept = kernel_select(values, count, limit);
    for (size_t size = kept; size > 1;) {
        const uint64_t least = values[0];
        values[0] = values[--size];
        values[size] = least;
        sift_down(values, size, 0);
    }
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
            for (size_t i = 0; i < count; i++)
                values[i] = load32((const uint8_t *)hashes.buf + 4 * i);
            result = kernel_bytes32(values, kernel_sort_unique(values, values + count, count));
            PyMem_Free(values);
        }
    }
    PyBuffer_Release(&hashes);
    return result;
}

/* The hashes at the places that `ranks` hold, each (weight << 32 | place counted from the end), heaviest first. */
PyObject *kernel_heaviest(const uint8_t *hashes, uint64_t *ranks, size_t count, size_t limit)
{
    const size_t kept = kernel_greatest(ranks, count, limit);
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * kept));
    if (result == NULL)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AsString(result);
    for (size_t i = 0; i < kept; i++)
        memcpy(out + 4 * i, hashes + 4 * (UINT32_MAX - (uint32_t)ranks[i]), 4);
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
            for (size_t i = 0; i < count; i++)
                aligned[i] = load32((const uint8_t *)hashes.buf + 4 * i);
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

/* How many hashes two ascending sets of uint32 have in common. */
size_t kernel_common(const uint8_t *one, size_t size_one, const uint8_t *other, size_t size_other)
{
    size_t i = 0, k = 0, common = 0;
    while (i < size_one && k < size_other) {
        const uint32_t x = load32(one + 4 * i), y = load32(other + 4 * k);
        common += x == y;
        i += x <= y;
        k += y <= x;
    }
    return common;
}

/* overlap(one, other) -> (common, size of one, size of other) */
PyObject *kernel_overlap(PyObject *module, PyObject *args)
{
    Py_buffer one, other;
    size_t size_one, size_other;
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*:overlap", &one, &other))
        return NULL;
    if (kernel_count(&one, 4, "shingles", &size_one) == 0 && kernel_count(&other, 4, "shingles", &size_other) == 0) {
        const size_t common = kernel_common(one.buf, size_one, other.buf, size_other);
        result = Py_BuildValue("(nnn)", (Py_ssize_t)common, (Py_ssize_t)size_one, (Py_ssize_t)size_other);
    }
    PyBuffer_Release(&one);
    PyBuffer_Release(&other);
    return result;
}

/* The keys of the bands of a signature that has enough values for them. */
void kernel_keys_of_bands(const uint8_t *values, size_t bands, size_t rows, uint32_t *keys)
{
    for (size_t band = 0; band < bands; band++)
        keys[band] = xxh32(values + 4 * band * rows, 4 * rows);
}

/* band_keys(values, bands, rows) -> bytes */
PyObject *kernel_band_keys(PyObject *module, PyObject *args)
{
    Py_buffer values;
    Py_ssize_t bands, rows;
    size_t count;
    uint32_t keys[MAX_BANDS];
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*nn:band_keys", &values, &bands, &rows))
        return NULL;
    if (kernel_count(&values, 4, "values", &count) == 0) {
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

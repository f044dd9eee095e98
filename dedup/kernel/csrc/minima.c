/* MinHash: the least value of each permutation over a set of hashes. */
#include "kernel.h"

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define HAS_AVX2_BUILD 1
#else
#define HAS_AVX2_BUILD 0
#endif

#define LANES ((size_t)8)
#define BLOCK (4 * LANES)               /* permutations whose minima stay in registers */
#define AT_ONCE ((size_t)1024)          /* hashes that are mixed before they are permuted */

static inline uint32_t smaller(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

/* minima[k] = min over mixed hashes of a[k] * hash + b[k] mod 2**32, and minima[k] itself. */
static void minima_plain(const uint32_t *restrict mixed, size_t count, const uint32_t *restrict a,
                         const uint32_t *restrict b, uint32_t *restrict minima, size_t permutations)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < permutations; k++)
            minima[k] = smaller(minima[k], a[k] * mixed[i] + b[k]);
}

#if HAS_AVX2_BUILD
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const uint32_t *values)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)values);
}

AVX2 static inline void store(uint32_t *values, __m256i vector)
{
    _mm256_storeu_si256((__m256i *)(void *)values, vector);
}

AVX2 static inline __m256i least(__m256i known, __m256i a, __m256i hash, __m256i b)
{
    return _mm256_min_epu32(known, _mm256_add_epi32(_mm256_mullo_epi32(a, hash), b));
}

/* The same for a whole number of blocks of permutations. */
AVX2 static void minima_avx2(const uint32_t *mixed, size_t count, const uint32_t *a, const uint32_t *b,
                             uint32_t *minima, size_t blocks)
{
    for (; blocks > 0; blocks--, a += BLOCK, b += BLOCK, minima += BLOCK) {
        const __m256i a0 = load(a), a1 = load(a + LANES), a2 = load(a + 2 * LANES), a3 = load(a + 3 * LANES);
        const __m256i b0 = load(b), b1 = load(b + LANES), b2 = load(b + 2 * LANES), b3 = load(b + 3 * LANES);
        __m256i least0 = load(minima), least1 = load(minima + LANES);
        __m256i least2 = load(minima + 2 * LANES), least3 = load(minima + 3 * LANES);
        for (size_t i = 0; i < count; i++) {
            const __m256i hash = _mm256_set1_epi32((int)mixed[i]);
            least0 = least(least0, a0, hash, b0);
            least1 = least(least1, a1, hash, b1);
            least2 = least(least2, a2, hash, b2);
            least3 = least(least3, a3, hash, b3);
        }
        store(minima, least0);
        store(minima + LANES, least1);
        store(minima + 2 * LANES, least2);
        store(minima + 3 * LANES, least3);
    }
}
#endif

/* minima[k] = min over hashes of a[k] * fmix32(hash) + b[k] mod 2**32, 2**32 - 1 where there are none. */
void kernel_minima(const uint32_t *hashes, size_t count, const uint32_t *a, const uint32_t *b, uint32_t *minima,
                   size_t permutations)
{
    uint32_t mixed[AT_ONCE];
    for (size_t k = 0; k < permutations; k++)
        minima[k] = UINT32_MAX;
    for (size_t start = 0; start < count; start += AT_ONCE) {
        const size_t here = count - start < AT_ONCE ? count - start : AT_ONCE;
        size_t done = 0;                /* permutations */
        for (size_t i = 0; i < here; i++)
            mixed[i] = fmix32(hashes[start + i]);
#if HAS_AVX2_BUILD
        if (__builtin_cpu_supports("avx2")) {
            done = permutations / BLOCK * BLOCK;
            minima_avx2(mixed, here, a, b, minima, permutations / BLOCK);
        }
#endif
        minima_plain(mixed, here, a + done, b + done, minima + done, permutations - done);
    }
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

/* The hashes of shingles: of each run of so many tokens of a text. */
#include "tokens.h"

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define HAS_AVX2_BUILD 1
#else
#define HAS_AVX2_BUILD 0
#endif

#if HAS_AVX2_BUILD
#define AVX2 __attribute__((target("avx2")))
#define LANES ((size_t)8)

AVX2 static inline __m256i all(uint32_t value)
{
    return _mm256_set1_epi32((int)value);
}

AVX2 static inline __m256i times(__m256i vector, uint32_t factor)
{
    return _mm256_mullo_epi32(vector, all(factor));
}

#define ROTATE(vector, bits) _mm256_or_si256(_mm256_slli_epi32(vector, bits), _mm256_srli_epi32(vector, 32 - (bits)))

AVX2 static inline __m256i stripe(uint32_t lane, __m256i words)
{
    const __m256i sum = _mm256_add_epi32(all(lane), times(words, XXH_PRIME2));
    return times(ROTATE(sum, 13), XXH_PRIME1);
}

AVX2 static inline __m256i add_word(__m256i h, __m256i words)
{
    const __m256i sum = _mm256_add_epi32(h, times(words, XXH_PRIME3));
    return times(ROTATE(sum, 17), XXH_PRIME4);
}

AVX2 static inline __m256i add_byte(__m256i h, __m256i bytes)
{
    const __m256i sum = _mm256_add_epi32(h, times(bytes, XXH_PRIME5));
    return times(ROTATE(sum, 11), XXH_PRIME1);
}

AVX2 static inline __m256i pair(const uint8_t *one, const uint8_t *other)
{
    const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)one);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), _mm_loadu_si128((const __m128i *)(const void *)other), 1);
}

/* The first, second, third and fourth words at eight places. */
AVX2 static inline void four_words(const uint8_t *const *at, __m256i *words)
{
    const __m256i a = pair(at[0], at[4]), b = pair(at[1], at[5]), c = pair(at[2], at[6]), d = pair(at[3], at[7]);
    const __m256i ab = _mm256_unpacklo_epi32(a, b), cd = _mm256_unpacklo_epi32(c, d);
    const __m256i ab_high = _mm256_unpackhi_epi32(a, b), cd_high = _mm256_unpackhi_epi32(c, d);
    words[0] = _mm256_unpacklo_epi64(ab, cd);
    words[1] = _mm256_unpackhi_epi64(ab, cd);
    words[2] = _mm256_unpacklo_epi64(ab_high, cd_high);
    words[3] = _mm256_unpackhi_epi64(ab_high, cd_high);
}

/* The first 16 bytes of those that have as many, taken in; `words` are then what follows. */
AVX2 static inline __m256i take_stripe(const uint8_t *const *at, const uint32_t *sizes, __m256i lengths, __m256i *words)
{
    const uint8_t *tails[LANES];
    const __m256i lane1 = stripe(XXH_PRIME1 + XXH_PRIME2, words[0]), lane2 = stripe(XXH_PRIME2, words[1]);
    const __m256i lane3 = stripe(0, words[2]), lane4 = stripe(0 - XXH_PRIME1, words[3]);
    const __m256i lanes = _mm256_add_epi32(_mm256_add_epi32(ROTATE(lane1, 1), ROTATE(lane2, 7)),
                                           _mm256_add_epi32(ROTATE(lane3, 12), ROTATE(lane4, 18)));
    for (size_t k = 0; k < LANES; k++)
        tails[k] = at[k] + (sizes[k] & 16);
    four_words(tails, words);
    return _mm256_blendv_epi8(all(XXH_PRIME5), lanes, _mm256_cmpgt_epi32(lengths, all(15)));
}

/* As tokens_hash, of eight shingles at once; of one of 32 bytes and more what comes out means nothing. */
AVX2 static inline __m256i hash_eight(const uint8_t *const *at, const uint32_t *sizes, uint32_t longest)
{
    const __m256i lengths = _mm256_loadu_si256((const __m256i *)(const void *)sizes);
    __m256i words[4];
    four_words(at, words);
    __m256i h = longest < 16 ? all(XXH_PRIME5) : take_stripe(at, sizes, lengths, words);
    const __m256i rest = _mm256_and_si256(lengths, all(15)), odd = _mm256_and_si256(lengths, all(3));
    __m256i last = words[0];
    h = _mm256_add_epi32(h, lengths);
    for (int i = 0; i < 3; i++) {
        const __m256i more = _mm256_cmpgt_epi32(rest, all(4 * (uint32_t)i + 3));
        h = _mm256_blendv_epi8(h, add_word(h, words[i]), more);
        last = _mm256_blendv_epi8(last, words[i + 1], more);
    }
    for (int i = 0; i < 3; i++) {
        const __m256i byte = _mm256_and_si256(last, all(255));
        h = _mm256_blendv_epi8(h, add_byte(h, byte), _mm256_cmpgt_epi32(odd, all((uint32_t)i)));
        last = _mm256_srli_epi32(last, 8);
    }
    h = times(_mm256_xor_si256(h, _mm256_srli_epi32(h, 15)), XXH_PRIME2);
    h = times(_mm256_xor_si256(h, _mm256_srli_epi32(h, 13)), XXH_PRIME3);
    return _mm256_xor_si256(h, _mm256_srli_epi32(h, 16));
}

/* Hashes the first shingles, eight at a time; how many. */
AVX2 static size_t hash_avx2(const uint8_t *text, const size_t *starts, size_t count, size_t words, uint32_t *out)
{
    size_t done = 0;
    for (; done + LANES <= count; done += LANES) {
        const uint8_t *at[LANES];
        uint32_t lengths[LANES];
        uint32_t longest = 0;
        for (size_t k = 0; k < LANES; k++) {
            const size_t start = starts[done + k], length = starts[done + k + words] - 1 - start;
            at[k] = text + start;
            lengths[k] = length < 32 ? (uint32_t)length : 32;
            longest |= lengths[k];
        }
        _mm256_storeu_si256((__m256i *)(void *)(out + done), hash_eight(at, lengths, longest));
        for (size_t k = 0; longest >= 32 && k < LANES; k++)
            if (lengths[k] == 32)
                out[done + k] = xxh32(at[k], starts[done + k + words] - 1 - starts[done + k]);
    }
    return done;
}
#endif

/* Writes the hash of each shingle of `words` of the `tokens` that begin at `starts`; how many there are. */
size_t kernel_hash_shingles(const uint8_t *text, const size_t *starts, size_t tokens, size_t words, uint32_t *out)
{
    if (tokens == 0)
        return 0;
    if (words > tokens)
        words = tokens;
    const size_t count = tokens - words + 1;
    size_t done = 0;
#if HAS_AVX2_BUILD
    if (__builtin_cpu_supports("avx2"))
        done = hash_avx2(text, starts, count, words, out);
#endif
    for (; done < count; done++) {
        const size_t start = starts[done], length = starts[done + words] - 1 - start;
        out[done] = words == 1 && length < 16 ? tokens_hash_word(text + start, length) : tokens_hash(text + start, length);
    }
    return count;
}

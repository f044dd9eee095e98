/* What the parts of the compiled kernel share. The modules in dedup/kernel/reference define every result.
 *
 * Only the limited API of Python 3.11 is used, so one build serves that and every later version. Arrays cross the
 * border to Python as bytes of little-endian numbers, on every machine.
 */
#ifndef DEDUP_KERNEL_H
#define DEDUP_KERNEL_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define INTERNAL __attribute__((visibility("hidden")))
#define PREFETCH(address) __builtin_prefetch(address)
#define APART __attribute__((noinline))
#else
#define INTERNAL
#define PREFETCH(address) ((void)(address))
#define APART
#endif

#define MAX_BANDS 1024
#define MAX_PERMUTATIONS 1024
#define MAX_VOICES 64
/* A cosine of 1 as a whole number is SCALE * SCALE. */
#define SCALE 65535

/* The types of the module. */
typedef enum { ARTICLES, BAND_INDEX, POSTINGS, STEMS, TERM_COUNTS, TEXTS, TYPES } Type;

/* buffers.c */
/* Asks for huge pages under large memory whose items are looked up all over it: else most of the time goes into looking up
 * where a page is. Without them nothing else changes. */
INTERNAL void kernel_advise(void *memory, size_t bytes);
/* Room for at least `need` items of `item` bytes in an array whose pointer lies at `array`; -1 with MemoryError, and the array is as
 * it was. */
INTERNAL int kernel_reserve(void *array, size_t *room, size_t need, size_t item);
/* Gives back the room behind the first `need` items of such an array. */
INTERNAL void kernel_shrink(void *array, size_t *room, size_t need, size_t item);
INTERNAL int kernel_count(const Py_buffer *view, size_t item, const char *name, size_t *count);
INTERNAL int kernel_is_ascending(const uint8_t *hashes, size_t count);
INTERNAL int kernel_ascending(const uint8_t *hashes, size_t count);
INTERNAL PyObject *kernel_bytes32(const uint32_t *values, size_t count);
INTERNAL int kernel_vector(const Py_buffer *hashes, const Py_buffer *weights, size_t *size);
INTERNAL PyObject *kernel_vector_tuple(const uint32_t *hashes, const uint16_t *weights, size_t size);
INTERNAL int kernel_whole(PyObject *object, void *value);
INTERNAL int64_t *kernel_wholes(PyObject *iterable, size_t *count);
INTERNAL int kernel_some_wholes(PyObject *iterable, int64_t *numbers, size_t count, const char *name);
INTERNAL int kernel_doubles(PyObject *sequence, double *numbers, size_t count, const char *name);
INTERNAL int kernel_key_error(int64_t number);
INTERNAL int kernel_fast_unsigned(PyObject *tuple, Py_ssize_t place, uint64_t value);

/* signature.c: the functions of the module */
INTERNAL PyObject *kernel_sign(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_sign_many(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* shingles.c: tokens as in tokens.h */
INTERNAL size_t kernel_hash_shingles(const uint8_t *text, const size_t *starts, size_t tokens, size_t words, uint32_t *out);

/* walk.c, normalise.c, controls.c, lines.c, termhashes.c, spelling.c, written.c: text into tokens and into the form that
 * people read; tokens into terms, and back to how a text has them */
INTERNAL PyObject *kernel_walk(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_normal_form(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_octets(PyObject *module, PyObject *text);
INTERNAL PyObject *kernel_controls(PyObject *module, PyObject *text);
INTERNAL PyObject *kernel_survey(PyObject *module, PyObject *markup);
INTERNAL PyObject *kernel_lines_to_look_at(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_notes(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_term_hashes(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_headlines(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_without_digits(PyObject *module, PyObject *tokens);
INTERNAL PyObject *kernel_tokens_in(PyObject *module, PyObject *tokens);
INTERNAL PyObject *kernel_alike(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_first_of(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_spell(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_as_written(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* figures.c, plain.c, framed.c: functions of the module */
INTERNAL PyObject *kernel_figures(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_framed(PyObject *module, PyObject *parts);
INTERNAL PyObject *kernel_read_plain(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* passages.c: a function of the module */
INTERNAL PyObject *kernel_passages(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* minima.c, sorting.c, sets.c: functions over arrays of hashes */
INTERNAL void kernel_minima(const uint32_t *hashes, size_t count, const uint32_t *a, const uint32_t *b, uint32_t *minima,
                            size_t permutations);
INTERNAL int kernel_permutations(const Py_buffer *a, const Py_buffer *b, uint32_t *a_out, uint32_t *b_out, size_t *count);
INTERNAL void kernel_sort(uint32_t *values, uint32_t *scratch, size_t count);
INTERNAL size_t kernel_sort_unique(uint32_t *values, uint32_t *scratch, size_t count);
INTERNAL size_t kernel_select(uint64_t *values, size_t count, size_t limit);
INTERNAL size_t kernel_greatest(uint64_t *values, size_t count, size_t limit);
INTERNAL size_t kernel_common(const uint8_t *one, size_t size_one, const uint8_t *other, size_t size_other);
INTERNAL void kernel_shares(size_t common, size_t size_one, size_t size_other, double *jaccard, double *containment);
INTERNAL void kernel_keys_of_bands(const uint8_t *values, size_t bands, size_t rows, uint32_t *keys);
INTERNAL PyObject *kernel_hash_terms(PyObject *module, PyObject *argument);
INTERNAL PyObject *kernel_distinct(PyObject *module, PyObject *argument);
INTERNAL PyObject *kernel_minhash(PyObject *module, PyObject *args);
INTERNAL PyObject *kernel_overlap(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_among(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_dot(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_band_keys(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* key_terms.c: a function of the module */
INTERNAL PyObject *kernel_key_terms(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* fill.c: a function of the module */
INTERNAL PyObject *kernel_fill(PyObject *module, PyObject *args);

/* meeting.c, entering.c: functions of the module */
INTERNAL PyObject *kernel_meet(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_weigh_up(PyObject *module, PyObject *const *args, Py_ssize_t given);
INTERNAL PyObject *kernel_enter(PyObject *module, PyObject *const *args, Py_ssize_t given);

/* module.c: `object` as an instance of this type, borrowed; NULL for None or, with an error set,
 * another. */
INTERNAL void *kernel_instance_of(PyObject *module, PyObject *object, Type which);
/* The type itself; the module keeps it. */
INTERNAL PyTypeObject *kernel_type(PyObject *module, Type which);

/* articles_type.c, bandindex_type.c, postings_type.c, stems_type.c, termcounts_type.c, texts_type.c: the types */
INTERNAL extern PyType_Spec kernel_articles;
INTERNAL extern PyType_Spec kernel_band_index;
INTERNAL extern PyType_Spec kernel_postings;
INTERNAL extern PyType_Spec kernel_stems;
INTERNAL extern PyType_Spec kernel_term_counts;
INTERNAL extern PyType_Spec kernel_texts;

static inline uint32_t load32(const uint8_t *bytes)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
#else
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
#endif
}

static inline void store32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

static inline uint16_t load16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint64_t load64(const uint8_t *bytes)
{
    return (uint64_t)load32(bytes) | (uint64_t)load32(bytes + 4) << 32;
}

/* `count` numbers of `size` bytes out of their bytes, or into them: as they are in memory, or turned around. */
static inline void copy_numbers(void *out, const void *from, size_t count, size_t size)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, sizeof first);
    if (first == 1) {
        if (count > 0)
            memcpy(out, from, count * size);
        return;
    }
    for (size_t i = 0; i < count * size; i++)
        ((uint8_t *)out)[i] = ((const uint8_t *)from)[i - i % size + size - 1 - i % size];
}

/* The next eight bytes as a number, the first lowest; spaces where the text ends before. */
static inline uint64_t eight_bytes(const uint8_t *text, size_t at, size_t size)
{
    uint8_t bytes[8] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    if (at + 8 <= size)
        memcpy(bytes, text + at, 8);
    else
        memcpy(bytes, text + at, size - at);
    return load64(bytes);
}

/* The number of the lowest bit that is set; there is one. */
static inline size_t lowest_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return (size_t)__builtin_ctzll(bits);
#else
    size_t number = 0;
    while ((bits >> number & 1) == 0)
        number++;
    return number;
#endif
}

/* How many of eight bytes stand before the first space. */
static inline size_t before_space(uint64_t bytes)
{
    /* A byte is 0 after the exclusive or where a space is; the lowest such is exact. */
    bytes ^= UINT64_C(0x2020202020202020);
    const uint64_t spaces = (bytes - UINT64_C(0x0101010101010101)) & ~bytes & UINT64_C(0x8080808080808080);
    return spaces == 0 ? 8 : lowest_bit(spaces) >> 3;
}

/* Where the token that begins at `at` ends: at the next space, or at the end of the text. */
static inline size_t token_end(const uint8_t *text, size_t at, size_t size)
{
    while (at < size) {
        const size_t count = before_space(eight_bytes(text, at, size));
        at += count;
        if (count < 8)
            break;
    }
    return at;
}

/* Whether a hash is in an ascending set of so many. */
static inline int kernel_holds(const uint8_t *set, size_t size, uint32_t hash)
{
    if (size == 0)
        return 0;
    while (size > 1) {
        const size_t half = size / 2;
        set += load32(set + 4 * half) <= hash ? 4 * half : 0;
        size -= half;
    }
    return load32(set) == hash;
}

/* The finalizer of MurmurHash3, a bijection on 32 bits; datasketch calls it _fmix. */
static inline uint32_t fmix32(uint32_t h)
{
    h ^= h >> 16;
    h *= UINT32_C(0x85EBCA6B);
    h ^= h >> 13;
    h *= UINT32_C(0xC2B2AE35);
    return h ^ h >> 16;
}

#define XXH_PRIME1 UINT32_C(0x9E3779B1)
#define XXH_PRIME2 UINT32_C(0x85EBCA77)
#define XXH_PRIME3 UINT32_C(0xC2B2AE3D)
#define XXH_PRIME4 UINT32_C(0x27D4EB2F)
#define XXH_PRIME5 UINT32_C(0x165667B1)

static inline uint32_t rotate32(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static inline uint32_t xxh32_round(uint32_t lane, uint32_t word)
{
    return rotate32(lane + word * XXH_PRIME2, 13) * XXH_PRIME1;
}

/* xxHash, 32 bits, seed 0, as doc/xxhash_spec.md of the xxHash project describes it. */
static inline uint32_t xxh32(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = bytes + length;
    uint32_t h = XXH_PRIME5;
    if (length >= 16) {
        uint32_t lane1 = XXH_PRIME1 + XXH_PRIME2, lane2 = XXH_PRIME2, lane3 = 0, lane4 = 0 - XXH_PRIME1;
        for (; end - bytes >= 16; bytes += 16) {
            lane1 = xxh32_round(lane1, load32(bytes));
            lane2 = xxh32_round(lane2, load32(bytes + 4));
            lane3 = xxh32_round(lane3, load32(bytes + 8));
            lane4 = xxh32_round(lane4, load32(bytes + 12));
        }
        h = rotate32(lane1, 1) + rotate32(lane2, 7) + rotate32(lane3, 12) + rotate32(lane4, 18);
    }
    h += (uint32_t)length;
    for (; end - bytes >= 4; bytes += 4)
        h = rotate32(h + load32(bytes) * XXH_PRIME3, 17) * XXH_PRIME4;
    for (; bytes < end; bytes++)
        h = rotate32(h + *bytes * XXH_PRIME5, 11) * XXH_PRIME1;
    h ^= h >> 15;
    h *= XXH_PRIME2;
    h ^= h >> 13;
    h *= XXH_PRIME3;
    return h ^ h >> 16;
}

#endif

/* Text cut into tokens, character by character, with a table that Python fills from its own unicodedata
 * (dedup/text/words/tokens.py). A text with a character that is not in it, or with marks that join with a letter or are out of
 * order, is left to the definition, in Python: the walk then gives None.
 */
#include "bits.h"
#include "characters.h"
#include "utf8.h"
#include "walk.h"

#define UNCHANGED_BYTES 3               /* in UTF-8, of a character that has no entry */
#define FOLDING_BYTES ((size_t)8)       /* of an entry: how many bytes of UTF-8 follow, or UNKNOWN; or JOINS */
#define SIGN '.'                        /* what may stand inside a number, in an entry by itself */
#define ARABIC 0xD8                     /* the first byte of its letters, but for the last two bits */

/* Entries of letters and marks that join have JOINS and others of these bits beside the number of bytes. The bytes are one
 * character, or some that have such entries themselves; behind those of a stop is the nasal that becomes ANUSVARA before
 * it, with VIRAMA between; last is the class of a mark. Marks are in order where no class is lower than the one before,
 * but for 0. */
#define SIZE 7
#define JOINS 8
#define MARK 16
#define SYLLABLE 32                     /* a letter that makes a token with the marks behind it */
#define FIRST 64                        /* may become another character with a mark behind it */
#define SECOND 128                      /* a mark that may become one with a letter before it */
#define LETTER_BYTES ((size_t)3)        /* at most; the nasal stands behind as many */
#define CLASS 7
#define VIRAMA "\xE0\xA5\x8D"
#define ANUSVARA "\xE0\xA4\x82"

int kernel_check_folding(const Py_buffer *folding)
{
    return check_table(folding, CHARACTERS * FOLDING_BYTES);
}

/* What is folded so far; `open`: whether it ends in a token. */
typedef struct {
    uint8_t *out;
    size_t used;
    unsigned open;
} Folded;

static inline unsigned is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* Whether what stands at `text` begins with a digit once it is folded. */
static int begins_number(const uint8_t *text, const uint8_t *end, const uint8_t *folding)
{
    while (text < end) {
        const size_t place = next_character(&text);
        const uint8_t *const entry = folding + place * FOLDING_BYTES;
        if (place >= CHARACTERS || entry[0] == UNKNOWN)
            return 0; /* a letter, or nothing of this text is used */
        if (entry[0] > 0)
            return is_digit(entry[1]) != 0;
    }
    return 0;
}

/* Puts what a character becomes; `text` is behind it. */
static inline void put_folded(const uint8_t *entry, const uint8_t *text, const uint8_t *end, const uint8_t *folding,
                              Folded *folded)
{
    for (size_t i = 1; i <= entry[0]; i++) {
        uint8_t byte = entry[i];
        if (byte == SIGN) {
            if (folded->open && is_digit(folded->out[folded->used - 1]) && begins_number(text, end, folding))
                return;
            byte = ' ';
        }
        folded->out[folded->used] = byte;
        folded->used += folded->open | (byte != ' ');
        folded->open = byte != ' ';
    }
}

/* What stands before a mark: a letter and the marks behind it, what parts tokens, so that the mark is in none, or
 * something else. */
typedef struct {
    enum { IN_WORD, IN_SYLLABLE, PARTED, OTHER } kind;
    uint8_t class;                      /* of the last mark */
    uint8_t first;                      /* whether the letter, or the last mark of class 0, has the bit FIRST */
} Joined;

/* Puts a mark; 0 where it may not simply stand behind what is before it. */
static inline int put_mark(const uint8_t *entry, Joined *before, Folded *folded)
{
    const uint8_t class = entry[CLASS];
    if (before->kind == PARTED)
        return 1;
    if (before->kind == OTHER || (class != 0 && class < before->class) || ((entry[0] & SECOND) != 0 && before->first != 0))
        return 0;
    uint8_t *out = folded->out + folded->used - (before->kind == IN_SYLLABLE);
    memcpy(out, entry + 1, LETTER_BYTES);
    out += entry[0] & SIZE;
    if (before->kind == IN_SYLLABLE)
        *out++ = ' ';
    folded->used = (size_t)(out - folded->out);
    before->class = class;
    if (class == 0)
        before->first = entry[0] & FIRST;
    return 1;
}

/* Makes the nasal and the virama at the end ANUSVARA where the nasal is the one of the stop that follows; 0 where it would
 * begin a token. */
static inline int put_anusvara(const uint8_t *nasal, Folded *folded)
{
    if (folded->used < 2 * LETTER_BYTES)
        return 1;
    uint8_t *const start = folded->out + folded->used - 2 * LETTER_BYTES;
    if (memcmp(start, nasal, LETTER_BYTES) != 0 || memcmp(start + LETTER_BYTES, VIRAMA, LETTER_BYTES) != 0)
        return 1;
    memcpy(start, ANUSVARA, LETTER_BYTES);
    folded->used -= LETTER_BYTES;
    return start > folded->out && start[-1] != ' ';
}

/* Puts a letter; 0 where what is before it does not stay as it is. */
static inline int put_letter(const uint8_t *entry, Joined *before, Folded *folded)
{
    const uint8_t *const nasal = entry + 1 + LETTER_BYTES;
    if (*nasal != 0 && !put_anusvara(nasal, folded))
        return 0;
    const unsigned syllable = (entry[0] & SYLLABLE) != 0;
    uint8_t *out = folded->out + folded->used;
    if (syllable && folded->open)
        *out++ = ' ';
    memcpy(out, entry + 1, LETTER_BYTES);
    out += entry[0] & SIZE;
    if (syllable)
        *out++ = ' ';
    folded->open = !syllable;
    folded->used = (size_t)(out - folded->out);
    *before = (Joined){syllable ? IN_SYLLABLE : IN_WORD, 0, entry[0] & FIRST};
    return 1;
}

static inline int put_one(const uint8_t *entry, Joined *before, Folded *folded)
{
    return (entry[0] & MARK) != 0 ? put_mark(entry, before, folded) : put_letter(entry, before, folded);
}

/* Puts the characters of an entry; 0 as above. */
static inline int put_joining(const uint8_t *entry, const uint8_t *folding, Joined *before, Folded *folded)
{
    const size_t size = entry[0] & SIZE;
    if (size <= LETTER_BYTES)
        return put_one(entry, before, folded);
    for (const uint8_t *at = entry + 1, *const behind = at + size; at < behind;)
        if (!put_one(folding + next_character(&at) * FOLDING_BYTES, before, folded))
            return 0;
    return 1;
}

/* Folds letters and marks that join, what is left out among them, and single spaces; `text` is at the first. Behind
 * them, or NULL for marks that do not simply stand behind letters. `parted`: whether what is before parts tokens. */
static const uint8_t *fold_joining(const uint8_t *text, const uint8_t *end, int parted, const uint8_t *folding, Folded *folded)
{
    Joined before = {parted ? PARTED : OTHER, 0, 0};
    while (text < end) {
        const uint8_t *const here = text;
        if (*here == ' ') {
            folded->out[folded->used] = ' ';
            folded->used += folded->open;
            folded->open = 0;
            before.kind = PARTED;
            text++;
            continue;
        }
        const size_t place = next_character(&text);
        if (place >= CHARACTERS)
            return here;
        const uint8_t *const entry = folding + place * FOLDING_BYTES;
        if ((uint8_t)(entry[0] - 1) < SIZE)
            return here;
        if (entry[0] != 0 && (entry[0] == UNKNOWN || !put_joining(entry, folding, &before, folded)))
            return NULL;
    }
    return text;
}

/* Puts a character that folding does not change; `text` is at it. */
static inline void put_unchanged(const uint8_t *text, size_t place, Folded *folded)
{
    uint8_t *out = folded->out + folded->used;
    if (place == HAN && folded->open)
        *out++ = ' ';
    memcpy(out, text, UNCHANGED_BYTES);
    out += UNCHANGED_BYTES;
    if (place == HAN)
        *out++ = ' ';
    folded->open = place != HAN;
    folded->used = (size_t)(out - folded->out);
}

/* Folds what stands at `text` before the first character beyond ASCII, some bytes of it: letters and digits make tokens,
 * as in every table, but for signs that may be inside a number. How many bytes. */
static inline size_t fold_ascii(const uint8_t *text, const uint8_t *end, const uint8_t *folding, Folded *folded)
{
    uint8_t copy[BITS], lower[BITS + WALK_SLACK], kept[BITS], digits[BITS], signs[BITS], all = 0;
    const size_t size = (size_t)(end - text);
    const uint8_t *const block = bits_block(text, size, copy);
    for (size_t i = 0; i < BITS; i++) {
        lower[i] = block[i] | 0x20;
        digits[i] = (uint8_t)((uint8_t)(block[i] - '0') < 10);
        kept[i] = (uint8_t)((uint8_t)(lower[i] - 'a') < 26) | digits[i];
        signs[i] = (uint8_t)(block[i] == ',') | (uint8_t)(block[i] == '.');
        all |= block[i];
    }
    size_t here = size < BITS ? size : BITS;
    if (all >= 0x80)
        for (here = 0; text[here] < 0x80;)
            here++;
    /* Behind a digit, or first, and before one, or last. */
    const uint64_t figures = bits_of(digits) & bits_below(here);
    const uint64_t between = (figures << 1 | 1) & (figures >> 1 | UINT64_C(1) << (here - 1));
    if ((bits_of(signs) & bits_below(here) & between) != 0) {
        for (const uint8_t *const behind = text + here; text < behind; text++)
            put_folded(folding + *text * FOLDING_BYTES, text + 1, end, folding, folded);
        return here;
    }
    uint64_t tokens = bits_of(kept) & bits_below(here);
    uint8_t *out = folded->out + folded->used;
    if (folded->open && (tokens & 1) == 0)
        *out++ = ' ';
    folded->open = 0;
    while (tokens != 0) {
        const size_t start = lowest_bit(tokens);
        const uint64_t sum = tokens + (tokens & (0 - tokens)); /* carries to where the first token ends */
        const size_t end = sum == 0 ? BITS : lowest_bit(sum);
        for (size_t i = start; i < end; i += WALK_SLACK)
            memcpy(out + (i - start), lower + i, WALK_SLACK);
        out += end - start;
        *out = ' ';
        folded->open = end == here;
        out += !folded->open;
        tokens &= sum;
    }
    folded->used = (size_t)(out - folded->out);
    return here;
}

/* An entry of `folding` is what a character becomes, with a space for each sign that parts tokens and SIGN for one that
 * does so but inside a number. Affixes are joined to their words at the end. */
size_t kernel_fold(const uint8_t *text, size_t size, const uint8_t *folding, uint8_t *out)
{
    const uint8_t *const start = text, *const end = text + size;
    Folded folded = {out, 0, 0};
    unsigned arabic = 0;
    while (text < end) {
        if ((eight_bytes(text, 0, (size_t)(end - text)) & UINT64_C(0x8080808080808080)) == 0) {
            text += fold_ascii(text, end, folding, &folded);
            continue;
        }
        const uint8_t *const here = text;
        const size_t place = next_character(&text);
        if (place > CHARACTERS) {
            put_unchanged(here, place, &folded);
            continue;
        }
        if (place == CHARACTERS)
            return SIZE_MAX;
        const uint8_t *const entry = folding + place * FOLDING_BYTES;
        if (entry[0] >= JOINS) {
            const int parted = here == start || (here[-1] < 0x80 && !folded.open);
            if ((text = fold_joining(here, end, parted, folding, &folded)) == NULL)
                return SIZE_MAX;
            continue;
        }
        arabic |= (entry[1] & 0xFC) == ARABIC;
        put_folded(entry, text, end, folding, &folded);
    }
    if (folded.open)
        out[folded.used++] = ' ';
    return arabic ? kernel_join_affixes(out, folded.used) : folded.used;
}

size_t kernel_first_tokens(const uint8_t *tokens, size_t size, size_t limit)
{
    if (size / 2 <= limit)
        return size;
    size_t place = 0;
    for (; limit > 0 && place < size; limit--)
        place = (size_t)((const uint8_t *)memchr(tokens + place, ' ', size - place) - tokens) + 1;
    return place;
}

static PyObject *walk(PyObject *text, const uint8_t *folding, size_t limit)
{
    Utf8 utf8;
    PyObject *result = NULL;
    const int there = kernel_utf8(text, &utf8);
    if (there > 0) {
        const size_t room = WALK_ROOM(utf8.size, (size_t)PyUnicode_GetLength(text) == utf8.size);
        uint8_t *tokens = utf8.size <= (size_t)PY_SSIZE_T_MAX / 8 ? PyMem_Malloc(room) : NULL;
        if (tokens == NULL) {
            PyErr_NoMemory();
        } else {
            size_t used = kernel_fold(utf8.bytes, utf8.size, folding, tokens);
            if (used == SIZE_MAX) {
                result = Py_NewRef(Py_None);
            } else {
                used = kernel_first_tokens(tokens, used, limit);
                result = PyUnicode_FromStringAndSize((const char *)tokens, (Py_ssize_t)(used > 0 ? used - 1 : 0));
            }
            PyMem_Free(tokens);
        }
    }
    return there == 0 ? Py_NewRef(Py_None) : result;
}

/* walk(text, folding, limit) -> tokens | None */
PyObject *kernel_walk(PyObject *module, PyObject *args)
{
    PyObject *text, *result = NULL;
    Py_buffer folding;
    Py_ssize_t limit;
    (void)module;
    if (!PyArg_ParseTuple(args, "Uy*n:walk", &text, &folding, &limit))
        return NULL;
    if (limit < 0)
        PyErr_SetString(PyExc_ValueError, "limit must not be negative");
    else if (kernel_check_folding(&folding) == 0)
        result = walk(text, folding.buf, (size_t)limit);
    PyBuffer_Release(&folding);
    return result;
}

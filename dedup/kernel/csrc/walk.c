/* Text in the scripts of Europe, the Near East and East Asia, walked character by character with tables that
 * Python fills from its own unicodedata (dedup/text/characters.py): into tokens, and into the form that people read. Any
 * other text is left to the definitions in dedup/text, in Python: the walk then gives None.
 */
#include "bits.h"
#include "utf8.h"
#include "walk.h"

/* The code points that have entries, in their order: BLOCKS of dedup/text/characters.py. */
#define TWO_BYTES ((size_t)0x800)       /* those of one or two bytes in UTF-8, */
#define GEORGIAN UINT32_C(0x10A0)
#define GEORGIAN_COUNT ((size_t)0x60)
#define ETHIOPIC UINT32_C(0x1200)
#define ETHIOPIC_COUNT ((size_t)0x180)
#define SIGNS UINT32_C(0x1E00)          /* other Latin and Greek, punctuation and symbols, */
#define SIGNS_COUNT ((size_t)0xE00)
#define KANA UINT32_C(0x3000)           /* punctuation of Chinese and Japanese, and kana, */
#define KANA_COUNT ((size_t)0x100)
#define FORMS UINT32_C(0xFE00)          /* other forms of letters, */
#define FORMS_COUNT ((size_t)0x200)
#define PICTURES UINT32_C(0x1F300)      /* and pictures */
#define PICTURES_COUNT ((size_t)0x800)
#define BEHIND_GEORGIAN (TWO_BYTES + GEORGIAN_COUNT)
#define BEHIND_ETHIOPIC (BEHIND_GEORGIAN + ETHIOPIC_COUNT)
#define BEHIND_SIGNS (BEHIND_ETHIOPIC + SIGNS_COUNT)
#define BEHIND_KANA (BEHIND_SIGNS + KANA_COUNT)
#define BEHIND_FORMS (BEHIND_KANA + FORMS_COUNT)
#define CHARACTERS (BEHIND_FORMS + PICTURES_COUNT)

#define HAN (CHARACTERS + 1)            /* the place of what has no entry since nothing changes it */
#define HANGUL (CHARACTERS + 2)
#define UNCHANGED_BYTES 3               /* of each in UTF-8 */

#define FOLDING_BYTES ((size_t)8)       /* of an entry: how many bytes of UTF-8 follow, or UNKNOWN */
#define UNKNOWN 255
#define SIGN '.'                        /* what may stand inside a number, in an entry by itself */
#define ARABIC 0xD8                     /* the first byte of its letters, but for the last two bits */

enum { KEPT, SPACE, LINE_END, DROPPED };  /* what normal_form does with a character; or UNKNOWN */

static inline size_t place_of_three(uint32_t point)
{
    if (point - SIGNS < SIGNS_COUNT)
        return BEHIND_ETHIOPIC + (point - SIGNS);
    if (point - UINT32_C(0x4E00) < 0x5200)
        return HAN;
    if (point - KANA < KANA_COUNT)
        return BEHIND_SIGNS + (point - KANA);
    if (point - UINT32_C(0xAC00) < 0x2BA4)
        return HANGUL;
    if (point - GEORGIAN < GEORGIAN_COUNT)
        return TWO_BYTES + (point - GEORGIAN);
    if (point - ETHIOPIC < ETHIOPIC_COUNT)
        return BEHIND_GEORGIAN + (point - ETHIOPIC);
    return point - FORMS < FORMS_COUNT ? BEHIND_KANA + (point - FORMS) : CHARACTERS;
}

/* The place in a table of the character at `*at`, which moves behind it; HAN, HANGUL, or CHARACTERS for any other that
 * has none. */
static inline size_t next_character(const uint8_t **at)
{
    const uint8_t *bytes = *at;
    if (bytes[0] < 0x80) {
        *at += 1;
        return bytes[0];
    }
    if (bytes[0] < 0xE0) {
        *at += 2;
        return (size_t)(bytes[0] & 31) << 6 | (bytes[1] & 63);
    }
    const uint32_t two = (uint32_t)(bytes[1] & 63) << 6 | (bytes[2] & 63);
    if (bytes[0] < 0xF0) {
        *at += 3;
        return place_of_three((uint32_t)(bytes[0] & 15) << 12 | two);
    }
    *at += 4;
    const uint32_t point = (uint32_t)(bytes[0] & 7) << 18 | two << 6 | (bytes[3] & 63);
    return point - PICTURES < PICTURES_COUNT ? BEHIND_FORMS + (point - PICTURES) : CHARACTERS;
}

static int check_table(const Py_buffer *table, size_t entry)
{
    if ((size_t)table->len == CHARACTERS * entry)
        return 0;
    PyErr_Format(PyExc_ValueError, "the table must have %zu bytes, not %zd", CHARACTERS * entry, table->len);
    return -1;
}

int kernel_check_folding(const Py_buffer *folding)
{
    return check_table(folding, FOLDING_BYTES);
}

int kernel_check_kinds(const Py_buffer *kinds)
{
    return check_table(kinds, 1);
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
    const uint8_t *const end = text + size;
    Folded folded = {out, 0, 0};
    unsigned arabic = 0;
    while (text < end) {
        if ((eight_bytes(text, 0, (size_t)(end - text)) & UINT64_C(0x8080808080808080)) == 0) {
            text += fold_ascii(text, end, folding, &folded);
            continue;
        }
        const size_t place = next_character(&text);
        if (place > CHARACTERS) {
            put_unchanged(text - UNCHANGED_BYTES, place, &folded);
            continue;
        }
        if (place == CHARACTERS || folding[place * FOLDING_BYTES] == UNKNOWN)
            return SIZE_MAX;
        const uint8_t *entry = folding + place * FOLDING_BYTES;
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
    kernel_utf8_free(&utf8);
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

/* A bit for each of the next bytes but visible characters of ASCII and single spaces behind such, which the normal form
 * leaves as they are, and for what is behind the text; `open`: whether the form ends in a visible character. */
static inline uint64_t unusual(const uint8_t *text, size_t size, unsigned open)
{
    uint8_t copy[BITS], others[BITS], spaces[BITS];
    const uint8_t *const block = bits_block(text, size, copy);
    for (size_t i = 0; i < BITS; i++) {
        others[i] = (uint8_t)(block[i] - ' ') >= 0x7F - ' ';
        spaces[i] = block[i] == ' ';
    }
    const uint64_t other = bits_of(others), space = bits_of(spaces);
    return other | (space & ((other | space) << 1 | !open)) | ~bits_below(size);
}

typedef struct {
    uint8_t *out;
    size_t used;
    unsigned open;                      /* whether `out` ends in a visible character */
} Form;

/* Puts a character into its form; behind it, NULL where it is unknown. */
static const uint8_t *put_character(const uint8_t *text, const uint8_t *end, const uint8_t *kinds, Form *form)
{
    const uint8_t *const start = text;
    const size_t place = next_character(&text);
    const uint8_t kind = place > CHARACTERS ? KEPT : place == CHARACTERS ? UNKNOWN : kinds[place];
    uint8_t *const out = form->out;
    size_t used = form->used;
    if (kind == KEPT || kind == SPACE) {
        const unsigned kept = kind == KEPT;
        out[used] = kept ? *start : ' ';
        used += kept | form->open;
        form->open = kept;
        for (const uint8_t *byte = start + 1; kept && byte < text; byte++)
            out[used++] = *byte;
    } else if (kind == LINE_END) {
        text += *start == '\r' && text < end && *text == '\n';
        used -= used > 0 && out[used - 1] == ' ';
        if (used > 0 && (out[used - 1] != '\n' || (used > 1 && out[used - 2] != '\n')))
            out[used++] = '\n';
        form->open = 0;
    } else if (kind != DROPPED) {
        return NULL;
    }
    form->used = used;
    return text;
}

size_t kernel_normalise(const uint8_t *text, size_t size, const uint8_t *kinds, uint8_t *out)
{
    const uint8_t *const end = text + size;
    Form form = {out, 0, 0};
    while (text < end) {
        const uint8_t *const block = text, *const block_end = (size_t)(end - text) > BITS ? text + BITS : end;
        const uint64_t stops = unusual(text, (size_t)(end - text), form.open);
        while (text < block_end) {
            const uint64_t left = stops >> (text - block);
            const size_t clean = left != 0 ? lowest_bit(left) : (size_t)(block_end - text);
            if (clean > 0) {
                memcpy(out + form.used, text, clean);
                form.used += clean;
                text += clean;
                form.open = text[-1] != ' ';
            }
            if (text < block_end && (text = put_character(text, end, kinds, &form)) == NULL)
                return SIZE_MAX;
        }
    }
    size_t used = form.used;
    while (used > 0 && (out[used - 1] == ' ' || out[used - 1] == '\n'))
        used--;
    return used;
}

static PyObject *normal_form(PyObject *text, const uint8_t *kinds)
{
    Utf8 utf8;
    PyObject *result = NULL;
    const int there = kernel_utf8(text, &utf8);
    if (there > 0) {
        uint8_t *form = PyMem_Malloc(utf8.size + 1);
        if (form == NULL) {
            PyErr_NoMemory();
        } else {
            const size_t used = kernel_normalise(utf8.bytes, utf8.size, kinds, form);
            if (used == SIZE_MAX)
                result = Py_NewRef(Py_None);
            else if (used == utf8.size && memcmp(form, utf8.bytes, used) == 0)
                result = Py_NewRef(text);
            else
                result = PyUnicode_FromStringAndSize((const char *)form, (Py_ssize_t)used);
            PyMem_Free(form);
        }
    }
    kernel_utf8_free(&utf8);
    return there == 0 ? Py_NewRef(Py_None) : result;
}

/* normal_form(text, kinds) -> text | None */
PyObject *kernel_normal_form(PyObject *module, PyObject *args)
{
    PyObject *text, *result = NULL;
    Py_buffer kinds;
    (void)module;
    if (!PyArg_ParseTuple(args, "Uy*:normal_form", &text, &kinds))
        return NULL;
    if (kernel_check_kinds(&kinds) == 0)
        result = normal_form(text, kinds.buf);
    PyBuffer_Release(&kinds);
    return result;
}

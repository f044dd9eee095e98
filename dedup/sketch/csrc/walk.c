/* Text in the scripts of Europe and the Near East, walked character by character with tables that Python fills from its
 * own unicodedata (dedup/text/characters.py): into tokens, and into the form that people read. Any other text is left to
 * the definitions in dedup/text, in Python: the walk then gives None.
 */
#include "kernel.h"

#define TWO_BYTES ((size_t)0x800)       /* code points of one or two bytes in UTF-8 have an entry each, */
#define SIGNS UINT32_C(0x2000)          /* and so have punctuation and currency signs */
#define SIGNS_COUNT ((size_t)0xD0)
#define CHARACTERS (TWO_BYTES + SIGNS_COUNT)
#define FOLDING_BYTES ((size_t)8)       /* of an entry: how many bytes of UTF-8 follow, or UNKNOWN */
#define UNKNOWN 255

enum { KEPT, SPACE, LINE_END, DROPPED };  /* what normal_form does with a character; or UNKNOWN */

/* The place in a table of the character at `*at`, which moves behind it; CHARACTERS where it has none. */
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
    if (bytes[0] >= 0xF0)
        return CHARACTERS;
    *at += 3;
    const uint32_t point = (uint32_t)(bytes[0] & 15) << 12 | (uint32_t)(bytes[1] & 63) << 6 | (bytes[2] & 63);
    return point - SIGNS < SIGNS_COUNT ? TWO_BYTES + (point - SIGNS) : CHARACTERS;
}

/* The UTF-8 of `text`; NULL with an error set, or without one where a lone surrogate is in it. */
static const uint8_t *utf8_of(PyObject *text, size_t *size)
{
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &length);
    if (bytes == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            PyErr_Clear();
        return NULL;
    }
    *size = (size_t)length;
    return (const uint8_t *)bytes;
}

static PyObject *none_or_error(void)
{
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static int check_table(const Py_buffer *table, size_t entry)
{
    if ((size_t)table->len == CHARACTERS * entry)
        return 0;
    PyErr_Format(PyExc_ValueError, "the table must have %zu bytes, not %zd", CHARACTERS * entry, table->len);
    return -1;
}

/* Writes the tokens to `out`, a space behind each; the number of bytes, or SIZE_MAX for text with an unknown character.
 * An entry of `folding` is what a character becomes, with a space for each sign that parts tokens. */
static size_t fold(const uint8_t *text, size_t size, const uint8_t *folding, uint8_t *out)
{
    const uint8_t *const end = text + size;
    size_t used = 0;
    unsigned open = 0;                  /* whether `out` ends in a token */
    while (text < end) {
        if (*text < 0x80) {
            const uint8_t folded = folding[*text++ * FOLDING_BYTES + 1];
            out[used] = folded;
            used += open | (folded != ' ');
            open = folded != ' ';
            continue;
        }
        const size_t place = next_character(&text);
        if (place == CHARACTERS || folding[place * FOLDING_BYTES] == UNKNOWN)
            return SIZE_MAX;
        const uint8_t *entry = folding + place * FOLDING_BYTES;
        for (size_t i = 1; i <= entry[0]; i++) {
            out[used] = entry[i];
            used += open | (entry[i] != ' ');
            open = entry[i] != ' ';
        }
    }
    if (open)
        out[used++] = ' ';
    return used;
}

/* The length of the first `limit` of the tokens, each with a space behind it. */
static size_t first_tokens(const uint8_t *tokens, size_t size, size_t limit)
{
    if (size / 2 <= limit)
        return size;
    size_t place = 0;
    for (; limit > 0 && place < size; limit--)
        place = (size_t)((const uint8_t *)memchr(tokens + place, ' ', size - place) - tokens) + 1;
    return place;
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
    if (limit < 0) {
        PyErr_SetString(PyExc_ValueError, "limit must not be negative");
    } else if (check_table(&folding, FOLDING_BYTES) == 0) {
        size_t size;
        const uint8_t *bytes = utf8_of(text, &size);
        if (bytes == NULL) {
            result = none_or_error();
        } else {
            /* A character of two or three bytes becomes seven at most. */
            const size_t room = (size_t)PyUnicode_GetLength(text) == size ? size : 4 * size;
            uint8_t *tokens = size <= (size_t)PY_SSIZE_T_MAX / 8 ? PyMem_Malloc(room + 1) : NULL;
            if (tokens == NULL) {
                PyErr_NoMemory();
            } else {
                size_t used = fold(bytes, size, folding.buf, tokens);
                if (used == SIZE_MAX) {
                    result = none_or_error();
                } else {
                    used = first_tokens(tokens, used, (size_t)limit);
                    result = PyUnicode_FromStringAndSize((const char *)tokens, (Py_ssize_t)(used > 0 ? used - 1 : 0));
                }
                PyMem_Free(tokens);
            }
        }
    }
    PyBuffer_Release(&folding);
    return result;
}

/* Writes the normal form to `out`, which has room for `size` bytes; how many there are, or SIZE_MAX as above. */
static size_t normalise(const uint8_t *text, size_t size, const uint8_t *kinds, uint8_t *out)
{
    const uint8_t *const end = text + size;
    size_t used = 0;
    unsigned open = 0;                  /* whether `out` ends in a visible character */
    while (text < end) {
        if (*text < 0x80 && kinds[*text] <= SPACE) {
            const unsigned kept = kinds[*text] == KEPT;
            out[used] = kept ? *text : ' ';
            used += kept | open;
            open = kept;
            text++;
            continue;
        }
        const uint8_t *const start = text;
        const size_t place = next_character(&text);
        const uint8_t kind = place == CHARACTERS ? UNKNOWN : kinds[place];
        if (kind == KEPT || kind == SPACE) {
            const unsigned kept = kind == KEPT;
            out[used] = kept ? *start : ' ';
            used += kept | open;
            open = kept;
            for (const uint8_t *byte = start + 1; kept && byte < text; byte++)
                out[used++] = *byte;
        } else if (kind == LINE_END) {
            if (*start == '\r' && text < end && *text == '\n')
                text++;
            used -= used > 0 && out[used - 1] == ' ';
            if (used > 0 && (out[used - 1] != '\n' || (used > 1 && out[used - 2] != '\n')))
                out[used++] = '\n';
            open = 0;
        } else if (kind != DROPPED) {
            return SIZE_MAX;
        }
    }
    while (used > 0 && (out[used - 1] == ' ' || out[used - 1] == '\n'))
        used--;
    return used;
}

/* normal_form(text, kinds) -> text | None */
PyObject *kernel_normal_form(PyObject *module, PyObject *args)
{
    PyObject *text, *result = NULL;
    Py_buffer kinds;
    (void)module;
    if (!PyArg_ParseTuple(args, "Uy*:normal_form", &text, &kinds))
        return NULL;
    if (check_table(&kinds, 1) == 0) {
        size_t size;
        const uint8_t *bytes = utf8_of(text, &size);
        uint8_t *form = bytes == NULL ? NULL : PyMem_Malloc(size + 1);
        if (bytes == NULL) {
            result = none_or_error();
        } else if (form == NULL) {
            PyErr_NoMemory();
        } else {
            const size_t used = normalise(bytes, size, kinds.buf, form);
            if (used == SIZE_MAX)
                result = none_or_error();
            else if (used == size && memcmp(form, bytes, size) == 0)
                result = Py_NewRef(text);
            else
                result = PyUnicode_FromStringAndSize((const char *)form, (Py_ssize_t)used);
            PyMem_Free(form);
        }
    }
    PyBuffer_Release(&kinds);
    return result;
}

/* controls(text) -> how many control characters but tab, line ends and NUL | None */
PyObject *kernel_controls(PyObject *module, PyObject *text)
{
    size_t size, count = 0;
    (void)module;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "text must be str");
        return NULL;
    }
    const uint8_t *bytes = utf8_of(text, &size);
    if (bytes == NULL)
        return none_or_error();
    for (size_t i = 0; i < size; i++)
        count += (bytes[i] < 0x20 && bytes[i] != 0 && !(bytes[i] >= 9 && bytes[i] <= 13)) || bytes[i] == 0x7F;
    for (size_t i = 1; i < size; i++)
        count += bytes[i - 1] == 0xC2 && bytes[i] < 0xA0;
    return PyLong_FromSize_t(count);
}

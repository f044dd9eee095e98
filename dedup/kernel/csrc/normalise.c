/* The form of a text that people read, character by character, with a table that Python fills from its own unicodedata
 * (dedup/text/normal_form.py). A text with a character that is not in it, or in which one may be composed, is left to
 * the definition, in Python: the form is then None.
 */
#include "bits.h"
#include "characters.h"
#include "utf8.h"
#include "walk.h"

/* What becomes of a character: its kind, which is the entry of it. */
enum {
    KEPT,
    SPACE,
    LINE_END,
    DROPPED,
    FIRST = 4,                          /* with KEPT: may become another character with a mark behind it */
    MARK = 8,                           /* with twice the rank of its class, 0 for a joiner, which counts as a mark, and */
    SECOND = 1,                         /* where it may become one character with a letter before it */
    REPLACED = 128,                     /* the first of those that become others, in entries behind the kinds */
};
#define MOST_MARKS 30                   /* of a letter that are kept */
#define REPLACED_BYTES ((size_t)8)      /* how many bytes of UTF-8 follow: at most twice as many as are replaced */

int kernel_check_kinds(const Py_buffer *kinds)
{
    return check_table(kinds, CHARACTERS + (UNKNOWN - REPLACED) * REPLACED_BYTES);
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

static inline void put_bytes(const uint8_t *bytes, size_t size, Form *form)
{
    for (size_t i = 0; i < size; i++)
        form->out[form->used + i] = bytes[i];
    form->used += size;
    form->open = 1;
}

/* Puts a mark among those of the letter before it; 0 where both may become one character, or marks are too many. */
static int put_mark(const uint8_t *mark, size_t size, uint8_t kind, const uint8_t *kinds, Form *form)
{
    const unsigned rank = (unsigned)(kind - MARK) / 2;
    const uint8_t *start = form->out + form->used; /* of what was looked at, from the end on, */
    size_t place = form->used;          /* and where the mark belongs */
    int in_order = rank == 0;
    for (unsigned marks = 0; start > form->out;) {
        do
            start--;
        while ((*start & 0xC0) == 0x80);
        const uint8_t *behind = start;
        const size_t letter = next_character(&behind);
        const uint8_t before = letter < CHARACTERS ? kinds[letter] : KEPT;
        if (before <= FIRST) {
            if (before == FIRST && (kind & SECOND) != 0)
                return 0;
            break;
        }
        if (++marks == MOST_MARKS)
            return 0;
        in_order |= (unsigned)(before - MARK) / 2 <= rank;
        if (!in_order)
            place = (size_t)(start - form->out);
    }
    memmove(form->out + place + size, form->out + place, form->used - place);
    memcpy(form->out + place, mark, size);
    form->used += size;
    form->open = 1;
    return 1;
}

/* Puts a character into its form; behind it, NULL where that is left to Python. */
static const uint8_t *put_character(const uint8_t *text, const uint8_t *end, const uint8_t *kinds, Form *form)
{
    const uint8_t *const start = text;
    const size_t place = next_character(&text);
    const uint8_t kind = place > CHARACTERS ? KEPT : place == CHARACTERS ? UNKNOWN : kinds[place];
    if ((kind & ~FIRST) == KEPT) {
        put_bytes(start, (size_t)(text - start), form);
    } else if (kind == SPACE) {
        form->out[form->used] = ' ';
        form->used += form->open;
        form->open = 0;
    } else if (kind == LINE_END) {
        uint8_t *const out = form->out;
        size_t used = form->used;
        text += *start == '\r' && text < end && *text == '\n';
        used -= used > 0 && out[used - 1] == ' ';
        if (used > 0 && (out[used - 1] != '\n' || (used > 1 && out[used - 2] != '\n')))
            out[used++] = '\n';
        form->used = used;
        form->open = 0;
    } else if (kind == UNKNOWN) {
        return NULL;
    } else if (kind >= REPLACED) {
        const uint8_t *const other = kinds + CHARACTERS + (size_t)(kind - REPLACED) * REPLACED_BYTES;
        put_bytes(other + 1, other[0], form);
    } else if (kind >= MARK) {
        return put_mark(start, (size_t)(text - start), kind, kinds, form) ? text : NULL;
    }
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
        const size_t room = FORM_ROOM(utf8.size, (size_t)PyUnicode_GetLength(text) == utf8.size);
        uint8_t *form = utf8.size <= (size_t)PY_SSIZE_T_MAX / 2 ? PyMem_Malloc(room + 1) : NULL;
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

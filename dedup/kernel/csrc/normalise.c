/* The form of a text that people read, character by character, with a table that Python fills from its own unicodedata
 * (dedup/text/normal_form.py). A text with a character that is not in it is left to the definition, in Python: the form is
 * then None.
 */
#include "bits.h"
#include "characters.h"
#include "utf8.h"
#include "walk.h"

enum { KEPT, SPACE, LINE_END, DROPPED };  /* what becomes of a character; or UNKNOWN */

int kernel_check_kinds(const Py_buffer *kinds)
{
    return check_table(kinds, CHARACTERS);
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

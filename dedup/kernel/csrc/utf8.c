/* The UTF-8 of a text. Python keeps what it makes of one, and makes it slowly where that is not ASCII alone; what is
 * read once is made here. Of a page, which is long, it is asked for again and again. */
#include "utf8.h"

#define LEAST ((Py_ssize_t)256)         /* characters below which Python is asked in any case, */
#define MOST ((Py_ssize_t)1 << 14)      /* and beyond which */

static int holds_ascii(PyObject *text)
{
    PyObject *answer = PyObject_CallMethod(text, "isascii", NULL);
    const int ascii = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    return ascii;
}

static int of_python(PyObject *text, Utf8 *utf8)
{
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    utf8->owned = NULL;
    utf8->bytes = (const uint8_t *)bytes;
    utf8->size = bytes == NULL ? 0 : (size_t)size;
    if (bytes != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* Encodes characters in place: no character takes more bytes than the four that it has. SIZE_MAX for a surrogate. */
static size_t encode(Py_UCS4 *points, size_t count)
{
    uint8_t *const out = (uint8_t *)points;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        while (i + 4 <= count && (points[i] | points[i + 1] | points[i + 2] | points[i + 3]) < 0x80) {
            const uint8_t four[4] = {(uint8_t)points[i], (uint8_t)points[i + 1], (uint8_t)points[i + 2],
                                     (uint8_t)points[i + 3]};
            memcpy(out + used, four, 4);
            used += 4;
            i += 4;
        }
        if (i == count)
            break;
        const Py_UCS4 point = points[i];
        if (point < 0x80) {
            out[used++] = (uint8_t)point;
        } else if (point < 0x800) {
            out[used++] = (uint8_t)(0xC0 | point >> 6);
            out[used++] = (uint8_t)(0x80 | (point & 63));
        } else if (point < 0x10000) {
            if (point >= 0xD800 && point < 0xE000)
                return SIZE_MAX;
            out[used++] = (uint8_t)(0xE0 | point >> 12);
            out[used++] = (uint8_t)(0x80 | (point >> 6 & 63));
            out[used++] = (uint8_t)(0x80 | (point & 63));
        } else {
            out[used++] = (uint8_t)(0xF0 | point >> 18);
            out[used++] = (uint8_t)(0x80 | (point >> 12 & 63));
            out[used++] = (uint8_t)(0x80 | (point >> 6 & 63));
            out[used++] = (uint8_t)(0x80 | (point & 63));
        }
    }
    return used;
}

/* octets(text) -> (bytes in UTF-8, whether a NUL is among them) | None */
PyObject *kernel_octets(PyObject *module, PyObject *text)
{
    Utf8 utf8;
    (void)module;
    const int there = of_python(text, &utf8);
    if (there < 0)
        return NULL;
    if (there == 0)
        Py_RETURN_NONE;
    const int nul = utf8.size > 0 && memchr(utf8.bytes, 0, utf8.size) != NULL;
    return Py_BuildValue("(nO)", (Py_ssize_t)utf8.size, nul ? Py_True : Py_False);
}

int kernel_utf8(PyObject *text, Utf8 *utf8)
{
    *utf8 = (Utf8){NULL, 0, NULL};
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "text must be str");
        return -1;
    }
    const Py_ssize_t length = PyUnicode_GetLength(text);
    if (length < 0)
        return -1;
    const int ascii = length < LEAST || length > MOST ? 1 : holds_ascii(text);
    if (ascii != 0)
        return ascii < 0 ? -1 : of_python(text, utf8);
    Py_UCS4 *points = PyMem_Malloc((size_t)length * sizeof *points);
    if (points == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (PyUnicode_AsUCS4(text, points, length, 0) == NULL) {
        PyMem_Free(points);
        return -1;
    }
    const size_t size = encode(points, (size_t)length);
    if (size == SIZE_MAX) {
        PyMem_Free(points);
        return 0;
    }
    *utf8 = (Utf8){(const uint8_t *)points, size, points};
    return 1;
}

void kernel_utf8_free(Utf8 *utf8)
{
    PyMem_Free(utf8->owned);
    utf8->owned = NULL;
}

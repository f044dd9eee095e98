/* Texts in a row, each told from its neighbours; see framed in dedup/kernel/reference/signatures.py. */
#include "utf8.h"

#define MOST_PARTS 16
#define LENGTH ((size_t)8)              /* bytes that tell how many follow */

/* The UTF-8 of a part, NULL for None; where a lone surrogate is in it that of Python, to be held in `encoded`. */
static int take(PyObject *part, Utf8 *utf8, PyObject **encoded)
{
    char *bytes;
    Py_ssize_t size;
    *encoded = NULL;
    *utf8 = (Utf8){NULL, 0};
    if (part == Py_None)
        return 0;
    const int there = kernel_utf8(part, utf8);
    if (there != 0)
        return there < 0 ? -1 : 0;
    *encoded = PyUnicode_AsEncodedString(part, "utf-8", "surrogatepass");
    if (*encoded == NULL || PyBytes_AsStringAndSize(*encoded, &bytes, &size) < 0)
        return -1;
    *utf8 = (Utf8){(const uint8_t *)bytes, (size_t)size};
    return 0;
}

static uint8_t *write_part(uint8_t *out, const Utf8 *utf8)
{
    const uint64_t length = (uint64_t)utf8->size + 1;
    store32(out, (uint32_t)length);
    store32(out + 4, (uint32_t)(length >> 32));
    out += LENGTH;
    *out++ = utf8->bytes == NULL ? '-' : '+';
    if (utf8->size > 0)
        memcpy(out, utf8->bytes, utf8->size);
    return out + utf8->size;
}

/* framed(parts) -> bytes */
PyObject *kernel_framed(PyObject *module, PyObject *argument)
{
    Utf8 parts[MOST_PARTS];
    PyObject *encoded[MOST_PARTS], *given = PySequence_Tuple(argument), *result = NULL;
    size_t size = 0;
    Py_ssize_t taken = 0;
    int status = 0;
    (void)module;
    if (given == NULL)
        return NULL;
    const Py_ssize_t count = PyTuple_Size(given);
    if (count > MOST_PARTS) {
        PyErr_Format(PyExc_ValueError, "at most %d parts, not %zd", MOST_PARTS, count);
        status = -1;
    }
    while (status == 0 && taken < count) {
        status = take(PyTuple_GetItem(given, taken), &parts[taken], &encoded[taken]);
        size += parts[taken++].size + LENGTH + 1;
    }
    if (status == 0 && (result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size)) != NULL) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        for (Py_ssize_t i = 0; i < count; i++)
            out = write_part(out, &parts[i]);
    }
    while (taken-- > 0)
        Py_XDECREF(encoded[taken]);
    Py_DECREF(given);
    return result;
}

/* The UTF-8 of a text. */
#include "utf8.h"

int kernel_utf8(PyObject *text, Utf8 *utf8)
{
    Py_ssize_t size;
    *utf8 = (Utf8){NULL, 0};
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "text must be str");
        return -1;
    }
    const char *const bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes != NULL) {
        *utf8 = (Utf8){(const uint8_t *)bytes, (size_t)size};
        return 1;
    }
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* octets(text) -> (bytes in UTF-8, whether a NUL is among them) | None */
PyObject *kernel_octets(PyObject *module, PyObject *text)
{
    Utf8 utf8;
    (void)module;
    const int there = kernel_utf8(text, &utf8);
    if (there < 0)
        return NULL;
    if (there == 0)
        Py_RETURN_NONE;
    const int nul = utf8.size > 0 && memchr(utf8.bytes, 0, utf8.size) != NULL;
    return Py_BuildValue("(nO)", (Py_ssize_t)utf8.size, nul ? Py_True : Py_False);
}

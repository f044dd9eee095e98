/* Control characters in a text, and what is in markup besides: told at a glance, since nearly no text has any. */
#include "utf8.h"
#include "walk.h"

int kernel_has_controls(const uint8_t *text, size_t size)
{
    const uint8_t *const end = text + size;
    uint8_t found = 0;
    for (size_t i = 0; i < size; i++)
        found |= (uint8_t)((text[i] < 0x20 && (uint8_t)(text[i] - 9) > 4) | (text[i] == 0x7F));
    if (found)
        return 1;
    for (; size > 0 && (text = memchr(text, 0xC2, (size_t)(end - text))) != NULL; text++)
        if (end - text > 1 && text[1] < 0xA0)
            return 1;
    return 0;
}

/* controls(text) -> how many control characters but tab, line ends and NUL | None */
PyObject *kernel_controls(PyObject *module, PyObject *text)
{
    Utf8 utf8;
    size_t count = 0;
    (void)module;
    const int there = kernel_utf8(text, &utf8);
    const uint8_t *const bytes = utf8.bytes;
    const size_t size = kernel_has_controls(bytes, utf8.size) ? utf8.size : 0; /* many at once, and nearly always none */
    for (size_t i = 0; i < size; i++)
        count += (bytes[i] < 0x20 && bytes[i] != 0 && !(bytes[i] >= 9 && bytes[i] <= 13)) || bytes[i] == 0x7F;
    for (size_t i = 1; i < size; i++)
        count += bytes[i - 1] == 0xC2 && bytes[i] < 0xA0;
    if (there == 0)
        Py_RETURN_NONE;
    return there < 0 ? NULL : PyLong_FromSize_t(count);
}

/* survey(markup) -> (number of signs "<", whether there may be characters that no text has) */
PyObject *kernel_survey(PyObject *module, PyObject *markup)
{
    Py_buffer held;
    size_t openings = 0;
    uint8_t found = 0;
    (void)module;
    if (PyObject_GetBuffer(markup, &held, PyBUF_SIMPLE) < 0)
        return NULL;
    const uint8_t *const bytes = held.buf;
    const size_t size = (size_t)held.len;
    for (size_t i = 0; i < size; i++)
        openings += bytes[i] == '<';
    for (size_t i = 0; i < size; i++)
        found |= (uint8_t)((bytes[i] < 0x20 && bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r') | (bytes[i] == 0x7F));
    for (size_t i = 1; i < size; i++)
        found |= (uint8_t)(((bytes[i - 1] == 0xC2) & (bytes[i] < 0xA0)) | ((bytes[i - 1] == 0xBF) & (bytes[i] >= 0xBE)));
    PyBuffer_Release(&held);
    return Py_BuildValue("(nO)", (Py_ssize_t)openings, found ? Py_True : Py_False);
}

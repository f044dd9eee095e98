/* Taking arguments one by one. */
#include "arguments.h"

#define MOST_ITEMS 8

int arguments_are(Py_ssize_t given, Py_ssize_t wanted, const char *function)
{
    if (given == wanted)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes exactly %zd arguments (%zd given)", function, wanted, given);
    return 0;
}

int arguments_in(PyObject *tuple, PyObject **items, Py_ssize_t count, const char *name)
{
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != count) {
        PyErr_Format(PyExc_TypeError, "%s must be a tuple of %zd", name, count);
        return 0;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        items[i] = PyTuple_GetItem(tuple, i);
    return 1;
}

static int type_error(const char *wanted)
{
    PyErr_Format(PyExc_TypeError, "an argument must be %s", wanted);
    return 0;
}

int argument_is_tuple(PyObject *object)
{
    return PyTuple_Check(object) || type_error("a tuple");
}

int argument_is_str(PyObject *object)
{
    return PyUnicode_Check(object) || type_error("str");
}

int argument_bytes(PyObject *object, Py_buffer *view)
{
    if (!PyBytes_CheckExact(object))
        return PyObject_GetBuffer(object, view, PyBUF_SIMPLE) == 0;
    /* They stay as they are, and are kept by who gives them: nothing is to be released. */
    view->buf = PyBytes_AsString(object);
    view->len = PyBytes_Size(object);
    return 1;
}

int argument_utf8(PyObject *object, const char **text, Py_ssize_t *size)
{
    char *bytes = NULL;
    if (PyUnicode_Check(object))
        return (*text = PyUnicode_AsUTF8AndSize(object, size)) != NULL;
    if (!PyBytes_Check(object))
        return type_error("str or bytes");
    const int status = PyBytes_AsStringAndSize(object, &bytes, size);
    *text = bytes;
    return status == 0;
}

int argument_size(PyObject *object, Py_ssize_t *number)
{
    *number = PyNumber_AsSsize_t(object, PyExc_OverflowError);
    return *number != -1 || !PyErr_Occurred();
}

int argument_sizes(PyObject *tuple, Py_ssize_t *numbers, Py_ssize_t count, const char *name)
{
    PyObject *items[MOST_ITEMS];
    int taken = arguments_in(tuple, items, count, name);
    for (Py_ssize_t i = 0; taken && i < count; i++)
        taken = argument_size(items[i], &numbers[i]);
    return taken;
}

int argument_number(PyObject *object, int64_t *number)
{
    *number = PyLong_AsLongLong(object);
    return *number != -1 || !PyErr_Occurred();
}

int argument_double(PyObject *object, double *number)
{
    *number = PyFloat_AsDouble(object);
    return *number != -1.0 || !PyErr_Occurred();
}

int argument_truth(PyObject *object, int *truth)
{
    *truth = PyObject_IsTrue(object);
    return *truth >= 0;
}

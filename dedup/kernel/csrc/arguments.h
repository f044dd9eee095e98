/* Arguments taken one by one by the functions that are called for every article: PyArg_ParseTuple reads its format anew each
 * time, which takes longer than some of them do.
 *
 * Each of these is 1, or 0 with an error set, as the converters for PyArg_Parse are, which stand among them. What is taken is
 * borrowed: the caller keeps the arguments, and a tuple its items.
 */
#ifndef DEDUP_ARGUMENTS_H
#define DEDUP_ARGUMENTS_H

#include "kernel.h"

/* For PyMethodDef: a function that is given its arguments as an array. */
#define OF_ARRAY(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL

/* Whether a function was given as many arguments as it takes. */
INTERNAL int arguments_are(Py_ssize_t given, Py_ssize_t wanted, const char *function);
/* The items of a tuple of `count`; `name` is what it is called in errors. */
INTERNAL int arguments_in(PyObject *tuple, PyObject **items, Py_ssize_t count, const char *name);
INTERNAL int argument_is_tuple(PyObject *object);
INTERNAL int argument_is_str(PyObject *object);
/* Anything like bytes. The view is to be released whatever came of it, and so is to be empty before. */
INTERNAL int argument_bytes(PyObject *object, Py_buffer *view);
/* A str in UTF-8, or bytes as they are. */
INTERNAL int argument_utf8(PyObject *object, const char **text, Py_ssize_t *size);
/* Whole numbers; OverflowError for one that does not fit, unlike kernel_whole. */
INTERNAL int argument_size(PyObject *object, Py_ssize_t *number);
INTERNAL int argument_sizes(PyObject *tuple, Py_ssize_t *numbers, Py_ssize_t count, const char *name);
INTERNAL int argument_number(PyObject *object, int64_t *number);
INTERNAL int argument_double(PyObject *object, double *number);
INTERNAL int argument_truth(PyObject *object, int *truth);

#endif

/* Taking an article that is being decided. */
#include "newcomer.h"

static int take_text(Newcomer *newcomer, PyObject *vectors, int64_t ordinal, int64_t published, int64_t background,
                     int with_vectors)
{
    if (with_vectors && newcomer->has_vectors)
        return texts_take(&newcomer->text, vectors, ordinal, published, background);
    if (texts_check_place(ordinal, published) < 0)
        return -1;
    newcomer->text.view.ordinal = (uint64_t)ordinal;
    newcomer->text.view.published = published;
    return 0;
}

int newcomer_take(Newcomer *newcomer, PyObject *tuple, int with_vectors)
{
    int64_t ordinal, published, background;
    PyObject *skeleton, *vectors;
    *newcomer = (Newcomer){.headline = NULL};
    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "a newcomer must be a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(tuple, "O&O&OO&y*y*y*O!:newcomer", kernel_whole, &ordinal, texts_moment, &published, &skeleton,
                          kernel_whole, &background, &newcomer->bands, &newcomer->terms, &newcomer->scores, &PyTuple_Type,
                          &vectors))
        return -1;
    newcomer->has_vectors = PyTuple_Size(vectors) > 0;
    if (take_text(newcomer, vectors, ordinal, published, background, with_vectors) == 0 &&
        texts_take_skeleton(&newcomer->text.view, &newcomer->headline, skeleton) == 0)
        return 0;
    newcomer_release(newcomer);
    return -1;
}

void newcomer_release(Newcomer *newcomer)
{
    PyMem_Free(newcomer->headline);
    PyMem_Free(newcomer->text.memory);
    PyBuffer_Release(&newcomer->bands);
    PyBuffer_Release(&newcomer->terms);
    PyBuffer_Release(&newcomer->scores);
}

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

/* (ordinal, published, skeleton, background, bands, terms, scores, vectors) */
int newcomer_take(Newcomer *newcomer, PyObject *tuple, int with_vectors)
{
    int64_t ordinal, published, background;
    PyObject *items[8];
    *newcomer = (Newcomer){.headline = NULL};
    if (arguments_in(tuple, items, 8, "a newcomer") && kernel_whole(items[0], &ordinal) && texts_moment(items[1], &published) &&
        kernel_whole(items[3], &background) && argument_bytes(items[4], &newcomer->bands) &&
        argument_bytes(items[5], &newcomer->terms) && argument_bytes(items[6], &newcomer->scores) &&
        argument_is_tuple(items[7])) {
        newcomer->has_vectors = PyTuple_Size(items[7]) > 0;
        if (take_text(newcomer, items[7], ordinal, published, background, with_vectors) == 0 &&
            texts_take_skeleton(&newcomer->text.view, &newcomer->headline, items[2]) == 0)
            return 0;
    }
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

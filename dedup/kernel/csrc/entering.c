/* enter: an article that was decided, put among the articles and texts and into their indexes at once.
 *
 * dedup/kernel/reference/meeting.py defines it.
 */
#include "bandindex.h"
#include "newcomer.h"
#include "postings.h"

typedef struct {
    BandIndex *signatures;           /* or NULL */
    Postings *postings;              /* or NULL */
    int dated;
} Home;

/* The indexes of a tuple, which keeps them: an array to be freed with PyMem_Free; NULL with an error set. */
static Home *take_homes(PyObject *module, PyObject *tuple, size_t *count)
{
    *count = (size_t)PyTuple_Size(tuple);
    Home *homes = PyMem_Calloc(*count + 1, sizeof *homes);
    if (homes == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; homes != NULL && i < *count; i++) {
        PyObject *items[3];
        if (arguments_in(PyTuple_GetItem(tuple, (Py_ssize_t)i), items, 3, "a home") &&
            argument_truth(items[2], &homes[i].dated)) {
            homes[i].signatures = kernel_instance_of(module, items[0], BAND_INDEX);
            homes[i].postings = PyErr_Occurred() ? NULL : kernel_instance_of(module, items[1], POSTINGS);
        }
        if (PyErr_Occurred()) {
            PyMem_Free(homes);
            homes = NULL;
        }
    }
    return homes;
}

static int add_signature(BandIndex *index, const Newcomer *newcomer, int64_t moment)
{
    if ((size_t)newcomer->bands.len != 4 * index->bands) {
        PyErr_Format(PyExc_ValueError, "keys must be %zu bytes, not %zd", 4 * index->bands, newcomer->bands.len);
        return -1;
    }
    const uint64_t rank = newcomer->text.view.ordinal;
    if (labels_check(index->labels, index->slots, (int64_t)rank) < 0 || band_index_reserve(index, 1) < 0)
        return -1;
    band_index_prefetch_heads(index, newcomer->bands.buf);
    band_index_prefetch_entries(index, newcomer->bands.buf);
    band_index_insert(index, newcomer->bands.buf, rank, moment);
    return 0;
}

static int add_terms(Postings *index, const Newcomer *newcomer, int64_t moment)
{
    size_t count;
    const uint64_t rank = newcomer->text.view.ordinal;
    if (postings_take_terms(&newcomer->terms, &count) < 0 || labels_check(index->labels, index->slots, (int64_t)rank) < 0 ||
        postings_reserve(index, 1, count) < 0)
        return -1;
    postings_prefetch_cells(index, newcomer->terms.buf, count);
    postings_prefetch_blocks(index, newcomer->terms.buf, count);
    postings_insert(index, newcomer->terms.buf, count, rank, moment);
    return 0;
}

static int enter(Roster *articles, Store *texts, const Home *homes, size_t count, const Newcomer *newcomer, const Place *place)
{
    const View *view = &newcomer->text.view;
    if (articles_admit(articles, view, place) < 0)
        return -1;
    if (place->text && newcomer->has_vectors) {
        if (texts_admit(texts, view, place->story) < 0)
            return -1;
    } else if (place->text) {
        articles->stories[articles_story(articles, place->story)].whole = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const int64_t moment = homes[i].dated && view->published != UNDATED ? view->published : (int64_t)view->ordinal;
        if (homes[i].signatures != NULL && add_signature(homes[i].signatures, newcomer, moment) < 0)
            return -1;
        if (homes[i].postings != NULL && place->text && newcomer->terms.len > 0 &&
            add_terms(homes[i].postings, newcomer, moment) < 0)
            return -1;
    }
    return 0;
}

static int take_place(PyObject *const *args, Place *place)
{
    return kernel_whole(args[0], &place->id) && kernel_whole(args[1], &place->group) && kernel_whole(args[2], &place->story) &&
           argument_truth(args[3], &place->text) && kernel_whole(args[4], &place->version) &&
           argument_truth(args[5], &place->begins);
}

/* enter(articles, texts, homes, newcomer, article_id, group_id, story_id, text, version, begins) */
PyObject *kernel_enter(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Place place;
    Newcomer newcomer;
    size_t count;
    int status = -1;
    if (!arguments_are(given, 10, "enter") || !argument_is_tuple(args[2]) || !take_place(args + 4, &place))
        return NULL;
    Articles *articles = kernel_instance_of(module, args[0], ARTICLES);
    Texts *texts = PyErr_Occurred() ? NULL : kernel_instance_of(module, args[1], TEXTS);
    if (!PyErr_Occurred() && (articles == NULL || texts == NULL))
        PyErr_SetString(PyExc_TypeError, "there must be Articles and Texts");
    if (PyErr_Occurred() || newcomer_take(&newcomer, args[3], 1) < 0)
        return NULL;
    Home *found = take_homes(module, args[2], &count);
    if (found != NULL)
        status = enter(&articles->roster, &texts->store, found, count, &newcomer, &place);
    PyMem_Free(found);
    newcomer_release(&newcomer);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

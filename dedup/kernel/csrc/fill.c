/* fill: the articles of a segment as the database holds them, put into all structures at once.
 *
 * dedup/kernel/reference/filling.py defines it. Rows are taken and room is made for all of them; then they are added
 * without the GIL, so that the caller can read the next ones meanwhile: nobody else may use the structures until then.
 * What is added needs no memory and no object, and says what is wrong with a row, which becomes an error in the end.
 */
#include "articles_arguments.h"
#include "bandindex.h"
#include "postings.h"
#include "stored.h"

#include <stdlib.h>

/* A row is looked at when the second one before it is added: what adding it reads first, all over memory, is asked for by
 * then, and what that leads to while the one before it is added. */
#define AHEAD 3

/* A row, what is wrong with it, if anything, and what it is found by. */
typedef struct {
    const Stored *stored;
    const char *wrong;
    size_t all_terms, key_terms;
    int64_t moment;
    View view;
    /* Room for the vectors of any row, one after the other, for the words of any headline, and for any keys. */
    uint32_t *hashes, *words;
    uint16_t *weights;
    uint8_t keys[4 * MAX_BANDS], terms[4 * MOST_TERMS];
} Row;

typedef struct {
    Roster *articles;
    Store *texts;                    /* or NULL */
    BandIndex *signatures;           /* or NULL */
    Postings *postings;              /* or NULL */
    int dated;
    size_t bands, rows, key_terms;
    Stored *stored;
    size_t count;
    uint64_t *pairs;                 /* room for the terms of any body */
    Row ahead[AHEAD];                /* by turns */
} Filling;

static int is_told(const Filling *filling, const Stored *row)
{
    return filling->texts != NULL && row->text;
}

/* At least as many as the vectors of a row have, where these are as they must be. */
static size_t most_terms(const Filling *filling, const Stored *row)
{
    return is_told(filling, row) && row->terms.size > STORED_HEAD ? (row->terms.size - STORED_HEAD) / 6 : 0;
}

/* How many rows are as they must be before the first that is not, or all; -1 with MemoryError. */
static int take_rows(Filling *filling, PyObject *tuple)
{
    const size_t given = (size_t)PyTuple_Size(tuple);
    filling->stored = PyMem_Malloc((given > 0 ? given : 1) * sizeof *filling->stored);
    if (filling->stored == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    while (filling->count < given &&
           stored_take(PyTuple_GetItem(tuple, (Py_ssize_t)filling->count), &filling->stored[filling->count]) == 0)
        filling->count++;
    /* It is taken once more when those before it are added. */
    PyErr_Clear();
    return 0;
}

/* Room for all that is added; -1 with an error set. */
static int make_room(Filling *filling)
{
    size_t terms = 0, keys = 0, words = 0, texts = 0, most = 0, longest = 0, known = 0;
    for (size_t i = 0; i < filling->count; i++) {
        const Stored *row = &filling->stored[i];
        const size_t own = most_terms(filling, row), headline = row->words.size / 4;
        const uint32_t place = articles_by_id(filling->articles, row->id);
        terms += own;
        keys += own < filling->key_terms ? own : filling->key_terms;
        words += headline;
        texts += (size_t)is_told(filling, row);
        most = own > most ? own : most;
        longest = headline > longest ? headline : longest;
        if (place != NONE && filling->articles->articles[place].words > known)
            known = filling->articles->articles[place].words;
    }
    /* A text has the headline of its article, which may be another than that of its row. */
    const size_t headlines = texts * (longest > known ? longest : known);
    int missing = (filling->pairs = PyMem_Malloc((most + 1) * sizeof *filling->pairs)) == NULL;
    for (size_t i = 0; i < AHEAD; i++) {
        Row *row = &filling->ahead[i];
        missing |= (row->hashes = PyMem_Malloc((most + 1) * sizeof *row->hashes)) == NULL;
        missing |= (row->weights = PyMem_Malloc((most + 1) * sizeof *row->weights)) == NULL;
        missing |= (row->words = PyMem_Malloc((longest + 1) * sizeof *row->words)) == NULL;
    }
    if (missing) {
        PyErr_NoMemory();
        return -1;
    }
    if (articles_reserve(filling->articles, filling->count, words) < 0 ||
        (filling->texts != NULL && texts_reserve(filling->texts, texts, texts, terms, headlines) < 0) ||
        (filling->signatures != NULL && band_index_reserve(filling->signatures, filling->count) < 0))
        return -1;
    return filling->postings == NULL ? 0 : postings_reserve(filling->postings, texts, keys);
}

/* The vectors of a row, as dedup.sketch.terms stores them, into its view, and the terms that it is found by. */
static const char *read_terms(const Filling *filling, Row *row)
{
    const Bytes stored = row->stored->terms;
    size_t sizes[FIELDS], count = 0, start;
    if (stored.size < STORED_HEAD)
        return "its terms";
    row->all_terms = load16(stored.bytes);
    for (int field = 0; field < FIELDS; field++) {
        sizes[field] = load16(stored.bytes + 2 * (field + 1));
        count += sizes[field];
    }
    start = STORED_HEAD + 4 * row->all_terms;
    if (stored.size != start + 6 * count)
        return "its terms";
    row->view.background = load16(stored.bytes + STORED_HEAD - 2);
    if (filling->postings != NULL && row->all_terms > 0) {
        const uint8_t *body = stored.bytes + start;
        row->key_terms = key_terms_choose(body, body + 4 * sizes[BODY], sizes[BODY], filling->key_terms, row->stored->salt,
                                          filling->pairs);
        for (size_t i = 0; i < row->key_terms; i++)
            store32(row->terms + 4 * i, (uint32_t)(filling->pairs[i] >> 32));
    }
    count = 0;
    for (int field = 0; field < FIELDS; field++) {
        const uint8_t *hashes = stored.bytes + start, *weights = hashes + 4 * sizes[field];
        if (!kernel_is_ascending(hashes, sizes[field]))
            return "its terms are not sorted and unique";
        for (size_t i = 0; i < sizes[field]; i++) {
            row->hashes[count] = load32(hashes + 4 * i);
            row->weights[count++] = load16(weights + 2 * i);
        }
        row->view.sizes[field] = (uint32_t)sizes[field];
        start += 6 * sizes[field];
    }
    row->view.hashes = row->hashes;
    row->view.weights = row->weights;
    return NULL;
}

static const char *read_signature(const Filling *filling, Row *row)
{
    uint32_t keys[MAX_BANDS];
    const Bytes signature = row->stored->signature;
    if (signature.size % 4 != 0 || signature.size / 4 < filling->bands * filling->rows)
        return "its signature";
    kernel_keys_of_bands(signature.bytes, filling->bands, filling->rows, keys);
    copy_numbers(row->keys, keys, filling->bands, sizeof(uint32_t));
    return NULL;
}

/* Reads a row that comes soon and begins to load what adding it reads first. */
static void read_row(Filling *filling, size_t place)
{
    Row *row = &filling->ahead[place % AHEAD];
    const Stored *stored = row->stored = &filling->stored[place];
    row->all_terms = row->key_terms = 0;
    row->view = (View){.ordinal = (uint64_t)stored->ordinal, .published = stored->published,
                       .publisher = stored->publisher.size == 0 ? 0 : load32(stored->publisher.bytes),
                       .words = (uint32_t)(stored->words.size / 4), .headline = row->words};
    copy_numbers(row->words, stored->words.bytes, row->view.words, sizeof(uint32_t));
    row->moment = filling->dated && stored->published != UNDATED ? stored->published : stored->ordinal;
    row->wrong = is_told(filling, stored) ? read_terms(filling, row) : NULL;
    if (row->wrong == NULL && filling->signatures != NULL)
        row->wrong = read_signature(filling, row);
    if (row->wrong != NULL)
        return;
    articles_prefetch(filling->articles, stored->id, stored->ordinal, stored->group);
    if (filling->signatures != NULL)
        band_index_prefetch_heads(filling->signatures, row->keys);
    if (row->key_terms > 0)
        postings_prefetch_cells(filling->postings, row->terms, row->key_terms);
}

/* Begins to load what that leads to. */
static void follow_row(const Filling *filling, size_t place)
{
    const Row *row = &filling->ahead[place % AHEAD];
    if (row->wrong != NULL)
        return;
    if (filling->signatures != NULL)
        band_index_prefetch_entries(filling->signatures, row->keys);
    if (row->key_terms > 0)
        postings_prefetch_blocks(filling->postings, row->terms, row->key_terms);
}

/* An article that is not there yet. One that is there has the same ordinal. */
static const char *add_article(const Filling *filling, const Row *row)
{
    const Stored *stored = row->stored;
    const uint32_t place = articles_by_id(filling->articles, stored->id);
    if (place != articles_by_ordinal(filling->articles, stored->ordinal))
        return "its ordinal is that of another article, or it has another";
    if (place != NONE)
        return NULL;
    const Article article = {.ordinal = row->view.ordinal, .id = stored->id, .published = stored->published,
                             .words = row->view.words, .publisher = row->view.publisher, .version = stored->version,
                             .text = (uint32_t)stored->text};
    articles_add(filling->articles, &article, row->words, stored->group, stored->story, 0);
    return NULL;
}

/* A text is in the story that its group is in now; one without a word is in none. Its skeleton is that of its article. */
static void add_text(const Filling *filling, const Row *row)
{
    const Roster *articles = filling->articles;
    const Article *article = &articles->articles[articles_by_id(articles, row->stored->id)];
    const uint32_t story = articles->groups[article->group].story;
    View view = row->view;
    view.publisher = article->publisher;
    view.words = article->words;
    view.headline = articles->hashes + article->headline;
    if (row->all_terms == 0) {
        if (story != NONE)
            articles->stories[story].whole = 0;
    } else if (story != NONE && texts_find(filling->texts, row->stored->ordinal) == NONE) {
        texts_add(filling->texts, &view, articles->stories[story].number);
    }
}

static const char *const out_of_order = "its rank must be higher than all before";

/* What is wrong with a row, or NULL. */
static const char *add_row(const Filling *filling, size_t place)
{
    const Row *row = &filling->ahead[place % AHEAD];
    const char *wrong = row->wrong == NULL ? add_article(filling, row) : row->wrong;
    BandIndex *signatures = filling->signatures;
    Postings *postings = filling->postings;
    if (wrong != NULL)
        return wrong;
    if (is_told(filling, row->stored))
        add_text(filling, row);
    if (signatures != NULL) {
        if (!labels_follow(signatures->labels, signatures->slots, row->stored->ordinal))
            return out_of_order;
        band_index_insert(signatures, row->keys, row->view.ordinal, row->moment);
    }
    if (row->key_terms > 0) {
        if (!labels_follow(postings->labels, postings->slots, row->stored->ordinal))
            return out_of_order;
        postings_insert(postings, row->terms, row->key_terms, row->view.ordinal, row->moment);
    }
    return NULL;
}

static const char *add_rows(Filling *filling)
{
    const char *wrong = NULL;
    for (size_t i = 0; wrong == NULL && i < filling->count + AHEAD - 1; i++) {
        if (i < filling->count)
            read_row(filling, i);
        if (i >= 1 && i - 1 < filling->count)
            follow_row(filling, i - 1);
        if (i >= AHEAD - 1)
            wrong = add_row(filling, i - (AHEAD - 1));
    }
    return wrong;
}

static int fill(Filling *filling, PyObject *tuple)
{
    const char *wrong;
    if (take_rows(filling, tuple) < 0 || make_room(filling) < 0)
        return -1;
    Py_BEGIN_ALLOW_THREADS
    wrong = add_rows(filling);
    Py_END_ALLOW_THREADS
    if (wrong != NULL)
        return stored_malformed(wrong);
    const Py_ssize_t next = (Py_ssize_t)filling->count;
    return next == PyTuple_Size(tuple) ? 0 : stored_take(PyTuple_GetItem(tuple, next), filling->stored);
}

static int take_filling(PyObject *module, PyObject *const given[4], Filling *filling)
{
    Articles *articles = kernel_instance_of(module, given[0], ARTICLES);
    Texts *texts = PyErr_Occurred() ? NULL : kernel_instance_of(module, given[1], TEXTS);
    filling->signatures = PyErr_Occurred() ? NULL : kernel_instance_of(module, given[2], BAND_INDEX);
    filling->postings = PyErr_Occurred() ? NULL : kernel_instance_of(module, given[3], POSTINGS);
    if (PyErr_Occurred())
        return -1;
    if (articles == NULL) {
        PyErr_SetString(PyExc_TypeError, "there must be Articles");
        return -1;
    }
    filling->articles = &articles->roster;
    filling->texts = texts == NULL ? NULL : &texts->store;
    return 0;
}

/* fill(rows, dated, articles, texts, signatures, terms, (bands, rows), key_terms) */
PyObject *kernel_fill(PyObject *module, PyObject *args)
{
    PyObject *rows, *given[4], *shape;
    int64_t numbers[2], key_terms;
    int dated, status = -1;
    if (!PyArg_ParseTuple(args, "OpOOOOOO&:fill", &rows, &dated, &given[0], &given[1], &given[2], &given[3], &shape, kernel_whole,
                          &key_terms) ||
        kernel_some_wholes(shape, numbers, 2, "bands") < 0)
        return NULL;
    PyObject *tuple = PySequence_Tuple(rows);
    Filling *filling = tuple == NULL ? NULL : PyMem_Calloc(1, sizeof *filling);
    if (filling == NULL) {
        Py_XDECREF(tuple);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    filling->dated = dated;
    if (take_filling(module, given, filling) == 0) {
        filling->bands = (size_t)numbers[0];
        filling->rows = (size_t)numbers[1];
        filling->key_terms = (size_t)key_terms;
        if (numbers[0] < 1 || numbers[0] > MAX_BANDS || numbers[1] < 1 || numbers[1] > MAX_PERMUTATIONS || key_terms < 0 ||
            key_terms > MOST_TERMS || (filling->signatures != NULL && filling->signatures->bands != filling->bands))
            PyErr_SetString(PyExc_ValueError, "bands, rows or key_terms are out of range");
        else
            status = fill(filling, tuple);
    }
    PyMem_Free(filling->stored);
    PyMem_Free(filling->pairs);
    for (size_t i = 0; i < AHEAD; i++) {
        PyMem_Free(filling->ahead[i].hashes);
        PyMem_Free(filling->ahead[i].weights);
        PyMem_Free(filling->ahead[i].words);
    }
    PyMem_Free(filling);
    Py_DECREF(tuple);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

/* fill: the articles of a segment as the database holds them, put into all structures at once.
 *
 * dedup/sketch/reference_filling.py defines it. All arguments are taken before any structure is touched; rows are taken
 * one after the other, and taking one runs no Python code: only integers, exact bytes and tuples are let in, and of a
 * tuple of a class of its own, as rows that the present batch changed are, what it holds is taken and not what it says.
 */
#include "articles_arguments.h"
#include "bandindex.h"
#include "postings.h"

#include <stdlib.h>

/* Lengths of all terms and of the vectors, then the background. */
#define HEAD_BYTES 12

enum { ID, ORDINAL, PUBLISHED, GROUP, STORY, IS_TEXT, VERSION, PUBLISHER, WORDS, SALT, SIGNATURE, TERMS, COLUMNS };

typedef struct {
    Roster *articles;
    Store *texts;                    /* or NULL */
    BandIndex *signatures;           /* or NULL */
    Postings *postings;              /* or NULL */
    int dated;
    size_t bands, rows, key_terms;
    uint32_t *hashes;                /* of the row's vectors, one after the other */
    uint16_t *weights;
    uint64_t *ranks;
    size_t room;                     /* of each of these */
    uint32_t terms[MOST_TERMS];
    uint16_t scores[MOST_TERMS];
    uint8_t keys[2][4 * MAX_BANDS];  /* the band keys of this row and of the next one, by turns */
    unsigned turn;
} Filling;

typedef struct {
    const uint8_t *bytes;
    size_t size;
} Bytes;

typedef struct {
    int64_t numbers[COLUMNS];
    Bytes parts[COLUMNS];
    const uint8_t *body, *body_weights;
    size_t all_terms;
    View view;
} Row;

static int malformed(const char *what)
{
    PyErr_Format(PyExc_ValueError, "a row is not as it must be: %s", what);
    return -1;
}

static int take_row(PyObject *tuple, Row *row)
{
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != COLUMNS)
        return malformed("its columns");
    for (int column = 0; column < COLUMNS; column++) {
        PyObject *item = PyTuple_GetItem(tuple, column);
        const int is_bytes = column == PUBLISHER || column == WORDS || column == SIGNATURE || column == TERMS;
        if (is_bytes) {
            char *bytes;
            Py_ssize_t size;
            if (!PyBytes_CheckExact(item) || PyBytes_AsStringAndSize(item, &bytes, &size) < 0)
                return malformed("what must be bytes");
            row->parts[column] = (Bytes){(const uint8_t *)bytes, (size_t)size};
        } else {
            const int is_there = PyLong_Check(item) || (column == PUBLISHED && item == Py_None);
            if (!is_there || !(column == PUBLISHED ? texts_moment : kernel_whole)(item, &row->numbers[column]))
                return malformed("what must be a number");
        }
    }
    if (articles_check(row->numbers[ID], "article_id") < 0 || articles_check(row->numbers[GROUP], "group_id") < 0 ||
        articles_check(row->numbers[STORY], "story_id") < 0 ||
        texts_check_place(row->numbers[ORDINAL], row->numbers[PUBLISHED]) < 0)
        return -1;
    if (row->numbers[VERSION] < 0 || row->numbers[VERSION] > UINT32_MAX || row->numbers[SALT] < 0 ||
        row->numbers[SALT] > UINT32_MAX)
        return malformed("its version or salt");
    if ((row->parts[PUBLISHER].size != 0 && row->parts[PUBLISHER].size != 4) || row->parts[WORDS].size % 4 != 0 ||
        row->parts[WORDS].size / 4 >= (size_t)1 << 30)
        return malformed("its skeleton");
    return kernel_ascending(row->parts[WORDS].bytes, row->parts[WORDS].size / 4);
}

static int reserve(Filling *filling, size_t terms)
{
    if (terms <= filling->room)
        return 0;
    void *hashes = PyMem_Realloc(filling->hashes, terms * sizeof *filling->hashes);
    filling->hashes = hashes == NULL ? filling->hashes : hashes;
    void *weights = PyMem_Realloc(filling->weights, terms * sizeof *filling->weights);
    filling->weights = weights == NULL ? filling->weights : weights;
    void *ranks = PyMem_Realloc(filling->ranks, terms * sizeof *filling->ranks);
    filling->ranks = ranks == NULL ? filling->ranks : ranks;
    if (hashes == NULL || weights == NULL || ranks == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    filling->room = terms;
    return 0;
}

/* The vectors of a row, as dedup.sketch.terms stores them, into its view. */
static int take_terms(Filling *filling, Row *row)
{
    const Bytes stored = row->parts[TERMS];
    size_t sizes[FIELDS], count = 0, start;
    if (stored.size < HEAD_BYTES)
        return malformed("its terms");
    row->all_terms = load16(stored.bytes);
    for (int field = 0; field < FIELDS; field++) {
        sizes[field] = load16(stored.bytes + 2 * (field + 1));
        count += sizes[field];
    }
    start = HEAD_BYTES + 4 * row->all_terms;
    if (stored.size != start + 6 * count)
        return malformed("its terms");
    if (reserve(filling, count + 1) < 0)
        return -1;
    row->view.background = load16(stored.bytes + HEAD_BYTES - 2);
    row->body = stored.bytes + start;
    row->body_weights = row->body + 4 * sizes[BODY];
    count = 0;
    for (int field = 0; field < FIELDS; field++) {
        const uint8_t *hashes = stored.bytes + start, *weights = hashes + 4 * sizes[field];
        if (kernel_ascending(hashes, sizes[field]) < 0)
            return -1;
        for (size_t i = 0; i < sizes[field]; i++) {
            filling->hashes[count] = load32(hashes + 4 * i);
            filling->weights[count++] = load16(weights + 2 * i);
        }
        row->view.sizes[field] = (uint32_t)sizes[field];
        start += 6 * sizes[field];
    }
    row->view.hashes = filling->hashes;
    row->view.weights = filling->weights;
    return 0;
}

/* An article that is not there yet. One that is there has the same ordinal. */
static int add_article(Filling *filling, const Row *row, const uint32_t *words)
{
    const uint32_t place = articles_by_id(filling->articles, row->numbers[ID]);
    if (place != articles_by_ordinal(filling->articles, row->numbers[ORDINAL]))
        return malformed("its ordinal is that of another article, or it has another");
    if (place != NONE)
        return 0;
    if (articles_reserve(filling->articles, row->view.words) < 0)
        return -1;
    const Article article = {.ordinal = row->view.ordinal, .id = row->numbers[ID], .published = row->view.published,
                             .words = row->view.words, .publisher = row->view.publisher,
                             .version = (uint32_t)row->numbers[VERSION], .text = row->numbers[IS_TEXT] != 0};
    articles_add(filling->articles, &article, words, row->numbers[GROUP], row->numbers[STORY], 0);
    return 0;
}

/* A text is in the story that its group is in now; one without a word is in none. Its skeleton is that of its article. */
static int add_text(const Filling *filling, const Row *row)
{
    const Roster *articles = filling->articles;
    const Article *article = &articles->articles[articles_by_id(articles, row->numbers[ID])];
    const uint32_t story = articles->groups[article->group].story;
    View view = row->view;
    view.publisher = article->publisher;
    view.words = article->words;
    view.headline = articles->hashes + article->headline;
    if (row->all_terms == 0) {
        if (story != NONE)
            articles->stories[story].whole = 0;
        return 0;
    }
    if (story == NONE || texts_find(filling->texts, row->numbers[ORDINAL]) != NONE)
        return 0;
    return texts_add(filling->texts, &view, articles->stories[story].number);
}

/* Makes the keys of a row that comes next, if it has any, and begins to load what its insertion reads. */
static void look_ahead(Filling *filling, PyObject *tuple)
{
    uint32_t keys[MAX_BANDS];
    uint8_t *const made = filling->keys[!filling->turn];
    if (filling->signatures == NULL || !PyTuple_Check(tuple) || PyTuple_Size(tuple) != COLUMNS)
        return;
    PyObject *signature = PyTuple_GetItem(tuple, SIGNATURE);
    if (!PyBytes_CheckExact(signature) || (size_t)PyBytes_Size(signature) / 4 < filling->bands * filling->rows)
        return;
    kernel_keys_of_bands((const uint8_t *)PyBytes_AsString(signature), filling->bands, filling->rows, keys);
    for (size_t band = 0; band < filling->bands; band++)
        store32(made + 4 * band, keys[band]);
    band_index_prefetch_heads(filling->signatures, made);
}

/* The keys were made when the row was looked at as the next one. */
static int add_signature(const Filling *filling, const Row *row, int64_t moment)
{
    BandIndex *index = filling->signatures;
    if (labels_check(index->labels, index->slots, row->numbers[ORDINAL]) < 0 || band_index_reserve(index, 1) < 0)
        return -1;
    band_index_insert(index, filling->keys[filling->turn], row->view.ordinal, moment);
    return 0;
}

static int add_postings(Filling *filling, const Row *row, int64_t moment)
{
    uint8_t bytes[4 * MOST_TERMS];
    Postings *index = filling->postings;
    const size_t kept = key_terms_of(row->body, row->body_weights, row->view.sizes[BODY], filling->key_terms,
                                     (uint32_t)row->numbers[SALT], filling->ranks, filling->terms, filling->scores);
    if (kept == 0)
        return 0;
    if (labels_check(index->labels, index->slots, row->numbers[ORDINAL]) < 0 || postings_reserve(index, kept) < 0)
        return -1;
    for (size_t i = 0; i < kept; i++)
        store32(bytes + 4 * i, filling->terms[i]);
    postings_insert(index, bytes, kept, row->view.ordinal, moment);
    return 0;
}

static int add_row(Filling *filling, PyObject *tuple)
{
    Row row = {.view = {.ordinal = 0}};
    uint32_t *words;
    if (take_row(tuple, &row) < 0)
        return -1;
    const int told = filling->texts != NULL && row.numbers[IS_TEXT] != 0;
    if (told && take_terms(filling, &row) < 0)
        return -1;
    const size_t signature = row.parts[SIGNATURE].size;
    if (filling->signatures != NULL && (signature % 4 != 0 || signature / 4 < filling->bands * filling->rows))
        return malformed("its signature");
    if (filling->signatures != NULL)
        band_index_prefetch(filling->signatures, filling->keys[filling->turn]);
    row.view.ordinal = (uint64_t)row.numbers[ORDINAL];
    row.view.published = row.numbers[PUBLISHED];
    row.view.publisher = row.parts[PUBLISHER].size == 0 ? 0 : load32(row.parts[PUBLISHER].bytes);
    row.view.words = (uint32_t)(row.parts[WORDS].size / 4);
    words = PyMem_Malloc(row.parts[WORDS].size + 4);
    if (words == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < row.view.words; i++)
        words[i] = load32(row.parts[WORDS].bytes + 4 * i);
    row.view.headline = words;
    const int64_t moment = filling->dated && row.view.published != UNDATED ? row.view.published : row.numbers[ORDINAL];
    int status = add_article(filling, &row, words);
    if (status == 0 && told)
        status = add_text(filling, &row);
    if (status == 0 && filling->signatures != NULL)
        status = add_signature(filling, &row, moment);
    if (status == 0 && told && row.all_terms > 0 && filling->postings != NULL)
        status = add_postings(filling, &row, moment);
    PyMem_Free(words);
    return status;
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
    int dated, status = 0;
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
    if (take_filling(module, given, filling) < 0) {
        status = -1;
    } else if (numbers[0] < 1 || numbers[0] > MAX_BANDS || numbers[1] < 1 || numbers[1] > MAX_PERMUTATIONS || key_terms < 0 ||
               key_terms > MOST_TERMS || (filling->signatures != NULL && filling->signatures->bands != (size_t)numbers[0])) {
        PyErr_SetString(PyExc_ValueError, "bands, rows or key_terms are out of range");
        status = -1;
    }
    filling->bands = (size_t)numbers[0];
    filling->rows = (size_t)numbers[1];
    filling->key_terms = (size_t)key_terms;
    const Py_ssize_t count = PyTuple_Size(tuple);
    if (status == 0 && count > 0)
        look_ahead(filling, PyTuple_GetItem(tuple, 0));
    for (Py_ssize_t i = 0; status == 0 && i < count; i++) {
        filling->turn = !filling->turn;
        if (i + 1 < count)
            look_ahead(filling, PyTuple_GetItem(tuple, i + 1));
        status = add_row(filling, PyTuple_GetItem(tuple, i));
    }
    PyMem_Free(filling->hashes);
    PyMem_Free(filling->weights);
    PyMem_Free(filling->ranks);
    PyMem_Free(filling);
    Py_DECREF(tuple);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

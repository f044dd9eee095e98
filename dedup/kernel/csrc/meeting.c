/* meet and weigh_up: whom an article that is being decided meets, and how it fits their stories.
 *
 * dedup/kernel/reference/meeting.py defines both. Arguments are taken first, then the structures are used, and results
 * are made last; what compares sets of shingles may run Python code, so nothing that points into a structure outlives it.
 */
#include "bandindex.h"
#include "chance.h"
#include "newcomer.h"
#include "postings.h"

enum { NEAR_ENOUGH, ISSUE, CHANCE, SILENT };

typedef struct {
    Py_ssize_t chain, limit, term_chain, term_limit, compared;
} Search;

typedef struct {
    Py_ssize_t chain, around, seen, weighed, spoken, shown, enough;
    double least, joining;
    Chance chance;
    Py_buffer days;
    Calendar calendar;
} Measures;

/* What is told of a story beside the fit; `shared`, as in query_shared, is to be freed with PyMem_Free. */
typedef struct {
    int apart;
    int64_t id;
    uint64_t *shared;
    size_t count;
} Known;

static int is_negative(Py_ssize_t one, Py_ssize_t other)
{
    if (one >= 0 && other >= 0)
        return 0;
    PyErr_SetString(PyExc_ValueError, "chain, limit and what else is counted must not be negative");
    return 1;
}

/* Where texts that share terms with a newcomer are looked for; `spans` is to be freed with PyMem_Free. */
typedef struct {
    Stretch *spans;
    size_t count;
    Wanted wanted;
} Sought;

/* Also starts to load what the search reads first. -1 with an error set. */
static int seek(PyObject *module, PyObject *tuple, const Newcomer *newcomer, Sought *sought)
{
    sought->spans = postings_take_spans(tuple, kernel_type(module, POSTINGS), &sought->count);
    if (sought->spans == NULL || postings_take_wanted(&newcomer->terms, &newcomer->scores, &sought->wanted) < 0)
        return -1;
    for (size_t i = 0; i < sought->count; i++)
        if (sought->spans[i].index->live > 0)
            postings_prefetch_cells(sought->spans[i].index, sought->wanted.terms, sought->wanted.count);
    return 0;
}

/* The ordinals of the best texts that share terms with a newcomer: an array to be freed with PyMem_Free. */
static int64_t *by_terms(const Sought *sought, Py_ssize_t chain, Py_ssize_t limit, size_t *found)
{
    uint64_t *best = postings_search(sought->spans, sought->count, &sought->wanted, (size_t)chain, (size_t)limit, found);
    for (size_t i = 0; best != NULL && i < *found; i++)
        best[i] &= MAX_RANK - 1;
    return (int64_t *)best;
}

static int64_t *by_bands(PyObject *module, PyObject *tuple, const Newcomer *newcomer, const Search *search, size_t *found)
{
    size_t bands, count;
    uint64_t *best = NULL;
    Span *spans = NULL;
    if (kernel_count(&newcomer->bands, 4, "keys", &bands) == 0)
        spans = band_index_take_spans(tuple, kernel_type(module, BAND_INDEX), bands, &count);
    if (spans != NULL)
        best = band_index_search(spans, count, newcomer->bands.buf, (size_t)search->chain, (size_t)search->limit, found);
    PyMem_Free(spans);
    for (size_t i = 0; best != NULL && i < *found; i++)
        best[i] &= MAX_RANK - 1;
    return (int64_t *)best;
}

/* The articles to compare, in `wanted`, and the texts related; -1 with an error set. */
static int find(PyObject *module, PyObject *const near[2], const Newcomer *newcomer, const Search *search, Comparing *wanted,
                int64_t **related, size_t *count)
{
    size_t similar;
    Sought sought = {.spans = NULL};
    int64_t *ordinals = NULL, *grown = NULL;
    *count = 0;
    if (newcomer->terms.len == 0 || seek(module, near[1], newcomer, &sought) == 0)
        ordinals = by_bands(module, near[0], newcomer, search, &similar);
    if (ordinals != NULL && newcomer->terms.len > 0)
        *related = by_terms(&sought, search->term_chain, search->term_limit, count);
    else if (ordinals != NULL && (*related = PyMem_Malloc(1)) == NULL)
        PyErr_NoMemory();
    if (*related != NULL) {
        const size_t more = (size_t)search->compared < *count ? (size_t)search->compared : *count;
        grown = PyMem_Realloc(ordinals, (similar + more + 1) * sizeof *ordinals);
        if (grown == NULL)
            PyErr_NoMemory();
        else if (more > 0)
            memcpy(grown + similar, *related, more * sizeof *grown);
        wanted->count = similar + more;
    }
    if (grown == NULL)
        PyMem_Free(ordinals);
    PyMem_Free(sought.spans);
    wanted->ordinals = grown;
    return grown == NULL ? -1 : 0;
}

static PyObject *bytes64(const int64_t *numbers, size_t count)
{
    return PyBytes_FromStringAndSize((const char *)numbers, (Py_ssize_t)(count * sizeof *numbers));
}

static int take_search(PyObject *tuple, Search *search)
{
    Py_ssize_t given[5];
    if (!argument_sizes(tuple, given, 5, "the search"))
        return 0;
    *search = (Search){given[0], given[1], given[2], given[3], given[4]};
    return !is_negative(search->chain, search->limit) && !is_negative(search->term_chain, search->term_limit) &&
           !is_negative(search->compared, 0);
}

/* (share, enough) */
static int take_limits(PyObject *tuple, Comparing *wanted)
{
    PyObject *items[2];
    return arguments_in(tuple, items, 2, "the limits") && argument_double(items[0], &wanted->share) &&
           kernel_whole(items[1], &wanted->enough);
}

static int take_near(PyObject *tuple, PyObject **near)
{
    return arguments_in(tuple, near, 2, "what is near") && argument_is_tuple(near[0]) && argument_is_tuple(near[1]);
}

static PyObject *meet(PyObject *module, const Roster *articles, PyObject *const near[2], const Newcomer *newcomer,
                      const Search *search, Comparing *wanted)
{
    PyObject *result = NULL;
    int64_t *related = NULL;
    size_t count;
    Compared told;
    wanted->newcomer = newcomer->text.view;
    if (find(module, near, newcomer, search, wanted, &related, &count) == 0 && articles_compare(articles, wanted, &told) == 0)
        result = Py_BuildValue("(NNNNN)", bytes64(wanted->ordinals, wanted->count), bytes64(related, count), told.found,
                               told.unknown, told.missing);
    PyMem_Free(related);
    PyMem_Free(wanted->ordinals);
    return result;
}

/* meet(articles, newcomer, shingles, sets, near, search, limits) */
PyObject *kernel_meet(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    PyObject *near[2], *result = NULL;
    size_t size;
    Search search;
    Newcomer newcomer;
    Comparing wanted = {.ordinals = NULL};
    if (arguments_are(given, 7, "meet") && argument_bytes(args[2], &wanted.shingles) && take_near(args[4], near) &&
        take_search(args[5], &search) && take_limits(args[6], &wanted)) {
        Articles *articles = kernel_instance_of(module, args[0], ARTICLES);
        if (articles == NULL && !PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "there must be Articles");
        if (articles != NULL && articles_take_sets(&wanted, args[3]) == 0 &&
            kernel_count(&wanted.shingles, 4, "shingles", &size) == 0 && newcomer_take(&newcomer, args[1], 0) == 0) {
            result = meet(module, &articles->roster, near, &newcomer, &search, &wanted);
            newcomer_release(&newcomer);
        }
    }
    PyBuffer_Release(&wanted.shingles);
    return result;
}

/* Whether two headlines have so many terms together in the other's body. Both are put into another order. */
static int speak_of_one_thing(const Across *mine, const Across *theirs, size_t spoken)
{
    const size_t some = kernel_greatest(mine->shared, mine->count, spoken);
    const size_t others = kernel_greatest(theirs->shared, theirs->count, spoken);
    size_t distinct = some;
    for (size_t i = 0; i < others; i++) {
        size_t k = 0;
        while (k < some && (uint32_t)mine->shared[k] != (uint32_t)theirs->shared[i])
            k++;
        distinct += k == some;
    }
    return distinct >= spoken;
}

/* Whether and why a text is apart from a story that it fits, `slot` being its nearest text; -1 with MemoryError. */
static int apart_from(const Query *query, const View *text, const StoryFit *fit, uint32_t slot, const Known *told,
                      const Measures *measures)
{
    const Store *const texts = query->store;
    if (text->words > 0 && text->published != UNDATED && texts_is_issue(texts, texts_story(texts, fit->story), text))
        return ISSUE;
    if (fit->log_odds < measures->joining)
        return NEAR_ENOUGH;
    Shares shares = {.bodies = {told->shared, told->count}};
    int apart = shares_take(query, slot, &measures->calendar, &shares);
    if (apart == 0) {
        const Common common = shares_common(&shares, text->sizes[BODY], texts->texts[slot].sizes[BODY]);
        if (chance_is_all(&measures->chance, &common, fit->dated))
            apart = CHANCE;
        else
            apart = speak_of_one_thing(&shares.mine, &shares.theirs, (size_t)measures->spoken) ? NEAR_ENOUGH : SILENT;
    }
    shares_free(&shares);
    return apart;
}

static int tell(const Roster *articles, const Query *query, const View *text, const StoryFit *fit, const Measures *measures,
                Known *told)
{
    const uint32_t slot = texts_find(query->store, (int64_t)fit->nearest);
    const uint32_t place = articles_by_ordinal(articles, (int64_t)fit->nearest);
    if (place == NONE)
        return kernel_key_error((int64_t)fit->nearest);
    told->id = articles->articles[place].id;
    told->shared = evidence_shared(query, slot, BODY, BODY, &told->count);
    if (told->shared == NULL)
        return -1;
    told->apart = apart_from(query, text, fit, slot, told, measures);
    told->count = kernel_greatest(told->shared, told->count, (size_t)measures->shown);
    return told->apart < 0 ? -1 : 0;
}

static PyObject *told_list(const StoryFit *fits, const Known *told, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *one = Py_BuildValue("(LddLiLN)", (long long)fits[i].story, fits[i].log_odds, fits[i].days,
                                      (long long)fits[i].nearest, told[i].apart, (long long)told[i].id,
                                      evidence_terms(told[i].shared, told[i].count));
        if (one == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, one);
    }
    return list;
}

/* Whom a newcomer meets, its fits, and what is told of those that are likely enough, up to the last that is wanted; how many
 * these are, or -1 with an error set. `told` is to be freed with PyMem_Free, and the `shared` of each. */
static Py_ssize_t weigh_and_tell(const Roster *articles, Store *texts, const View *text, const Ordinals *related,
                                 const Ordinals *around, const Weights *weights, const Measures *measures, Weighed *weighed,
                                 Known **told)
{
    Py_ssize_t count = 0, wanted = measures->enough, near = 0;
    Query query;
    if (query_open(texts, &query, text) < 0)
        return -1;
    int status = evidence_weigh(&query, text, related, around, weights, (size_t)measures->seen, (size_t)measures->weighed,
                                weighed);
    if (status == 0 && (*told = PyMem_Calloc(weighed->count + 1, sizeof **told)) == NULL) {
        PyErr_NoMemory();
        status = -1;
    }
    View decided = *text;
    decided.background = weighed->background;
    for (const StoryFit *fit = weighed->fits; status == 0 && wanted > 0 && count < (Py_ssize_t)weighed->count &&
                                              fit->log_odds >= measures->least; fit++, count++) {
        status = tell(articles, &query, &decided, fit, measures, &(*told)[count]);
        if ((*told)[count].apart == NEAR_ENOUGH)
            wanted -= near++ > 0 || fit->log_odds < measures->joining;
    }
    query_close(&query);
    for (Py_ssize_t i = 0; status < 0 && i < count; i++)
        PyMem_Free((*told)[i].shared);
    return status < 0 ? -1 : count;
}

static PyObject *weigh_up(PyObject *module, const Roster *articles, Store *texts, PyObject *recent, const Newcomer *newcomer,
                          const Ordinals *related, const Weights *weights, const Measures *measures)
{
    Ordinals around = {NULL, 0};
    Weighed weighed = {0, NULL, 0};
    Known *told = NULL;
    Sought sought;
    Py_ssize_t count = -1;
    PyObject *result = NULL;
    if (seek(module, recent, newcomer, &sought) == 0) {
        evidence_prefetch(texts, related);
        around.ordinals = by_terms(&sought, measures->chain, measures->around, &around.count);
    }
    PyMem_Free(sought.spans);
    if (around.ordinals != NULL)
        count = weigh_and_tell(articles, texts, &newcomer->text.view, related, &around, weights, measures, &weighed, &told);
    if (count >= 0)
        result = Py_BuildValue("(kN)", (unsigned long)weighed.background, told_list(weighed.fits, told, (size_t)count));
    for (Py_ssize_t i = 0; i < count; i++)
        PyMem_Free(told[i].shared);
    PyMem_Free(told);
    PyMem_Free(weighed.fits);
    PyMem_Free(around.ordinals);
    return result;
}

/* (rest, terms, share, little, headlines, words, named) */
static int take_chance(PyObject *tuple, Chance *chance)
{
    int64_t *const fields[] = {&chance->rest,      &chance->terms, &chance->share, &chance->little,
                               &chance->headlines, &chance->words, &chance->named};
    PyObject *items[7];
    if (!arguments_in(tuple, items, 7, "the chance"))
        return 0;
    for (size_t i = 0; i < 7; i++)
        if (!argument_number(items[i], fields[i]))
            return 0;
    if (chance->share >= 0 && chance->share <= 100 && chance->words >= 0 && chance->words <= 100)
        return 1;
    PyErr_SetString(PyExc_ValueError, "a share must be 0 to 100 per cent");
    return 0;
}

static int take_measures(PyObject *tuple, Measures *measures)
{
    PyObject *items[11];
    return arguments_in(tuple, items, 11, "the measures") && argument_size(items[0], &measures->chain) &&
           argument_size(items[1], &measures->around) && argument_size(items[2], &measures->seen) &&
           argument_size(items[3], &measures->weighed) && argument_double(items[4], &measures->least) &&
           argument_double(items[5], &measures->joining) && take_chance(items[6], &measures->chance) &&
           argument_size(items[7], &measures->spoken) && argument_size(items[8], &measures->shown) &&
           argument_size(items[9], &measures->enough) &&
           !is_negative(measures->chain, measures->around) && !is_negative(measures->seen, measures->weighed) &&
           !is_negative(measures->spoken, measures->shown) && !is_negative(measures->enough, 0) &&
           chance_take_calendar(items[10], &measures->days, &measures->calendar);
}

/* weigh_up(articles, texts, newcomer, related, recent, weights, measures) */
PyObject *kernel_weigh_up(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    PyObject *result = NULL;
    Weights weights;
    Measures measures;
    Newcomer newcomer;
    Ordinals related;
    if (!arguments_are(given, 7, "weigh_up") || !argument_is_tuple(args[4]) || !texts_weights(args[5], &weights) ||
        !take_measures(args[6], &measures))
        return NULL;
    Articles *articles = kernel_instance_of(module, args[0], ARTICLES);
    Texts *texts = PyErr_Occurred() ? NULL : kernel_instance_of(module, args[1], TEXTS);
    if (!PyErr_Occurred() && (articles == NULL || texts == NULL))
        PyErr_SetString(PyExc_TypeError, "there must be Articles and Texts");
    related.ordinals = PyErr_Occurred() ? NULL : kernel_wholes(args[3], &related.count);
    if (related.ordinals != NULL && newcomer_take(&newcomer, args[2], 1) == 0) {
        if (newcomer.has_vectors)
            result = weigh_up(module, &articles->roster, &texts->store, args[4], &newcomer, &related, &weights, &measures);
        else
            PyErr_SetString(PyExc_ValueError, "a text has vectors");
        newcomer_release(&newcomer);
    }
    PyMem_Free(related.ordinals);
    PyBuffer_Release(&measures.days);
    return result;
}

/* The evidence that a text belongs to a story. */
#include "evidence.h"
#include "products.h"

#include <math.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* The terms of so many texts are on their way from memory while one is multiplied. */
#define AHEAD ((size_t)3)

/* A story that candidates are of: the greatest dot product of a body with the text. */
typedef struct {
    uint64_t dot;
    int64_t number;
    uint32_t place;
} Near;

static double root(uint64_t dot, uint64_t unit)
{
    const double cosine = (double)dot / (double)unit;
    return sqrt(cosine < 1.0 ? cosine : 1.0);
}

/* Whether both name days of the week and have none in common. */
static int other_weekdays(const View *one, const View *other)
{
    const size_t mine = one->sizes[WEEKDAY], theirs = other->sizes[WEEKDAY];
    const uint32_t *left = one->hashes + view_terms(one) - mine, *right = other->hashes + view_terms(other) - theirs;
    size_t i = 0, k = 0;
    while (i < mine && k < theirs && left[i] != right[k]) {
        const int behind = left[i] < right[k];
        i += behind;
        k += !behind;
    }
    return mine > 0 && theirs > 0 && (i == mine || k == theirs);
}

Likeness evidence_likeness(const Dots *dots, const View *one, const View *other, const Weights *weights)
{
    const double background = (double)(one->background + other->background) / (2.0 * SCALE);
    return (Likeness){{root(dots->kinds[0], UNIT) - weights->background * background, root(dots->kinds[1], UNIT),
                       root(dots->kinds[2], 2 * UNIT), root(dots->kinds[3], UNIT), (double)other_weekdays(one, other)}};
}

double evidence_content(const Likeness *likeness, const Weights *weights)
{
    double sum = weights->intercept;
    for (size_t kind = 0; kind < KINDS; kind++)
        sum += weights->kinds[kind] * likeness->kinds[kind];
    return sum;
}

Gap evidence_gap(const View *one, const View *other, const Weights *weights)
{
    if (one->published == UNDATED || other->published == UNDATED) {
        const double days = 1.0 + (double)distance((int64_t)one->ordinal, (int64_t)other->ordinal) / weights->pace;
        return (Gap){1, days < weights->patience ? days : weights->patience};
    }
    const double days = (double)distance(one->published, other->published) / DAY;
    return (Gap){0, days > LEAST_DAYS ? days : LEAST_DAYS};
}

/* The texts looked at so far, in the order in which they were met, and the dot products of their bodies with the query: a text
 * that is met twice is multiplied once. */
typedef struct {
    uint32_t *slots;
    Sums *bodies;
    size_t count;
} Met;

/* How voices are compared: those that are marked are among `met`, dot products are noted in `noting`, unless that is NULL, and
 * the terms of those from `next` to before `end` are not fetched yet. */
typedef struct {
    const Met *met;
    Store *noting;
    const uint32_t *next, *end;
} Comparison;

/* Fetches the terms of the voices that come soon after `now`, but for those that were met. */
static void fetch_ahead(const Store *store, Comparison *comparison, const uint32_t *now)
{
    for (; comparison->next < comparison->end && comparison->next < now + AHEAD; comparison->next++) {
        const Text *text = &store->texts[*comparison->next];
        if (text->mark == NONE)
            query_prefetch(store, text);
    }
}

/* The fit to 1 to MAX_VOICES voices. */
static void fit_voices(const Store *store, const View *text, const Query *query, const uint32_t *voices, size_t count,
                       const Weights *weights, Comparison *comparison, StoryFit *fit)
{
    Likeness sums = {{0.0}}, best = sums;
    double most = 0.0;
    Gap least = {0, 0.0};
    for (size_t i = 0; i < count; i++) {
        fetch_ahead(store, comparison, voices + i);
        const View voice = texts_view(store, voices[i]);
        const uint32_t mark = store->texts[voices[i]].mark;
        const Dots dots =
            mark == NONE ? query_dots(query, &voice) : query_dots_beside(query, &voice, &comparison->met->bodies[mark]);
        if (comparison->noting != NULL)
            products_note(comparison->noting, voices[i], &dots);
        const Likeness likeness = evidence_likeness(&dots, text, &voice, weights);
        const double content = evidence_content(&likeness, weights);
        const Gap gap = evidence_gap(text, &voice, weights);
        for (size_t kind = 0; kind < KINDS; kind++)
            sums.kinds[kind] += likeness.kinds[kind];
        if (i == 0 || content > most) {
            most = content;
            best = likeness;
            fit->nearest = voice.ordinal;
        }
        if (i == 0 || gap.unknown < least.unknown || (gap.unknown == least.unknown && gap.days < least.days))
            least = gap;
    }
    for (size_t kind = 0; kind < KINDS; kind++)
        fit->likeness.kinds[kind] = (sums.kinds[kind] / (double)count + best.kinds[kind]) / 2.0;
    fit->story = store->stories[store->texts[voices[0]].story].number;
    fit->days = least.days;
    fit->dated = !least.unknown;
    fit->log_odds = evidence_content(&fit->likeness, weights) + weights->days * log1p(least.days);
}

int evidence_fit(Store *store, const View *text, const uint32_t *voices, size_t count, const Weights *weights,
                 StoryFit *fit)
{
    Query query;
    Comparison comparison = {NULL, NULL, voices, voices + count};
    if (query_open(store, &query, text) < 0)
        return -1;
    fit_voices(store, text, &query, voices, count, weights, &comparison, fit);
    query_close(&query);
    return 0;
}

/* The slots of texts by their ordinals, NONE of those that are not there: they and their stories lie anywhere in memory, so
 * all are fetched together. */
static void fetch(const Store *store, const Ordinals *found, uint32_t *slots)
{
    for (size_t i = 0; i < found->count; i++)
        map_prefetch(&store->by_ordinal, (uint64_t)found->ordinals[i]);
    for (size_t i = 0; i < found->count; i++)
        if ((slots[i] = map_first(&store->by_ordinal, (uint64_t)found->ordinals[i])) != NONE)
            PREFETCH(&store->texts[slots[i]]);
    for (size_t i = 0; i < found->count; i++)
        if ((slots[i] = texts_find(store, found->ordinals[i])) != NONE)
            PREFETCH(&store->stories[store->texts[slots[i]].story]);
}

void evidence_prefetch(const Store *store, const Ordinals *found)
{
    for (size_t i = 0; i < found->count; i++)
        map_prefetch(&store->by_ordinal, (uint64_t)found->ordinals[i]);
    for (size_t i = 0; i < found->count; i++) {
        const uint32_t slot = map_first(&store->by_ordinal, (uint64_t)found->ordinals[i]);
        if (slot != NONE)
            PREFETCH(&store->texts[slot]);
    }
    for (size_t i = 0; i < found->count; i++) {
        const uint32_t slot = texts_find(store, found->ordinals[i]);
        if (slot != NONE)
            query_prefetch(store, &store->texts[slot]);
    }
}

/* Multiplies the bodies of the texts met from the `known`-th on, while those that come next are fetched. */
static void multiply(const Query *query, Met *met, size_t known)
{
    const Store *const store = query->store;
    for (size_t next = known; known < met->count; known++) {
        for (; next < met->count && next < known + AHEAD; next++)
            query_prefetch(store, &store->texts[met->slots[next]]);
        met->bodies[known] = query_body(query, &store->texts[met->slots[known]]);
    }
}

/* The stories that the candidates are of, in `near`, and how many; -1 where a candidate, `*missing`, is not there.
 * `order` has room for all of `found`, `met` for those that are new. */
static Py_ssize_t nearest(Store *store, const Query *query, const Ordinals *found, size_t most, uint32_t *order, Met *met,
                          Near *near, int64_t *missing)
{
    size_t looked = 0, stories = 0, known = met->count;
    int lost = 0;
    fetch(store, found, order);
    for (; looked < found->count; looked++) {
        const uint32_t slot = order[looked];
        if (slot == NONE) {
            *missing = found->ordinals[looked];
            lost = 1;
            break;
        }
        Text *text = &store->texts[slot];
        Story *story = &store->stories[text->story];
        if (story->mark == NONE) {
            if (stories == most)
                break;
            story->mark = (uint32_t)stories;
            near[stories++] = (Near){0, story->number, text->story};
        }
        if (text->mark == NONE) {
            text->mark = (uint32_t)met->count;
            met->slots[met->count++] = slot;
        }
    }
    if (!lost)
        multiply(query, met, known);
    for (size_t i = 0; !lost && i < looked; i++) {
        const Text *text = &store->texts[order[i]];
        Near *own = &near[store->stories[text->story].mark];
        if (met->bodies[text->mark].own > own->dot)
            own->dot = met->bodies[text->mark].own;
    }
    for (size_t i = 0; i < stories; i++)
        store->stories[near[i].place].mark = NONE;
    return lost ? -1 : (Py_ssize_t)stories;
}

static int is_nearer(const Near *one, const Near *other)
{
    return one->dot != other->dot ? one->dot > other->dot : one->number < other->number;
}

/* Brings the `wanted` nearest to the front, nearest first; the others follow in any order. */
static void sort_nearest(Near *near, size_t count, size_t wanted)
{
    for (size_t i = 0; i < count && wanted > 0; i++) {
        const Near own = near[i];
        size_t place = i;
        if (i >= wanted) {
            place = wanted - 1;
            if (!is_nearer(&own, &near[place]))
                continue;
            near[i] = near[place];
        }
        for (; place > 0 && is_nearer(&own, &near[place - 1]); place--)
            near[place] = near[place - 1];
        near[place] = own;
    }
}

static int is_likelier(const StoryFit *one, const StoryFit *other)
{
    return one->log_odds != other->log_odds ? one->log_odds > other->log_odds : one->story < other->story;
}

/* Puts a fit in its place among those before it, the likeliest first. */
static void add_fit(Weighed *result, const StoryFit *fit)
{
    size_t place = result->count++;
    for (; place > 0 && is_likelier(fit, &result->fits[place - 1]); place--)
        result->fits[place] = result->fits[place - 1];
    result->fits[place] = *fit;
}

/* The first of `near` are the nearest, in their order: those skipped and those counted. */
static uint32_t background_of(const Store *store, const Near *near, size_t stories)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < store->counted; i++) {
        uint64_t dot = 0;
        if (store->skipped < stories && i < stories - store->skipped)
            dot = near[store->skipped + i].dot;
        total += dot < store->least ? store->least : dot > UNIT ? UNIT : dot;
    }
    const double mean = sqrt((double)total / (double)(store->counted * UNIT));
    const uint32_t background = (uint32_t)(mean * SCALE + 0.5);
    return background < SCALE ? background : SCALE;
}

/* The texts that speak for some stories, one story after another, and how many up to the end of each. To be freed, whatever came
 * of it, with PyMem_Free. */
typedef struct {
    uint32_t *slots;
    size_t *ends;
} Voices;

/* -1 where memory ends. */
static int voices_of(const Store *store, const View *text, const Near *near, size_t count, Voices *voices)
{
    size_t end = 0;
    voices->slots = PyMem_Malloc((count * (store->first + store->newest) + 1) * sizeof *voices->slots);
    voices->ends = PyMem_Malloc((count + 1) * sizeof *voices->ends);
    if (voices->slots == NULL || voices->ends == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        end += texts_voices(store, near[i].place, text->ordinal, text->published, store->first, store->newest,
                            voices->slots + end, NULL);
        voices->ends[i] = end;
    }
    return 0;
}

/* Fits to the stories of `near`, as far as they have voices; -1 where memory ends. */
static int fit_stories(Store *store, View *text, const Query *query, const Near *near, size_t count, const Weights *weights,
                       const Met *met, Weighed *result)
{
    Voices voices;
    text->background = result->background;
    const int status = voices_of(store, text, near, count, &voices);
    if (status == 0 && count > 0) {
        Comparison comparison = {met, store, voices.slots, voices.slots + voices.ends[count - 1]};
        for (size_t i = 0, start = 0; i < count; start = voices.ends[i++])
            if (voices.ends[i] > start) {
                StoryFit fit;
                fit_voices(store, text, query, voices.slots + start, voices.ends[i] - start, weights, &comparison, &fit);
                add_fit(result, &fit);
            }
    }
    PyMem_Free(voices.slots);
    PyMem_Free(voices.ends);
    return status;
}

int evidence_weigh(const Query *query, const View *text, const Ordinals *found, const Ordinals *around, const Weights *weights,
                   size_t most, size_t weighed, Weighed *result)
{
    Store *const store = query->store;
    Py_ssize_t stories = -1;
    int64_t missing = -1;
    const size_t longer = found->count > around->count ? found->count : around->count;
    const size_t both = found->count + around->count;
    *result = (Weighed){0, NULL, 0};
    if (products_begin(store, text) < 0)
        return -1;
    Near *near = PyMem_Malloc((longer + 1) * sizeof *near);
    Met met = {.bodies = PyMem_Malloc((both + 1) * sizeof *met.bodies)};
    uint32_t *order = PyMem_Malloc((both + longer + 1) * sizeof *order);
    met.slots = order == NULL ? NULL : order + longer;
    int status = order == NULL || near == NULL || met.bodies == NULL ? -1 : 0;
    if (status == 0 && (stories = nearest(store, query, around, most, order, &met, near, &missing)) >= 0) {
        sort_nearest(near, (size_t)stories, (size_t)(store->skipped + store->counted));
        result->background = background_of(store, near, (size_t)stories);
        stories = nearest(store, query, found, most, order, &met, near, &missing);
    }
    if (status == 0) {
        if (stories < 0 || weighed > (size_t)stories)
            weighed = stories < 0 ? 0 : (size_t)stories;
        result->fits = PyMem_Calloc(weighed + 1, sizeof *result->fits);
        status = result->fits == NULL ? -1 : 0;
    }
    if (status == 0 && stories >= 0) {
        View query_text = *text;
        sort_nearest(near, (size_t)stories, weighed);
        status = fit_stories(store, &query_text, query, near, weighed, weights, &met, result);
    }
    for (size_t i = 0; i < met.count; i++)
        store->texts[met.slots[i]].mark = NONE;
    PyMem_Free(order);
    PyMem_Free(met.bodies);
    PyMem_Free(near);
    if (status < 0)
        PyErr_NoMemory();
    else if (stories < 0)
        status = kernel_key_error(missing);
    return status;
}

uint64_t *evidence_shared(const Query *query, uint32_t slot, size_t theirs, size_t mine, size_t *count)
{
    const Store *const store = query->store;
    const Text *const text = &store->texts[slot];
    const size_t size = text->sizes[theirs];
    size_t start = text->start;
    for (size_t before = 0; before < theirs; before++)
        start += text->sizes[before];
    uint64_t *ranks = PyMem_Malloc((size + 1) * sizeof *ranks);
    *count = 0;
    if (ranks == NULL)
        PyErr_NoMemory();
    else
        *count = query_shared(query, store->hashes + start, store->weights + start, size, mine, ranks);
    return ranks;
}

PyObject *evidence_terms(const uint64_t *shared, size_t count)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * count));
    for (size_t i = 0; bytes != NULL && i < count; i++)
        store32((uint8_t *)PyBytes_AsString(bytes) + 4 * i, UINT32_MAX - (uint32_t)shared[i]);
    return bytes;
}

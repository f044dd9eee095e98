/* Whether a story falls into two: all pairs of a few of its texts are compared.
 *
 * A story that grows is looked at again for each text that joins, so what two of its texts have in common is kept for a
 * while.
 */
#include "evidence.h"
#include "products.h"

#include <math.h>
#include <stddef.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define ROUNDS 6

/* The texts that are looked at, and the evidence of each pair, (size, size): without time; with time and cut. */
typedef struct {
    View texts[MAX_VOICES];
    uint8_t side[MAX_VOICES];
    size_t size;
    double *content, *full;
    const Weights *weights;
} Seen;

static double content_of(const Seen *seen, size_t own, size_t other, const Dots *dots)
{
    const Likeness likeness = evidence_likeness(dots, &seen->texts[own], &seen->texts[other], seen->weights);
    return evidence_content(&likeness, seen->weights);
}

static double with_time(const Seen *seen, double content, const Gap *gap)
{
    return content + seen->weights->days * log1p(gap->days);
}

/* Notes the evidence of two of the texts seen, both ways. */
static void note(const Seen *seen, size_t own, size_t other, double content, double full, const Bounds *bounds)
{
    const double raised = full > bounds->floor ? full : bounds->floor;
    const size_t one = own * seen->size + other, two = other * seen->size + own;
    seen->content[one] = seen->content[two] = content;
    seen->full[one] = seen->full[two] = raised < bounds->ceiling ? raised : bounds->ceiling;
}

/* The evidence of two stored texts, found where it is not kept; -1 with MemoryError. `query` is of the first, to be opened
 * when it is needed. */
static int fill_stored(Store *store, const Seen *seen, const uint32_t *slots, size_t own, size_t other, Query *query,
                       const Bounds *bounds)
{
    uint64_t both;
    Pair *pair = products_pair(store, slots[other], slots[own], &both);
    if (pair == NULL)
        return -1;
    if (pair->slots != both) {
        if (query->store == NULL && query_open(store, query, &seen->texts[own]) < 0)
            return -1;
        *pair = (Pair){both, query_dots(query, &seen->texts[other]), NAN, NAN};
    }
    if (isnan(pair->content))
        pair->content = content_of(seen, own, other, &pair->dots);
    double full = pair->full;
    if (isnan(full)) {
        const Gap gap = evidence_gap(&seen->texts[own], &seen->texts[other], seen->weights);
        full = with_time(seen, pair->content, &gap);
        if (!gap.unknown)
            pair->full = full;
    }
    note(seen, own, other, pair->content, full, bounds);
    return 0;
}

/* The same of the text that joins, the last that is seen. `next` as in products_noted. */
static int fill_joining(Store *store, const Seen *seen, const uint32_t *slots, size_t other, Query *query, size_t *next,
                        const Bounds *bounds)
{
    const size_t own = seen->size - 1;
    const Dots *noted = products_noted(store, slots[other], next);
    Dots dots;
    if (noted == NULL) {
        if (query->store == NULL && query_open(store, query, &seen->texts[own]) < 0)
            return -1;
        dots = query_dots(query, &seen->texts[other]);
        products_note(store, slots[other], &dots);
    } else {
        dots = *noted;
    }
    const double content = content_of(seen, own, other, &dots);
    const Gap gap = evidence_gap(&seen->texts[own], &seen->texts[other], seen->weights);
    note(seen, own, other, content, with_time(seen, content, &gap), bounds);
    return 0;
}

static int before(const Gap *one, const Gap *other)
{
    return one->unknown != other->unknown ? one->unknown < other->unknown : one->days < other->days;
}

/* The evidence of each pair of texts seen, of which all but the last are stored, in `slots`; -1 with MemoryError. */
static int fill(Store *store, Seen *seen, const uint32_t *slots, const Bounds *bounds)
{
    const size_t last = seen->size - 1;
    int status = 0;
    if (!products_are_of(store, &seen->texts[last]))
        status = products_begin(store, &seen->texts[last]);
    double constants[CONSTANTS];
    _Static_assert(sizeof constants == offsetof(Weights, pace), "the constants come first");
    memcpy(constants, seen->weights, sizeof constants);
    products_weigh_by(store, constants);
    for (size_t i = 1; status == 0 && i <= last; i++) {
        Query query = {.store = NULL};
        size_t next = 0;
        for (size_t k = 0; status == 0 && k < i; k++)
            status = i == last ? fill_joining(store, seen, slots, k, &query, &next, bounds)
                               : fill_stored(store, seen, slots, i, k, &query, bounds);
        query_close(&query);
    }
    return status;
}

/* The pair that fits least; of several the one whose older text, then whose younger, is the oldest. */
static void find_seeds(const Seen *seen, size_t *older, size_t *younger)
{
    const size_t size = seen->size;
    *older = 0;
    *younger = 1;
    for (size_t k = 0; k < size; k++)
        for (size_t i = k + 1; i < size; i++)
            if (seen->full[i * size + k] < seen->full[*younger * size + *older]) {
                *older = k;
                *younger = i;
            }
}

/* True when the mean over the second part, but for itself, is greater. */
static int leans(const Seen *seen, size_t own)
{
    double sums[2] = {0.0, 0.0};
    size_t counts[2] = {0, 0};
    for (size_t k = 0; k < seen->size; k++)
        if (k != own) {
            sums[seen->side[k]] += seen->full[own * seen->size + k];
            counts[seen->side[k]]++;
        }
    for (size_t part = 0; part < 2; part++)
        sums[part] /= (double)(counts[part] > 0 ? counts[part] : 1);
    return sums[1] > sums[0];
}

static void divide(Seen *seen)
{
    const size_t size = seen->size;
    size_t older, younger;
    find_seeds(seen, &older, &younger);
    for (size_t i = 0; i < size; i++)
        seen->side[i] = i != older && (i == younger || seen->full[i * size + younger] > seen->full[i * size + older]);
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t side[MAX_VOICES];
        for (size_t i = 0; i < size; i++)
            side[i] = i != older && (i == younger || leans(seen, i));
        if (memcmp(side, seen->side, size) == 0)
            break;
        memcpy(seen->side, side, size);
    }
}

/* The mean evidence across the parts, with the smallest gap in time. */
static double across(const Seen *seen)
{
    double sum = 0.0;
    size_t pairs = 0;
    Gap least = {0, 0.0};
    for (size_t i = 0; i < seen->size; i++)
        for (size_t k = 0; k < seen->size; k++)
            if (!seen->side[i] && seen->side[k]) {
                const Gap gap = evidence_gap(&seen->texts[i], &seen->texts[k], seen->weights);
                sum += seen->content[i * seen->size + k];
                if (pairs++ == 0 || before(&gap, &least))
                    least = gap;
            }
    return sum / (double)pairs + seen->weights->days * log1p(least.days);
}

/* True when one of the parts is a single text. */
static int has_lone(const Seen *seen)
{
    size_t right = 0;
    for (size_t i = 0; i < seen->size; i++)
        right += seen->side[i];
    return right == 1 || right + 1 == seen->size;
}

static int append(Part *part, uint64_t ordinal)
{
    if (kernel_reserve(&part->ordinals, &part->room, part->count + 1, sizeof *part->ordinals) < 0)
        return -1;
    size_t place = part->count++;
    for (; place > 0 && part->ordinals[place - 1] > ordinal; place--)
        part->ordinals[place] = part->ordinals[place - 1];
    part->ordinals[place] = ordinal;
    return 0;
}

/* The part, 0 or 1, that a text fits better which was not looked at; -1 with MemoryError. */
static int follows(Store *store, const Seen *seen, const View *text)
{
    Query query;
    double sums[2] = {0.0, 0.0};
    size_t counts[2] = {0, 0};
    if (query_open(store, &query, text) < 0)
        return -1;
    for (size_t i = 0; i < seen->size; i++) {
        const Dots dots = query_dots(&query, &seen->texts[i]);
        const Likeness likeness = evidence_likeness(&dots, text, &seen->texts[i], seen->weights);
        sums[seen->side[i]] += evidence_content(&likeness, seen->weights);
        counts[seen->side[i]]++;
    }
    query_close(&query);
    return sums[1] / (double)counts[1] > sums[0] / (double)counts[0];
}

/* Everyone in the order of decisions: the `front` first, their followers, and the others. */
static int tell_apart(Store *store, const Seen *seen, const uint32_t *slots, size_t front, Part parts[2])
{
    const View *joining = &seen->texts[seen->size - 1];
    int status = 0;
    for (size_t i = 0; status == 0 && i < seen->size; i++) {
        status = append(&parts[seen->side[i]], seen->texts[i].ordinal);
        if (i + 1 != front || front + 1 == seen->size)
            continue;
        for (uint32_t slot = store->texts[slots[i]].later; status == 0 && slot != slots[front]; slot = store->texts[slot].later)
            if (texts_comparable(store, slot, joining->ordinal, joining->published)) {
                const View text = texts_view(store, slot);
                const int side = follows(store, seen, &text);
                status = side < 0 ? -1 : append(&parts[side], text.ordinal);
            }
    }
    return status;
}

/* Opens what is seen of a story of which `told` voices are in `slots`; 1 where it falls into two, 0 where not. */
static int look(Store *store, Seen *seen, const uint32_t *slots, size_t told, const View *text, const Weights *weights,
                const Bounds *bounds, double *log_odds)
{
    *seen = (Seen){.size = told + 1, .weights = weights};
    if (told < 2)
        return 0;
    products_prefetch(store, slots, told);
    for (size_t i = 0; i < told; i++)
        seen->texts[i] = texts_view(store, slots[i]);
    seen->texts[told] = *text;
    seen->content = PyMem_Calloc(2 * seen->size * seen->size, sizeof *seen->content);
    if (seen->content == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    seen->full = seen->content + seen->size * seen->size;
    if (fill(store, seen, slots, bounds) < 0)
        return -1;
    divide(seen);
    *log_odds = across(seen);
    return *log_odds < (has_lone(seen) ? bounds->lone : bounds->limit);
}

int evidence_part(Store *store, uint32_t story, const View *text, const Weights *weights, const Bounds *bounds, double *log_odds,
                  Part parts[2])
{
    uint32_t slots[MAX_VOICES];
    size_t front;
    Seen seen;
    const size_t told = texts_voices(store, story, text->ordinal, text->published, store->first, store->newest - 1, slots,
                                     &front);
    int status = look(store, &seen, slots, told, text, weights, bounds, log_odds);
    if (status == 1 && tell_apart(store, &seen, slots, front, parts) < 0)
        status = -1;
    PyMem_Free(seen.content);
    return status;
}

/* The voices of two stories as if they were one, oldest first: the first and the newest of those of both. */
static size_t voices_of_both(const Store *store, const uint32_t stories[2], const View *text, uint32_t *slots)
{
    uint32_t both[2 * MAX_VOICES];
    size_t sizes[2] = {0, 0}, count = 0;
    const size_t first = store->first, newest = store->newest - 1;
    for (int story = 0; story < 2; story++)
        if (story == 0 || stories[0] != stories[1])
            sizes[story] = texts_voices(store, stories[story], text->ordinal, text->published, first, newest,
                                        both + story * MAX_VOICES, NULL);
    const uint32_t *one = both, *other = both + MAX_VOICES, *const end = other + sizes[1], *const middle = one + sizes[0];
    const size_t all = sizes[0] + sizes[1], left_out = all > first + newest ? all - first - newest : 0;
    for (size_t place = 0; place < all; place++) {
        const int older = other == end || (one < middle && store->texts[*one].ordinal < store->texts[*other].ordinal);
        const uint32_t slot = older ? *one++ : *other++;
        if (place < first || place >= first + left_out)
            slots[count++] = slot;
    }
    return count;
}

int evidence_is_one(Store *store, const uint32_t stories[2], const View *text, const Weights *weights, const Bounds *bounds)
{
    uint32_t slots[MAX_VOICES];
    double log_odds;
    Seen seen;
    const size_t told = voices_of_both(store, stories, text, slots);
    const int status = look(store, &seen, slots, told, text, weights, bounds, &log_odds);
    PyMem_Free(seen.content);
    return status < 0 ? -1 : !status;
}

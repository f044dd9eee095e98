/* Whether a story falls into two.
 *
 * All pairs of a few texts: their terms go into one table, text by text, and each term meets the texts before that have
 * it. So the work is that of the terms that are shared, not of all pairs.
 */
#include "evidence.h"

#include <math.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define ROUNDS 6
/* The number of a text that is compared, but not added. */
#define NOBODY UINT16_MAX

typedef struct {
    uint32_t hash, next;             /* the entry of an earlier text with this hash, or NONE */
    uint16_t weights[WEIGHED];
    uint16_t text;
} Entry;

typedef struct {
    uint32_t *heads;                 /* the latest entry of a hash, or NONE; open addressing, at most half full */
    Entry *entries;
    size_t mask, count;
    unsigned shift;
} Table;

/* The texts that are looked at, and the evidence of each pair, (size, size): without time; with time and cut. */
typedef struct {
    View texts[MAX_VOICES];
    uint8_t side[MAX_VOICES];
    size_t size;
    double *content, *full;
    const Weights *weights;
    Table table;
} Seen;

static int open_seen(Seen *seen)
{
    uint64_t terms = 0;
    unsigned bits = 4;
    for (size_t i = 0; i < seen->size; i++)
        terms += view_terms(&seen->texts[i]);
    while (UINT64_C(1) << bits < 2 * terms)
        bits++;
    Table *table = &seen->table;
    *table = (Table){.mask = ((size_t)1 << (bits & 31)) - 1, .shift = 32 - (bits & 31)};
    seen->content = PyMem_Calloc(2 * seen->size * seen->size, sizeof *seen->content);
    seen->full = seen->content == NULL ? NULL : seen->content + seen->size * seen->size;
    if (bits < 31) {
        table->heads = PyMem_Malloc(sizeof *table->heads << bits);
        table->entries = PyMem_Malloc(((size_t)terms + 1) * sizeof *table->entries);
    }
    if (seen->content == NULL || table->heads == NULL || table->entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(table->heads, 0xFF, sizeof *table->heads << bits);
    return 0;
}

static void close_seen(Seen *seen)
{
    PyMem_Free(seen->content);
    PyMem_Free(seen->table.heads);
    PyMem_Free(seen->table.entries);
}

/* What a term adds to the dot products with the texts that have it, from `entry` on. */
static inline void add_products(const Table *table, uint32_t entry, size_t field, uint32_t weight, Dots *dots)
{
    for (; entry != NONE; entry = table->entries[entry].next) {
        const Entry *met = &table->entries[entry];
        uint64_t *kinds = dots[met->text].kinds;
        if (field == NUMBERS) {
            kinds[3] += (uint64_t)(weight * met->weights[NUMBERS]);
        } else {
            kinds[field == TITLE] += (uint64_t)(weight * met->weights[field]);
            kinds[2] += (uint64_t)(weight * met->weights[field == TITLE ? BODY : TITLE]);
        }
    }
}

/* The dot products of a text with all in the table, which it joins unless `number` is NOBODY. */
static void meet(Table *table, const View *text, uint16_t number, Dots *dots)
{
    const uint32_t *hash = text->hashes;
    const uint16_t *weight = text->weights;
    for (size_t field = 0; field < WEIGHED; field++)
        for (const uint32_t *end = hash + text->sizes[field]; hash < end; hash++, weight++) {
            size_t place = (size_t)(*hash * XXH_PRIME1 >> table->shift);
            while (table->heads[place] != NONE && table->entries[table->heads[place]].hash != *hash)
                place = (place + 1) & table->mask;
            uint32_t entry = table->heads[place];
            if (entry != NONE && table->entries[entry].text == number) {
                table->entries[entry].weights[field] = *weight;
                entry = table->entries[entry].next;
            } else if (number != NOBODY) {
                Entry *own = &table->entries[table->count];
                *own = (Entry){*hash, entry, {0, 0, 0}, number};
                own->weights[field] = *weight;
                table->heads[place] = (uint32_t)table->count++;
            }
            add_products(table, entry, field, *weight, dots);
        }
}

static int before(const Gap *one, const Gap *other)
{
    return one->unknown != other->unknown ? one->unknown < other->unknown : one->days < other->days;
}

static void fill(Seen *seen, const Bounds *bounds)
{
    const size_t size = seen->size;
    for (size_t i = 0; i < size; i++) {
        Dots dots[MAX_VOICES];
        memset(dots, 0, i * sizeof *dots);
        meet(&seen->table, &seen->texts[i], (uint16_t)i, dots);
        for (size_t k = 0; k < i; k++) {
            const View *one = &seen->texts[i], *other = &seen->texts[k];
            const Likeness likeness = evidence_likeness(&dots[k], one, other, seen->weights);
            const double content = evidence_content(&likeness, seen->weights);
            const double both = content + seen->weights->days * log1p(evidence_gap(one, other, seen->weights).days);
            const double raised = both > bounds->floor ? both : bounds->floor;
            seen->content[i * size + k] = seen->content[k * size + i] = content;
            seen->full[i * size + k] = seen->full[k * size + i] = raised < bounds->ceiling ? raised : bounds->ceiling;
        }
    }
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
    void *grown = kernel_grow(part->ordinals, &part->room, part->count + 1, sizeof *part->ordinals);
    if (grown == NULL)
        return -1;
    part->ordinals = grown;
    size_t place = part->count++;
    for (; place > 0 && part->ordinals[place - 1] > ordinal; place--)
        part->ordinals[place] = part->ordinals[place - 1];
    part->ordinals[place] = ordinal;
    return 0;
}

/* The part that a text fits better which was not looked at. */
static int follows(Seen *seen, const View *text)
{
    Dots dots[MAX_VOICES] = {{{0}}};
    double sums[2] = {0.0, 0.0};
    size_t counts[2] = {0, 0};
    meet(&seen->table, text, NOBODY, dots);
    for (size_t i = 0; i < seen->size; i++) {
        const Likeness likeness = evidence_likeness(&dots[i], text, &seen->texts[i], seen->weights);
        sums[seen->side[i]] += evidence_content(&likeness, seen->weights);
        counts[seen->side[i]]++;
    }
    return sums[1] / (double)counts[1] > sums[0] / (double)counts[0];
}

/* Everyone in the order of decisions: the `front` first, their followers, and the others. */
static int tell_apart(const Store *store, Seen *seen, const uint32_t *slots, size_t front, Part parts[2])
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
                status = append(&parts[follows(seen, &text)], text.ordinal);
            }
    }
    return status;
}

int evidence_part(const Store *store, uint32_t story, const View *text, const Weights *weights, const Bounds *bounds,
                  double *log_odds, Part parts[2])
{
    uint32_t slots[MAX_VOICES];
    size_t front;
    const size_t told = texts_voices(store, story, text->ordinal, text->published, store->first, store->newest - 1, slots,
                                     &front);
    if (told < 2)
        return 0;
    Seen seen = {.size = told + 1, .weights = weights};
    for (size_t i = 0; i < told; i++)
        seen.texts[i] = texts_view(store, slots[i]);
    seen.texts[told] = *text;
    int status = open_seen(&seen);
    if (status == 0) {
        fill(&seen, bounds);
        divide(&seen);
        *log_odds = across(&seen);
        if (*log_odds < (has_lone(&seen) ? bounds->lone : bounds->limit))
            status = tell_apart(store, &seen, slots, front, parts) < 0 ? -1 : 1;
    }
    close_seen(&seen);
    return status;
}

/* Dot products that are kept, and what they say. */
#include "products.h"

#include <math.h>

int products_begin(Store *store, const View *text)
{
    Deciding *const deciding = &store->deciding;
    const size_t terms = view_terms(text);
    deciding->count = 0;
    deciding->ordinal = UINT64_MAX;          /* no text, should memory end */
    if (kernel_reserve(&deciding->hashes, &deciding->hashes_room, terms, sizeof *deciding->hashes) < 0 ||
        kernel_reserve(&deciding->weights, &deciding->weights_room, terms, sizeof *deciding->weights) < 0)
        return -1;
    if (terms > 0) {
        memcpy(deciding->hashes, text->hashes, terms * sizeof *text->hashes);
        memcpy(deciding->weights, text->weights, terms * sizeof *text->weights);
    }
    memcpy(deciding->sizes, text->sizes, sizeof text->sizes);
    deciding->ordinal = text->ordinal;
    return 0;
}

int products_are_of(const Store *store, const View *text)
{
    const Deciding *const deciding = &store->deciding;
    const size_t terms = view_terms(text);
    return deciding->ordinal == text->ordinal && memcmp(deciding->sizes, text->sizes, sizeof text->sizes) == 0 &&
           (terms == 0 || (memcmp(deciding->hashes, text->hashes, terms * sizeof *text->hashes) == 0 &&
                           memcmp(deciding->weights, text->weights, terms * sizeof *text->weights) == 0));
}

void products_note(Store *store, uint32_t slot, const Dots *dots)
{
    Deciding *const deciding = &store->deciding;
    if (deciding->count == MOST_NOTED)
        return;
    deciding->slots[deciding->count] = slot;
    deciding->dots[deciding->count++] = *dots;
}

/* Texts of a story are noted, and asked for, in one order. */
const Dots *products_noted(const Store *store, uint32_t slot, size_t *next)
{
    const Deciding *const deciding = &store->deciding;
    for (size_t tried = 0; tried < deciding->count; tried++) {
        const size_t place = *next < deciding->count ? *next : 0;
        *next = place + 1;
        if (deciding->slots[place] == slot)
            return &deciding->dots[place];
    }
    return NULL;
}

/* The number of a pair, which is not 0, since no text is a pair with itself; where it is kept follows from it. */
static inline uint64_t number_of(uint32_t one, uint32_t other)
{
    return one < other ? (uint64_t)one << 32 | other : (uint64_t)other << 32 | one;
}

static inline size_t place_of(uint64_t number)
{
    return number * UINT64_C(0x9E3779B97F4A7C15) >> (64 - PAIR_BITS);
}

void products_prefetch(const Store *store, const uint32_t *slots, size_t count)
{
    for (size_t i = 1; store->pairs != NULL && i < count; i++)
        for (size_t k = 0; k < i; k++) {
            const Pair *pair = &store->pairs[place_of(number_of(slots[i], slots[k]))];
            PREFETCH(pair);
            PREFETCH(&pair->full);
        }
}

Pair *products_pair(Store *store, uint32_t one, uint32_t other, uint64_t *slots)
{
    if (store->pairs == NULL && (store->pairs = PyMem_Calloc((size_t)1 << PAIR_BITS, sizeof *store->pairs)) == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *slots = number_of(one, other);
    return &store->pairs[place_of(*slots)];
}

void products_weigh_by(Store *store, const double *constants)
{
    if (memcmp(store->constants, constants, sizeof store->constants) == 0)
        return;
    memcpy(store->constants, constants, sizeof store->constants);
    for (size_t i = 0; store->pairs != NULL && i < (size_t)1 << PAIR_BITS; i++)
        store->pairs[i].content = store->pairs[i].full = NAN;
}

void products_settle(Store *store, const View *text, uint32_t slot)
{
    Deciding *const deciding = &store->deciding;
    if (deciding->count == 0 || store->pairs == NULL || !products_are_of(store, text))
        return;
    for (size_t i = 0; i < deciding->count; i++) {
        const uint32_t other = deciding->slots[i];
        if (other != slot && store->texts[other].story == store->texts[slot].story) {
            uint64_t slots;
            Pair *pair = products_pair(store, other, slot, &slots);
            *pair = (Pair){slots, deciding->dots[i], NAN, NAN};
        }
    }
}

/* Dot products that are kept, and what they say, since a text is compared with those of its story again and again: to be
 * weighed, to see whether the story then falls into two, and as one of them for each that comes later.
 *
 * A function that may fail needs the GIL, any other that nobody else uses the structure.
 */
#ifndef DEDUP_PRODUCTS_H
#define DEDUP_PRODUCTS_H

#include "texts.h"

/* From now on `text`, which need not be stored, is the one that is being decided, and nothing is noted of it; -1 with
 * MemoryError. */
INTERNAL int products_begin(Store *store, const View *text);
/* Whether `text` is the one that is being decided. */
INTERNAL int products_are_of(const Store *store, const View *text);
/* Notes the products of the text that is being decided with a stored one, while there is room. */
INTERNAL void products_note(Store *store, uint32_t slot, const Dots *dots);
/* Those noted with a stored text, or NULL. `next` is where they are looked for first, 0 at the beginning. */
INTERNAL const Dots *products_noted(const Store *store, uint32_t slot, size_t *next);
/* `text` is stored in `slot` now: what was noted of it with others of its story is kept. */
INTERNAL void products_settle(Store *store, const View *text, uint32_t slot);

/* Where the products of two stored texts are kept, or others in their place: they are theirs where `slots` of it is. NULL with
 * MemoryError. */
INTERNAL Pair *products_pair(Store *store, uint32_t one, uint32_t other, uint64_t *slots);
/* Starts to load what is kept of all pairs of some stored texts, which lies anywhere in memory. */
INTERNAL void products_prefetch(const Store *store, const uint32_t *slots, size_t count);
/* What evidence weighs from now on: what pairs say is forgotten where that was told by other constants. */
INTERNAL void products_weigh_by(Store *store, const double *constants);

#endif

/* What the indexes share: slots that are known by their rank, and hits counted for them. */
#ifndef DEDUP_LABELS_H
#define DEDUP_LABELS_H

#include "kernel.h"

#define DEAD UINT16_MAX
/* Hits and rank share 64 bits. */
#define RANK_BITS 48
#define MAX_RANK (UINT64_C(1) << RANK_BITS)

typedef struct {
    uint64_t rank;                   /* below MAX_RANK; of later slots higher */
    int64_t moment;
} Label;

/* Whether a further slot may have a rank; the same as 0, or -1 with ValueError. */
INTERNAL int labels_follow(const Label *labels, size_t slots, int64_t rank);
INTERNAL int labels_check(const Label *labels, size_t slots, int64_t rank);
/* Makes the slot of `rank`, if there is one, dead; 1 where it was not, else 0. */
INTERNAL int labels_discard(const Label *labels, uint16_t *hits, size_t slots, uint64_t rank);
/* [(rank, hits), ...] of an array of hits << RANK_BITS | rank; NULL with an error set. */
INTERNAL PyObject *labels_list(const uint64_t *best, size_t count);

#endif

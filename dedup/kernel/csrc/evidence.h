/* What two texts have in common, and what that says; dedup/kernel/reference/evidence.py and texts.py beside it
 * define every operation. */
#ifndef DEDUP_EVIDENCE_H
#define DEDUP_EVIDENCE_H

#include "query.h"

#define UNIT ((uint64_t)SCALE * SCALE)
#define DAY 86400.0
/* Hours within a day tell nothing. */
#define LEAST_DAYS 0.5
/* Of likeness; the first COSINES of them are of dot products. */
#define KINDS 5
/* So that no evidence is infinite or no number. */
#define MAX_WEIGHT 1e9
#define MIN_PACE 1e-9

typedef struct {
    double intercept, kinds[KINDS], days, background; /* CONSTANTS of them */
    double pace, patience;
} Weights;

typedef struct {
    double kinds[KINDS];
} Likeness;

typedef struct {
    int unknown;
    double days;
} Gap;

typedef struct {
    int64_t story;
    double log_odds;
    Likeness likeness;
    double days;
    int dated;
    uint64_t nearest;
} StoryFit;

typedef struct {
    uint32_t background;
    StoryFit *fits;
    size_t count;
} Weighed;

/* Texts, as they were asked for. */
typedef struct {
    int64_t *ordinals;
    size_t count;
} Ordinals;

/* A part of a story: ordinals, ascending. */
typedef struct {
    uint64_t *ordinals;
    size_t count, room;
} Part;

typedef struct {
    double floor, ceiling, limit, lone;
} Bounds;

/* evidence.c. Functions that return int give -1 with an error set. */
INTERNAL Likeness evidence_likeness(const Dots *dots, const View *one, const View *other, const Weights *weights);
INTERNAL double evidence_content(const Likeness *likeness, const Weights *weights);
INTERNAL Gap evidence_gap(const View *one, const View *other, const Weights *weights);
INTERNAL int evidence_fit(Store *store, const View *text, const uint32_t *voices, size_t count,
                          const Weights *weights, StoryFit *fit);
/* Starts to load texts that are about to be weighed. */
INTERNAL void evidence_prefetch(const Store *store, const Ordinals *found);
/* `fits` of the result are to be freed with PyMem_Free. KeyError for one of `found` or `around` that is not there. */
INTERNAL int evidence_weigh(const Query *query, const View *text, const Ordinals *found, const Ordinals *around,
                            const Weights *weights, size_t most, size_t weighed, Weighed *result);
/* The terms that the field `mine` of the query shares with the field `theirs` of a text, as in query_shared: an array to be
 * freed with PyMem_Free, or NULL with MemoryError. */
INTERNAL uint64_t *evidence_shared(const Query *query, uint32_t slot, size_t theirs, size_t mine, size_t *count);
/* The terms of what is shared. */
INTERNAL PyObject *evidence_terms(const uint64_t *shared, size_t count);

/* parting.c: 1 where the story falls into two parts, whose `ordinals` are to be freed with PyMem_Free, 0 where not. */
INTERNAL int evidence_part(Store *store, uint32_t story, const View *text, const Weights *weights,
                           const Bounds *bounds, double *log_odds, Part parts[2]);
/* Whether two stories, as if they were one, do not. */
INTERNAL int evidence_is_one(Store *store, const uint32_t stories[2], const View *text, const Weights *weights,
                             const Bounds *bounds);

#endif

/* Whether all that two texts have in common may be chance: dedup/kernel/reference/chance.py. */
#include "chance.h"

#include "arguments.h"

int chance_take_calendar(PyObject *object, Py_buffer *days, Calendar *calendar)
{
    days->obj = NULL;
    if (!argument_bytes(object, days))
        return 0;
    calendar->hashes = days->buf;
    if (kernel_count(days, 4, "a calendar", &calendar->count) == 0 &&
        kernel_ascending(calendar->hashes, calendar->count) == 0)
        return 1;
    PyBuffer_Release(days);
    return 0;
}

static int take(const Query *query, uint32_t slot, size_t theirs, size_t mine, Across *across)
{
    across->shared = evidence_shared(query, slot, theirs, mine, &across->count);
    return across->shared == NULL ? -1 : 0;
}

static int is_in(const Calendar *calendar, uint32_t hash)
{
    size_t low = 0, high = calendar->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (load32(calendar->hashes + 4 * middle) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->count && load32(calendar->hashes + 4 * low) == hash;
}

/* Adds the names of days and months to the numbers that the bodies share; all of them are terms of the bodies. */
static int add_days(const Calendar *calendar, const Across *bodies, Across *dates)
{
    uint64_t *grown = PyMem_Realloc(dates->shared, (dates->count + bodies->count + 1) * sizeof *grown);
    if (grown == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    dates->shared = grown;
    for (size_t i = 0; i < bodies->count; i++)
        if (is_in(calendar, UINT32_MAX - (uint32_t)bodies->shared[i]))
            dates->shared[dates->count++] = bodies->shared[i];
    return 0;
}

int shares_take(const Query *query, uint32_t slot, const Calendar *calendar, Shares *shares)
{
    shares->mine = shares->theirs = shares->dates = (Across){NULL, 0};
    if (take(query, slot, BODY, TITLE, &shares->mine) < 0 || take(query, slot, TITLE, BODY, &shares->theirs) < 0 ||
        take(query, slot, BODY, NUMBERS, &shares->dates) < 0)
        return -1;
    return add_days(calendar, &shares->bodies, &shares->dates);
}

void shares_free(Shares *shares)
{
    PyMem_Free(shares->mine.shared);
    PyMem_Free(shares->theirs.shared);
    PyMem_Free(shares->dates.shared);
}

static int is_among(uint64_t shared, const Across *some)
{
    for (size_t i = 0; i < some->count; i++)
        if ((uint32_t)some->shared[i] == (uint32_t)shared)
            return 1;
    return 0;
}

/* The dot product of what is shared, less the terms `without`. */
static uint64_t dot_without(const Across *across, const Across *without)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < across->count; i++)
        if (!is_among(across->shared[i], without))
            sum += across->shared[i] >> 32;
    return sum;
}

/* What is shared that adds most, besides the terms `without`; 0, which adds nothing, where there is none. */
static uint64_t most_without(const Across *across, const Across *without)
{
    uint64_t most = 0;
    for (size_t i = 0; i < across->count; i++)
        if (across->shared[i] > most && !is_among(across->shared[i], without))
            most = across->shared[i];
    return most;
}

Common shares_common(const Shares *shares, uint32_t one, uint32_t other)
{
    const Across none = {NULL, 0}, *const dates = &shares->dates;
    uint64_t most = most_without(&shares->bodies, &none);
    const Across strongest = {&most, shares->bodies.count > 0};
    const uint64_t words = dot_without(&shares->bodies, dates);
    return (Common){
        .bodies = dot_without(&shares->bodies, &none),
        .rest = dot_without(&shares->bodies, &strongest),
        .headlines = dot_without(&shares->mine, &strongest) + dot_without(&shares->theirs, &strongest),
        .words = words,
        .other_words = words - (most_without(&shares->bodies, dates) >> 32),
        .named = dot_without(&shares->mine, dates) + dot_without(&shares->theirs, dates),
        .terms = one < other ? one : other,
    };
}

static int is_less(uint64_t number, int64_t limit)
{
    return limit > 0 && number < (uint64_t)limit;
}

int chance_is_all(const Chance *chance, const Common *common, int dated)
{
    if (is_less(common->rest, chance->rest) || is_less(common->terms, chance->terms))
        return is_less(common->rest, chance->rest);
    if (100 * common->words < (uint64_t)chance->words * common->bodies &&
        (is_less(common->other_words, chance->rest) || is_less(common->named, chance->named)))
        return 1;
    return dated && (100 * common->rest < (uint64_t)chance->share * common->bodies ||
                     (is_less(common->rest, chance->little) && is_less(common->headlines, chance->headlines)));
}

/* Sorting 32-bit hashes. */
#include "kernel.h"

#define FEW 32                          /* hashes that are sorted by inserting one after another */
#define SOME 16384                      /* hashes that are thrown into buckets */
#define MOST_BITS 13                    /* of the number of buckets */
#define CROWDED 32                      /* squares of what is in a bucket, for each hash, beyond which they do not spread */

static void sort_few(uint32_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint32_t value = values[i];
        size_t k = i;
        for (; k > 0 && values[k - 1] > value; k--)
            values[k] = values[k - 1];
        values[k] = value;
    }
}

/* Four passes of eight bits; an even number of them, so that the result is back in `values`. */
static void sort_many(uint32_t *values, uint32_t *scratch, size_t count)
{
    size_t places[4][256] = {{0}};
    for (size_t i = 0; i < count; i++)
        for (unsigned pass = 0; pass < 4; pass++)
            places[pass][values[i] >> 8 * pass & 255]++;
    for (unsigned pass = 0; pass < 4; pass++) {
        size_t place = 0;
        for (unsigned digit = 0; digit < 256; digit++) {
            const size_t here = places[pass][digit];
            places[pass][digit] = place;
            place += here;
        }
        for (size_t i = 0; i < count; i++)
            scratch[places[pass][values[i] >> 8 * pass & 255]++] = values[i];
        uint32_t *const sorted = scratch;
        scratch = values;
        values = sorted;
    }
}

/* Hashes spread evenly: thrown into buckets, one or two in each, by their first bits, they are nearly in order. Those that
 * are there many times, as that of a frequent word, fill one bucket, and are in order as they stand. 0 where they do not
 * spread, and nothing is done. */
static int sort_some(uint32_t *values, uint32_t *scratch, size_t count)
{
    uint16_t places[1 << MOST_BITS];
    unsigned bits = 5;
    while (bits < MOST_BITS && (size_t)2 << bits <= count)
        bits++;
    const size_t buckets = (size_t)1 << bits;
    memset(places, 0, buckets * sizeof *places);
    for (size_t i = 0; i < count; i++)
        places[values[i] >> (32 - bits)]++;
    size_t squares = 0;
    for (size_t bucket = 0; bucket < buckets; bucket++)
        squares += (size_t)places[bucket] * places[bucket];
    if (squares > CROWDED * count)
        return 0;
    uint16_t place = 0;
    for (size_t bucket = 0; bucket < buckets; bucket++) {
        const uint16_t here = places[bucket];
        places[bucket] = place;
        place = (uint16_t)(place + here);
    }
    for (size_t i = 0; i < count; i++)
        scratch[places[values[i] >> (32 - bits)]++] = values[i];
    memcpy(values, scratch, count * sizeof *values);
    sort_few(values, count);
    return 1;
}

/* Sorts `values`, ascending. `scratch` has the same room. */
void kernel_sort(uint32_t *values, uint32_t *scratch, size_t count)
{
    if (count < FEW)
        sort_few(values, count);
    else if (count > SOME || !sort_some(values, scratch, count))
        sort_many(values, scratch, count);
}

/* Sorts `values`, drops repetitions and says how many are left. `scratch` has the same room. */
size_t kernel_sort_unique(uint32_t *values, uint32_t *scratch, size_t count)
{
    kernel_sort(values, scratch, count);
    size_t kept = count > 0;
    for (size_t i = 1, last = count > 0 ? values[0] : 0; i < count; i++) {
        const uint32_t value = values[i];
        kept += value != last;
        values[kept - 1] = value;
        last = value;
    }
    return kept;
}

/* BandIndex: which slots share a band's key with a query.
 *
 * A band has its own buckets, and a bucket is a list of groups, a group being the slots of one key, newest first. The
 * entry of (slot, band) is two words, `key` and `next`, and a group is laid out so that a search steps over it at once,
 * however long it is:
 *
 *     a group of one       key: the key    next: the first slot of the group after this one in the bucket
 *     first of several     key: the key    next: the second slot, with MORE set
 *     second               key: the first slot of the group after this one    next: the third slot
 *     third and later      key: unused     next: the next older slot
 *
 * So 8 bytes an entry, and 2 to 4 of the buckets. Entries of dead slots are unlinked by the query that meets them.
 *
 * Most keys of a query are of nobody. A byte a bucket, the tag, has a bit for each key that is or was in it, which tells of
 * six such keys in seven without a look at bucket or entry: these lie anywhere in far more memory than all tags.
 */
#include "bandindex.h"

#define NONE UINT32_C(0x7FFFFFFF)
#define MORE UINT32_C(0x80000000)

/* A key of a query that may be there, by its tag. */
typedef struct {
    uint32_t band, key;
    size_t bucket;
} Likely;

static inline Entry *at(const BandIndex *self, uint32_t slot, size_t band)
{
    return &self->entries[(size_t)slot * self->bands + band];
}

/* Where the bucket of a key is, by its mixed bits, of which the lowest say which bucket of the band, the highest which bit. */
static inline size_t bucket_of(const BandIndex *self, size_t band, uint32_t mixed)
{
    return band * self->buckets + (mixed & (self->buckets - 1));
}

static inline uint8_t tag_of(uint32_t mixed)
{
    return (uint8_t)(1 << (mixed >> 29));
}

/* The link to the group of `key`, which is in the bucket that begins at `link`; it holds NONE where there is none. */
static uint32_t *find(const BandIndex *self, size_t band, uint32_t *link, uint32_t key)
{
    while (*link != NONE) {
        Entry *first = at(self, *link, band);
        if (first->key == key)
            break;
        link = first->next & MORE ? &at(self, first->next & ~MORE, band)->key : &first->next;
    }
    return link;
}

/* Turns the group that starts at `first` into a plain list of slots; returns the group after it. */
static uint32_t open_group(const BandIndex *self, size_t band, uint32_t first)
{
    Entry *entry = at(self, first, band);
    uint32_t after = entry->next;
    if (after & MORE) {
        entry->next = after & ~MORE;
        after = at(self, entry->next, band)->key;
    } else {
        entry->next = NONE;
    }
    return after;
}

/* Makes a group of `key` from a plain list and puts it at `link`, before `after`. The list may be empty. */
static void close_group(const BandIndex *self, size_t band, uint32_t *link, uint32_t key, uint32_t first, uint32_t after)
{
    if (first == NONE) {
        *link = after;
        return;
    }
    Entry *entry = at(self, first, band);
    entry->key = key;
    if (entry->next == NONE) {
        entry->next = after;
    } else {
        at(self, entry->next, band)->key = after;
        entry->next |= MORE;
    }
    *link = first;
}

void band_index_prefetch_heads(const BandIndex *self, const uint8_t *keys)
{
    for (size_t band = 0; band < self->bands; band++) {
        const size_t bucket = bucket_of(self, band, fmix32(load32(keys + 4 * band)));
        PREFETCH(&self->tags[bucket]);
        PREFETCH(&self->heads[bucket]);
    }
}

void band_index_prefetch_entries(const BandIndex *self, const uint8_t *keys)
{
    for (size_t band = 0; band < self->bands; band++) {
        const uint32_t mixed = fmix32(load32(keys + 4 * band));
        const size_t bucket = bucket_of(self, band, mixed);
        if (self->tags[bucket] & tag_of(mixed) && self->heads[bucket] != NONE)
            PREFETCH(at(self, self->heads[bucket], band));
    }
}

/* Deals every group out to `buckets` buckets a band; -1 with MemoryError. */
static int rehash(BandIndex *self, size_t buckets)
{
    if (buckets > (size_t)PY_SSIZE_T_MAX / sizeof(uint32_t) / self->bands) {
        PyErr_NoMemory();
        return -1;
    }
    uint32_t *const old = self->heads, *heads = PyMem_Malloc(self->bands * buckets * sizeof *heads);
    uint8_t *const old_tags = self->tags, *tags = PyMem_Calloc(self->bands * buckets, sizeof *tags);
    const size_t old_buckets = self->buckets;
    if (heads == NULL || tags == NULL) {
        PyMem_Free(heads);
        PyMem_Free(tags);
        PyErr_NoMemory();
        return -1;
    }
    kernel_advise(heads, self->bands * buckets * sizeof *heads);
    for (size_t i = 0; i < self->bands * buckets; i++)
        heads[i] = NONE;
    self->heads = heads;
    self->tags = tags;
    self->buckets = buckets;
    for (size_t i = 0; old != NULL && i < self->bands * old_buckets; i++) {
        const size_t band = i / old_buckets;
        uint32_t first = old[i];
        while (first != NONE) {
            const uint32_t key = at(self, first, band)->key, mixed = fmix32(key), after = open_group(self, band, first);
            const size_t bucket = bucket_of(self, band, mixed);
            close_group(self, band, &heads[bucket], key, first, heads[bucket]);
            tags[bucket] |= tag_of(mixed);
            first = after;
        }
    }
    PyMem_Free(old);
    PyMem_Free(old_tags);
    return 0;
}

int band_index_reserve(BandIndex *self, size_t more)
{
    if (more > NONE - 1 - self->slots) {
        PyErr_SetString(PyExc_OverflowError, "an index holds at most 2147483646 slots; rebuild it without the dead ones");
        return -1;
    }
    const size_t slots = self->slots + more;
    if (slots > (size_t)PY_SSIZE_T_MAX / sizeof(Entry) / self->bands) {
        PyErr_NoMemory();
        return -1;
    }
    if (kernel_reserve(&self->entries, &self->entries_room, slots * self->bands, sizeof(Entry)) < 0 ||
        kernel_reserve(&self->labels, &self->labels_room, slots, sizeof(Label)) < 0 ||
        kernel_reserve(&self->hits, &self->hits_room, slots, sizeof(uint16_t)) < 0)
        return -1;
    size_t buckets = self->buckets;
    while (buckets * 2 < slots)
        buckets *= 2;
    return buckets == self->buckets ? 0 : rehash(self, buckets);
}

void band_index_insert(BandIndex *self, const uint8_t *keys, uint64_t rank, int64_t moment)
{
    const uint32_t slot = (uint32_t)self->slots;
    for (size_t band = 0; band < self->bands; band++) {
        const uint32_t key = load32(keys + 4 * band), mixed = fmix32(key);
        const size_t bucket = bucket_of(self, band, mixed);
        uint32_t *link = &self->heads[bucket];
        uint32_t first = NONE, after = *link;
        if (self->tags[bucket] & tag_of(mixed)) {
            link = find(self, band, link, key);
            first = *link;
            after = first == NONE ? NONE : open_group(self, band, first);
        }
        self->tags[bucket] |= tag_of(mixed);
        at(self, slot, band)->next = first;
        close_group(self, band, link, key, slot, after);
    }
    self->labels[slot] = (Label){rank, moment};
    self->hits[slot] = 0;
    self->slots++;
    self->live++;
}

/* Counts a hit for the newest `chain` live slots of a band's key, and unlinks the dead ones on the way. */
static size_t walk(BandIndex *self, const Likely *key, size_t chain, size_t touched)
{
    const size_t band = key->band;
    uint32_t *link = find(self, band, &self->heads[key->bucket], key->key);
    if (*link == NONE)
        return touched;
    uint32_t first = *link;
    const uint32_t after = open_group(self, band, first);
    for (uint32_t *step = &first; *step != NONE && chain > 0;) {
        const uint32_t slot = *step;
        Entry *entry = at(self, slot, band);
        if (self->hits[slot] == DEAD) {
            *step = entry->next;
            continue;
        }
        if (self->hits[slot]++ == 0)
            self->touched[touched++] = slot;
        chain--;
        step = &entry->next;
    }
    close_group(self, band, link, key->key, first, after);
    return touched;
}

int band_index_open(BandIndex *self, size_t bands)
{
    self->bands = bands;
    return rehash(self, 16);
}

void band_index_close(BandIndex *self)
{
    PyMem_Free(self->heads);
    PyMem_Free(self->tags);
    PyMem_Free(self->entries);
    PyMem_Free(self->labels);
    PyMem_Free(self->hits);
    PyMem_Free(self->touched);
}

void band_index_discard(BandIndex *self, uint64_t rank)
{
    self->live -= (size_t)labels_discard(self->labels, self->hits, self->slots, rank);
}

/* Counts the hits of the keys that may be there and adds those of the span's moments to `found`, which grows; -1 with
 * MemoryError. */
static int collect(const Span *span, const Likely *keys, size_t likely, size_t chain, uint64_t **found, size_t *room,
                   size_t *count)
{
    BandIndex *self = span->index;
    if (chain > self->live)
        chain = self->live;
    const size_t most = self->live / self->bands < chain ? self->live : self->bands * chain;
    if (kernel_reserve(&self->touched, &self->touched_room, most, sizeof(uint32_t)) < 0)
        return -1;
    size_t touched = 0;
    for (size_t i = 0; i < likely && chain > 0; i++)
        touched = walk(self, &keys[i], chain, touched);
    const int status = kernel_reserve(found, room, *count + touched, sizeof **found);
    for (size_t i = 0; i < touched; i++) {
        const uint32_t slot = self->touched[i];
        const Label label = self->labels[slot];
        if (status == 0 && span->low <= label.moment && label.moment <= span->high)
            (*found)[(*count)++] = (uint64_t)self->hits[slot] << RANK_BITS | label.rank;
        self->hits[slot] = 0;
    }
    return status;
}

/* The keys that may be in the index, in `out`, which has room for all of them and one more; how many. */
static size_t find_likely(const BandIndex *self, const uint8_t *keys, const uint32_t *mixed, Likely *out)
{
    size_t likely = 0;
    for (size_t band = 0; band < self->bands; band++) {
        const size_t bucket = bucket_of(self, band, mixed[band]);
        out[likely] = (Likely){(uint32_t)band, load32(keys + 4 * band), bucket};
        likely += (self->tags[bucket] & tag_of(mixed[band])) != 0;
    }
    return likely;
}

/* What each of the spans is looked through for lies in `keys`, `sizes` of it; a query's cache misses are side by side. */
static uint64_t *search(const Span *spans, size_t count, const Likely *keys, const size_t *sizes, size_t chain, size_t *found)
{
    size_t room = 0;
    uint64_t *best = NULL;
    if (kernel_reserve(&best, &room, 64, sizeof *best) < 0)
        return NULL;
    for (size_t i = 0, place = 0; i < count; place += sizes[i++])
        for (size_t k = 0; k < sizes[i]; k++)
            PREFETCH(&spans[i].index->heads[keys[place + k].bucket]);
    for (size_t i = 0, place = 0; i < count; place += sizes[i++])
        for (size_t k = 0; k < sizes[i]; k++) {
            const uint32_t first = spans[i].index->heads[keys[place + k].bucket];
            if (first != NONE)
                PREFETCH(at(spans[i].index, first, keys[place + k].band));
        }
    for (size_t i = 0, place = 0; best != NULL && i < count; place += sizes[i++])
        if (collect(&spans[i], keys + place, sizes[i], chain, &best, &room, found) < 0) {
            PyMem_Free(best);
            best = NULL;
        }
    return best;
}

uint64_t *band_index_search(const Span *spans, size_t count, const uint8_t *keys, size_t chain, size_t limit, size_t *found)
{
    const size_t bands = count > 0 ? spans[0].index->bands : 0;
    uint32_t mixed[MAX_BANDS];
    uint64_t *best = NULL;
    Likely *likely = PyMem_Malloc((count * bands + 1) * sizeof *likely);
    size_t *sizes = PyMem_Malloc((count + 1) * sizeof *sizes), place = 0;
    *found = 0;
    for (size_t band = 0; band < bands; band++)
        mixed[band] = fmix32(load32(keys + 4 * band));
    for (size_t i = 0; likely != NULL && sizes != NULL && i < count; i++) {
        sizes[i] = spans[i].index->live > 0 ? find_likely(spans[i].index, keys, mixed, likely + place) : 0;
        place += sizes[i];
    }
    if (likely == NULL || sizes == NULL)
        PyErr_NoMemory();
    else
        best = search(spans, count, likely, sizes, chain, found);
    PyMem_Free(likely);
    PyMem_Free(sizes);
    if (best != NULL)
        *found = kernel_greatest(best, *found, limit);
    return best;
}

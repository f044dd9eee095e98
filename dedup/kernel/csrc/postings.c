/* Postings: which slots share terms with a query.
 *
 * The cell of a term holds its only slot, or, with MORE set, a reference to the newest of its blocks: its size, 0 to 4,
 * and where it starts in `words`, in units of 4. A block of size s is 4 << s words. The first is the reference to the
 * next older block, or NONE; the others are its slots, newest first. They fill it from the end; until it is full the
 * second word holds, with MORE set, the place of the newest:
 *
 *     cell of one slot     term, slot
 *     cell of several      term, MORE | size << 28 | start   ->   next older block, MORE | place, .., newest, .., oldest
 *
 * So most terms, which are in one text, need no block, those in few small ones, and the newest of a term that is in
 * very many lie together. Dead slots are taken out of a block by the query that meets them, and a block that is left
 * empty is unlinked: so a dead slot is met once by each of its terms, and a query meets no more blocks than slots that
 * count, and two.
 */
#include "postings.h"

#include "greatest.h"

#define NONE UINT32_MAX
#define MORE UINT32_C(0x80000000)
#define START_BITS 28
#define START (UINT32_MAX >> (32 - START_BITS))
#define UNIT_WORDS 4
#define AT_ONCE ((size_t)64)           /* touched slots whose labels are read together */
#define LARGEST 4
#define LARGEST_WORDS (UNIT_WORDS << LARGEST)
#define MOST_WORDS ((size_t)START * UNIT_WORDS)

/* A term of a query that an index has, and what it adds. */
typedef struct {
    Cell *cell;
    uint32_t *link;                  /* the reference to its next block */
    size_t left;                     /* so many of its slots still count */
    uint16_t score;
} Shared;

/* The best of a query so far, as in greatest.h; `values` have room for `room`. */
typedef struct {
    uint64_t *values;
    size_t kept, limit, room;
} Best;

static inline unsigned size_of(uint32_t block)
{
    return block >> START_BITS & 7;
}

/* How many slots a block has room for, which is also the place of its last. */
static inline size_t last_of(uint32_t block)
{
    return ((size_t)UNIT_WORDS << size_of(block)) - 1;
}

static inline uint32_t *words_of(const Postings *self, uint32_t block)
{
    return &self->words[(size_t)(block & START) * UNIT_WORDS];
}

/* The place of the newest slot in a block; the one after the last where it has none. */
static inline size_t newest_in(const uint32_t *words)
{
    return words[1] & MORE ? words[1] & ~MORE : 1;
}

static inline Cell *home_of(const Postings *self, uint32_t term)
{
    return &self->cells[fmix32(term) & (self->room - 1)];
}

/* The cell of a term; an empty one where it has none. */
static inline Cell *find(const Postings *self, uint32_t term)
{
    Cell *cell = home_of(self, term), *const end = self->cells + self->room;
    while (cell->first != NONE && cell->term != term)
        if (++cell == end)
            cell = self->cells;
    return cell;
}

static inline void prefetch_block(const Postings *self, uint32_t block)
{
    const uint32_t *words = words_of(self, block);
    PREFETCH(words);
    PREFETCH(words + last_of(block));
}

void postings_prefetch_cells(const Postings *self, const uint8_t *terms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PREFETCH(home_of(self, load32(terms + 4 * i)));
}

void postings_prefetch_blocks(const Postings *self, const uint8_t *terms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t first = find(self, load32(terms + 4 * i))->first;
        if (first != NONE && first & MORE)
            prefetch_block(self, first);
    }
}

static int rehash(Postings *self, size_t room)
{
    Cell *const old = self->cells, *const end = old + self->room;
    Cell *cells = room > (size_t)PY_SSIZE_T_MAX / sizeof *cells ? NULL : PyMem_Malloc(room * sizeof *cells);
    if (cells == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    kernel_advise(cells, room * sizeof *cells);
    memset(cells, 0xFF, room * sizeof *cells);  /* all NONE */
    self->cells = cells;
    self->room = room;
    for (const Cell *cell = old; cell != end; cell++)
        if (cell->first != NONE)
            *find(self, cell->term) = *cell;
    PyMem_Free(old);
    return 0;
}

int postings_open(Postings *self)
{
    return rehash(self, 16);
}

void postings_close(Postings *self)
{
    PyMem_Free(self->cells);
    PyMem_Free(self->words);
    PyMem_Free(self->labels);
    PyMem_Free(self->hits);
    PyMem_Free(self->touched);
}

size_t postings_bytes(const Postings *self)
{
    return self->room * sizeof(Cell) + self->words_room * sizeof(uint32_t) + self->labels_room * sizeof(Label) +
           self->hits_room * sizeof(uint16_t) + self->touched_room * sizeof(uint32_t);
}

int postings_reserve(Postings *self, size_t more, size_t terms)
{
    if (more > MORE || self->slots > MORE - more || terms > MOST_WORDS / LARGEST_WORDS ||
        self->words_used + terms * LARGEST_WORDS > MOST_WORDS) {
        PyErr_SetString(PyExc_OverflowError, "the index is full; rebuild it without the dead slots");
        return -1;
    }
    if (kernel_reserve(&self->words, &self->words_room, self->words_used + terms * LARGEST_WORDS, sizeof(uint32_t)) < 0 ||
        kernel_reserve(&self->labels, &self->labels_room, self->slots + more, sizeof(Label)) < 0 ||
        kernel_reserve(&self->hits, &self->hits_room, self->slots + more, sizeof(uint16_t)) < 0)
        return -1;
    size_t room = self->room;
    while (room / 4 * 3 < self->used + terms)
        room *= 2;
    return room == self->room ? 0 : rehash(self, room);
}

/* A new block, for which there is room, with one slot. */
static uint32_t make_block(Postings *self, unsigned size, uint32_t older, uint32_t slot)
{
    const uint32_t block = MORE | size << START_BITS | (uint32_t)(self->words_used / UNIT_WORDS);
    uint32_t *words = words_of(self, block);
    const size_t last = last_of(block);
    self->words_used += last + 1;
    words[0] = older;
    words[1] = MORE | (uint32_t)last;
    words[last] = slot;
    return block;
}

static void push(Postings *self, Cell *cell, uint32_t slot)
{
    if (!(cell->first & MORE)) {
        if (self->hits[cell->first] == DEAD) {
            cell->first = slot;
            return;
        }
        cell->first = make_block(self, 0, NONE, cell->first);
    }
    uint32_t *words = words_of(self, cell->first);
    const unsigned size = size_of(cell->first);
    if (words[1] & MORE) {
        const size_t place = newest_in(words) - 1;
        words[1] = MORE | (uint32_t)place;
        words[place] = slot;
    } else {
        cell->first = make_block(self, size < LARGEST ? size + 1 : LARGEST, cell->first, slot);
    }
}

void postings_insert(Postings *self, const uint8_t *terms, size_t count, uint64_t rank, int64_t moment)
{
    const uint32_t slot = (uint32_t)self->slots;
    for (size_t i = 0; i < count; i++) {
        const uint32_t term = load32(terms + 4 * i);
        Cell *cell = find(self, term);
        if (cell->first == NONE) {
            *cell = (Cell){term, slot};
            self->used++;
        } else {
            push(self, cell, slot);
        }
    }
    self->labels[slot] = (Label){rank, moment};
    self->hits[slot] = 0;
    self->slots++;
    self->live++;
}

void postings_discard(Postings *self, uint64_t rank)
{
    self->live -= (size_t)labels_discard(self->labels, self->hits, self->slots, rank);
}

/* Takes the dead slots, of which there are some, out of the newest of a block: its places from `first` to before `end`. */
static void drop_dead(const Postings *self, uint32_t *words, size_t first, size_t end)
{
    size_t kept = end;
    for (size_t place = end; place-- > first;)
        if (self->hits[words[place]] != DEAD)
            words[--kept] = words[place];
    words[1] = MORE | (uint32_t)kept;
}

/* Adds the score of a term that is in one text to its hits. */
static inline size_t count_slot(const Postings *self, Shared *term, size_t touched)
{
    uint16_t *const hits = &self->hits[*term->link];
    self->touched[touched] = *term->link;
    term->left = 0;
    if (*hits == DEAD)
        return touched;
    *hits = (uint16_t)(*hits + term->score);
    return touched + (*hits == term->score);
}

/* Adds the score of a term to the hits of the newest live slots of a block, as many as are left, at least one, and goes on to
 * the next older block, which is about to be read. A function of its own, since what its loop works with is then in
 * registers. */
APART static size_t count_block(Postings *self, Shared *term, size_t touched)
{
    uint16_t *const hits = self->hits;
    uint32_t *const list = self->touched, *const words = words_of(self, *term->link);
    const size_t last = last_of(*term->link), first = newest_in(words);
    const uint16_t score = term->score;
    size_t place = first, dead = 0, chain = term->left;
    while (place <= last && chain > 0) {
        const size_t left = last + 1 - place, some = left < chain ? left : chain, end = place + some, known = dead;
        for (; place < end; place++) {
            const uint32_t slot = words[place];
            const uint16_t before = hits[slot];
            if (before == DEAD) {
                dead++;
                continue;
            }
            list[touched] = slot;
            touched += before == 0;
            hits[slot] = (uint16_t)(before + score);
        }
        chain -= some - (dead - known);
    }
    if (dead > 0)
        drop_dead(self, words, first, place);
    if (newest_in(words) > last && term->link != &term->cell->first)
        *term->link = words[0];
    else
        term->link = words;
    term->left = *term->link == NONE ? 0 : chain;
    if (term->left > 0)
        prefetch_block(self, *term->link);
    return touched;
}

/* Adds the scores of all terms to the hits of their newest live slots; how many slots have any. Each term has a block counted
 * in its turn: what comes next of it is read from memory meanwhile. */
static size_t count_hits(Postings *self, Shared *terms, size_t count)
{
    size_t touched = 0;
    while (count > 0) {
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            touched = *terms[i].link & MORE ? count_block(self, &terms[i], touched) : count_slot(self, &terms[i], touched);
            if (terms[i].left > 0)
                terms[kept++] = terms[i];
        }
        count = kept;
    }
    return touched;
}

/* Those of some touched slots that have enough hits, as hits << 32 | slot; how many. No slot has hits afterwards. */
static inline size_t take_promising(Postings *self, const uint32_t *slots, size_t count, uint64_t least, uint64_t *promising)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t slot = slots[i];
        const uint64_t hits = self->hits[slot];
        self->hits[slot] = 0;
        promising[kept] = hits << 32 | slot;
        kept += hits >= least;
    }
    return kept;
}

/* Labels lie anywhere in memory: only those are read whose hits are as many as the least that are kept, some at once. */
static void offer_touched(const Stretch *span, size_t touched, Best *best)
{
    Postings *self = span->index;
    uint64_t promising[AT_ONCE];
    for (size_t from = 0; from < touched; from += AT_ONCE) {
        const uint64_t least = best->kept < best->limit ? 0 : best->values[0] >> RANK_BITS;
        const size_t some = touched - from < AT_ONCE ? touched - from : AT_ONCE;
        const size_t kept = take_promising(self, self->touched + from, some, least, promising);
        for (size_t i = 0; i < kept; i++)
            PREFETCH(&self->labels[(uint32_t)promising[i]]);
        for (size_t i = 0; i < kept; i++) {
            const Label *label = &self->labels[(uint32_t)promising[i]];
            const uint64_t value = promising[i] >> 32 << RANK_BITS;
            if (span->low <= label->moment && label->moment <= span->high)
                best->kept = greatest_offer(best->values, best->kept, best->limit, value | label->rank);
        }
    }
}

/* Offers the texts of a span to the best; -1 with MemoryError. */
static int collect(const Stretch *span, Shared *terms, size_t count, size_t chain, Best *best)
{
    Postings *self = span->index;
    if (chain > self->live)
        chain = self->live;
    if (chain == 0 || best->limit == 0)
        return 0;
    const size_t most = self->live / chain < count ? self->live : count * chain;
    if (kernel_reserve(&self->touched, &self->touched_room, most + 1, sizeof(uint32_t)) < 0)
        return -1;
    const size_t more = best->limit < most ? best->limit : most;
    if (kernel_reserve(&best->values, &best->room, best->kept + more + 1, sizeof *best->values) < 0)
        return -1;
    const size_t touched = count_hits(self, terms, count);
    offer_touched(span, touched, best);
    return 0;
}

/* The terms of a query that an index has, in `out`, which has room for all; how many. `chain` slots of each count, at least one.
 * Starts to load their newest blocks. */
static size_t seek(const Postings *self, const Wanted *wanted, size_t chain, Shared *out)
{
    size_t count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        Cell *cell = find(self, load32(wanted->terms + 4 * i));
        if (cell->first == NONE)
            continue;
        if (cell->first & MORE)
            prefetch_block(self, cell->first);
        out[count++] = (Shared){cell, &cell->first, chain, load16(wanted->scores + 2 * i)};
    }
    return count;
}

uint64_t *postings_search(const Stretch *spans, size_t count, const Wanted *wanted, size_t chain, size_t limit, size_t *found)
{
    Best best = {.limit = limit};
    Shared *terms = PyMem_Malloc((count * wanted->count + 1) * sizeof *terms);
    size_t *sizes = PyMem_Calloc(count + 1, sizeof *sizes);
    int status = kernel_reserve(&best.values, &best.room, 64, sizeof *best.values);
    if (status == 0 && (terms == NULL || sizes == NULL)) {
        PyErr_NoMemory();
        status = -1;
    }
    for (size_t i = 0; status == 0 && i < count; i++)
        if (spans[i].index->live > 0)
            sizes[i] = seek(spans[i].index, wanted, chain, terms + i * wanted->count);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = collect(&spans[i], terms + i * wanted->count, sizes[i], chain, &best);
    PyMem_Free(terms);
    PyMem_Free(sizes);
    if (status < 0) {
        PyMem_Free(best.values);
        return NULL;
    }
    greatest_sort(best.values, best.kept, limit);
    *found = best.kept;
    return best.values;
}

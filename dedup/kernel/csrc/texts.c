/* Texts: slots and stories.
 *
 * The texts of a story are a list through their slots, in the order of ordinals. Nearly always a text is newer than all
 * of its story, so its place is looked for from the end.
 */
#include "products.h"

#include <stdlib.h>

#define DAY_SECONDS 86400
/* Of two headlines of a series: fewer common words say nothing, and the share of all their words that is common. */
#define SHARED_WORDS 3
#define LIKENESS 0.6

uint32_t texts_find(const Store *self, int64_t ordinal)
{
    return map_find(&self->by_ordinal, self->texts, (uint64_t)ordinal);
}

uint32_t texts_story(const Store *self, int64_t number)
{
    return map_find(&self->by_number, self->stories, (uint64_t)number);
}

int texts_reserve(Store *self, size_t texts, size_t stories, size_t terms, size_t words)
{
    if (texts > (size_t)NONE - self->text_count) {
        PyErr_SetString(PyExc_OverflowError, "there are at most 4294967295 texts; keep those that are needed");
        return -1;
    }
    if (kernel_reserve(&self->texts, &self->texts_room, self->text_count + texts, sizeof(Text)) < 0 ||
        kernel_reserve(&self->stories, &self->stories_room, self->story_count + stories, sizeof(Story)) < 0 ||
        kernel_reserve(&self->hashes, &self->hashes_room, self->term_count + terms, sizeof(uint32_t)) < 0 ||
        kernel_reserve(&self->weights, &self->weights_room, self->term_count + terms, sizeof(uint16_t)) < 0 ||
        kernel_reserve(&self->words, &self->words_room, self->word_count + words, sizeof(uint32_t)) < 0)
        return -1;
    if (map_reserve(&self->by_ordinal, self->texts, self->by_ordinal.used + texts) < 0)
        return -1;
    return map_reserve(&self->by_number, self->stories, self->by_number.used + stories);
}

/* The place of a story, made where there is none, for which there is room. */
static uint32_t make_story(Store *self, int64_t number)
{
    uint32_t place = texts_story(self, number);
    if (place != NONE)
        return place;
    place = self->free_story;
    if (place != NONE)
        self->free_story = self->stories[place].first;
    else
        place = (uint32_t)self->story_count++;
    self->stories[place] = (Story){number, NONE, NONE, NONE};
    map_add(&self->by_number, self->stories, place);
    return place;
}

static void link_text(Store *self, uint32_t slot, int64_t number)
{
    Text *text = &self->texts[slot];
    text->story = make_story(self, number);
    Story *story = &self->stories[text->story];
    uint32_t before = story->last;
    while (before != NONE && self->texts[before].ordinal > text->ordinal)
        before = self->texts[before].earlier;
    text->earlier = before;
    text->later = before == NONE ? story->first : self->texts[before].later;
    *(before == NONE ? &story->first : &self->texts[before].later) = slot;
    *(text->later == NONE ? &story->last : &self->texts[text->later].earlier) = slot;
}

static void unlink_text(Store *self, uint32_t slot)
{
    const Text *text = &self->texts[slot];
    Story *story = &self->stories[text->story];
    *(text->earlier == NONE ? &story->first : &self->texts[text->earlier].later) = text->later;
    *(text->later == NONE ? &story->last : &self->texts[text->later].earlier) = text->earlier;
    if (story->first == NONE) {
        map_remove(&self->by_number, self->stories, (uint64_t)story->number);
        story->first = self->free_story;
        self->free_story = text->story;
    }
}

int texts_open(Store *self)
{
    self->free_story = NONE;
    self->by_ordinal.item = sizeof(Text);
    self->by_number.item = sizeof(Story);
    return texts_reserve(self, 0, 1, 0, 0);
}

void texts_close(Store *self)
{
    PyMem_Free(self->texts);
    PyMem_Free(self->stories);
    PyMem_Free(self->hashes);
    PyMem_Free(self->weights);
    PyMem_Free(self->words);
    PyMem_Free(self->by_ordinal.cells);
    PyMem_Free(self->by_number.cells);
    PyMem_Free(self->pairs);
    PyMem_Free(self->deciding.hashes);
    PyMem_Free(self->deciding.weights);
    PyMem_Free(self->cells);
    PyMem_Free(self->taken);
}

/* Appends the headline of a text, for which there is room. */
static void note_headline(Store *self, uint32_t slot, const View *text)
{
    Text *own = &self->texts[slot];
    own->publisher = text->publisher;
    own->words = text->words;
    own->headline = self->word_count;
    if (text->words > 0)
        memcpy(self->words + self->word_count, text->headline, text->words * sizeof *text->headline);
    self->word_count += text->words;
}

int texts_rename(Store *self, uint32_t slot, const View *text)
{
    if (texts_reserve(self, 0, 1, 0, text->words) < 0)
        return -1;
    note_headline(self, slot, text);
    return 0;
}

/* Adds a text for which there is room. Its terms may be in that room. */
static void append(Store *self, const View *text, int64_t number)
{
    const size_t terms = view_terms(text), start = self->term_count;
    if (terms > 0) {
        memmove(self->hashes + start, text->hashes, terms * sizeof *text->hashes);
        memmove(self->weights + start, text->weights, terms * sizeof *text->weights);
    }
    const uint32_t slot = (uint32_t)self->text_count++;
    self->texts[slot] = (Text){text->ordinal, text->published, start, {0}, text->background, NONE, NONE, NONE, NONE, 0, 0, 0};
    memcpy(self->texts[slot].sizes, text->sizes, sizeof text->sizes);
    self->term_count += terms;
    note_headline(self, slot, text);
    map_add(&self->by_ordinal, self->texts, slot);
    link_text(self, slot, number);
}

int texts_add(Store *self, const View *text, int64_t number)
{
    if (texts_reserve(self, 1, 1, view_terms(text), text->words) < 0)
        return -1;
    append(self, text, number);
    products_settle(self, text, (uint32_t)self->text_count - 1);
    return 0;
}

void texts_discard(Store *self, uint32_t slot)
{
    unlink_text(self, slot);
    map_remove(&self->by_ordinal, self->texts, self->texts[slot].ordinal);
    self->texts[slot].story = NONE;
}

int texts_move(Store *self, const uint32_t *slots, size_t count, int64_t number)
{
    if (texts_reserve(self, 0, 1, 0, 0) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        unlink_text(self, slots[i]);
        link_text(self, slots[i], number);
    }
    return 0;
}

/* Of so many texts one may be gone and its memory still be taken. */
#define FEW 8

/* All texts but the marked ones are gone, and their places stay; none is marked. */
static void forget_others(Store *self)
{
    for (uint32_t slot = 0; slot < self->text_count; slot++) {
        if (self->texts[slot].mark == NONE && self->texts[slot].story != NONE)
            texts_discard(self, slot);
        self->texts[slot].mark = NONE;
    }
}

/* Likewise, and so many texts with so many words in their headlines are all that is left; -1 with MemoryError, and all are as
 * they were. Terms lie in the order of slots, so those that stay move down one text after the other: they, which are nearly
 * all of the memory, are never there twice. The rest is made anew, and there is room for it before anything moves. */
static int make_anew(Store *self, size_t texts, size_t words)
{
    const size_t stories = texts < self->by_number.used ? texts : self->by_number.used;
    Store fresh = {.reach = self->reach, .arrivals = self->arrivals, .first = self->first, .newest = self->newest,
                   .skipped = self->skipped, .counted = self->counted, .least = self->least};
    if (texts_open(&fresh) < 0 || texts_reserve(&fresh, texts, stories, 0, words) < 0) {
        texts_close(&fresh);
        return -1;
    }
    PyMem_Free(fresh.hashes);
    PyMem_Free(fresh.weights);
    fresh.hashes = self->hashes;
    fresh.weights = self->weights;
    fresh.hashes_room = self->hashes_room;
    fresh.weights_room = self->weights_room;
    for (uint32_t slot = 0; slot < self->text_count; slot++)
        if (self->texts[slot].mark != NONE) {
            const View text = texts_view(self, slot);
            append(&fresh, &text, self->stories[self->texts[slot].story].number);
        }
    self->hashes = NULL;
    self->weights = NULL;
    texts_close(self);
    *self = fresh;
    kernel_shrink(&self->hashes, &self->hashes_room, self->term_count, sizeof *self->hashes);
    kernel_shrink(&self->weights, &self->weights_room, self->term_count, sizeof *self->weights);
    return 0;
}

int texts_keep(Store *self, const int64_t *ordinals, size_t count)
{
    size_t texts = 0, words = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t slot = texts_find(self, ordinals[i]);
        if (slot == NONE || self->texts[slot].mark != NONE)
            continue;
        self->texts[slot].mark = 0;
        words += self->texts[slot].words;
        texts++;
    }
    if (self->text_count - texts <= self->text_count / FEW) {
        forget_others(self);
        return 0;
    }
    if (make_anew(self, texts, words) == 0)
        return 0;
    for (uint32_t slot = 0; slot < self->text_count; slot++)
        self->texts[slot].mark = NONE;
    return -1;
}

size_t texts_bytes(const Store *self)
{
    return self->texts_room * sizeof(Text) + self->stories_room * sizeof(Story) +
           self->hashes_room * sizeof(uint32_t) + self->weights_room * sizeof(uint16_t) + self->words_room * sizeof(uint32_t) +
           map_bytes(&self->by_ordinal) + map_bytes(&self->by_number) +
           (self->pairs == NULL ? 0 : sizeof(Pair) << PAIR_BITS) + self->cells_room * sizeof(Scattered) +
           self->taken_room * sizeof(uint32_t) + self->deciding.hashes_room * sizeof(uint32_t) +
           self->deciding.weights_room * sizeof(uint16_t);
}

int texts_comparable(const Store *self, uint32_t slot, uint64_t ordinal, int64_t published)
{
    const Text *text = &self->texts[slot];
    if (published == UNDATED || text->published == UNDATED)
        return distance((int64_t)ordinal, (int64_t)text->ordinal) <= self->arrivals;
    return distance(published, text->published) <= self->reach;
}

size_t texts_voices(const Store *self, uint32_t story, uint64_t ordinal, int64_t published, size_t first, size_t newest,
                    uint32_t *slots, size_t *front)
{
    size_t count = 0;
    uint32_t stop = story == NONE ? NONE : self->stories[story].first;
    for (; stop != NONE && count < first; stop = self->texts[stop].later)
        if (texts_comparable(self, stop, ordinal, published))
            slots[count++] = stop;
    if (front != NULL)
        *front = count;
    if (stop == NONE)
        return count;
    size_t low = count;
    const size_t most = first + newest;
    for (uint32_t slot = self->stories[story].last; count < most; slot = self->texts[slot].earlier) {
        if (texts_comparable(self, slot, ordinal, published))
            slots[count++] = slot;
        if (slot == stop)
            break;
    }
    for (size_t high = count; low + 1 < high; low++) {
        const uint32_t slot = slots[--high];
        slots[high] = slots[low];
        slots[low] = slot;
    }
    return count;
}

int64_t texts_day_of(int64_t moment)
{
    const int64_t day = moment / DAY_SECONDS;
    return moment % DAY_SECONDS < 0 ? day - 1 : day;
}

int texts_alike(const uint32_t *one, size_t mine, const uint32_t *other, size_t theirs)
{
    size_t common = 0;
    if (mine < SHARED_WORDS || theirs < SHARED_WORDS || (double)mine < LIKENESS * (double)theirs ||
        (double)theirs < LIKENESS * (double)mine)
        return 0;
    for (size_t i = 0, k = 0; i < mine && k < theirs;) {
        const uint32_t x = one[i], y = other[k];
        common += x == y;
        i += x <= y;
        k += y <= x;
    }
    return common >= SHARED_WORDS && (double)common >= LIKENESS * (double)(mine + theirs - common);
}

int texts_is_issue(const Store *self, uint32_t story, const View *text)
{
    uint32_t slots[MAX_VOICES];
    if (text->published == UNDATED || text->words < SHARED_WORDS)
        return 0;
    const size_t count = texts_voices(self, story, text->ordinal, text->published, self->first, self->newest, slots, NULL);
    for (size_t i = 0; i < count; i++) {
        const View voice = texts_view(self, slots[i]);
        if (voice.publisher == text->publisher && voice.published != UNDATED &&
            texts_day_of(voice.published) != texts_day_of(text->published) &&
            texts_alike(text->headline, text->words, voice.headline, voice.words))
            return 1;
    }
    return 0;
}

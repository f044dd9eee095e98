/* Articles: places, groups, stories, and the maps that find them.
 *
 * The articles of a group are a list through their places, and so are the groups of a story, in no order.
 */
#include "articles.h"

/* Of so many words of headlines one may be of nobody and still take its memory. */
#define FEW 8

uint32_t articles_by_id(const Roster *self, int64_t id)
{
    return map_find(&self->by_id, self->articles, (uint64_t)id);
}

uint32_t articles_by_ordinal(const Roster *self, int64_t ordinal)
{
    return map_find(&self->by_ordinal, self->articles, (uint64_t)ordinal);
}

uint32_t articles_group(const Roster *self, int64_t number)
{
    return map_find(&self->by_group, self->groups, (uint64_t)number);
}

uint32_t articles_story(const Roster *self, int64_t number)
{
    return map_find(&self->by_story, self->stories, (uint64_t)number);
}

void articles_prefetch(const Roster *self, int64_t id, int64_t ordinal, int64_t group)
{
    map_prefetch(&self->by_id, (uint64_t)id);
    map_prefetch(&self->by_ordinal, (uint64_t)ordinal);
    map_prefetch(&self->by_group, (uint64_t)group);
}

int articles_reserve(Roster *self, size_t more, size_t words)
{
    if (more > NONE - 1 || self->article_count > NONE - 1 - more || self->group_count > NONE - 1 - more) {
        PyErr_SetString(PyExc_OverflowError, "there are at most 4294967294 articles; keep those that are needed");
        return -1;
    }
    if (kernel_reserve(&self->articles, &self->articles_room, self->article_count + more, sizeof(Article)) < 0 ||
        kernel_reserve(&self->groups, &self->groups_room, self->group_count + more, sizeof(Group)) < 0 ||
        kernel_reserve(&self->stories, &self->stories_room, self->story_count + more, sizeof(Told)) < 0 ||
        kernel_reserve(&self->hashes, &self->hashes_room, self->hash_count + words, sizeof(uint32_t)) < 0)
        return -1;
    if (map_reserve(&self->by_id, self->articles, self->by_id.used + more) < 0 ||
        map_reserve(&self->by_ordinal, self->articles, self->by_ordinal.used + more) < 0 ||
        map_reserve(&self->by_group, self->groups, self->by_group.used + more) < 0)
        return -1;
    return map_reserve(&self->by_story, self->stories, self->by_story.used + more);
}

int articles_open(Roster *self)
{
    self->free_article = self->free_group = self->free_story = NONE;
    self->by_id = (Map){.item = sizeof(Article), .offset = offsetof(Article, id)};
    self->by_ordinal = (Map){.item = sizeof(Article), .offset = offsetof(Article, ordinal)};
    self->by_group = (Map){.item = sizeof(Group), .offset = offsetof(Group, number)};
    self->by_story = (Map){.item = sizeof(Told), .offset = offsetof(Told, number)};
    return articles_reserve(self, 1, 0);
}

void articles_close(Roster *self)
{
    PyMem_Free(self->articles);
    PyMem_Free(self->groups);
    PyMem_Free(self->stories);
    PyMem_Free(self->hashes);
    PyMem_Free(self->by_id.cells);
    PyMem_Free(self->by_ordinal.cells);
    PyMem_Free(self->by_group.cells);
    PyMem_Free(self->by_story.cells);
}

size_t articles_bytes(const Roster *self)
{
    return self->articles_room * sizeof(Article) + self->groups_room * sizeof(Group) + self->stories_room * sizeof(Told) +
           self->hashes_room * sizeof(uint32_t) + map_bytes(&self->by_id) + map_bytes(&self->by_ordinal) +
           map_bytes(&self->by_group) + map_bytes(&self->by_story);
}

static void enter_group(Roster *self, uint32_t place, uint32_t group)
{
    Article *article = &self->articles[place];
    article->group = group;
    article->before = NONE;
    article->after = self->groups[group].first;
    if (article->after != NONE)
        self->articles[article->after].before = place;
    self->groups[group].first = place;
}

static void leave_group(Roster *self, uint32_t place)
{
    const Article *article = &self->articles[place];
    if (article->before != NONE)
        self->articles[article->before].after = article->after;
    else
        self->groups[article->group].first = article->after;
    if (article->after != NONE)
        self->articles[article->after].before = article->before;
}

/* A story without a group is forgotten. */
static void leave_story(Roster *self, uint32_t place)
{
    Group *group = &self->groups[place];
    if (group->story == NONE)
        return;
    Told *story = &self->stories[group->story];
    if (group->before != NONE)
        self->groups[group->before].after = group->after;
    else
        story->first = group->after;
    if (group->after != NONE)
        self->groups[group->after].before = group->before;
    if (story->first == NONE) {
        map_remove(&self->by_story, self->stories, (uint64_t)story->number);
        story->first = self->free_story;
        self->free_story = group->story;
    }
    group->story = NONE;
}

static uint32_t make_story(Roster *self, int64_t number)
{
    uint32_t place = articles_story(self, number);
    if (place != NONE)
        return place;
    place = self->free_story;
    if (place != NONE)
        self->free_story = self->stories[place].first;
    else
        place = (uint32_t)self->story_count++;
    self->stories[place] = (Told){number, NONE, 0};
    map_add(&self->by_story, self->stories, place);
    return place;
}

uint32_t articles_make_group(Roster *self, int64_t number)
{
    uint32_t place = articles_group(self, number);
    if (place != NONE)
        return place;
    place = self->free_group;
    if (place != NONE)
        self->free_group = self->groups[place].after;
    else
        place = (uint32_t)self->group_count++;
    self->groups[place] = (Group){.number = number, .story = NONE, .first = NONE, .before = NONE, .after = NONE};
    map_add(&self->by_group, self->groups, place);
    return place;
}

void articles_place(Roster *self, uint32_t place, int64_t number)
{
    Group *group = &self->groups[place];
    if (group->story != NONE && self->stories[group->story].number == number)
        return;
    leave_story(self, place);
    group->story = make_story(self, number);
    Told *story = &self->stories[group->story];
    group->before = NONE;
    group->after = story->first;
    if (group->after != NONE)
        self->groups[group->after].before = place;
    story->first = place;
}

void articles_rename(Roster *self, uint32_t place, uint32_t publisher, const uint32_t *words, size_t count)
{
    Article *article = &self->articles[place];
    article->publisher = publisher;
    article->words = (uint32_t)count;
    article->headline = self->hash_count;
    if (count > 0)
        memcpy(self->hashes + self->hash_count, words, count * sizeof *words);
    self->hash_count += count;
}

void articles_add(Roster *self, const Article *article, const uint32_t *words, int64_t group, int64_t story, int begins)
{
    uint32_t place = self->free_article;
    const int is_new = articles_story(self, story) == NONE;
    if (place != NONE)
        self->free_article = self->articles[place].after;
    else
        place = (uint32_t)self->article_count++;
    self->articles[place] = *article;
    articles_rename(self, place, article->publisher, words, article->words);
    map_add(&self->by_id, self->articles, place);
    map_add(&self->by_ordinal, self->articles, place);
    const uint32_t own = articles_make_group(self, group);
    articles_place(self, own, story);
    enter_group(self, place, own);
    if (begins && is_new)
        self->stories[self->groups[own].story].whole = 1;
}

void articles_discard(Roster *self, uint32_t place)
{
    Article *article = &self->articles[place];
    leave_group(self, place);
    map_remove(&self->by_id, self->articles, (uint64_t)article->id);
    map_remove(&self->by_ordinal, self->articles, article->ordinal);
    article->group = NONE;
    article->after = self->free_article;
    self->free_article = place;
}

void articles_regroup(Roster *self, uint32_t place, uint32_t group)
{
    leave_group(self, place);
    enter_group(self, place, group);
}

void articles_drop_group(Roster *self, uint32_t place)
{
    Group *group = &self->groups[place];
    leave_story(self, place);
    map_remove(&self->by_group, self->groups, (uint64_t)group->number);
    group->after = self->free_group;
    self->free_group = place;
}

int articles_is_series(const Roster *self, uint32_t place, const View *other)
{
    const Article *article = &self->articles[place];
    return article->published != UNDATED && other->published != UNDATED && article->publisher == other->publisher &&
           texts_day_of(article->published) != texts_day_of(other->published) &&
           texts_alike(self->hashes + article->headline, article->words, other->headline, other->words);
}

static int is_among(const Numbers *numbers, int64_t wanted)
{
    size_t low = 0, high = numbers->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (numbers->numbers[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < numbers->count && numbers->numbers[low] == wanted;
}

static int64_t stretch_of(int64_t moment, int64_t length)
{
    const int64_t number = moment / length;
    return moment % length < 0 ? number - 1 : number;
}

static int is_told(const Roster *self, const Article *article, const Numbers held[KINDS_OF_SEGMENTS])
{
    const int64_t ordinal = (int64_t)article->ordinal, block = ordinal / self->block;
    if (!article->text)
        return 0;
    const int near = article->published == UNDATED ? is_among(&held[UNDATED_BLOCKS], block)
                                                   : is_among(&held[TOLD], stretch_of(article->published, self->period));
    return near || is_among(&held[BLOCKS], block) || is_among(&held[RECENT], ordinal / self->recent);
}

static int is_signed(const Roster *self, const Article *article, const Numbers held[KINDS_OF_SEGMENTS])
{
    const int64_t block = (int64_t)article->ordinal / self->block;
    const int near = article->published == UNDATED ? is_among(&held[UNDATED_BLOCKS], block)
                                                   : is_among(&held[DAYS], stretch_of(article->published, self->period));
    return near || is_among(&held[BLOCKS], block);
}

/* Headlines without those of articles that are gone, `words` together; -1 with MemoryError, and nothing changed. */
static int pack_headlines(Roster *self, size_t words)
{
    size_t room = 0, count = 0;
    uint32_t *fresh = NULL;
    if (kernel_reserve(&fresh, &room, words + 1, sizeof *fresh) < 0)
        return -1;
    for (size_t place = 0; place < self->article_count; place++) {
        Article *article = &self->articles[place];
        if (article->group == NONE)
            continue;
        memcpy(fresh + count, self->hashes + article->headline, article->words * sizeof *fresh);
        article->headline = count;
        count += article->words;
    }
    PyMem_Free(self->hashes);
    self->hashes = fresh;
    self->hashes_room = room;
    self->hash_count = count;
    return 0;
}

int articles_keep(Roster *self, const Numbers held[KINDS_OF_SEGMENTS], int64_t *left, size_t *count)
{
    size_t words = 0;
    *count = 0;
    for (size_t place = 0; place < self->article_count; place++) {
        const Article *article = &self->articles[place];
        if (article->group == NONE)
            continue;
        const uint32_t story = self->groups[article->group].story;
        const int told = is_told(self, article, held), stays = told || is_signed(self, article, held);
        if (story != NONE && (!stays || (article->text && !told)))
            self->stories[story].whole = 0;
        if (told)
            left[(*count)++] = (int64_t)article->ordinal;
        if (stays)
            words += article->words;
        else
            articles_discard(self, (uint32_t)place);
    }
    /* A free place has no article either, and the number of a group that was there. */
    for (size_t place = 0; place < self->group_count; place++)
        if (self->groups[place].first == NONE && articles_group(self, self->groups[place].number) == place)
            articles_drop_group(self, (uint32_t)place);
    return self->hash_count - words > self->hash_count / FEW ? pack_headlines(self, words) : 0;
}

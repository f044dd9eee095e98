/* Articles for Python: their groups, and the stories of these. */
#include "articles_arguments.h"

#include <stdlib.h>

static PyObject *numbers_list(const int64_t *numbers, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *number = PyLong_FromLongLong(numbers[i]);
        if (number == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, number);
    }
    return list;
}

PyObject *articles_type_groups_of(PyObject *object, PyObject *ordinals)
{
    const Roster *self = roster_of(object);
    PyObject *result = NULL;
    size_t count, kept = 0;
    int64_t *numbers = kernel_wholes(ordinals, &count);
    if (numbers == NULL)
        return NULL;
    size_t i = 0;
    for (; i < count; i++) {
        const uint32_t place = articles_by_ordinal(self, numbers[i]);
        if (place == NONE)
            break;
        const int64_t group = self->groups[self->articles[place].group].number;
        size_t known = 0;
        while (known < kept && numbers[known] != group)
            known++;
        numbers[known] = group;
        kept += known == kept;
    }
    if (i < count)
        kernel_key_error(numbers[i]);
    else
        result = numbers_list(numbers, kept);
    PyMem_Free(numbers);
    return result;
}

PyObject *articles_type_story_of(PyObject *object, PyObject *argument)
{
    const Roster *self = roster_of(object);
    int64_t number;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t group = articles_group(self, number);
    if (group != NONE && self->groups[group].story != NONE)
        return PyLong_FromLongLong(self->stories[self->groups[group].story].number);
    kernel_key_error(number);
    return NULL;
}

PyObject *articles_type_groups_in(PyObject *object, PyObject *argument)
{
    const Roster *self = roster_of(object);
    int64_t number;
    size_t count = 0;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t story = articles_story(self, number), first = story == NONE ? NONE : self->stories[story].first;
    for (uint32_t group = first; group != NONE; group = self->groups[group].after)
        count++;
    int64_t *numbers = PyMem_Malloc((count + 1) * sizeof *numbers);
    if (numbers == NULL)
        return PyErr_NoMemory();
    count = 0;
    for (uint32_t group = first; group != NONE; group = self->groups[group].after)
        numbers[count++] = self->groups[group].number;
    qsort(numbers, count, sizeof *numbers, articles_ascending);
    PyObject *list = numbers_list(numbers, count);
    PyMem_Free(numbers);
    return list;
}

/* What is told of an article of a story. */
typedef struct {
    int64_t id, ordinal, group;
    uint32_t version, text;
} Member;

static int by_id(const void *one, const void *other)
{
    const int64_t left = ((const Member *)one)->id, right = ((const Member *)other)->id;
    return (left > right) - (left < right);
}

/* The articles of a story (or NONE), ascending by id: an array to be freed with PyMem_Free; NULL with MemoryError. */
static Member *members_of_story(const Roster *self, uint32_t story, size_t *count)
{
    size_t room = 0;
    Member *members = NULL;
    *count = 0;
    if (kernel_reserve(&members, &room, 1, sizeof *members) < 0)
        return NULL;
    for (uint32_t group = story == NONE ? NONE : self->stories[story].first; group != NONE; group = self->groups[group].after)
        for (uint32_t place = self->groups[group].first; place != NONE; place = self->articles[place].after) {
            const Article *article = &self->articles[place];
            if (kernel_reserve(&members, &room, *count + 1, sizeof *members) < 0) {
                PyMem_Free(members);
                return NULL;
            }
            members[(*count)++] = (Member){article->id, (int64_t)article->ordinal, self->groups[group].number,
                                           article->version, article->text};
        }
    qsort(members, *count, sizeof *members, by_id);
    return members;
}

PyObject *articles_type_members_of(PyObject *object, PyObject *argument)
{
    const Roster *self = roster_of(object);
    int64_t number;
    size_t count;
    if (!kernel_whole(argument, &number))
        return NULL;
    Member *members = members_of_story(self, articles_story(self, number), &count);
    if (members == NULL)
        return NULL;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        const Member *one = &members[i];
        PyObject *member = Py_BuildValue("(LkLLN)", (long long)one->id, (unsigned long)one->version, (long long)one->ordinal,
                                         (long long)one->group, PyBool_FromLong((long)one->text));
        if (member == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, member);
    }
    PyMem_Free(members);
    return list;
}

PyObject *articles_type_is_whole(PyObject *object, PyObject *argument)
{
    int64_t number;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t story = articles_story(roster_of(object), number);
    return PyBool_FromLong(story != NONE && roster_of(object)->stories[story].whole);
}

PyObject *articles_type_know_less(PyObject *object, PyObject *argument)
{
    int64_t number;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t story = articles_story(roster_of(object), number);
    if (story != NONE)
        roster_of(object)->stories[story].whole = 0;
    Py_RETURN_NONE;
}

PyObject *articles_type_place(PyObject *object, PyObject *args)
{
    Roster *self = roster_of(object);
    int64_t group, story;
    if (!PyArg_ParseTuple(args, "O&O&:place", kernel_whole, &group, kernel_whole, &story) ||
        articles_check(group, "group_id") < 0 || articles_check(story, "story_id") < 0 || articles_reserve(self, 1, 0) < 0)
        return NULL;
    articles_place(self, articles_make_group(self, group), story);
    Py_RETURN_NONE;
}

PyObject *articles_type_regroup(PyObject *object, PyObject *args)
{
    Roster *self = roster_of(object);
    int64_t id, number;
    if (!PyArg_ParseTuple(args, "O&O&:regroup", kernel_whole, &id, kernel_whole, &number))
        return NULL;
    const uint32_t place = articles_by_id(self, id), group = articles_group(self, number);
    if (group == NONE) {
        kernel_key_error(number);
        return NULL;
    }
    if (place != NONE)
        articles_regroup(self, place, group);
    Py_RETURN_NONE;
}

PyObject *articles_type_move(PyObject *object, PyObject *args)
{
    Roster *self = roster_of(object);
    PyObject *groups;
    int64_t story;
    size_t count;
    if (!PyArg_ParseTuple(args, "OO&:move", &groups, kernel_whole, &story) || articles_check(story, "story_id") < 0)
        return NULL;
    int64_t *numbers = kernel_wholes(groups, &count);
    if (numbers == NULL || articles_reserve(self, 1, 0) < 0) {
        PyMem_Free(numbers);
        return NULL;
    }
    const uint32_t there = articles_story(self, story);
    int is_new = there == NONE, whole = there != NONE && self->stories[there].whole;
    for (size_t i = 0; i < count; i++) {
        const uint32_t group = articles_group(self, numbers[i]);
        const uint32_t former = group == NONE ? NONE : self->groups[group].story;
        const int was_whole = former != NONE && (former == articles_story(self, story) ? (uint32_t)whole
                                                                                      : self->stories[former].whole);
        if (was_whole && is_new) {
            whole = 1;
        } else if (!was_whole) {
            whole = 0;
            is_new = 0;
        }
        if (former != NONE)
            articles_place(self, group, story);
    }
    PyMem_Free(numbers);
    const uint32_t place = articles_story(self, story);
    if (place != NONE)
        self->stories[place].whole = (uint32_t)whole;
    Py_RETURN_NONE;
}

PyObject *articles_type_drop_group(PyObject *object, PyObject *argument)
{
    Roster *self = roster_of(object);
    int64_t number;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t group = articles_group(self, number);
    if (group != NONE && self->groups[group].first == NONE)
        articles_drop_group(self, group);
    Py_RETURN_NONE;
}

PyObject *articles_type_extent(PyObject *object, PyObject *argument)
{
    const Roster *self = roster_of(object);
    int64_t number;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t place = articles_group(self, number);
    if (place == NONE || !self->groups[place].measured)
        Py_RETURN_NONE;
    const Group *group = &self->groups[place];
    return Py_BuildValue("(LLk)", (long long)group->original, (long long)group->longest, (unsigned long)group->words);
}

PyObject *articles_type_set_extent(PyObject *object, PyObject *const *args, Py_ssize_t given)
{
    Roster *self = roster_of(object);
    int64_t number, original, longest, words;
    if (!arguments_are(given, 4, "set_extent") || !kernel_whole(args[0], &number) || !kernel_whole(args[1], &original) ||
        !kernel_whole(args[2], &longest) || !kernel_whole(args[3], &words) ||
        articles_check(number, "group_id") < 0 || articles_check(original, "original") < 0 ||
        articles_check(longest, "longest") < 0 || articles_check_small(words, "words") < 0)
        return NULL;
    if (articles_reserve(self, 1, 0) < 0)
        return NULL;
    Group *group = &self->groups[articles_make_group(self, number)];
    group->original = original;
    group->longest = longest;
    group->words = (uint32_t)words;
    group->measured = 1;
    Py_RETURN_NONE;
}

PyObject *articles_type_forget_extent(PyObject *object, PyObject *argument)
{
    int64_t number;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t place = articles_group(roster_of(object), number);
    if (place != NONE)
        roster_of(object)->groups[place].measured = 0;
    Py_RETURN_NONE;
}

PyObject *articles_type_lengthen(PyObject *object, PyObject *args)
{
    int64_t number, id, words;
    if (!PyArg_ParseTuple(args, "O&O&O&:lengthen", kernel_whole, &number, kernel_whole, &id, kernel_whole, &words) ||
        articles_check(id, "article_id") < 0 || articles_check_small(words, "words") < 0)
        return NULL;
    const uint32_t place = articles_group(roster_of(object), number);
    Group *group = place == NONE ? NULL : &roster_of(object)->groups[place];
    if (group != NULL && group->measured && words > group->words) {
        group->longest = id;
        group->words = (uint32_t)words;
    }
    Py_RETURN_NONE;
}

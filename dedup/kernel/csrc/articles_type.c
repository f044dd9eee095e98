/* Articles for Python. Arguments are taken first, then the structure is used, and results are made last. */
#include "articles_arguments.h"

#include <stdlib.h>

/* The least and the greatest number stand for all beyond them. */
int articles_check(int64_t number, const char *name)
{
    if (number > INT64_MIN && number < INT64_MAX)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s must be above -2**63 and below 2**63 - 1", name);
    return -1;
}

int articles_check_small(int64_t number, const char *name)
{
    if (number >= 0 && number <= (int64_t)UINT32_MAX)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s must be below 2**32, not %lld", name, (long long)number);
    return -1;
}

int articles_ascending(const void *one, const void *other)
{
    const int64_t left = *(const int64_t *)one, right = *(const int64_t *)other;
    return (left > right) - (left < right);
}

static PyObject *none_or_error(int status)
{
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

int articles_admit(Roster *self, const View *newcomer, const Place *place)
{
    if (articles_check(place->id, "article_id") < 0 || articles_check(place->group, "group_id") < 0 ||
        articles_check(place->story, "story_id") < 0 || articles_check_small(place->version, "version") < 0)
        return -1;
    if (articles_by_id(self, place->id) != NONE || articles_by_ordinal(self, (int64_t)newcomer->ordinal) != NONE) {
        PyErr_Format(PyExc_ValueError, "article and ordinal must be new, not %lld and %lld", (long long)place->id,
                     (long long)newcomer->ordinal);
        return -1;
    }
    if (articles_reserve(self, 1, newcomer->words) < 0)
        return -1;
    const Article article = {.ordinal = newcomer->ordinal, .id = place->id, .published = newcomer->published,
                             .words = newcomer->words, .publisher = newcomer->publisher,
                             .version = (uint32_t)place->version, .text = (uint32_t)place->text};
    articles_add(self, &article, newcomer->headline, place->group, place->story, place->begins);
    return 0;
}

static PyObject *type_add(PyObject *object, PyObject *args)
{
    int64_t ordinal;
    int status = -1;
    PyObject *skeleton = NULL;
    uint32_t *words;
    Place place = {.version = 1};
    View view = {.ordinal = 0};
    if (!PyArg_ParseTuple(args, "O&O&O&O&O&p|OO&p:add", kernel_whole, &place.id, kernel_whole, &ordinal, texts_moment,
                          &view.published, kernel_whole, &place.group, kernel_whole, &place.story, &place.text, &skeleton,
                          kernel_whole, &place.version, &place.begins) ||
        texts_check_place(ordinal, view.published) < 0 || texts_take_skeleton(&view, &words, skeleton) < 0)
        return NULL;
    view.ordinal = (uint64_t)ordinal;
    status = articles_admit(roster_of(object), &view, &place);
    PyMem_Free(words);
    return none_or_error(status);
}

static PyObject *moment_object(int64_t published)
{
    return published == UNDATED ? Py_NewRef(Py_None) : PyLong_FromLongLong(published);
}

static PyObject *type_discard(PyObject *object, PyObject *argument)
{
    Roster *self = roster_of(object);
    int64_t id;
    if (!kernel_whole(argument, &id))
        return NULL;
    uint32_t place = articles_by_id(self, id);
    if (place == NONE)
        Py_RETURN_NONE;
    const Article article = self->articles[place];
    PyObject *known = Py_BuildValue("(KNN)", (unsigned long long)article.ordinal, moment_object(article.published),
                                    PyBool_FromLong((long)article.text));
    /* Only now, so that nothing is lost where memory runs out; and making that may have run what took the article out. */
    place = known == NULL ? NONE : articles_by_id(self, id);
    if (place != NONE)
        articles_discard(self, place);
    return known;
}

static PyObject *type_rename(PyObject *object, PyObject *args)
{
    Roster *self = roster_of(object);
    int64_t id, version;
    PyObject *skeleton, *result = NULL;
    uint32_t *words;
    View view = {.ordinal = 0};
    if (!PyArg_ParseTuple(args, "O&OO&:rename", kernel_whole, &id, &skeleton, kernel_whole, &version) ||
        articles_check_small(version, "version") < 0 || texts_take_skeleton(&view, &words, skeleton) < 0)
        return NULL;
    const uint32_t place = articles_by_id(self, id);
    if (place == NONE) {
        result = Py_NewRef(Py_None);
    } else if (articles_reserve(self, 1, view.words) == 0) {
        articles_rename(self, place, view.publisher, view.headline, view.words);
        self->articles[place].version = (uint32_t)version;
        result = PyLong_FromUnsignedLongLong(self->articles[place].ordinal);
    }
    PyMem_Free(words);
    return result;
}

static PyObject *type_article_of(PyObject *object, PyObject *argument)
{
    const Roster *self = roster_of(object);
    int64_t ordinal;
    if (!kernel_whole(argument, &ordinal))
        return NULL;
    const uint32_t place = articles_by_ordinal(self, ordinal);
    if (place != NONE)
        return PyLong_FromLongLong(self->articles[place].id);
    kernel_key_error(ordinal);
    return NULL;
}

static PyObject *type_told_of(PyObject *object, PyObject *argument)
{
    const Roster *self = roster_of(object);
    int64_t id;
    if (!kernel_whole(argument, &id))
        return NULL;
    const uint32_t place = articles_by_id(self, id);
    if (place == NONE)
        Py_RETURN_NONE;
    const Article article = self->articles[place];
    return Py_BuildValue("(NN)", kernel_bytes32(&article.publisher, 1), moment_object(article.published));
}

static PyObject *type_is_series(PyObject *object, PyObject *args)
{
    int64_t ordinal;
    PyObject *skeleton, *result = NULL;
    uint32_t *words;
    View view = {.ordinal = 0};
    if (!PyArg_ParseTuple(args, "O&O&O:is_series", kernel_whole, &ordinal, texts_moment, &view.published, &skeleton) ||
        texts_take_skeleton(&view, &words, skeleton) < 0)
        return NULL;
    const uint32_t place = articles_by_ordinal(roster_of(object), ordinal);
    if (place == NONE)
        kernel_key_error(ordinal);
    else
        result = PyBool_FromLong(articles_is_series(roster_of(object), place, &view));
    PyMem_Free(words);
    return result;
}

/* Articles mostly lie in the order of decisions. */
static void sort(int64_t *ordinals, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (ordinals[i - 1] > ordinals[i]) {
            qsort(ordinals, count, sizeof *ordinals, articles_ascending);
            return;
        }
}

/* The ordinals of the texts that are left, ascending, as bytes; NULL with MemoryError. */
static PyObject *keep(Roster *self, const Numbers held[KINDS_OF_SEGMENTS])
{
    PyObject *bytes = NULL;
    size_t count;
    int64_t *left = PyMem_Malloc((self->article_count > 0 ? self->article_count : 1) * sizeof *left);
    if (left == NULL)
        return PyErr_NoMemory();
    if (articles_keep(self, held, left, &count) == 0) {
        sort(left, count);
        bytes = PyBytes_FromStringAndSize((const char *)left, (Py_ssize_t)(count * sizeof *left));
    }
    PyMem_Free(left);
    return bytes;
}

static PyObject *type_keep(PyObject *object, PyObject *held)
{
    Numbers numbers[KINDS_OF_SEGMENTS] = {{NULL, 0}};
    PyObject *tuple = PySequence_Tuple(held), *result = NULL;
    int kind = 0;
    if (tuple == NULL)
        return NULL;
    if (PyTuple_Size(tuple) != KINDS_OF_SEGMENTS) {
        PyErr_Format(PyExc_ValueError, "there are %d kinds of segments, not %zd", KINDS_OF_SEGMENTS, PyTuple_Size(tuple));
    } else {
        for (; kind < KINDS_OF_SEGMENTS; kind++) {
            numbers[kind].numbers = kernel_wholes(PyTuple_GetItem(tuple, kind), &numbers[kind].count);
            if (numbers[kind].numbers == NULL)
                break;
            qsort(numbers[kind].numbers, numbers[kind].count, sizeof(int64_t), articles_ascending);
        }
        if (kind == KINDS_OF_SEGMENTS)
            result = keep(roster_of(object), numbers);
    }
    for (int i = 0; i < KINDS_OF_SEGMENTS; i++)
        PyMem_Free(numbers[i].numbers);
    Py_DECREF(tuple);
    return result;
}

static Py_ssize_t type_length(PyObject *object)
{
    return (Py_ssize_t)roster_of(object)->by_id.used;
}

static int type_contains(PyObject *object, PyObject *key)
{
    int64_t id;
    if (!PyLong_Check(key))
        return 0;
    if (!kernel_whole(key, &id))
        return -1;
    return articles_by_id(roster_of(object), id) != NONE;
}

static PyObject *type_nbytes(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(sizeof(Articles) + articles_bytes(roster_of(object)));
}

static void type_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    articles_close(roster_of(object));
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *type_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"stretches", NULL};
    int64_t stretches[3];
    PyObject *given;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O:Articles", names, &given) ||
        kernel_some_wholes(given, stretches, 3, "stretches") < 0)
        return NULL;
    if (stretches[0] < 1 || stretches[1] < 1 || stretches[2] < 1) {
        PyErr_SetString(PyExc_ValueError, "stretches must be 1 or more");
        return NULL;
    }
    PyObject *object = PyType_GenericAlloc(type, 0);
    if (object == NULL)
        return NULL;
    Roster *self = roster_of(object);
    *self = (Roster){.period = stretches[0], .block = stretches[1], .recent = stretches[2]};
    if (articles_open(self) < 0)
        Py_CLEAR(object);
    return object;
}

static PyMethodDef methods[] = {
    {"add", type_add, METH_VARARGS,
     "add(article_id, ordinal, published, group_id, story_id, text, skeleton=(b'', b''), version=1, begins=False)"},
    {"discard", type_discard, METH_O, "discard(article_id) -> (ordinal, published, text) or None"},
    {"rename", type_rename, METH_VARARGS, "rename(article_id, skeleton, version) -> ordinal or None"},
    {"article_of", type_article_of, METH_O, "article_of(ordinal) -> article_id"},
    {"told_of", type_told_of, METH_O, "told_of(article_id) -> (publisher, published) or None"},
    {"is_series", type_is_series, METH_VARARGS, "is_series(ordinal, published, skeleton) -> bool"},
    {"groups_of", articles_type_groups_of, METH_O, "groups_of(ordinals) -> [group_id, ...]"},
    {"story_of", articles_type_story_of, METH_O, "story_of(group_id) -> story_id"},
    {"groups_in", articles_type_groups_in, METH_O, "groups_in(story_id) -> [group_id, ...]"},
    {"members_of", articles_type_members_of, METH_O, "members_of(story_id) -> [(article_id, version, ordinal, group_id, text), ...]"},
    {"is_whole", articles_type_is_whole, METH_O, "is_whole(story_id) -> bool"},
    {"know_less", articles_type_know_less, METH_O, "know_less(story_id)"},
    {"place", articles_type_place, METH_VARARGS, "place(group_id, story_id)"},
    {"regroup", articles_type_regroup, METH_VARARGS, "regroup(article_id, group_id)"},
    {"move", articles_type_move, METH_VARARGS, "move(group_ids, story_id)"},
    {"drop_group", articles_type_drop_group, METH_O, "drop_group(group_id)"},
    {"extent", articles_type_extent, METH_O, "extent(group_id) -> (original, longest, words) or None"},
    {"set_extent", OF_ARRAY(articles_type_set_extent), "set_extent(group_id, original, longest, words)"},
    {"forget_extent", articles_type_forget_extent, METH_O, "forget_extent(group_id)"},
    {"lengthen", articles_type_lengthen, METH_VARARGS, "lengthen(group_id, article_id, words)"},
    {"compare", articles_type_compare, METH_VARARGS,
     "compare(shingles, ordinals, published, skeleton, sets, share, enough, without=()) -> (compared, unknown, missing)"},
    {"keep", type_keep, METH_O, "keep(held) -> ordinals"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"nbytes", type_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "The articles of the window; see dedup.kernel.reference.articles.Articles."},
    {Py_tp_new, type_new},
    {Py_tp_dealloc, type_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, type_length},
    {Py_sq_contains, type_contains},
    {0, NULL},
};

PyType_Spec kernel_articles = {
    .name = "dedup.kernel._kernel.Articles",
    .basicsize = sizeof(Articles),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

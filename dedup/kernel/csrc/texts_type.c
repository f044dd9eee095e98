/* Texts for Python; evidence_methods.c has the other methods. Arguments are taken first, then the structure is used,
 * and results are made last: what comes before and after may run Python code that changes it. */
#include "texts_arguments.h"

int texts_admit(Store *self, const View *text, int64_t story)
{
    if (texts_find(self, (int64_t)text->ordinal) == NONE)
        return texts_check_story(story) < 0 ? -1 : texts_add(self, text, story);
    PyErr_Format(PyExc_ValueError, "ordinal must be new, not %lld", (long long)text->ordinal);
    return -1;
}

static PyObject *type_add(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"ordinal", "story", "published", "background", "vectors", "skeleton", NULL};
    int64_t ordinal, number, published, background;
    PyObject *vectors, *skeleton = NULL;
    Given given;
    uint32_t *headline = NULL;
    int status = -1;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O&O&O&O&O|O:add", names, kernel_whole, &ordinal, kernel_whole, &number,
                                     texts_moment, &published, kernel_whole, &background, &vectors, &skeleton))
        return NULL;
    if (texts_take(&given, vectors, ordinal, published, background) == 0 &&
        texts_take_skeleton(&given.view, &headline, skeleton) == 0)
        status = texts_admit(store_of(object), &given.view, number);
    PyMem_Free(headline);
    PyMem_Free(given.memory);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *type_discard(PyObject *object, PyObject *argument)
{
    int64_t ordinal;
    if (!kernel_whole(argument, &ordinal))
        return NULL;
    const uint32_t slot = texts_find(store_of(object), ordinal);
    if (slot != NONE)
        texts_discard(store_of(object), slot);
    Py_RETURN_NONE;
}

static PyObject *type_move(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"ordinals", "story", NULL};
    int64_t number;
    PyObject *ordinals;
    size_t count;
    int status = -1;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OO&:move", names, &ordinals, kernel_whole, &number))
        return NULL;
    uint32_t *slots = texts_check_story(number) < 0 ? NULL : texts_slots(store_of(object), ordinals, &count);
    if (slots != NULL)
        status = texts_move(store_of(object), slots, count, number);
    PyMem_Free(slots);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *type_keep(PyObject *object, PyObject *ordinals)
{
    size_t count;
    int64_t *kept = kernel_wholes(ordinals, &count);
    const int status = kept == NULL ? -1 : texts_keep(store_of(object), kept, count);
    PyMem_Free(kept);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *type_story_of(PyObject *object, PyObject *argument)
{
    const Store *self = store_of(object);
    int64_t ordinal;
    if (!kernel_whole(argument, &ordinal))
        return NULL;
    const uint32_t slot = texts_find(self, ordinal);
    if (slot != NONE)
        return PyLong_FromLongLong(self->stories[self->texts[slot].story].number);
    kernel_key_error(ordinal);
    return NULL;
}

static PyObject *type_texts_of(PyObject *object, PyObject *argument)
{
    const Store *self = store_of(object);
    int64_t number;
    size_t count = 0;
    if (!kernel_whole(argument, &number))
        return NULL;
    const uint32_t story = texts_story(self, number), first = story == NONE ? NONE : self->stories[story].first;
    for (uint32_t slot = first; slot != NONE; slot = self->texts[slot].later)
        count++;
    uint64_t *ordinals = PyMem_Malloc((count > 0 ? count : 1) * sizeof *ordinals);
    if (ordinals == NULL)
        return PyErr_NoMemory();
    count = 0;
    for (uint32_t slot = first; slot != NONE; slot = self->texts[slot].later)
        ordinals[count++] = self->texts[slot].ordinal;
    PyObject *list = texts_list(ordinals, count);
    PyMem_Free(ordinals);
    return list;
}

static PyObject *type_voices(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"story", "ordinal", "published", NULL};
    const Store *self = store_of(object);
    int64_t number, ordinal, published;
    uint32_t slots[MAX_VOICES];
    uint64_t ordinals[MAX_VOICES];
    if (!PyArg_ParseTupleAndKeywords(args, named, "O&O&O&:voices", names, kernel_whole, &number, kernel_whole, &ordinal,
                                     texts_moment, &published) ||
        texts_check_place(ordinal, published) < 0)
        return NULL;
    const size_t count = texts_voices(self, texts_story(self, number), (uint64_t)ordinal, published, self->first,
                                      self->newest, slots, NULL);
    for (size_t i = 0; i < count; i++)
        ordinals[i] = self->texts[slots[i]].ordinal;
    return texts_list(ordinals, count);
}

static PyObject *type_rename(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"ordinal", "skeleton", NULL};
    int64_t ordinal;
    PyObject *skeleton;
    uint32_t *headline;
    View view = {.ordinal = 0};
    int status = -1;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O&O:rename", names, kernel_whole, &ordinal, &skeleton) ||
        texts_take_skeleton(&view, &headline, skeleton) < 0)
        return NULL;
    const uint32_t slot = texts_find(store_of(object), ordinal);
    if (slot == NONE)
        kernel_key_error(ordinal);
    else
        status = texts_rename(store_of(object), slot, &view);
    PyMem_Free(headline);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *type_is_issue(PyObject *object, PyObject *args, PyObject *named)
{
    static char *names[] = {"story", "ordinal", "published", "skeleton", NULL};
    const Store *self = store_of(object);
    int64_t number, ordinal, published;
    PyObject *skeleton;
    uint32_t *headline;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O&O&O&O:is_issue", names, kernel_whole, &number, kernel_whole, &ordinal,
                                     texts_moment, &published, &skeleton) ||
        texts_check_place(ordinal, published) < 0)
        return NULL;
    View view = {.ordinal = (uint64_t)ordinal, .published = published};
    if (texts_take_skeleton(&view, &headline, skeleton) < 0)
        return NULL;
    const int found = texts_is_issue(self, texts_story(self, number), &view);
    PyMem_Free(headline);
    return PyBool_FromLong(found);
}

/* alike(headline, headline) -> bool */
PyObject *kernel_alike(PyObject *module, PyObject *args)
{
    Py_buffer views[2];
    size_t counts[2];
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*:alike", &views[0], &views[1]))
        return NULL;
    int status = 0;
    for (int i = 0; status == 0 && i < 2; i++)
        status = kernel_count(&views[i], 4, "an array", &counts[i]) < 0 ? -1 : kernel_ascending(views[i].buf, counts[i]);
    if (status == 0) {
        uint32_t *words = PyMem_Malloc(4 * (counts[0] + counts[1]) + 1);
        if (words == NULL) {
            PyErr_NoMemory();
        } else {
            copy_numbers(words, views[0].buf, counts[0], sizeof(uint32_t));
            copy_numbers(words + counts[0], views[1].buf, counts[1], sizeof(uint32_t));
            result = PyBool_FromLong(texts_alike(words, counts[0], words + counts[0], counts[1]));
            PyMem_Free(words);
        }
    }
    PyBuffer_Release(&views[0]);
    PyBuffer_Release(&views[1]);
    return result;
}

static Py_ssize_t type_length(PyObject *object)
{
    return (Py_ssize_t)store_of(object)->by_ordinal.used;
}

static int type_contains(PyObject *object, PyObject *key)
{
    int64_t ordinal;
    if (!PyLong_Check(key))
        return 0;
    if (!kernel_whole(key, &ordinal))
        return -1;
    return texts_find(store_of(object), ordinal) != NONE;
}

static PyObject *type_nbytes(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(sizeof(Texts) + texts_bytes(store_of(object)));
}

static void type_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    texts_close(store_of(object));
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *type_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"reach", "arrivals", "voices", "background", NULL};
    int64_t reach, arrivals, voices[2], rule[3];
    PyObject *pair, *triple;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O&O&OO:Texts", names, kernel_whole, &reach, kernel_whole, &arrivals, &pair,
                                     &triple) ||
        kernel_some_wholes(pair, voices, 2, "voices") < 0 || kernel_some_wholes(triple, rule, 3, "background") < 0)
        return NULL;
    const int64_t first = voices[0], newest = voices[1], skipped = rule[0], counted = rule[1], least = rule[2];
    if (first < 1 || newest < 2 || first > MAX_VOICES || newest > MAX_VOICES - first)
        return PyErr_Format(PyExc_ValueError, "a story has 1 first and 2 newest voices at least, %d in all at most",
                            MAX_VOICES);
    if (reach < 0 || arrivals < 0 || skipped < 0 || counted < 1 || counted > MAX_VOICES || least < 0 || least > (int64_t)UNIT) {
        PyErr_SetString(PyExc_ValueError, "the rules of comparison are out of range");
        return NULL;
    }
    PyObject *object = PyType_GenericAlloc(type, 0);
    if (object == NULL)
        return NULL;
    Store *self = store_of(object);
    *self = (Store){.reach = (uint64_t)reach, .arrivals = (uint64_t)arrivals, .first = (size_t)first,
                    .newest = (size_t)newest, .skipped = (uint64_t)skipped, .counted = (uint64_t)counted,
                    .least = (uint64_t)least};
    if (texts_open(self) < 0)
        Py_CLEAR(object);
    return object;
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))type_add, METH_VARARGS | METH_KEYWORDS,
     "add(ordinal, story, published, background, vectors, skeleton=(b'', b''))"},
    {"discard", type_discard, METH_O, "discard(ordinal)"},
    {"move", (PyCFunction)(void (*)(void))type_move, METH_VARARGS | METH_KEYWORDS, "move(ordinals, story)"},
    {"keep", type_keep, METH_O, "keep(ordinals)"},
    {"story_of", type_story_of, METH_O, "story_of(ordinal) -> story"},
    {"texts_of", type_texts_of, METH_O, "texts_of(story) -> [ordinal, ...]"},
    {"voices", (PyCFunction)(void (*)(void))type_voices, METH_VARARGS | METH_KEYWORDS,
     "voices(story, ordinal, published) -> [ordinal, ...]"},
    {"rename", (PyCFunction)(void (*)(void))type_rename, METH_VARARGS | METH_KEYWORDS, "rename(ordinal, skeleton)"},
    {"is_issue", (PyCFunction)(void (*)(void))type_is_issue, METH_VARARGS | METH_KEYWORDS,
     "is_issue(story, ordinal, published, skeleton) -> bool"},
    {"weigh", (PyCFunction)(void (*)(void))texts_type_weigh, METH_VARARGS | METH_KEYWORDS,
     "weigh(vectors, ordinal, published, found, around, weights, limits, least=-inf) -> (background, [fit, ...])"},
    {"fit", (PyCFunction)(void (*)(void))texts_type_fit, METH_VARARGS | METH_KEYWORDS,
     "fit(vectors, ordinal, published, background, others, weights) -> fit"},
    {"part", OF_ARRAY(texts_type_part),
     "part(story, vectors, ordinal, published, background, weights, bounds) -> (log_odds, part, part) or None"},
    {"is_one", OF_ARRAY(texts_type_is_one),
     "is_one(stories, vectors, ordinal, published, background, weights, bounds) -> bool"},
    {"shared", (PyCFunction)(void (*)(void))texts_type_shared, METH_VARARGS | METH_KEYWORDS,
     "shared(vector, ordinal, field, limit) -> hashes"},
    {"common", (PyCFunction)(void (*)(void))texts_type_common, METH_VARARGS | METH_KEYWORDS,
     "common(vectors, ordinal, calendar) -> (bodies, rest, headlines, words, other_words, named, terms)"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"nbytes", type_nbytes, NULL, "memory taken, in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "The texts of the window with their stories; see dedup.kernel.reference.texts.Texts."},
    {Py_tp_new, type_new},
    {Py_tp_dealloc, type_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_sq_length, type_length},
    {Py_sq_contains, type_contains},
    {0, NULL},
};

PyType_Spec kernel_texts = {
    .name = "dedup.kernel._kernel.Texts",
    .basicsize = sizeof(Texts),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

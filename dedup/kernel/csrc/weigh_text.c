/* TermCounts.weigh_text: the weighted terms of a text in one go, from its tokens to its vectors; see
 * dedup/kernel/reference/terms.py. */
#include "arguments.h"
#include "termcounts.h"
#include "termhashes.h"

/* How much of a text is its lead, how often title and lead count once more, and so on. */
typedef struct {
    Py_ssize_t most, lead, emphasis, weekday, fallback, caps[3];
} Shape;

typedef struct {
    uint32_t *terms, *scratch;
    double *raw;
    uint16_t *weights;
} Room;

static int room_open(Room *room, size_t terms)
{
    room->terms = PyMem_Malloc((2 * terms + 1) * sizeof *room->terms);
    room->raw = PyMem_Malloc((2 * terms + 1) * sizeof *room->raw);
    room->weights = PyMem_Malloc((terms + 1) * sizeof *room->weights);
    room->scratch = room->terms == NULL ? NULL : room->terms + terms;
    if (room->terms != NULL && room->raw != NULL && room->weights != NULL)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static void room_free(Room *room)
{
    PyMem_Free(room->terms);
    PyMem_Free(room->raw);
    PyMem_Free(room->weights);
}

static size_t put(uint32_t *out, const uint32_t *terms, size_t count)
{
    if (count > 0)
        memcpy(out, terms, count * sizeof *out);
    return count;
}

static size_t at_most(size_t count, Py_ssize_t most)
{
    return count < (size_t)most ? count : (size_t)most;
}

/* The vector of the first `count` terms in the room, and in `distinct`, unless that is NULL, those terms, each once. */
static PyObject *vector(const TermCounts *self, Room *room, const Emphasis *emphasis, size_t count, Py_ssize_t cap,
                        PyObject **distinct)
{
    kernel_sort(room->terms, room->scratch, count);
    const size_t different = term_counts_distinct(room->terms, emphasis, room->raw, count);
    if (distinct != NULL)
        *distinct = kernel_bytes32(room->terms, different);
    const size_t size = term_counts_weigh_distinct(self, room->terms, room->raw, room->weights, different, (size_t)cap);
    return kernel_vector_tuple(room->terms, room->weights, size);
}

/* (vector of all, vector of the title, vector of the numbers, distinct terms) in `parts`; -1 with MemoryError. */
static int weigh(const TermCounts *self, const TermHashes *found, const Shape *shape, PyObject **parts)
{
    const uint32_t *const text = found->text;
    const size_t lead = at_most(found->in_text, shape->lead);
    const uint32_t *const head = found->in_head > 0 ? found->head : text;
    const size_t in_head = found->in_head > 0 ? found->in_head : at_most(found->in_text, shape->fallback);
    const size_t count = found->in_text + found->in_head, more = lead + in_head;
    Room room;
    if (more > 0 && (size_t)shape->emphasis > (((size_t)1 << 40) - count) / more) {
        PyErr_NoMemory();
        return -1;
    }
    if (room_open(&room, count + more) == 0) {
        uint32_t *const emphasised = room.terms + count;
        const Emphasis emphasis = {emphasised, more, (size_t)shape->emphasis}, none = {NULL, 0, 0};
        put(room.terms + put(room.terms, text, found->in_text), found->head, found->in_head);
        put(emphasised + put(emphasised, text, lead), head, in_head);
        term_counts_prefetch(self, room.terms, count);
        kernel_sort(emphasised, room.scratch, more);
        parts[0] = vector(self, &room, &emphasis, count, shape->caps[0], &parts[3]);
        put(room.terms, head, in_head);
        parts[1] = vector(self, &room, &none, in_head, shape->caps[1], NULL);
        put(room.terms, found->numbers, found->in_numbers);
        parts[2] = vector(self, &room, &none, found->in_numbers, shape->caps[2], NULL);
    }
    room_free(&room);
    for (int i = 0; i < 4; i++)
        if (parts[i] == NULL)
            return -1;
    return 0;
}

static PyObject *weigh_hashes(const TermCounts *self, const TermHashes *found, const Shape *shape, PyObject *names)
{
    PyObject *parts[4] = {NULL, NULL, NULL, NULL}, *result = NULL;
    const size_t looked_at = found->in_head + at_most(found->in_text, shape->weekday);
    uint8_t *const terms = PyMem_Malloc(4 * looked_at + 1);
    long day;
    if (terms == NULL)
        return PyErr_NoMemory();
    copy_numbers(terms, found->head, looked_at, sizeof(uint32_t));
    if (kernel_first_among(terms, looked_at, names, &day) == 0 && weigh(self, found, shape, parts) == 0)
        result = Py_BuildValue("(OOO)Ol", parts[0], parts[1], parts[2], parts[3], day);
    PyMem_Free(terms);
    for (int i = 0; i < 4; i++)
        Py_XDECREF(parts[i]);
    return result;
}

static int take_shape(PyObject *tuple, PyObject *caps, Shape *shape)
{
    Py_ssize_t given[5];
    if (!argument_sizes(tuple, given, 5, "the shape") || !argument_sizes(caps, shape->caps, 3, "the caps"))
        return 0;
    shape->most = given[0];
    shape->lead = given[1];
    shape->emphasis = given[2];
    shape->weekday = given[3];
    shape->fallback = given[4];
    return 1;
}

/* A pair of syllables is about half a word. */
static Py_ssize_t doubled(Py_ssize_t words)
{
    return words > PY_SSIZE_T_MAX / 2 ? PY_SSIZE_T_MAX : 2 * words;
}

/* weigh_text(title, body, name, names, shape, caps, stems) -> (vectors, terms, day) | None */
PyObject *term_counts_weigh_text(PyObject *object, PyObject *const *args, Py_ssize_t given)
{
    PyObject *result = NULL;
    Shape shape;
    TermHashes found;
    Stems *stems;
    if (!arguments_are(given, 7, "weigh_text") || !argument_is_str(args[0]) || !argument_is_str(args[1]) ||
        !argument_is_str(args[2]) || !take_shape(args[4], args[5], &shape) || !stems_take(Py_TYPE(object), args[6], &stems))
        return NULL;
    if (shape.lead < 0 || shape.emphasis < 0 || shape.weekday < 0 || shape.fallback < 0 || shape.caps[0] < 0 ||
        shape.caps[1] < 0 || shape.caps[2] < 0) {
        PyErr_SetString(PyExc_ValueError, "no part of the shape and no cap must be negative");
        return NULL;
    }
    const int taken = kernel_take_terms(args, shape.most, stems, &found);
    if (taken == 0)
        return Py_NewRef(Py_None);
    if (found.syllabic) {
        shape.lead = doubled(shape.lead);
        shape.weekday = doubled(shape.weekday);
    }
    if (taken > 0)
        result = weigh_hashes((TermCounts *)object, &found, &shape, args[3]);
    PyMem_Free(found.hashes);
    return result;
}

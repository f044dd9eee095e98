/* Terms that are looked for: their spelling among tokens, the first of some names among terms. */
#include "arguments.h"
#include "termhashes.h"

#define BUCKETS ((size_t)256)

/* A term that is looked for, and where the first token with its hash lies; NULL until it is found. */
typedef struct Sought {
    uint32_t hash;
    const uint8_t *text;
    size_t size;
    struct Sought *next;                /* in its bucket */
} Sought;

/* Those that are not found yet, by the last bits of their hashes. */
typedef struct {
    Sought *first[BUCKETS];
    size_t left;
} Search;

static void look_for(Search *search, Sought *sought)
{
    Sought **const first = &search->first[sought->hash % BUCKETS];
    sought->next = *first;
    *first = sought;
    search->left++;
}

/* Takes out of a bucket those with this hash, which are found as this token. */
static void take_out(Search *search, uint32_t hash, const uint8_t *text, size_t size)
{
    for (Sought **place = &search->first[hash % BUCKETS]; *place != NULL;) {
        Sought *const sought = *place;
        if (sought->hash != hash) {
            place = &sought->next;
            continue;
        }
        sought->text = text;
        sought->size = size;
        *place = sought->next;
        search->left--;
    }
}

static void seek(const Tokens *tokens, Search *search)
{
    TokenRun run;
    run.at = 0;
    while (search->left > 0 && kernel_next_tokens(tokens, &run))
        for (size_t i = 0; i < run.count; i++)
            if (search->first[run.hashes[i] % BUCKETS] != NULL) {
                const size_t start = run.starts[i];
                take_out(search, run.hashes[i], tokens->text + start, run.starts[i + 1] - 1 - start);
            }
}

/* Terms one after the other with ", " between them; None where one was not found. */
static PyObject *listed(const Sought *sought, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (sought[i].text == NULL)
            return Py_NewRef(Py_None);
        size += sought[i].size + 2;
    }
    char *text = PyMem_Malloc(size + 1), *end = text;
    if (text == NULL)
        return PyErr_NoMemory();
    for (size_t i = 0; i < count; i++) {
        memcpy(end, sought[i].text, sought[i].size);
        end += sought[i].size;
        if (i + 1 < count) {
            memcpy(end, ", ", 2);
            end += 2;
        }
    }
    PyObject *made = PyUnicode_DecodeUTF8(text, end - text, NULL);
    PyMem_Free(text);
    return made;
}

/* What is looked for in all `groups`, a tuple of bytes, one group after the other, as an array to be freed with
 * PyMem_Free; NULL with an error set. */
static Sought *take_groups(PyObject *groups, Search *search)
{
    size_t total = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(groups); i++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(groups, i), &bytes, &size) < 0)
            return NULL;
        if (size % 4 != 0) {
            PyErr_SetString(PyExc_ValueError, "hashes must be a whole number of uint32");
            return NULL;
        }
        total += (size_t)size / 4;
    }
    Sought *sought = PyMem_Calloc(total + 1, sizeof *sought);
    if (sought == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    Sought *next = sought;
    for (Py_ssize_t i = 0; i < PyTuple_Size(groups); i++) {
        PyObject *group = PyTuple_GetItem(groups, i);
        const uint8_t *bytes = (const uint8_t *)PyBytes_AsString(group);
        for (Py_ssize_t k = 0; k < PyBytes_Size(group) / 4; k++) {
            next->hash = load32(bytes + 4 * k);
            look_for(search, next++);
        }
    }
    return sought;
}

static PyObject *spell(const Tokens *title, const Tokens *body, PyObject *groups)
{
    Search search = {.left = 0};
    size_t place = 0;
    Sought *sought = take_groups(groups, &search);
    if (sought == NULL)
        return NULL;
    seek(title, &search);
    seek(body, &search);
    PyObject *list = PyList_New(PyTuple_Size(groups));
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_Size(groups); i++) {
        const size_t size = (size_t)PyBytes_Size(PyTuple_GetItem(groups, i)) / 4;
        PyObject *made = listed(sought + place, size);
        place += size;
        if (made == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, made);
    }
    PyMem_Free(sought);
    return list;
}

/* spell(title, body, groups) -> [str | None, ...] */
PyObject *kernel_spell(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    PyObject *list = NULL;
    Tokens title, body;
    (void)module;
    if (!arguments_are(given, 3, "spell") || !argument_is_str(args[0]) || !argument_is_str(args[1]))
        return NULL;
    PyObject *groups = PySequence_Tuple(args[2]);
    if (groups != NULL && kernel_take_tokens(args[0], &title) == 0 && kernel_take_tokens(args[1], &body) == 0)
        list = spell(&title, &body, groups);
    Py_XDECREF(groups);
    return list;
}

#define MOST_NAMES 256

/* Which hashes may be among some: nearly every other one is answered by a bit. */
typedef struct {
    uint64_t bits[4];
} Filter;

static void note(Filter *filter, uint32_t hash)
{
    filter->bits[hash >> 6 & 3] |= UINT64_C(1) << (hash & 63);
}

static int may_be(const Filter *filter, uint32_t hash)
{
    return (int)(filter->bits[hash >> 6 & 3] >> (hash & 63) & 1);
}

typedef struct {
    const uint8_t *terms;               /* little-endian */
    size_t count;
} Name;

/* The number of the name that comes first, -1 for none. */
static long first_of(const uint8_t *terms, size_t count, const Name *names, size_t named)
{
    Filter filter = {{0}};
    for (size_t k = 0; k < named; k++)
        note(&filter, load32(names[k].terms));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; may_be(&filter, load32(terms + 4 * i)) && k < named; k++)
            if (names[k].count <= count - i && memcmp(terms + 4 * i, names[k].terms, 4 * names[k].count) == 0)
                return (long)k;
    return -1;
}

/* `given` are bytes in a tuple or list, which holds them. */
int kernel_first_among(const uint8_t *terms, size_t count, PyObject *given, long *number)
{
    Name names[MOST_NAMES];
    PyObject *tuple = PySequence_Tuple(given);
    const Py_ssize_t named = tuple == NULL ? -1 : PyTuple_Size(tuple);
    Py_ssize_t taken = 0;
    if (named > MOST_NAMES)
        PyErr_Format(PyExc_ValueError, "at most %d names, not %zd", MOST_NAMES, named);
    for (; named <= MOST_NAMES && taken < named; taken++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(tuple, taken), &bytes, &size) < 0)
            break;
        if (size == 0 || size % 4 != 0) {
            PyErr_SetString(PyExc_ValueError, "a name must be a whole number of terms, one at least");
            break;
        }
        names[taken] = (Name){(const uint8_t *)bytes, (size_t)size / 4};
    }
    const int status = tuple != NULL && taken == named ? 0 : -1;
    if (status == 0)
        *number = first_of(terms, count, names, (size_t)named);
    Py_XDECREF(tuple);
    return status;
}

/* first_of(terms, names) -> number or -1 */
PyObject *kernel_first_of(PyObject *module, PyObject *args)
{
    Py_buffer terms;
    PyObject *names;
    size_t count;
    long number;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*O:first_of", &terms, &names))
        return NULL;
    const int status = kernel_count(&terms, 4, "an array", &count) < 0
                           ? -1
                           : kernel_first_among(terms.buf, count, names, &number);
    PyBuffer_Release(&terms);
    return status < 0 ? NULL : PyLong_FromLong(number);
}

/* Terms that are looked for: their spelling in a text, the first of some names among terms. */
#include "arguments.h"
#include "termhashes.h"

#define BUCKETS ((size_t)256)

/* The hash of a term that is looked for, and the first that has it; its text is NULL until it is found. */
typedef struct Sought {
    Term term;
    struct Sought *next;                /* in its bucket */
} Sought;

/* Those that are not found yet, by the last bits of their hashes. */
typedef struct {
    Sought *first[BUCKETS];
    size_t left;
} Search;

static void look_for(Search *search, Sought *sought)
{
    Sought **const first = &search->first[sought->term.hash % BUCKETS];
    sought->next = *first;
    *first = sought;
    search->left++;
}

/* Takes out of a bucket those with the hash of this term, which are found. */
static void take_out(Search *search, const Term *term)
{
    for (Sought **place = &search->first[term->hash % BUCKETS]; *place != NULL;) {
        Sought *const sought = *place;
        if (sought->term.hash != term->hash) {
            place = &sought->next;
            continue;
        }
        sought->term = *term;
        *place = sought->next;
        search->left--;
    }
}

/* Looks among tokens that are terms. */
static void seek_tokens(const Tokens *tokens, Search *search)
{
    TokenRun run;
    run.at = 0;
    while (search->left > 0 && kernel_next_tokens(tokens, &run))
        for (size_t i = 0; i < run.count; i++)
            if (search->first[run.hashes[i] % BUCKETS] != NULL) {
                const size_t start = run.starts[i];
                const Tokens one = {tokens->text + start, run.starts[i + 1] - 1 - start};
                take_out(search, &(Term){one, {NULL, 0}, run.hashes[i]});
            }
}

/* Looks among the terms of any text of at most so many tokens: 1; 0 where a pair is too long, -1 with an error set. */
static int seek_terms(const Tokens *tokens, size_t most, const Tokens *name, Stems *stems, Search *search)
{
    Term *const terms = PyMem_Malloc((most + 1) * sizeof *terms);
    if (terms == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    const size_t count = terms_list(tokens, name, terms);
    int status = count != SIZE_MAX;
    if (status > 0 && stems != NULL && stems_resolve(stems, terms, count) < 0)
        status = -1;
    for (size_t i = 0; status > 0 && search->left > 0 && i < count; i++)
        take_out(search, &terms[i]);
    PyMem_Free(terms);
    return status;
}

/* Terms one after the other with ", " between them; None where one was not found. */
static PyObject *listed(const Sought *sought, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (sought[i].term.one.text == NULL)
            return Py_NewRef(Py_None);
        size += sought[i].term.one.size + sought[i].term.other.size + 2;
    }
    char *text = PyMem_Malloc(size + 1), *end = text;
    if (text == NULL)
        return PyErr_NoMemory();
    for (size_t i = 0; i < count; i++) {
        const Tokens *const parts[2] = {&sought[i].term.one, &sought[i].term.other};
        for (int k = 0; k < 2; k++)
            for (size_t at = 0; at < parts[k]->size; at++)
                *end++ = (char)parts[k]->text[at];
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
            next->term.hash = load32(bytes + 4 * k);
            look_for(search, next++);
        }
    }
    return sought;
}

/* The terms of each group, which were sought; NULL with an error set. */
static PyObject *listed_groups(const Sought *sought, PyObject *groups)
{
    PyObject *list = PyList_New(PyTuple_Size(groups));
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_Size(groups); i++) {
        const size_t size = (size_t)PyBytes_Size(PyTuple_GetItem(groups, i)) / 4;
        PyObject *made = listed(sought, size);
        sought += size;
        if (made == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, made);
    }
    return list;
}

/* `parts` are the tokens of title, body and name. */
static PyObject *spell(const Tokens *parts, PyObject *groups, Stems *stems)
{
    Search search = {.left = 0};
    int status = 1;
    Sought *sought = take_groups(groups, &search);
    if (sought == NULL)
        return NULL;
    for (size_t i = 0; status > 0 && i < 2; i++) {
        uint8_t greatest;
        const size_t count = kernel_count_tokens(&parts[i], &greatest);
        if (stems == NULL && greatest < WORD_BYTES)
            seek_tokens(&parts[i], &search);
        else if (search.left > 0)
            status = seek_terms(&parts[i], count, &parts[2], stems, &search);
    }
    PyObject *const list = status > 0 ? listed_groups(sought, groups) : status == 0 ? Py_NewRef(Py_None) : NULL;
    PyMem_Free(sought);
    return list;
}

/* spell(title, body, name, groups, stems) -> [str | None, ...] | None */
PyObject *kernel_spell(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    PyObject *list = NULL;
    Tokens parts[3];
    if (!arguments_are(given, 5, "spell") || !argument_is_str(args[0]) || !argument_is_str(args[1]) ||
        !argument_is_str(args[2]))
        return NULL;
    Stems *const stems = kernel_instance_of(module, args[4], STEMS);
    if (stems == NULL && args[4] != Py_None)
        return NULL;
    PyObject *groups = PySequence_Tuple(args[3]);
    int taken = groups != NULL;
    for (int i = 0; taken > 0 && i < 3; i++)
        taken = kernel_take_tokens(args[i], &parts[i]);
    if (taken > 0)
        list = spell(parts, groups, stems);
    else if (groups != NULL && taken == 0)
        list = Py_NewRef(Py_None);
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

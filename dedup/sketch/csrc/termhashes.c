/* The terms of a text in one walk over its tokens, where every token is a term: see term_hashes in
 * dedup/sketch/reference.py. */
#include "kernel.h"

/* Tokens below this byte hold Latin, Greek, Cyrillic, Armenian or Hebrew letters and the digits 0 to 9: no number looks
 * otherwise, and no script among them writes without spaces. */
#define PLAIN_BYTES 0xD9

typedef struct {
    const uint8_t *text;
    size_t size;
} Tokens;

static int take(PyObject *object, Tokens *tokens)
{
    Py_ssize_t size;
    tokens->text = (const uint8_t *)PyUnicode_AsUTF8AndSize(object, &size);
    tokens->size = tokens->text == NULL ? 0 : (size_t)size;
    return tokens->text == NULL ? -1 : 0;
}

/* How many there are; SIZE_MAX where a character is not plain. */
static size_t count_plain(const Tokens *tokens)
{
    size_t spaces = 0, others = 0;
    for (size_t i = 0; i < tokens->size; i++) {
        spaces += tokens->text[i] == ' ';
        others += tokens->text[i] >= PLAIN_BYTES;
    }
    if (others > 0)
        return SIZE_MAX;
    return tokens->size > 0 ? spaces + 1 : 0;
}

static int is_name(const Tokens *tokens, size_t start, const Tokens *name)
{
    const size_t end = start + name->size;
    return name->size > 0 && end <= tokens->size && memcmp(tokens->text + start, name->text, name->size) == 0 &&
           (end == tokens->size || tokens->text[end] == ' ');
}

/* Hashes of the tokens, without those of each `name`, and in `numbers` whether each is one; how many there are. */
static size_t hash_tokens(const Tokens *tokens, const Tokens *name, uint32_t *hashes, uint8_t *numbers)
{
    const uint8_t *const text = tokens->text;
    size_t count = 0, start = tokens->size > 0 ? 0 : 1;
    while (start <= tokens->size) {
        if (is_name(tokens, start, name)) {
            start += name->size + 1;
            continue;
        }
        size_t end = start;
        while (end < tokens->size && text[end] != ' ')
            end++;
        hashes[count] = xxh32(text + start, end - start);
        numbers[count++] = end - start > 1 && text[start] <= '9';
        start = end + 1;
    }
    return count;
}

static size_t take_numbers(const uint32_t *hashes, const uint8_t *are_numbers, size_t count, uint32_t *out)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        out[taken] = hashes[i];
        taken += are_numbers[i];
    }
    return taken;
}

static PyObject *walk(const Tokens *title, const Tokens *body, const Tokens *name, size_t most)
{
    /* The memory holds hashes of both, their numbers, and flags. */
    uint32_t *hashes = PyMem_Malloc((2 * sizeof *hashes + 1) * most + 1);
    if (hashes == NULL)
        return PyErr_NoMemory();
    uint32_t *const numbers = hashes + most;
    uint8_t *const flags = (uint8_t *)(numbers + most);
    const size_t head = hash_tokens(title, name, hashes, flags);
    uint32_t *const text = hashes + head;
    const size_t count = hash_tokens(body, name, text, flags + head);
    const size_t repeated = head <= count && memcmp(text, hashes, head * sizeof *hashes) == 0 ? head : 0;
    size_t found = take_numbers(hashes, flags, head, numbers);
    found += take_numbers(text + repeated, flags + head + repeated, count - repeated, numbers + found);
    PyObject *result = PyTuple_New(3);
    PyObject *parts[3] = {kernel_bytes32(hashes, head), kernel_bytes32(text + repeated, count - repeated),
                          kernel_bytes32(numbers, found)};
    PyMem_Free(hashes);
    if (result == NULL || parts[0] == NULL || parts[1] == NULL || parts[2] == NULL) {
        Py_XDECREF(result);
        for (int i = 0; i < 3; i++)
            Py_XDECREF(parts[i]);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        PyTuple_SetItem(result, i, parts[i]);
    return result;
}

/* term_hashes(title, body, name, most) -> (title, body, numbers) | None */
PyObject *kernel_term_hashes(PyObject *module, PyObject *args)
{
    PyObject *objects[3];
    Tokens title, body, name;
    Py_ssize_t most;
    (void)module;
    if (!PyArg_ParseTuple(args, "UUUn:term_hashes", &objects[0], &objects[1], &objects[2], &most))
        return NULL;
    if (take(objects[0], &title) < 0 || take(objects[1], &body) < 0 || take(objects[2], &name) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    const size_t in_title = count_plain(&title), in_body = count_plain(&body);
    if (most < 0 || in_title > (size_t)most || in_body > (size_t)most || count_plain(&name) == SIZE_MAX)
        Py_RETURN_NONE;
    return walk(&title, &body, &name, in_title + in_body);
}

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

/* Puts the spelling of those of the `wanted` that are among the tokens and not spelled yet into the list. */
static int spell(const Tokens *tokens, const uint8_t *wanted, size_t count, PyObject *list, size_t *left)
{
    Filter filter = {{0}};
    for (size_t i = 0; i < count; i++)
        note(&filter, load32(wanted + 4 * i));
    for (size_t start = tokens->size > 0 ? 0 : 1, end; start <= tokens->size && *left > 0; start = end + 1) {
        for (end = start; end < tokens->size && tokens->text[end] != ' ';)
            end++;
        const uint32_t hash = xxh32(tokens->text + start, end - start);
        for (size_t i = 0; may_be(&filter, hash) && i < count; i++) {
            if (load32(wanted + 4 * i) != hash || PyList_GetItem(list, (Py_ssize_t)i) != Py_None)
                continue;
            PyObject *word = PyUnicode_FromStringAndSize((const char *)tokens->text + start, (Py_ssize_t)(end - start));
            if (word == NULL)
                return -1;
            PyList_SetItem(list, (Py_ssize_t)i, word);
            --*left;
        }
    }
    return 0;
}

/* spell(title, body, hashes) -> [str | None, ...] */
PyObject *kernel_spell(PyObject *module, PyObject *args)
{
    PyObject *objects[2], *list = NULL;
    Py_buffer hashes;
    Tokens title, body;
    size_t count;
    (void)module;
    if (!PyArg_ParseTuple(args, "UUy*:spell", &objects[0], &objects[1], &hashes))
        return NULL;
    if (kernel_count(&hashes, 4, "hashes", &count) == 0 && take(objects[0], &title) == 0 && take(objects[1], &body) == 0) {
        size_t left = count;
        list = PyList_New((Py_ssize_t)count);
        for (size_t i = 0; list != NULL && i < count; i++)
            PyList_SetItem(list, (Py_ssize_t)i, Py_NewRef(Py_None));
        if (list != NULL && (spell(&title, hashes.buf, count, list, &left) < 0 ||
                             spell(&body, hashes.buf, count, list, &left) < 0))
            Py_CLEAR(list);
    }
    PyBuffer_Release(&hashes);
    return list;
}

#define MOST_NAMES 256

/* The number of the name that comes first, -1 for none. */
static long first_of(const uint8_t *terms, size_t count, const Py_buffer *names, size_t named)
{
    Filter filter = {{0}};
    for (size_t k = 0; k < named; k++)
        note(&filter, load32(names[k].buf));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; may_be(&filter, load32(terms + 4 * i)) && k < named; k++)
            if ((size_t)names[k].len <= 4 * (count - i) && memcmp(terms + 4 * i, names[k].buf, (size_t)names[k].len) == 0)
                return (long)k;
    return -1;
}

/* The name at a place, in `buffer`; -1 with an error set and nothing held. */
static int take_name(PyObject *names, Py_ssize_t place, Py_buffer *buffer)
{
    size_t count;
    if (PyObject_GetBuffer(PyTuple_GetItem(names, place), buffer, PyBUF_SIMPLE) < 0)
        return -1;
    int status = kernel_count(buffer, 4, "an array", &count);
    if (status == 0 && count == 0) {
        PyErr_SetString(PyExc_ValueError, "a name must have a term");
        status = -1;
    }
    if (status < 0)
        PyBuffer_Release(buffer);
    return status;
}

/* first_of(terms, names) -> number or -1 */
PyObject *kernel_first_of(PyObject *module, PyObject *args)
{
    Py_buffer terms, names[MOST_NAMES];
    PyObject *given, *tuple, *result = NULL;
    size_t count;
    Py_ssize_t held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*O:first_of", &terms, &given))
        return NULL;
    if ((tuple = PySequence_Tuple(given)) != NULL) {
        const Py_ssize_t named = PyTuple_Size(tuple);
        if (named > MOST_NAMES)
            PyErr_Format(PyExc_ValueError, "at most %d names, not %zd", MOST_NAMES, named);
        else if (kernel_count(&terms, 4, "an array", &count) == 0) {
            while (held < named && take_name(tuple, held, &names[held]) == 0)
                held++;
            if (held == named)
                result = PyLong_FromLong(first_of(terms.buf, count, names, (size_t)named));
        }
        while (held > 0)
            PyBuffer_Release(&names[--held]);
        Py_DECREF(tuple);
    }
    PyBuffer_Release(&terms);
    return result;
}

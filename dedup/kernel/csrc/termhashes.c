/* The terms of a text in one walk over its tokens: see term_hashes in dedup/kernel/reference/terms.py. */
#include "arguments.h"
#include "termhashes.h"
#include "tokens.h"
#include "utf8.h"
#include "walk.h"

/* Tokens below this byte hold Latin, Greek, Cyrillic, Armenian or Hebrew letters and no digits but 0 to 9, and but for some
 * in superscript. */
#define PLAIN_BYTES 0xD9

int kernel_take_tokens(PyObject *object, Tokens *tokens)
{
    Py_ssize_t size;
    tokens->text = (const uint8_t *)PyUnicode_AsUTF8AndSize(object, &size);
    tokens->size = tokens->text == NULL ? 0 : (size_t)size;
    if (tokens->text != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* Bytes of which those of a kind are counted in a byte, as many at once as go into a vector. */
#define COUNTED ((size_t)192)

size_t kernel_count_tokens(const Tokens *tokens, uint8_t *of_all)
{
    size_t spaces = 0;
    uint8_t greatest = 0;
    for (size_t at = 0, end; at < tokens->size; at = end) {
        uint8_t here = 0;
        end = tokens->size - at > COUNTED ? at + COUNTED : tokens->size;
        for (size_t i = at; i < end; i++) {
            const uint8_t byte = tokens->text[i];
            here = (uint8_t)(here + (byte == ' '));
            greatest = byte > greatest ? byte : greatest;
        }
        spaces += here;
    }
    *of_all = greatest;
    return tokens->size > 0 ? spaces + 1 : 0;
}

static int is_number(const Tokens *term)
{
    return term->size > 1 && term->text[0] <= '9';
}

/* Where each token is a term: hashes of the tokens, without those of each `name`, and in `numbers` whether each is one; how
 * many there are. */
static size_t hash_tokens(const Tokens *tokens, const Tokens *name, uint32_t *hashes, uint8_t *numbers)
{
    Names names = names_of(tokens, name);
    size_t count = 0;
    TokenRun run;
    run.at = 0;
    while (kernel_next_tokens(tokens, &run))
        for (size_t i = 0; i < run.count; i++) {
            const size_t start = run.starts[i];
            if (names_hold(&names, start, run.hashes[i]))
                continue;
            const Tokens token = {tokens->text + start, run.starts[i + 1] - 1 - start};
            hashes[count] = run.hashes[i];
            numbers[count++] = (uint8_t)is_number(&token);
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

/* Hashes of title and body, one behind the other, and flags as `hash_tokens` has them, where some are pairs or stems are
 * asked for: 1, 0 or -1 as kernel_take_terms. `sizes` are how many there are in each. */
static int gather_terms(const Tokens *parts, size_t most, Stems *stems, uint32_t *hashes, uint8_t *flags, size_t *sizes,
                        int *syllabic)
{
    int status = 0;
    Term *const terms = PyMem_Malloc((most + 1) * sizeof *terms);
    if (terms == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    sizes[0] = terms_list(&parts[0], &parts[2], terms);
    sizes[1] = sizes[0] == SIZE_MAX ? SIZE_MAX : terms_list(&parts[1], &parts[2], terms + sizes[0]);
    if (sizes[1] != SIZE_MAX) {
        const size_t count = sizes[0] + sizes[1];
        status = stems == NULL || stems_resolve(stems, terms, count) == 0 ? 1 : -1;
        for (size_t i = 0; i < count; i++) {
            hashes[i] = terms[i].hash;
            flags[i] = (uint8_t)is_number(&terms[i].one);
        }
        const Term *const first = terms + sizes[0];
        *syllabic = sizes[1] > 0 && first->one.size > 0 && terms_is_syllable(first->one.text, first->one.size);
    }
    PyMem_Free(terms);
    return status;
}

/* As kernel_take_terms, of as many as `most` tokens in title and body, which are `words` where none is a syllable. */
static int walk(const Tokens *parts, size_t most, int words, Stems *stems, TermHashes *found)
{
    /* The memory holds hashes of both, their numbers, and flags. */
    uint32_t *const hashes = PyMem_Malloc((2 * sizeof *hashes + 1) * most + 1);
    if (hashes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    uint32_t *const numbers = hashes + most;
    uint8_t *const flags = (uint8_t *)(numbers + most);
    size_t sizes[2];
    int status = 1, syllabic = 0;
    if (words && stems == NULL) {
        sizes[0] = hash_tokens(&parts[0], &parts[2], hashes, flags);
        sizes[1] = hash_tokens(&parts[1], &parts[2], hashes + sizes[0], flags + sizes[0]);
    } else {
        status = gather_terms(parts, most, stems, hashes, flags, sizes, &syllabic);
    }
    if (status <= 0) {
        PyMem_Free(hashes);
        return status;
    }
    const size_t head = sizes[0], count = sizes[1];
    uint32_t *const text = hashes + head;
    const size_t repeated = head <= count && memcmp(text, hashes, head * sizeof *hashes) == 0 ? head : 0;
    size_t in_numbers = take_numbers(hashes, flags, head, numbers);
    in_numbers += take_numbers(text + repeated, flags + head + repeated, count - repeated, numbers + in_numbers);
    *found = (TermHashes){hashes, hashes + repeated, text + repeated, numbers, head, count - repeated, in_numbers, syllabic};
    return 1;
}

int kernel_take_terms(PyObject *const *given, Py_ssize_t most, Stems *stems, TermHashes *found)
{
    Tokens parts[3];
    size_t counts[3];
    uint8_t greatest[3];
    *found = (TermHashes){NULL, NULL, NULL, NULL, 0, 0, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        const int taken = kernel_take_tokens(given[i], &parts[i]);
        if (taken <= 0)
            return taken;
        counts[i] = kernel_count_tokens(&parts[i], &greatest[i]);
    }
    if (most < 0 || counts[0] > (size_t)most || counts[1] > (size_t)most)
        return 0;
    const int words = greatest[0] < WORD_BYTES && greatest[1] < WORD_BYTES;
    return walk(parts, counts[0] + counts[1], words, stems, found);
}

/* term_hashes(title, body, name, most, stems) -> (title, body, numbers, syllabic) | None */
PyObject *kernel_term_hashes(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_ssize_t most;
    TermHashes found;
    if (!arguments_are(given, 5, "term_hashes") || !argument_is_str(args[0]) || !argument_is_str(args[1]) ||
        !argument_is_str(args[2]) || !argument_size(args[3], &most))
        return NULL;
    Stems *const stems = kernel_instance_of(module, args[4], STEMS);
    if (stems == NULL && args[4] != Py_None)
        return NULL;
    const int taken = kernel_take_terms(args, most, stems, &found);
    if (taken <= 0)
        return taken == 0 ? Py_NewRef(Py_None) : NULL;
    PyObject *result = PyTuple_New(4);
    PyObject *parts[3] = {kernel_bytes32(found.head, found.in_head), kernel_bytes32(found.text, found.in_text),
                          kernel_bytes32(found.numbers, found.in_numbers)};
    PyMem_Free(found.hashes);
    if (result == NULL || parts[0] == NULL || parts[1] == NULL || parts[2] == NULL) {
        Py_XDECREF(result);
        for (int i = 0; i < 3; i++)
            Py_XDECREF(parts[i]);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        PyTuple_SetItem(result, i, parts[i]);
    PyTuple_SetItem(result, 3, PyBool_FromLong(found.syllabic));
    return result;
}

/* Whether a superscript digit of Latin-1 is among the tokens: the one kind of plain character that is a digit, and no
 * ASCII. */
static int has_superscript(const Tokens *tokens)
{
    for (size_t i = 1; i < tokens->size; i++)
        if (tokens->text[i - 1] == 0xC2 && (tokens->text[i] == 0xB2 || tokens->text[i] == 0xB3 || tokens->text[i] == 0xB9))
            return 1;
    return 0;
}

static int has_digit(const uint8_t *token, size_t size)
{
    int found = 0;
    for (size_t i = 0; i < size; i++)
        found |= token[i] >= '0' && token[i] <= '9';
    return found;
}

/* The distinct hashes of the tokens without a digit, or None where others than 0 to 9 may be digits. */
static PyObject *hashes_without_digits(const Tokens *tokens)
{
    uint8_t greatest;
    const size_t most = kernel_count_tokens(tokens, &greatest);
    if (greatest >= PLAIN_BYTES || has_superscript(tokens))
        Py_RETURN_NONE;
    uint32_t *const hashes = PyMem_Malloc((2 * most + 1) * sizeof *hashes);
    if (hashes == NULL)
        return PyErr_NoMemory();
    size_t count = 0;
    TokenRun run;
    run.at = 0;
    while (kernel_next_tokens(tokens, &run))
        for (size_t i = 0; i < run.count; i++) {
            const size_t start = run.starts[i];
            hashes[count] = run.hashes[i];
            count += !has_digit(tokens->text + start, run.starts[i + 1] - 1 - start);
        }
    PyObject *const result = kernel_bytes32(hashes, kernel_sort_unique(hashes, hashes + most, count));
    PyMem_Free(hashes);
    return result;
}

/* Takes the tokens of any str: 1; 0 where a lone surrogate is in them, -1 with an error set. */
static int take_any(PyObject *argument, Tokens *tokens)
{
    if (!PyUnicode_Check(argument)) {
        PyErr_SetString(PyExc_TypeError, "tokens must be str");
        return -1;
    }
    return kernel_take_tokens(argument, tokens);
}

/* without_digits(tokens) -> hashes | None */
PyObject *kernel_without_digits(PyObject *module, PyObject *argument)
{
    Tokens tokens;
    (void)module;
    const int taken = take_any(argument, &tokens);
    return taken > 0 ? hashes_without_digits(&tokens) : taken < 0 ? NULL : Py_NewRef(Py_None);
}

/* tokens_in(tokens) -> int | None */
PyObject *kernel_tokens_in(PyObject *module, PyObject *argument)
{
    Tokens tokens;
    uint8_t greatest;
    (void)module;
    const int taken = take_any(argument, &tokens);
    return taken > 0 ? PyLong_FromSize_t(kernel_count_tokens(&tokens, &greatest)) : taken < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *headline(PyObject *title, const uint8_t *folding)
{
    Utf8 utf8 = {NULL, 0};
    uint8_t *folded = NULL;
    PyObject *result = NULL;
    const int there = kernel_utf8(title, &utf8);
    if (there == 0)
        result = Py_NewRef(Py_None);
    else if (there > 0 && utf8.size <= (size_t)PY_SSIZE_T_MAX / 8)
        folded = PyMem_Malloc(WALK_ROOM(utf8.size, 0));
    if (folded != NULL) {
        const size_t used = kernel_fold(utf8.bytes, utf8.size, folding, folded);
        const Tokens tokens = {folded, used > 0 ? used - 1 : 0};
        result = used == SIZE_MAX ? Py_NewRef(Py_None) : hashes_without_digits(&tokens);
    } else if (there > 0) {
        PyErr_NoMemory();
    }
    PyMem_Free(folded);
    return result;
}

/* headlines(titles, folding) -> [hashes | None, ...] */
PyObject *kernel_headlines(PyObject *module, PyObject *args)
{
    PyObject *given, *list = NULL;
    Py_buffer folding;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oy*:headlines", &given, &folding))
        return NULL;
    PyObject *titles = kernel_check_folding(&folding) < 0 ? NULL : PySequence_Tuple(given);
    if (titles != NULL)
        list = PyList_New(PyTuple_Size(titles));
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_Size(titles); i++) {
        PyObject *title = PyTuple_GetItem(titles, i), *made = NULL;
        if (PyUnicode_Check(title))
            made = headline(title, folding.buf);
        else
            PyErr_SetString(PyExc_TypeError, "a title must be str");
        if (made == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, made);
    }
    Py_XDECREF(titles);
    PyBuffer_Release(&folding);
    return list;
}

/* Figures of a text and those of another at the same places: see dedup/kernel/reference/figure_places.py. */
#include "arguments.h"
#include "tokens.h"

/* A text by its tokens, and another one by the set of its shingles. */
typedef struct {
    const uint8_t *text;
    const size_t *starts;               /* where each token begins; behind the last, where one more would */
    size_t tokens, words;               /* `words`: of a shingle */
    const uint8_t *known;               /* shingles of the other, ascending */
    size_t size;
} Pair;

typedef struct {
    size_t places, another;
} Found;

/* Of the characters that a token may begin with, only the digits come before the colon; behind a token that is empty stands
 * a space, or a zero where the text ends. */
static int is_figure(const Pair *pair, size_t token)
{
    return pair->text[pair->starts[token]] < ':';
}

/* Whether the shingle that begins with this token, if one does, is in the other text. */
static int is_shared(const Pair *pair, size_t token)
{
    if (token >= pair->tokens || pair->words > pair->tokens - token)
        return 0;
    const size_t start = pair->starts[token];
    const uint32_t hash = xxh32(pair->text + start, pair->starts[token + pair->words] - 1 - start);
    return kernel_holds(pair->known, pair->size, hash);
}

/* Counts the figures that begin with this one and have no room for a shingle between two of them; the token behind them and
 * the room. */
static size_t take_row(const Pair *pair, size_t first, Found *found)
{
    const size_t words = pair->words;
    size_t at = first, end = first, figures = 0, partly = 0, placed = 0, other = 0;
    size_t next = first >= words ? first - words + 1 : 0, behind = 0; /* `behind` the last token that begins a shared one */
    while (at < pair->tokens && at - end < words) {
        if (!is_figure(pair, at)) {
            at++;
            continue;
        }
        size_t parts = 0, shared = 0;
        for (; at < pair->tokens && is_figure(pair, at); at++, parts++) {
            for (; next <= at; next++)
                if (is_shared(pair, next))
                    behind = next + 1;
            shared += behind > 0 && at - (behind - 1) < words;
        }
        figures++;
        partly += shared < parts;
        placed += shared > 0;
        other += shared > 0 && shared < parts;
        end = at;
    }
    const int beside = (first >= words && is_shared(pair, first - words)) || is_shared(pair, end);
    found->places += beside ? figures : placed;
    found->another += beside ? partly : other;
    return at;
}

static Found compare(const Pair *pair)
{
    Found found = {0, 0};
    for (size_t at = 0; at < pair->tokens;)
        if (is_figure(pair, at))
            at = take_row(pair, at, &found);
        else
            at++;
    return found;
}

/* Finds the tokens of a text that is not empty, of `size` bytes with a zero behind them; -1 with MemoryError. */
static int compare_tokens(size_t size, Pair *pair, Found *found)
{
    size_t spaces = 0;
    for (size_t i = 0; i < size; i++)
        spaces += pair->text[i] == ' ';
    size_t *const starts = PyMem_Malloc((spaces + 2) * sizeof *starts);
    if (starts == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    starts[0] = 0;
    pair->tokens = tokens_starts(pair->text, size, 0, starts, 1);
    starts[pair->tokens] = size + 1;
    pair->starts = starts;
    *found = compare(pair);
    PyMem_Free(starts);
    return 0;
}

/* figures(tokens, shingles, words) -> (places, another) */
PyObject *kernel_figures(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Py_buffer shingles = {.obj = NULL};
    Py_ssize_t words, size;
    Pair pair;
    Found found = {0, 0};
    const char *text;
    PyObject *result = NULL;
    (void)module;
    if (!arguments_are(given, 3, "figures") || !argument_is_str(args[0]) || !argument_utf8(args[0], &text, &size))
        return NULL;
    if (argument_bytes(args[1], &shingles) && argument_size(args[2], &words) &&
        kernel_count(&shingles, 4, "shingles", &pair.size) == 0 && kernel_ascending(shingles.buf, pair.size) == 0) {
        pair.text = (const uint8_t *)text;
        pair.words = (size_t)words;
        pair.known = shingles.buf;
        if (words < 1)
            PyErr_Format(PyExc_ValueError, "a shingle has at least one word, not %zd", words);
        else if (size == 0 || compare_tokens((size_t)size, &pair, &found) == 0)
            result = Py_BuildValue("(nn)", (Py_ssize_t)found.places, (Py_ssize_t)found.another);
    }
    PyBuffer_Release(&shingles);
    return result;
}

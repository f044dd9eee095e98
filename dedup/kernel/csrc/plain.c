/* Plain texts, each read in one go: the normal form of title and body, the tokens of both, and whether anything in them
 * has to be looked at closely. dedup/text/plain.py says what is what; a text that is out of the ordinary is left to it.
 *
 * Texts are taken some at a time. Taking them and handing out the results needs the GIL; reading them does not.
 */
#include "plain.h"

#include "arguments.h"
#include "tokens.h"
#include "utf8.h"

#include <stdlib.h>

#define AT_ONCE ((size_t)64)            /* texts, */
#define BYTES_AT_ONCE ((size_t)1 << 16) /* or bytes that are taken before they are read */
#define LONGEST_TITLE ((size_t)500)     /* bytes */
#define MOST_WORDS ((size_t)64)         /* that are asked for at least */
#define PARTS 6                         /* of a result */
/* Room for the tokens of the normal form of so many bytes. */
#define TOKENS_ROOM(size, ascii) WALK_ROOM(FORM_ROOM(size, ascii), ascii)

typedef struct {
    Py_buffer kinds, folding, phrases, words, agencies;
    Py_ssize_t longest, limit, least;
} Tables;

typedef struct {
    const uint8_t *bytes;
    size_t size;
} Span;

/* Numbers of lines, ascending. */
typedef struct {
    size_t *numbers, count, room;
} Found;

typedef struct {
    PyObject *given;                    /* the body */
    Utf8 title, body;
    Found suspects, notes;              /* lines that may be furniture, and in which a site may speak to its readers */
    uint8_t *room;                      /* where the following stand, the first in so many bytes */
    size_t form_room;
    Span form, tokens, title_form, title_tokens;
    unsigned doubts;
    int plain, cut;                     /* whether some tokens are left out */
    int twice, page;                    /* whether a line is printed twice in a row; whether it may be a page */
} Text;

static void free_texts(Text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(texts[i].suspects.numbers);
        free(texts[i].notes.numbers);
        PyMem_Free(texts[i].room);
    }
}

/* The text in normal form on a single line. */
static size_t on_one_line(const uint8_t *text, size_t size, const uint8_t *kinds, uint8_t *out)
{
    const size_t used = kernel_normalise(text, size, kinds, out);
    size_t kept = 0;
    int ended = 0;                      /* whether a line has just ended */
    for (size_t i = 0; used != SIZE_MAX && i < used; i++) {
        const int ends = out[i] == '\n';
        if (!ends || !ended)
            out[kept++] = ends ? ' ' : out[i];
        ended = ends;
    }
    return used == SIZE_MAX ? used : kept;
}

/* The tokens of what is in normal form; `bytes` is NULL where a character is not known. */
static Span fold(Span form, const Tables *tables, size_t limit, uint8_t *out, int *cut)
{
    const size_t used = kernel_fold(form.bytes, form.size, tables->folding.buf, out);
    if (used == SIZE_MAX)
        return (Span){NULL, 0};
    const size_t kept = kernel_first_tokens(out, used, limit);
    *cut = kept < used;
    return (Span){out, kept > 0 ? kept - 1 : 0};
}

/* 0 where there is no memory, without the GIL. */
static int add(Found *found, size_t number)
{
    if (found->count == found->room) {
        const size_t room = 2 * found->room + 8;
        size_t *const numbers = realloc(found->numbers, room * sizeof *numbers);
        if (numbers == NULL)
            return 0;
        found->numbers = numbers;
        found->room = room;
    }
    found->numbers[found->count++] = number;
    return 1;
}

static Lines lines_of(const Text *text)
{
    return (Lines){.at = text->form.bytes, .end = text->form.bytes + text->form.size};
}

/* Whether a line may be a note: where no word of one is among the tokens lines need no look. */
static int may_have_notes(const Text *text, const Tables *tables)
{
    size_t end;
    return text->cut || kernel_has_copyright(text->form.bytes, text->form.bytes + text->form.size) ||
           kernel_next_held(text->tokens.bytes, text->tokens.size, 0, tables->words.buf, &end) < text->tokens.size;
}

static int begins_with_title(const Text *text)
{
    const uint8_t *const end = memchr(text->form.bytes, '\n', text->form.size);
    const size_t first = end == NULL ? text->form.size : (size_t)(end - text->form.bytes);
    return kernel_may_be_alike(text->form.bytes, first, text->title_form.bytes, text->title_form.size);
}

/* Looks at the lines; 0 where there is no memory. */
static int look(Text *text, const Tables *tables)
{
    size_t number;
    Lines lines = lines_of(text);
    while (kernel_next_suspect(&lines, tables->phrases.buf, (size_t)tables->longest, &number))
        if (!add(&text->suspects, number))
            return 0;
    text->twice = lines.twice;
    lines = lines_of(text);
    if (may_have_notes(text, tables))
        while (kernel_next_note(&lines, tables->folding.buf, tables->words.buf, &number))
            if (!add(&text->notes, number))
                return 0;
    text->page = text->suspects.count > 0 || text->twice || text->notes.count > 0 || text->title_form.size == 0 ||
                 begins_with_title(text);
    return 1;
}

/* Whether the first tokens may be too few different ones: `least` among twice as many. */
static int may_be_few(Span tokens, size_t least)
{
    uint64_t bits[16] = {0};
    size_t at = 0, different = 0;
    if (tokens.size == 0 || least > MOST_WORDS)
        return 1;
    for (size_t i = 0; i < 2 * least && at < tokens.size && different < least; i++) {
        const size_t end = token_end(tokens.bytes, at, tokens.size);
        const uint32_t hash = xxh32(tokens.bytes + at, end - at);
        uint64_t *const word = &bits[hash >> 6 & 15], bit = UINT64_C(1) << (hash & 63);
        different += (*word & bit) == 0;
        *word |= bit;
        at = end + 1;
    }
    return different < least;
}

static void read_text(Text *text, const Tables *tables)
{
    const uint8_t *const body = text->body.bytes;
    const size_t size = text->body.size, title_size = text->title.size;
    uint8_t *const form = text->room, *const title = form + text->form_room;
    uint8_t *const title_tokens = title + FORM_ROOM(title_size, 0), *const tokens = title_tokens + TOKENS_ROOM(title_size, 0);
    if (kernel_has_controls(body, size) || (size >= 5 && memcmp(body, "%PDF-", 5) == 0))
        return;
    const size_t used = kernel_normalise(body, size, tables->kinds.buf, form);
    const size_t in_title = on_one_line(text->title.bytes, title_size, tables->kinds.buf, title);
    if (used == SIZE_MAX || used == 0 || in_title == SIZE_MAX || in_title > LONGEST_TITLE)
        return;
    text->form = (Span){form, used};
    text->title_form = (Span){title, in_title};
    int whole;
    text->tokens = fold(text->form, tables, (size_t)tables->limit, tokens, &text->cut);
    text->title_tokens = fold(text->title_form, tables, SIZE_MAX, title_tokens, &whole);
    if (text->tokens.bytes == NULL || text->title_tokens.bytes == NULL || !look(text, tables))
        return;
    text->plain = 1;
    text->doubts = (may_be_few(text->tokens, (size_t)tables->least) ? PLAIN_FEW : 0) |
                   plain_agency(form, used, tables->agencies.buf);
}

/* Takes a pair of title and body, or None; 0 or -1. */
static int take(PyObject *pair, Text *text)
{
    PyObject *title, *body;
    memset(text, 0, sizeof *text);
    if (pair == Py_None)
        return 0;
    if (!PyTuple_Check(pair) || PyTuple_Size(pair) != 2) {
        PyErr_SetString(PyExc_TypeError, "a text is a tuple of title and body, or None");
        return -1;
    }
    title = PyTuple_GetItem(pair, 0);
    body = PyTuple_GetItem(pair, 1);
    const int has_title = kernel_utf8(title, &text->title);
    const int has_body = has_title < 0 ? -1 : kernel_utf8(body, &text->body);
    if (has_title <= 0 || has_body <= 0)
        return has_body < 0 ? -1 : 0;
    text->given = body;
    const size_t size = text->body.size, title_size = text->title.size;
    if (size > (size_t)PY_SSIZE_T_MAX / 16 || title_size > (size_t)PY_SSIZE_T_MAX / 16) {
        PyErr_NoMemory();
        return -1;
    }
    const int ascii = (size_t)PyUnicode_GetLength(body) == size;
    text->form_room = FORM_ROOM(size, ascii);
    text->room = PyMem_Malloc(text->form_room + FORM_ROOM(title_size, 0) + TOKENS_ROOM(title_size, 0) + TOKENS_ROOM(size, ascii));
    if (text->room == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static PyObject *string_of(Span span)
{
    return PyUnicode_FromStringAndSize((const char *)span.bytes, (Py_ssize_t)span.size);
}

static PyObject *list_of(const Found *found)
{
    PyObject *const list = PyList_New((Py_ssize_t)found->count);
    for (size_t i = 0; list != NULL && i < found->count; i++) {
        PyObject *const number = PyLong_FromSize_t(found->numbers[i]);
        if (number == NULL || PyList_SetItem(list, (Py_ssize_t)i, number) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

/* (suspects, twice, notes), or None where the text can be no page. */
static PyObject *seen_in(const Text *text)
{
    if (!text->page)
        return Py_NewRef(Py_None);
    PyObject *const suspects = list_of(&text->suspects), *const notes = suspects == NULL ? NULL : list_of(&text->notes);
    if (notes != NULL)
        return Py_BuildValue("(NNN)", suspects, PyBool_FromLong(text->twice), notes);
    Py_XDECREF(suspects);
    return NULL;
}

/* (title, body, title tokens, body tokens, doubts, what was seen | None) | None */
static PyObject *result_of(const Text *text)
{
    if (!text->plain)
        return Py_NewRef(Py_None);
    const int same = text->form.size == text->body.size && memcmp(text->form.bytes, text->body.bytes, text->form.size) == 0;
    PyObject *parts[PARTS] = {string_of(text->title_form), same ? Py_NewRef(text->given) : string_of(text->form),
                              string_of(text->title_tokens), string_of(text->tokens),
                              PyLong_FromLong((long)text->doubts), seen_in(text)};
    PyObject *result = PyTuple_New(PARTS);
    int whole = result != NULL;
    for (int i = 0; i < PARTS; i++)
        whole &= parts[i] != NULL;
    for (int i = 0; i < PARTS; i++) {
        if (whole)
            PyTuple_SetItem(result, i, parts[i]);
        else
            Py_XDECREF(parts[i]);
    }
    if (!whole)
        Py_CLEAR(result);
    return result;
}

/* Reads texts from `place` on, as many as are taken at once, and appends what they are; how many, or -1. */
static Py_ssize_t read_some(PyObject *given, Py_ssize_t place, const Tables *tables, Text *texts, PyObject *results)
{
    size_t count = 0, bytes = 0;
    int status = 0;
    while (status == 0 && count < AT_ONCE && bytes < BYTES_AT_ONCE && place + (Py_ssize_t)count < PyTuple_Size(given)) {
        status = take(PyTuple_GetItem(given, place + (Py_ssize_t)count), &texts[count]);
        bytes += texts[count++].body.size;
    }
    if (status == 0) {
        Py_BEGIN_ALLOW_THREADS
        for (size_t i = 0; i < count; i++)
            if (texts[i].room != NULL)
                read_text(&texts[i], tables);
        Py_END_ALLOW_THREADS
    }
    for (size_t i = 0; status == 0 && i < count; i++) {
        PyObject *result = result_of(&texts[i]);
        status = result == NULL ? -1 : PyList_Append(results, result);
        Py_XDECREF(result);
    }
    free_texts(texts, count);
    return status < 0 ? -1 : (Py_ssize_t)count;
}

static int take_tables(PyObject *tuple, Tables *tables)
{
    PyObject *items[6];
    return arguments_in(tuple, items, 6, "the tables") && argument_bytes(items[0], &tables->kinds) &&
           argument_bytes(items[1], &tables->folding) && argument_bytes(items[2], &tables->phrases) &&
           argument_size(items[3], &tables->longest) && argument_bytes(items[4], &tables->words) &&
           argument_bytes(items[5], &tables->agencies);
}

static int check(const Tables *tables)
{
    if (kernel_check_kinds(&tables->kinds) < 0 || kernel_check_folding(&tables->folding) < 0 ||
        kernel_check_filter(&tables->phrases) < 0 || kernel_check_filter(&tables->words) < 0 ||
        kernel_check_filter(&tables->agencies) < 0)
        return -1;
    if (tables->longest >= 0 && (size_t)tables->longest <= LONGEST_PHRASE && tables->limit >= 0 && tables->least >= 0)
        return 0;
    PyErr_Format(PyExc_ValueError, "a phrase has at most %zu bytes; limit and least must not be negative", LONGEST_PHRASE);
    return -1;
}

/* read_plain(texts, (kinds, folding, phrases, longest, words, agencies), limit, least) -> [tuple | None, ...] */
PyObject *kernel_read_plain(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    PyObject *pairs = NULL, *results = NULL;
    Tables tables = {.longest = 0};
    Text *texts = NULL;
    (void)module;
    if (arguments_are(given, 4, "read_plain") && take_tables(args[1], &tables) && argument_size(args[2], &tables.limit) &&
        argument_size(args[3], &tables.least) && check(&tables) == 0)
        pairs = PySequence_Tuple(args[0]);
    if (pairs != NULL && (texts = PyMem_Malloc(AT_ONCE * sizeof *texts)) == NULL)
        PyErr_NoMemory();
    if (texts != NULL)
        results = PyList_New(0);
    for (Py_ssize_t place = 0; results != NULL && place < PyTuple_Size(pairs);) {
        const Py_ssize_t read = read_some(pairs, place, &tables, texts, results);
        if (read < 0)
            Py_CLEAR(results);
        place += read;
    }
    PyMem_Free(texts);
    Py_XDECREF(pairs);
    PyBuffer_Release(&tables.kinds);
    PyBuffer_Release(&tables.folding);
    PyBuffer_Release(&tables.phrases);
    PyBuffer_Release(&tables.words);
    PyBuffer_Release(&tables.agencies);
    return results;
}

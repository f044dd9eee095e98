/* Numbers as a text has them, with the signs inside: see as_written in dedup/text/words/written.py. What is not told by numbers
 * alone is left to it. */
#include "arguments.h"
#include "bits.h"
#include "utf8.h"

#define MOST_NUMBERS ((size_t)64)       /* that are looked for, */
#define MOST_DIGITS ((size_t)64)        /* and digits of each */

typedef Utf8 Span;

/* Digits that are looked for: whether a text has them as they are, and the first number that has them with signs. */
typedef struct {
    Span digits, written;
    int found;
} Number;

typedef struct {
    Number numbers[MOST_NUMBERS];
    size_t count;
    int twins;                          /* whether any word has "ss" */
} Numbers;

static int is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* Where the next digit stands from `at` on; the end of the text where there is none. */
static size_t next_digit(Span text, size_t at)
{
    uint8_t copy[BITS], flags[BITS];
    for (; at < text.size; at += BITS) {
        const uint8_t *const block = bits_block(text.bytes + at, text.size - at, copy);
        for (size_t i = 0; i < BITS; i++)
            flags[i] = (uint8_t)(block[i] - '0') < 10;
        const uint64_t digits = bits_of(flags);
        if (digits != 0)
            return at + lowest_bit(digits);
    }
    return text.size;
}

static size_t end_of_digits(Span text, size_t at)
{
    while (at < text.size && is_digit(text.bytes[at]))
        at++;
    return at;
}

/* Whether digits are a part of others. */
static int holds(Span whole, Span part)
{
    for (size_t at = 0; at + part.size <= whole.size; at++)
        if (memcmp(whole.bytes + at, part.bytes, part.size) == 0)
            return 1;
    return 0;
}

/* Whether a number with signs has just these digits. */
static int is_written(Span number, Span digits)
{
    size_t same = 0;
    for (size_t i = 0; i < number.size; i++)
        if (is_digit(number.bytes[i])) {
            if (same == digits.size || number.bytes[i] != digits.bytes[same])
                return 0;
            same++;
        }
    return same == digits.size;
}

/* Looks for the numbers in a text. */
static void look_in(Span text, Numbers *sought)
{
    for (size_t at = next_digit(text, 0); at < text.size; at = next_digit(text, at)) {
        const size_t start = at;
        for (;;) {
            const size_t end = end_of_digits(text, at);
            const Span run = {text.bytes + at, end - at};
            for (size_t i = 0; i < sought->count; i++)
                if (!sought->numbers[i].found)
                    sought->numbers[i].found = holds(run, sought->numbers[i].digits);
            const int sign = end + 1 < text.size && (text.bytes[end] == '.' || text.bytes[end] == ',');
            if (!sign || !is_digit(text.bytes[end + 1])) {
                const Span number = {text.bytes + start, end - start};
                for (size_t i = 0; at != start && i < sought->count; i++)
                    if (sought->numbers[i].written.bytes == NULL && is_written(number, sought->numbers[i].digits))
                        sought->numbers[i].written = number;
                at = end;
                break;
            }
            at = end + 1;
        }
    }
}

/* The word of `told` from `at` on, words having ", " between them. */
static Span word_at(Span told, size_t at)
{
    size_t end = at;
    while (end < told.size && !(told.bytes[end] == ',' && end + 1 < told.size && told.bytes[end + 1] == ' '))
        end++;
    return (Span){told.bytes + at, end - at};
}

static const Number *number_of(const Numbers *sought, Span word)
{
    for (size_t i = 0; i < sought->count; i++) {
        const Span digits = sought->numbers[i].digits;
        if (digits.size == word.size && memcmp(digits.bytes, word.bytes, word.size) == 0)
            return &sought->numbers[i];
    }
    return NULL;
}

/* Notes the numbers in `told`; 0 where its words are not in ASCII, or numbers are too many. */
static int take_words(Span told, Numbers *sought)
{
    for (size_t i = 0; i < told.size; i++) {
        const uint8_t byte = told.bytes[i];
        if (byte >= 128)
            return 0;
        sought->twins |= i > 0 && byte == 's' && told.bytes[i - 1] == 's';
    }
    for (size_t at = next_digit(told, 0); at < told.size;) {
        /* Back to where its word begins: most have no digit. */
        while (at > 0 && !(told.bytes[at - 1] == ' ' && at > 1 && told.bytes[at - 2] == ','))
            at--;
        const Span word = word_at(told, at);
        if (end_of_digits(word, 0) == word.size && number_of(sought, word) == NULL) {
            if (sought->count == MOST_NUMBERS || word.size > MOST_DIGITS)
                return 0;
            sought->numbers[sought->count++] = (Number){word, {NULL, 0}, 0};
        }
        at = next_digit(told, at + word.size);
    }
    return 1;
}

/* `told` with its numbers as they are written. */
static PyObject *rewritten(PyObject *given, Span told, const Numbers *sought)
{
    size_t size = 0;
    int changes = 0;
    for (size_t at = 0; at <= told.size; at += word_at(told, at).size + 2) {
        const Span word = word_at(told, at);
        const Number *const number = number_of(sought, word);
        const int other = number != NULL && number->written.bytes != NULL;
        changes |= other;
        size += (other ? number->written.size : word.size) + 2;
    }
    if (!changes)
        return Py_NewRef(given);
    char *const text = PyMem_Malloc(size), *end = text;
    if (text == NULL)
        return PyErr_NoMemory();
    for (size_t at = 0; at <= told.size; at += word_at(told, at).size + 2) {
        const Span word = word_at(told, at);
        const Number *const number = number_of(sought, word);
        const Span shown = number != NULL && number->written.bytes != NULL ? number->written : word;
        memcpy(end, shown.bytes, shown.size);
        end += shown.size;
        memcpy(end, ", ", 2);
        end += 2;
    }
    PyObject *const made = PyUnicode_FromStringAndSize(text, end - text - 2);
    PyMem_Free(text);
    return made;
}

/* Whether a text has a letter that is folded to "ss". */
static int has_sharp(Span text)
{
    const uint8_t *const end = text.bytes + text.size;
    for (const uint8_t *at = text.bytes; (at = memchr(at, 0xC3, (size_t)(end - at))) != NULL; at++)
        if (end - at > 1 && at[1] == 0x9F)
            return 1;
    for (const uint8_t *at = text.bytes; (at = memchr(at, 0xE1, (size_t)(end - at))) != NULL; at++)
        if (end - at > 2 && at[1] == 0xBA && at[2] == 0x9E)
            return 1;
    return 0;
}

/* The result for `groups`, a tuple of str; None where it is not told by the numbers alone. */
static PyObject *written(PyObject *groups, Span title, Span body)
{
    Numbers sought;
    sought.count = 0;
    sought.twins = 0;
    const Py_ssize_t count = PyTuple_Size(groups);
    for (Py_ssize_t i = 0; i < count; i++) {
        Span told;
        const int taken = kernel_utf8(PyTuple_GetItem(groups, i), &told);
        if (taken < 0)
            return NULL;
        if (taken == 0 || !take_words(told, &sought))
            return Py_NewRef(Py_None);
    }
    if (sought.twins && (has_sharp(title) || has_sharp(body)))
        return Py_NewRef(Py_None);
    if (sought.count > 0) {
        look_in(title, &sought);
        look_in(body, &sought);
    }
    size_t found = 0;
    for (size_t i = 0; i < sought.count; i++) {
        found += (size_t)sought.numbers[i].found;
        if (!sought.numbers[i].found && sought.numbers[i].written.bytes == NULL)
            return Py_NewRef(Py_None);
    }
    if (found == sought.count)
        return PySequence_List(groups);
    PyObject *result = PyList_New(count);
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        Span told;
        PyObject *const group = PyTuple_GetItem(groups, i);
        PyObject *const made = kernel_utf8(group, &told) > 0 ? rewritten(group, told, &sought) : NULL;
        if (made == NULL || PyList_SetItem(result, i, made) < 0)
            Py_CLEAR(result);
    }
    return result;
}

/* as_written(told, title, body) -> [str, ...] | None */
PyObject *kernel_as_written(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    Span title, body;
    PyObject *groups, *result = NULL;
    (void)module;
    if (!arguments_are(given, 3, "as_written") || (groups = PySequence_Tuple(args[0])) == NULL)
        return NULL;
    const int has_title = kernel_utf8(args[1], &title), has_body = has_title < 0 ? -1 : kernel_utf8(args[2], &body);
    if (has_title > 0 && has_body > 0)
        result = written(groups, title, body);
    else if (has_title >= 0 && has_body >= 0)
        result = Py_NewRef(Py_None);
    Py_DECREF(groups);
    return result;
}

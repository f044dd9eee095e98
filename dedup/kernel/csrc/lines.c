/* Which lines of a text dedup/text/page.py has to look at: nearly no line of a clean one. What is told here errs on the
 * side of looking; what a line is, Python says.
 */
#include "arguments.h"
#include "walk.h"

#define LEADING ((size_t)4)             /* bytes by which the beginning of a phrase is known */
#define LONGEST_LEAD ((size_t)40)       /* characters in which a sign may end a lead */
#define LONGEST_AGO ((size_t)30)        /* characters */
#define LONGEST_NOTE ((size_t)320)      /* characters of a line that a site addresses to its readers */

static inline uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 32 : byte;
}

static inline int is_letter(uint8_t byte)
{
    return (byte | 32) >= 'a' && (byte | 32) <= 'z';
}

static inline int is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* A sign that `furniture.key` may take off the ends of a line. */
static inline int is_edge(uint8_t byte)
{
    return byte < 0x80 && !is_letter(byte);
}

/* Punctuation beyond ASCII, U+2000 to U+203F, three bytes. */
static inline int is_mark(const uint8_t *at)
{
    return at[0] == 0xE2 && at[1] == 0x80;
}

/* Behind the edges at the beginning, and behind all marks among them. */
static const uint8_t *skip_edges(const uint8_t *at, const uint8_t *end)
{
    for (;;) {
        if (at < end && is_edge(*at))
            at++;
        else if (end - at >= 3 && is_mark(at))
            at += 3;
        else
            return at;
    }
}

/* Before the edges and the marks at the end of what is ASCII but for marks. */
static const uint8_t *before_edges(const uint8_t *at, const uint8_t *end)
{
    for (;;) {
        if (end > at && is_edge(end[-1]))
            end--;
        else if (end - at >= 3 && is_mark(end - 3))
            end -= 3;
        else
            return end;
    }
}

/* Whether there is nothing but ASCII and marks. */
static int is_marked_ascii(const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at++)
        if (*at >= 0x80) {
            if (end - at < 3 || !is_mark(at))
                return 0;
            at += 2;
        }
    return 1;
}

static int begins(const uint8_t *at, const uint8_t *end, const char *word)
{
    for (; *word != '\0'; at++, word++)
        if (at == end || lower(*at) != (uint8_t)*word)
            return 0;
    return 1;
}

/* Whether a phrase may begin as the line does. */
static int begins_a_phrase(const uint8_t *at, const uint8_t *end, const uint8_t *phrases)
{
    uint8_t leading[LEADING];
    for (size_t i = 0; i < LEADING; i++) {
        if (at + i >= end || at[i] >= 0x80)
            return 1;
        leading[i] = lower(at[i]);
    }
    return kernel_may_have(phrases, load32(leading));
}

/* Whether a line of ASCII and marks, or a part of it, may be a phrase. */
static int may_be_plain_phrase(const uint8_t *at, const uint8_t *end, const uint8_t *phrases, size_t longest)
{
    uint8_t phrase[LONGEST_PHRASE];
    const size_t size = (size_t)(before_edges(at, end) - at);
    if (size == 0 || size > longest)
        return 0;
    for (size_t i = 0; i < size; i++)
        phrase[i] = lower(at[i]);
    return kernel_may_have(phrases, xxh32(phrase, size));
}

/* Whether `furniture.LABELS` may have the line, or what stands before a sign in it. */
static int may_be_phrase(const uint8_t *at, const uint8_t *end, const uint8_t *phrases, size_t longest)
{
    static const uint8_t signs[] = {':', '|'};
    at = skip_edges(at, end);
    if (!is_ascii(at, (size_t)(end - at)) && !is_marked_ascii(at, end))
        return begins_a_phrase(at, end, phrases);
    if (may_be_plain_phrase(at, end, phrases, longest))
        return 1;
    const size_t lead = (size_t)(end - at) < LONGEST_LEAD ? (size_t)(end - at) : LONGEST_LEAD;
    for (size_t i = 0; i < sizeof signs; i++) {
        const uint8_t *sign = memchr(at, signs[i], lead);
        if (sign != NULL && may_be_plain_phrase(at, sign, phrases, longest))
            return 1;
    }
    return 0;
}

static int is_unit(const uint8_t *at, const uint8_t *end)
{
    static const char *const units[] = {"s", "m", "h", "d", "w", "sec", "min", "mins", "minute", "minutes", "hour",
                                        "hours", "hr", "hrs", "day", "days", "week", "weeks", "month", "months"};
    const uint8_t *behind = at;
    while (behind < end && is_letter(*behind))
        behind++;
    const size_t size = (size_t)(behind - at);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == size && begins(at, end, units[i]))
            return 1;
    return 0;
}

static size_t count_characters(const uint8_t *at, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += (at[i] & 0xC0) != 0x80;
    return count;
}

/* Whether `furniture.TIME_AGO` may match the line. */
static int may_be_ago(const uint8_t *at, const uint8_t *end)
{
    const size_t size = (size_t)(end - at);
    if (size > 4 * LONGEST_AGO)
        return 0;
    if (!is_ascii(at, size))
        return count_characters(at, size) < LONGEST_AGO;
    if (size >= LONGEST_AGO)
        return 0;
    while (at < end && !is_letter(*at) && !is_digit(*at) && *at != '_')
        at++;
    const uint8_t *word = at;
    while (at < end && (is_letter(*at) || is_digit(*at) || *at == '_'))
        at++;
    if (at - word <= 3 && at < end && *at == ' ' &&
        (begins(at, end, " minuti") || begins(at, end, " ore") || begins(at, end, " giorni")))
        return 1;                       /* tre ore fa */
    if (begins(word, end, "time") || begins(word, end, "vor ") || begins(word, end, "il y a ") ||
        begins(word, end, "hace "))
        return 1;
    at = word;                          /* 14 h; an hour ago */
    while (at < end && at - word < 2 && is_digit(*at))
        at++;
    if (at == word)
        at += begins(word, end, "one") ? 3 : begins(word, end, "an") ? 2 : begins(word, end, "a") ? 1 : 0;
    if (at == word)
        return 0;
    return is_unit(at < end && *at == ' ' ? at + 1 : at, end);
}

static int same_line(const uint8_t *one, size_t size, const uint8_t *other, size_t other_size)
{
    return size == other_size && memcmp(one, other, size) == 0;
}

/* Goes on to the next line; the end of this one, and its number. */
static const uint8_t *pass_line(Lines *lines, size_t *number)
{
    const uint8_t *line_end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    if (line_end == NULL)
        line_end = lines->end;
    *number = lines->number++;
    lines->at = line_end + (line_end < lines->end);
    return line_end;
}

int kernel_next_suspect(Lines *lines, const uint8_t *phrases, size_t longest, size_t *number)
{
    while (lines->at < lines->end) {
        const uint8_t *const line = lines->at, *const line_end = pass_line(lines, number);
        const size_t length = (size_t)(line_end - line);
        if (length == 0)
            continue;
        lines->twice |= lines->before != NULL && same_line(line, length, lines->before, lines->size_before);
        lines->before = line;
        lines->size_before = length;
        if (may_be_phrase(line, line_end, phrases, longest) || may_be_ago(line, line_end))
            return 1;
    }
    return 0;
}

static int append_number(PyObject *numbers, size_t number)
{
    PyObject *object = PyLong_FromSize_t(number);
    const int status = object == NULL ? -1 : PyList_Append(numbers, object);
    Py_XDECREF(object);
    return status == 0;
}

/* The lines to look at as a list; NULL with an error set. */
static PyObject *suspects(Lines *lines, const uint8_t *phrases, size_t longest)
{
    PyObject *numbers = PyList_New(0);
    size_t number;
    while (numbers != NULL && kernel_next_suspect(lines, phrases, longest, &number))
        if (!append_number(numbers, number))
            Py_CLEAR(numbers);
    return numbers;
}

int kernel_check_filter(const Py_buffer *filter)
{
    if ((size_t)filter->len == FILTER_BYTES)
        return 0;
    PyErr_Format(PyExc_ValueError, "a filter has %zu bytes, not %zd", FILTER_BYTES, filter->len);
    return -1;
}

/* lines_to_look_at(text, phrases, longest) -> (numbers, twice) */
PyObject *kernel_lines_to_look_at(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    const char *text;
    Py_ssize_t size, longest;
    Py_buffer phrases = {.obj = NULL};
    PyObject *result = NULL;
    (void)module;
    const int taken = arguments_are(given, 3, "lines_to_look_at") && argument_utf8(args[0], &text, &size) &&
                      argument_bytes(args[1], &phrases) && argument_size(args[2], &longest);
    if (taken && (longest < 0 || (size_t)longest > LONGEST_PHRASE)) {
        PyErr_Format(PyExc_ValueError, "a phrase has at most %zu bytes", LONGEST_PHRASE);
    } else if (taken && kernel_check_filter(&phrases) == 0) {
        Lines lines = {.at = (const uint8_t *)text, .end = (const uint8_t *)text + size};
        PyObject *numbers = suspects(&lines, phrases.buf, (size_t)longest);
        if (numbers != NULL)
            result = Py_BuildValue("(NO)", numbers, lines.twice ? Py_True : Py_False);
    }
    PyBuffer_Release(&phrases);
    return result;
}

/* A token goes by its first eight bytes. */
size_t kernel_next_held(const uint8_t *tokens, size_t size, size_t at, const uint8_t *filter, size_t *end)
{
    for (; at < size; at = *end + 1) {
        const uint64_t bytes = eight_bytes(tokens, at, size);
        const size_t count = before_space(bytes);
        const uint64_t word = count < 8 ? bytes & ((UINT64_C(1) << 8 * count) - 1) : bytes;
        *end = count < 8 ? at + count : token_end(tokens, at + 8, size);
        if (kernel_may_have(filter, (uint32_t)(word * UINT64_C(0x9E3779B97F4A7C15) >> 32)))
            return at;
    }
    return size;
}

int kernel_has_copyright(const uint8_t *at, const uint8_t *end)
{
    while ((at = memchr(at, 0xC2, (size_t)(end - at))) != NULL && end - at > 1) {
        if (at[1] == 0xA9)
            return 1;
        at++;
    }
    return 0;
}

/* Whether a line has a copyright sign, a token that the filter may hold, or a character that the walk does not know. */
static int may_be_note(const uint8_t *line, const uint8_t *line_end, const uint8_t *folding, const uint8_t *words)
{
    uint8_t tokens[WALK_ROOM(4 * LONGEST_NOTE, 0)];
    const size_t size = (size_t)(line_end - line);
    size_t end;
    if (size == 0 || size > 4 * LONGEST_NOTE || (size > LONGEST_NOTE && count_characters(line, size) > LONGEST_NOTE))
        return 0;
    if (kernel_has_copyright(line, line_end))
        return 1;
    const size_t used = kernel_fold(line, size, folding, tokens);
    return used == SIZE_MAX || (used > 0 && kernel_next_held(tokens, used - 1, 0, words, &end) < used - 1);
}

int kernel_next_note(Lines *lines, const uint8_t *folding, const uint8_t *words, size_t *number)
{
    while (lines->at < lines->end) {
        const uint8_t *const line = lines->at;
        if (may_be_note(line, pass_line(lines, number), folding, words))
            return 1;
    }
    return 0;
}

/* notes(text, folding, words) -> [number, ...] */
PyObject *kernel_notes(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    const char *text;
    Py_ssize_t size;
    Py_buffer folding = {.obj = NULL}, words = {.obj = NULL};
    PyObject *numbers = NULL;
    (void)module;
    if (arguments_are(given, 3, "notes") && argument_utf8(args[0], &text, &size) && argument_bytes(args[1], &folding) &&
        argument_bytes(args[2], &words) && kernel_check_folding(&folding) == 0 && kernel_check_filter(&words) == 0) {
        Lines lines = {.at = (const uint8_t *)text, .end = (const uint8_t *)text + size};
        size_t number;
        numbers = PyList_New(0);
        while (numbers != NULL && kernel_next_note(&lines, folding.buf, words.buf, &number))
            if (!append_number(numbers, number))
                Py_CLEAR(numbers);
    }
    PyBuffer_Release(&folding);
    PyBuffer_Release(&words);
    return numbers;
}

static int has_letter(const uint8_t *at, const uint8_t *end)
{
    while (at < end && !is_letter(*at))
        at++;
    return at < end;
}

/* The keys of both are the same from their first letters on, but for case, up to signs and digits at the end. */
int kernel_may_be_alike(const uint8_t *one, size_t size, const uint8_t *other, size_t other_size)
{
    const uint8_t *const end = one + size, *const other_end = other + other_size;
    one = skip_edges(one, end);
    other = skip_edges(other, other_end);
    while (one < end && other < other_end && *one < 0x80 && lower(*one) == lower(*other)) {
        one++;
        other++;
    }
    /* Where they part beside signs of ASCII or the end, a letter of ASCII behind keeps them in the key. */
    if ((one < end && *one >= 0x80) || (other < other_end && *other >= 0x80))
        return 1;
    return !has_letter(one, end) && !has_letter(other, other_end);
}

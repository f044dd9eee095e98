/* The passages of a text and which of them are in other texts: dedup/kernel/reference/site_passages.py says what is what. */
#include "arguments.h"
#include "bits.h"

#define LONG_LINE ((size_t)200)         /* bytes of a line beyond which its sentences are passages */
#define LEAST_SENTENCE ((size_t)40)     /* bytes of such a sentence */
#define LEAST_WRAPPED ((size_t)40)      /* bytes of a line that may go on in the next */
#define EDGE ((size_t)64)               /* passages at the beginning and at the end that are looked at */
#define LEAST_REPEATED ((size_t)16)     /* bytes that are left out of a text, if any are */
#define SLOTS ((size_t)512)             /* of the table of hashes, at least twice as many as there can be */
#define NOBODY UINT16_MAX

typedef struct {
    const uint8_t *start, *end;
    uint16_t number;                    /* of its hash */
} Passage;

typedef struct {
    Passage at[2 * EDGE];               /* the first ones, then the last ones as a ring */
    size_t seen;                        /* passages in the text */
} Passages;

typedef struct {
    uint32_t hashes[2 * EDGE], counts[2 * EDGE];
    size_t lengths[2 * EDGE];           /* bytes */
    uint16_t slots[SLOTS];
    size_t count;
} Table;

static int is_letter(uint8_t byte)
{
    return byte >= 0x80 || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
}

static int ends_with(const uint8_t *start, const uint8_t *end, const char *sign)
{
    const size_t size = strlen(sign);
    return (size_t)(end - start) >= size && memcmp(end - size, sign, size) == 0;
}

static size_t one_of(const uint8_t *start, const uint8_t *end, const char *const *signs)
{
    for (; *signs != NULL; signs++)
        if (ends_with(start, end, *signs))
            return strlen(*signs);
    return 0;
}

static const char *const full_stops[] = {"\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F", NULL};

/* Whether a byte of ASCII is one of the signs below. */
static int is_end(uint8_t byte)
{
    switch (byte) {
    case '.': case '!': case '?': case '"': case '\'': case ')': case ']':
        return 1;
    default:
        return 0;
    }
}

/* Whether a sentence may end with this byte, without a jump, for many at once: with a sign of ASCII, or beyond it. */
static inline int may_end(uint8_t byte)
{
    return ((uint8_t)(byte - '!') < 15) | (byte == '?') | (byte == ']') | (byte >= 0x80);
}

static int ends_sentence(const uint8_t *start, const uint8_t *end)
{
    static const char *const closers[] = {"\"", "'", ")", "]", "\xE2\x80\x9D", "\xE2\x80\x99", "\xC2\xBB", NULL};
    static const char *const stops[] = {".", "!", "?", "\xE2\x80\xA6", "\xE0\xA5\xA4", "\xD8\x9F", "\xDB\x94", NULL};
    if (end > start && end[-1] < 0x80 && !is_end(end[-1]))
        return 0;                       /* as nearly everywhere */
    for (size_t size; (size = one_of(start, end, closers)) > 0;)
        end -= size;
    return one_of(start, end, stops) > 0 || one_of(start, end, full_stops) > 0;
}

static void add_passage(Passages *passages, const uint8_t *start, const uint8_t *end)
{
    const uint8_t *byte = start;
    while (byte < end && !is_letter(*byte))
        byte++;
    if (byte == end)
        return;
    const size_t place = passages->seen < EDGE ? passages->seen : EDGE + (passages->seen - EDGE) % EDGE;
    passages->at[place] = (Passage){.start = start, .end = end};
    passages->seen++;
}

static void add_sentences(Passages *passages, const uint8_t *start, const uint8_t *end)
{
    uint8_t copy[BITS], flags[BITS];
    for (const uint8_t *base = start; base < end; base += BITS) {
        const uint8_t *const block = bits_block(base, (size_t)(end - base), copy);
        for (size_t i = 0; i < BITS; i++)
            flags[i] = may_end(block[i]);
        for (uint64_t ends = bits_of(flags) & bits_below((size_t)(end - base)); ends != 0; ends &= ends - 1) {
            const uint8_t *const at = base + lowest_bit(ends) + 1;
            if (at >= end || (size_t)(at - start) < LEAST_SENTENCE)
                continue;
            if (!(*at == ' ' && ends_sentence(start, at)) && (at[-1] < 0x80 || one_of(start, at, full_stops) == 0))
                continue;
            add_passage(passages, start, at);
            start = *at == ' ' ? at + 1 : at;
        }
    }
    if (start < end)
        add_passage(passages, start, end);
}

static void find_passages(Passages *passages, const uint8_t *text, size_t size)
{
    const uint8_t *const end = text + size;
    int goes_on = 0;                    /* whether the line before breaks off in a sentence */
    passages->seen = 0;
    while (text < end) {
        const uint8_t *line_end = memchr(text, '\n', (size_t)(end - text));
        if (line_end == NULL)
            line_end = end;
        const size_t length = (size_t)(line_end - text);
        if (length > LONG_LINE)
            add_sentences(passages, text, line_end);
        else if (length > 0 && !(goes_on && *text >= 'a' && *text <= 'z'))
            add_passage(passages, text, line_end);
        goes_on = length >= LEAST_WRAPPED && !ends_sentence(text, line_end);
        text = line_end + 1;
    }
}

/* How many passages are looked at; the ring of the last ones is put in order. */
static size_t in_order(Passages *passages)
{
    if (passages->seen <= 2 * EDGE)
        return passages->seen;
    Passage last[EDGE];
    memcpy(last, passages->at + EDGE, sizeof last);
    for (size_t i = 0; i < EDGE; i++)
        passages->at[EDGE + i] = last[(passages->seen - EDGE + i) % EDGE];
    return 2 * EDGE;
}

static uint16_t *slot_of(Table *table, uint32_t hash)
{
    size_t slot = hash % SLOTS;
    while (table->slots[slot] != NOBODY && table->hashes[table->slots[slot]] != hash)
        slot = (slot + 1) % SLOTS;
    return table->slots + slot;
}

static void hash_passages(Table *table, Passage *passages, size_t count)
{
    memset(table->slots, 0xFF, sizeof table->slots);
    table->count = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t length = (size_t)(passages[i].end - passages[i].start);
        const uint32_t hash = xxh32(passages[i].start, length);
        uint16_t *slot = slot_of(table, hash);
        if (*slot == NOBODY) {
            *slot = (uint16_t)table->count;
            table->hashes[table->count] = hash;
            table->counts[table->count] = 0;
            table->lengths[table->count++] = length;
        }
        passages[i].number = *slot;
    }
}

/* Counts for each hash the texts in `recent`, a list of bytes, that have it; 0 or -1. */
static int count_recent(Table *table, PyObject *recent)
{
    const Py_ssize_t texts = PyList_Size(recent);
    for (Py_ssize_t i = 0; i < texts; i++) {
        char *hashes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(recent, i), &hashes, &size) < 0)
            return -1;
        if (size % 4 != 0) {
            PyErr_Format(PyExc_ValueError, "hashes must be a multiple of 4 bytes, not %zd", size);
            return -1;
        }
        for (Py_ssize_t place = 0; place < size; place += 4) {
            const uint16_t number = *slot_of(table, load32((const uint8_t *)hashes + place));
            if (number != NOBODY)
                table->counts[number]++;
        }
    }
    return texts < 0 ? -1 : 0;
}

/* Copies what is not a passage with a count of at least `least` to `kept`, such passages to `repeated`, a line each. */
static void divide(const Table *table, const Passages *passages, size_t count, size_t least, const uint8_t *text,
                   size_t size, uint8_t *kept, size_t *kept_size, uint8_t *repeated, size_t *repeated_size)
{
    const uint8_t *const end = text + size;
    size_t used = 0, left = 0, next = 0;
    int cut = 0, open = 0;              /* whether the line lost a passage, and whether something of it is kept */
    while (text < end) {
        while (next < count && (passages->at[next].start < text || table->counts[passages->at[next].number] < least))
            next++;
        if (next < count && passages->at[next].start == text) {
            const size_t length = (size_t)(passages->at[next].end - text);
            if (left > 0)
                repeated[left++] = '\n';
            memcpy(repeated + left, text, length);
            left += length;
            text += length;
            cut = 1;
            continue;
        }
        const uint8_t byte = *text++;
        if (byte == '\n') {
            used -= cut && used > 0 && kept[used - 1] == ' ';
            if (!(cut && !open) && used > 0 && !(used > 1 && kept[used - 1] == '\n' && kept[used - 2] == '\n'))
                kept[used++] = '\n';
            cut = open = 0;
        } else if (!(byte == ' ' && cut && (!open || kept[used - 1] == ' '))) {
            kept[used++] = byte;
            open = 1;
        }
    }
    while (used > 0 && (kept[used - 1] == '\n' || kept[used - 1] == ' '))
        used--;
    *kept_size = used;
    *repeated_size = left;
}

static PyObject *result_of(const Table *table, const Passages *passages, size_t count, size_t least,
                           const uint8_t *text, size_t size)
{
    size_t novel = 0, total = 0, found = 0, kept_size, repeated_size;
    int once = 0;
    for (size_t i = 0; i < table->count; i++) {
        total += table->lengths[i];
        novel += table->counts[i] == 0 ? table->lengths[i] : 0;
        once |= table->counts[i] == 1;
    }
    for (size_t i = 0; least > 0 && i < count; i++)
        found += table->counts[passages->at[i].number] >= least ? (size_t)(passages->at[i].end - passages->at[i].start) : 0;
    PyObject *const hashes = kernel_bytes32(table->hashes, table->count);
    if (hashes == NULL || found < LEAST_REPEATED)
        return hashes == NULL ? NULL : Py_BuildValue("(NnnNOO)", hashes, (Py_ssize_t)novel, (Py_ssize_t)total,
                                                             PyBool_FromLong(once), Py_None, Py_None);
    uint8_t *const room = PyMem_Malloc(2 * size + 2 * EDGE);
    if (room == NULL) {
        Py_DECREF(hashes);
        return PyErr_NoMemory();
    }
    uint8_t *const repeated = room + size;
    divide(table, passages, count, least, text, size, room, &kept_size, repeated, &repeated_size);
    PyObject *const result = Py_BuildValue("(NnnNs#s#)", hashes, (Py_ssize_t)novel, (Py_ssize_t)total,
                                           PyBool_FromLong(once), (const char *)room, (Py_ssize_t)kept_size,
                                           (const char *)repeated, (Py_ssize_t)repeated_size);
    PyMem_Free(room);
    return result;
}

/* passages(text, recent, least) -> (hashes, novel, total, once, kept | None, repeated | None) */
PyObject *kernel_passages(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    const char *text;
    Py_ssize_t size, least;
    Passages passages;
    Table table;
    (void)module;
    if (!arguments_are(given, 3, "passages") || !argument_utf8(args[0], &text, &size) || !argument_size(args[2], &least))
        return NULL;
    if (least < 0) {
        PyErr_SetString(PyExc_ValueError, "least must not be negative");
        return NULL;
    }
    find_passages(&passages, (const uint8_t *)text, (size_t)size);
    const size_t count = in_order(&passages);
    hash_passages(&table, passages.at, count);
    if (count_recent(&table, args[1]) < 0)
        return NULL;
    return result_of(&table, &passages, count, (size_t)least, (const uint8_t *)text, (size_t)size);
}

/* Stems of words; see Stems in dedup/kernel/reference/terms.py. */
#include "stems.h"

#define NO_STEM UINT32_MAX
#define FIRST_BITS 10
/* Words that are remembered: beyond them all are forgotten, which only costs time. */
#define MOST_STEMS ((size_t)1 << 17)

static size_t seek(const Stems *self, uint32_t own, const Tokens *word)
{
    const size_t mask = ((size_t)1 << self->bits) - 1;
    for (size_t cell = own & mask;; cell = (cell + 1) & mask) {
        const uint32_t number = self->cells[cell];
        if (number == NO_STEM)
            return cell;
        const Stem *const stem = &self->stems[number];
        if (stem->own == own && stem->size == word->size && memcmp(self->words + stem->at, word->text, word->size) == 0)
            return cell;
    }
}

static const Stem *find(const Stems *self, uint32_t own, const Tokens *word)
{
    const uint32_t number = self->cells == NULL ? NO_STEM : self->cells[seek(self, own, word)];
    return number == NO_STEM ? NULL : &self->stems[number];
}

/* Makes a table of so many bits of the stems that there are; -1 with MemoryError. */
static int spread(Stems *self, unsigned bits)
{
    const size_t cells = (size_t)1 << bits, mask = cells - 1;
    uint32_t *const made = PyMem_Malloc(cells * sizeof *made);
    if (made == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(made, 0xFF, cells * sizeof *made);
    for (size_t i = 0; i < self->count; i++) {
        size_t cell = self->stems[i].own & mask;
        while (made[cell] != NO_STEM)
            cell = (cell + 1) & mask;
        made[cell] = (uint32_t)i;
    }
    PyMem_Free(self->cells);
    self->cells = made;
    self->bits = bits;
    return 0;
}

/* Remembers a word that is not there; -1 with MemoryError. */
static int remember(Stems *self, uint32_t own, const Tokens *word, uint32_t hash)
{
    if (kernel_reserve(&self->stems, &self->room, self->count + 1, sizeof *self->stems) < 0 ||
        kernel_reserve(&self->words, &self->words_room, self->used + word->size + 1, 1) < 0)
        return -1;
    memcpy(self->words + self->used, word->text, word->size);
    self->stems[self->count] = (Stem){self->used, (uint32_t)word->size, own, hash};
    self->used += word->size;
    if (self->cells == NULL || 2 * (self->count + 1) > (size_t)1 << self->bits) {
        self->count++;
        if (spread(self, self->cells == NULL ? FIRST_BITS : self->bits + 1) == 0)
            return 0;
        self->count--;
        return -1;
    }
    self->cells[seek(self, own, word)] = (uint32_t)self->count++;
    return 0;
}

static int forget(Stems *self)
{
    self->count = self->used = 0;
    return self->cells == NULL ? 0 : spread(self, self->bits);
}

static int append(PyObject **list, const Tokens *word)
{
    if (*list == NULL && (*list = PyList_New(0)) == NULL)
        return -1;
    PyObject *const text = PyUnicode_DecodeUTF8((const char *)word->text, (Py_ssize_t)word->size, NULL);
    const int status = text == NULL ? -1 : PyList_Append(*list, text);
    Py_XDECREF(text);
    return status;
}

/* The hashes of `words`, as many uint32, which the caller lets go of; NULL with an error set. */
static PyObject *hashes_of(Stems *self, PyObject *words)
{
    const Py_ssize_t count = PyList_Size(words); /* it may be another when the function has had them */
    PyObject *const hashes = PyObject_CallFunctionObjArgs(self->hashed, words, NULL);
    if (hashes != NULL && PyBytes_Check(hashes) && PyBytes_Size(hashes) == 4 * count)
        return hashes;
    if (hashes != NULL)
        PyErr_SetString(PyExc_ValueError, "there must be a hash, uint32, for each word");
    Py_XDECREF(hashes);
    return NULL;
}

/* Gives the terms that are not known their hashes, in their order, and remembers them. */
static int learn(Stems *self, Term *terms, size_t count, const uint8_t *known, const uint8_t *hashes)
{
    uint8_t pair[LONGEST_PAIR];
    for (size_t i = 0; i < count; i++)
        if (!known[i]) {
            const Tokens word = terms_bytes(&terms[i], pair);
            const uint32_t own = terms[i].hash, hash = load32(hashes);
            hashes += 4;
            if (word.size < UINT32_MAX && find(self, own, &word) == NULL && remember(self, own, &word, hash) < 0)
                return -1;
            terms[i].hash = hash;
        }
    return 0;
}

int stems_resolve(Stems *self, Term *terms, size_t count)
{
    PyObject *words = NULL;
    uint8_t pair[LONGEST_PAIR];
    uint8_t *const known = PyMem_Malloc(count + 1);
    if (known == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int status = self->count > MOST_STEMS ? forget(self) : 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        const Tokens word = terms_bytes(&terms[i], pair);
        const Stem *const stem = find(self, terms[i].hash, &word);
        known[i] = stem != NULL;
        if (stem != NULL)
            terms[i].hash = stem->hash;
        else
            status = append(&words, &word);
    }
    if (status == 0 && words != NULL) {
        PyObject *const hashes = hashes_of(self, words);
        status = hashes == NULL ? -1 : learn(self, terms, count, known, (const uint8_t *)PyBytes_AsString(hashes));
        Py_XDECREF(hashes);
    }
    Py_XDECREF(words);
    PyMem_Free(known);
    return status;
}

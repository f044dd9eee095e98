/* From tokens to shingle sets and signatures, one text or a batch of them.
 *
 * The tokens of a part (title or body) come joined by spaces, so that every shingle is a slice of them and is hashed in
 * place. Reading the tokens needs the GIL; hashing, sorting and the minima do not.
 */
#include "arguments.h"
#include "tokens.h"

#include <stddef.h>

#define FLUSH_BYTES ((size_t)1 << 16)   /* a batch is worked off when its joined text is this long */
#define UNLOCK_SHINGLES ((size_t)4096)  /* fewer than these are done before another thread could have the GIL */

typedef struct {
    uint8_t *text;                     /* the tokens of all parts, a space behind each */
    size_t *starts;                    /* where each token starts; each part ends with the start of what follows */
    size_t *tokens;                    /* tokens of each part: title, body, title, body, ... */
    uint32_t *hashes, *scratch;        /* room for one shingle a token: never more */
    uint32_t *values;                  /* a signature each text */
    size_t *kept;                      /* distinct shingles of each text */
    size_t text_used, starts_used, texts, total;
    size_t text_room, starts_room, tokens_room, hashes_room, scratch_room, values_room, kept_room;
    size_t words, permutations;
    uint32_t a[MAX_PERMUTATIONS], b[MAX_PERMUTATIONS];
} Batch;

static void batch_free(Batch *batch)
{
    PyMem_Free(batch->text);
    PyMem_Free(batch->starts);
    PyMem_Free(batch->tokens);
    PyMem_Free(batch->hashes);
    PyMem_Free(batch->scratch);
    PyMem_Free(batch->values);
    PyMem_Free(batch->kept);
    PyMem_Free(batch);
}

/* Takes the tokens of a part; -1 with TypeError, UnicodeEncodeError or MemoryError set. */
static int batch_part(Batch *batch, PyObject *tokens, size_t part)
{
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(tokens, &length);
    if (bytes == NULL) {
        if (!PyUnicode_Check(tokens))
            PyErr_SetString(PyExc_TypeError, "tokens must be str");
        return -1;
    }
    const size_t size = (size_t)length, start = batch->text_used;
    size_t count = 0;
    if (size > 0) {
        if (kernel_reserve(&batch->text, &batch->text_room, start + size + 1 + TOKENS_PADDING, sizeof *batch->text) < 0)
            return -1;
        memcpy(batch->text + start, bytes, size);
        /* A space behind the tokens, and something in all that may be read. */
        memset(batch->text + start + size, ' ', 1 + TOKENS_PADDING);
        batch->text_used = start + size + 1;
    }
    for (size_t at = 0; at < size; at += TOKENS_AT_ONCE) {
        const size_t here = size - at < TOKENS_AT_ONCE ? size - at : TOKENS_AT_ONCE;
        const size_t need = batch->starts_used + count + here + 1;
        if (kernel_reserve(&batch->starts, &batch->starts_room, need, sizeof *batch->starts) < 0)
            return -1;
        size_t *const starts = batch->starts + batch->starts_used;
        if (at == 0)
            starts[count++] = start;
        count = tokens_starts(batch->text + start + at, here, start + at, starts, count);
    }
    if (kernel_reserve(&batch->starts, &batch->starts_room, batch->starts_used + count + 1, sizeof *batch->starts) < 0)
        return -1;
    batch->starts[batch->starts_used + count] = batch->text_used;
    batch->starts_used += count + 1;
    batch->tokens[part] = count;
    batch->total += count;
    return 0;
}

static int batch_text(Batch *batch, PyObject *title, PyObject *body)
{
    if (kernel_reserve(&batch->tokens, &batch->tokens_room, 2 * batch->texts + 2, sizeof *batch->tokens) < 0)
        return -1;
    if (batch_part(batch, title, 2 * batch->texts) < 0 || batch_part(batch, body, 2 * batch->texts + 1) < 0)
        return -1;
    batch->texts++;
    return 0;
}

/* Everything between the tokens and the results; touches no Python object. */
static void batch_compute(Batch *batch)
{
    const size_t *starts = batch->starts;
    uint32_t *hashes = batch->hashes;
    for (size_t text = 0; text < batch->texts; text++) {
        size_t count = 0;
        for (size_t part = 2 * text; part < 2 * text + 2; part++) {
            count += kernel_hash_shingles(batch->text, starts, batch->tokens[part], batch->words, hashes + count);
            starts += batch->tokens[part] + 1;
        }
        batch->kept[text] = kernel_sort_unique(hashes, batch->scratch, count);
        kernel_minima(hashes, batch->kept[text], batch->a, batch->b, batch->values + text * batch->permutations,
                      batch->permutations);
        hashes += batch->kept[text];
    }
}

static PyObject *signature_tuple(const uint32_t *values, size_t permutations, const uint32_t *hashes, size_t count)
{
    PyObject *result = PyTuple_New(2);
    PyObject *left = kernel_bytes32(values, permutations), *right = kernel_bytes32(hashes, count);
    if (result == NULL || left == NULL || right == NULL) {
        Py_XDECREF(result);
        Py_XDECREF(left);
        Py_XDECREF(right);
        return NULL;
    }
    PyTuple_SetItem(result, 0, left);
    PyTuple_SetItem(result, 1, right);
    return result;
}

/* Works off the texts read so far and appends their (values, shingles) to `results`. */
static int batch_flush(Batch *batch, PyObject *results)
{
    if (kernel_reserve(&batch->hashes, &batch->hashes_room, batch->total, sizeof *batch->hashes) < 0 ||
        kernel_reserve(&batch->scratch, &batch->scratch_room, batch->total, sizeof *batch->scratch) < 0 ||
        kernel_reserve(&batch->values, &batch->values_room, batch->texts * batch->permutations, sizeof *batch->values) < 0 ||
        kernel_reserve(&batch->kept, &batch->kept_room, batch->texts, sizeof *batch->kept) < 0)
        return -1;
    if (batch->total < UNLOCK_SHINGLES) {
        batch_compute(batch);
    } else {
        Py_BEGIN_ALLOW_THREADS
        batch_compute(batch);
        Py_END_ALLOW_THREADS
    }
    const uint32_t *hashes = batch->hashes;
    for (size_t text = 0; text < batch->texts; text++) {
        PyObject *item = signature_tuple(batch->values + text * batch->permutations, batch->permutations, hashes,
                                         batch->kept[text]);
        if (item == NULL)
            return -1;
        const int status = PyList_Append(results, item);
        Py_DECREF(item);
        if (status < 0)
            return -1;
        hashes += batch->kept[text];
    }
    batch->text_used = batch->starts_used = batch->texts = batch->total = 0;
    return 0;
}

static Batch *batch_new(Py_ssize_t words, const Py_buffer *a, const Py_buffer *b)
{
    if (words < 1) {
        PyErr_Format(PyExc_ValueError, "a shingle has at least one word, not %zd", words);
        return NULL;
    }
    Batch *batch = PyMem_Malloc(sizeof *batch);
    if (batch == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memset(batch, 0, offsetof(Batch, a));
    batch->words = (size_t)words;
    if (kernel_permutations(a, b, batch->a, batch->b, &batch->permutations) < 0) {
        batch_free(batch);
        return NULL;
    }
    return batch;
}

/* Reads pairs of tokens, in order; -1 with an error set. */
static int read_pairs(Batch *batch, PyObject *texts, PyObject *results)
{
    for (Py_ssize_t i = 0; i < PyTuple_Size(texts); i++) {
        PyObject *pair = PySequence_Tuple(PyTuple_GetItem(texts, i));
        if (pair == NULL)
            return -1;
        int status = -1;
        if (PyTuple_Size(pair) == 2)
            status = batch_text(batch, PyTuple_GetItem(pair, 0), PyTuple_GetItem(pair, 1));
        else
            PyErr_SetString(PyExc_ValueError, "a text is a pair of title tokens and body tokens");
        Py_DECREF(pair);
        if (status < 0 || (batch->text_used >= FLUSH_BYTES && batch_flush(batch, results) < 0))
            return -1;
    }
    return batch_flush(batch, results);
}

/* sign_many(texts, words, a, b) -> [(values, shingles), ...] */
PyObject *kernel_sign_many(PyObject *module, PyObject *const *args, Py_ssize_t given)
{
    PyObject *texts, *results = NULL;
    Py_ssize_t words;
    Py_buffer a = {.obj = NULL}, b = {.obj = NULL};
    Batch *batch = NULL;
    (void)module;
    if (arguments_are(given, 4, "sign_many") && argument_size(args[1], &words) && argument_bytes(args[2], &a) &&
        argument_bytes(args[3], &b))
        batch = batch_new(words, &a, &b);
    if (batch != NULL) {
        texts = PySequence_Tuple(args[0]);
        results = texts == NULL ? NULL : PyList_New(0);
        if (results != NULL && read_pairs(batch, texts, results) < 0) {
            Py_DECREF(results);
            results = NULL;
        }
        Py_XDECREF(texts);
        batch_free(batch);
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return results;
}

/* sign(title, body, words, a, b) -> (values, shingles) */
PyObject *kernel_sign(PyObject *module, PyObject *args)
{
    PyObject *title, *body, *results, *result = NULL;
    Py_ssize_t words;
    Py_buffer a, b;
    Batch *batch;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOny*y*:sign", &title, &body, &words, &a, &b))
        return NULL;
    batch = batch_new(words, &a, &b);
    if (batch != NULL) {
        results = PyList_New(0);
        if (results != NULL && batch_text(batch, title, body) == 0 && batch_flush(batch, results) == 0) {
            result = PyList_GetItem(results, 0);
            Py_XINCREF(result);
        }
        Py_XDECREF(results);
        batch_free(batch);
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return result;
}

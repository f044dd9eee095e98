/* The module dedup.kernel._kernel: what the modules in dedup/kernel/reference define, bit for bit, in compiled form. */
#include "arguments.h"

#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/* give_back(): what was freed goes back to the system; glibc keeps it for the next one who asks. */
static PyObject *give_back(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"sign", kernel_sign, METH_VARARGS, "sign(title, body, words, a, b) -> (values, shingles)"},
    {"sign_many", OF_ARRAY(kernel_sign_many), "sign_many(texts, words, a, b) -> [(values, shingles), ...]"},
    {"walk", kernel_walk, METH_VARARGS, "walk(text, folding, limit) -> tokens or None"},
    {"normal_form", kernel_normal_form, METH_VARARGS, "normal_form(text, kinds) -> text or None"},
    {"octets", kernel_octets, METH_O, "octets(text) -> (bytes in UTF-8, whether a NUL is among them), or None"},
    {"controls", kernel_controls, METH_O, "controls(text) -> number of control characters, or None"},
    {"survey", kernel_survey, METH_O, "survey(markup) -> (number of signs <, whether it may hold what no text has)"},
    {"lines_to_look_at", OF_ARRAY(kernel_lines_to_look_at),
     "lines_to_look_at(text, phrases, longest) -> (numbers, twice)"},
    {"notes", OF_ARRAY(kernel_notes), "notes(text, folding, words) -> [number, ...]"},
    {"read_plain", OF_ARRAY(kernel_read_plain),
     "read_plain(texts, tables, limit, least) -> [(title, body, title tokens, body tokens, doubts) or None, ...]"},
    {"alike", kernel_alike, METH_VARARGS, "alike(headline, headline) -> bool"},
    {"first_of", kernel_first_of, METH_VARARGS, "first_of(terms, names) -> number or -1"},
    {"figures", OF_ARRAY(kernel_figures), "figures(tokens, shingles, words) -> (places, another)"},
    {"passages", OF_ARRAY(kernel_passages),
     "passages(text, recent, least) -> (hashes, novel, total, kept or None, repeated or None)"},
    {"spell", OF_ARRAY(kernel_spell), "spell(title, body, name, groups, stems) -> [str or None, ...] or None"},
    {"as_written", OF_ARRAY(kernel_as_written), "as_written(told, title, body) -> [str, ...] or None"},
    {"term_hashes", OF_ARRAY(kernel_term_hashes),
     "term_hashes(title, body, name, most, stems) -> (title, body, numbers, syllabic) or None"},
    {"headlines", kernel_headlines, METH_VARARGS, "headlines(titles, folding) -> [hashes or None, ...]"},
    {"without_digits", kernel_without_digits, METH_O, "without_digits(tokens) -> hashes or None"},
    {"tokens_in", kernel_tokens_in, METH_O, "tokens_in(tokens) -> int or None"},
    {"framed", kernel_framed, METH_O, "framed(parts) -> bytes"},
    {"minhash", kernel_minhash, METH_VARARGS, "minhash(hashes, a, b) -> values"},
    {"hash_terms", kernel_hash_terms, METH_O, "hash_terms(terms) -> hashes"},
    {"distinct", kernel_distinct, METH_O, "distinct(hashes) -> hashes, ascending"},
    {"key_terms", OF_ARRAY(kernel_key_terms), "key_terms(hashes, weights, limit, salt) -> (terms, scores)"},
    {"fill", kernel_fill, METH_VARARGS,
     "fill(rows, dated, articles, texts, signatures, terms, bands, key_terms)"},
    {"meet", OF_ARRAY(kernel_meet),
     "meet(articles, newcomer, shingles, sets, near, search, limits) -> (ordinals, related, found, unknown, missing)"},
    {"weigh_up", OF_ARRAY(kernel_weigh_up),
     "weigh_up(articles, texts, newcomer, related, recent, weights, measures) -> (background, [weighed, ...])"},
    {"enter", OF_ARRAY(kernel_enter),
     "enter(articles, texts, homes, newcomer, article_id, group_id, story_id, text, version, begins)"},
    {"overlap", OF_ARRAY(kernel_overlap),
     "overlap(one, other) -> (common, size of one, size of other, Jaccard similarity, containment)"},
    {"among", OF_ARRAY(kernel_among), "among(hashes, terms) -> bytes"},
    {"dot", OF_ARRAY(kernel_dot), "dot(hashes, weights, hashes, weights) -> int"},
    {"band_keys", OF_ARRAY(kernel_band_keys), "band_keys(values, bands, rows) -> keys"},
    {"give_back", give_back, METH_NOARGS, "give_back()"},
    {NULL, NULL, 0, NULL},
};

/* The types, for functions that are handed instances of them: to ask the module for one by name takes as long as some of
 * what is done with it. */
typedef struct {
    PyObject *types[TYPES];
} State;

static PyType_Spec *const specs[TYPES] = {
    [ARTICLES] = &kernel_articles,
    [BAND_INDEX] = &kernel_band_index,
    [POSTINGS] = &kernel_postings,
    [STEMS] = &kernel_stems,
    [TERM_COUNTS] = &kernel_term_counts,
    [TEXTS] = &kernel_texts,
};

PyTypeObject *kernel_type(PyObject *module, Type which)
{
    const State *state = PyModule_GetState(module);
    return (PyTypeObject *)state->types[which];
}

/* Its type is compared, since any object may say of itself that it is an instance of any class; none derives from these. */
void *kernel_instance_of(PyObject *module, PyObject *object, Type which)
{
    if (object == Py_None)
        return NULL;
    if (Py_TYPE(object) == kernel_type(module, which))
        return object;
    PyErr_Format(PyExc_TypeError, "there must be %s or None", strrchr(specs[which]->name, '.') + 1);
    return NULL;
}

/* Memory of so many bytes is a mapping of its own, which grows where it is and goes back to the system when it is freed. By
 * default glibc raises this up to 32 MiB as such memory is freed: then arrays grow in the heap, and leave holes behind. It no
 * longer raises then how much of the heap may be free at its end, 128 KiB, which each page of HTML would give back and take. */
#define MAPPED (4 << 20)
#define KEPT_FREE (8 * MAPPED)

static int execute(PyObject *module)
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, MAPPED);
    mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
#endif
    State *state = PyModule_GetState(module);
    for (size_t i = 0; i < TYPES; i++) {
        state->types[i] = PyType_FromModuleAndSpec(module, specs[i], NULL);
        if (state->types[i] == NULL || PyModule_AddType(module, (PyTypeObject *)state->types[i]) < 0)
            return -1;
    }
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    for (size_t i = 0; i < TYPES; i++)
        Py_VISIT(state->types[i]);
    return 0;
}

static int clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    for (size_t i = 0; i < TYPES; i++)
        Py_CLEAR(state->types[i]);
    return 0;
}

static void release(void *module)
{
    clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)execute},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "dedup.kernel._kernel",
    .m_doc = "Compiled form of dedup.kernel.reference.",
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}

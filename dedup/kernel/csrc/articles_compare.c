/* A newcomer against the originals of the groups that its candidates are in: exact overlaps of sets of shingles. */
#include "articles_arguments.h"

/* A group of the candidates, as it is when the query begins: looking up a set and making a row may run Python code. */
typedef struct {
    int64_t number, original, longest;
    uint32_t place, measured;
    int series;
} Met;

/* The set of an article, borrowed; NULL where there is none, with an error set or not. */
static PyObject *set_of(const Comparing *wanted, int64_t id)
{
    PyObject *key = PyLong_FromLongLong(id), *set = NULL;
    for (int i = 0; key != NULL && set == NULL && i < 2; i++) {
        set = PyDict_GetItemWithError(wanted->sets[i], key);
        if (set == NULL && PyErr_Occurred())
            break;
    }
    Py_XDECREF(key);
    return set;
}

static int append_number(PyObject *list, int64_t number)
{
    PyObject *object = PyLong_FromLongLong(number);
    const int status = object == NULL ? -1 : PyList_Append(list, object);
    Py_XDECREF(object);
    return status;
}

static int compare_group(const Met *group, const Comparing *wanted, const Compared *answer)
{
    for (size_t i = 0; i < wanted->without_count; i++)
        if (wanted->without[i] == group->number)
            return 0;
    if (!group->measured)
        return append_number(answer->unknown, group->number);
    PyObject *set = set_of(wanted, group->original);
    if (set == NULL)
        return PyErr_Occurred() ? -1 : append_number(answer->missing, group->original);
    char *other;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(set, &other, &length) < 0)
        return -1;
    if (length % 4 != 0) {
        PyErr_Format(PyExc_ValueError, "shingles must be a whole number of 4-byte items, not %zd bytes", length);
        return -1;
    }
    const size_t mine = (size_t)wanted->shingles.len / 4, theirs = (size_t)length / 4, larger = mine > theirs ? mine : theirs;
    const size_t common = kernel_common(wanted->shingles.buf, mine, (const uint8_t *)other, theirs);
    if ((int64_t)common < wanted->enough && !(larger > 0 && (double)common / (double)larger >= wanted->share))
        return 0;
    double jaccard, containment;
    kernel_shares(common, mine, theirs, &jaccard, &containment);
    PyObject *row = Py_BuildValue("(LLLNnnndd)", (long long)group->number, (long long)group->original,
                                  (long long)group->longest, PyBool_FromLong(group->series), (Py_ssize_t)common,
                                  (Py_ssize_t)mine, (Py_ssize_t)theirs, jaccard, containment);
    const int status = row == NULL ? -1 : PyList_Append(answer->found, row);
    Py_XDECREF(row);
    return status;
}

/* The groups of the candidates in the order in which they are met: an array to be freed with PyMem_Free; NULL with an
 * error set. */
static Met *groups_met(const Roster *self, const Comparing *wanted, size_t *count)
{
    Met *groups = PyMem_Malloc((wanted->count + 1) * sizeof *groups);
    if (groups == NULL)
        PyErr_NoMemory();
    *count = 0;
    for (size_t i = 0; groups != NULL && i < wanted->count; i++) {
        const uint32_t place = articles_by_ordinal(self, wanted->ordinals[i]);
        if (place == NONE) {
            kernel_key_error(wanted->ordinals[i]);
            PyMem_Free(groups);
            return NULL;
        }
        const uint32_t own = self->articles[place].group;
        size_t known = 0;
        while (known < *count && groups[known].place != own)
            known++;
        if (known == *count) {
            const Group *group = &self->groups[own];
            groups[(*count)++] = (Met){group->number, group->original, group->longest, own, group->measured, 0};
        }
        if (!groups[known].series)
            groups[known].series = articles_is_series(self, place, &wanted->newcomer);
    }
    return groups;
}

void articles_forget_compared(Compared *answer)
{
    Py_CLEAR(answer->found);
    Py_CLEAR(answer->unknown);
    Py_CLEAR(answer->missing);
}

int articles_compare(const Roster *self, const Comparing *wanted, Compared *answer)
{
    size_t count;
    *answer = (Compared){NULL, NULL, NULL};
    Met *groups = groups_met(self, wanted, &count);
    if (groups == NULL)
        return -1;
    *answer = (Compared){PyList_New(0), PyList_New(0), PyList_New(0)};
    int status = answer->found != NULL && answer->unknown != NULL && answer->missing != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < count; i++)
        status = compare_group(&groups[i], wanted, answer);
    PyMem_Free(groups);
    if (status < 0)
        articles_forget_compared(answer);
    return status;
}

int articles_take_sets(Comparing *wanted, PyObject *sets)
{
    if (!arguments_in(sets, wanted->sets, 2, "the sets"))
        return -1;
    if (PyDict_Check(wanted->sets[0]) && PyDict_Check(wanted->sets[1]))
        return 0;
    PyErr_SetString(PyExc_TypeError, "sets must be in a dict");
    return -1;
}

PyObject *articles_type_compare(PyObject *object, PyObject *args)
{
    Comparing wanted = {.newcomer = {.ordinal = 0}};
    PyObject *ordinals, *skeleton, *sets, *without = NULL, *result = NULL;
    Compared answer;
    size_t size;
    if (!PyArg_ParseTuple(args, "y*OO&OO!dO&|O:compare", &wanted.shingles, &ordinals, texts_moment,
                          &wanted.newcomer.published, &skeleton, &PyTuple_Type, &sets, &wanted.share, kernel_whole,
                          &wanted.enough, &without))
        return NULL;
    if (articles_take_sets(&wanted, sets) == 0 && kernel_count(&wanted.shingles, 4, "shingles", &size) == 0 &&
        (wanted.ordinals = kernel_wholes(ordinals, &wanted.count)) != NULL &&
        (without == NULL || (wanted.without = kernel_wholes(without, &wanted.without_count)) != NULL) &&
        texts_take_skeleton(&wanted.newcomer, &wanted.words, skeleton) == 0 &&
        articles_compare(roster_of(object), &wanted, &answer) == 0)
        result = Py_BuildValue("(NNN)", answer.found, answer.unknown, answer.missing);
    PyMem_Free(wanted.words);
    PyMem_Free(wanted.without);
    PyMem_Free(wanted.ordinals);
    PyBuffer_Release(&wanted.shingles);
    return result;
}

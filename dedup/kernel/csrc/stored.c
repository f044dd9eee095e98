/* Rows of articles, as Python gives them. */
#include "stored.h"
#include "articles_arguments.h"

enum { ID, ORDINAL, PUBLISHED, GROUP, STORY, IS_TEXT, VERSION, PUBLISHER, WORDS, SALT, SIGNATURE, TERMS, COLUMNS };

int stored_malformed(const char *what)
{
    PyErr_Format(PyExc_ValueError, "a row is not as it must be: %s", what);
    return -1;
}

static int take_bytes(PyObject *item, Bytes *bytes)
{
    char *start;
    Py_ssize_t size;
    if (!PyBytes_CheckExact(item) || PyBytes_AsStringAndSize(item, &start, &size) < 0)
        return stored_malformed("what must be bytes");
    *bytes = (Bytes){(const uint8_t *)start, (size_t)size};
    return 0;
}

static int take_number(PyObject *item, int column, int64_t *number)
{
    const int is_there = PyLong_Check(item) || (column == PUBLISHED && item == Py_None);
    if (!is_there || !(column == PUBLISHED ? texts_moment : kernel_whole)(item, number))
        return stored_malformed("what must be a number");
    return 0;
}

int stored_take(PyObject *tuple, Stored *row)
{
    int64_t numbers[COLUMNS];
    Bytes parts[COLUMNS];
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != COLUMNS)
        return stored_malformed("its columns");
    for (int column = 0; column < COLUMNS; column++) {
        PyObject *item = PyTuple_GetItem(tuple, column);
        const int is_bytes = column == PUBLISHER || column == WORDS || column == SIGNATURE || column == TERMS;
        if ((is_bytes ? take_bytes(item, &parts[column]) : take_number(item, column, &numbers[column])) < 0)
            return -1;
    }
    if (articles_check(numbers[ID], "article_id") < 0 || articles_check(numbers[GROUP], "group_id") < 0 ||
        articles_check(numbers[STORY], "story_id") < 0 || texts_check_place(numbers[ORDINAL], numbers[PUBLISHED]) < 0)
        return -1;
    if (numbers[VERSION] < 0 || numbers[VERSION] > UINT32_MAX || numbers[SALT] < 0 || numbers[SALT] > UINT32_MAX)
        return stored_malformed("its version or salt");
    if ((parts[PUBLISHER].size != 0 && parts[PUBLISHER].size != 4) || parts[WORDS].size % 4 != 0 ||
        parts[WORDS].size / 4 >= (size_t)1 << 30)
        return stored_malformed("its skeleton");
    *row = (Stored){.id = numbers[ID], .ordinal = numbers[ORDINAL], .published = numbers[PUBLISHED], .group = numbers[GROUP],
                    .story = numbers[STORY], .version = (uint32_t)numbers[VERSION], .salt = (uint32_t)numbers[SALT],
                    .text = numbers[IS_TEXT] != 0, .publisher = parts[PUBLISHER], .words = parts[WORDS],
                    .signature = parts[SIGNATURE], .terms = parts[TERMS]};
    return kernel_ascending(row->words.bytes, row->words.size / 4);
}

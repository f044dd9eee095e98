/* The UTF-8 of a text, which Python makes once and keeps: a database takes it, too. */
#ifndef DEDUP_UTF8_H
#define DEDUP_UTF8_H

#include "kernel.h"

typedef struct {
    const uint8_t *bytes;               /* NULL where there is none */
    size_t size;
} Utf8;

/* Takes that of `text`, valid as long as that is held: 1; 0 where a lone surrogate is in it; -1 with TypeError or
 * MemoryError. */
INTERNAL int kernel_utf8(PyObject *text, Utf8 *utf8);

#endif

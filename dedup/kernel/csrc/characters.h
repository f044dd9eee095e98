/* The characters that the tables of dedup/text/characters.py have entries of, in text in UTF-8. */
#ifndef DEDUP_CHARACTERS_H
#define DEDUP_CHARACTERS_H

#include "kernel.h"

/* The code points that have entries, in their order: BLOCKS of dedup/text/characters.py. */
#define FIRST_COUNT ((size_t)0x1100)    /* all up to Georgian, */
#define ETHIOPIC UINT32_C(0x1200)
#define ETHIOPIC_COUNT ((size_t)0x180)
#define KHMER UINT32_C(0x1780)
#define KHMER_COUNT ((size_t)0x80)
#define SIGNS UINT32_C(0x1E00)          /* other Latin and Greek, punctuation and symbols, */
#define SIGNS_COUNT ((size_t)0xE00)
#define KANA UINT32_C(0x3000)           /* punctuation of Chinese and Japanese, and kana, */
#define KANA_COUNT ((size_t)0x100)
#define FORMS UINT32_C(0xFE00)          /* other forms of letters, */
#define FORMS_COUNT ((size_t)0x200)
#define PICTURES UINT32_C(0x1F100)      /* and pictures, with letters in frames, of which flags are made */
#define PICTURES_COUNT ((size_t)0xA00)
#define BEHIND_ETHIOPIC (FIRST_COUNT + ETHIOPIC_COUNT)
#define BEHIND_KHMER (BEHIND_ETHIOPIC + KHMER_COUNT)
#define BEHIND_SIGNS (BEHIND_KHMER + SIGNS_COUNT)
#define BEHIND_KANA (BEHIND_SIGNS + KANA_COUNT)
#define BEHIND_FORMS (BEHIND_KANA + FORMS_COUNT)
#define CHARACTERS (BEHIND_FORMS + PICTURES_COUNT)

#define HAN (CHARACTERS + 1)            /* the place of what has no entry since nothing changes it */
#define HANGUL (CHARACTERS + 2)
#define UNKNOWN 255                     /* the first byte of the entry of a character that is left to Python */

static inline size_t place_of_three(uint32_t point)
{
    if (point - SIGNS < SIGNS_COUNT)
        return BEHIND_KHMER + (point - SIGNS);
    if (point < FIRST_COUNT)
        return point;
    if (point - UINT32_C(0x4E00) < 0x5200)
        return HAN;
    if (point - KANA < KANA_COUNT)
        return BEHIND_SIGNS + (point - KANA);
    if (point - UINT32_C(0xAC00) < 0x2BA4)
        return HANGUL;
    if (point - ETHIOPIC < ETHIOPIC_COUNT)
        return FIRST_COUNT + (point - ETHIOPIC);
    if (point - KHMER < KHMER_COUNT)
        return BEHIND_ETHIOPIC + (point - KHMER);
    return point - FORMS < FORMS_COUNT ? BEHIND_KANA + (point - FORMS) : CHARACTERS;
}

/* The place in a table of the character at `*at`, which moves behind it; HAN, HANGUL, or CHARACTERS for any other that
 * has none. */
static inline size_t next_character(const uint8_t **at)
{
    const uint8_t *bytes = *at;
    if (bytes[0] < 0x80) {
        *at += 1;
        return bytes[0];
    }
    if (bytes[0] < 0xE0) {
        *at += 2;
        return (size_t)(bytes[0] & 31) << 6 | (bytes[1] & 63);
    }
    const uint32_t two = (uint32_t)(bytes[1] & 63) << 6 | (bytes[2] & 63);
    if (bytes[0] < 0xF0) {
        *at += 3;
        return place_of_three((uint32_t)(bytes[0] & 15) << 12 | two);
    }
    *at += 4;
    const uint32_t point = (uint32_t)(bytes[0] & 7) << 18 | two << 6 | (bytes[3] & 63);
    return point - PICTURES < PICTURES_COUNT ? BEHIND_FORMS + (point - PICTURES) : CHARACTERS;
}

/* 0, or -1 with an error set. */
static inline int check_table(const Py_buffer *table, size_t size)
{
    if ((size_t)table->len == size)
        return 0;
    PyErr_Format(PyExc_ValueError, "the table must have %zu bytes, not %zd", size, table->len);
    return -1;
}

#endif

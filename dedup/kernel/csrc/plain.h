/* Plain text, read in one go (plain.c), and what is left to look at closely. */
#ifndef DEDUP_PLAIN_H
#define DEDUP_PLAIN_H

#include "walk.h"

/* What Python has to look at: whether the text has enough words, and where it may name an agency. */
enum { PLAIN_FEW = 1, PLAIN_DATELINE = 2, PLAIN_BYLINE = 4, PLAIN_SIGNED = 8 };

/* agency.c: the last three of these. `words` is a filter of the last words of agencies' names and of roles. */
INTERNAL unsigned plain_agency(const uint8_t *text, size_t size, const uint8_t *words);

#endif

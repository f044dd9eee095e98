/* The terms of any text: words as they are, and runs of syllables, of scripts that write no spaces, as pairs. */
#ifndef DEDUP_TERMLIST_H
#define DEDUP_TERMLIST_H

#include "tokens.h"

/* Bytes of the longest pair that is hashed here. */
#define LONGEST_PAIR ((size_t)256)

/* A term, and in `hash` that of its bytes: a token, or two that stand together; `other` is of size 0 but for a pair. */
typedef struct {
    Tokens one, other;
    uint32_t hash;
} Term;

/* Writes the terms of tokens, without those of each `name`, to `out`, which has room for as many as there are tokens; how
 * many there are, or SIZE_MAX where a pair is longer than LONGEST_PAIR. */
INTERNAL size_t terms_list(const Tokens *tokens, const Tokens *name, Term *out);
/* Whether a character of such scripts begins at `text`, which has a byte at least. */
INTERNAL int terms_is_syllable(const uint8_t *text, size_t size);
/* Where the bytes of a term lie: those of a pair are put into `pair`, which has room for LONGEST_PAIR. */
INTERNAL Tokens terms_bytes(const Term *term, uint8_t *pair);

/* Whether a token at `start` begins the `name`. */
static inline int terms_is_name(const Tokens *tokens, size_t start, const Tokens *name)
{
    const size_t end = start + name->size;
    return name->size > 0 && end <= tokens->size && memcmp(tokens->text + start, name->text, name->size) == 0 &&
           (end == tokens->size || tokens->text[end] == ' ');
}

#endif

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

/* A name that is left out of a text, the hash of its first token, and where the text goes on behind the last one found. */
typedef struct {
    const Tokens *tokens, *name;
    uint32_t first;
    size_t next;
} Names;

static inline Names names_of(const Tokens *tokens, const Tokens *name)
{
    return (Names){tokens, name, xxh32(name->text, token_end(name->text, 0, name->size)), 0};
}

/* Whether the token with this hash at `start` is of a name. Tokens are asked about in their order. */
static inline int names_hold(Names *names, size_t start, uint32_t hash)
{
    const Tokens *const tokens = names->tokens, *const name = names->name;
    const size_t end = start + name->size;
    if (start < names->next)
        return 1;
    if (hash != names->first || name->size == 0 || end > tokens->size ||
        memcmp(tokens->text + start, name->text, name->size) != 0 || (end < tokens->size && tokens->text[end] != ' '))
        return 0;
    names->next = end + 1;
    return 1;
}

#endif

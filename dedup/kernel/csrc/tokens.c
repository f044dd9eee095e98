/* The tokens of a text with their hashes, some at a time. */
#include "tokens.h"

/* Those that begin in the next TOKENS_AT_ONCE bytes and end there, or one that is longer. */
static void find_tokens(const Tokens *tokens, TokenRun *run)
{
    const size_t at = run->at, left = tokens->size - at, here = left < TOKENS_AT_ONCE ? left : TOKENS_AT_ONCE;
    run->starts[0] = at;
    run->count = tokens_starts(tokens->text + at, here, at, run->starts, 1);
    if (here == left)
        run->starts[run->count] = tokens->size + 1;
    else if (run->count > 1)
        run->count--;
    else
        run->starts[1] = token_end(tokens->text, at + here, tokens->size) + 1;
    run->at = run->starts[run->count];
}

int kernel_next_tokens(const Tokens *tokens, TokenRun *run)
{
    if (tokens->size == 0 || run->at > tokens->size)
        return 0;
    find_tokens(tokens, run);
    /* Behind the last ones no more bytes may be read. */
    size_t padded = run->count;
    while (padded > 0 && run->starts[padded] - 1 + TOKENS_PADDING > tokens->size)
        padded--;
    kernel_hash_shingles(tokens->text, run->starts, padded, 1, run->hashes);
    for (size_t i = padded; i < run->count; i++) {
        const size_t start = run->starts[i], length = run->starts[i + 1] - 1 - start;
        run->hashes[i] = xxh32(tokens->text + start, length);
    }
    return 1;
}

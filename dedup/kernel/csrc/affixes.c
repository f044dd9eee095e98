/* Affixes of Persian among the tokens of a text, joined to their words: dedup/text/words/affixes.py defines it. */
#include "walk.h"

#define LONGEST ((size_t)12)            /* bytes of an affix */

typedef struct {
    size_t size;
    const char *bytes;
} Affix;

#define AFFIX(bytes) {sizeof bytes - 1, bytes}

static const Affix prefixes[] = {AFFIX("\xD9\x85\xD9\x8A"), AFFIX("\xD9\x86\xD9\x85\xD9\x8A")};
static const Affix suffixes[] = {
    AFFIX("\xD9\x87\xD8\xA7"),
    AFFIX("\xD9\x87\xD8\xA7\xD9\x8A"),
    AFFIX("\xD9\x87\xD8\xA7\xD9\x8A\xD9\x8A"),
    AFFIX("\xD9\x87\xD8\xA7\xD9\x8A\xD8\xB4"),
    AFFIX("\xD9\x87\xD8\xA7\xD9\x8A\xD8\xB4\xD8\xA7\xD9\x86"),
    AFFIX("\xD8\xAA\xD8\xB1"),
    AFFIX("\xD8\xAA\xD8\xB1\xD9\x8A\xD9\x86"),
};
static const Affix clitics[] = {
    AFFIX("\xD8\xA7\xD9\x8A"),         AFFIX("\xD8\xA7\xD9\x85"),         AFFIX("\xD8\xA7\xD8\xB4"),
    AFFIX("\xD8\xA7\xD9\x86\xD8\xAF"), AFFIX("\xD8\xA7\xD9\x8A\xD9\x85"), AFFIX("\xD8\xA7\xD9\x8A\xD8\xAF"),
};

static int is_among(const uint8_t *token, size_t size, const Affix *affixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (affixes[i].size == size && memcmp(token, affixes[i].bytes, size) == 0)
            return 1;
    return 0;
}

#define IS_AMONG(token, size, affixes) is_among(token, size, affixes, sizeof affixes / sizeof *affixes)

/* Whether two bytes are a character of U+0600..U+06FF. */
static int is_arabic(const uint8_t *bytes)
{
    return bytes[0] >= 0xD8 && bytes[0] <= 0xDB;
}

/* Whether the `size` bytes of a token join `before`, of which the last ones end a token. */
static int joins(const uint8_t *token, size_t size, const uint8_t *before, size_t size_before, int behind_prefix)
{
    if (size < 2 || size_before < 2 || !is_arabic(token) || !is_arabic(before + size_before - 2))
        return 0;
    if (behind_prefix || size > LONGEST)
        return behind_prefix;
    const uint8_t *const end = before + size_before;
    const int is_heh = end[-2] == 0xD9 && end[-1] == 0x87 && size_before > 2 && end[-3] != ' ';
    return IS_AMONG(token, size, suffixes) || (is_heh && IS_AMONG(token, size, clitics));
}

size_t kernel_join_affixes(uint8_t *tokens, size_t size)
{
    size_t used = 0;
    int behind_prefix = 0;
    for (size_t at = 0, next; at < size; at = next) {
        const size_t length = token_end(tokens, at, size) - at;
        next = at + length + 1;
        const int is_prefix = IS_AMONG(tokens + at, length, prefixes);
        used -= used > 0 && joins(tokens + at, length, tokens, used - 1, behind_prefix);
        memmove(tokens + used, tokens + at, length + 1);
        used += length + 1;
        behind_prefix = is_prefix;
    }
    return used;
}

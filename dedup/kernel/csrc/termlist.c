/* Terms of any text; see term_hashes in dedup/kernel/reference/terms.py. */
#include "termlist.h"

/* First and last code points of the scripts that write no spaces: SYLLABIC of dedup/kernel/reference/scripts.py. */
static const uint32_t syllabic[][2] = {
    {0xE00, 0xFFF}, {0x1000, 0x109F}, {0x1780, 0x17FF}, {0x3005, 0x3007}, {0x3021, 0x3029}, {0x3031, 0x3035},
    {0x3038, 0x303C}, {0x3040, 0x312F}, {0x31A0, 0x31BF}, {0x31F0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},
    {0xA000, 0xA48F}, {0xA9E0, 0xA9FF}, {0xAA60, 0xAA7F}, {0xF900, 0xFAFF}, {0x1AFF0, 0x1B16F}, {0x20000, 0x3FFFF},
};

int terms_is_syllable(const uint8_t *text, size_t size)
{
    if (text[0] < 0xE0 || size < 3)
        return 0; /* the first of them takes three bytes */
    uint32_t point = (uint32_t)(text[0] & 15) << 12 | (uint32_t)(text[1] & 63) << 6 | (text[2] & 63);
    if (text[0] >= 0xF0 && size > 3)
        point = (uint32_t)(text[0] & 7) << 18 | (uint32_t)(text[1] & 63) << 12 | (uint32_t)(text[2] & 63) << 6 | (text[3] & 63);
    for (size_t i = 0; i < sizeof syllabic / sizeof syllabic[0] && point >= syllabic[i][0]; i++)
        if (point <= syllabic[i][1])
            return 1;
    return 0;
}

Tokens terms_bytes(const Term *term, uint8_t *pair)
{
    if (term->other.size == 0)
        return term->one;
    memcpy(pair, term->one.text, term->one.size);
    memcpy(pair + term->one.size, term->other.text, term->other.size);
    return (Tokens){pair, term->one.size + term->other.size};
}

/* Terms so far, and the syllable that was the last of the tokens: `alone` where no pair holds it. */
typedef struct {
    Term *out;
    size_t count;
    Term last;
    int is_run, alone;
} List;

static void end_run(List *list)
{
    if (list->is_run && list->alone)
        list->out[list->count++] = list->last;
    list->is_run = 0;
}

/* Puts a syllable; 0 where the pair that it makes is too long. */
static int put_syllable(List *list, const Term *token)
{
    if (list->is_run) {
        Term pair = {list->last.one, token->one, 0};
        uint8_t bytes[LONGEST_PAIR];
        if (pair.one.size + pair.other.size > LONGEST_PAIR)
            return 0;
        const Tokens both = terms_bytes(&pair, bytes);
        pair.hash = xxh32(both.text, both.size);
        list->out[list->count++] = pair;
    }
    list->alone = !list->is_run;
    list->is_run = 1;
    list->last = *token;
    return 1;
}

size_t terms_list(const Tokens *tokens, const Tokens *name, Term *out)
{
    Names names = names_of(tokens, name);
    List list = {.out = out};
    TokenRun run;
    run.at = 0;
    while (kernel_next_tokens(tokens, &run))
        for (size_t i = 0; i < run.count; i++) {
            const size_t start = run.starts[i];
            if (names_hold(&names, start, run.hashes[i]))
                continue;
            const Term token = {{tokens->text + start, run.starts[i + 1] - 1 - start}, {NULL, 0}, run.hashes[i]};
            if (token.one.size > 0 && terms_is_syllable(token.one.text, token.one.size)) {
                if (!put_syllable(&list, &token))
                    return SIZE_MAX;
            } else {
                end_run(&list);
                out[list.count++] = token;
            }
        }
    end_run(&list);
    return list.count;
}

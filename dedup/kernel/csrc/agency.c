/* Where dedup/text/origin.py may find the name of an agency: nearly nowhere in a text that names none. What is told here
 * errs on the side of looking. */
#include "plain.h"

#define HEAD 240                        /* characters in which a dateline ends, */
#define FIRST 200                       /* and in which lines are bylines, */
#define BYLINES 3                       /* as many, blank ones left out */
#define TAIL 320                        /* characters in which an agency signs */
#define SIGNATURE 24                    /* characters of a line that is nothing but its name */
#define LONGEST_NAME ((size_t)128)      /* bytes of a name and what may stand around it */

/* Behind the first `count` characters. */
static const uint8_t *behind(const uint8_t *at, const uint8_t *end, size_t count)
{
    if ((size_t)(end - at) >= count && is_ascii(at, count))
        return at + count;
    for (; at < end && count > 0; count--)
        do
            at++;
        while (at < end && (*at & 0xC0) == 0x80);
    return at;
}

/* Before the last `count` characters. */
static const uint8_t *before(const uint8_t *start, const uint8_t *at, size_t count)
{
    if ((size_t)(at - start) >= count && is_ascii(at - count, count))
        return at - count;
    while (at > start && count > 0)
        count -= (*--at & 0xC0) != 0x80;
    return at;
}

static int is_dash(const uint8_t *at, const uint8_t *end)
{
    return *at == '-' || (end - at >= 3 && at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0x93 || at[2] == 0x94));
}

static int may_be_dateline(const uint8_t *at, const uint8_t *end)
{
    int sign = 0;
    if (memchr(at, '(', (size_t)(end - at)) != NULL)
        return 1;
    if (is_ascii(at, (size_t)(end - at)))
        return 0;
    for (; at < end; at++)
        sign |= *at == '[' || *at == '/' || *at >= 0xE3 || is_dash(at, end);
    return sign;
}

/* Whether the last word of a line may be that of an agency, or a role behind it. */
static int may_be_byline(const uint8_t *line, const uint8_t *end, const uint8_t *words)
{
    uint8_t word[LONGEST_PHRASE];
    size_t size = 0;
    while (end > line && (end[-1] == ' ' || end[-1] == '.' || end[-1] == ':'))
        end--;
    for (; end > line && end[-1] != ' '; end--) {
        if (end[-1] >= 0x80)
            return 1;
        if (size == sizeof word)
            return 0;
        word[sizeof word - ++size] = (uint8_t)(end[-1] >= 'A' && end[-1] <= 'Z' ? end[-1] | 32 : end[-1]);
    }
    return kernel_may_have(words, xxh32(word + sizeof word - size, size));
}

static int may_have_byline(const uint8_t *at, const uint8_t *end, const uint8_t *words)
{
    for (unsigned found = 0; found < BYLINES && at < end;) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL)
            return 0;
        found += line_end > at;
        if (line_end > at && may_be_byline(at, line_end, words))
            return 1;
        at = line_end + 1;
    }
    return 0;
}

/* Each sign is looked for by a byte of it that is rare in a text. */
static int may_say_so(const uint8_t *at, const uint8_t *end)
{
    static const struct { const char *sign; size_t rare; } signs[] = {
        {"opyright", 2}, {"diting by", 8}, {"(c)", 0}, {"\xC2\xA9", 0},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const size_t size = strlen(signs[i].sign), rare = signs[i].rare;
        for (const uint8_t *sign = at; (size_t)(end - sign) >= size; sign++) {
            const uint8_t *const found = memchr(sign + rare, signs[i].sign[rare], (size_t)(end - sign) - size + 1);
            if (found == NULL)
                break;
            sign = found - rare;
            if (memcmp(sign, signs[i].sign, size) == 0)
                return 1;
        }
    }
    return 0;
}

static int may_be_signed(const uint8_t *text, const uint8_t *end)
{
    const uint8_t *const tail = before(text, end, TAIL);
    const uint8_t *last = end;
    while (last > tail && last[-1] != '\n')
        last--;
    if (behind(last, end, SIGNATURE) == end || (end > last && end[-1] == ')') || may_say_so(tail, end))
        return 1;
    const uint8_t *name_end = end;
    while (name_end > last && name_end[-1] == '.')
        name_end--;
    const uint8_t *const name = (size_t)(name_end - last) > LONGEST_NAME ? name_end - LONGEST_NAME : last;
    for (const uint8_t *at = name; at < end; at++)
        if (is_dash(at, end))
            return 1;
    return 0;
}

unsigned plain_agency(const uint8_t *text, size_t size, const uint8_t *words)
{
    const uint8_t *const end = text + size;
    return (may_be_dateline(text, behind(text, end, HEAD)) ? PLAIN_DATELINE : 0) |
           (may_have_byline(text, behind(text, end, FIRST), words) ? PLAIN_BYLINE : 0) |
           (may_be_signed(text, end) ? PLAIN_SIGNED : 0);
}

/* reject.c: see reject.h. Words are looked at before codes: codes 21 to 25 mean different things to
 * different families, words hardly do. A family's own words go before those of all. */
#include "protocol/reject.h"

#include <stdio.h>
#include <string.h>

#include "protocol/family.h"
#include "wire/printable.h"

static const struct pool_reject_words of_all[] = {
    {"duplicate", POOL_DUPLICATE},
    {"already submitted", POOL_DUPLICATE},
    {"low diff", POOL_LOW_DIFFICULTY},
    {"above target", POOL_LOW_DIFFICULTY},
    {"high-hash", POOL_LOW_DIFFICULTY},
    {"stale", POOL_STALE},
    {"expired", POOL_STALE},
    {"job not found", POOL_STALE},
    {"unknown job", POOL_STALE},
    {"no such job", POOL_STALE},
    {"outdated", POOL_STALE},
    {"unauthor", POOL_UNAUTHORIZED},
    {"not authorized", POOL_UNAUTHORIZED},
    {"not subscribed", POOL_UNAUTHORIZED},
    {"banned", POOL_UNAUTHORIZED},
    {"worker", POOL_UNAUTHORIZED},
    {"address", POOL_UNAUTHORIZED},
    {"wallet", POOL_UNAUTHORIZED},
    {"malformed", POOL_MALFORMED},
    {"nonce", POOL_MALFORMED},
    {"ntime", POOL_MALFORMED},
    {"time out of range", POOL_MALFORMED},
    {"invalid params", POOL_MALFORMED},
    {"parse", POOL_MALFORMED},
    {"target", POOL_LOW_DIFFICULTY},
    {"difficulty", POOL_LOW_DIFFICULTY},
    {NULL, POOL_REFUSED},
};

/* The verdict of the first row that the text contains; false: none. */
static bool find_words(const struct pool_reject_words *words, const char *text,
                       enum pool_verdict *verdict)
{
    while (words->part != NULL && strcasestr(text, words->part) == NULL) {
        words++;
    }
    *verdict = words->verdict;
    return words->part != NULL;
}

enum pool_verdict pool_reject_class(const json_t *error, const struct pool_family *family,
                                    char text[POOL_TEXT_MAX])
{
    const json_t *code = NULL;
    const json_t *message = error;
    text[0] = '\0';
    if (json_is_array(error)) {
        code = json_array_get(error, 0);
        message = json_array_get(error, 1);
    } else if (json_is_object(error)) {
        code = json_object_get(error, "code");
        message = json_object_get(error, "message");
    } else if (json_is_integer(error)) {
        code = error;
    }
    if (json_is_string(code) && !json_is_string(message)) {
        message = code; /* ["text"] */
    }
    if (json_is_string(message)) {
        (void)pool_printable(text, POOL_TEXT_MAX, json_string_value(message),
                             json_string_length(message));
    } else if (json_is_integer(code)) {
        (void)snprintf(text, POOL_TEXT_MAX, "error code %lld", (long long)json_integer_value(code));
    }
    enum pool_verdict verdict = POOL_REFUSED;
    if (json_is_string(message) &&
        ((family->words != NULL && find_words(family->words, text, &verdict)) ||
         find_words(of_all, text, &verdict))) {
        return verdict;
    }
    for (const struct pool_reject_code *row = family->codes;
         json_is_integer(code) && row->code != 0; row++) {
        if (row->code == json_integer_value(code)) {
            return row->verdict;
        }
    }
    return POOL_REFUSED;
}

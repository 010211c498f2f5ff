/* reject.c: see reject.h. Words are looked at before codes: the codes 21 to 25 mean one thing to
 * Alephium's official pool and another to the Bitcoin family, the words do not. */
#include "protocol/reject.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "protocol/output.h"

static const struct {
    const char *part; /* found in the text, any case */
    enum pool_verdict verdict;
} words[] = {
    {"chain", POOL_WRONG_CHAIN}, /* before "job": "invalid job chain index" */
    {"group", POOL_WRONG_CHAIN},
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
};

/* The official Alephium pool's codes (alephium.md 6.5), used when the words say nothing. */
static enum pool_verdict class_of_alephium(json_int_t code)
{
    switch (code) {
    case 20:
        return POOL_STALE;
    case 21:
    case 26:
        return POOL_WRONG_CHAIN;
    case 22:
        return POOL_UNAUTHORIZED;
    case 23:
        return POOL_MALFORMED;
    case 24:
        return POOL_DUPLICATE;
    case 25:
        return POOL_LOW_DIFFICULTY;
    default:
        return POOL_REFUSED;
    }
}

/* Those of the Bitcoin family (stratum.md 6, digibyte.md 11). */
static enum pool_verdict class_of_bitcoin(json_int_t code)
{
    switch (code) {
    case 6: /* version bits outside the mask */
        return POOL_MALFORMED;
    case 21:
        return POOL_STALE;
    case 22:
        return POOL_DUPLICATE;
    case 23:
        return POOL_LOW_DIFFICULTY;
    case 24:
    case 25:
        return POOL_UNAUTHORIZED;
    default:
        return POOL_REFUSED;
    }
}

enum pool_verdict pool_reject_class(const json_t *error, enum pool_codes codes,
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
    for (size_t i = 0; json_is_string(message) && i < BASE_COUNT_OF(words); i++) {
        if (strcasestr(text, words[i].part) != NULL) {
            return words[i].verdict;
        }
    }
    if (!json_is_integer(code)) {
        return POOL_REFUSED;
    }
    return codes == POOL_CODES_ALEPHIUM ? class_of_alephium(json_integer_value(code))
                                        : class_of_bitcoin(json_integer_value(code));
}

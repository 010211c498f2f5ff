/* ergo_words.c: see ergo_words.h. */
#include "ergo/ergo_words.h"

#include <stdio.h>
#include <string.h>

#include "wire/json.h"
#include "wire/printable.h"

enum {
    HTTP_OK = 200,
    HTTP_BAD_REQUEST = 400,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    DETAIL_MAX = 240,
};

/* The member "detail", printable; "" if there is none. */
static void read_detail(char detail[DETAIL_MAX], const struct pool_answer *answer)
{
    json_t *root = NULL;
    struct base_error ignored = {BASE_OK, ""};
    const json_t *text = NULL;
    if (pool_json_load(&root, answer->body, answer->size, &ignored) == BASE_OK) {
        text = json_object_get(root, "detail");
    }
    (void)pool_printable(detail, DETAIL_MAX, json_is_string(text) ? json_string_value(text) : "",
                         json_is_string(text) ? json_string_length(text) : 0);
    json_decref(root);
}

enum base_status pool_ergo_no_work(const struct pool_answer *answer,
                                   const struct pool_server *server, struct base_error *error)
{
    static const struct {
        const char *part; /* of detail */
        const char *meaning;
    } reasons[] = {
        {"not started", "its miner has not started: it does once the node is synced"},
        {"PK not initialized",
         "it does not know whom blocks pay: set ergo.node.miningPubKeyHex, or initialize its "
         "wallet"},
        {"External miner", "set ergo.node.useExternalMiner = true in its configuration"},
        {"timed out", "is ergo.node.mining = true in its configuration, and is it synced?"},
    };
    char detail[DETAIL_MAX];
    if (answer->code == 0) {
        *error = *answer->why;
        return error->status == BASE_E_TIMEOUT
                   ? base_error_set(error, BASE_E_TIMEOUT,
                                    "the node answers no request for work; is ergo.node.mining = "
                                    "true in its configuration?")
                   : error->status;
    }
    read_detail(detail, answer);
    if (answer->code == HTTP_FORBIDDEN) {
        return base_error_set(error, BASE_E_REFUSED,
                              "the node refuses the API key (HTTP 403, \"%s\"): give its own with "
                              "--api-key",
                              detail);
    }
    if (answer->code == HTTP_NOT_FOUND) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%.200s port %u does not know /mining/candidate (HTTP 404): is it "
                              "the REST port of an Ergo node (9053, on test networks 9052)?",
                              server->host, server->port);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(reasons); i++) {
        if (strstr(detail, reasons[i].part) != NULL) {
            return base_error_set(error, BASE_E_STATE, "the node gives no work (\"%s\"): %s",
                                  detail, reasons[i].meaning);
        }
    }
    return base_error_set(error, BASE_E_STATE, "the node gives no work: HTTP %ld, \"%s\"",
                          answer->code, detail);
}

enum pool_verdict pool_ergo_verdict(char text[POOL_TEXT_MAX], const struct pool_answer *answer)
{
    static const struct {
        const char *part; /* of detail */
        enum pool_verdict verdict;
        const char *meaning;
    } reasons[] = {
        /* The hit was checked here, so it is the candidate that is not the node's any more. */
        {"Invalid block mined", POOL_STALE, "the node has another candidate by now"},
        {"already solved", POOL_STALE, "the node has a solution of this height"},
        {"External miner", POOL_REFUSED,
         "set ergo.node.useExternalMiner = true in its configuration"},
        {"timed out", POOL_UNANSWERED, "the node did not look at it in time"},
    };
    char detail[DETAIL_MAX];
    if (answer->code == 0) {
        (void)snprintf(text, POOL_TEXT_MAX, "%.400s", answer->why->text);
        return POOL_UNANSWERED;
    }
    if (answer->code == HTTP_OK) {
        (void)snprintf(text, POOL_TEXT_MAX, "block accepted");
        return POOL_ACCEPTED;
    }
    read_detail(detail, answer);
    for (size_t i = 0; i < BASE_COUNT_OF(reasons); i++) {
        if (strstr(detail, reasons[i].part) != NULL) {
            (void)snprintf(text, POOL_TEXT_MAX, "%s (\"%s\")", reasons[i].meaning, detail);
            return reasons[i].verdict;
        }
    }
    (void)snprintf(text, POOL_TEXT_MAX, "HTTP %ld, \"%s\"", answer->code, detail);
    return answer->code == HTTP_BAD_REQUEST ? POOL_MALFORMED
           : answer->code == HTTP_FORBIDDEN ? POOL_UNAUTHORIZED
                                            : POOL_REFUSED;
}

/* test_alephium_rest.c: answers of a node's REST port into one sentence. The answers are the shapes
 * of alephium.md 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/alephium_rest.h"

#define CLIQUE(ready, synced, port)                                                                \
    "{\"cliqueId\":\"00\",\"nodes\":[{\"address\":\"127.0.0.1\",\"restPort\":12973,\"wsPort\":"    \
    "11973,\"minerApiPort\":" port "}],\"selfReady\":" ready ",\"synced\":" synced "}"
#define ADDRESSES(a, b)                                                                            \
    "{\"addresses\":[\"" a "\",\"" b "\",\"1CQiD2RQ58ymszcgPEszRomyMZxEjH1Rtp4tB84JY2qgL\","       \
    "\"19vvD3QbfEYbJexk6yCtnDNpRrfr3xQv2Pzc6x265MRhD\"]}"
#define GROUP_0 "1HiYeRbypJQK4nc6EFYWiRVdsdYukQKq8SvKQsfJ3wiR8"
#define GROUP_1 "1HD3q1G7qVoeyNA4U6HbBhFvv1FLUWNGwNavPamScpVLa"

struct answer {
    long code; /* 0: not reached */
    const char *body;
};

static void test_sentences(void **state)
{
    static const struct {
        struct answer answers[4];
        const char *says;
    } cases[] = {
        {{{200, CLIQUE("false", "false", "10973")}}, "still starting"},
        {{{200, CLIQUE("true", "false", "10973")}, {200, "[]"}}, "not synced and has no peers"},
        {{{200, CLIQUE("true", "false", "10973")},
          {200, "[{\"isSynced\":false},{\"isSynced\":true},{}]"}},
         "not synced (1 of its 3 peers"},
        {{{200, CLIQUE("true", "false", "10973")}, {404, ""}}, "the node is not synced: "},
        {{{200, CLIQUE("true", "true", "20973")}}, "daemon+tcp://node.example:20973"},
        {{{200, CLIQUE("true", "true", "10973")},
          {500, "{\"detail\":\"Miner addresses are not set up\"}"}},
         "no miner addresses"},
        {{{200, CLIQUE("true", "true", "10973")}, {200, "{\"addresses\":[]}"}},
         "0 miner addresses"},
        {{{200, CLIQUE("true", "true", "10973")}, {200, ADDRESSES(GROUP_1, GROUP_0)}},
         "address 0 of the node is of group 1"},
        {{{200, CLIQUE("true", "true", "10973")},
          {200, ADDRESSES(GROUP_0, GROUP_1)},
          {200, "{\"version\":\"v4.6.0\"}"}},
         "(v4.6.0) says that it is synced"},
        {{{401, "{\"detail\":\"Missing api key\"}"}}, "wants an API key"},
        {{{401, "{\"detail\":\"Wrong api key\"}"}}, "wants another API key"},
        {{{404, "<html>"}}, "HTTP 404"},
        {{{200, "not json"}}, "HTTP 200"},
        {{{200, "[]"}}, "HTTP 200"},
        {{{0, ""}, {0, ""}}, "does not answer either"},
        {{{0, ""}, {200, CLIQUE("true", "true", "20973")}}, "is the node's REST port"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct pool_server server;
        struct pool_inquiry rest;
        struct base_error error = {BASE_OK, ""};
        uint16_t port = 0;
        size_t step = 0;
        assert_int_equal(pool_server_parse(&server, "daemon+tcp://node.example", &error), BASE_OK);
        pool_inquiry_begin(&rest, &pool_alephium_rest, &server, true, false);
        while (rest.ops->question(&rest, &port) != NULL) {
            assert_true(step < 4);
            const struct answer *answer = &cases[i].answers[step++];
            assert_int_equal(port, rest.step == POOL_ALEPHIUM_REST_MINER_PORT ? 10973 : 12973);
            const char *body = answer->body != NULL ? answer->body : "one question too many";
            rest.ops->answer(&rest, answer->code, body, strlen(body));
        }
        if (strstr(rest.text, cases[i].says) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", rest.text, cases[i].says);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

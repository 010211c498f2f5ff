/* test_lookups.c: what became of a block, by the answers of the nodes of every family. Shapes of
 * the answers: alephium.md 5, digibyte.md 15, komodo.md 5, ckb.md 10, ergo.md 6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/alephium_rest.h"
#include "bitcoin/gbt_parts.h"
#include "ergo/ergo_info.h"
#include "nervos/nervos_node.h"

#define ID "00000000a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b57"
#define OTHER "11111111a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b57"
#define RPC(result) "{\"id\":0,\"result\":" result ",\"error\":null}"

enum { HEIGHT = 1000, STEPS_MAX = 10 };

struct step {
    const char *asks; /* part of path or body; NULL: no more */
    long code;
    const char *body;
};

struct look {
    const struct pool_lookup_ops *ops;
    struct step steps[STEPS_MAX];
    bool reached;
    bool known;
    enum pool_fate fate;
    uint64_t confirmations;
};

static void check(const struct look *look, const char *id, const char *id_after)
{
    static const uint8_t nonce[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct pool_server server;
    struct pool_lookup lookup;
    struct base_error error = {BASE_OK, ""};
    struct pool_block block = {.chain = 6, .height = HEIGHT};
    size_t step = 0;
    (void)snprintf(block.id, sizeof(block.id), "%s", id);
    assert_int_equal(pool_server_parse(&server, "daemon+http://node.example:9000", &error),
                     BASE_OK);
    pool_lookup_begin(&lookup, look->ops, &server, &block, nonce, sizeof(nonce));
    while (!lookup.done) {
        struct pool_request request = {.method = "POST", .path = "/"};
        struct pool_buffer body;
        const struct step *here = &look->steps[step++];
        pool_buffer_init(&body);
        assert_int_equal(look->ops->ask(&lookup, &request, &body), BASE_OK);
        assert_int_equal(pool_buffer_append(&body, "", 1), BASE_OK);
        if (here->asks == NULL ||
            (strstr(request.path, here->asks) == NULL &&
             strstr((const char *)pool_buffer_data(&body), here->asks) == NULL)) {
            fail_msg("question %zu is %s %s", step, request.path,
                     (const char *)pool_buffer_data(&body));
        }
        assert_int_equal(strcmp(request.method, "POST") == 0, pool_buffer_size(&body) > 1);
        struct base_error why = {BASE_E_IO, "cannot be reached"};
        const char *said = here->body != NULL ? here->body : "";
        struct pool_answer answer = {
            .code = here->code, .body = said, .size = strlen(said), .why = &why};
        look->ops->answer(&lookup, &answer);
        pool_buffer_deinit(&body);
    }
    assert_null(look->steps[step].asks);
    assert_int_equal(lookup.reached, look->reached);
    assert_int_equal(lookup.known, look->known);
    assert_int_equal(lookup.fate, look->fate);
    assert_int_equal(lookup.confirmations, look->confirmations);
    assert_string_equal(lookup.id, id_after);
}

#define MAIN "/blockflow/is-block-in-main-chain?blockHash=" ID
#define HEADER "/blockflow/headers/" ID
#define GHOST "/blockflow/main-chain-block-by-ghost-uncle/" ID
#define INFO "/blockflow/chain-info?fromGroup=1&toGroup=2"

static void test_alephium(void **state)
{
    static const struct look looks[] = {
        {&pool_alephium_lookup,
         {{MAIN, 200, "true"}, {INFO, 200, "{\"currentHeight\":1004}"}},
         true,
         true,
         POOL_FATE_IN_CHAIN,
         5},
        {&pool_alephium_lookup,
         {{MAIN, 200, "false"}, {HEADER, 200, "{}"}, {GHOST, 200, "{}"}},
         true,
         true,
         POOL_FATE_UNCLE,
         0},
        {&pool_alephium_lookup,
         {{MAIN, 200, "false"},
          {HEADER, 200, "{}"},
          {GHOST, 404, ""},
          {INFO, 200, "{\"currentHeight\":1007}"}},
         true,
         true,
         POOL_FATE_OPEN,
         0},
        {&pool_alephium_lookup,
         {{MAIN, 200, "false"},
          {HEADER, 200, "{}"},
          {GHOST, 404, ""},
          {INFO, 200, "{\"currentHeight\":1008}"}},
         true,
         true,
         POOL_FATE_ORPHANED,
         0},
        {&pool_alephium_lookup,
         {{MAIN, 500, "{\"detail\":\"IO error\"}"}, {HEADER, 404, ""}},
         true,
         false,
         POOL_FATE_OPEN,
         0},
        {&pool_alephium_lookup, {{MAIN, 401, ""}}, false, false, POOL_FATE_OPEN, 0},
        {&pool_alephium_lookup, {{MAIN, 0, ""}}, false, false, POOL_FATE_OPEN, 0},
        {&pool_alephium_lookup, {{MAIN, 200, "maybe"}}, false, false, POOL_FATE_OPEN, 0},
        {&pool_alephium_lookup,
         {{MAIN, 200, "true"}, {INFO, 200, "no"}},
         false,
         false,
         POOL_FATE_OPEN,
         0},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(looks); i++) {
        check(&looks[i], ID, ID);
    }
}

/* DigiByte and Komodo. */
static void test_getblockheader(void **state)
{
    static const char asks[] = "\"getblockheader\",\"params\":[\"" ID "\"]";
    static const struct look looks[] = {
        {&pool_gbt_lookup,
         {{asks, 200, RPC("{\"confirmations\":3}")}},
         true,
         true,
         POOL_FATE_IN_CHAIN,
         3},
        {&pool_gbt_lookup,
         {{asks, 200, RPC("{\"confirmations\":-1}")}},
         true,
         true,
         POOL_FATE_ORPHANED,
         0},
        {&pool_gbt_lookup,
         {{asks, 500,
           "{\"id\":0,\"result\":null,\"error\":{\"code\":-5,\"message\":\"Block not found\"}}"}},
         true,
         false,
         POOL_FATE_OPEN,
         0},
        {&pool_gbt_lookup,
         {{asks, 500,
           "{\"id\":0,\"result\":null,\"error\":{\"code\":-28,\"message\":\"Loading\"}}"}},
         false,
         false,
         POOL_FATE_OPEN,
         0},
        {&pool_gbt_lookup, {{asks, 0, ""}}, false, false, POOL_FATE_OPEN, 0},
        {&pool_gbt_lookup, {{asks, 200, RPC("{}")}}, false, false, POOL_FATE_OPEN, 0},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(looks); i++) {
        check(&looks[i], ID, ID);
    }
}

#define UNCLES(id) RPC("{\"uncles\":[{\"header\":{\"hash\":\"0x" id "\"}}]}")

static void test_nervos(void **state)
{
    static const struct look looks[] = {
        {&pool_nervos_lookup,
         {{"\"get_header\",\"params\":[\"0x" ID, 200, RPC("{}")},
          {"get_tip_block_number", 200, RPC("\"0x3ec\"")}},
         true,
         true,
         POOL_FATE_IN_CHAIN,
         5},
        {&pool_nervos_lookup,
         {{"get_header", 200, RPC("null")},
          {"\"get_fork_block\",\"params\":[\"0x" ID, 200, RPC("null")}},
         true,
         false,
         POOL_FATE_OPEN,
         0},
        {&pool_nervos_lookup,
         {{"get_header", 200, RPC("null")},
          {"get_fork_block", 200, RPC("{}")},
          {"get_tip_block_number", 200, RPC("\"0x3e7\"")}},
         true,
         true,
         POOL_FATE_OPEN,
         0},
        {&pool_nervos_lookup,
         {{"get_header", 200, RPC("null")},
          {"get_fork_block", 200, RPC("{}")},
          {"get_tip_block_number", 200, RPC("\"0x3e9\"")}},
         true,
         true,
         POOL_FATE_ORPHANED,
         0},
        {&pool_nervos_lookup,
         {{"get_header", 200, RPC("null")},
          {"get_fork_block", 200, RPC("{}")},
          {"get_tip_block_number", 200, RPC("\"0x3f0\"")},
          {"\"get_block_by_number\",\"params\":[\"0x3e9\"]", 200, UNCLES(OTHER)},
          {"\"0x3ea\"", 200, UNCLES(ID)}},
         true,
         true,
         POOL_FATE_UNCLE,
         0},
        {&pool_nervos_lookup,
         {{"get_header", 200, RPC("null")},
          {"get_fork_block", 200, RPC("{}")},
          {"get_tip_block_number", 200, RPC("\"0x3f0\"")},
          {"\"0x3e9\"", 200, UNCLES(OTHER)},
          {"\"0x3ea\"", 200, RPC("{}")},
          {"\"0x3eb\"", 200, RPC("null")},
          {"\"0x3ec\"", 200, RPC("{}")},
          {"\"0x3ed\"", 200, RPC("{}")},
          {"\"0x3ee\"", 200, RPC("{}")}},
         true,
         true,
         POOL_FATE_ORPHANED,
         0},
        {&pool_nervos_lookup, {{"get_header", 503, ""}}, false, false, POOL_FATE_OPEN, 0},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(looks); i++) {
        check(&looks[i], "0x" ID, "0x" ID);
    }
}

#define OURS "{\"powSolutions\":{\"n\":\"0001020304050607\"}}"
#define THEIRS "{\"powSolutions\":{\"n\":\"0001020304050608\"}}"

static void test_ergo(void **state)
{
    static const struct {
        struct look look;
        const char *id;
    } cases[] = {
        {{&pool_ergo_lookup,
          {{"/blocks/at/1000", 200, "[\"" ID "\"]"},
           {"/blocks/" ID "/header", 200, OURS},
           {"/info", 200, "{\"fullHeight\":1002}"}},
          true,
          true,
          POOL_FATE_IN_CHAIN,
          3},
         ID},
        {{&pool_ergo_lookup,
          {{"/blocks/at/1000", 200, "[\"" OTHER "\",\"../info\",7,\"" ID "\"]"},
           {"/blocks/" OTHER "/header", 200, THEIRS},
           {"/blocks/" ID "/header", 200, OURS}},
          true,
          true,
          POOL_FATE_ORPHANED,
          0},
         ID},
        {{&pool_ergo_lookup,
          {{"/blocks/at/1000", 200, "[\"" OTHER "\"]"}, {"/blocks/" OTHER, 200, THEIRS}},
          true,
          false,
          POOL_FATE_OPEN,
          0},
         ""},
        {{&pool_ergo_lookup, {{"/blocks/at/1000", 200, "[]"}}, true, false, POOL_FATE_OPEN, 0}, ""},
        {{&pool_ergo_lookup, {{"/blocks/at/1000", 0, ""}}, false, false, POOL_FATE_OPEN, 0}, ""},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        check(&cases[i].look, "", cases[i].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alephium),
        cmocka_unit_test(test_getblockheader),
        cmocka_unit_test(test_nervos),
        cmocka_unit_test(test_ergo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* gbt_play.c: see gbt_play.h. */
#include "gbt_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "bitcoin/bitcoin_family.h"
#include "bitcoin/gbt.h"
#include "v1_play.h"

const char gbt_play_url[] = "daemon+http://user:secret@node.example:14022";
/* Made by another implementation of BIP 173. */
const char gbt_play_payee[] = "dgbrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqjt28qf";

const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *result(json_t *value)
{
    static char body[65536];
    json_t *root = json_pack("{s:O,s:n,s:i}", "result", value, "error", "id", 1);
    char *dumped = json_dumps(root, JSON_COMPACT);
    (void)snprintf(body, sizeof(body), "%s", dumped);
    free(dumped);
    json_decref(root);
    return body;
}

const char *failure(int code, const char *message)
{
    static char body[4096];
    (void)snprintf(body, sizeof(body),
                   "{\"result\":null,\"error\":{\"code\":%d,\"message\":\"%s\"},\"id\":1}\n", code,
                   message);
    return body;
}

const struct pool_algo *algo_of(const json_t *block)
{
    const char *algo = text(block, "algo");
    return v1_algo_of(strcmp(algo, "odo") == 0 ? "odocrypt" : algo);
}

json_t *begin(struct play *play, size_t index)
{
    memset(&play->h, 0, sizeof(play->h));
    play->root = v1_load("digibyte_blocks.json");
    play->blocks = json_object_get(play->root, "own_blocks");
    json_t *block = json_array_get(play->blocks, index);
    const char *coinbase = text(block, "coinbase_txid_serialization");
    uint8_t extranonce[8];
    char hex[17] = "";
    memcpy(hex, coinbase + 92, 16); /* behind height push and length: see test_gbt_vectors.c */
    for (size_t i = 0; i < 8; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        extranonce[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    play->h.memory.extranonce = base_load_le64(extranonce);
    harness_open_algo(&play->h, &pool_gbt_node, gbt_play_url, gbt_play_payee, algo_of(block), 0);
    assert_int_equal(play->h.started, BASE_OK);
    assert_int_equal(play->h.calls[TEMPLATE].count, 1);
    return block;
}

void end(struct play *play)
{
    harness_close(&play->h);
    json_decref(play->root);
}

enum base_status give(struct play *play, unsigned place, json_t *block, uint64_t now_ms)
{
    return harness_answer(&play->h, place, 200, result(json_object_get(block, "getblocktemplate")),
                          now_ms);
}

const char *chain_has(struct play *play, int confirmations)
{
    json_t *asked = json_loads(harness_call_text(&play->h, EXPLAIN), 0, NULL);
    assert_string_equal(text(asked, "method"), "getblockheader");
    json_t *header =
        json_pack("{s:O,s:i}", "hash", json_array_get(json_object_get(asked, "params"), 0),
                  "confirmations", confirmations);
    const char *body = result(header);
    json_decref(header);
    json_decref(asked);
    return body;
}

void accept_block(struct play *play, uint64_t now_ms)
{
    json_t *null = json_null();
    size_t before = play->h.verdict_count;
    assert_int_equal(harness_answer(&play->h, SUBMIT, 200, result(null), now_ms), BASE_OK);
    assert_int_equal(play->h.verdict_count, before); /* null is no acceptance */
    assert_int_equal(harness_answer(&play->h, EXPLAIN, 200, chain_has(play, 1), now_ms), BASE_OK);
    assert_int_equal(play->h.verdict_count, before + 1);
}

void tick(struct play *play, uint64_t now_ms)
{
    assert_int_equal(play->h.ops->tick(play->h.protocol, now_ms, &play->h.error), BASE_OK);
}

const struct pool_job *last_job(const struct play *play)
{
    assert_true(play->h.job_count > 0);
    return play->h.jobs[play->h.job_count - 1];
}

json_t *begin_two(struct play *play, json_t **second)
{
    json_t *first = begin(play, 0);
    *second = json_deep_copy(first);
    (void)json_object_set_new(json_object_get(*second, "getblocktemplate"), "previousblockhash",
                              json_string(text(first, "block_hash")));
    return first;
}

void expect(size_t block, long code, const char *body, enum base_status status, const char *part)
{
    struct play play;
    (void)begin(&play, block);
    enum base_status got = harness_answer(&play.h, TEMPLATE, code, body, 1100);
    if (got != status || strstr(play.h.error.text, part) == NULL) {
        fail_msg("%s: %s instead of %s", body, play.h.error.text, part);
    }
    assert_null(strstr(play.h.error.text, "secret"));
    assert_int_equal(play.h.job_count, 0);
    end(&play);
}

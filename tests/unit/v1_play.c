/* v1_play.c: see v1_play.h. */
#include "v1_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bitcoin/bitcoin_family.h"
#include "bitcoin/digibyte.h"
#include "bitcoin/stratum_v1.h"
#include "vectors.h"

const char v1_url[] = "stratum+tcp://pool.example.com:3333";
const struct pool_algo v1_algo = {.name = "sha256d", .difficulty_factor = 1};

const char v1_subscribed[] = "{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"d\"],"
                             "[\"mining.notify\",\"session-7\"]],\"08000002\",4],"
                             "\"error\":null}";
const char v1_authorized[] = "{\"id\":2,\"result\":true,\"error\":null}";
const char v1_difficulty[] = "{\"id\":null,\"method\":\"mining.set_difficulty\","
                             "\"params\":[2]}";

json_t *v1_load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", SHARDPICK_TEST_DATA, name);
    return vectors_load_file(path);
}

const struct pool_algo *v1_algo_of(const char *name)
{
    const struct pool_algo *algo = pool_digibyte_algos;
    while (algo->name != NULL && strcmp(algo->name, name) != 0) {
        algo++;
    }
    return algo->name != NULL ? algo : NULL;
}

void v1_open(struct harness *h, const struct pool_algo *algo, const char *user)
{
    harness_open_algo(h, &pool_stratum_v1, v1_url, user, algo, 0);
    assert_int_equal(h->started, BASE_OK);
}

/* Subscribed, v1_authorized, nothing in h->sent. */
void v1_open_ready(struct harness *h)
{
    memset(h, 0, sizeof(*h));
    v1_open(h, &v1_algo, "worker.1");
    assert_int_equal(harness_line(h, v1_subscribed, 1000), BASE_OK);
    assert_int_equal(harness_line(h, v1_authorized, 1000), BASE_OK);
    pool_buffer_consume(&h->sent, pool_buffer_size(&h->sent));
}

/* A notify with these members; the rest is that of the first worked example. */
const char *v1_notify(const char *id, const char *prevhash, const char *ntime, bool clean)
{
    static char line[2048];
    (void)snprintf(
        line, sizeof(line),
        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%s\",\"%s\","
        "\"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff20"
        "020862062f503253482f04b8864e5008\",\"072f736c7573682f000000000100f2052a010000001976a9"
        "14d23fcdf86f7e756a64a7a9688ef9903327048ed988ac00000000\",[],\"00000002\",\"1c2ac4af\","
        "\"%s\",%s]}",
        id, prevhash, ntime, clean ? "true" : "false");
    return line;
}

const char v1_prev_a[] = "4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000";
const char v1_prev_b[] = "5d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000";

/* The last line that was sent, as JSON. */
json_t *v1_last_sent(struct harness *h)
{
    const char *text = harness_sent_text(h);
    const char *line = text;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n' && p[1] != '\0') {
            line = p + 1;
        }
    }
    json_t *root = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(root);
    return root;
}

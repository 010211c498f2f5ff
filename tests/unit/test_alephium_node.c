/* test_alephium_node.c: the miner API of an Alephium node, versions 1 and 0, against the published
 * vectors (tests/data/alephium.json): decoding, every split, hostile frames, submissions, answers,
 * time limits, and allocations that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alephium/alephium_codec.h"
#include "alephium/alephium_family.h"
#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "harness.h"
#include "vectors.h"

static const char url[] = "daemon+tcp://127.0.0.1:10973";

static void open_node(struct harness *h)
{
    harness_open(h, &pool_alephium_node, url, "", false);
}

static enum base_status feed_hex(struct harness *h, const char *hex, uint64_t now_ms)
{
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(hex, &size);
    enum base_status status = harness_feed(h, bytes, size, now_ms);
    free(bytes);
    return status;
}

static void check_jobs(const struct harness *h, const json_t *jobs, bool has_height)
{
    assert_int_equal(h->job_count, json_array_size(jobs));
    for (size_t i = 0; i < h->job_count; i++) {
        const json_t *want = json_array_get(jobs, i);
        const struct pool_job *job = h->jobs[i];
        uint8_t header[302];
        uint8_t target[32];
        static const uint8_t zero[24] = {0};
        assert_int_equal(base_hex_decode_exact(header, 302, vectors_text(want, "headerBlob")), 0);
        assert_int_equal(base_hex_decode_exact(target, 32, vectors_text(want, "targetHex")), 0);
        assert_int_equal(job->chain, 4 * json_integer_value(json_object_get(want, "fromGroup")) +
                                         json_integer_value(json_object_get(want, "toGroup")));
        assert_int_equal(job->header_size, 326);
        assert_memory_equal(job->header, zero, 24);
        assert_memory_equal(job->header + 24, header, 302);
        assert_memory_equal(job->target_be, target, 32);
        assert_memory_equal(job->block_target_be, target, 32);
        assert_int_equal(job->nonce_size, 24);
        assert_int_equal(job->nonce_fixed, 0);
        assert_true(job->solo);
        assert_int_equal(job->clean, i == 0);
        assert_int_equal(job->height,
                         has_height ? json_integer_value(json_object_get(want, "height")) : 0);
    }
}

static void test_v1_jobs_any_split(void **state)
{
    json_t *root = vectors_load();
    const json_t *frame = vectors_at(root, "nodeProtocolV1.jobsFrame");
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(vectors_text(frame, "frameHex"), &size);
    (void)state;
    for (size_t cut = 0; cut <= size; cut += cut < 64 ? 1 : 97) {
        struct harness h;
        open_node(&h);
        assert_int_equal(harness_feed(&h, bytes, cut, 1000), BASE_OK);
        assert_int_equal(h.job_count, cut == size ? 16 : 0);
        assert_int_equal(harness_feed(&h, bytes + cut, size - cut, 1000), BASE_OK);
        check_jobs(&h, json_object_get(frame, "jobs"), true);
        assert_string_equal(h.ready, "Alephium node, mining protocol version 1");
        harness_close(&h);
    }
    struct harness slow;
    open_node(&slow);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(harness_feed(&slow, bytes + i, 1, 1000), BASE_OK);
    }
    check_jobs(&slow, json_object_get(frame, "jobs"), true);
    harness_close(&slow);
    free(bytes);
    json_decref(root);
}

static void test_v0_jobs(void **state)
{
    json_t *root = vectors_load();
    const json_t *v0 = vectors_at(root, "nodeProtocolV0");
    struct harness h;
    (void)state;
    open_node(&h);
    assert_int_equal(feed_hex(&h, vectors_text(v0, "partialMessageHex"), 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    harness_close(&h);
    open_node(&h);
    assert_int_equal(feed_hex(&h, vectors_text(v0, "jobsMessageHex"), 1000), BASE_OK);
    check_jobs(&h, json_object_get(v0, "jobs"), false);
    assert_string_equal(h.ready, "Alephium node, mining protocol version 0 (node before v3.6.0)");
    for (size_t i = 0; i < h.job_count; i++) {
        char hex[4096];
        const struct pool_job_full *full = pool_job_full(h.jobs[i]);
        base_hex_encode(hex, full->txs, full->txs_size);
        assert_string_equal(
            hex, vectors_text(json_array_get(json_object_get(v0, "jobs"), i), "txsBlob"));
    }
    harness_close(&h);
    json_decref(root);
}

static void test_fewer_jobs(void **state)
{
    json_t *root = vectors_load();
    const json_t *subset = vectors_at(root, "nodeProtocolV1.jobsFrameSubset");
    struct harness h;
    (void)state;
    open_node(&h);
    assert_int_equal(feed_hex(&h, vectors_text(subset, "zeroJobsFrameHex"), 1000), BASE_OK);
    assert_int_equal(h.job_count, 0);
    assert_int_equal(h.alive, 0);
    assert_int_equal(feed_hex(&h, vectors_text(subset, "oneJobFrameHex"), 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->chain, 9);
    assert_true(h.jobs[0]->clean);
    assert_int_equal(feed_hex(&h, vectors_text(subset, "fourJobsFrameHex"), 1000), BASE_OK);
    assert_int_equal(h.job_count, 5);
    assert_int_equal(h.jobs[4]->chain, 7);
    assert_false(h.jobs[4]->clean);
    harness_close(&h);
    json_decref(root);
}

/* The same template again is no new work: hashing it twice would repeat nonces. */
static void test_same_template_is_published_once(void **state)
{
    json_t *root = vectors_load();
    const char *one =
        vectors_text(vectors_at(root, "nodeProtocolV1.jobsFrameSubset"), "oneJobFrameHex");
    struct harness h;
    (void)state;
    open_node(&h);
    assert_int_equal(feed_hex(&h, one, 1000), BASE_OK);
    assert_int_equal(feed_hex(&h, one, 2000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.alive, 2);
    harness_close(&h);
    json_decref(root);
}

/* Frames that came together: only the newest job of each chain is published. */
static void test_newest_of_drained_frames_wins(void **state)
{
    json_t *root = vectors_load();
    const char *one =
        vectors_text(vectors_at(root, "nodeProtocolV1.jobsFrameSubset"), "oneJobFrameHex");
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(one, &size);
    uint8_t *three = malloc(3 * size);
    struct harness h;
    (void)state;
    assert_non_null(three);
    for (uint32_t i = 0; i < 3; i++) {
        memcpy(three + i * size, bytes, size);
        base_store_be32(three + (i + 1) * size - 4, 2000 + i);  /* height is the last field */
        three[i * size + 4 + 6 + 12 + 2] = (uint8_t)(0x40 + i); /* first byte of the first dep */
    }
    open_node(&h);
    assert_int_equal(harness_feed(&h, three, 3 * size, 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.jobs[0]->height, 2002);
    assert_int_equal(h.jobs[0]->header[26], 0x42);
    harness_close(&h);
    free(three);
    free(bytes);
    json_decref(root);
}

/* Once it has given a job, a message of a type that is not known is skipped; before, it is none of
 * a node's. */
static void test_unknown_type(void **state)
{
    static const uint8_t unknown[] = {0, 0, 0, 3, 1, 9, 77};
    json_t *root = vectors_load();
    const json_t *cases = vectors_at(root, "clientDecoderEdgeCases");
    const json_t *one = NULL;
    size_t index = 0;
    (void)state;
    json_array_foreach(cases, index, one)
    {
        struct harness h;
        if (strcmp(vectors_text(one, "name"), "33-byte target with leading 00 is valid") != 0) {
            continue;
        }
        open_node(&h);
        assert_int_equal(feed_hex(&h, vectors_text(one, "hex"), 1000), BASE_OK);
        assert_int_equal(h.job_count, 1);
        assert_int_equal(harness_feed(&h, unknown, sizeof(unknown), 1000), BASE_OK);
        assert_int_equal(h.warnings, 1);
        assert_non_null(strstr(h.last_warning, "type 9"));
        harness_close(&h);
        open_node(&h);
        assert_int_equal(harness_feed(&h, unknown, sizeof(unknown), 1000), BASE_E_FORMAT);
        harness_close(&h);
    }
    json_decref(root);
}

static void test_edge_cases(void **state)
{
    /* name in the vectors, whether the connection survives, jobs, warnings */
    static const struct {
        const char *name;
        bool survives;
        size_t jobs;
        size_t warnings;
    } wants[] = {
        {"version 2", false, 0, 0},
        {"version 0 (old node Jobs)", true, 0, 0},
        {"unknown server message type 2", false, 0, 0},
        {"frame length 0", false, 0, 0},
        {"frame length 1", false, 0, 0},
        {"negative frame length", false, 0, 0},
        {"huge frame length", false, 0, 0},
        {"job count larger than the frame", false, 0, 0},
        {"header length runs past the frame", false, 0, 0},
        {"trailing byte inside the frame", false, 0, 0},
        {"group out of range", true, 0, 1},
        {"negative group", true, 0, 1},
        {"empty target", true, 0, 1},
        {"negative target (top bit set, no leading 00)", true, 0, 1},
        {"33-byte target with leading 00 is valid", true, 1, 0},
        {"34-byte target", true, 1, 0},
        {"header of 301 bytes", true, 0, 1},
        {"submit result status 2", false, 0, 0},
        {"two frames in one read, then half a frame", true, 1, 1} /* one answers nothing of ours */,
    };
    json_t *root = vectors_load();
    const json_t *cases = vectors_at(root, "clientDecoderEdgeCases");
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    assert_int_equal(json_array_size(cases), BASE_COUNT_OF(wants));
    json_array_foreach(cases, index, one)
    {
        struct harness h;
        print_message("%s\n", wants[index].name);
        assert_string_equal(vectors_text(one, "name"), wants[index].name);
        open_node(&h);
        enum base_status status = feed_hex(&h, vectors_text(one, "hex"), 1000);
        assert_int_equal(status == BASE_OK, wants[index].survives);
        assert_int_equal(h.error.text[0] != '\0', !wants[index].survives);
        assert_int_equal(h.job_count, wants[index].jobs);
        if (h.warnings != wants[index].warnings) {
            fail_msg("%zu warnings, the last: %s", h.warnings, h.last_warning);
        }
        harness_close(&h);
    }
    json_decref(root);
}

static void test_two_frames_and_a_half(void **state)
{
    json_t *root = vectors_load();
    const json_t *one = json_array_get(vectors_at(root, "clientDecoderEdgeCases"), 18);
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(vectors_text(one, "hex"), &size);
    struct pool_buffer buffer;
    const uint8_t *body = NULL;
    size_t body_size = 0;
    (void)state;
    pool_buffer_init(&buffer);
    assert_int_equal(pool_buffer_append(&buffer, bytes, size), BASE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pool_frame_next(&buffer, &body, &body_size, POOL_ALEPHIUM_FRAME_V1_MAX),
                         BASE_OK);
        pool_buffer_consume(&buffer, 4 + body_size);
    }
    assert_int_equal(pool_frame_next(&buffer, &body, &body_size, POOL_ALEPHIUM_FRAME_V1_MAX),
                     BASE_E_AGAIN);
    assert_int_equal(pool_buffer_size(&buffer), 100);
    pool_buffer_deinit(&buffer);
    free(bytes);
    json_decref(root);
}

static void test_target_field(void **state)
{
    json_t *root = vectors_load();
    const json_t *cases = vectors_at(root, "nodeProtocolV1.targetFieldEncoding.cases");
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    assert_true(json_array_size(cases) >= 10);
    json_array_foreach(cases, index, one)
    {
        size_t size = 0;
        uint8_t want[32];
        uint8_t got[32];
        uint8_t *field = vectors_bytes(vectors_text(one, "targetFieldHex"), &size);
        assert_int_equal(base_hex_decode_exact(want, 32, vectors_text(one, "targetHex")), BASE_OK);
        bool zero = size == 1 && field[0] == 0;
        assert_int_equal(pool_alephium_target(got, field, size), zero ? BASE_E_RANGE : BASE_OK);
        assert_memory_equal(got, want, 32);
        free(field);
    }
    json_decref(root);
}

/* MessageSpec's own examples use one-byte blobs, which the codec decodes though no job is made. */
static void test_message_spec_constants(void **state)
{
    json_t *root = vectors_load();
    const json_t *spec = vectors_at(root, "nodeProtocolV1.messageSpecConstants");
    struct pool_alephium_message message;
    struct base_error error = {BASE_OK, ""};
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(vectors_text(json_object_get(spec, "jobs"), "frameHex"), &size);
    (void)state;
    assert_int_equal(pool_alephium_decode(&message, bytes + 4, size - 4, 1, &error), BASE_OK);
    assert_int_equal(message.kind, POOL_ALEPHIUM_JOBS);
    assert_int_equal(message.job_count, 1);
    assert_int_equal(message.jobs[0].from_group, 0);
    assert_int_equal(message.jobs[0].to_group, 1);
    assert_int_equal(message.jobs[0].header_size, 1);
    assert_int_equal(message.jobs[0].header[0], 0xaa);
    assert_int_equal(message.jobs[0].txs[0], 0xbb);
    assert_int_equal(message.jobs[0].target[0], 0x01);
    assert_int_equal(message.jobs[0].height, 17);
    free(bytes);
    bytes = vectors_bytes(vectors_text(json_object_get(spec, "submitResult"), "frameHex"), &size);
    assert_int_equal(pool_alephium_decode(&message, bytes + 4, size - 4, 1, &error), BASE_OK);
    assert_int_equal(message.kind, POOL_ALEPHIUM_RESULT);
    assert_int_equal(message.result_to, 1);
    assert_true(message.result_accepted);
    char hash[65];
    base_hex_encode(hash, message.result_hash, 32);
    assert_string_equal(hash, vectors_text(json_object_get(spec, "submitResult"), "blockHash"));
    free(bytes);
    json_decref(root);
}

/* A Jobs frame of one job with this header, target and transactions; version 1 or 0. */
static void feed_job(struct harness *h, const json_t *mined, const char *txs_hex, unsigned version)
{
    uint8_t frame[2048];
    uint8_t txs[512];
    size_t txs_size = 0;
    size_t at = 4;
    assert_int_equal(base_hex_decode(txs, sizeof(txs), &txs_size, txs_hex, strlen(txs_hex)), 0);
    if (version == 1) {
        frame[at++] = 1;
    }
    frame[at++] = 0;
    base_store_be32(frame + at, 1);
    base_store_be32(frame + at + 4,
                    (uint32_t)json_integer_value(json_object_get(mined, "fromGroup")));
    base_store_be32(frame + at + 8,
                    (uint32_t)json_integer_value(json_object_get(mined, "toGroup")));
    base_store_be32(frame + at + 12, 302);
    at += 16;
    assert_int_equal(base_hex_decode_exact(frame + at, 302, vectors_text(mined, "headerBlob")), 0);
    at += 302;
    base_store_be32(frame + at, (uint32_t)txs_size);
    memcpy(frame + at + 4, txs, txs_size);
    at += 4 + txs_size;
    base_store_be32(frame + at, 33);
    frame[at + 4] = 0;
    assert_int_equal(base_hex_decode_exact(frame + at + 5, 32, vectors_text(mined, "targetHex")),
                     0);
    at += 37;
    if (version == 1) {
        base_store_be32(frame + at, 1000);
        at += 4;
    }
    base_store_be32(frame, (uint32_t)(at - 4));
    assert_int_equal(harness_feed(h, frame, at, 1000), BASE_OK);
}

static void submit_mined(struct harness *h, const json_t *mined, uint64_t tag)
{
    uint8_t nonce[24];
    uint8_t hash[32];
    assert_int_equal(base_hex_decode_exact(nonce, 24, vectors_text(mined, "nonce")), 0);
    assert_int_equal(base_hex_decode_exact(hash, 32, vectors_text(mined, "hash")), 0);
    assert_int_equal(harness_submit(h, h->jobs[h->job_count - 1], nonce, hash, tag, 1000), BASE_OK);
}

static void check_sent(struct harness *h, const char *hex)
{
    char *sent = malloc(2 * pool_buffer_size(&h->sent) + 1);
    assert_non_null(sent);
    base_hex_encode(sent, pool_buffer_data(&h->sent), pool_buffer_size(&h->sent));
    assert_string_equal(sent, hex);
    free(sent);
    pool_buffer_consume(&h->sent, pool_buffer_size(&h->sent));
}

static void test_submit_and_results(void **state)
{
    json_t *root = vectors_load();
    const json_t *mined = vectors_at(root, "mined");
    size_t index = 0;
    size_t refused = 0;
    const json_t *one = NULL;
    (void)state;
    assert_true(json_array_size(mined) > 0);
    json_array_foreach(mined, index, one)
    {
        struct harness h;
        open_node(&h);
        feed_job(&h, one, "00", 1);
        submit_mined(&h, one, 7);
        check_sent(&h, vectors_text(one, "submitBlockFrameHex"));
        assert_int_equal(h.sent_count, 1);
        assert_int_equal(h.ops->pending(h.protocol), 1);
        assert_int_equal(feed_hex(&h, vectors_text(one, "submitResultTrueFrameHex"), 1000), 0);
        assert_int_equal(h.verdict_count, 1);
        assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
        assert_int_equal(h.verdicts[0].tag, 7);
        assert_true(h.verdicts[0].block);
        if (json_object_get(one, "submitResultFalseFrameHex") != NULL) {
            submit_mined(&h, one, 8);
            assert_int_equal(feed_hex(&h, vectors_text(one, "submitResultFalseFrameHex"), 1000), 0);
            assert_int_equal(h.verdicts[1].verdict, POOL_REFUSED);
            refused++;
        }
        assert_int_equal(h.ops->pending(h.protocol), 0);
        harness_close(&h);
    }
    assert_true(refused > 0);
    json_decref(root);
}

static void test_v0_submit_echoes_transactions(void **state)
{
    json_t *root = vectors_load();
    const json_t *one = json_array_get(vectors_at(root, "mined"), 0);
    const json_t *job = json_array_get(vectors_at(root, "nodeProtocolV0.jobs"), 0);
    struct harness h;
    (void)state;
    open_node(&h);
    feed_job(&h, one, vectors_text(job, "txsBlob"), 0);
    submit_mined(&h, one, 7);
    check_sent(&h, vectors_text(one, "v0SubmitBlockFrameHex"));
    /* len 10, result, chain 0,0, yes */
    assert_int_equal(feed_hex(&h, "0000000a01000000000000000001", 1000), BASE_OK);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    harness_close(&h);
    json_decref(root);
}

static void test_result_of_another_chain(void **state)
{
    json_t *root = vectors_load();
    const json_t *one = json_array_get(vectors_at(root, "mined"), 0);
    char frame[128];
    struct harness h;
    (void)state;
    open_node(&h);
    feed_job(&h, one, "00", 1);
    submit_mined(&h, one, 7);
    (void)snprintf(frame, sizeof(frame), "0000002b01010000000200000003%s00",
                   vectors_text(one, "hash"));
    assert_int_equal(feed_hex(&h, frame, 1000), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_WRONG_CHAIN);
    /* the same answer again belongs to nothing: a warning, no second verdict */
    assert_int_equal(feed_hex(&h, frame, 1000), BASE_OK);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.warnings, 1);
    /* groups that would overflow when combined */
    (void)snprintf(frame, sizeof(frame), "0000002b0101ffffffffffffffff%s01",
                   vectors_text(one, "hash"));
    assert_int_equal(feed_hex(&h, frame, 1000), BASE_OK);
    assert_int_equal(h.warnings, 2);
    harness_close(&h);
    json_decref(root);
}

static void test_unanswered(void **state)
{
    json_t *root = vectors_load();
    const json_t *one = json_array_get(vectors_at(root, "mined"), 0);
    struct harness h;
    (void)state;
    open_node(&h);
    feed_job(&h, one, "00", 1);
    assert_true(h.ops->due_ms(h.protocol) == UINT64_MAX);
    h.memory.answered = true; /* it did, before */
    submit_mined(&h, one, 1);
    assert_int_equal(h.ops->due_ms(h.protocol), 11000);
    assert_int_equal(h.ops->tick(h.protocol, 10999, &h.error), BASE_OK);
    assert_int_equal(h.verdict_count, 0);
    assert_int_equal(h.ops->tick(h.protocol, 11000, &h.error), BASE_OK);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_UNANSWERED);
    submit_mined(&h, one, 2); /* the second in a row ends the connection */
    assert_int_equal(h.ops->tick(h.protocol, 12000, &h.error), BASE_E_TIMEOUT);
    assert_int_equal(h.verdict_count, 2);
    harness_close(&h);

    open_node(&h); /* what is pending at the end comes out unanswered, once */
    feed_job(&h, one, "00", 1);
    submit_mined(&h, one, 3);
    h.ops->close(h.protocol);
    h.protocol = NULL;
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_UNANSWERED);
    harness_close(&h);
    json_decref(root);
}

/* A mining-proxy never answers: finds count as sent from the third on, and the connection stays. An
 * answer shows that it was no proxy. */
static void test_mining_proxy(void **state)
{
    json_t *root = vectors_load();
    const json_t *one = json_array_get(vectors_at(root, "mined"), 0);
    struct harness h;
    (void)state;
    open_node(&h);
    feed_job(&h, one, "00", 1);
    for (unsigned i = 0; i < 2; i++) {
        submit_mined(&h, one, i);
        assert_int_equal(h.verdict_count, i);
        assert_int_equal(h.ops->tick(h.protocol, 11000, &h.error), BASE_OK);
        assert_int_equal(h.verdict_count, i + 1);
    }
    assert_non_null(strstr(h.last_warning, "mining-proxy"));
    for (unsigned i = 2; i < 12; i++) {
        submit_mined(&h, one, i);
        assert_int_equal(h.sent_count, i + 1);
        assert_int_equal(h.verdict_count, i + 1);
        assert_int_equal(h.verdicts[i].verdict, POOL_UNANSWERED);
        assert_true(h.ops->due_ms(h.protocol) == UINT64_MAX);
        assert_int_equal(h.ops->tick(h.protocol, 11000 + 20000 * i, &h.error), BASE_OK);
    }
    assert_int_equal(h.warnings, 1);
    harness_close(&h);
    json_decref(root);
}

/* Up to 7 heights late a block can still be an uncle; later it is not sent. */
static void test_late_finds(void **state)
{
    json_t *root = vectors_load();
    const char *one =
        vectors_text(vectors_at(root, "nodeProtocolV1.jobsFrameSubset"), "oneJobFrameHex");
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(one, &size);
    static const uint8_t nonce[24] = {1};
    uint32_t height = base_load_be32(bytes + size - 4);
    struct harness h;
    (void)state;
    open_node(&h);
    assert_int_equal(harness_feed(&h, bytes, size, 1000), BASE_OK);
    base_store_be32(bytes + size - 4, height + 7);
    bytes[30] ^= 1;
    assert_int_equal(harness_feed(&h, bytes, size, 1000), BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 1, 1000), BASE_OK);
    assert_int_equal(h.sent_count, 1);
    base_store_be32(bytes + size - 4, height + 8);
    bytes[30] ^= 2;
    assert_int_equal(harness_feed(&h, bytes, size, 1000), BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 2, 1000), BASE_OK);
    assert_int_equal(h.sent_count, 1);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_STALE);
    harness_close(&h);
    free(bytes);
    json_decref(root);
}

static void test_wrong_port_is_named(void **state)
{
    static const struct {
        const char *bytes;
        const char *says;
    } cases[] = {
        {"{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}\n",
         "stratum+tcp://127.0.0.1:10973"},
        {"HTTP/1.1 400 Bad Request\r\n", "REST port"},
        {"\x15\x03\x01\x00\x02", "TLS"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct harness h;
        open_node(&h);
        assert_int_equal(harness_feed(&h, cases[i].bytes, strlen(cases[i].bytes), 1000),
                         BASE_E_FORMAT);
        assert_non_null(strstr(h.error.text, cases[i].says));
        harness_close(&h);
    }
}

/* Whatever allocation fails, the answer is an error, never a crash or a leak. */
static void test_every_allocation_fails(void **state)
{
    json_t *root = vectors_load();
    const json_t *one = json_array_get(vectors_at(root, "mined"), 0);
    size_t size = 0;
    uint8_t *bytes = vectors_bytes(
        vectors_text(vectors_at(root, "nodeProtocolV1.jobsFrame"), "frameHex"), &size);
    static const uint8_t nonce[24] = {1};
    uint64_t nth = 0;
    bool clean_run = false;
    (void)state;
    (void)one;
    for (; !clean_run && nth < 200; nth++) {
        struct harness h;
        enum base_status status = BASE_OK;
        base_alloc_fail_after(nth);
        open_node(&h);
        bool opened = h.protocol != NULL;
        if (opened) {
            status = harness_feed(&h, bytes, size, 1000);
        }
        size_t sent = 0;
        if (opened && status == BASE_OK && h.job_count == 16) {
            struct pool_submission *submission = base_alloc(1, sizeof(*submission));
            if (submission != NULL) {
                submission->job = pool_job_ref(h.jobs[0]);
                memcpy(submission->nonce, nonce, 24);
                if (h.ops->submit(h.protocol, submission, 1000, &h.error) != BASE_OK) {
                    pool_job_unref(submission->job);
                    base_free(submission);
                } else {
                    sent = 1;
                }
            }
        }
        base_alloc_fail_after(UINT64_MAX);
        clean_run = sent == 1;
        harness_close(&h);
    }
    assert_true(clean_run);
    assert_true(nth > 18); /* protocol, buffer, 16 jobs and more really failed in turn */
    free(bytes);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v1_jobs_any_split),
        cmocka_unit_test(test_v0_jobs),
        cmocka_unit_test(test_fewer_jobs),
        cmocka_unit_test(test_same_template_is_published_once),
        cmocka_unit_test(test_newest_of_drained_frames_wins),
        cmocka_unit_test(test_edge_cases),
        cmocka_unit_test(test_unknown_type),
        cmocka_unit_test(test_two_frames_and_a_half),
        cmocka_unit_test(test_target_field),
        cmocka_unit_test(test_message_spec_constants),
        cmocka_unit_test(test_submit_and_results),
        cmocka_unit_test(test_v0_submit_echoes_transactions),
        cmocka_unit_test(test_result_of_another_chain),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_mining_proxy),
        cmocka_unit_test(test_late_finds),
        cmocka_unit_test(test_wrong_port_is_named),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

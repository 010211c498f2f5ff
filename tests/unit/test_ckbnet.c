/* test_ckbnet.c: the development network of CKB, without sockets. Its serialization, roots, dao and
 * rewards are compared with those of a real node's blocks (tests/data/nervos.json,
 * nervos_chain.json); then each rule for blocks, with a hash that is the nonce,
 * refused in the words of that node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ckbnet/chain.h"

static const uint64_t START_MS = UINT64_C(1795985506000);

static json_t *recorded_answers; /* of a real node */

/* The nonce is the hash's front: 0 is below every target, all ones above. */
static bool nonce_is_hash(const void *algo, uint8_t hash_be[32], const uint8_t *header,
                          const uint8_t *solution, size_t solution_size, uint32_t height,
                          uint32_t reduced)
{
    (void)algo;
    (void)solution;
    (void)height;
    (void)reduced;
    assert_true(solution_size == 0);
    memset(hash_be, 0, 32);
    memcpy(hash_be, header + 32, 16);
    return true;
}

static json_t *load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", SHARDPICK_TEST_DATA, name);
    json_t *json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    return json;
}

static void decode(uint8_t *bytes, size_t size, const json_t *json)
{
    const char *text = json_string_value(json);
    assert_non_null(text);
    text += strncmp(text, "0x", 2) == 0 ? 2 : 0;
    assert_int_equal(base_hex_decode_exact(bytes, size, text), BASE_OK);
}

static void expect_hash(const uint8_t hash[32], const json_t *json)
{
    uint8_t want[32];
    decode(want, 32, json);
    assert_memory_equal(hash, want, 32);
}

/* ---- against a real node -----------------------------------------------------------------------
 */

static void test_real_blocks(void **state)
{
    json_t *data = load("nervos.json");
    json_t *vector = NULL;
    size_t index = 0;
    (void)state;
    json_array_foreach(json_object_get(data, "blocks"), index, vector)
    {
        const json_t *block = json_object_get(vector, "block");
        json_t *header = json_object_get(block, "header");
        const json_t *solution = json_object_get(vector, "solution");
        char text[CKBNET_TEXT_MAX];
        struct ckbnet_roots roots;
        struct ckbnet_bytes bytes = {0};
        uint8_t hash[32];
        uint8_t target_be[32];
        assert_true(ckbnet_encode(&bytes, text, &ckbnet_block, block));
        bytes.size = 0;
        assert_true(ckbnet_encode(&bytes, text, &ckbnet_header, header));
        assert_int_equal(bytes.size, CKBNET_HEADER);
        ckbnet_hash(hash, bytes.at, CKBNET_RAW_HEADER);
        expect_hash(hash, json_object_get(solution, "pow_hash"));
        ckbnet_hash(hash, bytes.at, CKBNET_HEADER);
        expect_hash(hash, json_object_get(solution, "block_hash"));
        json_t *again = ckbnet_header_json(bytes.at, NULL);
        assert_true(json_equal(again, header));
        json_decref(again);
        assert_true(ckbnet_roots(&roots, text, block));
        expect_hash(roots.transactions, json_object_get(header, "transactions_root"));
        expect_hash(roots.proposals, json_object_get(header, "proposals_hash"));
        expect_hash(roots.extra, json_object_get(header, "extra_hash"));
        if (!json_is_true(json_object_get(vector, "own_lock"))) {
            json_t *given = json_deep_copy(json_object_get(vector, "template"));
            (void)json_object_set(given, "current_time", json_object_get(header, "timestamp"));
            json_t *made = ckbnet_template_block(hash, target_be, given);
            (void)json_object_set(json_object_get(made, "header"), "nonce",
                                  json_object_get(header, "nonce"));
            assert_true(json_equal(made, block));
            expect_hash(hash, json_object_get(solution, "pow_hash"));
            expect_hash(target_be, json_object_get(solution, "target"));
            json_decref(made);
            json_decref(given);
        }
        ckbnet_bytes_free(&bytes);
    }
    assert_true(index >= 4);
    json_decref(data);
}

/* Epoch and dao of block number of the recorded chain. */
static uint64_t recorded(uint8_t dao[32], const json_t *data, json_int_t number)
{
    const json_t *row = json_array_get(json_object_get(data, "headers"), (size_t)number - 1);
    assert_int_equal(json_integer_value(json_object_get(row, "number")), number);
    decode(dao, 32, json_object_get(row, "dao"));
    return strtoull(json_string_value(json_object_get(row, "epoch")), NULL, 16);
}

static void test_dao_and_rewards(void **state)
{
    json_t *data = load("nervos_chain.json");
    json_t *row = NULL;
    size_t index = 0;
    uint8_t before[32];
    uint8_t after[32];
    uint8_t made[32];
    (void)state;
    for (json_int_t number = 2; number <= 36; number++) {
        (void)recorded(before, data, number - 1);
        uint64_t epoch = recorded(after, data, number);
        /* From block 12 on each has one output, which occupies 61 CKB. */
        ckbnet_chain_dao(made, before, ckbnet_epoch_index(epoch), ckbnet_epoch_length(epoch),
                         number >= 12 ? UINT64_C(6100000000) : 0);
        assert_memory_equal(made, after, 32);
    }
    json_array_foreach(json_object_get(data, "payments"), index, row)
    {
        json_int_t paid = json_integer_value(json_object_get(row, "block")) - CKBNET_REWARD_LAG;
        (void)recorded(before, data, paid - 1);
        uint64_t epoch = recorded(after, data, paid);
        uint64_t capacity = strtoull(json_string_value(json_object_get(row, "capacity")), NULL, 16);
        assert_int_equal(
            ckbnet_chain_reward(before, ckbnet_epoch_index(epoch), ckbnet_epoch_length(epoch)),
            capacity);
    }
    assert_true(index >= 4);
    json_decref(data);
}

/* ---- the chain ---------------------------------------------------------------------------------
 */

struct play {
    struct ckbnet_chain *chain;
    uint64_t now_ms;
    uint64_t work_id;
};

static struct play play_new(void)
{
    static const struct pool_net_config config = {
        .block_time_ms = 1000, .start_hashes = 1000, .hash = nonce_is_hash};
    struct play play = {.now_ms = START_MS};
    play.chain = ckbnet_chain_new(7, &config, START_MS);
    assert_non_null(play.chain);
    return play;
}

static json_t *next_block(struct play *play)
{
    uint8_t pow_hash[32];
    uint8_t target_be[32];
    json_t *given = ckbnet_template(play->chain, play->work_id++, false, play->now_ms);
    json_t *block = ckbnet_template_block(pow_hash, target_be, given);
    assert_non_null(block);
    json_decref(given);
    return block;
}

static struct ckbnet_outcome judge(struct play *play, const json_t *block)
{
    struct ckbnet_outcome outcome;
    ckbnet_judge(&outcome, play->chain, block, play->now_ms);
    return outcome;
}

/* The next block comes after_ms later. Returns its number. */
static uint64_t grow(struct play *play, uint64_t after_ms)
{
    play->now_ms += after_ms;
    ckbnet_chain_new_txs(play->chain);
    json_t *block = next_block(play);
    struct ckbnet_outcome outcome = judge(play, block);
    if (outcome.verdict != CKBNET_TIP) {
        fail_msg("%s", outcome.text);
    }
    assert_memory_equal(outcome.hash, play->chain->tip->hash, 32);
    json_decref(block);
    return play->chain->tip->number;
}

static json_t *header_of(json_t *block)
{
    return json_object_get(block, "header");
}

static json_t *cellbase_of(json_t *block)
{
    return json_array_get(json_object_get(block, "transactions"), 0);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    assert_int_equal(json_object_set_new(object, key, json_string(text)), 0);
}

static void set_number(json_t *object, const char *key, uint64_t number)
{
    char text[24];
    set_text(object, key, ckbnet_number_text(text, number));
}

/* A text with '#' for each number in it. */
static void without_numbers(char *plain, const char *text)
{
    while (*text != '\0') {
        size_t run = strspn(text, "0123456789abcdef");
        if (strcspn(text, "0123456789") < run) {
            *plain++ = '#';
            text += run;
        } else {
            run = run > 0 ? run : 1;
            memcpy(plain, text, run);
            plain += run;
            text += run;
        }
    }
    *plain = '\0';
}

/* Judge a changed block and expect the answer that a real node gave to such a change, by its name
 * among the recorded ones, but for the numbers in it. block is taken. */
static void refused(struct play *play, json_t *block, enum ckbnet_verdict verdict, const char *name)
{
    char got[4 * CKBNET_TEXT_MAX];
    char want[4 * CKBNET_TEXT_MAX];
    char text[3 * CKBNET_TEXT_MAX];
    struct ckbnet_outcome outcome = judge(play, block);
    const struct ckbnet_block *tip = play->chain->tip;
    const json_t *known = json_object_get(json_object_get(recorded_answers, "answers"), name);
    const char *message = json_string_value(json_object_get(known, "message"));
    if (message == NULL || strlen(message) >= sizeof want) {
        fail_msg("no recorded answer \"%s\"", name);
    }
    (void)snprintf(text, sizeof text, "Invalid%s: %s", verdict == CKBNET_MALFORMED ? " params" : "",
                   outcome.text);
    without_numbers(got, text);
    without_numbers(want, message);
    if (outcome.verdict != verdict || strcmp(got, want) != 0) {
        fail_msg("%s: verdict %d, \"%s\" where \"%s\" is right", name, (int)outcome.verdict, text,
                 message);
    }
    assert_ptr_equal(play->chain->tip, tip);
    json_decref(block);
}

static void test_growth(void **state)
{
    struct play play = play_new();
    size_t txs = 0;
    size_t proposals = 0;
    (void)state;
    for (uint64_t number = 1; number <= 60; number++) {
        assert_int_equal(grow(&play, 1000), number);
        txs += play.chain->tip->committed_count;
        proposals += play.chain->tip->proposed_count;
        uint64_t epoch = base_load_le64(play.chain->tip->header + 24);
        assert_int_equal(epoch & 0xffffff, number / 10);
        assert_int_equal(ckbnet_epoch_index(epoch), number % 10);
        assert_int_equal(ckbnet_epoch_length(epoch), 10);
    }
    assert_true(txs > 10);
    assert_true(proposals >= txs);
    ckbnet_chain_free(play.chain);
}

static double hashes_now(const struct play *play)
{
    struct ckbnet_next next;
    uint8_t target_be[32];
    ckbnet_chain_next(&next, play->chain, play->chain->tip, 0);
    assert_int_equal(base_target_from_compact(target_be, next.compact), BASE_OK);
    return base_target_expected_tries(target_be);
}

/* Blocks that come too soon get harder, up to four times an epoch; late ones easier. */
static void test_difficulty(void **state)
{
    struct play play = play_new();
    (void)state;
    while (play.chain->tip->number < 9) {
        (void)grow(&play, 10);
    }
    assert_in_range((uint64_t)hashes_now(&play), 3900, 4100);
    while (play.chain->tip->number < 19) {
        (void)grow(&play, 500);
    }
    assert_in_range((uint64_t)hashes_now(&play), 7800, 8200);
    while (play.chain->tip->number < 29) {
        (void)grow(&play, 2000);
    }
    assert_in_range((uint64_t)hashes_now(&play), 3900, 4100);
    ckbnet_chain_free(play.chain);
}

static void test_header_rules(void **state)
{
    struct play play = play_new();
    json_t *block = NULL;
    char text[24];
    (void)state;
    while (play.chain->tip->number < 40) {
        (void)grow(&play, 1000);
    }
    const uint64_t median_ms = ckbnet_chain_median_ms(play.chain, play.chain->tip);
    block = next_block(&play);
    set_text(header_of(block), "nonce", "0xffffffffffffffffffffffffffffffff");
    refused(&play, block, CKBNET_BAD_NONCE, "wrong nonce");
    block = next_block(&play);
    set_text(header_of(block), "compact_target", "0x0");
    refused(&play, block, CKBNET_BAD_NONCE, "compact_target zero");
    block = next_block(&play);
    set_text(header_of(block), "parent_hash",
             "0x1111111111111111111111111111111111111111111111111111111111111111");
    set_number(header_of(block), "number", 7);
    refused(&play, block, CKBNET_INVALID, "parent unknown");
    block = next_block(&play);
    set_number(header_of(block), "number", 42);
    refused(&play, block, CKBNET_INVALID, "number plus 1");
    block = next_block(&play);
    set_text(header_of(block), "epoch", "0x1");
    set_number(header_of(block), "timestamp", 0);
    refused(&play, block, CKBNET_INVALID, "order: wrong epoch + time 0");
    block = next_block(&play);
    set_text(header_of(block), "epoch", "0xa0002000004");
    refused(&play, block, CKBNET_INVALID, "epoch wrong index");
    block = next_block(&play);
    set_number(header_of(block), "timestamp", median_ms);
    set_text(header_of(block), "compact_target", "0x20010000");
    refused(&play, block, CKBNET_INVALID, "timestamp equals median of last 37");
    block = next_block(&play);
    set_number(header_of(block), "timestamp", play.now_ms + 15001);
    refused(&play, block, CKBNET_INVALID, "timestamp 16 s ahead");
    block = next_block(&play);
    set_text(header_of(block), "compact_target", "0x20010000");
    refused(&play, block, CKBNET_INVALID, "compact_target easier");
    /* What a node takes: the roots are its own, the version nobody's. */
    block = next_block(&play);
    set_number(header_of(block), "timestamp", median_ms + 1);
    set_text(header_of(block), "version", "0xffffffff");
    json_object_set(header_of(block), "transactions_root",
                    json_object_get(header_of(block), "parent_hash"));
    struct ckbnet_outcome outcome = judge(&play, block);
    assert_int_equal(outcome.verdict, CKBNET_TIP);
    outcome = judge(&play, block);
    assert_int_equal(outcome.verdict, CKBNET_DUPLICATE);
    assert_string_equal(json_string_value(json_object_get(header_of(block), "number")),
                        ckbnet_number_text(text, 41));
    json_decref(block);
    ckbnet_chain_free(play.chain);
}

static void test_body_rules(void **state)
{
    static const char garbage[] = "0x1234";
    struct play play = play_new();
    json_t *block = NULL;
    (void)state;
    while (play.chain->tip->number < 20 || play.chain->tip->number % 10 == 9) {
        (void)grow(&play, 1000);
    }
    const char *own = json_string_value(
        json_array_get(json_object_get(cellbase_of(block = next_block(&play)), "witnesses"), 0));
    char *witness = strdup(own);
    assert_non_null(witness);
    (void)json_array_clear(json_object_get(cellbase_of(block), "witnesses"));
    refused(&play, block, CKBNET_INVALID, "cellbase witness missing");
    block = next_block(&play);
    (void)json_array_set_new(json_object_get(cellbase_of(block), "witnesses"), 0,
                             json_string(garbage));
    refused(&play, block, CKBNET_INVALID, "cellbase witness garbage");
    block = next_block(&play);
    witness[2 + 2 * (12 + 16 + 32) + 1] = '3'; /* the lock's hash type */
    (void)json_array_set_new(json_object_get(cellbase_of(block), "witnesses"), 0,
                             json_string(witness));
    refused(&play, block, CKBNET_INVALID, "cellbase witness hash type 3");
    free(witness);
    block = next_block(&play);
    set_text(json_array_get(json_object_get(cellbase_of(block), "outputs"), 0), "capacity", "0x1");
    refused(&play, block, CKBNET_INVALID, "cellbase output capacity plus 1");
    block = next_block(&play);
    set_text(
        json_object_get(json_array_get(json_object_get(cellbase_of(block), "outputs"), 0), "lock"),
        "args", "0x");
    refused(&play, block, CKBNET_INVALID, "cellbase output lock changed");
    block = next_block(&play);
    set_text(header_of(block), "dao",
             "0x1111111111111111111111111111111111111111111111111111111111111111");
    refused(&play, block, CKBNET_INVALID, "dao changed");
    static const struct {
        size_t bytes;
        const char *why;
    } extensions[] = {{0, "extension empty bytes"},
                      {31, "extension 31 bytes"},
                      {32, "extension changed"},
                      {97, "extension 97 bytes"}};
    for (size_t i = 0; i < BASE_COUNT_OF(extensions); i++) {
        uint8_t bytes[97] = {0};
        block = next_block(&play);
        (void)json_object_set_new(block, "extension", ckbnet_hex_json(bytes, extensions[i].bytes));
        refused(&play, block, CKBNET_INVALID, extensions[i].why);
    }
    block = next_block(&play);
    (void)json_object_set_new(block, "extension", json_null());
    refused(&play, block, CKBNET_INVALID, "extension left out");
    while (json_array_size(json_object_get(block = next_block(&play), "transactions")) < 2) {
        json_decref(block);
        (void)grow(&play, 1000);
    }
    json_t *copy = json_deep_copy(block);
    (void)json_array_remove(json_object_get(copy, "transactions"), 1);
    refused(&play, copy, CKBNET_INVALID, "tx dropped dao kept");
    set_text(json_array_get(json_object_get(block, "transactions"), 1), "version", "0x1");
    struct ckbnet_outcome outcome = judge(&play, block); /* one that nobody proposed */
    assert_int_equal(outcome.verdict, CKBNET_INVALID);
    assert_non_null(strstr(outcome.text, "Commit"));
    json_decref(block);
    ckbnet_chain_free(play.chain);
}

static void test_forms(void **state)
{
    static const struct {
        const char *member;
        const char *value; /* JSON */
        const char *why;
    } rows[] = {
        {"nonce", "\"0x0629f3\"", "nonce leading zero"},
        {"nonce", "\"881480\"", "nonce decimal"},
        {"nonce", "5", "nonce as number"},
        {"nonce", "\"0x100000000000000000000000000000000\"", "nonce over 128 bits"},
        {"version", "\"0x00\"", "version leading zero"},
        {"hash", "\"0x00\"", "header unknown member hash"},
        {"dao", "\"0x11\"", "hash too short"},
        {"dao", NULL, "header member missing"},
    };
    struct play play = play_new();
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        json_t *block = next_block(&play);
        if (rows[i].value == NULL) {
            (void)json_object_del(header_of(block), rows[i].member);
        } else {
            (void)json_object_set_new(header_of(block), rows[i].member,
                                      json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        }
        refused(&play, block, CKBNET_MALFORMED, rows[i].why);
    }
    json_t *block = next_block(&play);
    set_text(cellbase_of(block), "hash", "0x00");
    refused(&play, block, CKBNET_MALFORMED, "transaction unknown member hash");
    ckbnet_chain_free(play.chain);
}

/* A sibling of the tip is good and no tip; the next block may name it once, as its uncle. */
static void test_branches_and_uncles(void **state)
{
    struct play play = play_new();
    struct ckbnet_outcome outcome;
    (void)state;
    while (play.chain->tip->number < 12) {
        (void)grow(&play, 1000);
    }
    json_t *late = next_block(&play);
    assert_non_null(ckbnet_chain_foreign(play.chain, play.now_ms));
    const struct ckbnet_block *tip = play.chain->tip;
    outcome = judge(&play, late);
    assert_int_equal(outcome.verdict, CKBNET_BRANCH);
    assert_ptr_equal(play.chain->tip, tip);
    json_decref(late);
    json_t *block = next_block(&play);
    json_t *uncles = json_object_get(block, "uncles");
    assert_int_equal(json_array_size(uncles), 1);
    json_t *twice = json_deep_copy(block);
    (void)json_array_append(json_object_get(twice, "uncles"), json_array_get(uncles, 0));
    refused(&play, twice, CKBNET_INVALID, "uncle twice");
    outcome = judge(&play, block);
    assert_int_equal(outcome.verdict, CKBNET_TIP);
    assert_int_equal(play.chain->tip->uncle_count, 1);
    json_decref(block);
    block = next_block(&play);
    assert_int_equal(json_array_size(json_object_get(block, "uncles")), 0);
    json_decref(block);
    ckbnet_chain_free(play.chain);
}

/* A lock in the witness is paid 11 blocks later; one that is too large is not. */
static void test_own_lock(void **state)
{
    struct play play = play_new();
    struct ckbnet_next next;
    (void)state;
    (void)grow(&play, 1000);
    json_t *block = next_block(&play);
    json_t *list = json_object_get(cellbase_of(block), "witnesses");
    char *witness = strdup(json_string_value(json_array_get(list, 0)));
    witness[2 + 2 * (12 + 16 + 32 + 1 + 4)] ^= 1; /* first digit of the args */
    (void)json_array_set_new(list, 0, json_string(witness));
    struct ckbnet_outcome outcome = judge(&play, block);
    assert_int_equal(outcome.verdict, CKBNET_TIP);
    assert_true(outcome.own_lock);
    const struct ckbnet_block *ours = play.chain->tip;
    free(witness);
    json_decref(block);
    while (play.chain->tip->number < 12) {
        (void)grow(&play, 1000);
    }
    ckbnet_chain_next(&next, play.chain, play.chain->tip, 0);
    assert_ptr_equal(next.paid, ours);
    assert_true(next.capacity > 0);
    (void)grow(&play, 1000);
    ckbnet_chain_free(play.chain);
}

static int load_answers(void **state)
{
    (void)state;
    recorded_answers = load("nervos.json");
    return 0;
}

static int drop_answers(void **state)
{
    (void)state;
    json_decref(recorded_answers);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_blocks),  cmocka_unit_test(test_dao_and_rewards),
        cmocka_unit_test(test_growth),       cmocka_unit_test(test_difficulty),
        cmocka_unit_test(test_header_rules), cmocka_unit_test(test_body_rules),
        cmocka_unit_test(test_forms),        cmocka_unit_test(test_branches_and_uncles),
        cmocka_unit_test(test_own_lock),
    };
    return cmocka_run_group_tests(tests, load_answers, drop_answers);
}

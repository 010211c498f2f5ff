/* test_eaglesong_vectors.c: Eaglesong against data/eaglesong.json: digests of the specification's
 * programs and of other implementations, blocks of the main and test networks and of a private
 * chain, complete lists of solutions. The reference must give each hash; every variant that runs
 * here must find each nonce when its hash is the target, and must not find it when the target is
 * one less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "eaglesong/eaglesong.h"
#include "kern.h"

enum { AROUND = 37, CAP = 2 * AROUND + 1, INPUT_MAX = 1000 };

static json_t *root;
static const struct kern_algo *algo;
static struct kern_find entries[CAP];

static int load(void **state)
{
    json_error_t error;
    (void)state;
    algo = kern_algo_find("eaglesong");
    root = json_load_file(SHARDPICK_TEST_DATA "/eaglesong.json", 0, &error);
    return root == NULL || algo == NULL ? 1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void decode(uint8_t *bytes, size_t size, const json_t *object, const char *key)
{
    assert_int_equal(base_hex_decode_exact(bytes, size, text_of(object, key)), BASE_OK);
}

static json_t *section(const char *name, size_t size)
{
    json_t *list = json_object_get(root, name);
    assert_int_equal(json_array_size(list), size);
    return list;
}

static void words_of(uint32_t *words, size_t count, const json_t *list)
{
    assert_int_equal(json_array_size(list), count);
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[4];
        assert_int_equal(
            base_hex_decode_exact(bytes, 4, json_string_value(json_array_get(list, i))), BASE_OK);
        words[i] = base_load_be32(bytes);
    }
}

static void digests(void **state)
{
    size_t index = 0;
    json_t *one = NULL;
    (void)state;
    json_array_foreach(section("digests", 170), index, one)
    {
        uint8_t input[INPUT_MAX];
        uint8_t want[32];
        uint8_t got[32];
        size_t size = strlen(text_of(one, "input")) / 2;
        assert_true(size <= INPUT_MAX);
        decode(input, size, one, "input");
        decode(want, sizeof want, one, "output");
        kern_eaglesong_digest(got, size > 0 ? input : NULL, size);
        if (memcmp(got, want, sizeof want) != 0) {
            fail_msg("differs on an input of %zu bytes: %s", size, text_of(one, "source"));
        }
    }
}

static void permutations(void **state)
{
    size_t index = 0;
    json_t *one = NULL;
    (void)state;
    json_array_foreach(section("permutation", 2), index, one)
    {
        uint32_t words[16];
        uint32_t want[16];
        words_of(words, 16, json_object_get(one, "input"));
        words_of(want, 16, json_object_get(one, "output"));
        kern_eaglesong_permute(words);
        assert_memory_equal(words, want, sizeof want);
    }
}

/* Nonce bytes 8..15, as README.md of the room says. */
static uint64_t counter_of(const uint8_t *message)
{
    return base_load_be64(message + 40);
}

/* Work whose target is the hash, from a message and its known digest; checks the reference. */
static void work_of(struct kern_work *work, const json_t *one)
{
    uint8_t got[32];
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    decode(work->header, algo->header_size, one, "message");
    decode(work->target_be, 32, one, "digest");
    assert_int_equal(kern_hash(got, algo, work, counter_of(work->header), NULL, 0), BASE_OK);
    assert_memory_equal(got, work->target_be, 32);
}

/* The nonce is the only find around it, and none is left when the target is one less. */
static void find_it(const struct kern_work *easy, const char *name)
{
    uint32_t features = base_cpu_detect();
    uint64_t counter = counter_of(easy->header);
    uint64_t before = counter < AROUND ? counter : AROUND;
    uint64_t after = UINT64_MAX - counter < AROUND ? UINT64_MAX - counter : AROUND;
    struct kern_work hard = *easy;
    for (unsigned i = 32; i-- > 0 && hard.target_be[i]-- == 0;) {
    }
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        struct kern_scratch *scratch = kern_scratch_new(algo, variant);
        assert_non_null(scratch);
        for (unsigned tight = 0; tight < 2 && kern_variant_runs(variant, features); tight++) {
            struct kern_finds finds = {.entries = entries, .cap = CAP};
            struct kern_progress progress;
            bool seen = false;
            assert_int_equal(kern_search(scratch, &finds, &progress, tight != 0 ? &hard : easy,
                                         counter - before, before + 1 + after, NULL),
                             BASE_OK);
            for (size_t k = 0; k < finds.count; k++) {
                seen = seen || entries[k].counter == counter;
            }
            if (seen != (tight == 0) || progress.tried != before + 1 + after) {
                fail_msg("%s %s \"%s\"", variant->name, seen ? "finds" : "misses", name);
            }
        }
        kern_scratch_free(scratch);
    }
}

/* Every digest of 48 bytes is a proof of work as well. */
static void messages(void **state)
{
    size_t index = 0;
    size_t count = 0;
    json_t *one = NULL;
    (void)state;
    json_array_foreach(section("digests", 170), index, one)
    {
        if (strlen(text_of(one, "input")) == 2 * algo->header_size) {
            struct kern_work work;
            json_t *as_header = json_pack("{sOsO}", "message", json_object_get(one, "input"),
                                          "digest", json_object_get(one, "output"));
            work_of(&work, as_header);
            find_it(&work, text_of(one, "source"));
            json_decref(as_header);
            count++;
        }
    }
    assert_int_equal(count, 78);
}

/* Blocks: what the network accepted meets its target. */
static void blocks(void **state)
{
    static const struct {
        const char *section;
        size_t size;
    } lists[] = {{"headers", 33}, {"node_headers", 36}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(lists); i++) {
        size_t index = 0;
        json_t *one = NULL;
        json_array_foreach(section(lists[i].section, lists[i].size), index, one)
        {
            struct kern_work work;
            char name[64];
            const json_t *valid = json_object_get(one, "valid");
            (void)snprintf(name, sizeof name, "%s %lld", lists[i].section,
                           (long long)json_integer_value(json_object_get(one, "number")));
            work_of(&work, one);
            find_it(&work, name);
            decode(work.target_be, 32, one, "target");
            if (valid == NULL || json_is_boolean(valid)) { /* null: testnet hashes once more */
                struct kern_find find = {.counter = counter_of(work.header)};
                uint8_t hash[32];
                assert_int_equal(kern_verify(hash, algo, &work, &find),
                                 json_is_false(valid) ? BASE_E_MISMATCH : BASE_OK);
            }
        }
    }
}

/* A range of nonces, all finds of which are known, on every variant. The nonce counts upward as a
 * number of 16 bytes, most significant first; where its lower half wraps, a new search begins. */
static void searches(void **state)
{
    uint32_t features = base_cpu_detect();
    size_t searched = 0;
    (void)state;
    for (size_t i = 0; i < 5 * algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i / 5];
        struct kern_work work = {.header_size = algo->header_size};
        const json_t *one = json_array_get(section("searches", 5), i % 5);
        if (!kern_variant_runs(variant, features)) {
            continue;
        }
        decode(work.header, 32, one, "pow_hash");
        decode(work.header + 32, 16, one, "first_nonce");
        decode(work.target_be, 32, one, "target");
        struct kern_scratch *scratch = kern_scratch_new(algo, variant);
        const json_t *solutions = json_object_get(one, "solutions");
        uint64_t left = (uint64_t)json_integer_value(json_object_get(one, "count"));
        uint64_t first = counter_of(work.header);
        size_t seen = 0;
        assert_non_null(scratch);
        while (left > 0) {
            struct kern_finds finds = {.entries = entries, .cap = CAP};
            struct kern_progress progress;
            uint64_t to_end = UINT64_MAX - first + 1; /* 0: all of them */
            uint64_t count = to_end != 0 && to_end < left ? to_end : left;
            assert_int_equal(kern_search(scratch, &finds, &progress, &work, first, count, NULL),
                             BASE_OK);
            assert_int_equal(progress.tried, count);
            for (size_t k = 0; k < finds.count; k++, seen++) {
                uint8_t nonce[16];
                decode(nonce, sizeof nonce, json_array_get(solutions, seen), "nonce");
                assert_memory_equal(nonce, work.header + 32, 8);
                assert_int_equal(base_load_be64(nonce + 8), entries[k].counter);
            }
            left -= count;
            first += count;
            base_store_be64(work.header + 32, base_load_be64(work.header + 32) + 1);
        }
        assert_int_equal(seen, json_array_size(solutions));
        kern_scratch_free(scratch);
        searched++;
    }
    assert_true(searched >= 5);
}

/* The row's known answers, as at every start of the program. */
static void self_tests(void **state)
{
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < algo->variant_count; i++) {
        struct base_error error;
        if (kern_variant_runs(algo->variants[i], features) &&
            kern_self_test(algo, algo->variants[i], &error) != BASE_OK) {
            fail_msg("%s", error.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests), cmocka_unit_test(permutations), cmocka_unit_test(messages),
        cmocka_unit_test(blocks),  cmocka_unit_test(searches),     cmocka_unit_test(self_tests),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

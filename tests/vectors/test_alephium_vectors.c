/* test_alephium_vectors.c: Alephium's hash against data/alephium.json: real blocks of the main and
 * test networks, jobs of the official miners' tests, BLAKE3's own test vectors. The reference must
 * give each hash; every variant that runs here must find the nonce of each vector when its hash is
 * the target, and must not find it when the target is one less or the job is for another chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "alephium/alephium.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "kern.h"

enum { CAP = 64, AROUND = 37 };

static json_t *root;
static const struct kern_algo *algo;
static struct kern_find entries[CAP];

static int load(void **state)
{
    json_error_t error;
    (void)state;
    algo = kern_algo_find("alephium");
    root = json_load_file(SHARDPICK_TEST_DATA "/alephium.json", 0, &error);
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

static json_t *section(const char *name, size_t at_least)
{
    json_t *list = json_object_get(root, name);
    assert_true(json_array_size(list) >= at_least);
    return list;
}

/* Nonce and header blob as one message. */
static void work_of(struct kern_work *work, const json_t *vector)
{
    memset(work, 0, sizeof *work);
    work->header_size = KERN_ALEPHIUM_MESSAGE_SIZE;
    decode(work->header, KERN_ALEPHIUM_NONCE_SIZE, vector, "nonce");
    decode(work->header + KERN_ALEPHIUM_NONCE_SIZE,
           KERN_ALEPHIUM_MESSAGE_SIZE - KERN_ALEPHIUM_NONCE_SIZE, vector, "headerBlob");
}

/* The counter that stands in a message: nonce bytes 20..23 low, 16..19 high, little-endian each. */
static uint64_t counter_in(const uint8_t *message)
{
    return base_load_le32(message + 20) | (uint64_t)base_load_le32(message + 16) << 32;
}

/* True when the variant reports the counter, searching it among its neighbours. */
static bool finds_it(const struct kern_variant *variant, const struct kern_work *work,
                     uint64_t counter)
{
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    struct kern_finds finds = {.entries = entries, .cap = CAP};
    struct kern_progress progress;
    uint64_t before = counter < AROUND ? counter : AROUND;
    uint64_t after = counter < kern_counter_max(algo) ? 1 : 0;
    bool seen = false;
    assert_non_null(scratch);
    assert_int_equal(
        kern_search(scratch, &finds, &progress, work, counter - before, before + 1 + after, NULL),
        BASE_OK);
    for (size_t i = 0; i < finds.count; i++) {
        seen = seen || entries[i].counter == counter;
    }
    kern_scratch_free(scratch);
    return seen;
}

static void minus_one(uint8_t number_be[32])
{
    for (int i = 31; i >= 0 && number_be[i]-- == 0; i--) {
    }
}

static void check_variants(struct kern_work *work, const uint8_t hash[32], const char *label)
{
    uint32_t features = base_cpu_detect();
    uint64_t counter = counter_in(work->header);
    uint32_t chain = hash[31] % 16;
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        if (!kern_variant_runs(variant, features)) {
            continue;
        }
        memcpy(work->target_be, hash, 32);
        work->chain = chain;
        if (!finds_it(variant, work, counter)) {
            fail_msg("%s misses \"%s\" with its hash as target", variant->name, label);
        }
        work->chain = (chain + 1) % 16;
        if (finds_it(variant, work, counter)) {
            fail_msg("%s reports \"%s\" for a wrong chain", variant->name, label);
        }
        work->chain = chain;
        minus_one(work->target_be);
        if (finds_it(variant, work, counter)) {
            fail_msg("%s reports \"%s\" above the target", variant->name, label);
        }
    }
}

static void check_vector(const json_t *vector)
{
    struct kern_work work;
    uint8_t want[32];
    uint8_t got[32];
    const char *label = text_of(vector, "label");
    json_t *from = json_object_get(vector, "fromGroup");
    json_t *to = json_object_get(vector, "toGroup");
    work_of(&work, vector);
    decode(want, sizeof want, vector, "hash");
    kern_alephium_hash(got, work.header);
    if (memcmp(got, want, sizeof want) != 0) {
        fail_msg("the reference hashes \"%s\" wrongly", label);
    }
    assert_int_equal(kern_chain_of(algo, got),
                     4 * json_integer_value(from) + json_integer_value(to));
    check_variants(&work, want, label);
}

static void proofs_of_work(void **state)
{
    size_t index;
    json_t *vector;
    (void)state;
    json_array_foreach(section("pow", 63), index, vector)
    {
        uint8_t message[KERN_ALEPHIUM_MESSAGE_SIZE];
        uint8_t inner[32];
        uint8_t want[32];
        uint8_t target_be[32];
        struct kern_work work;
        check_vector(vector);
        work_of(&work, vector);
        memcpy(message, work.header, sizeof message);
        decode(want, sizeof want, vector, "innerHash");
        kern_alephium_blake3(inner, message, sizeof message);
        assert_memory_equal(inner, want, sizeof want);
        if (json_object_get(vector, "meetsTarget") != NULL) {
            decode(target_be, sizeof target_be, vector, "targetHex");
            decode(want, sizeof want, vector, "hash");
            assert_int_equal(base_target_meets(want, target_be),
                             json_is_true(json_object_get(vector, "meetsTarget")));
        }
    }
}

/* Solved jobs, with the frames that carry them. Their hashes and targets go together. */
static void mined(void **state)
{
    size_t index;
    json_t *vector;
    (void)state;
    json_array_foreach(section("mined", 17), index, vector)
    {
        uint8_t hash[32];
        uint8_t target_be[32];
        check_vector(vector);
        decode(hash, sizeof hash, vector, "hash");
        decode(target_be, sizeof target_be, vector, "targetHex");
        assert_true(base_target_meets(hash, target_be));
    }
}

static void blake3_of_one_chunk(void **state)
{
    size_t index;
    json_t *vector;
    (void)state;
    json_array_foreach(section("blake3", 21), index, vector)
    {
        uint8_t message[1024];
        uint8_t want[32];
        uint8_t got[32];
        size_t size = 0;
        if (json_object_get(vector, "inputHex") != NULL) {
            const char *hex = text_of(vector, "inputHex");
            assert_int_equal(base_hex_decode(message, sizeof message, &size, hex, strlen(hex)),
                             BASE_OK);
        } else {
            assert_string_equal(text_of(vector, "inputRule"), "byte i = i mod 251");
            size = (size_t)json_integer_value(json_object_get(vector, "inputLength"));
            assert_true(size <= sizeof message);
            for (size_t i = 0; i < size; i++) {
                message[i] = (uint8_t)(i % 251);
            }
        }
        kern_alephium_blake3(got, message, size);
        decode(want, sizeof want, vector, "hash");
        assert_memory_equal(got, want, sizeof want);
        kern_alephium_blake3(got, got, sizeof got);
        decode(want, sizeof want, vector, "doubleHash");
        assert_memory_equal(got, want, sizeof want);
    }
}

static void target_compare(void **state)
{
    size_t index;
    json_t *vector;
    json_t *compare = json_object_get(root, "targetCompare");
    (void)state;
    assert_true(json_array_size(json_object_get(compare, "cases")) >= 8);
    json_array_foreach(json_object_get(compare, "cases"), index, vector)
    {
        uint8_t hash[32];
        uint8_t target_be[32];
        decode(hash, sizeof hash, vector, "hash");
        decode(target_be, sizeof target_be, vector, "targetHex");
        assert_int_equal(base_target_meets(hash, target_be),
                         json_is_true(json_object_get(vector, "accept")));
    }
    assert_true(json_array_size(json_object_get(compare, "shortTargets")) >= 7);
    json_array_foreach(json_object_get(compare, "shortTargets"), index, vector)
    {
        uint8_t hash[32];
        uint8_t field[64];
        uint8_t target_be[32];
        size_t size = 0;
        const char *hex = text_of(vector, "targetField");
        decode(hash, sizeof hash, vector, "hash");
        assert_int_equal(base_hex_decode(field, sizeof field, &size, hex, strlen(hex)), BASE_OK);
        assert_int_equal(base_target_from_bytes(target_be, field, size), BASE_OK);
        assert_int_equal(base_target_meets(hash, target_be),
                         json_is_true(json_object_get(vector, "accept")));
    }
}

static void chain_index(void **state)
{
    size_t index;
    json_t *vector;
    json_t *cases = json_object_get(json_object_get(root, "chainIndex"), "cases");
    (void)state;
    assert_true(json_array_size(cases) >= 12);
    json_array_foreach(cases, index, vector)
    {
        uint8_t hash[32] = {0};
        decode(hash + 30, 1, vector, "hashByte30");
        decode(hash + 31, 1, vector, "hashByte31");
        assert_int_equal(kern_chain_of(algo, hash),
                         json_integer_value(json_object_get(vector, "chainIndex")));
    }
}

/* What the program itself does at start. */
static void self_tests(void **state)
{
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < algo->variant_count; i++) {
        struct base_error error = {0};
        if (!kern_variant_runs(algo->variants[i], features)) {
            print_message("%s: not run, the processor cannot\n", algo->variants[i]->name);
            continue;
        }
        if (kern_self_test(algo, algo->variants[i], &error) != BASE_OK) {
            fail_msg("%s", error.text);
        }
    }
}

/* The best of all that can run is chosen, and nothing that cannot. */
static void choice_of_variants(void **state)
{
    uint32_t none = 0;
    (void)state;
    assert_string_equal(kern_variant_best(algo, none)->name, "portable");
    assert_ptr_equal(kern_variant_best(algo, UINT32_MAX), algo->variants[0]);
    assert_null(kern_variant_find(algo, "avx1024"));
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        assert_ptr_equal(kern_variant_find(algo, variant->name), variant);
        assert_int_equal(kern_variant_runs(variant, none), variant->features == 0);
        assert_true(kern_variant_runs(variant, variant->features));
        for (unsigned bit = 0; bit < 32; bit++) { /* each feature is really asked for */
            uint32_t lacking = UINT32_MAX & ~(1U << bit);
            assert_int_equal(kern_variant_runs(variant, lacking),
                             (variant->features & (1U << bit)) == 0);
        }
        if (i > 0) {
            assert_true(variant->ways <= algo->variants[i - 1]->ways);
        }
    }
#if defined(__x86_64__)
    assert_string_equal(kern_variant_best(algo, BASE_CPU_SSE2)->name, "sse2");
    assert_string_equal(
        kern_variant_best(algo, BASE_CPU_SSE2 | BASE_CPU_SSSE3 | BASE_CPU_SSE41)->name, "sse41");
    assert_string_equal(kern_variant_best(algo, UINT32_MAX ^ (uint32_t)BASE_CPU_AVX512F)->name,
                        "avx2");
    assert_string_equal(kern_variant_best(algo, UINT32_MAX)->name, "avx512x2");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs_of_work),      cmocka_unit_test(mined),
        cmocka_unit_test(blake3_of_one_chunk), cmocka_unit_test(target_compare),
        cmocka_unit_test(chain_index),         cmocka_unit_test(self_tests),
        cmocka_unit_test(choice_of_variants),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

/* test_digibyte_vectors.c: DigiByte's five hashes against data/digibyte_hashes.json: headers of the
 * real networks and made ones, hashed by the node's own code (see "meta" there). The reference must
 * give each hash, its stages too where the file has them; every variant that runs here must find
 * the header's nonce when the hash is the target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "kern.h"
#include "odocrypt/odocrypt.h"
#include "prim/sha256.h"
#include "qubit/qubit.h"
#include "skein/skein.h"

static json_t *root;

static void decode(uint8_t *bytes, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    assert_int_equal(base_hex_decode_exact(bytes, size, text), BASE_OK);
}

static json_t *list_of(const char *section, const char *name)
{
    json_t *list = json_object_get(json_object_get(root, section), name);
    assert_true(json_array_size(list) > 0);
    return list;
}

static int load(void **state)
{
    json_error_t error;
    (void)state;
    root = json_load_file(SHARDPICK_TEST_DATA "/digibyte_hashes.json", 0, &error);
    return root == NULL ? 1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

enum { AROUND = 5, WINDOW = 2 * AROUND + 1 };

/* The nonce must be found among its neighbours by this variant; those of them that are found too
 * (regtest targets are easy) must stand up to the reference. */
static void check_variant(const struct kern_algo *algo, const struct kern_variant *variant,
                          const struct kern_work *work, const char *name)
{
    struct kern_find entries[WINDOW];
    struct kern_finds finds = {.entries = entries, .cap = WINDOW};
    struct kern_progress progress;
    uint8_t hash[32];
    bool seen = false;
    uint32_t nonce = base_load_le32(work->header + PRIM_HEADER80_NONCE);
    uint64_t first = nonce < AROUND ? 0 : nonce - AROUND;
    uint64_t left = UINT32_MAX - first + 1;
    uint64_t count = left < WINDOW ? left : WINDOW;
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    assert_non_null(scratch);
    assert_int_equal(kern_search(scratch, &finds, &progress, work, first, count, NULL), BASE_OK);
    for (size_t i = 0; i < finds.count; i++) {
        seen = seen || entries[i].counter == nonce;
        assert_int_equal(kern_verify(hash, algo, work, &entries[i]), BASE_OK);
    }
    if (!seen || progress.tried != count) {
        fail_msg("%s %s misses \"%s\"", algo->name, variant->name, name);
    }
    kern_scratch_free(scratch);
}

static void check_algo(const char *algo_name, const char *vectors_name)
{
    const struct kern_algo *algo = kern_algo_find(algo_name);
    uint32_t features = base_cpu_detect();
    size_t index = 0;
    json_t *vector = NULL;
    assert_non_null(algo);
    json_array_foreach(list_of("vectors", vectors_name), index, vector)
    {
        struct kern_work work;
        struct kern_table *table = NULL;
        uint8_t want[32];
        uint8_t got[32];
        const char *name = json_string_value(json_object_get(vector, "name"));
        memset(&work, 0, sizeof work);
        decode(work.header, 80, vector, "header");
        decode(want, sizeof want, vector, "pow_hash_display");
        work.header_size = 80;
        work.epoch = (uint64_t)json_integer_value(json_object_get(vector, "odokey"));
        memcpy(work.target_be, want, sizeof want);
        assert_int_equal(kern_table_build(&table, algo, &work), BASE_OK);
        work.table = table;
        assert_int_equal(
            kern_hash(got, algo, &work, base_load_le32(work.header + PRIM_HEADER80_NONCE), NULL, 0),
            BASE_OK);
        if (memcmp(got, want, sizeof want) != 0) {
            fail_msg("%s: the reference differs on \"%s\"", algo_name, name);
        }
        for (size_t i = 0; i < algo->variant_count; i++) {
            if (kern_variant_runs(algo->variants[i], features)) {
                check_variant(algo, algo->variants[i], &work, name);
            }
        }
        kern_table_free(table);
    }
}

static void sha256d(void **state)
{
    (void)state;
    check_algo("sha256d", "sha256d");
}

static void scrypt(void **state)
{
    (void)state;
    check_algo("scrypt", "scrypt");
}

static void skein(void **state)
{
    size_t index = 0;
    json_t *vector = NULL;
    (void)state;
    json_array_foreach(list_of("vectors", "skein"), index, vector)
    {
        uint8_t header[80];
        uint8_t want[64];
        uint8_t got[64];
        decode(header, sizeof header, vector, "header");
        decode(want, sizeof want, vector, "skein512");
        kern_skein512(got, header, sizeof header);
        assert_memory_equal(got, want, sizeof want);
    }
    check_algo("skein", "skein");
}

static void qubit(void **state)
{
    size_t index = 0;
    json_t *vector = NULL;
    (void)state;
    json_array_foreach(list_of("vectors", "qubit"), index, vector)
    {
        const json_t *stages = json_object_get(vector, "stages");
        uint8_t header[80];
        uint8_t want[5][64];
        uint8_t got[64];
        decode(header, sizeof header, vector, "header");
        decode(want[0], 64, stages, "luffa512");
        decode(want[1], 64, stages, "cubehash512");
        decode(want[2], 64, stages, "shavite512");
        decode(want[3], 64, stages, "simd512");
        decode(want[4], 64, stages, "echo512");
        kern_qubit_luffa512(got, header, sizeof header);
        assert_memory_equal(got, want[0], 64);
        kern_qubit_cubehash512(got, want[0]);
        assert_memory_equal(got, want[1], 64);
        kern_qubit_shavite512(got, want[1]);
        assert_memory_equal(got, want[2], 64);
        kern_qubit_simd512(got, want[2]);
        assert_memory_equal(got, want[3], 64);
        kern_qubit_echo512(got, want[3]);
        assert_memory_equal(got, want[4], 64);
    }
    check_algo("qubit", "qubit");
}

static void odocrypt(void **state)
{
    (void)state;
    check_algo("odocrypt", "odo");
}

static void odocrypt_cipher_and_keccak(void **state)
{
    static struct kern_odocrypt_key key;
    size_t index = 0;
    json_t *direct = NULL;
    (void)state;
    json_array_foreach(list_of("odo", "direct"), index, direct)
    {
        uint8_t plain[80];
        uint8_t cipher[80];
        uint8_t output[100];
        uint8_t input[100];
        uint64_t words[10];
        uint32_t lanes[25];
        kern_odocrypt_key_build(&key, (uint32_t)json_integer_value(json_object_get(direct, "key")));
        decode(plain, sizeof plain, direct, "plain");
        decode(cipher, sizeof cipher, direct, "cipher");
        decode(input, sizeof input, direct, "keccak_in");
        decode(output, sizeof output, direct, "keccak_out");
        for (size_t i = 0; i < 10; i++) {
            words[i] = base_load_le64(plain + 8 * i);
        }
        kern_odocrypt_encrypt(words, &key);
        for (size_t i = 0; i < 10; i++) {
            assert_true(words[i] == base_load_le64(cipher + 8 * i));
        }
        for (size_t i = 0; i < 25; i++) {
            lanes[i] = base_load_le32(input + 4 * i);
        }
        kern_odocrypt_keccak(lanes);
        for (size_t i = 0; i < 25; i++) {
            assert_int_equal(lanes[i], base_load_le32(output + 4 * i));
        }
    }
}

static void check_digest(const uint8_t *bytes, size_t size, const json_t *schedule,
                         const char *name)
{
    uint8_t want[32];
    uint8_t got[32];
    decode(want, sizeof want, schedule, name);
    prim_sha256(got, bytes, size);
    assert_memory_equal(got, want, sizeof want);
}

static void check_pbox(const struct kern_odocrypt_pbox *pbox, const json_t *want)
{
    for (size_t s = 0; s <= KERN_ODOCRYPT_PBOX_ROUNDS; s++) {
        for (size_t k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
            const json_t *mask =
                json_array_get(json_array_get(json_object_get(want, "mask"), s), k);
            uint8_t bytes[8];
            assert_int_equal(base_hex_decode_exact(bytes, sizeof bytes, json_string_value(mask)),
                             BASE_OK);
            assert_true(pbox->mask[s][k] == base_load_be64(bytes));
            if (s < KERN_ODOCRYPT_PBOX_ROUNDS) {
                const json_t *rotation =
                    json_array_get(json_array_get(json_object_get(want, "rotation"), s), k);
                assert_int_equal(pbox->rotation[s][k], json_integer_value(rotation));
            }
        }
    }
}

static void odocrypt_key_schedules(void **state)
{
    static struct kern_odocrypt_key key;
    static uint8_t large[KERN_ODOCRYPT_LARGE * 1024 * 2];
    size_t index = 0;
    json_t *schedule = NULL;
    (void)state;
    json_array_foreach(list_of("odo", "key_schedules"), index, schedule)
    {
        kern_odocrypt_key_build(&key,
                                (uint32_t)json_integer_value(json_object_get(schedule, "key")));
        for (size_t i = 0; i < (size_t)KERN_ODOCRYPT_LARGE * 1024; i++) {
            large[2 * i] = (uint8_t)key.large[i / 1024][i % 1024];
            large[2 * i + 1] = (uint8_t)(key.large[i / 1024][i % 1024] >> 8);
        }
        check_digest(&key.small[0][0], sizeof key.small, schedule, "sbox6_sha256");
        check_digest(large, sizeof large, schedule, "sbox10_le16_sha256");
        check_pbox(&key.pbox[0], json_array_get(json_object_get(schedule, "pbox"), 0));
        check_pbox(&key.pbox[1], json_array_get(json_object_get(schedule, "pbox"), 1));
        for (size_t i = 0; i < KERN_ODOCRYPT_MIXES; i++) {
            assert_int_equal(key.mix[i], json_integer_value(json_array_get(
                                             json_object_get(schedule, "rotations"), i)));
        }
        for (size_t i = 0; i < KERN_ODOCRYPT_ROUNDS; i++) {
            assert_int_equal(key.round_key[i], json_integer_value(json_array_get(
                                                   json_object_get(schedule, "round_keys"), i)));
        }
    }
}

static void odocrypt_epochs(void **state)
{
    size_t index = 0;
    json_t *epoch = NULL;
    (void)state;
    json_array_foreach(list_of("odo", "epochs"), index, epoch)
    {
        assert_int_equal(
            kern_odocrypt_epoch((uint32_t)json_integer_value(json_object_get(epoch, "ntime")),
                                (uint32_t)json_integer_value(json_object_get(epoch, "interval"))),
            json_integer_value(json_object_get(epoch, "odokey")));
    }
}

/* A work whose table is another epoch's is refused, never hashed with the wrong key. */
static void odocrypt_refuses_the_wrong_epoch(void **state)
{
    const struct kern_algo *algo = kern_algo_find("odocrypt");
    struct kern_work work = {.header_size = 80, .epoch = 1650240000};
    struct kern_table *table = NULL;
    uint8_t hash[32];
    (void)state;
    assert_int_equal(kern_table_build(&table, algo, &work), BASE_OK);
    work.table = table;
    assert_int_equal(kern_hash(hash, algo, &work, 0, NULL, 0), BASE_OK);
    work.epoch += 864000;
    assert_int_equal(kern_hash(hash, algo, &work, 0, NULL, 0), BASE_E_ARG);
    kern_table_free(table);
}

/* Every row's known answers, as at every start of the program. */
static void self_tests(void **state)
{
    static const char *const names[] = {"sha256d", "scrypt", "skein", "qubit", "odocrypt"};
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        const struct kern_algo *algo = kern_algo_find(names[i]);
        for (size_t k = 0; k < algo->variant_count; k++) {
            struct base_error error;
            if (kern_variant_runs(algo->variants[k], features) &&
                kern_self_test(algo, algo->variants[k], &error) != BASE_OK) {
                fail_msg("%s", error.text);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256d),
        cmocka_unit_test(scrypt),
        cmocka_unit_test(skein),
        cmocka_unit_test(qubit),
        cmocka_unit_test(odocrypt),
        cmocka_unit_test(odocrypt_cipher_and_keccak),
        cmocka_unit_test(odocrypt_key_schedules),
        cmocka_unit_test(odocrypt_epochs),
        cmocka_unit_test(odocrypt_refuses_the_wrong_epoch),
        cmocka_unit_test(self_tests),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

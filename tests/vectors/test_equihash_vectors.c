/* test_equihash_vectors.c: the verifier and the reference solver of kernels/equihash against
 * data/komodo.json: rows, encodings, verdicts, real headers, complete solution sets. */
#include "equihash_data.h"

enum { SETS_CAP = 16 };

static void rows_and_digits(void **state)
{
    json_t *list = equihash_section("blake2b_rows", 13);
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *rows = json_object_get(one, "rows");
        struct kern_equihash equihash = equihash_of(one);
        uint8_t input[EQUIHASH_INPUT_MAX];
        uint8_t personal[16];
        size_t size = equihash_bytes(input, sizeof input, equihash_text(one, "input_hex"));
        equihash_bytes(personal, sizeof personal, equihash_text(one, "personal_hex"));
        assert_memory_equal(equihash.personal, personal, sizeof personal);
        assert_int_equal(equihash.hash_size, equihash_number(one, "digest_len"));
        assert_int_equal(json_array_size(rows), equihash.rows_per_hash);
        for (size_t j = 0; j < json_array_size(rows); j++) {
            const json_t *row = json_array_get(rows, j);
            const json_t *digits = json_object_get(row, "digits");
            uint8_t expected[KERN_EQUIHASH_ROW_MAX];
            uint8_t bytes[KERN_EQUIHASH_ROW_MAX];
            uint32_t found[KERN_EQUIHASH_DIGITS_MAX];
            equihash_bytes(expected, equihash.row_size, equihash_text(row, "row_hex"));
            kern_equihash_hash_row(bytes, &equihash, input, size, equihash_number(row, "index"));
            assert_memory_equal(bytes, expected, equihash.row_size);
            kern_equihash_digits(found, &equihash, bytes);
            assert_int_equal(json_array_size(digits), equihash.k + 1);
            for (size_t d = 0; d <= equihash.k; d++) {
                assert_int_equal(found[d], json_integer_value(json_array_get(digits, d)));
            }
        }
    }
}

static void minimal_encoding(void **state)
{
    json_t *list = equihash_section("minimal_encoding", 4);
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *numbers = json_object_get(one, "indices");
        uint32_t bits = equihash_number(one, "bits_per_index");
        size_t count = json_array_size(numbers);
        uint32_t indices[16];
        uint32_t unpacked[16];
        uint8_t expected[64];
        uint8_t packed[64];
        size_t size = equihash_bytes(expected, sizeof expected, equihash_text(one, "minimal_hex"));
        assert_true(count > 0 && count <= 16);
        for (size_t j = 0; j < count; j++) {
            indices[j] = (uint32_t)json_integer_value(json_array_get(numbers, j));
        }
        memset(packed, 0xff, sizeof packed);
        kern_equihash_pack(packed, indices, count, bits);
        assert_int_equal(size, (count * bits + 7) / 8);
        assert_memory_equal(packed, expected, size);
        kern_equihash_unpack(unpacked, count, expected, bits);
        assert_memory_equal(unpacked, indices, count * sizeof indices[0]);
    }
}

static enum kern_equihash_flaw flaw_of(const json_t *one)
{
    static const char *const names[] = {NULL,    "bad-length", "collision",
                                        "order", "duplicate",  "nonzero-xor"};
    const char *failure = json_string_value(json_object_get(one, "first_failure"));
    unsigned flaw = KERN_EQUIHASH_VALID;
    if (failure != NULL) {
        for (flaw = KERN_EQUIHASH_LENGTH; strcmp(names[flaw], failure) != 0; flaw++) {
            assert_true(flaw < KERN_EQUIHASH_NONZERO);
        }
    }
    return (enum kern_equihash_flaw)flaw;
}

static void verdicts(void **state)
{
    json_t *list = equihash_section("validator", 93);
    size_t valid = 0;
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct kern_equihash equihash = equihash_of(one);
        uint8_t input[EQUIHASH_INPUT_MAX];
        uint8_t solution[KERN_EQUIHASH_SOLUTION_MAX + 8];
        enum kern_equihash_flaw flaw = KERN_EQUIHASH_VALID;
        size_t size = equihash_bytes(input, sizeof input, equihash_text(one, "input_hex"));
        size_t solution_size =
            equihash_bytes(solution, sizeof solution, equihash_text(one, "minimal_hex"));
        bool expected = json_is_true(json_object_get(one, "valid"));
        enum base_status status =
            kern_equihash_verify(&equihash, &flaw, input, size, solution, solution_size);
        if (status != (expected ? BASE_OK : BASE_E_MISMATCH) || flaw != flaw_of(one)) {
            fail_msg("\"%s\": status %d, flaw %d", equihash_text(one, "name"), (int)status,
                     (int)flaw);
        }
        valid += expected;
    }
    assert_true(valid > 0 && valid < json_array_size(list));
}

static void headers(void **state)
{
    json_t *list = equihash_section("headers", 20);
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct kern_equihash equihash = equihash_of(one);
        uint8_t input[EQUIHASH_INPUT_MAX] = {0};
        uint8_t solution[KERN_EQUIHASH_SOLUTION_MAX];
        size_t size = equihash_bytes(input, sizeof input, equihash_text(one, "header_hex"));
        size_t solution_size =
            equihash_bytes(solution, sizeof solution, equihash_text(one, "solution_hex"));
        assert_int_equal(
            kern_equihash_verify(&equihash, NULL, input, size, solution, solution_size), BASE_OK);
        input[0] ^= 1;
        assert_int_equal(
            kern_equihash_verify(&equihash, NULL, input, size, solution, solution_size),
            BASE_E_MISMATCH);
    }
}

static bool contains(const uint32_t *sets, size_t count, const json_t *solution, size_t indices)
{
    for (size_t i = 0; i < count; i++) {
        size_t equal = 0;
        while (equal < indices &&
               sets[i * indices + equal] == json_integer_value(json_array_get(solution, equal))) {
            equal++;
        }
        if (equal == indices) {
            return true;
        }
    }
    return false;
}

static void reference_solver(void **state)
{
    json_t *list = equihash_section("solver_sets_small", 20);
    static uint32_t found[SETS_CAP * KERN_EQUIHASH_INDICES_MAX];
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *solutions = json_object_get(one, "solutions");
        struct kern_equihash equihash = equihash_of(one);
        uint8_t input[EQUIHASH_INPUT_MAX];
        size_t count = 0;
        size_t size = equihash_bytes(input, sizeof input, equihash_text(one, "input_hex"));
        assert_int_equal(kern_equihash_solve(&equihash, found, SETS_CAP, &count, input, size),
                         BASE_OK);
        assert_int_equal(count, json_array_size(solutions));
        for (size_t j = 0; j < json_array_size(solutions); j++) {
            assert_true(contains(found, count, json_array_get(solutions, j), equihash.indices));
        }
    }
}

static void parameters_out_of_range_are_refused(void **state)
{
    static const uint32_t bad[][2] = {{200, 0}, {200, 10}, {0, 1},         {208, 7},
                                      {200, 6}, {196, 6},  {200, 3},       {8, 1},
                                      {48, 4},  {192, 5},  {UINT32_MAX, 9}};
    struct kern_equihash equihash;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(kern_equihash_init(&equihash, bad[i][0], bad[i][1], NULL),
                         BASE_E_UNSUPPORTED);
    }
    assert_int_equal(kern_equihash_init(&equihash, 144, 5, NULL), BASE_OK);
    assert_int_equal(equihash.solution_size, 100);
    assert_int_equal(kern_equihash_init(&equihash, 200, 9, NULL), BASE_OK);
    assert_int_equal(equihash.solution_size, 1344);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_digits),  cmocka_unit_test(minimal_encoding),
        cmocka_unit_test(verdicts),         cmocka_unit_test(headers),
        cmocka_unit_test(reference_solver), cmocka_unit_test(parameters_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, equihash_load, equihash_unload);
}

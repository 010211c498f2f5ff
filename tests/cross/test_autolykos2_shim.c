/* test_autolykos2_shim.c: autolykos2.cl compiled as C, one work item at a time, on tables of their
 * full size: memory that is asked for and, but for the rows of a trial, never touched. Rows at the
 * far end of the largest table lie 64 GiB behind its beginning: offsets of 32 bits, or a wrong
 * piece of a table in several, would miss them. Every trace and block of data/autolykos2.json: the
 * hit as the target is met, one below it is not. Built once for a table in one piece and once for
 * four. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <jansson.h>

#include "autolykos2/autolykos2.h"
#include "base/blake2b.h"
#include "base/endian.h"
#include "base/hex.h"
#include "kern.h"
#include "opencl/cl_row.h"
#include "opencl_shim.h"

typedef struct {
    uint s0, s1, s2, s3;
} uint4;

static uint mul_hi_32(uint a, uint b)
{
    return (uint)((uint64_t)a * b >> 32);
}

static ulong mul_hi_64(ulong a, ulong b)
{
    return (ulong)((unsigned __int128)a * b >> 64);
}

static ulong rotate_64(ulong value, ulong bits)
{
    return value << bits | value >> (64 - bits);
}

#define __local
#define reqd_work_group_size(x, y, z) unused /* C has no groups */
#define mul_hi(a, b) _Generic((a), ulong : mul_hi_64, default : mul_hi_32)((a), (b))
#define rotate(a, b) _Generic((a), ulong : rotate_64, default : rotate)((a), (b))
#define min(a, b) ((a) < (b) ? (a) : (b))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wattributes"
/* The pieces in the order of the row. */
#include "opencl/search.cl"

#include "autolykos2/autolykos2_layout.h"

#include "prim/blake2b.cl"

#include "opencl/table.cl"

#include "autolykos2/autolykos2.cl"
#pragma GCC diagnostic pop

static const struct kern_algo *algo;
static json_t *root;
static uint *table; /* of the largest size */
static size_t table_bytes;

static int load(void **state)
{
    (void)state;
    algo = kern_algo_find("autolykos2");
    root = json_load_file(SHARDPICK_TEST_DATA "/autolykos2.json", 0, NULL);
    table_bytes = (size_t)KERN_AUTOLYKOS2_SIZE_MAX * TABLE_WORDS * sizeof table[0];
    table = mmap(NULL, table_bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED) {
        printf("skipped: the system gives no address space of 64 GiB\n");
        exit(77);
    }
    return algo == NULL || root == NULL ? 1 : 0;
}

static int unload(void **state)
{
    (void)state;
    (void)munmap(table, table_bytes);
    json_decref(root);
    return 0;
}

/* Pieces in one memory, one behind the other. */
static uint *piece(size_t number)
{
    size_t words = number < TABLE_PIECES ? number * TABLE_PIECE_ELEMENTS * TABLE_WORDS : 0;
    return table + words;
}

#define PIECES piece(0), piece(1), piece(2), piece(3)

static void build_row(uint32_t index, uint32_t size, uint32_t height)
{
    opencl_shim_global_id = 0;
    autolykos2_build(size, height, index, 0, PIECES);
}

/* Whether the device's code finds the work's own nonce. */
static bool finds(const struct kern_work *work, uint64_t nonce)
{
    _Alignas(16) uint job[JOB_WORDS];
    uint result[RESULT_FIRST_SLOT + RESULT_SLOTS] = {0};
    algo->opencl->fill_job(job, work);
    opencl_shim_global_id = 0;
    autolykos2_search(job, result, (uint)nonce, (uint)(nonce >> 32), 0, PIECES);
    assert_true(result[RESULT_COUNT] <= 1 && result[RESULT_FIRST_SLOT] == 0);
    return result[RESULT_COUNT] == 1;
}

static void try_row(const json_t *row)
{
    struct kern_work work = {.header_size = algo->header_size};
    uint32_t indexes[KERN_AUTOLYKOS2_INDEXES];
    uint8_t digest[32];
    uint8_t seed[32];
    const char *msg = json_string_value(json_object_get(row, "msg"));
    const char *nonce_hex = json_string_value(json_object_get(row, "nonce"));
    const char *hit = json_string_value(json_object_get(row, "hit"));
    assert_int_equal(base_hex_decode_exact(work.header, 32, msg), BASE_OK);
    assert_int_equal(base_hex_decode_exact(work.header + 32, 8, nonce_hex), BASE_OK);
    assert_int_equal(base_hex_decode_exact(work.target_be, 32, hit), BASE_OK);
    work.height = (uint64_t)json_integer_value(json_object_get(row, "height"));
    uint32_t size = (uint32_t)json_integer_value(json_object_get(row, "size"));
    work.reduced = json_is_true(json_object_get(row, "reduced")) ? size : 0;
    assert_int_equal(kern_autolykos2_size(&work), size);
    uint64_t nonce = base_load_be64(work.header + 32);

    base_blake2b(digest, 32, NULL, work.header, KERN_AUTOLYKOS2_TRIAL_SIZE);
    build_row((uint32_t)(base_load_be64(digest + 24) % size), size, (uint32_t)work.height);
    kern_autolykos2_seed(seed, work.header, work.height, size);
    kern_autolykos2_indexes(indexes, seed, size);
    for (size_t t = 0; t < KERN_AUTOLYKOS2_INDEXES; t++) {
        build_row(indexes[t], size, (uint32_t)work.height);
    }
    assert_true(finds(&work, nonce));
    size_t last = 32;
    while (work.target_be[--last] == 0) {
        work.target_be[last] = 0xff;
    }
    work.target_be[last] -= 1;
    assert_false(finds(&work, nonce));
}

static void full_tables(void **state)
{
    static const char *const sections[] = {"traces", "blocks", "mined"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(sections); i++) {
        const json_t *list = json_object_get(root, sections[i]);
        size_t index = 0;
        const json_t *row = NULL;
        assert_true(json_array_size(list) > 0);
        json_array_foreach(list, index, row)
        {
            try_row(row);
        }
    }
}

/* Elements as the reference has them, at their places; nothing is written past the table's end. */
static void elements(void **state)
{
    static const uint32_t indexes[] = {0, 1, 255, 1U << 27, 1U << 30, KERN_AUTOLYKOS2_SIZE_MAX - 1};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(indexes); i++) {
        uint8_t want[KERN_AUTOLYKOS2_ELEMENT_SIZE];
        const uint *words = table + (size_t)indexes[i] * TABLE_WORDS;
        kern_autolykos2_element(want, indexes[i], 5000000);
        build_row(indexes[i], KERN_AUTOLYKOS2_SIZE_MAX, 5000000);
        for (size_t b = 0; b < sizeof want; b++) {
            size_t place = sizeof want - 1 - b; /* of the byte, from the least significant one */
            assert_int_equal((uint8_t)(words[place / 4] >> 8 * (place % 4)), want[b]);
        }
        assert_int_equal(words[7] >> 24, 0);
    }
    const uint before = table[8];
    build_row(1, 1, 1);
    assert_int_equal(table[8], before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(full_tables), cmocka_unit_test(elements)};
    return cmocka_run_group_tests(tests, load, unload);
}

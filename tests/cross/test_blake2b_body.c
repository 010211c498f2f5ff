/* test_blake2b_body.c: vector BLAKE2b of one instruction set (VEC_HEADER, VEC_FEATURES, given by
 * CMake) against base_blake2b_compress: every lane its own chaining value and message, one and two
 * sets, all message words and some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "base/random.h"
#include VEC_HEADER
#include "prim/blake2b_body.h"

enum { SEED = 7693, ROUNDS = 20, SETS = 2, SOME_WORDS = 0x8421 };

struct lanes {
    uint64_t h[SETS][8][BLAKE2B_WAYS];
    uint64_t m[SETS][16][BLAKE2B_WAYS];
};

static void fill(struct lanes *lanes, struct base_random *random, unsigned used)
{
    base_random_bytes(random, (uint8_t *)lanes, sizeof *lanes);
    for (unsigned set = 0; set < SETS; set++) {
        for (unsigned word = 0; word < 16; word++) {
            if ((used >> word & 1) == 0) {
                memset(lanes->m[set][word], 0, sizeof lanes->m[set][word]);
            }
        }
    }
}

static void check(const struct lanes *lanes, blake2b_vec (*h)[8], unsigned sets, uint64_t count,
                  bool last)
{
    for (unsigned set = 0; set < sets; set++) {
        uint64_t found[8][BLAKE2B_WAYS];
        for (unsigned i = 0; i < 8; i++) {
            blake2b_store(found[i], h[set][i]);
        }
        for (unsigned lane = 0; lane < BLAKE2B_WAYS; lane++) {
            uint64_t expected[8];
            uint64_t message[16];
            for (unsigned i = 0; i < 8; i++) {
                expected[i] = lanes->h[set][i][lane];
            }
            for (unsigned i = 0; i < 16; i++) {
                message[i] = lanes->m[set][i][lane];
            }
            base_blake2b_compress(expected, message, count, last);
            for (unsigned i = 0; i < 8; i++) {
                assert_true(found[i][lane] == expected[i]);
            }
        }
    }
}

static void load(const struct lanes *lanes, blake2b_vec (*h)[8], blake2b_vec (*m)[16])
{
    for (unsigned set = 0; set < SETS; set++) {
        for (unsigned i = 0; i < 8; i++) {
            h[set][i] = blake2b_load(lanes->h[set][i]);
        }
        for (unsigned i = 0; i < 16; i++) {
            m[set][i] = blake2b_load(lanes->m[set][i]);
        }
    }
}

static void every_lane_is_the_references(void **state)
{
    static struct lanes lanes;
    struct base_random random = {SEED};
    blake2b_vec h[SETS][8];
    blake2b_vec m[SETS][16];
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t count = base_random_below(&random, 1ULL << 40);
        fill(&lanes, &random, 0xffff);
        load(&lanes, h, m);
        blake2b_compress_vec(h, m, SETS, 0xffff, count, true);
        check(&lanes, h, SETS, count, true);
        load(&lanes, h, m);
        blake2b_compress_vec(h, m, 1, 0xffff, count, false);
        check(&lanes, h, 1, count, false);
        fill(&lanes, &random, SOME_WORDS);
        load(&lanes, h, m);
        blake2b_compress_vec(h, m, SETS, SOME_WORDS, count, true);
        check(&lanes, h, SETS, count, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lane_is_the_references),
    };
    if ((base_cpu_detect() & (VEC_FEATURES)) != (VEC_FEATURES)) {
        printf("skipped: this processor lacks what %s needs\n", VEC_HEADER);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

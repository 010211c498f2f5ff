/* test_cl_vendor.c: the parts of a device kernel that only some vendors' compilers see, and those
 * that only pay on some devices, compiled here as C with the vendor's instructions played by a few
 * lines: the finds are those of the portable kernel. One program for each set of macros, given by
 * CMake: SUBJECT, an algorithm with a counter of 64 bits, its source and search, and those that a
 * compiler or the runner defines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/target.h"
#include "kern.h"
#include "opencl/cl_row.h"
#include "opencl_shim.h"

typedef struct {
    uint s0, s1, s2, s3;
} uint4;

#ifdef cl_amd_media_ops
/* cl_amd_media_ops: the 32 bits of a:b that begin (c & 3) bytes up. */
static uint amd_bytealign(uint a, uint b, uint c)
{
    return (uint)((((uint64_t)a << 32) | b) >> (c % 4 * 8));
}
#endif
#ifdef __NV_CL_C_VERSION
/* prmt.b32 with both operands x, in its default mode: digit i of the selector names a byte of the
 * eight, which becomes byte i. */
static __attribute__((unused)) uint prmt(uint x, uint selector)
{
    const uint64_t bytes = ((uint64_t)x << 32) | x;
    uint y = 0;
    for (unsigned i = 0; i < 4; i++) {
        y |= (uint)(bytes >> ((selector >> (4 * i)) % 8 * 8) & 0xff) << (8 * i);
    }
    return y;
}
#define PERMUTE(y, x, selector) y = prmt(x, selector);
/* lop3.b32 with the truth table 0x96; mul.wide.u32 by a power of two. */
#define LOGIC_3(y, a, b, c) y = (a) ^ (b) ^ (c);
#define MULTIPLY_WIDE(y, x, bits) y = (uint64_t)(x) * (1U << (bits));
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-align"
/* The pieces in the order of the row. */
#include "opencl/search.cl"

#include SUBJECT_FILE
#pragma GCC diagnostic pop

enum { SEED = 1903, WINDOW = 700, CAP = 128 };

static void compare(const struct kern_algo *algo, const struct kern_work *work, uint64_t first)
{
    const struct kern_variant *plain = algo->variants[algo->variant_count - 1];
    struct kern_scratch *scratch = kern_scratch_new(algo, plain);
    struct kern_find want[CAP];
    struct kern_finds finds = {.entries = want, .cap = CAP};
    struct kern_progress progress;
    _Alignas(16) uint job[JOB_WORDS];
    uint result[RESULT_FIRST_SLOT + RESULT_SLOTS] = {0};
    assert_non_null(scratch);
    assert_int_equal(kern_search(scratch, &finds, &progress, work, first, WINDOW, NULL), BASE_OK);
    kern_scratch_free(scratch);
    algo->opencl->fill_job(job, work);
    for (size_t i = 0; i < WINDOW; i++) {
        opencl_shim_global_id = i;
        SUBJECT_SEARCH(job, result, (uint)first, (uint)(first >> 32), WINDOW - 1);
    }
    assert_true(finds.count > 0);
    assert_int_equal(result[RESULT_COUNT], finds.count);
    for (size_t i = 0; i < finds.count; i++) { /* one item after the other: ascending here */
        assert_int_equal(first + result[RESULT_FIRST_SLOT + i], want[i].counter);
    }
}

static void test_window(void **state)
{
    (void)state;
    const struct kern_algo *algo = kern_algo_find(SUBJECT);
    struct base_random random = {SEED};
    struct kern_work work;
    for (uint32_t i = 0; i < 16; i++) {
        memset(&work, 0, sizeof work);
        work.header_size = algo->header_size;
        work.chain = i % algo->chains;
        base_random_bytes(&random, work.header, algo->header_size);
        base_target_ones(work.target_be, algo->chains > 1 ? 255 : 252);
        compare(algo, &work, base_random_next(&random) >> 8);
    }
    compare(algo, &work, UINT32_MAX - 300); /* the carry into the high half */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_window)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_eaglesong_vendor.c: the parts of eaglesong.cl that only NVIDIA's compiler sees, and those
 * that only pay on some devices, compiled here as C with the vendor's instructions played by a few
 * lines: the finds are those of the portable kernel. One program for each set of the macros below,
 * given by CMake. */
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

#ifdef __NV_CL_C_VERSION
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
#include "eaglesong/eaglesong.cl"
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
        eaglesong_search(job, result, (uint)first, (uint)(first >> 32), WINDOW - 1);
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
    const struct kern_algo *algo = kern_algo_find("eaglesong");
    struct base_random random = {SEED};
    struct kern_work work;
    for (unsigned i = 0; i < 8; i++) {
        memset(&work, 0, sizeof work);
        work.header_size = algo->header_size;
        base_random_bytes(&random, work.header, algo->header_size);
        base_target_ones(work.target_be, 252);
        compare(algo, &work, base_random_next(&random) >> 8);
    }
    compare(algo, &work, UINT32_MAX - 300); /* the carry into the high half */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_window)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

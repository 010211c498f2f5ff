/* test_sha256d_ni_counts.c: the counts of the SHA instructions' variant are those of its code: the
 * file is compiled here once more with intrinsics that count. Their results do not matter, so any
 * x86 processor runs this. */
#include <emmintrin.h>
#include <immintrin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kern.h"

static uint64_t counted[VEC_OP_KINDS];

static __m128i count(enum vec_op kind, __m128i a, __m128i b)
{
    counted[kind]++;
    return _mm_xor_si128(a, _mm_slli_epi32(b, 1));
}

#undef _mm_alignr_epi8
#define _mm_alignr_epi8(a, b, bytes) count(VEC_OP_SHUFFLE, a, b)
#define _mm_unpackhi_epi64(a, b) count(VEC_OP_SHUFFLE, a, b)
#define _mm_unpacklo_epi64(a, b) count(VEC_OP_SHUFFLE, a, b)
#undef _mm_shuffle_epi32
#define _mm_shuffle_epi32(a, order) count(VEC_OP_SHUFFLE, a, a)
#define _mm_add_epi32(a, b) count(VEC_OP_ADD, a, b)
#define _mm_or_si128(a, b) count(VEC_OP_LOGIC, a, b)
#define _mm_sha256rnds2_epu32(a, b, k) count(VEC_OP_OWN_0, a, _mm_xor_si128(b, k))
#define _mm_sha256msg1_epu32(a, b) count(VEC_OP_OWN_1, a, b)
#define _mm_sha256msg2_epu32(a, b) count(VEC_OP_OWN_2, a, b)
#define kern_sha256d_sha_ni counting_variant
/* NOLINTNEXTLINE(bugprone-suspicious-include): that file, over the macros above */
#include "sha256d/sha256d_sha_ni.c"

static void run(uint64_t batches)
{
    static struct scratch memory;
    struct kern_work work;
    struct kern_find find;
    struct kern_finds finds = {.entries = &find, .cap = 1};
    struct kern_progress progress;
    memset(&work, 0, sizeof work);
    memset(counted, 0, sizeof counted);
    work.header_size = PRIM_HEADER80_SIZE;
    assert_int_equal(
        counting_variant.search(&memory, &finds, &progress, &work, 0, batches * STREAMS, NULL),
        BASE_OK);
    assert_int_equal(progress.tried, batches * STREAMS);
}

static void counts_are_the_kernels(void **state)
{
    const struct kern_algo *algo = kern_algo_find("sha256d");
    const struct kern_variant *variant = kern_variant_find(algo, "sha-ni");
    uint64_t before[VEC_OP_KINDS];
    (void)state;
    assert_non_null(variant);
    run(3);
    memcpy(before, counted, sizeof before);
    run(4);
    for (size_t kind = 0; kind < VEC_OP_KINDS; kind++) {
        if (variant->counts.of[kind] != counted[kind] - before[kind]) {
            print_message("kind %zu: counted %llu, in the row %u\n", kind,
                          (unsigned long long)(counted[kind] - before[kind]),
                          variant->counts.of[kind]);
        }
    }
    for (size_t kind = 0; kind < VEC_OP_KINDS; kind++) {
        assert_int_equal(variant->counts.of[kind], counted[kind] - before[kind]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

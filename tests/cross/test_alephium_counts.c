/* test_alephium_counts.c: the operation counts in Alephium's row are those of its kernel. The body
 * that all variants share is compiled here once more over a wrapper that counts (vec_count.h) and
 * run: what one more nonce adds to the counters must be what the row says. A kernel changed without
 * its counts fails here; so the limit that bench prints cannot rot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vec_count.h"

#include "alephium/alephium.h"
#include "kern.h"

KERN_ALEPHIUM_VARIANT_OF(counting);

#define ALEPHIUM_ISA counting
#include "alephium/alephium_body.h"

static struct scratch memory;

/* Counters after `count` nonces without a find. */
static void count_search(uint64_t count)
{
    struct kern_work work;
    struct kern_find find;
    size_t find_count = 0;
    uint64_t tried = 0;
    memset(&work, 0, sizeof work);
    memset(&vec_counted, 0, sizeof vec_counted);
    work.header_size = KERN_ALEPHIUM_MESSAGE_SIZE;
    assert_int_equal(
        kern_alephium_search_counting(&memory, &find, 1, &find_count, &tried, &work, 0, count),
        BASE_OK);
    assert_int_equal(tried, count);
    assert_int_equal(find_count, 0);
}

static void counts_are_the_kernels(void **state)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    (void)state;
    count_search(100);
    uint64_t add = vec_counted.add;
    uint64_t load = vec_counted.load;
    uint64_t xor_ = vec_counted.xor_;
    uint64_t rotate_bytes = vec_counted.rotate_bytes;
    uint64_t rotate_bits = vec_counted.rotate_bits;
    uint64_t compare = vec_counted.compare;
    count_search(101);
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_op_counts *counts = &algo->variants[i].counts;
        print_message("%s: add %llu load %llu xor %llu rotate bytes %llu bits %llu compare %llu\n",
                      algo->variants[i].name, (unsigned long long)(vec_counted.add - add),
                      (unsigned long long)(vec_counted.load - load),
                      (unsigned long long)(vec_counted.xor_ - xor_),
                      (unsigned long long)(vec_counted.rotate_bytes - rotate_bytes),
                      (unsigned long long)(vec_counted.rotate_bits - rotate_bits),
                      (unsigned long long)(vec_counted.compare - compare));
        assert_int_equal(counts->add, vec_counted.add - add);
        assert_int_equal(counts->load, vec_counted.load - load);
        assert_int_equal(counts->xor_, vec_counted.xor_ - xor_);
        assert_int_equal(counts->rotate_bytes, vec_counted.rotate_bytes - rotate_bytes);
        assert_int_equal(counts->rotate_bits, vec_counted.rotate_bits - rotate_bits);
        assert_int_equal(counts->other, vec_counted.compare - compare);
        assert_non_null(algo->variants[i].probe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

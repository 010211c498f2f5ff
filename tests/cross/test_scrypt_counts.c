/* test_scrypt_counts.c: see counts.h. */
#include "vec_count.h"

#include "scrypt/scrypt.h"

KERN_SCRYPT_VARIANT_OF(counting);

#define SCRYPT_ISA counting
#include "scrypt/scrypt_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("scrypt", kern_scrypt_search_counting, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

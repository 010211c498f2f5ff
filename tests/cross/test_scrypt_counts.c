/* test_scrypt_counts.c: see counts.h. */
#include "vec_count.h"

#include "scrypt/scrypt.h"

#define KERN_SEARCH_NAME counting_search
#include "scrypt/scrypt_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("scrypt", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

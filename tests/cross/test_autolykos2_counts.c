/* test_autolykos2_counts.c: see counts.h. */
#include "vec_count.h"

#include "autolykos2/autolykos2_table.h"

#define BLAKE2B_STREAMS 2

void counting_fill(struct kern_autolykos2_entry *entries, uint32_t height, uint32_t first,
                   uint32_t count);

#define KERN_SEARCH_NAME counting_search
#define KERN_FILL_NAME counting_fill
#include "autolykos2/autolykos2_body.h"

#include "counts.h"

static void counts_are_the_kernels(void **state)
{
    static const char *const others[] = {"portable", NULL};
    (void)state;
    counts_check("autolykos2", others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* main.c: argument parsing and exit codes; the only file that may end the process. */
#include <stdio.h>

#include "kern.h"

int main(void)
{
    struct base_error error = {BASE_OK, ""};
    const struct kern_algo *algo = kern_algo_at(0);
    for (size_t i = 0; i < algo->variant_count; i++) {
        enum base_status status = kern_self_test(algo, &algo->variants[i], &error);
        (void)printf("%s %s: %s %s\n", algo->name, algo->variants[i].name, base_status_text(status),
                     error.text);
    }
    return 0;
}

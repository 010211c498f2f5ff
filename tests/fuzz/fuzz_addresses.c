/* fuzz_addresses.c: a login is refused with a sentence, or has a group 0..3 and a short worker. */
#include <stdlib.h>
#include <string.h>

#include "alephium/address.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *user = malloc(size + 1);
    const char *worker = "";
    size_t worker_size = 0;
    unsigned group = 9;
    struct base_error error = {BASE_OK, ""};
    BASE_ASSERT(user != NULL);
    memcpy(user, data, size);
    user[size] = '\0';
    if (pool_alephium_login(user, &group, &worker, &worker_size, &error) == BASE_OK) {
        BASE_ASSERT(group < 4 && worker_size <= POOL_ALEPHIUM_WORKER_MAX);
    } else {
        BASE_ASSERT(error.text[0] != '\0');
    }
    free(user);
    return 0;
}

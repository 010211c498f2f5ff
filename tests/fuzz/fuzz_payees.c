/* fuzz_payees.c: an address of DigiByte or Komodo is refused with a sentence, or pays a script of a
 * known form. */
#include <stdlib.h>
#include <string.h>

#include "bitcoin/digibyte.h"
#include "fuzz.h"
#include "komodo/komodo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *address = malloc(size + 1);
    struct pool_script script;
    struct base_error error = {BASE_OK, ""};
    BASE_ASSERT(address != NULL);
    memcpy(address, data, size);
    address[size] = '\0';
    if (pool_digibyte_payout(&script, address, &error) == BASE_OK) {
        static const size_t sizes[] = {25, 23, 22, 34};
        bool known = false;
        for (size_t i = 0; i < BASE_COUNT_OF(sizes); i++) {
            known = known || script.size == sizes[i];
        }
        BASE_ASSERT(known);
    } else {
        BASE_ASSERT(error.text[0] != '\0');
    }
    error = (struct base_error){BASE_OK, ""};
    if (pool_komodo_payout(&script, address, &error) == BASE_OK) {
        BASE_ASSERT(script.size == 25 || script.size == 23);
    } else {
        BASE_ASSERT(error.text[0] != '\0');
    }
    free(address);
    return 0;
}

/* fuzz_nervos_payees.c: an address is refused with a sentence, or written again names the same
 * lock. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "nervos/nervos_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct pool_ckb_address address;
    struct pool_ckb_address again;
    struct base_error error = {BASE_OK, ""};
    char written[POOL_CKB_ADDRESS_MAX];
    BASE_ASSERT(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (pool_ckb_address_read(&address, text, size, &error) == BASE_OK) {
        (void)pool_ckb_address_write(written, &address);
        BASE_ASSERT(pool_ckb_address_read(&again, written, strlen(written), &error) == BASE_OK);
        BASE_ASSERT(again.mainnet == address.mainnet &&
                    again.lock.args_size == address.lock.args_size &&
                    again.lock.hash_type == address.lock.hash_type &&
                    memcmp(again.lock.code_hash, address.lock.code_hash, 32) == 0 &&
                    memcmp(again.lock.args, address.lock.args, address.lock.args_size) == 0);
    } else {
        BASE_ASSERT(error.text[0] != '\0');
    }
    free(text);
    return 0;
}

/* alephium_portable.c: search with the reference, one nonce after the other. */
#include <string.h>

#include "alephium/alephium.h"
#include "base/target.h"

enum base_status kern_alephium_search_portable(void *scratch, struct kern_find *finds, size_t cap,
                                               size_t *find_count, uint64_t *tried,
                                               const struct kern_work *work, uint64_t first,
                                               uint64_t count)
{
    uint8_t message[KERN_ALEPHIUM_MESSAGE_SIZE];
    uint8_t hash[32];
    (void)scratch;
    memcpy(message, work->header, sizeof message);
    for (uint64_t i = 0; i < count; i++) {
        if (*find_count == cap) {
            *tried = i;
            return BASE_E_FULL;
        }
        kern_alephium_put_counter(message, first + i);
        kern_alephium_hash(hash, message);
        if ((hash[31] & 15U) == work->chain && base_target_meets(hash, work->target_be)) {
            finds[*find_count].counter = first + i;
            finds[*find_count].solution_size = 0;
            *find_count += 1;
        }
    }
    *tried = count;
    return BASE_OK;
}

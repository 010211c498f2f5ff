/* fuzz_v1_lines.c: lines of a hostile pool of the Bitcoin family never break the client's promises.
 */
#include "bitcoin/bitcoin_family.h"
#include "bitcoin/digibyte.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_stratum_v1, "stratum+tcp://pool.example:1", "miner.rig1",
                  &pool_digibyte_algos[2], data, size); /* odocrypt: has epochs too */
    return 0;
}

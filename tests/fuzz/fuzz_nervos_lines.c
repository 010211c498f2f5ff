/* fuzz_nervos_lines.c: lines of a hostile CKB pool never break the client's promises. */
#include "fuzz.h"
#include "nervos/nervos_family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_nervos_stratum, "stratum+tcp://pool.example:1", "miner.rig1",
                  pool_nervos_coin.algos, data, size);
    return 0;
}

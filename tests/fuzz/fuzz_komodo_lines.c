/* fuzz_komodo_lines.c: lines of a hostile pool of ZIP 301 never break the client's promises. */
#include "fuzz.h"
#include "komodo/komodo_family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_komodo_zip301, "stratum+tcp://pool.example:1", "miner.rig1",
                  pool_komodo_coin.algos, data, size);
    return 0;
}

/* fuzz_pool_lines.c: lines of a hostile pool, in any dialect, never break the client's promises. */
#include "alephium/alephium_family.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_alephium_stratum, "stratum+tcp://pool.example:1",
                  "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1", NULL, data, size);
    return 0;
}

/* fuzz_node_frames.c: bytes of a hostile Alephium node never break the client's promises. */
#include "alephium/alephium_family.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_alephium_node, "daemon+tcp://node.example", "", NULL, data, size);
    return 0;
}

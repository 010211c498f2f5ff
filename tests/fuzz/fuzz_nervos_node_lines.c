/* fuzz_nervos_node_lines.c: lines of a hostile CKB node never break the client's promises. */
#include "fuzz.h"
#include "nervos/nervos_family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_nervos_lines, "daemon+tcp://node.example:1", "", pool_nervos_coin.algos,
                  data, size);
    return 0;
}

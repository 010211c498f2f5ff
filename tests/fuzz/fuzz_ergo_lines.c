/* fuzz_ergo_lines.c: lines of a hostile Ergo pool never break the client's promises. */
#include "ergo/ergo_family.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_protocol(&pool_ergo_stratum, "stratum+tcp://pool.example:1",
                  "9fSgJ7BmUxBQJ454prQDQ7fQMBkXPLaAmDnimgTtjym6FYPHjAV.rig1", NULL, data, size);
    return 0;
}

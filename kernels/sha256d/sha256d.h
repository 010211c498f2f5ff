/* sha256d.h: what the files of this room share: the reference, the row. Facts: README.md here. */
#ifndef KERN_SHA256D_H
#define KERN_SHA256D_H

#include "prim/header80.h"

enum { KERN_SHA256D_SCRATCH_SIZE = 16384 }; /* bytes; the widest variant's constants */

extern const struct kern_algo kern_sha256d_row;
extern const struct kern_cl_row kern_sha256d_cl_row;

/** SHA-256(SHA-256(header)) as a number; the judge of all variants. */
void kern_sha256d_hash(uint8_t hash_be[32], const struct kern_work *work);

/* Variants; contract: kern_search in kern.h. */
enum base_status kern_sha256d_search_sha_ni(void *scratch, struct kern_find *finds, size_t cap,
                                            size_t *find_count, uint64_t *tried,
                                            const struct kern_work *work, uint64_t first,
                                            uint64_t count);
enum base_status kern_sha256d_search_avx512(void *scratch, struct kern_find *finds, size_t cap,
                                            size_t *find_count, uint64_t *tried,
                                            const struct kern_work *work, uint64_t first,
                                            uint64_t count);
enum base_status kern_sha256d_search_avx2(void *scratch, struct kern_find *finds, size_t cap,
                                          size_t *find_count, uint64_t *tried,
                                          const struct kern_work *work, uint64_t first,
                                          uint64_t count);
enum base_status kern_sha256d_search_sse2(void *scratch, struct kern_find *finds, size_t cap,
                                          size_t *find_count, uint64_t *tried,
                                          const struct kern_work *work, uint64_t first,
                                          uint64_t count);
enum base_status kern_sha256d_search_neon(void *scratch, struct kern_find *finds, size_t cap,
                                          size_t *find_count, uint64_t *tried,
                                          const struct kern_work *work, uint64_t first,
                                          uint64_t count);
enum base_status kern_sha256d_search_portable(void *scratch, struct kern_find *finds, size_t cap,
                                              size_t *find_count, uint64_t *tried,
                                              const struct kern_work *work, uint64_t first,
                                              uint64_t count);

#endif

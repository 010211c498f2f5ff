/* job.h: the private side of a job: what its protocol needs to hand a find in. The public side is
 * struct pool_job in pool.h, its first member. */
#ifndef POOL_JOB_H
#define POOL_JOB_H

#include <stdatomic.h>

#include "pool.h"
#include "wire/bounds.h"

/* What a submission to a pool repeats of its job; what a family has no use for is zero. */
struct pool_ticket {
    char id[POOL_JOB_ID_MAX + 1]; /* the pool's job id, NUL-ended */
    bool id_is_number;            /* the id came as a JSON integer and goes back as one */
    bool positional;              /* the job came as an array, and the submission is one too; with
                                     Ergo: it came in the form of nine members */
    uint32_t ntime;
    uint32_t version;
    uint8_t extranonce1[POOL_EXTRANONCE1_MAX];
    uint8_t extranonce2[POOL_EXTRANONCE_MAX];
    size_t extranonce1_size; /* bytes */
    size_t extranonce2_size;
};

/* Bytes that several jobs share: a template's transactions. Counted; immutable once a job has it.
 */
struct pool_blob {
    atomic_uint refs;
    size_t size; /* bytes */
    uint8_t bytes[];
};

/* Immutable once published, but for the counter. */
struct pool_job_full {
    struct pool_job job; /* first: the public pointer is the private one */
    atomic_uint refs;
    unsigned server;           /* index of the server it came from */
    uint64_t series;           /* templates that are good together: a clean one begins the next */
    uint8_t parent[32];        /* names the block that it builds on; pools: only where sessions are
                                  resumed */
    struct pool_ticket ticket; /* pools */
    struct pool_blob *blob;    /* a reference, dropped with the job; NULL: none */
    struct pool_blob *pieces;  /* likewise: what the family needs to give the job another nonce
                                  space for a client (host.h); NULL: nothing */
    size_t txs_size;           /* bytes in txs */
    uint8_t txs[];             /* nodes: what a block has between header and blob */
};

/** New job with one reference and txs_size bytes of txs (copied; NULL when 0), everything else
 * zero. NULL when there is no memory. Publish as const; drop with pool_job_unref. */
struct pool_job_full *pool_job_new(const uint8_t *txs, size_t txs_size);

/** Blob of size bytes with one reference, for the caller to fill; NULL when there is no memory. Add
 * and drop a reference; NULL is fine for both. */
struct pool_blob *pool_blob_new(size_t size);
struct pool_blob *pool_blob_ref(struct pool_blob *blob);
void pool_blob_unref(struct pool_blob *blob);

/** The private side of a public job. */
const struct pool_job_full *pool_job_full(const struct pool_job *job);

#endif

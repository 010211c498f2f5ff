/* sha256d.cl: search of SHA-256(SHA-256(header)) on a device, OpenCL C 1.2; a piece behind
 * header80.cl and sha256.cl. Facts: README.md here. The host did the first block and rounds 0 to 2 of
 * the second; compilers fold the words of the padding. */
#ifndef KERN_SHA256D_LAYOUT_H
#include "sha256d_layout.h"
#endif

void hash(__constant const uint *job, WORD nonce, WORD n[8])
{
    /* before round 3 the word called a is v5 */
    WORD v5 = job[JOB_FRONT], v6 = job[JOB_FRONT + 1], v7 = job[JOB_FRONT + 2];
    WORD v0 = job[JOB_FRONT + 3], v1 = job[JOB_FRONT + 4], v2 = job[JOB_FRONT + 5];
    WORD v3 = job[JOB_FRONT + 6], v4 = job[JOB_FRONT + 7];
    WORD w0 = job[JOB_TAIL], w1 = job[JOB_TAIL + 1], w2 = job[JOB_TAIL + 2], w3 = SWAP(nonce);
    WORD w4 = 0x80000000U, w5 = 0U, w6 = 0U, w7 = 0U, w8 = 0U, w9 = 0U, w10 = 0U, w11 = 0U;
    WORD w12 = 0U, w13 = 0U, w14 = 0U, w15 = 640U;
    SHA256_ROUNDS_3_TO_15
    SHA256_ROUNDS_16_TO_63

    w0 = v0 + job[JOB_MIDSTATE];
    w1 = v1 + job[JOB_MIDSTATE + 1];
    w2 = v2 + job[JOB_MIDSTATE + 2];
    w3 = v3 + job[JOB_MIDSTATE + 3];
    w4 = v4 + job[JOB_MIDSTATE + 4];
    w5 = v5 + job[JOB_MIDSTATE + 5];
    w6 = v6 + job[JOB_MIDSTATE + 6];
    w7 = v7 + job[JOB_MIDSTATE + 7];
    w8 = 0x80000000U;
    w9 = 0U;
    w10 = 0U;
    w11 = 0U;
    w12 = 0U;
    w13 = 0U;
    w14 = 0U;
    w15 = 256U;
    SHA256_START
    SHA256_ROUNDS
    SHA256_NUMBER(n, SHA256_IV)
}

HEADER80_KERNEL(sha256d_search)

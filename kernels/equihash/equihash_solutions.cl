/* equihash_solutions.cl: from candidates to finds: the last two passes of equihash.cl, behind which
 * this piece stands. */
/* Parents of a row: places in the list before. */
INLINE uint2 parents(uint reference, int list)
{
    const uint bucket = reference >> PAIR_BITS;
    const uint pair = reference & ((1U << PAIR_BITS) - 1);
    uint a = 0; /* the largest with a * (a - 1) / 2 <= pair */
    for (uint bit = 1U << 13; bit > 0; bit >>= 1) {
        const uint more = a + bit;
        a = more * (more - 1) / 2 <= pair ? more : a;
    }
    const uint b = pair - a * (a - 1) / 2;
    const uint most = SLOTS(list) - 1; /* whatever faulty memory says, the places exist */
    return (uint2)(bucket * SLOTS(list) + min(a, most), bucket * SLOTS(list) + min(b, most));
}

/* All rows of a level differ. */
INLINE bool repeats(__local const uint *rows, uint count)
{
    bool same = false;
    for (uint i = (uint)get_local_id(0); i < count; i += LOCAL_SIZE) {
        for (uint j = 0; j < i; j++) {
            same = same || rows[i] == rows[j];
        }
    }
    return same;
}

/* From a candidate to the INDICES indices of its tree, in tree[K % 2]. Returns false, for all items
 * of the group, when a row or an index stands in it twice. */
INLINE bool expand(__local uint tree[2][INDICES], __local uint *repeated, uint candidate,
                   uint nonce, __global uint *heap0, __global uint *heap1, __global uint *heap2)
{
    const uint item = (uint)get_local_id(0);
    bool alive = true;
    uint count = 2;
    barrier(CLK_LOCAL_MEM_FENCE); /* the candidate before is finished */
    if (item == 0) {
        const uint2 pair = parents(candidate, K - 1);
        tree[0][0] = pair.s0;
        tree[0][1] = pair.s1;
        *repeated = 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int level = 0; level < K; level++) {
        const int list = K - 1 - level;
        __local const uint *from = tree[level % 2];
        __local uint *to = tree[(level + 1) % 2];
        if (alive && repeats(from, count)) {
            *repeated = 1;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        alive = *repeated == 0;
        for (uint i = item; i < count && alive; i += LOCAL_SIZE) {
            const uint reference = load_reference(LIST_AT(nonce, list), list, from[i]);
            if (list == 0) {
                to[i] = reference;
            } else {
                const uint2 pair = parents(reference, list - 1);
                to[2 * i] = pair.s0;
                to[2 * i + 1] = pair.s1;
            }
        }
        count = list == 0 ? count : 2 * count;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (alive && repeats(tree[K % 2], INDICES)) {
        *repeated = 1;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    return *repeated == 0;
}

/* At every node the child whose first index is smaller goes to the left. From tree[K % 2] to
 * tree[0]: K times from one half to the other. */
INLINE void order(__local uint tree[2][INDICES])
{
    for (uint height = 0; height < K; height++) {
        __local const uint *from = tree[(K - height) % 2];
        __local uint *to = tree[(K - height + 1) % 2];
        for (uint i = (uint)get_local_id(0); i < INDICES / 2; i += LOCAL_SIZE) {
            const uint first = i >> height << (height + 1);
            const uint left = first + (i & ((1U << height) - 1));
            const uint size = 1U << height;
            const bool swap = from[first] > from[first + size];
            to[left] = from[swap ? left + size : left];
            to[left + size] = from[swap ? left : left + size];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* Word j of the encoding: INDEX_BITS bits an index, the most significant first. */
INLINE uint packed_word(__local const uint *indices, uint j)
{
    uint i = 32 * j / INDEX_BITS;
    uint bits = INDEX_BITS - 32 * j % INDEX_BITS;
    ulong value = indices[i] & ((1U << bits) - 1);
    for (; bits < 32; bits += INDEX_BITS) {
        value = value << INDEX_BITS | indices[++i];
    }
    return (uint)(value >> (bits - 32));
}

/* What is hashed of a block from byte 128 on: end of the header, length of the solution, solution,
 * padding. before, here: the words of the solution that word i is made of. */
#define LENGTH_BYTES (SOLUTION_BYTES > 252 ? 3 : 1)
#define LENGTH /* as the block has it, read big-endian */                                          \
    (SOLUTION_BYTES > 252 ? 0xfd0000U | (SOLUTION_BYTES & 255) << 8 | SOLUTION_BYTES >> 8          \
                          : SOLUTION_BYTES)
INLINE uint message_word(__constant const uint *job, uint2 counter, __local const uint *indices,
                         uint i)
{
    if (i < 3) {
        return swapped(i == 0 ? job[JOB_TAIL] : i == 1 ? counter.s0 : counter.s1);
    }
    if (i == MESSAGE_WORDS_OF(SOLUTION_BYTES) - 1) {
        return 8 * BLOCK_BYTES(SOLUTION_BYTES);
    }
    const uint at = i - 3;
    const uint before = at == 0                   ? LENGTH
                        : at < SOLUTION_WORDS + 1 ? packed_word(indices, at - 1)
                        : at < SOLUTION_WORDS + 2 ? 0x80000000U
                                                  : 0;
    const uint here = at < SOLUTION_WORDS       ? packed_word(indices, at)
                      : at < SOLUTION_WORDS + 1 ? 0x80000000U
                                                : 0;
    return before << (32 - 8 * LENGTH_BYTES) | here >> (8 * LENGTH_BYTES);
}

__kernel GROUP_OF_LOCAL_SIZE void equihash_solutions(ARGUMENTS)
{
    __local uint tree[2][INDICES];
    __local uint repeated;
    __local uint place;
    __local uint seen[1];
    BEGIN
    const uint item = (uint)get_local_id(0);
    const uint nonce = (uint)get_group_id(0) / SOLUTION_GROUPS;
    const uint group = (uint)get_group_id(0) % SOLUTION_GROUPS;
    const uint2 counter = counter_of(first_low, first_high, nonce);
    __global uint *own = counts_of(counts, nonce);
    if (item == 0) { /* one of a group says for all whether it is stopped */
        const uint candidates = own[CANDIDATE_COUNT(K, B)];
        seen[0] = stopped ? 0 : min(candidates, (uint)CANDIDATES_MAX);
        if (candidates > CANDIDATES_MAX && group == 0) {
            atomic_add(result + RESULT_LOST, candidates - CANDIDATES_MAX);
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = group; i < seen[0]; i += SOLUTION_GROUPS) {
        if (!expand(tree, &repeated, own[CANDIDATES(K, B) + i], nonce, heap0, heap1, heap2)) {
            continue;
        }
        order(tree);
        if (item == 0) {
            place = atomic_inc(own + SOLUTION_COUNT(K, B));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (place < SOLUTIONS_MAX) {
            __global uint *message = own + MESSAGES(K, B) + place * MESSAGE_WORDS_MAX;
            for (uint j = item; j < MESSAGE_WORDS_OF(SOLUTION_BYTES); j += LOCAL_SIZE) {
                message[j] = message_word(job, counter, tree[0], j);
            }
        }
    }
}

/* ---- hashes ------------------------------------------------------------------------------ */

__constant const uint sha256_constants[64] = {SHA256_CONSTANTS};

/* A block of a message becomes w0..w15. */
#define LOAD_BLOCK(m)                                                                              \
    w0 = m[0], w1 = m[1], w2 = m[2], w3 = m[3], w4 = m[4], w5 = m[5], w6 = m[6], w7 = m[7],        \
    w8 = m[8], w9 = m[9], w10 = m[10], w11 = m[11], w12 = m[12], w13 = m[13], w14 = m[14],         \
    w15 = m[15];

/* SHA-256 twice, from byte 128 on: the number that is compared, its most significant word first. */
INLINE void block_hash(uint *number, __constant const uint *job, __global const uint *message)
{
    uint s[16];
    uint v0, v1, v2, v3, v4, v5, v6, v7;
    uint w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15;
    for (int i = 0; i < 8; i++) {
        s[i] = job[JOB_SHA_STATE + i];
    }
#pragma unroll 1
    for (uint block = 0; block <= MESSAGE_WORDS_OF(SOLUTION_BYTES) / 16; block++) {
        if (block < MESSAGE_WORDS_OF(SOLUTION_BYTES) / 16) {
            __global const uint *m = message + 16 * block;
            LOAD_BLOCK(m)
        } else { /* the digest, hashed again */
            s[8] = 0x80000000U;
            s[9] = s[10] = s[11] = s[12] = s[13] = s[14] = 0;
            s[15] = 256;
            LOAD_BLOCK(s)
            SHA256_START
            s[0] = v0;
            s[1] = v1;
            s[2] = v2;
            s[3] = v3;
            s[4] = v4;
            s[5] = v5;
            s[6] = v6;
            s[7] = v7;
        }
        v0 = s[0];
        v1 = s[1];
        v2 = s[2];
        v3 = s[3];
        v4 = s[4];
        v5 = s[5];
        v6 = s[6];
        v7 = s[7];
#pragma unroll 1
        for (int i = 0; i < 64; i += 16) {
            if (i > 0) {
                SHA256_SIXTEEN_NEXT
            }
            SHA256_SIXTEEN(sha256_constants + i)
        }
        s[0] += v0;
        s[1] += v1;
        s[2] += v2;
        s[3] += v3;
        s[4] += v4;
        s[5] += v5;
        s[6] += v6;
        s[7] += v7;
    }
    for (int i = 0; i < 8; i++) {
        number[i] = swapped(s[7 - i]);
    }
}

INLINE bool meets(__constant const uint *job, const uint *number)
{
    for (int i = 0; i < 8; i++) {
        if (number[i] != job[JOB_TARGET + i]) {
            return number[i] < job[JOB_TARGET + i];
        }
    }
    return true;
}

__kernel void equihash_hashes(ARGUMENTS)
{
    BEGIN
    const uint nonce = (uint)get_global_id(0) / SOLUTIONS_MAX;
    const uint place = (uint)get_global_id(0) % SOLUTIONS_MAX;
    __global const uint *own = counts_of(counts, nonce);
    __global const uint *message = own + MESSAGES(K, B) + place * MESSAGE_WORDS_MAX;
    uint number[8];
    if (nonce > last || stopped || place >= own[SOLUTION_COUNT(K, B)]) {
        return;
    }
    atomic_inc(result + RESULT_UNITS);
    block_hash(number, job, message);
    if (!meets(job, number)) {
        return;
    }
    const uint slot = atomic_inc(result + RESULT_COUNT);
    if (slot < RESULT_SLOTS) {
        __global uint *find = result + RESULT_FIRST_SLOT + slot * (1 + SOLUTION_WORDS_MAX);
        find[0] = round_offset + nonce;
        find[1] = SOLUTION_BYTES;
        for (uint j = 0; j < SOLUTION_WORDS_MAX - 1; j++) {
            find[2 + j] = j < SOLUTION_WORDS ? message[3 + j] << (8 * LENGTH_BYTES) |
                                                   message[4 + j] >> (32 - 8 * LENGTH_BYTES)
                                             : 0;
        }
    }
}

/* equihash.c: the row of Equihash for headers of Zcash's form: layout, search through a solver,
 * block hash, variants, known answers. */
#include "equihash/equihash.h"

#include <string.h>

#include "base/endian.h"
#include "base/target.h"
#include "equihash/equihash_state.h"
#include "prim/sha256.h"

enum {
    COUNTER_OFFSET = 132, /* the nonce's last 8 bytes: what BLAKE2b made of bytes 0..127 stays */
    COUNTER_SIZE = 8,
    LENGTH_MAX = 3,         /* bytes of a solution's length in a block */
    LENGTH_SHORT_MAX = 252, /* the largest length that takes one byte */
    LENGTH_IN_2_BYTES = 0xfd,
};

/* Parameters of a size, by kern_work.reduced; in the order of equihash_solvers. */
static const struct {
    uint32_t reduced;
    uint32_t n;
    uint32_t k;
} sizes[EQUIHASH_SIZES] = {{0, 200, 9}, {96, 96, 5}, {48, 48, 5}};

/* Index into sizes; EQUIHASH_SIZES where the value means nothing. */
static size_t size_of(uint32_t reduced)
{
    size_t i = 0;
    while (i < EQUIHASH_SIZES && sizes[i].reduced != reduced) {
        i++;
    }
    return i;
}

enum base_status equihash_init_reduced(struct kern_equihash *equihash, uint32_t reduced)
{
    size_t size = size_of(reduced);
    return size < EQUIHASH_SIZES ? kern_equihash_init(equihash, sizes[size].n, sizes[size].k, NULL)
                                 : BASE_E_UNSUPPORTED;
}

static void put_counter(uint8_t *header, uint64_t counter)
{
    base_store_le64(header + COUNTER_OFFSET, counter);
}

/* SHA-256 twice over header, length of the solution and solution, read as a little-endian number:
 * KomodoPlatform/komodo src/primitives/block.cpp GetHash, src/pow.cpp CheckProofOfWork. */
static void block_hash(uint8_t hash_be[32], const uint8_t header[KERN_EQUIHASH_HEADER_SIZE],
                       const uint8_t *solution, size_t solution_size)
{
    uint8_t block[KERN_EQUIHASH_HEADER_SIZE + LENGTH_MAX + KERN_EQUIHASH_SOLUTION_MAX];
    uint8_t inner[PRIM_SHA256_SIZE];
    uint8_t hash[PRIM_SHA256_SIZE];
    uint8_t *to = block + KERN_EQUIHASH_HEADER_SIZE;
    memcpy(block, header, KERN_EQUIHASH_HEADER_SIZE);
    if (solution_size > LENGTH_SHORT_MAX) {
        *to++ = LENGTH_IN_2_BYTES;
        *to++ = (uint8_t)solution_size;
        *to++ = (uint8_t)(solution_size >> 8);
    } else {
        *to++ = (uint8_t)solution_size;
    }
    memcpy(to, solution, solution_size);
    prim_sha256(inner, block, (size_t)(to - block) + solution_size);
    prim_sha256(hash, inner, sizeof inner);
    for (size_t i = 0; i < sizeof hash; i++) {
        hash_be[i] = hash[sizeof hash - 1 - i];
    }
}

static enum base_status hash_work(uint8_t hash_be[32], const struct kern_work *work,
                                  const uint8_t *solution, size_t solution_size)
{
    struct kern_equihash equihash;
    if (equihash_init_reduced(&equihash, work->reduced) != BASE_OK) {
        return BASE_E_MISMATCH;
    }
    enum base_status status = kern_equihash_verify(
        &equihash, NULL, work->header, KERN_EQUIHASH_HEADER_SIZE, solution, solution_size);
    if (status == BASE_OK) {
        block_hash(hash_be, work->header, solution, solution_size);
    }
    return status;
}

/* Solutions in the order of their bytes: devices, which find them in any order, give the same. */
static void sort_solutions(const uint8_t *sorted[KERN_EQUIHASH_SOLUTIONS_MAX],
                           const uint8_t *solutions, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *solution = solutions + i * KERN_EQUIHASH_SOLUTION_MAX;
        size_t at = i;
        for (; at > 0 && memcmp(solution, sorted[at - 1], size) < 0; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = solution;
    }
}

/* Solve one nonce; solutions that meet the target are added to finds.
 * Returns: BASE_OK; BASE_E_STOPPED: finds and progress are as they were; BASE_E_RANGE: never, the
 *          input has a size that solvers take. */
static enum base_status solve(const struct kern_equihash_solver *solver, void *scratch,
                              struct kern_finds *finds, struct kern_progress *progress,
                              const struct kern_work *work, uint64_t counter,
                              const struct kern_stop *stop)
{
    uint8_t header[KERN_EQUIHASH_HEADER_SIZE];
    size_t count = 0;
    memcpy(header, work->header, sizeof header);
    put_counter(header, counter);
    enum base_status status = solver->start(scratch, header, sizeof header);
    if (status != BASE_OK) {
        return status;
    }
    do {
        if (kern_stopped(stop)) {
            return BASE_E_STOPPED;
        }
    } while (solver->step(scratch));
    const uint8_t *sorted[KERN_EQUIHASH_SOLUTIONS_MAX];
    const uint8_t *solutions = kern_equihash_solutions(scratch, &count);
    size_t size = kern_equihash_solution_size(scratch);
    sort_solutions(sorted, solutions, count, size);
    for (size_t i = 0; i < count; i++) {
        uint8_t hash[32];
        block_hash(hash, header, sorted[i], size);
        if (base_target_meets(hash, work->target_be)) {
            kern_finds_add(finds, counter, sorted[i], size);
        }
    }
    progress->tried += 1;
    progress->units += count;
    return BASE_OK;
}

enum base_status equihash_search(const struct kern_equihash_solver *const solvers[EQUIHASH_SIZES],
                                 void *scratch, struct kern_finds *finds,
                                 struct kern_progress *progress, const struct kern_work *work,
                                 uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    enum base_status status = BASE_OK;
    size_t size = size_of(work->reduced);
    if (size == EQUIHASH_SIZES) {
        return BASE_E_ARG;
    }
    while (status == BASE_OK && progress->tried < count) {
        if (kern_finds_room(finds) < KERN_EQUIHASH_SOLUTIONS_MAX) {
            return BASE_E_FULL;
        }
        status =
            solve(solvers[size], scratch, finds, progress, work, first + progress->tried, stop);
    }
    return status;
}

/* ---- stages ---------------------------------------------------------------------------------- */

/* Smaller parameters than 200,9 have fewer lists. */
static const char *const stage_names[] = {"BLAKE2b", "list 1",     "list 2", "list 3",
                                          "list 4",  "list 5",     "list 6", "list 7",
                                          "list 8",  "last round", "trees"};

enum { STAGES = BASE_COUNT_OF(stage_names), LAST_ROUND = STAGES - 2 };

/* The solver of a variant for the size of a work. NULL: the size means nothing. */
static const struct kern_equihash_solver *solver_of(const struct kern_variant *variant,
                                                    const struct kern_work *work)
{
    size_t size = size_of(work->reduced);
    size_t count = 0;
    if (size == EQUIHASH_SIZES) {
        return NULL;
    }
    const struct kern_equihash_solver *const *solvers =
        kern_equihash_solvers(sizes[size].n, sizes[size].k, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(solvers[i]->name, variant->name) == 0) {
            return solvers[i];
        }
    }
    return NULL;
}

static enum base_status stage_start(void *scratch, const struct kern_variant *variant,
                                    const struct kern_work *work, uint64_t counter)
{
    const struct kern_equihash_solver *solver = solver_of(variant, work);
    uint8_t header[KERN_EQUIHASH_HEADER_SIZE];
    if (solver == NULL) {
        return BASE_E_ARG;
    }
    memcpy(header, work->header, sizeof header);
    put_counter(header, counter);
    return solver->start(scratch, header, sizeof header);
}

static size_t stage_step(void *scratch, const struct kern_variant *variant,
                         const struct kern_work *work)
{
    const struct kern_equihash_solver *solver = solver_of(variant, work);
    unsigned stage = kern_equihash_stage(scratch);
    if (stage > solver->k + 1) {
        return STAGES;
    }
    (void)solver->step(scratch);
    return stage < solver->k ? stage : LAST_ROUND + stage - solver->k;
}

/* Each list is written once and read once; lines are read before they are written, and references
 * are copied from list to list. A BLAKE2b compression has 12 rounds of 8 times 14 operations, less
 * the message words that are zero, or 2 more where a rotation by 63 bits takes three. */
static void stage_load(uint64_t *bytes, uint64_t *operations, const void *scratch,
                       const struct kern_variant *variant, const struct kern_work *work,
                       size_t stage)
{
    enum { COMPRESSION = 1200, LONG_ROTATIONS = 12 * 8 * 2 };
    static const struct equihash_shape *const shapes[EQUIHASH_SIZES] = {
        &equihash_shape_200_9, &equihash_shape_96_5, &equihash_shape_48_5};
    size_t size = size_of(work->reduced);
    BASE_ASSERT(size < EQUIHASH_SIZES); /* start has taken it */
    const struct equihash_shape *shape = shapes[size];
    struct kern_equihash_stats stats;
    bool wide = strcmp(variant->name, "avx512") == 0;
    bool scalar = strcmp(variant->name, "portable") == 0;
    uint64_t ways = wide ? 8 : scalar ? 1 : strcmp(variant->name, "avx2") == 0 ? 4 : 2;
    uint64_t per_call = COMPRESSION + (wide || scalar ? 0 : LONG_ROTATIONS);
    kern_equihash_stats(scratch, &stats);
    *bytes = 0;
    *operations = stage == 0 ? stats.rows[0] / (512 / shape->n) / ways * per_call : 0;
    if (stage < shape->k) {
        *bytes += 2 * (uint64_t)stats.rows[stage] * equihash_stride(shape, (unsigned)stage);
    }
    unsigned read = stage == LAST_ROUND ? shape->k : stage < shape->k ? (unsigned)stage : 0;
    if (read > 0) {
        uint64_t references = stage == LAST_ROUND ? 0 : 2 * EQUIHASH_REFERENCE_SIZE;
        *bytes += (uint64_t)stats.rows[read - 1] * (equihash_stride(shape, read - 1) + references);
    }
}

static const struct kern_stages stages = {
    .count = STAGES,
    .names = stage_names,
    .start = stage_start,
    .step = stage_step,
    .load = stage_load,
};

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_equihash_avx512,
    &kern_equihash_avx2,
    &kern_equihash_sse41,
#elif defined(__aarch64__)
    &kern_equihash_neon,
#endif
    &kern_equihash_portable,
};

/* Blocks of the chains named, with their published hashes: tests/data/komodo.json. */
static const struct kern_answer answers[] = {
    {.label = "200,9: Komodo mainnet block 491000",
     .header_hex =
         "04000000f8bd22020f37ae86709ca47d366c56f800ccbd098133c8cbae8a27a100000000849eec0b730c"
         "3c1322efdb1b6a1cc06402713ffc518976986a7b3f245e57020500000000000000000000000000000000"
         "00000000000000000000000000000000ed6eb859e3051d1d180013875d5b061900000000000000000000"
         "0000000000000000000000000000",
     .hash_hex = "0000001238a01698491b73cf3c64282d64f02f50b9da22b220bdb0791819caee",
     .solution_hex =
         "006cd8a387156198e9abd481895536c2de57d7d9f004c3936e13da8211620be1d8d341b73f64171e2da4"
         "0266d5d6a100b837b668c34b9c3d6742866ed4bfbf263b5ea1191460b70b36973baa73255b6d291cd869"
         "04b32abe9d8f16ac8037a0fb87dba7bdc67c6fb1e2077d198bb4c6cf3b5ac7e2dc0dba4dae491053ebde"
         "2545b13621a7d11bc93f747b906660bf2f38df75ca2cae937532ddf2a36319a99689e45ea30e84dba822"
         "0085e387f651bda1c31721e92496008d51813ca53220984b135ada5d63567d957ea4326ce5f32a98c1d6"
         "03f5d51b19a88b7dfffc7231a31cc46912630b5ff03501bdd4709e64cb7b71d58bb7f4718168473fc4cb"
         "0be476f5c372d833d4a3038e1f35c6b92e037d95b514601f8d54d0b015f5e492375ea5d33cb5fde98af0"
         "14195346a72022012137d2239e5ea7dd704eb4c6222f78ab2755d04c8eb5c05baf366bc71f2a34fbb8b9"
         "031a732c7094d21bd96c57ed85f0b80a3fe519cd522427d499dee85bff6ac4128108a83f94dd2370c561"
         "06718639b7a65fa59c2f5599b2f0c3f76d4f5b76765ada8fcf02ed44dfa4e8266b20c0c302439672bfd1"
         "06c81688116de101ae8be6c8607f2ea2e5983dbfae1aa51cc0a3e8690f4ef5c303d87920cece025f7896"
         "0fb39159f9ceee78b79f92b91e9d1bb50b0b5878ad30995350358fa428884733f338b1c039cbfc7bd8e9"
         "04d8340ee354c042f865c35ae15acb25d82db1ea336c864bbda023c4af38d2da365953cbc33fae7e48a5"
         "051d3a84655c455747be22cbfb6b22dd597015c167317d720ff025bb87f5e2a32ca2b6a0fd0b6d68e8dc"
         "0764ff940298ae195fd1024f5a76b7255b7459d6f228a65ccff210cc8d47bd488c52d939962913bd9827"
         "0f27116ce38d3500f9e511fd1136912d345d396d511252b19e6fd4969fd1e285322e5a52cdeac9d9b4c8"
         "0081acca6c85a70ddad414e6a2e3da9aad73bbf5eb4cf22293695aebd1647f94dae8cfa981b90f30d603"
         "0992e4f05047a27b8bf2c666ed3c16e2478fd5f7282e4d92b00b4e9414d918d3cefcad927d9b0ff04570"
         "07ca0549948249d37d03f2cc0dea92596c9a7843c61e62ad11ebf93a1dccbb620c269c8a79060f1da267"
         "211f1e27718df840fa29393ebcf057cea159590ad63f9dbf10b9b842b3c69ed41837bf1565b769314fa2"
         "01d91b261008b425988e226e43d5a222682d3cfaac13840ea955e9a9f970a5950a8fca9665b86ed85198"
         "0be324682553b144f6ad714b14246f6d48d81fb0121a8bc30550cdbd199bed5296bc41d4b1fc5a1fd1ff"
         "02fbc2fa46de474561226182c1c35e3e24e79df3941a04dd5ddf4f5feba71811d313f10ec5597e8ed948"
         "1a8604964a6077e756b02288912af76d055952bd594281baf7a0b0beede1bae5b3d57b258edecabfc100"
         "02997979caeca65371be202d70f5b73b2fcd9b4d5005f4192a5427b709c38512d7ee5b1e532d21fad369"
         "0e0fec17c05e41a944fda4e8d7ddea4672f37f06eb13ae4ec8784c9123ceb701437797620e8231353ffa"
         "04493dc6ab56bab16fd793c249ec0672cddb9a63f54f66fc644219731f676275d64a3d4c9de89319322c"
         "14bd9e6168458277aaddb38919b503253c587b234b2455f67b8a0d3581f10dd4e435fd2dda79b593e4a7"
         "05804f7985a3f043effc04ed55bbcfbd5f64f0f4352d384af770d783637180562b4a374625909b9d3bb6"
         "13e6ad3abe914c7d8e68936097fe99719bd4775a23246891a1f7f82143dea7b966c4eb3912fdc05f81a0"
         "29f5b99835d33c6178f648daad786e72f68b1d3b3c48a644a6cce4c1e545853798f76a71425d98395047"
         "33a31edad194ac150dd705a7ab5bbe3e5ca2d495d058f4bc7f316f1d17805f9775436fc8a339fb7c4fa1",
     .reduced = 0},
    {.label = "96,5: Minexcoin mainnet block 170999",
     .header_hex =
         "000000204b557e4be6e5a4ca0a1c3a191f5aed24098a06c546eeb5a8f5e96c23000000008cd84219898f"
         "4ef799aeb4aefa10da720d3a7310d36b04b318387c83c9d94a6b00000000000000000000000000000000"
         "00000000000000000000000000000000bbde525b28063e1c4fffffe40000000000000000000000000000"
         "000000000000000000048c8ba09b",
     .hash_hex = "000000000306a0d2c7195523a39fb0aaa20a5a91261f8db96644bf44d80f7755",
     .solution_hex =
         "01296fc9576e53e325bf0e2d0688f7b05e42e8775bea3f9f492676dc9352d42381060f936b1e1abb9146"
         "c6d73f9f321617602e51e8b6d2ecc93fcf37b0ce6f972eb1b2ee",
     .reduced = 96},
    {.label = "48,5: Komodo regtest genesis block",
     .header_hex =
         "040000000000000000000000000000000000000000000000000000000000000000000000db4d7a85b768"
         "123f1dff1d4c4cece70083b2d27e117b4ac2e31d087988a5eac400000000000000000000000000000000"
         "00000000000000000000000000000000dae5494d0f0f0f20090000000000000000000000000000000000"
         "0000000000000000000000000000",
     .hash_hex = "029f11d80ef9765602235e1bc9727e3eb6ba20839319f761fee920d63401e327",
     .solution_hex = "01936b7db1eb4ac39f151b8704642d0a8bda13ec547d54cd5e43ba142fc6d8877cab07b3",
     .reduced = 48},
};

const struct kern_algo kern_equihash_row = {
    .name = "equihash",
    .title = "Komodo (Equihash 200,9)",
    .unit = "Sol",
    .header_size = KERN_EQUIHASH_HEADER_SIZE,
    .nonce_offset = KERN_EQUIHASH_NONCE_OFFSET,
    .nonce_size = KERN_EQUIHASH_NONCE_SIZE,
    .counter_offset = COUNTER_OFFSET,
    .counter_size = COUNTER_SIZE,
    .chains = 1,
    .solution_size = KERN_EQUIHASH_SOLUTION_MAX,
    .finds_per_nonce = KERN_EQUIHASH_SOLUTIONS_MAX,
    .scratch_size = sizeof(struct equihash_state) + EQUIHASH_ARENA_200_9, /* reduced ones fit */
    .put_counter = put_counter,
    .stages = &stages,
    .hash = hash_work,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_equihash_cl_row,
};

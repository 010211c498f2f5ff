/* test_devnet_node.c: the node port of the development network over real sockets, through a small
 * client that is written here from the protocol's description and shares no code with pool/. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/target.h"
#include "loop.h"

enum { FRAME_MAX = 8192, HEADER = 302 };

/* One job as the wire brought it. */
struct job {
    uint8_t header[HEADER];
    uint8_t target[33];
    uint32_t target_size;
    uint32_t height;
};

struct result {
    unsigned from;
    unsigned to;
    uint8_t hash[32];
    bool taken;
};

static struct pool_devnet *start_refreshing(unsigned version, double start_hashes,
                                            uint32_t refresh_ms)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {0};
    pool_devnet_defaults(&config);
    config.node_version = version;
    config.refresh_ms = refresh_ms;
    config.start_hashes = start_hashes;
    config.push_interval_ms = 20;
    config.seed = 11;
    config.hash = loop_nonce_is_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

static struct pool_devnet *start(unsigned version, double start_hashes)
{
    return start_refreshing(version, start_hashes, 0); /* 0: as usual */
}

/* Next frame, its length stripped. Returns the body's size. */
static size_t receive_frame(int fd, uint8_t body[FRAME_MAX])
{
    uint8_t length[4];
    loop_receive(fd, length, 4);
    size_t size = base_load_be32(length);
    assert_in_range(size, 2, FRAME_MAX);
    loop_receive(fd, body, size);
    return size;
}

static void parse_jobs(struct job jobs[16], const uint8_t *body, size_t size, unsigned version)
{
    size_t at = 0;
    if (version == 1) {
        assert_int_equal(body[at++], 1);
    }
    assert_int_equal(body[at++], 0);
    assert_int_equal(base_load_be32(body + at), 16);
    at += 4;
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(base_load_be32(body + at), i / 4);
        assert_int_equal(base_load_be32(body + at + 4), i % 4);
        assert_int_equal(base_load_be32(body + at + 8), HEADER);
        memcpy(jobs[i].header, body + at + 12, HEADER);
        at += 12 + HEADER;
        assert_int_equal(base_load_be32(body + at), 1);
        assert_int_equal(body[at + 4], 0);
        at += 5;
        jobs[i].target_size = base_load_be32(body + at);
        assert_in_range(jobs[i].target_size, 1, 33);
        memcpy(jobs[i].target, body + at + 4, jobs[i].target_size);
        at += 4 + jobs[i].target_size;
        if (version == 1) {
            jobs[i].height = base_load_be32(body + at);
            at += 4;
        }
    }
    assert_int_equal(at, size);
}

static void receive_jobs(int fd, struct job jobs[16], unsigned version)
{
    uint8_t body[FRAME_MAX];
    size_t size = receive_frame(fd, body);
    parse_jobs(jobs, body, size, version);
}

/* Next SubmitResult; sets of jobs on the way are put into jobs (may be NULL). */
static struct result receive_result(int fd, struct job jobs[16], unsigned version)
{
    struct result result = {0};
    struct job unused[16];
    uint8_t body[FRAME_MAX];
    for (;;) {
        size_t size = receive_frame(fd, body);
        if (body[version] == 0) {
            parse_jobs(jobs != NULL ? jobs : unused, body, size, version);
            continue;
        }
        assert_int_equal(size, version == 1 ? 43 : 10);
        const uint8_t *at = body + version + 1;
        result.from = base_load_be32(at);
        result.to = base_load_be32(at + 4);
        if (version == 1) {
            assert_int_equal(body[0], 1);
            memcpy(result.hash, at + 8, 32);
        }
        assert_true(body[size - 1] <= 1);
        result.taken = body[size - 1] == 1;
        return result;
    }
}

/* SubmitBlock frame with a nonce whose hash is `number` in bytes 8..15, of chain `chain`. */
static size_t make_submit(uint8_t frame[512], const struct job *job, uint64_t number,
                          unsigned chain, unsigned version)
{
    size_t size = 0;
    base_store_be32(frame, 333 - 1 + version);
    size += 4;
    if (version == 1) {
        frame[size++] = 1;
    }
    frame[size++] = 0;
    base_store_be32(frame + size, 327);
    size += 4;
    memset(frame + size, 0, 24);
    base_store_be64(frame + size + 8, number);
    frame[size + 23] = (uint8_t)chain;
    memcpy(frame + size + 24, job->header, HEADER);
    frame[size + 326] = 0;
    return size + 327;
}

static struct result submit(int fd, const struct job *job, uint64_t number, unsigned chain)
{
    uint8_t frame[512];
    size_t size = make_submit(frame, job, number, chain, 1);
    assert_int_equal(size, 337);
    loop_send(fd, frame, size);
    return receive_result(fd, NULL, 1);
}

static struct pool_devnet_stats stats_of(struct pool_devnet *devnet)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(devnet, &stats);
    return stats;
}

/* ---- tests --------------------------------------------------------------------------------- */

static void jobs_come_at_once_and_are_well_formed(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    receive_jobs(fd, jobs, 1);
    for (unsigned i = 0; i < 16; i++) {
        uint8_t field[32];
        uint8_t compact[32];
        assert_int_equal(jobs[i].header[0], 0);
        assert_int_equal(jobs[i].header[1], 7);
        assert_int_equal(jobs[i].height, 1);
        assert_int_equal(base_target_from_bytes(field, jobs[i].target, jobs[i].target_size),
                         BASE_OK);
        assert_int_equal(base_target_from_compact(compact, base_load_be32(jobs[i].header + 298)),
                         BASE_OK);
        assert_memory_equal(field, compact, 32);
        /* The own group's four deps are the same for the group's four jobs. */
        assert_memory_equal(jobs[i].header + 2 + 96, jobs[i & 12].header + 2 + 96, 128);
    }
    assert_false(loop_readable(fd, 100)); /* without a block there is no push */
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void targets_of_256_bits_take_33_bytes(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 16);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    receive_jobs(fd, jobs, 1);
    assert_int_equal(jobs[0].target_size, 33);
    assert_int_equal(jobs[0].target[0], 0);
    assert_int_equal(jobs[0].target[1], 0xff);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void a_block_is_accepted_and_pushed_to_everybody(void **state)
{
    (void)state;
    for (unsigned version = 0; version <= 1; version++) {
        struct pool_devnet *devnet = start(version, 0x1p20);
        int fd = loop_connect(pool_devnet_node_port(devnet));
        int other = loop_connect(pool_devnet_node_port(devnet));
        struct job jobs[16];
        struct job next[16];
        uint8_t frame[512];
        receive_jobs(fd, jobs, version);
        receive_jobs(other, next, version);
        assert_memory_equal(jobs[6].header, next[6].header, HEADER);
        size_t size = make_submit(frame, &jobs[6], 3, 6, version);
        loop_send(fd, frame, size);
        struct result result = receive_result(fd, NULL, version);
        assert_true(result.taken);
        assert_int_equal(result.from, 1);
        assert_int_equal(result.to, 2);
        receive_jobs(other, next, version);
        /* Its own job alone is new, and stands on the block: dep 3 + to. */
        for (unsigned i = 0; i < 16; i++) {
            assert_int_equal(memcmp(jobs[i].header, next[i].header, HEADER) == 0, i != 6);
        }
        uint8_t hash[32];
        loop_nonce_is_hash(hash, frame + 8 + version + 1);
        if (version == 1) {
            assert_memory_equal(result.hash, hash, 32);
            assert_int_equal(next[6].height, 2);
        }
        assert_memory_equal(next[6].header + 162, hash, 32);
        struct pool_devnet_stats stats = stats_of(devnet);
        assert_int_equal(stats.accepted[6], 1);
        assert_int_equal(stats.heights[6], 1);
        (void)close(fd);
        (void)close(other);
        pool_devnet_stop(devnet);
    }
}

static void bad_submissions_are_answered_and_counted(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    receive_jobs(fd, jobs, 1);

    struct result result = submit(fd, &jobs[6], 3, 7); /* wrong chain: answered with the hash's */
    assert_false(result.taken);
    assert_int_equal(result.to, 3);
    struct job changed = jobs[6];
    changed.header[200] ^= 1;
    assert_false(submit(fd, &changed, 3, 6).taken); /* unknown template */
    assert_false(submit(fd, &jobs[6], UINT64_MAX, 7).taken);
    uint8_t frame[512];
    size_t size = make_submit(frame, &jobs[6], 0, 6, 1);
    frame[10] = 0xff; /* nonce, and hash, begin with it */
    loop_send(fd, frame, size);
    assert_false(receive_result(fd, NULL, 1).taken);
    changed = jobs[8];
    changed.header[297] ^= 1; /* another timestamp finds the template, and costs it */
    assert_false(submit(fd, &changed, 3, 8).taken);
    assert_true(submit(fd, &jobs[6], 9, 6).taken); /* refused finds left the template usable */
    assert_false(submit(fd, &jobs[6], 9, 6).taken);
    assert_false(submit(fd, &jobs[6], 10, 6).taken);

    struct pool_devnet_stats stats = stats_of(devnet);
    assert_int_equal(stats.wrong_chain, 2);
    assert_int_equal(stats.unknown_template, 1);
    assert_int_equal(stats.above_target, 1);
    assert_int_equal(stats.wrong_timestamp, 1);
    assert_int_equal(stats.duplicates, 1);
    assert_int_equal(stats.refused[6], 1);
    assert_int_equal(stats.accepted[6], 1);
    assert_int_equal(stats.malformed, 0);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void the_last_byte_of_the_blob_is_dropped_unseen(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    uint8_t frame[512] = {0};
    receive_jobs(fd, jobs, 1);
    for (unsigned extra = 0; extra <= 2; extra += 2) { /* one byte too few, one too many */
        size_t size = make_submit(frame, &jobs[4], 1, 4, 1) - 1 + extra;
        base_store_be32(frame, (uint32_t)size - 4);
        base_store_be32(frame + 6, (uint32_t)size - 10);
        loop_send(fd, frame, size);
        assert_false(receive_result(fd, NULL, 1).taken);
    }
    size_t size = make_submit(frame, &jobs[4], 1, 4, 1);
    frame[size - 1] = 0xa5;
    loop_send(fd, frame, size);
    assert_true(receive_result(fd, NULL, 1).taken);
    assert_int_equal(stats_of(devnet).unknown_template, 2);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void late_finds_become_uncles(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start_refreshing(1, 0x1p20, 50);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job first[16];
    struct job jobs[16];
    receive_jobs(fd, first, 1);
    /* After its first block, chain 2 -> 3 gets a new template by age, too, with the next push. */
    assert_true(submit(fd, &first[11], 1, 11).taken);
    do {
        receive_jobs(fd, first, 1);
    } while (first[11].height < 2);
    unsigned blocks = 0;
    do {
        if (blocks < 11) { /* a block of another chain is the reason for a push */
            struct job other = first[blocks];
            assert_true(submit(fd, &other, 2, blocks).taken);
            blocks++;
        }
        receive_jobs(fd, jobs, 1);
    } while (memcmp(jobs[11].header, first[11].header, HEADER) == 0);
    assert_true(submit(fd, &jobs[11], 2, 11).taken);
    assert_true(submit(fd, &first[11], 3, 11).taken);
    struct pool_devnet_stats stats = stats_of(devnet);
    assert_int_equal(stats.accepted[11], 2);
    assert_int_equal(stats.uncles[11], 1);
    assert_int_equal(stats.heights[11], 2);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void frames_arrive_in_any_pieces(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    uint8_t frames[16 * 337];
    receive_jobs(fd, jobs, 1);
    uint8_t frame[512];
    size_t size = make_submit(frame, &jobs[0], 1, 15, 1); /* wrong chain: repeatable */
    for (size_t cut = 1; cut < size; cut++) {
        base_store_be64(frame + 18, cut); /* a nonce of its own */
        loop_send(fd, frame, cut);
        if (cut % 16 == 0) { /* surely in two reads; otherwise as it comes */
            LOOP_UNTIL(!loop_readable(fd, 0));
            loop_pause();
        }
        loop_send(fd, frame + cut, size - cut);
        assert_false(receive_result(fd, NULL, 1).taken);
    }
    for (size_t i = 0; i < size; i++) {
        loop_send(fd, frame + i, 1);
    }
    assert_false(receive_result(fd, NULL, 1).taken);
    for (unsigned i = 0; i < 16; i++) { /* sixteen frames in one write */
        (void)make_submit(frame, &jobs[i], 77, i, 1);
        memcpy(frames + 337UL * i, frame, 337);
    }
    loop_send(fd, frames, sizeof frames);
    for (unsigned i = 0; i < 16; i++) {
        struct result result = receive_result(fd, NULL, 1);
        assert_true(result.taken);
        assert_int_equal(4 * result.from + result.to, i);
    }
    assert_int_equal(stats_of(devnet).wrong_chain + stats_of(devnet).duplicates, size);
    assert_int_equal(stats_of(devnet).malformed, 0);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void after_a_malformed_frame_nothing_is_read_but_jobs_keep_coming(void **state)
{
    (void)state;
    static const uint8_t bad[][12] = {
        {0, 0, 0, 6, 0, 0, 0, 0, 0, 0},       /* version 0 */
        {0, 0, 0, 6, 2, 0, 0, 0, 0, 0},       /* version 2 */
        {0, 0, 0, 6, 1, 1, 0, 0, 0, 0},       /* a server's type */
        {0xff, 0xff, 0xff, 0xff, 1, 0},       /* negative */
        {0x7f, 0xff, 0xff, 0xff, 1, 0},       /* 2 GiB */
        {0, 0, 0, 8, 1, 0, 0, 0, 0, 9, 1, 1}, /* inner length beyond the frame */
        {0, 0, 0, 8, 1, 0, 0, 0, 0, 1, 1, 1}, /* surplus bytes in the frame */
        {0, 0, 0, 0},                         /* empty */
    };
    struct pool_devnet *devnet = start(1, 0x1p20);
    int good = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    receive_jobs(good, jobs, 1);
    for (unsigned i = 0; i < BASE_COUNT_OF(bad); i++) {
        int fd = loop_connect(pool_devnet_node_port(devnet));
        struct job unused[16];
        uint8_t frame[512];
        receive_jobs(fd, unused, 1);
        loop_send(fd, bad[i], sizeof bad[i]);
        size_t size = make_submit(frame, &jobs[i], 500 + i, i, 1);
        loop_send(fd, frame, size);
        LOOP_UNTIL(stats_of(devnet).malformed == i + 1);
        /* The same block over a good connection: taken, so the other was never read. */
        loop_send(good, frame, size);
        assert_true(receive_result(good, NULL, 1).taken);
        receive_jobs(fd, unused, 1); /* the push that follows */
        (void)close(fd);
    }
    (void)close(good);
    pool_devnet_stop(devnet);
}

static void pushes_keep_their_distance(void **state)
{
    (void)state;
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    pool_devnet_defaults(&config);
    config.push_interval_ms = 60000;
    config.hash = loop_nonce_is_hash;
    assert_int_equal(pool_devnet_start(&devnet, &config, NULL), BASE_OK);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    receive_jobs(fd, jobs, 1);
    assert_true(submit(fd, &jobs[1], 1, 1).taken); /* the first push may go out at once */
    receive_jobs(fd, jobs, 1);
    assert_int_equal(jobs[1].height, 2);
    for (unsigned i = 1; i < 16; i++) {
        assert_true(submit(fd, &jobs[i], 2, i).taken); /* no set of jobs in between */
    }
    assert_false(loop_readable(fd, 100));
    assert_int_equal(stats_of(devnet).pushes, 2);
    /* Who connects meanwhile gets what is known now. */
    int late = loop_connect(pool_devnet_node_port(devnet));
    receive_jobs(late, jobs, 1);
    assert_int_equal(jobs[1].height, 3);
    assert_int_equal(jobs[15].height, 2);
    (void)close(late);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void faults_do_what_they_say(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    struct pool_devnet_faults faults = {.silent_after = 1};
    struct base_error error = {0};
    struct job jobs[16];
    pool_devnet_set_faults(devnet, &faults);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    receive_jobs(fd, jobs, 1);
    assert_true(submit(fd, &jobs[1], 1, 1).taken);
    assert_false(loop_readable(fd, 100));

    faults = (struct pool_devnet_faults){.drop_answers = 1};
    pool_devnet_set_faults(devnet, &faults);
    uint8_t frame[512];
    size_t size = make_submit(frame, &jobs[2], 1, 2, 1);
    loop_send(fd, frame, size);
    LOOP_UNTIL(stats_of(devnet).accepted[2] == 1);

    faults = (struct pool_devnet_faults){.hold_answers_ms = 50};
    pool_devnet_set_faults(devnet, &faults);
    assert_true(submit(fd, &jobs[3], 1, 3).taken);

    faults = (struct pool_devnet_faults){.not_synced = 1};
    pool_devnet_set_faults(devnet, &faults);
    int other = loop_connect(pool_devnet_node_port(devnet));
    assert_int_equal(loop_wait_end(other), ECONNRESET);
    assert_int_equal(loop_wait_end(fd), ECONNRESET); /* and all others with it */
    (void)close(other);
    (void)close(fd);

    faults = (struct pool_devnet_faults){.reset_after_ms = 30};
    pool_devnet_set_faults(devnet, &faults);
    fd = loop_connect(pool_devnet_node_port(devnet));
    assert_int_equal(loop_wait_end(fd), ECONNRESET);
    (void)close(fd);
    pool_devnet_stop(devnet);

    assert_int_equal(pool_devnet_fault_set(&faults, "silent_after=12", &error), BASE_OK);
    assert_int_equal(faults.silent_after, 12);
    assert_int_equal(pool_devnet_fault_set(&faults, "no_addresses", &error), BASE_OK);
    assert_int_equal(faults.no_addresses, 1);
    assert_int_equal(pool_devnet_fault_set(&faults, "no_addresses=x", &error), BASE_E_FORMAT);
    assert_int_equal(pool_devnet_fault_set(&faults, "silent", &error), BASE_E_FORMAT);
    assert_non_null(strstr(error.text, "hold_answers_ms"));
}

/* Wait for the first push of a connection that is to spoil it; returns its first bytes. */
static void receive_spoiled(struct pool_devnet *devnet, struct pool_devnet_faults faults,
                            uint8_t first[8], bool and_nothing_more)
{
    pool_devnet_set_faults(devnet, &faults);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    loop_receive(fd, first, 8);
    if (and_nothing_more) {
        uint8_t rest[FRAME_MAX];
        while (loop_readable(fd, 100)) {
            assert_true(recv(fd, rest, sizeof rest, 0) > 0);
        }
    }
    (void)close(fd);
}

static void pushes_can_be_spoiled(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    uint8_t bytes[8];
    receive_spoiled(devnet, (struct pool_devnet_faults){.version_2 = 1}, bytes, false);
    assert_int_equal(bytes[4], 2);
    receive_spoiled(devnet, (struct pool_devnet_faults){.unknown_type = 1}, bytes, false);
    assert_int_equal(bytes[4], 1);
    assert_int_equal(bytes[5], 9);
    receive_spoiled(devnet, (struct pool_devnet_faults){.huge = 1}, bytes, false);
    assert_int_equal(base_load_be32(bytes), 0x80000000);
    receive_spoiled(devnet, (struct pool_devnet_faults){.half = 1}, bytes, true);
    assert_in_range(base_load_be32(bytes), 5000, 6000);
    receive_spoiled(devnet, (struct pool_devnet_faults){.big = 1}, bytes, false);
    assert_int_equal(base_load_be32(bytes), 20000000);
    struct pool_devnet_faults faults = {.bad_group = 2, .wide_target = 3, .short_header = 4};
    pool_devnet_set_faults(devnet, &faults);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    uint8_t body[FRAME_MAX];
    receive_jobs(fd, jobs, 1); /* the first one is good */
    for (unsigned i = 2; i <= 4; i++) {
        assert_true(submit(fd, &jobs[i], 1, i).taken);
        size_t size = receive_frame(fd, body);
        assert_int_equal(base_load_be32(body + 6), i == 2 ? 9 : 0);
        assert_int_equal(base_load_be32(body + 14), i == 4 ? 17 : HEADER);
        if (i == 3) {
            assert_int_equal(base_load_be32(body + 18 + HEADER + 5), 33);
        }
        assert_true(size < sizeof body);
    }
    assert_true(submit(fd, &jobs[5], 1, 5).taken);
    receive_jobs(fd, jobs, 1); /* and the fifth is again */
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void hundreds_of_connections(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 0x1p20);
    int fds[300];
    struct job jobs[16];
    for (unsigned i = 0; i < BASE_COUNT_OF(fds); i++) {
        fds[i] = loop_connect(pool_devnet_node_port(devnet));
    }
    for (unsigned i = 0; i < BASE_COUNT_OF(fds); i++) {
        receive_jobs(fds[i], jobs, 1);
    }
    assert_int_equal(stats_of(devnet).connected, BASE_COUNT_OF(fds));
    assert_true(submit(fds[7], &jobs[0], 1, 0).taken);
    for (unsigned i = 0; i < BASE_COUNT_OF(fds); i++) {
        struct job next[16];
        receive_jobs(fds[i], next, 1);
        assert_memory_not_equal(next[0].header, jobs[0].header, HEADER);
        assert_memory_equal(next[9].header, jobs[9].header, HEADER); /* no block, no new template */
        if (i % 2 == 0) {
            (void)close(fds[i]);
        }
    }
    LOOP_UNTIL(stats_of(devnet).connected == BASE_COUNT_OF(fds) / 2);
    pool_devnet_stop(devnet); /* with the others still connected */
    for (unsigned i = 1; i < BASE_COUNT_OF(fds); i += 2) {
        assert_int_equal(loop_wait_end(fds[i]), 0);
        (void)close(fds[i]);
    }
}

static void a_client_that_does_not_read_is_dropped(void **state)
{
    (void)state;
    struct pool_devnet *devnet = start(1, 16);
    int lazy = loop_connect(pool_devnet_node_port(devnet));
    int fd = loop_connect(pool_devnet_node_port(devnet));
    struct job jobs[16];
    uint8_t frame[512];
    receive_jobs(fd, jobs, 1);
    /* Unknown templates are answered every time: ask until the answers fill every buffer. */
    size_t size = make_submit(frame, &jobs[0], 1, 0, 1);
    frame[200] ^= 1;
    bool dropped = false;
    for (unsigned i = 0; i < 2000000 && !dropped; i++) {
        dropped = send(lazy, frame, size, MSG_NOSIGNAL) < 0;
    }
    assert_true(dropped);
    assert_true(submit(fd, &jobs[5], 1, 5).taken); /* nobody else minds */
    (void)close(lazy);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

static void ports_and_their_errors(void **state)
{
    (void)state;
    struct pool_devnet_config config;
    struct pool_devnet *devnet = start(1, 0x1p20);
    struct pool_devnet *second = NULL;
    struct base_error error = {0};
    pool_devnet_defaults(&config);
    config.hash = loop_nonce_is_hash;
    config.node_port = pool_devnet_node_port(devnet);
    assert_int_equal(pool_devnet_start(&second, &config, &error), BASE_E_IO);
    assert_null(second);
    assert_non_null(strstr(error.text, "node port"));
    assert_non_null(strstr(error.text, "in use"));
    config.node_port = UINT16_MAX;
    config.rest_port = UINT16_MAX;
    assert_int_equal(pool_devnet_start(&second, &config, &error), BASE_OK);
    assert_int_equal(pool_devnet_node_port(second), 0);
    assert_int_equal(pool_devnet_rest_port(second), 0);
    pool_devnet_stop(second);
    (void)snprintf(config.bind, sizeof config.bind, "not an address");
    config.node_port = 0;
    assert_int_equal(pool_devnet_start(&second, &config, &error), BASE_E_ARG);
    config.hash = NULL;
    assert_int_equal(pool_devnet_start(&second, &config, &error), BASE_E_ARG);
    pool_devnet_stop(NULL);
    pool_devnet_stop(devnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_come_at_once_and_are_well_formed),
        cmocka_unit_test(targets_of_256_bits_take_33_bytes),
        cmocka_unit_test(a_block_is_accepted_and_pushed_to_everybody),
        cmocka_unit_test(bad_submissions_are_answered_and_counted),
        cmocka_unit_test(the_last_byte_of_the_blob_is_dropped_unseen),
        cmocka_unit_test(late_finds_become_uncles),
        cmocka_unit_test(frames_arrive_in_any_pieces),
        cmocka_unit_test(after_a_malformed_frame_nothing_is_read_but_jobs_keep_coming),
        cmocka_unit_test(pushes_keep_their_distance),
        cmocka_unit_test(faults_do_what_they_say),
        cmocka_unit_test(pushes_can_be_spoiled),
        cmocka_unit_test(hundreds_of_connections),
        cmocka_unit_test(a_client_that_does_not_read_is_dropped),
        cmocka_unit_test(ports_and_their_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

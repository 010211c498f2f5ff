/* test_devnet_mine.c: the development network with the real hash, mined by the plainest miner there
 * is: every chain gives blocks, and what the server counted is what was found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "alephium/alephium.h"
#include "base/endian.h"
#include "base/target.h"
#include "loop.h"

enum { JOB_SIZE = 12 + 302 + 5 + 4 + 4 }; /* bytes of a job without its target's bytes */

/* One pass over a set of jobs: a block from each. Returns the frames sent. */
static unsigned mine_set(int fd, const uint8_t *body, uint64_t *hashes)
{
    size_t at = 6;
    for (unsigned i = 0; i < 16; i++) {
        uint8_t frame[337] = {0, 0, 1, 0x4d, 1, 0, 0, 0, 1, 0x47};
        uint8_t *message = frame + 10;
        uint8_t target[32];
        uint8_t hash[32];
        size_t target_size = base_load_be32(body + at + 12 + 302 + 5);
        memcpy(message + 24, body + at + 12, 302);
        assert_int_equal(base_target_from_bytes(target, body + at + 12 + 302 + 9, target_size),
                         BASE_OK);
        for (uint64_t nonce = 0;; nonce++) {
            base_store_be64(message + 16, nonce);
            kern_alephium_hash(hash, message);
            (*hashes)++;
            if (base_target_meets(hash, target) && (hash[31] & 15) == i) {
                break;
            }
        }
        loop_send(fd, frame, sizeof frame);
        at += JOB_SIZE + target_size;
    }
    return 16;
}

static void every_chain_gives_blocks(void **state)
{
    (void)state;
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct pool_devnet_stats stats;
    pool_devnet_defaults(&config);
    config.start_hashes = 256;
    config.seed = 1;
    config.hash = kern_alephium_hash;
    assert_int_equal(pool_devnet_start(&devnet, &config, NULL), BASE_OK);
    int fd = loop_connect(pool_devnet_node_port(devnet));
    uint8_t body[8192];
    uint64_t hashes = 0;
    unsigned answers = 0;
    loop_receive(fd, body, 4);
    size_t size = base_load_be32(body);
    loop_receive(fd, body, size);
    unsigned sent = mine_set(fd, body, &hashes);
    while (answers < sent) {
        loop_receive(fd, body, 4);
        size = base_load_be32(body);
        assert_in_range(size, 43, sizeof body);
        loop_receive(fd, body, size);
        if (body[1] == 1) {
            assert_int_equal(body[size - 1], 1);
            assert_int_equal(4 * body[5] + body[9], body[41] & 15);
            answers++;
        }
    }
    pool_devnet_stats(devnet, &stats);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(stats.accepted[i] + stats.uncles[i], 1);
    }
    assert_int_equal(stats.wrong_chain + stats.above_target + stats.unknown_template, 0);
    assert_int_equal(stats.duplicates + stats.malformed, 0);
    assert_true(hashes > 16);
    (void)close(fd);
    pool_devnet_stop(devnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chain_gives_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

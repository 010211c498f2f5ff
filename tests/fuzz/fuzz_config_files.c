/* fuzz_config_files.c: a configuration file is refused with a sentence, or gives a configuration
 * whose servers and texts are within their bounds. The file is a memory file, so nothing is written
 * to a disk. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/options.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct miner_config config;
    static struct miner_groups groups;
    struct miner_collector collector = {.config = &config, .groups = &groups};
    struct base_error error = {BASE_OK, ""};
    char path[64];
    int fd = memfd_create("config", MFD_CLOEXEC);
    BASE_ASSERT(fd >= 0);
    BASE_ASSERT(write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    miner_config_defaults(&config, "");
    config.command = MINER_COMMAND_MINE;
    miner_collector_begin(&collector, MINER_LAYER_FILE);
    struct miner_config_file file;
    enum base_status status = miner_config_open(&file, path, &error);
    if (status == BASE_OK) {
        status = miner_config_read(&collector, &file, false, &error);
    }
    if (status == BASE_OK) {
        status = miner_config_read_groups(&collector, &file, &error);
        BASE_ASSERT(status != BASE_OK || groups.count <= MINER_GROUPS_MAX);
    }
    if (status == BASE_OK && groups.count == 0) {
        status = miner_config_finish(&collector, &error);
    }
    miner_config_close(&file);
    (void)close(fd);
    BASE_ASSERT(status == BASE_OK || error.text[0] != '\0');
    BASE_ASSERT(config.server_count <= POOL_SERVERS_MAX);
    for (size_t i = 0; i < config.server_count; i++) {
        const struct pool_server *server = &config.servers[i];
        BASE_ASSERT(memchr(server->host, '\0', sizeof server->host) != NULL);
        BASE_ASSERT(memchr(server->user, '\0', sizeof server->user) != NULL);
        BASE_ASSERT(memchr(server->pass, '\0', sizeof server->pass) != NULL);
        BASE_ASSERT(status != BASE_OK || (server->host[0] != '\0' && server->port != 0));
    }
    BASE_ASSERT(memchr(config.log_file, '\0', sizeof config.log_file) != NULL);
    BASE_ASSERT(memchr(config.api_key, '\0', sizeof config.api_key) != NULL);
    return 0;
}

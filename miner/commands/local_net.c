/* local_net.c: see local_net.h. */
#include "commands/local_net.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum base_status miner_local_net_find(const struct miner_net_row **row,
                                      const struct pool_coin *coin, struct base_error *error)
{
    static const struct miner_net_row *const rows[] = {&miner_net_alephium, &miner_net_nervos,
                                                       &miner_net_komodo, &miner_net_ergo};
    char names[128] = "";
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i]->coin, coin->name) == 0) {
            *row = rows[i];
            return BASE_OK;
        }
        base_text_add(names, sizeof names, ", ", rows[i]->coin);
    }
    *row = NULL;
    return base_error_set(error, BASE_E_UNSUPPORTED,
                          "there are development networks for %s; give a server for %s with -o URL",
                          names, coin->title);
}

enum base_status miner_local_net_faults(const struct miner_config *config, void *user,
                                        enum base_status (*set)(void *user, const char *word,
                                                                struct base_error *error),
                                        struct base_error *error)
{
    const char *text = config->devnet_faults;
    enum base_status status = BASE_OK;
    while (status == BASE_OK && text[0] != '\0') {
        char word[64];
        size_t size = strcspn(text, ",");
        (void)snprintf(word, sizeof word, "%.*s", size < sizeof word ? (int)size : 63, text);
        status = set(user, word, error);
        text += size + (text[size] == ',');
    }
    return status;
}

bool miner_local_net_url(char text[256], const struct miner_net_port *ports, size_t count,
                         size_t index, const char *host)
{
    text[0] = '\0';
    if (index < count && ports[index].port != 0) {
        (void)snprintf(text, 256, "%s%s:%u%s", ports[index].before, host, ports[index].port,
                       ports[index].behind);
    }
    return index < count;
}

enum base_status miner_local_net_hash(uint8_t hash[32], const char *algo, struct kern_work *work,
                                      const uint8_t *header, const uint8_t *solution, size_t size)
{
    const struct kern_algo *row = kern_algo_find(algo);
    BASE_ASSERT(row != NULL);
    work->header_size = row->header_size;
    memcpy(work->header, header, row->header_size);
    return row->hash(hash, work, solution, size);
}

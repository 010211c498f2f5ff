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

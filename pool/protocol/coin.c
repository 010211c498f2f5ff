/* coin.c: what can be asked of a coin of the table, whichever it is. */
#include "protocol/coin.h"

#include <string.h>

const struct pool_coin_entry *pool_coin_entry(const struct pool_coin *coin)
{
    return (const struct pool_coin_entry *)(const void *)coin;
}

const struct pool_service *pool_coin_service(const struct pool_coin *coin,
                                             const struct pool_server *server)
{
    const struct pool_family *family = pool_coin_entry(coin)->family;
    const struct pool_service *service =
        family == NULL ? NULL : &family->services[pool_server_access(server)];
    return service != NULL && service->ops != NULL ? service : NULL;
}

enum base_status pool_coin_algo(const struct pool_algo **found, const struct pool_coin *coin,
                                const char *name, struct base_error *error)
{
    const struct pool_algo *algo = pool_coin_entry(coin)->algos;
    *found = NULL;
    if (algo == NULL) {
        return BASE_OK;
    }
    for (; algo->name != NULL; algo++) {
        if (name == NULL || name[0] == '\0' || strcmp(algo->name, name) == 0) {
            *found = algo;
            return BASE_OK;
        }
    }
    return base_error_set(error, BASE_E_UNSUPPORTED, "%s is not mined with %.40s", coin->title,
                          name);
}

enum base_status pool_server_fits(const struct pool_coin *coin, const struct pool_server *server,
                                  struct base_error *error)
{
    char name[POOL_HOST_MAX + 32];
    char right[POOL_HOST_MAX + 32];
    const struct pool_url_node *node = &pool_coin_entry(coin)->node;
    if (pool_coin_service(coin, server) != NULL) {
        return BASE_OK;
    }
    struct pool_server other = {.scheme = node->scheme, .port = node->port};
    (void)memcpy(other.host, server->host, sizeof(other.host));
    return base_error_set(error, BASE_E_UNSUPPORTED,
                          "%s: %s nodes give work in another way; write %s (the port may be set "
                          "otherwise)",
                          pool_server_name(name, sizeof(name), server), coin->title,
                          pool_server_name(right, sizeof(right), &other));
}

/* ---- users ----------------------------------------------------------------------------------- */

enum base_status pool_login_check(const struct pool_coin *coin, const char *user,
                                  struct base_error *error)
{
    if (coin->why_not != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s cannot be mined: %s", coin->title,
                              coin->why_not);
    }
    if (user[0] == '\0' || user[0] == '.') {
        return base_error_set(error, BASE_E_FORMAT,
                              "no user given; pools want -u ADDRESS.WORKER with an address of %s, "
                              "or the user name of an account",
                              coin->title);
    }
    for (size_t i = 0; user[i] != '\0'; i++) {
        if (user[i] <= ' ' || user[i] > '~') {
            return base_error_set(error, BASE_E_FORMAT,
                                  "the user has a blank or a character that is not printable ASCII "
                                  "at place %zu",
                                  i + 1);
        }
    }
    struct base_error odd = {BASE_OK, ""};
    if (pool_login_look(coin, user, NULL, &odd) == BASE_E_REFUSED) {
        return base_error_set(error, odd.status, "%s", odd.text);
    }
    return BASE_OK;
}

enum base_status pool_login_look(const struct pool_coin *coin, const char *user, unsigned *group,
                                 struct base_error *error)
{
    const struct pool_coin_entry *entry = pool_coin_entry(coin);
    if (group != NULL) {
        *group = 0;
    }
    return entry->login == NULL ? BASE_OK : entry->login(user, group, error);
}

/* "ADDRESS.WORKER", as pools want it, where only an address can stand. */
static bool has_worker(const struct pool_coin_entry *entry, const char *address)
{
    char head[POOL_LOGIN_MAX];
    struct pool_script script;
    size_t size = strcspn(address, "./");
    if (address[size] == '\0' || size >= sizeof(head)) {
        return false;
    }
    memcpy(head, address, size);
    head[size] = '\0';
    return entry->payout(&script, head, NULL) == BASE_OK;
}

enum base_status pool_payout_check(const struct pool_coin *coin, const char *address,
                                   struct base_error *error)
{
    struct pool_script script;
    const struct pool_coin_entry *entry = pool_coin_entry(coin);
    if (entry->payout == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "%s nodes do not let a miner choose whom a block pays", coin->title);
    }
    if (has_worker(entry, address)) {
        size_t size = strcspn(address, "./");
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.100s\" has the name of a worker behind the address, as for a "
                              "pool; a block pays an address alone: leave out \"%.60s\"",
                              address, address + size);
    }
    return entry->payout(&script, address, error);
}

enum pool_user_kind pool_server_user(const struct pool_coin *coin, const struct pool_server *server)
{
    const struct pool_service *service = pool_coin_service(coin, server);
    return service == NULL ? POOL_USER_NONE : service->user;
}

enum base_status pool_user_check(const struct pool_coin *coin, const struct pool_server *server,
                                 struct base_error *error)
{
    switch (pool_server_user(coin, server)) {
    case POOL_USER_LOGIN:
        return pool_login_check(coin, server->user, error);
    case POOL_USER_PAYEE_OPTIONAL:
        if (server->user[0] == '\0') {
            break;
        }
        return pool_payout_check(coin, server->user, error);
    case POOL_USER_PAYEE:
        return pool_payout_check(coin, server->user, error);
    case POOL_USER_NONE:
        break;
    }
    return BASE_OK;
}

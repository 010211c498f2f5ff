/* komodo_template.c: the answer of getblocktemplate into values. A pure function; the JSON is not
 * to be trusted. See komodo.h. Source: komodo.md 5.2, 5.3 and 5.3a. */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "komodo/komodo.h"
#include "wire/json.h"

enum {
    OVERWINTERED = 0x80, /* in the top byte of a transaction's version: a group id follows */
    LENGTH_MAX = 0xfc,   /* largest length that takes one byte */
};

/* ---- numbers --------------------------------------------------------------------------------- */

static enum base_status read_target(struct pool_komodo_template *made, const json_t *result,
                                    struct base_error *error)
{
    static const uint8_t none[32] = {0};
    uint8_t bits[4];
    uint8_t easiest_be[32];
    const char *bits_text = json_string_value(json_object_get(result, "bits"));
    const char *target = json_string_value(json_object_get(result, "target"));
    if (bits_text == NULL || base_hex_decode_exact(bits, sizeof(bits), bits_text) != BASE_OK) {
        return pool_gbt_unusable(error, "bits");
    }
    made->bits = base_load_be32(bits);
    if (target == NULL || base_hex_decode_exact(made->target_be, 32, target) != BASE_OK ||
        memcmp(made->target_be, none, 32) == 0) {
        return pool_gbt_unusable(error, "target");
    }
    /* Chains with stakes have a harder target for work than bits says; never an easier one. */
    if (pool_v1_compact(easiest_be, made->bits) != BASE_OK ||
        memcmp(made->target_be, easiest_be, 32) > 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the node's template has bits %08x and an easier target", made->bits);
    }
    return BASE_OK;
}

static enum base_status read_numbers(struct pool_komodo_template *made, const json_t *result,
                                     struct base_error *error)
{
    uint32_t mintime = 0;
    if (!pool_gbt_read_u32(&made->version, json_object_get(result, "version"))) {
        return pool_gbt_unusable(error, "version");
    }
    if (made->version != POOL_KOMODO_VERSION) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the node wants blocks of version %u; this version of Shardpick "
                              "makes those of version %d",
                              made->version, POOL_KOMODO_VERSION);
    }
    if (!pool_gbt_read_hash(made->base.parent, json_object_get(result, "previousblockhash"))) {
        return pool_gbt_unusable(error, "previousblockhash");
    }
    if (!pool_gbt_read_hash(made->sapling_root, json_object_get(result, "finalsaplingroothash"))) {
        return pool_gbt_unusable(error, "finalsaplingroothash");
    }
    if (!pool_gbt_read_u32(&made->time, json_object_get(result, "curtime"))) {
        return pool_gbt_unusable(error, "curtime");
    }
    if (pool_gbt_read_u32(&mintime, json_object_get(result, "mintime")) && mintime > made->time) {
        made->time = mintime;
    }
    if (!pool_json_u64(json_object_get(result, "height"), 10, &made->height) ||
        made->height > INT32_MAX) {
        return pool_gbt_unusable(error, "height");
    }
    if (!pool_gbt_read_poll_id(made->base.poll_id, json_object_get(result, "longpollid"))) {
        return pool_gbt_unusable(error, "longpollid");
    }
    return read_target(made, result, error);
}

/* ---- the coinbase ---------------------------------------------------------------------------- */

/* Bytes of a transaction, read from the front. */
struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool bad; /* it ended too soon */
};

static const uint8_t *take(struct reader *from, size_t size)
{
    static const uint8_t nothing[40] = {0};
    if (from->bad || size > from->size - from->at) {
        from->bad = true;
        BASE_ASSERT(size <= sizeof(nothing));
        return nothing;
    }
    from->at += size;
    return from->bytes + from->at - size;
}

/* A length of one byte, and so many bytes, which are skipped. Out: where the length is. */
static size_t skip_counted(struct reader *from)
{
    size_t at = from->at;
    size_t size = *take(from, 1);
    if (size > LENGTH_MAX || size > from->size - from->at) {
        from->bad = true;
        return at;
    }
    from->at += size;
    return at;
}

/* Where output 0's script is: its length byte at *at. False: not the form of a coinbase. */
static bool find_payee(size_t *at, const uint8_t *bytes, size_t size)
{
    struct reader from = {bytes, size, 0, false};
    const uint8_t *version = take(&from, 4);
    if ((version[3] & OVERWINTERED) != 0) {
        (void)take(&from, 4); /* group id */
    }
    bool one_input = *take(&from, 1) == 1;
    (void)take(&from, 36); /* from nowhere */
    (void)skip_counted(&from);
    (void)take(&from, 4); /* sequence */
    uint8_t outputs = *take(&from, 1);
    (void)take(&from, 8); /* value */
    *at = skip_counted(&from);
    return !from.bad && one_input && outputs > 0 && outputs <= LENGTH_MAX;
}

/* P2PK or P2PKH: what nothing but the payee depends on (komodo.md 5.3a). */
static bool is_plain_payee(const uint8_t *script, size_t size)
{
    static const uint8_t key_hash_head[] = {0x76, 0xa9, 0x14};
    enum { OP_CHECKSIG = 0xac, KEY = 33, LONG_KEY = 65, KEY_HASH = 25 };
    if (size == KEY_HASH) {
        return memcmp(script, key_hash_head, sizeof(key_hash_head)) == 0 &&
               script[size - 1] == OP_CHECKSIG;
    }
    return (size == KEY + 2 || size == LONG_KEY + 2) && script[0] == size - 2 &&
           script[size - 1] == OP_CHECKSIG;
}

/* The coinbase with another payee of output 0. */
static enum base_status exchange_payee(struct pool_blob **coinbase, const json_t *result,
                                       const struct pool_script *payee, struct base_error *error)
{
    const struct pool_blob *given = *coinbase;
    size_t at = 0;
    bool found = find_payee(&at, given->bytes, given->size);
    size_t old = found ? given->bytes[at] : 0;
    bool staked =
        json_object_get(result, "ac_staked") != NULL || json_object_get(result, "PoSperc") != NULL;
    if (!found || staked || !is_plain_payee(given->bytes + at + 1, old)) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the payee of this chain's blocks cannot be exchanged: leave -u out, "
                              "and the node's own settings (pubkey, mineraddress) say whom they "
                              "pay");
    }
    struct pool_blob *made = pool_blob_new(given->size - old + payee->size);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a coinbase");
    }
    memcpy(made->bytes, given->bytes, at);
    made->bytes[at] = (uint8_t)payee->size; /* at most POOL_SCRIPT_MAX: one byte */
    memcpy(made->bytes + at + 1, payee->bytes, payee->size);
    memcpy(made->bytes + at + 1 + payee->size, given->bytes + at + 1 + old,
           given->size - at - 1 - old);
    pool_blob_unref(*coinbase);
    *coinbase = made;
    return BASE_OK;
}

/* ---- transactions ---------------------------------------------------------------------------- */

/* One transaction: its bytes at *used of room, and its id, which must be the one that it is said to
 * have. */
static enum base_status read_transaction(struct pool_blob *room, size_t *used, uint8_t id[32],
                                         const json_t *json, struct base_error *error)
{
    uint8_t told[32];
    const json_t *data = json_object_get(json, "data");
    size_t size = 0;
    if (!json_is_string(data) || json_string_length(data) == 0 ||
        base_hex_decode(room->bytes + *used, room->size - *used, &size, json_string_value(data),
                        json_string_length(data)) != BASE_OK) {
        return pool_gbt_unusable(error, "data of a transaction");
    }
    if (pool_v1_sha256d(id, room->bytes + *used, size) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to hash a transaction");
    }
    *used += size;
    if (!pool_gbt_read_hash(told, json_object_get(json, "hash")) || memcmp(told, id, 32) != 0) {
        return base_error_set(
            error, BASE_E_FORMAT,
            "a transaction of the node's template does not have the hash that the template says");
    }
    return BASE_OK;
}

static enum base_status read_coinbase(struct pool_komodo_template *made, const json_t *result,
                                      const struct pool_script *payee, struct base_error *error)
{
    const json_t *told = json_object_get(result, "coinbasetxn");
    size_t digits = json_string_length(json_object_get(told, "data"));
    uint8_t id[32];
    size_t used = 0;
    if (digits == 0 || digits / 2 > POOL_KOMODO_COINBASE_MAX) {
        return pool_gbt_unusable(error, "coinbasetxn");
    }
    made->coinbase = pool_blob_new(digits / 2);
    if (made->coinbase == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a coinbase");
    }
    enum base_status status = read_transaction(made->coinbase, &used, id, told, error);
    if (status == BASE_OK && payee != NULL) {
        status = exchange_payee(&made->coinbase, result, payee, error);
    }
    return status;
}

static enum base_status read_transactions(struct pool_komodo_template *made, const json_t *result,
                                          struct base_error *error)
{
    const json_t *list = json_object_get(result, "transactions");
    const json_t *json = NULL;
    uint8_t(*ids)[32] = NULL;
    uint8_t branch[POOL_V1_BRANCHES_MAX][32];
    size_t branch_count = 0;
    size_t index = 0;
    size_t digits = 0;
    size_t used = 0;
    enum base_status status = BASE_OK;
    made->tx_count = json_array_size(list);
    if (!json_is_array(list) || made->tx_count > POOL_GBT_TXS_MAX) {
        return pool_gbt_unusable(error, "list of transactions");
    }
    json_array_foreach(list, index, json)
    {
        digits += json_string_length(json_object_get(json, "data"));
    }
    if (digits / 2 > POOL_GBT_RAW_MAX) {
        return base_error_set(error, BASE_E_LIMIT,
                              "the node's template has %zu bytes of transactions; %d are possible",
                              digits / 2, POOL_GBT_RAW_MAX);
    }
    made->raw = pool_blob_new(digits / 2);
    ids = base_alloc(made->tx_count + 1, 32);
    if (made->raw == NULL || ids == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for a template");
        goto out;
    }
    json_array_foreach(list, index, json)
    {
        status = read_transaction(made->raw, &used, ids[index], json, error);
        if (status != BASE_OK) {
            goto out;
        }
    }
    if (pool_gbt_branch(branch, &branch_count, ids, made->tx_count) != BASE_OK ||
        pool_v1_sha256d(made->root, made->coinbase->bytes, made->coinbase->size) != BASE_OK ||
        pool_v1_merkle(made->root, (const uint8_t(*)[32])branch, branch_count) != BASE_OK) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for a merkle tree");
    }
out:
    base_free(ids);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

enum base_status pool_komodo_template_read(struct pool_komodo_template **made, const json_t *result,
                                           const struct pool_script *payee,
                                           struct base_error *error)
{
    *made = NULL;
    if (!json_is_object(result)) {
        return base_error_set(error, BASE_E_FORMAT, "the node's answer is no block template");
    }
    struct pool_komodo_template *from = base_alloc(1, sizeof(*from));
    if (from == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a template");
    }
    enum base_status status = read_numbers(from, result, error);
    if (status == BASE_OK) {
        status = read_coinbase(from, result, payee, error);
    }
    if (status == BASE_OK) {
        status = read_transactions(from, result, error);
    }
    if (status != BASE_OK) {
        pool_komodo_template_free(from);
        return status;
    }
    *made = from;
    return BASE_OK;
}

void pool_komodo_template_free(struct pool_komodo_template *from)
{
    if (from != NULL) {
        pool_blob_unref(from->coinbase);
        pool_blob_unref(from->raw);
        base_free(from);
    }
}

/* redact.c: see redact.h. */
#include "record/redact.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bitcoin/v1_header.h"
#include "wire/json.h"

enum {
    PART_MIN = 4,
    /* Hexadecimal digits of a block: version and previous hash; merkle root, which depends on whom
     * the coinbase pays; time, bits and nonce; then the number of transactions, 1, 3 or 5 bytes. */
    BLOCK_FRONT = 2 * 36,
    BLOCK_REAR = 2 * POOL_V1_TIME,
    BLOCK_HEADER = 2 * POOL_V1_HEADER,
};

/* ---- what we send ---------------------------------------------------------------------------- */

/* Texts that may be kept: positions of params as an array, members where params holds an object.
 * Whatever is not here is not written. */
static const struct {
    const char *method;
    size_t count;       /* of params: the row is for this many; 0: for any number, and objects */
    uint32_t positions; /* bit i: params[i] */
    const char *const members[8];
} harmless[] = {
    {"mining.subscribe", 0, 1U << 0, {NULL}}, /* our program's name; not a session's */
    {"mining.configure", 0, 0, {"version-rolling.mask", NULL}},
    /* Alephium: an object; or job, nonce, worker. */
    {"mining.submit", 0, 0, {"jobId", "fromGroup", "toGroup", "nonce", NULL}},
    {"mining.submit", 3, 1U << 0 | 1U << 1, {NULL}},
    /* Bitcoin family: worker, job, extranonce2, ntime, nonce, version bits. */
    {"mining.submit", 5, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4, {NULL}},
    {"mining.submit", 6, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5, {NULL}},
    /* Nodes: the algorithm stands second. Blocks: block_text. */
    {"getblocktemplate", 0, 1U << 1, {"mode", "rules", "longpollid", NULL}},
};

struct filter {
    uint32_t positions;
    const char *const *members;
};

/* What may be kept of a block in hexadecimal digits. */
static json_t *block_text(const json_t *value)
{
    const char *hex = json_string_value(value);
    size_t size = json_string_length(value);
    char text[BLOCK_HEADER + 16];
    if (hex == NULL || size < BLOCK_HEADER + 10 || strspn(hex, "0123456789abcdef") != size) {
        return json_string("*");
    }
    const char *count = hex + BLOCK_HEADER;
    int digits = strncmp(count, "fd", 2) == 0 ? 6 : strncmp(count, "fe", 2) == 0 ? 10 : 2;
    (void)snprintf(text, sizeof(text), "%.*s*%.*s*%.*s*", BLOCK_FRONT, hex,
                   BLOCK_HEADER - BLOCK_REAR, hex + BLOCK_REAR, digits, count);
    return json_string(text);
}

static bool member_kept(const struct filter *filter, const char *key)
{
    for (size_t i = 0; filter->members != NULL && filter->members[i] != NULL; i++) {
        if (strcmp(filter->members[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* A copy of a value without texts that nobody has allowed. NULL without memory. */
static json_t *strip(const json_t *value, bool keep, const struct filter *filter)
{
    json_t *copy = NULL;
    const char *key = NULL;
    json_t *member = NULL;
    size_t index = 0;
    if (json_is_string(value)) {
        return json_string(keep ? json_string_value(value) : "*");
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, index, member)
        {
            (void)json_array_append_new(copy, strip(member, keep, filter));
        }
        return copy;
    }
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach((json_t *)value, key, member)
        {
            bool kept = member_kept(filter, key);
            (void)json_object_set_new(copy, kept ? key : "*", strip(member, kept, filter));
        }
        return copy;
    }
    return json_copy((json_t *)value);
}

/* A block is a text that is mostly left out, wherever a method has it. */
static json_t *strip_block(const json_t *params, const char *method)
{
    json_t *copy = NULL;
    const json_t *first = json_array_get(params, 0);
    const json_t *data = json_object_get(first, "data");
    if (method != NULL && strcmp(method, "submitblock") == 0 && json_array_size(params) == 1) {
        copy = json_array();
        (void)json_array_append_new(copy, block_text(first));
    } else if (method != NULL && strcmp(method, "getblocktemplate") == 0 && data != NULL &&
               json_array_size(params) == 1) {
        copy = json_array();
        (void)json_array_append_new(copy, json_pack("{s:o}", "data", block_text(data)));
    }
    return copy;
}

static json_t *strip_params(const json_t *params, const char *method)
{
    struct filter filter = {0, NULL};
    json_t *member = NULL;
    size_t index = 0;
    json_t *block = strip_block(params, method);
    if (block != NULL) {
        return block;
    }
    for (size_t i = 0; method != NULL && i < BASE_COUNT_OF(harmless); i++) {
        if (strcmp(harmless[i].method, method) == 0 &&
            (harmless[i].count == 0 || harmless[i].count == json_array_size(params))) {
            filter.positions = harmless[i].positions;
            filter.members = harmless[i].members;
        }
    }
    if (!json_is_array(params)) {
        return strip(params, false, &filter);
    }
    json_t *copy = json_array();
    json_array_foreach(params, index, member)
    {
        bool kept = index < 32 && (filter.positions >> index & 1U) != 0;
        (void)json_array_append_new(copy, strip(member, kept, &filter));
    }
    return copy;
}

/* Our own methods' names are no secret; a text in their place that is none of them would be. */
static json_t *strip_method(const json_t *method)
{
    const char *text = json_string_value(method);
    bool ours =
        text != NULL && (strncmp(text, "mining.", 7) == 0 ||
                         strcmp(text, "getblocktemplate") == 0 || strcmp(text, "submitblock") == 0);
    return json_string(ours ? text : "*");
}

enum base_status pool_redact_sent(struct pool_buffer *out, const char *line, size_t size)
{
    static const struct filter none = {0, NULL};
    struct base_error ignored = {BASE_OK, ""};
    json_t *root = NULL;
    json_t *copy = json_object();
    const char *key = NULL;
    json_t *member = NULL;
    enum base_status status = BASE_E_MEMORY;
    char *text = NULL;
    if (pool_json_load(&root, line, size, &ignored) == BASE_OK && json_is_object(root)) {
        const char *method = json_string_value(json_object_get(root, "method"));
        json_object_foreach(root, key, member)
        {
            if (strcmp(key, "method") == 0) {
                (void)json_object_set_new(copy, key, strip_method(member));
            } else if (strcmp(key, "params") == 0) {
                (void)json_object_set_new(copy, key, strip_params(member, method));
            } else if (strcmp(key, "id") == 0 || strcmp(key, "result") == 0 ||
                       strcmp(key, "error") == 0) {
                (void)json_object_set_new(copy, key, strip(member, false, &none));
            }
        }
    }
    text = copy != NULL ? json_dumps(copy, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (text != NULL) {
        status = pool_buffer_append(out, text, strlen(text));
        json_free_t release = NULL;
        json_get_alloc_funcs(NULL, &release);
        release(text);
    }
    json_decref(copy);
    json_decref(root);
    return status;
}

/* ---- what a pool sends ----------------------------------------------------------------------- */

static void blot(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (isdigit((unsigned char)text[i])) {
            text[i] = '9'; /* a number stays one */
        } else if (isalpha((unsigned char)text[i])) {
            text[i] = 'x';
        }
    }
}

/* Every place where word stands by itself. */
static void blot_word(char *text, size_t size, const char *word, size_t word_size)
{
    if (word_size < PART_MIN) {
        return;
    }
    int first = tolower((unsigned char)word[0]);
    for (size_t at = 0; at + word_size <= size; at++) {
        if (tolower((unsigned char)text[at]) != first) {
            continue; /* a template has a megabyte of other letters */
        }
        bool begins = at == 0 || !isalnum((unsigned char)text[at - 1]);
        bool ends = at + word_size == size || !isalnum((unsigned char)text[at + word_size]);
        if (begins && ends && strncasecmp(text + at, word, word_size) == 0) {
            blot(text + at, word_size);
        }
    }
}

static size_t skip_blanks(const char *text, size_t size, size_t at)
{
    while (at < size && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }
    return at;
}

/* ["mining.notify", "NAME"] names a session; "method": "mining.notify", "params" does not. */
static void blot_sessions(char *text, size_t size)
{
    static const char lead[] = "\"mining.notify\"";
    for (size_t at = 0; at + sizeof(lead) <= size; at++) {
        if (memcmp(text + at, lead, sizeof(lead) - 1) != 0) {
            continue;
        }
        size_t from = skip_blanks(text, size, at + sizeof(lead) - 1);
        if (from >= size || text[from] != ',') {
            continue;
        }
        from = skip_blanks(text, size, from + 1);
        if (from >= size || text[from] != '"') {
            continue;
        }
        size_t to = ++from;
        while (to < size && text[to] != '"' && text[to] != '\n') {
            to += text[to] == '\\' && to + 1 < size ? 2 : 1;
        }
        size_t behind = skip_blanks(text, size, to + 1);
        if (to < size && behind < size && text[behind] != ':') {
            blot(text + from, to - from);
        }
    }
}

/* A text and its parts between dots. */
static void blot_name(char *text, size_t size, const char *name)
{
    blot_word(text, size, name, strlen(name));
    while (*name != '\0') {
        size_t part_size = strcspn(name, ".");
        blot_word(text, size, name, part_size);
        name += part_size + (name[part_size] == '.');
    }
}

void pool_redact_received(char *text, size_t size, const struct pool_server *server)
{
    blot_sessions(text, size);
    blot_word(text, size, server->pass, strlen(server->pass));
    blot_name(text, size, server->user);
}

void pool_redact_answer(char *text, size_t size, const struct pool_server *server,
                        const struct pool_rpc_login *login)
{
    char pair[2 * POOL_LOGIN_MAX + 2];
    unsigned char shown[2 * sizeof(pair)];
    int length = snprintf(pair, sizeof(pair), "%s:%s", login->user, login->pass);
    blot_name(text, size, server->user);
    blot_word(text, size, server->pass, strlen(server->pass));
    blot_word(text, size, server->rpc_pass, strlen(server->rpc_pass));
    blot_word(text, size, login->user, strlen(login->user));
    blot_word(text, size, login->pass, strlen(login->pass));
    if (length > 1) {
        int shown_length = EVP_EncodeBlock(shown, (const unsigned char *)pair, length);
        blot_word(text, size, (const char *)shown, (size_t)shown_length);
    }
}

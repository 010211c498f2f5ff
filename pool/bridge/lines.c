/* lines.c: requests of clients and their answers: what all dialects have in common. Every answer
 * has an error member, which some clients insist on (bridge.md 3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/bridge_private.h"
#include "wire/json.h"
#include "wire/printable.h"

enum { CODE_OTHER = 20 }; /* of all dialects: unknown, or not possible */

static void send_json(struct pool_bridge *bridge, struct bridge_client *client, json_t *take)
{
    struct pool_buffer *out = &bridge->out;
    pool_buffer_consume(out, pool_buffer_size(out));
    if (pool_json_append(out, take) != BASE_OK || pool_buffer_append(out, "\n", 1) != BASE_OK) {
        pool_serve_reset(client->peer);
        return;
    }
    pool_serve_send(client->peer, pool_buffer_data(out), pool_buffer_size(out));
}

/* result is taken; NULL: null. code NULL: no error. */
static void answer(struct pool_bridge *bridge, struct bridge_client *client, json_t *id,
                   json_t *result, const struct pool_host_code *code)
{
    json_t *error = code != NULL ? json_pack("[i,s,n]", code->code, code->text) : json_null();
    send_json(bridge, client,
              json_pack("{s:O,s:o,s:o}", "id", id, "result", result != NULL ? result : json_null(),
                        "error", error));
}

/* ---- who it is ------------------------------------------------------------------------------- */

static void note_agent(struct bridge_client *client, const char *agent)
{
    if (agent != NULL && agent[0] != '\0' && client->agent[0] == '\0') {
        (void)pool_printable(client->agent, sizeof client->agent, agent, strlen(agent));
        client->quirks = bridge_agent_quirks(client->agent);
    }
}

/* A part of the password: "d=64,x". Returns: its text, or NULL; size is set. */
static const char *pass_part(const char *pass, size_t index, size_t *size)
{
    for (; index > 0 && pass != NULL; index--) {
        pass = strpbrk(pass, ",; ");
        pass = pass != NULL ? pass + 1 : NULL;
    }
    *size = pass != NULL ? strcspn(pass, ",; ") : 0;
    return pass;
}

/* The time does not tell how many characters are right. */
static bool same_word(const char *text, size_t size, const char *word)
{
    size_t word_size = strlen(word);
    unsigned differ = size != word_size;
    for (size_t i = 0; i < size; i++) {
        differ |= (unsigned char)text[i] ^ (unsigned char)word[word_size > 0 ? i % word_size : 0];
    }
    return differ == 0;
}

/* What a password says: the word that is wanted, a difficulty ("d=", "diff="). */
static bool read_pass(struct pool_bridge *bridge, struct bridge_client *client, const char *pass)
{
    const char *wanted = bridge->config.pass;
    const char *part = NULL;
    size_t size = 0;
    bool right = wanted[0] == '\0' || (pass != NULL && same_word(pass, strlen(pass), wanted));
    for (size_t i = 0; i < 8 && (part = pass_part(pass, i, &size)) != NULL; i++) {
        size_t key = strncmp(part, "d=", 2) == 0 ? 2 : strncmp(part, "diff=", 5) == 0 ? 5 : 0;
        char *end = NULL;
        double difficulty = key > 0 ? strtod(part + key, &end) : 0;
        bool number = key > 0 && end == part + size;
        if (number && difficulty >= bridge->rule.least && difficulty < 1e15 &&
            bridge->config.difficulty == 0) {
            bridge_pace_begin(&client->pace, difficulty, true, &bridge->rule, bridge->now_ms);
        }
        right = right || same_word(part, size, wanted);
    }
    return right;
}

static void begin_pace(struct pool_bridge *bridge, struct bridge_client *client)
{
    enum { ASIC_FACTOR = 1000 };
    if ((client->quirks & BRIDGE_IS_ASIC) != 0 && client->told == 0 && !client->pace.fixed) {
        bridge_pace_begin(&client->pace, client->pace.difficulty * ASIC_FACTOR, false,
                          &bridge->rule, bridge->now_ms);
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

static void on_subscribe(struct pool_bridge *bridge, struct bridge_client *client, json_t *id,
                         const json_t *params)
{
    note_agent(client, json_string_value(json_array_get(params, 0)));
    answer(bridge, client, id, bridge->host->subscribed(&client->host), NULL);
    client->prefix_told = bridge->host->put_prefix == NULL;
}

/* Whom the client's blocks pay, where each worker is paid: "ADDRESS" or "ADDRESS.WORKER". */
static bool read_payee(const struct pool_bridge *bridge, struct bridge_client *client,
                       const char *name)
{
    const struct pool_coin_entry *coin = pool_coin_entry(bridge->config.coin);
    struct pool_script script;
    char address[POOL_LOGIN_MAX];
    size_t size = name != NULL ? strcspn(name, ".") : 0;
    if (!bridge->config.pay_workers) {
        return true;
    }
    if (size == 0 || size >= sizeof address || coin->payout == NULL) {
        return false;
    }
    (void)snprintf(address, sizeof address, "%.*s", (int)size, name);
    if (coin->payout(&script, address, NULL) != BASE_OK) {
        return false;
    }
    memcpy(client->host.payee, script.bytes, script.size);
    client->host.payee_size = script.size;
    return true;
}

static void on_authorize(struct pool_bridge *bridge, struct bridge_client *client, json_t *id,
                         const json_t *params)
{
    const char *name = json_string_value(json_array_get(params, 0));
    const char *pass = json_string_value(json_array_get(params, 1));
    note_agent(client, json_string_value(json_array_get(params, 2)));
    begin_pace(bridge, client);
    if (!read_pass(bridge, client, pass)) {
        answer(bridge, client, id, json_false(), &bridge->host->codes[POOL_HOST_UNAUTHORIZED]);
        return;
    }
    if (!read_payee(bridge, client, name)) {
        static const struct pool_host_code no_address = {
            24, "the login must begin with the address that blocks are to pay"};
        answer(bridge, client, id, json_false(), &no_address);
        return;
    }
    (void)bridge_client_enter(bridge, client, name != NULL ? name : "");
    answer(bridge, client, id, json_true(), NULL);
    client->logged_in = true;
    client->ready = true;
    client->job = 0;
    bridge_client_work(bridge, client);
}

static void on_suggest(struct pool_bridge *bridge, struct bridge_client *client, json_t *id,
                       const json_t *params)
{
    double difficulty = 0;
    bool good = pool_json_double(json_array_get(params, 0), &difficulty) && difficulty > 0 &&
                difficulty < 1e15;
    answer(bridge, client, id, good ? json_true() : json_false(), NULL);
    if (good && !client->pace.fixed) {
        bridge_pace_begin(&client->pace, difficulty, false, &bridge->rule, bridge->now_ms);
        bridge_client_work(bridge, client);
    }
}

/* No extension is offered: each that is asked for is answered with false. */
static json_t *configured(const json_t *params)
{
    json_t *result = json_object();
    const json_t *names = json_array_get(params, 0);
    for (size_t i = 0; i < json_array_size(names) && i < 8; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (name != NULL && strcmp(name, "subscribe-extranonce") == 0) {
            (void)json_object_set_new(result, name, json_true());
        } else if (name != NULL && strlen(name) <= BRIDGE_ID_MAX) {
            (void)json_object_set_new(result, name, json_false());
        }
    }
    return result;
}

static void on_submit(struct pool_bridge *bridge, struct bridge_client *client, json_t *id,
                      const json_t *params)
{
    enum pool_host_fault fault = bridge_share(bridge, client, params);
    bool good = fault == POOL_HOST_GOOD;
    answer(bridge, client, id, good ? json_true() : json_false(),
           good ? NULL : &bridge->host->codes[fault]);
}

/* Requests that only want a word. NULL: it is none of them. */
static json_t *small_answer(const struct pool_bridge *bridge, struct bridge_client *client,
                            const char *method, const json_t *params)
{
    if (strcmp(method, "mining.extranonce.subscribe") == 0) {
        return json_true();
    }
    if (strcmp(method, "mining.configure") == 0) {
        return configured(params);
    }
    if (strcmp(method, "mining.ping") == 0) {
        return json_string("pong");
    }
    if (strcmp(method, "mining.hello") == 0) {
        const char *agent = json_string_value(json_array_get(params, 0));
        note_agent(client,
                   agent != NULL ? agent : json_string_value(json_object_get(params, "agent")));
    }
    return bridge->host->answer != NULL ? bridge->host->answer(method) : NULL;
}

static void request(struct pool_bridge *bridge, struct bridge_client *client, json_t *id,
                    const char *method, const json_t *params)
{
    static const struct pool_host_code unknown = {CODE_OTHER, "unknown method"};
    if (strcmp(method, "mining.submit") == 0) {
        on_submit(bridge, client, id, params);
    } else if (strcmp(method, "mining.subscribe") == 0) {
        on_subscribe(bridge, client, id, params);
    } else if (strcmp(method, "mining.authorize") == 0) {
        on_authorize(bridge, client, id, params);
    } else if (strncmp(method, "mining.suggest_difficulty", 25) == 0) {
        on_suggest(bridge, client, id, params);
    } else {
        json_t *result = small_answer(bridge, client, method, params);
        answer(bridge, client, id, result, result != NULL ? NULL : &unknown);
    }
}

/* An id is echoed as it came, if it is no longer than the bound; else it is null. */
static json_t *id_of(json_t *root)
{
    json_t *id = json_object_get(root, "id");
    bool fits = json_is_integer(id) || json_is_real(id) ||
                (json_is_string(id) && json_string_length(id) <= BRIDGE_ID_MAX);
    return fits ? id : json_null();
}

bool bridge_line(struct pool_bridge *bridge, struct bridge_client *client, const char *line,
                 size_t size)
{
    struct base_error error;
    json_t *root = NULL;
    while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == ' ')) {
        size--;
    }
    if (size == 0) {
        return true;
    }
    if (pool_json_load(&root, line, size, &error) != BASE_OK) {
        return false;
    }
    const char *method = json_string_value(json_object_get(root, "method"));
    if (method != NULL) {
        request(bridge, client, id_of(root), method, json_object_get(root, "params"));
    }
    bool readable = method != NULL || json_object_get(root, "id") != NULL; /* an answer is fine */
    json_decref(root);
    return readable;
}

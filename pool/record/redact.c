/* redact.c: see redact.h. */
#include "record/redact.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/json.h"

enum { PART_MIN = 4 }; /* characters of a part of a login that is overwritten */

/* ---- what we send ---------------------------------------------------------------------------- */

/* Texts that may be kept. */
struct filter {
    uint32_t positions;
    const char *const *members;
};

static bool member_kept(const struct filter *filter, const char *key)
{
    for (size_t i = 0; filter->members != NULL && filter->members[i] != NULL; i++) {
        if (strcmp(filter->members[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* A copy of a value without the texts that the filter does not allow. NULL without memory. */
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

static json_t *strip_params(const json_t *params, const char *method,
                            const struct pool_family *family)
{
    struct filter filter = {0, NULL};
    json_t *member = NULL;
    size_t index = 0;
    json_t *block =
        method != NULL && family->kept_block != NULL ? family->kept_block(method, params) : NULL;
    if (block != NULL) {
        return block;
    }
    for (const struct pool_kept *row = family->kept; method != NULL && row->method != NULL; row++) {
        if (strcmp(row->method, method) == 0 &&
            (row->count == 0 || row->count == json_array_size(params))) {
            filter = (struct filter){row->positions, row->members};
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

/* Names of known methods are kept; any other text in that place may be a secret. */
static json_t *strip_method(const json_t *method, const struct pool_family *family)
{
    const char *text = json_string_value(method);
    bool ours = text != NULL && strncmp(text, "mining.", 7) == 0;
    for (const struct pool_kept *row = family->kept; text != NULL && row->method != NULL; row++) {
        ours = ours || strcmp(text, row->method) == 0;
    }
    return json_string(ours ? text : "*");
}

enum base_status pool_redact_sent(struct pool_buffer *out, const struct pool_family *family,
                                  const char *line, size_t size)
{
    static const struct filter none = {0, NULL};
    struct base_error ignored = {BASE_OK, ""};
    json_t *root = NULL;
    json_t *copy = json_object();
    const char *key = NULL;
    json_t *member = NULL;
    if (pool_json_load(&root, line, size, &ignored) == BASE_OK && json_is_object(root)) {
        const char *method = json_string_value(json_object_get(root, "method"));
        json_object_foreach(root, key, member)
        {
            if (strcmp(key, "method") == 0) {
                (void)json_object_set_new(copy, key, strip_method(member, family));
            } else if (strcmp(key, "params") == 0) {
                (void)json_object_set_new(copy, key, strip_params(member, method, family));
            } else if (strcmp(key, "id") == 0 || strcmp(key, "result") == 0 ||
                       strcmp(key, "error") == 0) {
                (void)json_object_set_new(copy, key, strip(member, false, &none));
            }
        }
    }
    json_decref(root);
    return pool_json_append(out, copy);
}

enum base_status pool_redact_request(struct pool_buffer *line, struct pool_buffer *body,
                                     const struct pool_family *family,
                                     const struct pool_request *request)
{
    char text[POOL_TEXT_MAX];
    struct base_error ignored = {BASE_OK, ""};
    json_t *root = NULL;
    if (strcmp(request->method, "POST") == 0 && strcmp(request->path, "/") == 0 &&
        request->headers[0] == NULL) { /* JSON-RPC */
        return pool_redact_sent(body, family, request->body, request->size);
    }
    size_t used = (size_t)snprintf(text, sizeof(text), "%s %.200s", request->method, request->path);
    enum base_status status = pool_buffer_append(line, text, used);
    for (size_t i = 0; i < POOL_REQUEST_HEADERS_MAX && request->headers[i] != NULL; i++) {
        size_t name_size = strcspn(request->headers[i], ":");
        if (status == BASE_OK) {
            status = pool_buffer_append(line, " ", 1);
        }
        if (status == BASE_OK) {
            status = pool_buffer_append(line, request->headers[i], name_size);
        }
    }
    if (status == BASE_OK && request->size > 0) { /* the whole body is what a row names */
        (void)!pool_json_load(&root, request->body, request->size, &ignored);
        status =
            pool_json_append(body, root == NULL ? json_object() : strip_params(root, text, family));
        json_decref(root);
    }
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
            continue; /* fast path: a template has a megabyte of text */
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

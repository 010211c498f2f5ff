/* doctor.c: see doctor.h. Order: name, the URL as given, the node's REST port, login; then, where
 * that gave no work, the other protocols on the same port side by side. */
#include "tools/doctor.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "protocol/coin.h"
#include "source/source_config.h"
#include "tools/attempt.h"
#include "tools/sniff.h"
#include "transport/resolve.h"
#include "wire/local.h"

enum {
    NAME_MS = 2500,
    WORK_MS = 4000, /* connecting and the first job of the URL as given */
    REST_MS = 1500, /* all questions to a node together */
    LOGIN_MS = 300, /* after the first job, for a refusal of the login */
    CLOCK_S = 30,   /* smaller differences are not reported */
    OTHERS_MS = 2500,
    OTHERS_MAX = 6,
    SNIFF_MS = 1000,
};

struct doctor {
    struct pool_config config;
    struct pool_transport_options all_options[POOL_SERVERS_MAX];
    struct pool_transport_options *options; /* of the server */
    struct pool_server server;
    struct pool_report *report;
    uint64_t until_ms;
    struct pool_attempt as_given;
    struct pool_attempt others[OTHERS_MAX];
    size_t other_count;
    struct pool_inquiry inquiry;
    struct pool_sniff sniff;   /* where the URL as given was not understood */
    char heard[POOL_TEXT_MAX]; /* about the port, from one that answered; "" none did */
};

const char *pool_check_word(enum pool_check_result result)
{
    static const char *const words[] = {"ok", "problem", "skipped"};
    return words[result];
}

BASE_PRINTF(4, 5)
static void say(struct doctor *doctor, const char *name, enum pool_check_result result,
                const char *format, ...)
{
    struct pool_report *report = doctor->report;
    va_list arguments;
    BASE_ASSERT(report->count < POOL_CHECKS_MAX); /* each name at most once */
    struct pool_check *check = &report->checks[report->count++];
    check->name = name;
    check->result = result;
    va_start(arguments, format);
    (void)vsnprintf(check->text, sizeof(check->text), format, arguments);
    va_end(arguments);
}

/* The end of a step: so much from now, but never beyond the whole examination, and no longer than
 * the configuration waits for a job. */
static uint64_t step_end(const struct doctor *doctor, uint32_t step_ms)
{
    uint32_t most_ms = doctor->config.first_job_timeout_ms;
    uint64_t end_ms = base_clock_ms() + (most_ms != 0 && most_ms < step_ms ? most_ms : step_ms);
    return end_ms < doctor->until_ms ? end_ms : doctor->until_ms;
}

/* ---- name ------------------------------------------------------------------------------------ */

/* Returns false when the other steps need not be tried. */
static bool check_name(struct doctor *doctor)
{
    struct pool_addresses addresses;
    struct base_error error = {BASE_OK, ""};
    char list[POOL_ADDRESSES_MAX * 66] = "";
    if (strncmp(doctor->server.proxy, "socks5h://", 10) == 0 &&
        (doctor->config.proxy_local || !pool_host_is_local(doctor->server.host))) {
        say(doctor, "name", POOL_CHECK_SKIPPED, "the proxy looks names up");
        return true;
    }
    if (pool_resolve(&addresses, doctor->server.host, NAME_MS, &error) != BASE_OK) {
        say(doctor, "name", POOL_CHECK_PROBLEM, "%s", error.text);
        return false;
    }
    for (size_t i = 0; i < addresses.count; i++) {
        bool again = false; /* one line a socket type, or one in hosts(5) twice */
        for (size_t j = 0; j < i; j++) {
            again = again || strcmp(addresses.text[i], addresses.text[j]) == 0;
        }
        if (!again) {
            base_text_add(list, sizeof(list), ", ", addresses.text[i]);
        }
    }
    say(doctor, "name", POOL_CHECK_OK, "%s is %s", doctor->server.host, list);
    return true;
}

/* ---- the URL as given ------------------------------------------------------------------------ */

static void check_connection(struct doctor *doctor)
{
    const struct pool_attempt *given = &doctor->as_given;
    char tls[64] = "";
    if (!given->connected) {
        say(doctor, "connect", POOL_CHECK_PROBLEM, "%s", given->error.text);
        return;
    }
    if (given->facts.tls_ms > 0) {
        (void)snprintf(tls, sizeof(tls), ", TLS handshake %.1f ms", given->facts.tls_ms);
    }
    doctor->report->connect_ms = given->facts.connect_ms;
    say(doctor, "connect", POOL_CHECK_OK, "%s port %u, round trip %.1f ms%s",
        given->facts.address[0] != '\0' ? given->facts.address : doctor->server.host,
        doctor->server.port, given->facts.connect_ms, tls);
}

/* Chains with work, of a coin that has several. */
static void say_chains(const struct pool_attempt *given, char *text, size_t cap)
{
    unsigned count = (unsigned)__builtin_popcount(given->chains);
    text[0] = '\0';
    if (given->job_chains > 1) {
        bool clique = given->server.scheme == POOL_DAEMON_TCP && count < given->job_chains;
        (void)snprintf(text, cap, ", jobs for %u chain%s%s", count, count == 1 ? "" : "s",
                       clique ? ": a node of a clique gives work for its own chains, the others of "
                                "the clique for the rest"
                              : "");
    }
}

static const char closes_text[] = "it closes every connection before the first byte: a ban of this "
                                  "address (after many refused shares or connections, mostly for "
                                  "minutes), or a full server";

/* Why nothing was understood, where the server itself has said nothing. */
static const char *explain(const struct doctor *doctor)
{
    const struct pool_attempt *given = &doctor->as_given;
    if (given->heard || given->error.status == BASE_E_TIMEOUT) {
        return "";
    }
    if (doctor->sniff.closed) {
        return closes_text;
    }
    return doctor->sniff.connected && doctor->sniff.size == 0
               ? "it sends nothing until it is sent something, as a port for other nodes (P2P) does"
               : "";
}

static void check_work(struct doctor *doctor)
{
    const struct pool_attempt *given = &doctor->as_given;
    char chains[160];
    if (!given->connected) {
        say(doctor, "protocol", POOL_CHECK_SKIPPED, "there is no connection");
        say(doctor, "work", POOL_CHECK_SKIPPED, "there is no connection");
        return;
    }
    if (given->known) {
        say(doctor, "protocol", POOL_CHECK_OK, "%s",
            given->ready                           ? given->dialect
            : pool_server_is_pool(&doctor->server) ? "a pool: it has set a difficulty"
                                                   : "a node that gives work in this way");
    } else {
        const char *why = explain(doctor);
        say(doctor, "protocol", POOL_CHECK_PROBLEM, "%s%s%s", given->error.text,
            why[0] != '\0' ? "; " : "", why);
    }
    if (pool_attempt_works(given)) {
        doctor->report->job_ms = given->job_ms;
        say_chains(given, chains, sizeof(chains));
        say(doctor, "work", POOL_CHECK_OK, "first job after %.1f ms%s", given->job_ms, chains);
    } else if (given->known) {
        say(doctor, "work", POOL_CHECK_PROBLEM, "%s%s%s", given->error.text,
            given->warning[0] != '\0' ? "; the last it said: " : "", given->warning);
    } else {
        say(doctor, "work", POOL_CHECK_SKIPPED, "the protocol was not recognised");
    }
}

static void check_login(struct doctor *doctor)
{
    const struct pool_server *server = &doctor->server;
    struct base_error error = {BASE_OK, ""};
    unsigned group = 0;
    enum pool_user_kind kind = pool_server_user(doctor->config.coin, server);
    if (kind == POOL_USER_NONE) {
        say(doctor, "login", POOL_CHECK_SKIPPED, "a node pays its own miner addresses, not -u");
    } else if (kind == POOL_USER_PAYEE_OPTIONAL && server->user[0] == '\0') {
        say(doctor, "login", POOL_CHECK_SKIPPED,
            "no -u: blocks pay whom the node's own settings say");
    } else if (server->user[0] == '\0') {
        say(doctor, "login", POOL_CHECK_PROBLEM,
            kind == POOL_USER_PAYEE ? "blocks need an address to pay: write -u ADDRESS"
                                    : "a pool needs to know whom to pay: write -u ADDRESS.WORKER");
    } else if (pool_user_check(doctor->config.coin, server, &error) != BASE_OK) {
        say(doctor, "login", POOL_CHECK_PROBLEM, "%s", error.text);
    } else if (pool_attempt_refused(&doctor->as_given)) {
        say(doctor, "login", POOL_CHECK_PROBLEM, "%s", doctor->as_given.error.text);
    } else if (kind != POOL_USER_LOGIN) {
        say(doctor, "login", POOL_CHECK_OK, "blocks pay %.100s%s", server->user,
            doctor->as_given.known ? "; the node takes the login" : "");
    } else if (pool_login_look(doctor->config.coin, server->user, &group, &error) != BASE_OK) {
        say(doctor, "login", POOL_CHECK_PROBLEM,
            pool_attempt_works(&doctor->as_given)
                ? "it looks odd, and the pool has not refused it: %s"
                : "it looks odd: %s",
            error.text);
    } else if (doctor->as_given.job_chains > 1) {
        say(doctor, "login", POOL_CHECK_OK, "the address is well formed, group %u", group);
    } else {
        say(doctor, "login", POOL_CHECK_OK, "nothing looks odd%s",
            pool_attempt_works(&doctor->as_given) ? ", and the pool has not refused it" : "");
    }
}

/* ---- the node itself ------------------------------------------------------------------------- */

static void note_clock(struct doctor *doctor, double ahead_s)
{
    doctor->report->clock_known = true;
    doctor->report->clock_ahead_s = ahead_s;
}

/* Ask the next question of the inquiry and take its answer. Returns false when there is none. */
static bool ask(struct doctor *doctor, uint64_t until_ms)
{
    struct pool_inquiry *inquiry = &doctor->inquiry;
    struct pool_link *link = NULL;
    struct base_error error = {BASE_OK, ""};
    uint16_t port = 0;
    const char *path = inquiry->ops->question(inquiry, &port);
    const char *body = "";
    size_t size = 0;
    long code = 0;
    if (path == NULL) {
        return false;
    }
    if (pool_inquiry_ask(inquiry, &link, path, port, doctor->config.api_key, doctor->options,
                         &error) == BASE_OK) {
        while (pool_link_state(link) == POOL_LINK_CONNECTING && base_clock_ms() < until_ms) {
            struct pool_wait wait = {.link = link};
            pool_transport_wait(&wait, 1, -1, until_ms - base_clock_ms());
        }
        if (pool_link_state(link) == POOL_LINK_DONE) {
            struct pool_link_facts facts;
            pool_link_answer(link, &code, &body, &size);
            pool_link_facts(link, &facts);
            if (facts.date_s != 0) { /* whole seconds: half of one off on average */
                note_clock(doctor, (double)(int64_t)time(NULL) - (double)facts.date_s);
            }
        }
    }
    inquiry->ops->answer(inquiry, code, body, size);
    pool_link_close(link);
    return true;
}

/* Ask a node all that its family wants to know. */
static void ask_node(struct doctor *doctor, const struct pool_inquiry_ops *ops)
{
    uint64_t until_ms = step_end(doctor, REST_MS);
    bool silent = doctor->as_given.connected && !doctor->as_given.heard &&
                  doctor->as_given.error.status == BASE_E_TIMEOUT;
    pool_inquiry_begin(&doctor->inquiry, ops, &doctor->server, silent, false);
    while (ask(doctor, until_ms)) {
    }
}

static void check_node(struct doctor *doctor)
{
    static const enum pool_check_result results[] = {
        [POOL_FINDING_GOOD] = POOL_CHECK_OK,
        [POOL_FINDING_BAD] = POOL_CHECK_PROBLEM,
        [POOL_FINDING_NOT_ASKED] = POOL_CHECK_SKIPPED,
    };
    const struct pool_inquiry *inquiry = &doctor->inquiry;
    const struct pool_service *service = pool_coin_service(doctor->config.coin, &doctor->server);
    if (service == NULL || service->inquiry == NULL) {
        say(doctor, "node", POOL_CHECK_SKIPPED,
            pool_server_is_pool(&doctor->server)
                ? "a pool's node cannot be asked"
                : "its answers to requests for work say how it is");
        return;
    }
    bool same_port = pool_server_access(&doctor->server) == POOL_ACCESS_HTTP;
    if (same_port && !doctor->as_given.heard) {
        say(doctor, "node", POOL_CHECK_SKIPPED, "it does not answer");
        return;
    }
    ask_node(doctor, service->inquiry);
    if (inquiry->locked && pool_attempt_works(&doctor->as_given)) {
        say(doctor, "node", POOL_CHECK_SKIPPED,
            "it gives work; its REST port %u is there and wants a key (--api-key): whether it is "
            "synced, its addresses and its version stay unknown",
            inquiry->http_port);
        return;
    }
    if (!same_port && !inquiry->reached && pool_attempt_works(&doctor->as_given)) {
        say(doctor, "node", POOL_CHECK_SKIPPED,
            "it gives work, but its REST port %u does not answer (--rest-port names another): "
            "whether it is synced, its addresses and its version stay unknown",
            inquiry->http_port);
        return;
    }
    if (!inquiry->reached) {
        say(doctor, "node", POOL_CHECK_SKIPPED, "%s", inquiry->text);
        return;
    }
    if (inquiry->fine && pool_attempt_works(&doctor->as_given)) {
        say(doctor, "node", POOL_CHECK_OK, "asked over its %s port %u",
            inquiry->ops->rpc_method != NULL ? "RPC" : "REST", inquiry->http_port);
    } else {
        say(doctor, "node", inquiry->fine ? POOL_CHECK_OK : POOL_CHECK_PROBLEM, "%s",
            inquiry->text);
    }
    for (size_t i = 0; i < inquiry->finding_count; i++) {
        const struct pool_finding *finding = &inquiry->findings[i];
        say(doctor, finding->name, results[finding->result], "%s", finding->text);
    }
}

static void check_clock(struct doctor *doctor)
{
    const struct pool_attempt *given = &doctor->as_given;
    const char *source = "the node's HTTP answers";
    if (!doctor->report->clock_known && given->header_ms != 0) {
        /* A template is some seconds old when it comes, so this is a rough measure. */
        note_clock(doctor, (double)(given->seen_ms - given->header_ms) / 1000.0);
        source = "the time in its jobs";
    }
    double ahead = doctor->report->clock_ahead_s;
    if (!doctor->report->clock_known) {
        say(doctor, "clock", POOL_CHECK_SKIPPED, "the server showed no time");
    } else if (fabs(ahead) > CLOCK_S) {
        say(doctor, "clock", POOL_CHECK_PROBLEM,
            "this machine is %.0f s %s of %s: one of the clocks is wrong (jobs carry the node's "
            "time, so mining goes on; TLS and logs suffer)",
            fabs(ahead), ahead > 0 ? "ahead" : "behind", source);
    } else {
        say(doctor, "clock", POOL_CHECK_OK, "within %.0f s of %s",
            fabs(ahead) < 1 ? 1.0 : ceil(fabs(ahead)), source);
    }
}

/* ---- another URL ----------------------------------------------------------------------------- */

static void try_other(struct doctor *doctor, enum pool_scheme scheme, uint16_t port)
{
    struct pool_server other = doctor->server;
    const struct pool_coin_entry *entry = pool_coin_entry(doctor->config.coin);
    other.scheme = scheme;
    other.port = port;
    if (entry->nobody != NULL && pool_user_check(&entry->coin, &other, NULL) != BASE_OK) {
        /* a pool's login is no payee: what listens there is seen with any */
        (void)snprintf(other.user, sizeof(other.user), "%s", entry->nobody);
    }
    if (doctor->other_count < OTHERS_MAX &&
        (scheme != doctor->server.scheme || port != doctor->server.port)) {
        pool_attempt_open(&doctor->others[doctor->other_count++], &doctor->config, doctor->options,
                          &other);
    }
}

/* The best of the other attempts; those from first on. NULL: none was even recognised. */
static const struct pool_attempt *run_others(struct doctor *doctor, size_t first)
{
    const struct pool_attempt *best = NULL;
    pool_attempts_run(doctor->others + first, doctor->other_count - first,
                      step_end(doctor, OTHERS_MS));
    for (size_t i = first; i < doctor->other_count; i++) {
        const struct pool_attempt *other = &doctor->others[i];
        bool works = pool_attempt_works(other);
        if (best == NULL ? works || other->known : works && !pool_attempt_works(best)) {
            best = other;
        }
        if (other->heard && other->error.status != BASE_E_TIMEOUT &&
            other->server.port == doctor->server.port) {
            (void)snprintf(doctor->heard, sizeof(doctor->heard), "%s", other->error.text);
        }
    }
    return best;
}

/* The other attempts are over: make room for more. */
static void forget_others(struct doctor *doctor)
{
    doctor->other_count = 0;
    memset(doctor->others, 0, sizeof(doctor->others));
}

/* Is it the HTTP port of one of the coin's nodes? Then the node says where it gives work. */
static void ask_as_http_port(struct doctor *doctor)
{
    const struct pool_family *family = pool_coin_entry(doctor->config.coin)->family;
    for (size_t i = 0; family != NULL && i < POOL_ACCESS_COUNT; i++) {
        if (family->services[i].inquiry != NULL) {
            pool_inquiry_begin(&doctor->inquiry, family->services[i].inquiry, &doctor->server, true,
                               true);
            (void)ask(doctor, step_end(doctor, REST_MS));
            return;
        }
    }
}

/* What a port is that answers no protocol of miners, as far as its first bytes show. */
static void describe(struct doctor *doctor, char text[256])
{
    const struct pool_family *family = pool_coin_entry(doctor->config.coin)->family;
    const struct pool_sniff *sniff = &doctor->sniff;
    struct base_error says = {BASE_OK, ""};
    const char *known = doctor->inquiry.locked     ? doctor->heard
                        : doctor->as_given.heard   ? "see protocol"
                        : doctor->heard[0] != '\0' ? doctor->heard
                        : !sniff->connected        ? "nothing answers there"
                                                   : NULL;
    if (known != NULL) {
        (void)snprintf(text, 256, "%.255s", known);
        return;
    }
    for (size_t i = 0; i < POOL_ACCESS_COUNT && sniff->size > 0; i++) {
        const struct pool_first_byte *rows = family->services[i].first_bytes;
        if (rows != NULL &&
            pool_first_byte_check(rows, sniff->bytes[0], &doctor->server, &says) != BASE_OK) {
            (void)snprintf(text, 256, "%.255s", says.text);
            return;
        }
    }
    (void)snprintf(text, 256, "%s",
                   sniff->size > 0 ? "it begins with bytes of no protocol of miners: perhaps a "
                                     "port for other nodes (P2P)"
                   : sniff->closed ? closes_text
                                   : "it sends nothing and answers no protocol of miners, as a "
                                     "port for other nodes (P2P) does");
}

/* The port where nodes of the coin usually give work. */
static void try_usual_port(struct doctor *doctor)
{
    const struct pool_url_node *node = &pool_coin_entry(doctor->config.coin)->node;
    if (node->port != 0 && node->port != doctor->server.port) {
        try_other(doctor, node->scheme, node->port);
    }
}

/* Every protocol of the coin on this port. */
static void try_this_port(struct doctor *doctor)
{
    static const enum pool_scheme schemes[] = {POOL_STRATUM_TCP, POOL_STRATUM_TLS, POOL_DAEMON_TCP,
                                               POOL_DAEMON_HTTP, POOL_DAEMON_HTTPS};
    for (size_t i = 0; i < BASE_COUNT_OF(schemes); i++) {
        try_other(doctor, schemes[i], doctor->server.port);
    }
}

/* Nothing gives work: say what listens there, and where work usually is. */
static void say_nothing_found(struct doctor *doctor)
{
    const struct pool_url_node *node = &pool_coin_entry(doctor->config.coin)->node;
    struct pool_server usual = {.scheme = node->scheme, .port = node->port};
    char what[256];
    char url[POOL_HOST_MAX + 32];
    (void)snprintf(usual.host, sizeof(usual.host), "%s", doctor->server.host);
    describe(doctor, what);
    say(doctor, "other", POOL_CHECK_SKIPPED,
        "no other protocol of %s answers on this port: %s; its nodes give work at %s unless that "
        "was changed, pools where they say",
        doctor->config.coin->title, what, pool_server_name(url, sizeof(url), &usual));
}

/* Other URLs to try: the port that the node names for work, else every protocol on this port, else
 * the usual port. Only the host that the user has named is touched. */
static void find_url(struct doctor *doctor)
{
    const struct pool_attempt *best = NULL;
    const struct pool_attempt *given = &doctor->as_given;
    bool foreign = pool_coin_service(doctor->config.coin, &doctor->server) == NULL;
    bool stands = given->connected || foreign || pool_server_is_encrypted(&doctor->server);
    if (doctor->inquiry.work_port != 0) {
        try_other(doctor, POOL_DAEMON_TCP, doctor->inquiry.work_port);
    } else if (stands) { /* perhaps TCP stands and TLS does not */
        try_this_port(doctor);
    }
    best = run_others(doctor, 0);
    if (best == NULL && stands && doctor->inquiry.work_port == 0) {
        forget_others(doctor);
        ask_as_http_port(doctor);
        if (doctor->inquiry.locked) {
            (void)snprintf(doctor->heard, sizeof(doctor->heard), "%s", doctor->inquiry.text);
        }
        if (doctor->inquiry.work_port != 0) {
            try_other(doctor, POOL_DAEMON_TCP, doctor->inquiry.work_port);
        }
        best = run_others(doctor, 0);
    }
    if (best == NULL && (given->connected || !pool_server_is_pool(&doctor->server))) {
        forget_others(doctor);
        try_usual_port(doctor);
        best = run_others(doctor, 0);
    }
    if (best == NULL) {
        say_nothing_found(doctor);
        return;
    }
    (void)pool_server_name(doctor->report->url, sizeof(doctor->report->url), &best->server);
    say(doctor, "other", POOL_CHECK_OK, "%s answers at %s%s%.200s",
        best->ready                          ? best->dialect
        : pool_server_is_pool(&best->server) ? "a pool"
                                             : "a node",
        doctor->report->url, pool_attempt_works(best) ? " and gives work" : ": ",
        pool_attempt_works(best) ? "" : best->error.text);
}

/* ---- interface ------------------------------------------------------------------------------- */

static void examine(struct doctor *doctor)
{
    struct pool_report *report = doctor->report;
    if (!check_name(doctor)) {
        return;
    }
    doctor->as_given.linger_ms = LOGIN_MS;
    pool_attempt_open(&doctor->as_given, &doctor->config, doctor->options, &doctor->server);
    pool_attempts_run(&doctor->as_given, 1, step_end(doctor, WORK_MS));
    bool foreign = pool_coin_service(doctor->config.coin, &doctor->server) == NULL;
    if (!doctor->as_given.known && (doctor->as_given.connected || foreign)) {
        pool_sniff_run(&doctor->sniff, doctor->options, doctor->server.host, doctor->server.port,
                       step_end(doctor, SNIFF_MS));
    }
    check_connection(doctor);
    check_work(doctor);
    check_login(doctor);
    check_node(doctor);
    check_clock(doctor);
    bool login_good = pool_user_check(doctor->config.coin, &doctor->server, NULL) == BASE_OK &&
                      !pool_attempt_refused(&doctor->as_given);
    report->works = pool_attempt_works(&doctor->as_given) && login_good;
    if (doctor->as_given.known) {
        (void)pool_server_name(report->url, sizeof(report->url), &doctor->server);
    } else {
        find_url(doctor);
    }
}

enum base_status pool_doctor_run(struct pool_report *report, const struct pool_config *config,
                                 size_t server, struct base_error *error)
{
    struct doctor *doctor = base_alloc(1, sizeof(*doctor));
    memset(report, 0, sizeof(*report));
    BASE_ASSERT(server < config->server_count);
    if (doctor == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for an examination");
    }
    doctor->config = *config;
    doctor->config.connect_timeout_ms = WORK_MS;
    doctor->server = config->servers[server];
    doctor->options = &doctor->all_options[server];
    doctor->report = report;
    doctor->until_ms = base_clock_ms() + POOL_DOCTOR_MS;
    enum base_status status = pool_source_options(&doctor->config, doctor->all_options, error);
    if (status == BASE_OK) {
        status = pool_transport_start(error);
    }
    if (status == BASE_OK) {
        examine(doctor);
        pool_transport_stop();
    }
    base_free(doctor);
    return status;
}

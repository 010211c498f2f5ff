/* source_addresses.c: the addresses of a server's name. One that accepts a connection and then
 * stays silent or closes it is tried last, until it gives a job. Part of the source, see
 * source_private.h. */
#include <stdio.h>
#include <string.h>

#include "source/source_private.h"

const char *pool_source_place(const struct pool_source *source, const struct pool_session *session,
                              char text[400])
{
    char name[320];
    struct pool_link_facts facts;
    pool_session_facts(session, &facts);
    bool known =
        facts.address[0] != '\0' && strcmp(facts.address, session->setup.server->host) != 0;
    (void)snprintf(text, 400, "%s%s%s%s", pool_source_name(source, session->server, name),
                   known ? " (" : "", known ? facts.address : "", known ? ")" : "");
    return text;
}

/* Out of the list, if it is there. */
static bool take_out(struct pool_addresses *last, const char *address)
{
    for (size_t i = 0; i < last->count; i++) {
        if (strcmp(last->text[i], address) == 0) {
            last->count--;
            memmove(last->text[i], last->text[i + 1], (last->count - i) * sizeof(last->text[0]));
            return true;
        }
    }
    return false;
}

/* An address that fails although it was tried last: all others do, too, so they get their turn. */
void pool_source_blame_address(struct pool_source *source, const struct pool_session *session,
                               const struct base_error *error, uint64_t served_ms)
{
    struct pool_addresses *last = &source->servers[session->server].last;
    struct pool_link_facts facts;
    pool_session_facts(session, &facts);
    bool good = served_ms >= POOL_GOOD_SERVICE_MS && error->status != BASE_E_TIMEOUT;
    if (!facts.connected || facts.address[0] == '\0' || good || session->again ||
        session->moved_port != 0 || error->status == BASE_E_REFUSED) {
        return;
    }
    if (take_out(last, facts.address) || last->count == POOL_ADDRESSES_MAX) {
        last->count = 0;
    }
    memcpy(last->text[last->count++], facts.address, sizeof(last->text[0]));
}

void pool_source_trust_address(struct pool_source *source, const struct pool_session *session)
{
    struct pool_link_facts facts;
    pool_session_facts(session, &facts);
    (void)take_out(&source->servers[session->server].last, facts.address);
}

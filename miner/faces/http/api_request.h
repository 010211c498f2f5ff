/* api_request.h: checks of a request before it is answered: which path takes which method, which
 * Host header and which token are accepted. Pure functions over untrusted texts; no sockets, no
 * library. */
#ifndef MINER_API_REQUEST_H
#define MINER_API_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum miner_api_route {
    MINER_API_NOWHERE,
    MINER_API_PAGE, /* the dashboard */
    MINER_API_STYLE,
    MINER_API_SCRIPT,
    MINER_API_ICON,
    MINER_API_SUMMARY,
    MINER_API_DEVICES,
    MINER_API_CHAINS,
    MINER_API_WORKERS,
    MINER_API_EVENTS,
    MINER_API_METRICS,
    MINER_API_XMRIG_1,
    MINER_API_XMRIG_2,
    MINER_API_MMPOS,
    MINER_API_PAUSE,
    MINER_API_RESUME,
    MINER_API_RELOAD,
};

enum miner_api_allow { MINER_API_READS, MINER_API_CHANGES };

/** Route of a path.
 * Out: allow  READS: GET and HEAD; CHANGES: POST with the token. */
enum miner_api_route miner_api_route_find(const char *path, enum miner_api_allow *allow);

/** True when a Host header is accepted. Against DNS rebinding: where another site's name was made
 * to resolve to this machine, its page sends that name. A numeric address cannot be redirected so.
 * In: host      the header; NULL: none was sent, so no browser sent it.
 *     loopback  the server listens on loopback only: names other than localhost are refused. */
bool miner_api_host_is_ours(const char *host, bool loopback);

/** True when an Authorization header holds the token: "Bearer TOKEN". Takes the same time however
 * many characters of a wrong token are right.
 * In: header  NULL: none. token: "" none is set, and no header is right. */
bool miner_api_token_is_right(const char *header, const char *token);

/** Value of ?since=: decimal digits, at most 18. NULL text is 0.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status miner_api_since(uint64_t *since, const char *text,
                                                 struct base_error *error);

#endif

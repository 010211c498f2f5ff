/* api_request.h: what a request may be, before anything is done for it: which path takes which
 * method, whose Host header is believed, which token counts. Pure functions over texts of
 * strangers; knows no sockets and no library. */
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
    MINER_API_EVENTS,
    MINER_API_METRICS,
    MINER_API_XMRIG,
    MINER_API_MMPOS,
    MINER_API_PAUSE,
    MINER_API_RESUME,
    MINER_API_RELOAD,
};

enum miner_api_allow { MINER_API_READS, MINER_API_CHANGES };

/** Where a path leads.
 * Out: allow  READS: GET and HEAD; CHANGES: POST with the token. */
enum miner_api_route miner_api_route_find(const char *path, enum miner_api_allow *allow);

/** True when a Host header can be believed. Against DNS rebinding: a page of a stranger whose name
 * was made to mean this machine sends that name. Numbers cannot be made to mean anything else.
 * In: host      the header; NULL: none was sent, so no browser sent it.
 *     loopback  the server listens on loopback only: names other than localhost are refused. */
bool miner_api_host_is_ours(const char *host, bool loopback);

/** True when an Authorization header holds the token: "Bearer TOKEN". Takes as long for a token
 * that is almost right as for one that is all wrong.
 * In: header  NULL: none. token: "" none is set, and nothing is right. */
bool miner_api_token_is_right(const char *header, const char *token);

/** Value of ?since=: decimal digits, at most 18. NULL text is 0.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence. */
BASE_MUST_CHECK enum base_status miner_api_since(uint64_t *since, const char *text,
                                                 struct base_error *error);

#endif

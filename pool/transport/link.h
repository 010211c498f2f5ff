/* link.h: the inside of a link, shared by the files of the transport: transport.c (making, sending,
 * receiving), transport_wait.c (driving libcurl, one poll for all), transport_words.c (failures in
 * sentences), transport_addresses.c (which addresses of a name are tried). No other room may
 * include it. */
#ifndef POOL_LINK_H
#define POOL_LINK_H

#include <curl/curl.h>
#include <time.h>

#include "transport/tls.h"
#include "transport/transport.h"
#include "wire/frame.h"

enum {
    POOL_LINK_SOCKETS_MAX = 8, /* sockets of one connecting link: IPv4, IPv6, name resolver */
};

/* What outlives a request together with its connection. */
struct pool_channel {
    CURLM *multi;                /* owned; holds the connection */
    bool used;                   /* by an earlier request */
    struct pool_tls_check check; /* what TLS found out about the peer; TLS may look at it again */
};

struct pool_link {
    CURL *easy;
    struct pool_channel *channel; /* owned; NULL: left to later requests */
    struct pool_idle *idle;       /* where it goes after the request; NULL: it is closed */
    bool again;                   /* its connection may be one that an earlier request left */
    struct curl_slist *headers;
    const struct pool_transport_options *options;
    char host[POOL_HOST_MAX]; /* of the connection, also after a redirect */
    char home[POOL_HOST_MAX]; /* of the request before redirects: decides where they may lead and
                                 who sees the login */
    uint16_t port;
    bool tls;
    bool http;
    bool proxied; /* the connection goes through the proxy */
    enum pool_link_state state;
    struct base_error error;
    char tried[64];          /* address that was tried last; "" none */
    bool spared;             /* an address was left out because it is to be tried last */
    bool last_resort;        /* nothing is left out any more */
    struct pool_buffer body; /* HTTP */
    size_t body_max;         /* HTTP: bytes */
    uint32_t time_ms;        /* HTTP: for all of it */
    unsigned moves;          /* HTTP: redirects followed */
    bool login;              /* HTTP: the request shows a login or a key */
    bool once;               /* HTTP: never sent twice */
    bool post;               /* HTTP */
    long code;               /* HTTP */
    time_t date_s;           /* HTTP: Date header; 0 none */
    int fd;                  /* once open */
    uint64_t timer_ms;       /* base_clock_ms when libcurl wants to run; UINT64_MAX: not */
    struct {
        curl_socket_t fd;
        int what; /* CURL_POLL_IN, _OUT, _INOUT */
    } sockets[POOL_LINK_SOCKETS_MAX];
    size_t socket_count;
    bool too_many; /* sockets that did not fit: the link fails */
    char reason[CURL_ERROR_SIZE];
};

/** Turn libcurl's verdict into the link's error; the link has failed. */
void pool_link_explain(struct pool_link *link, CURLcode code);

/** The same for a stream that broke while it was read or written; what: "receiving from". Returns
 * the status of the error. */
enum base_status pool_link_broke(struct pool_link *link, CURLcode code, const char *what);

/** Have a link that is not connected go through the proxy of its options, or not (local.h), as its
 * host says. */
BASE_MUST_CHECK enum base_status pool_link_set_proxy(struct pool_link *link,
                                                     struct base_error *error);

/** Make libcurl leave out the addresses that are to be tried last. And: after a failure to connect,
 * begin once more with them too, if any was left out. Returns: true: it connects again. */
BASE_MUST_CHECK bool pool_link_set_addresses(struct pool_link *link);
bool pool_link_try_last(struct pool_link *link, CURLcode code);

/** Have a link that is not connected speak TLS as its options say. */
BASE_MUST_CHECK enum base_status pool_link_set_tls(struct pool_link *link,
                                                   struct base_error *error);

/** Send the request of a link that was answered with a redirect once more, to where it points, if
 * that is allowed (redirect.h, TLS not given up, no login to another host, POOL_HTTP_MOVES_MAX).
 * Returns: true: it connects again; false: the link has failed and says why. */
bool pool_link_follow(struct pool_link *link);

/** Callbacks for libcurl by which it tells its sockets and timers; user is the link. */
int pool_link_on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user);
int pool_link_on_timer(CURLM *multi, long timeout_ms, void *user);

#endif

/* transport_words.c: why a link failed, in one sentence for people: libcurl's codes and the
 * operating system's. What TLS has to say comes from tls.c. */
#include <errno.h>
#include <string.h>

#include "transport/link.h"

/* True once TCP (and TLS) were connected: only the answer can be late then. */
static bool connected(const struct pool_link *link)
{
    curl_off_t asked = 0;
    return curl_easy_getinfo(link->easy, CURLINFO_PRETRANSFER_TIME_T, &asked) == CURLE_OK &&
           asked > 0;
}

/* What a proxy that is reached says of the server; "" where libcurl does not tell. */
static const char *proxy_says(const struct pool_link *link)
{
#if LIBCURL_VERSION_NUM >= 0x074900
    long reply = 0;
    (void)curl_easy_getinfo(link->easy, CURLINFO_PROXY_ERROR, &reply);
    switch (reply) {
    case CURLPX_REPLY_CONNECTION_REFUSED:
        return "connection refused";
    case CURLPX_REPLY_HOST_UNREACHABLE:
        return "the host cannot be reached from there";
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
        return "the network cannot be reached from there";
    case CURLPX_REPLY_TTL_EXPIRED:
        return "the way is too long";
    case CURLPX_REPLY_NOT_ALLOWED:
        return "its rules do not allow this server";
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
        return "general failure (Tor: the server cannot be reached)";
    case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
    case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
        return "it does not support such connections or addresses";
    case CURLPX_RESOLVE_HOST:
        return "the name cannot be resolved";
    case CURLPX_USER_REJECTED:
    case CURLPX_NO_AUTH:
        return "it does not take the login";
    case CURLPX_BAD_VERSION:
        return "it speaks no SOCKS5";
    case CURLPX_CLOSED:
        return "it closed the connection";
    default:
        break;
    }
#else
    (void)link;
#endif
    return "";
}

/* The operating system's word for why a connection was not made. */
static const char *system_says(const struct pool_link *link, const char *detail, char *text,
                               size_t cap)
{
    long number = 0;
    (void)curl_easy_getinfo(link->easy, CURLINFO_OS_ERRNO, &number);
    if (number == ECONNREFUSED) {
        return "connection refused, nothing listens there";
    }
    return number == 0 ? detail : strerror_r((int)number, text, cap);
}

void pool_link_explain(struct pool_link *link, CURLcode code)
{
    struct base_error *error = &link->error;
    const char *detail = link->reason[0] != '\0' ? link->reason : curl_easy_strerror(code);
    enum base_status status = BASE_E_IO;
    char system[128];
    link->state = POOL_LINK_FAILED;
    if (link->tls &&
        pool_tls_explain(&link->channel->check, error, link->host, link->port, detail, link->http,
                         code == CURLE_PEER_FAILED_VERIFICATION, code == CURLE_SSL_CONNECT_ERROR)) {
        return;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        status = base_error_set(error, BASE_E_NOT_FOUND,
                                "the name %s cannot be resolved: is it spelled right, and is there "
                                "a network?",
                                link->host);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        status = base_error_set(error, BASE_E_NOT_FOUND, "the proxy's name cannot be resolved");
        break;
    case CURLE_OPERATION_TIMEDOUT:
        if (link->http && connected(link)) {
            status = base_error_set(error, BASE_E_TIMEOUT, "no answer from %s port %u within %u ms",
                                    link->host, link->port, link->time_ms);
            break;
        }
        status = base_error_set(error, BASE_E_TIMEOUT, "no connection to %s port %u within %u ms",
                                link->host, link->port, link->options->connect_timeout_ms);
        break;
    case CURLE_PROXY: {
        const char *reply = proxy_says(link);
        status = base_error_set(error, BASE_E_IO, "the proxy gives no way to %s port %u: %.200s",
                                link->host, link->port, reply[0] != '\0' ? reply : detail);
        break;
    }
    case CURLE_UNSUPPORTED_PROTOCOL: /* "HTTP/0.9", which means anything */
    case CURLE_WEIRD_SERVER_REPLY:
        status = base_error_set(error, BASE_E_IO,
                                "%s port %u answers, and not with HTTP: this is no RPC or REST "
                                "port; a pool's is written stratum+tcp://%s:%u",
                                link->host, link->port, link->host, link->port);
        break;
    case CURLE_GOT_NOTHING:
        status = base_error_set(error, BASE_E_IO,
                                "%s port %u closed the connection without an answer to HTTP: this "
                                "may be a port for other nodes (P2P)",
                                link->host, link->port);
        break;
    case CURLE_COULDNT_CONNECT:
        detail = system_says(link, detail, system, sizeof(system));
        status =
            link->proxied
                ? base_error_set(error, BASE_E_IO, "the proxy cannot be reached: %.200s", detail)
                : base_error_set(error, BASE_E_IO, "%s port %u cannot be reached: %.200s",
                                 link->host, link->port, detail);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        status = base_error_set(error, BASE_E_IO, "the CA file cannot be read: %.200s", detail);
        break;
    case CURLE_WRITE_ERROR:
        status = base_error_set(error, BASE_E_LIMIT, "%s port %u answered with more than %zu bytes",
                                link->host, link->port, link->body_max);
        break;
    default:
        status =
            base_error_set(error, BASE_E_IO, "%s port %u: %.300s", link->host, link->port, detail);
        break;
    }
    link->error.status = status;
}

enum base_status pool_link_broke(struct pool_link *link, CURLcode code, const char *what)
{
    long os_error = 0;
    (void)curl_easy_getinfo(link->easy, CURLINFO_OS_ERRNO, &os_error);
    int number = os_error != 0 ? (int)os_error : errno;
    char text[128] = "";
    const char *system = number != 0 ? strerror_r(number, text, sizeof(text)) : "";
    link->state = POOL_LINK_FAILED;
    if (number == ETIMEDOUT) { /* the kernel's time limit was set by on_new_socket in transport.c */
        return base_error_set(&link->error, BASE_E_IO,
                              "%s %s port %u failed: %s, nothing was acknowledged for %.1f s", what,
                              link->host, link->port, system,
                              (double)link->options->dead_peer_ms / 1000.0);
    }
    return base_error_set(&link->error, BASE_E_IO, "%s %s port %u failed: %s", what, link->host,
                          link->port, system[0] != '\0' ? system : curl_easy_strerror(code));
}

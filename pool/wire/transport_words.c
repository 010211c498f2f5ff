/* transport_words.c: why a link failed, in one sentence for people: libcurl's codes and the
 * operating system's. What TLS has to say comes from tls.c. */
#include <errno.h>
#include <string.h>

#include "wire/link.h"

/* True once TCP (and TLS) were connected: only the answer can be late then. */
static bool connected(const struct pool_link *link)
{
    curl_off_t asked = 0;
    return curl_easy_getinfo(link->easy, CURLINFO_PRETRANSFER_TIME_T, &asked) == CURLE_OK &&
           asked > 0;
}

void pool_link_explain(struct pool_link *link, CURLcode code)
{
    struct base_error *error = &link->error;
    const char *detail = link->reason[0] != '\0' ? link->reason : curl_easy_strerror(code);
    enum base_status status = BASE_E_IO;
    link->state = POOL_LINK_FAILED;
    if (link->tls &&
        pool_tls_explain(&link->check, error, link->host, link->port, detail, link->http,
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
    case CURLE_COULDNT_CONNECT:
        status = base_error_set(error, BASE_E_IO, "%s port %u cannot be reached: %.200s",
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

/* transport_addresses.c: which addresses of a name are tried. libcurl looks the name up and tries
 * them in the system's order; those that are to be tried last are left out, until no other one
 * connects. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/link.h"

static bool is_last(const struct pool_link *link, const char *address)
{
    const struct pool_addresses *last = link->options->last;
    for (size_t i = 0; last != NULL && i < last->count; i++) {
        if (strcmp(last->text[i], address) == 0) {
            return true;
        }
    }
    return false;
}

/* True where libcurl wants to send a request again, over another connection, since the kept one
 * ended before the answer. */
static bool is_again(const struct pool_link *link)
{
    long sent = 0; /* bytes */
    return curl_easy_getinfo(link->easy, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
}

/* libcurl takes a bad socket for an address that does not connect, and tries the next one. */
static curl_socket_t on_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct pool_link *link = user;
    char text[sizeof(link->tried)] = "";
    (void)purpose;
    if (link->once && link->moves == 0 && is_again(link)) {
        return CURL_SOCKET_BAD;
    }
    (void)getnameinfo(&address->addr, address->addrlen, text, sizeof(text), NULL, 0,
                      NI_NUMERICHOST);
    if (!link->proxied && !link->last_resort && is_last(link, text)) {
        link->spared = true;
        return CURL_SOCKET_BAD;
    }
    (void)snprintf(link->tried, sizeof(link->tried), "%s", text);
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool pool_link_set_addresses(struct pool_link *link)
{
    return curl_easy_setopt(link->easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_OPENSOCKETDATA, link) == CURLE_OK;
}

bool pool_link_try_last(struct pool_link *link, CURLcode code)
{
    if (code != CURLE_COULDNT_CONNECT || !link->spared || link->last_resort) {
        return false;
    }
    link->last_resort = true;
    (void)curl_multi_remove_handle(link->channel->multi, link->easy);
    if (curl_multi_add_handle(link->channel->multi, link->easy) != CURLM_OK) {
        return false;
    }
    link->timer_ms = 0;
    return true;
}

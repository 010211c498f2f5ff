/* transport_redirect.c: HTTP answers that point elsewhere. libcurl could follow them by itself, but
 * not ask us about each step first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transport/link.h"
#include "transport/redirect.h"

struct place {
    char *scheme; /* all owned by libcurl: curl_free */
    char *host;
    char *port;
};

static void forget(struct place *place)
{
    curl_free(place->scheme);
    curl_free(place->host);
    curl_free(place->port);
}

/* Scheme, host and port of where the answer points. libcurl has made an absolute URL of it. */
static bool look(struct place *place, const char *url)
{
    CURLU *parts = curl_url();
    bool fine = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &place->scheme, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &place->host, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_PORT, &place->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    curl_url_cleanup(parts);
    return fine;
}

/* The host without the brackets of an IPv6 address. */
static void bare(char *host)
{
    size_t size = strlen(host);
    if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
        memmove(host, host + 1, size - 2);
        host[size - 2] = '\0';
    }
}

static enum base_status check(const struct pool_link *link, const struct place *place,
                              struct base_error *error)
{
    bool tls = strcmp(place->scheme, "https") == 0;
    if (link->moves >= POOL_HTTP_MOVES_MAX) {
        return base_error_set(error, BASE_E_LIMIT, "that is the %dth in a row",
                              POOL_HTTP_MOVES_MAX + 1);
    }
    if (!tls && strcmp(place->scheme, "http") != 0) {
        return base_error_set(error, BASE_E_REFUSED, "its scheme is not http or https");
    }
    if (link->tls && !tls) {
        return base_error_set(error, BASE_E_REFUSED, "that would give TLS up");
    }
    if (link->post && link->code != 307 && link->code != 308) {
        return base_error_set(error, BASE_E_REFUSED, "code %ld would make a GET of this request",
                              link->code);
    }
    enum base_status status =
        pool_redirect_check(link->home, place->host, link->options->redirects, error);
    if (status == BASE_OK && link->login && strcasecmp(link->home, place->host) != 0) {
        return base_error_set(error, BASE_E_REFUSED, "the login is for %.80s alone", link->home);
    }
    return status;
}

bool pool_link_follow(struct pool_link *link)
{
    char *url = NULL;
    struct place place = {NULL, NULL, NULL};
    struct base_error why = {BASE_OK, ""};
    (void)curl_easy_getinfo(link->easy, CURLINFO_REDIRECT_URL, &url);
    if (url == NULL || !look(&place, url)) {
        (void)base_error_set(&why, BASE_E_FORMAT, "it does not say where");
        goto out;
    }
    bare(place.host);
    if (check(link, &place, &why) != BASE_OK) {
        goto out;
    }
    (void)curl_multi_remove_handle(link->channel->multi, link->easy);
    pool_buffer_consume(&link->body, pool_buffer_size(&link->body));
    link->moves++;
    (void)snprintf(link->host, sizeof(link->host), "%s", place.host);
    bool tls = strcmp(place.scheme, "https") == 0;
    if (pool_link_set_proxy(link, &why) != BASE_OK ||
        (tls && !link->tls && pool_link_set_tls(link, &why) != BASE_OK) ||
        curl_easy_setopt(link->easy, CURLOPT_URL, url) != CURLE_OK ||
        curl_multi_add_handle(link->channel->multi, link->easy) != CURLM_OK) {
        (void)base_error_set(&why, BASE_E_MEMORY, "libcurl does not take the new place");
        goto out;
    }
    link->tls = tls;
    link->port = (uint16_t)strtoul(place.port, NULL, 10); /* libcurl has checked it */
    link->timer_ms = 0;
out:
    if (why.status != BASE_OK) {
        link->state = POOL_LINK_FAILED;
        bool https = place.host != NULL && !link->tls && strcmp(place.scheme, "https") == 0;
        char right[POOL_HOST_MAX + 40] = "";
        if (https) {
            (void)snprintf(right, sizeof(right), "; write daemon+https://%.200s:%.8s", place.host,
                           place.port);
        }
        (void)base_error_set(&link->error, why.status,
                             "%s sends this miner elsewhere%s%.80s: not followed, %.200s%s",
                             link->host, place.host != NULL ? ", to " : "",
                             place.host != NULL ? place.host : "", why.text, right);
    }
    forget(&place);
    return why.status == BASE_OK;
}

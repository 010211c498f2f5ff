/* transport_wait.c: drives connecting links and HTTP requests through libcurl's socket interface,
 * and waits for all links by one poll(2). Knows nothing of what is sent. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "transport/link.h"

/* ---- what libcurl wants ---------------------------------------------------------------------- */

int pool_link_on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct pool_link *link = user;
    size_t i = 0;
    (void)easy;
    (void)socket_user;
    while (i < link->socket_count && link->sockets[i].fd != fd) {
        i++;
    }
    if (what == CURL_POLL_REMOVE) {
        if (i < link->socket_count) {
            link->sockets[i] = link->sockets[--link->socket_count];
        }
        return 0;
    }
    if (i == link->socket_count) {
        if (i == POOL_LINK_SOCKETS_MAX) {
            link->too_many = true;
            return 0;
        }
        link->socket_count++;
    }
    link->sockets[i].fd = fd;
    link->sockets[i].what = what;
    return 0;
}

int pool_link_on_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct pool_link *link = user;
    (void)multi;
    link->timer_ms = timeout_ms < 0 ? UINT64_MAX : base_clock_ms() + (uint64_t)timeout_ms;
    return 0;
}

/* ---- waiting ----------------------------------------------------------------------------------
 */

/* libcurl has finished connecting, or the HTTP request. */
static void finish(struct pool_link *link, CURLcode code)
{
    if (code != CURLE_OK) {
        if (!pool_link_try_last(link, code)) {
            pool_link_explain(link, code);
        }
        return;
    }
    if (link->http) {
        static const char nul = '\0';
        (void)curl_easy_getinfo(link->easy, CURLINFO_RESPONSE_CODE, &link->code);
        if (link->code >= 300 && link->code < 400) {
            (void)pool_link_follow(link);
            return;
        }
        if (pool_buffer_append(&link->body, &nul, 1) != BASE_OK) {
            pool_link_explain(link, CURLE_OUT_OF_MEMORY);
            return;
        }
        link->body.end--; /* the NUL lies behind the body */
        link->state = POOL_LINK_DONE;
        return;
    }
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(link->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD) {
        pool_link_explain(link, CURLE_COULDNT_CONNECT);
        return;
    }
    link->fd = fd;
    link->state = POOL_LINK_OPEN;
}

/* A server that sends an answer in two pieces waits, by Nagle's rule, for our acknowledgement of
 * the first, which the kernel would hold back for 40 ms on a kept connection. */
static void acknowledge(const struct pool_link *link)
{
    int on = 1;
    for (size_t i = 0; i < link->socket_count && link->http; i++) {
        (void)setsockopt(link->sockets[i].fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
    }
}

static void drive(struct pool_link *link, curl_socket_t fd, int events)
{
    int running = 0;
    int left = 0;
    CURLMsg *message = NULL;
    if (curl_multi_socket_action(link->channel->multi, fd, events, &running) != CURLM_OK ||
        link->too_many) {
        pool_link_explain(link, CURLE_FAILED_INIT);
        return;
    }
    acknowledge(link);
    while ((message = curl_multi_info_read(link->channel->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            finish(link, message->data.result);
            return;
        }
    }
}

static size_t add_polls(const struct pool_wait *wait, struct pollfd *polls)
{
    const struct pool_link *link = wait->link;
    size_t count = 0;
    if (link->state == POOL_LINK_OPEN) {
        polls[0] = (struct pollfd){.fd = link->fd,
                                   .events = (short)(POLLIN | (wait->want_send ? POLLOUT : 0))};
        return 1;
    }
    if (link->state == POOL_LINK_CONNECTING) {
        for (; count < link->socket_count; count++) {
            int what = link->sockets[count].what;
            polls[count] = (struct pollfd){.fd = link->sockets[count].fd};
            polls[count].events =
                (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
        }
    }
    return count;
}

static void serve(struct pool_wait *wait, const struct pollfd *polls, size_t count)
{
    struct pool_link *link = wait->link;
    if (link->state == POOL_LINK_OPEN) {
        wait->readable = (polls[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        return;
    }
    for (size_t i = 0; i < count && link->state == POOL_LINK_CONNECTING; i++) {
        int events = (polls[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
                     (polls[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                     (polls[i].revents & (POLLERR | POLLHUP | POLLNVAL) ? CURL_CSELECT_ERR : 0);
        if (events != 0) {
            drive(link, polls[i].fd, events);
        }
    }
    if (link->state == POOL_LINK_CONNECTING && link->timer_ms <= base_clock_ms()) {
        link->timer_ms = UINT64_MAX; /* set again by libcurl during the call if it wants to */
        drive(link, CURL_SOCKET_TIMEOUT, 0);
    }
}

void pool_transport_wait(struct pool_wait *waits, size_t count, int wake_fd, uint64_t timeout_ms)
{
    struct pollfd polls[POOL_LINKS_MAX * POOL_LINK_SOCKETS_MAX + 1];
    size_t first[POOL_LINKS_MAX + 1] = {0};
    uint64_t now_ms = base_clock_ms();
    size_t used = 0;
    BASE_ASSERT(count <= POOL_LINKS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct pool_link *link = waits[i].link;
        waits[i].readable = false;
        first[i] = used;
        used += add_polls(&waits[i], polls + used);
        if (link->state == POOL_LINK_CONNECTING && link->timer_ms != UINT64_MAX) {
            uint64_t wait_ms = link->timer_ms > now_ms ? link->timer_ms - now_ms : 0;
            timeout_ms = wait_ms < timeout_ms ? wait_ms : timeout_ms;
        }
    }
    first[count] = used;
    polls[used] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    int timeout = timeout_ms > 60000 ? 60000 : (int)timeout_ms;
    if (poll(polls, used + 1, timeout) < 0) {
        return; /* EINTR: the caller looks again */
    }
    for (size_t i = 0; i < count; i++) {
        serve(&waits[i], polls + first[i], first[i + 1] - first[i]);
    }
}

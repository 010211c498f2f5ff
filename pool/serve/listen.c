/* listen.c: listening sockets. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/serve.h"

enum { BACKLOG = 1024 };

enum base_status pool_serve_socket(int *fd_out, uint16_t *bound_port, const char *host,
                                   uint16_t port, const char *what, struct base_error *error)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } bound;
    socklen_t bound_size = sizeof bound;
    char service[8];
    int on = 1;
    (void)snprintf(service, sizeof service, "%u", port);
    *fd_out = -1;
    *bound_port = 0;
    memset(&bound, 0, sizeof bound);
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        return base_error_set(error, BASE_E_ARG,
                              "Cannot listen on '%s': give an IP address such as 127.0.0.1", host);
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
                getsockname(fd, &bound.any, &bound_size) == 0;
    int reason = errno;
    freeaddrinfo(found);
    if (!good) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return base_error_set(error, BASE_E_IO,
                              "Cannot listen on %s port %u for the %s: %s; choose another port, or "
                              "0 for any free one",
                              host, port, what, strerror(reason));
    }
    *bound_port = ntohs(bound.any.sa_family == AF_INET6 ? bound.in6.sin6_port : bound.in4.sin_port);
    *fd_out = fd;
    return BASE_OK;
}

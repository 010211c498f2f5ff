/* rpc_login.c: see rpc_login.h. Source: digibyte.md 7.1. */
#include "protocol/rpc_login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/bounds.h"

/* "user:password" and perhaps a line end. */
static bool take(struct pool_rpc_login *login, const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) {
        size--;
    }
    if (colon == NULL || colon >= text + size) {
        return false;
    }
    size_t user_size = (size_t)(colon - text);
    size_t pass_size = size - user_size - 1;
    if (user_size == 0 || user_size >= sizeof(login->user) || pass_size == 0 ||
        pass_size >= sizeof(login->pass)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    memcpy(login->user, text, user_size);
    memcpy(login->pass, colon + 1, pass_size);
    return true;
}

/* Read a small regular file; a pipe or a device could keep the event thread waiting. */
static enum base_status read_cookie(struct pool_rpc_login *login, const char *path,
                                    struct base_error *error)
{
    char text[POOL_COOKIE_BYTES_MAX];
    struct stat about;
    enum base_status status = BASE_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return base_error_set(error, BASE_E_NOT_FOUND,
                              "the node's cookie file %.200s cannot be read: %s; is the node "
                              "running, and may this user read it?",
                              path, strerror(errno));
    }
    ssize_t got =
        fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? read(fd, text, sizeof(text)) : -1;
    if (got <= 0 || !take(login, text, (size_t)got)) {
        memset(login, 0, sizeof(*login));
        status = base_error_set(error, BASE_E_FORMAT,
                                "the file %.200s holds no cookie: it should be a node's .cookie, "
                                "one line __cookie__:...",
                                path);
    }
    (void)close(fd);
    return status;
}

enum base_status pool_rpc_login(struct pool_rpc_login *login, const struct pool_server *server,
                                struct base_error *error)
{
    memset(login, 0, sizeof(*login));
    if (server->rpc_cookie[0] != '\0') {
        return read_cookie(login, server->rpc_cookie, error);
    }
    (void)snprintf(login->user, sizeof(login->user), "%s", server->rpc_user);
    (void)snprintf(login->pass, sizeof(login->pass), "%s",
                   server->rpc_pass[0] != '\0' ? server->rpc_pass : server->pass);
    return BASE_OK;
}

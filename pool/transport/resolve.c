/* resolve.c: see resolve.h. getaddrinfo cannot be interrupted, so it runs in a thread of its own,
 * which shares its question with the caller: the last of the two frees it. */
#include "transport/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "pool.h"

struct question {
    char host[POOL_HOST_MAX]; /* constant */
    pthread_mutex_t lock;     /* guards the rest */
    pthread_cond_t answered;
    unsigned holders; /* 2: caller and thread */
    bool done;
    int code; /* of getaddrinfo */
    struct pool_addresses addresses;
};

static void release(struct question *question)
{
    (void)pthread_mutex_lock(&question->lock);
    bool last = --question->holders == 0;
    (void)pthread_mutex_unlock(&question->lock);
    if (last) {
        (void)pthread_cond_destroy(&question->answered);
        (void)pthread_mutex_destroy(&question->lock);
        base_free(question);
    }
}

static void *look_up(void *user)
{
    struct question *question = user;
    struct pool_addresses found = {0};
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int code = getaddrinfo(question->host, NULL, &hints, &list);
    for (const struct addrinfo *at = list; at != NULL && found.count < POOL_ADDRESSES_MAX;
         at = at->ai_next) {
        if (getnameinfo(at->ai_addr, at->ai_addrlen, found.text[found.count], sizeof(found.text[0]),
                        NULL, 0, NI_NUMERICHOST) == 0) {
            found.count++;
        }
    }
    if (list != NULL) {
        freeaddrinfo(list);
    }
    (void)pthread_mutex_lock(&question->lock);
    question->addresses = found;
    question->code = code;
    question->done = true;
    (void)pthread_cond_signal(&question->answered);
    (void)pthread_mutex_unlock(&question->lock);
    release(question);
    return NULL;
}

static int start_thread(struct question *question)
{
    pthread_t thread;
    int result = base_thread_start(&thread, look_up, question);
    return result != 0 ? result : pthread_detach(thread);
}

enum base_status pool_resolve(struct pool_addresses *addresses, const char *host,
                              uint32_t timeout_ms, struct base_error *error)
{
    struct question *question = base_alloc(1, sizeof(*question));
    uint64_t until_ms = base_clock_ms() + timeout_ms;
    memset(addresses, 0, sizeof(*addresses));
    if (question == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to look up a name");
    }
    (void)snprintf(question->host, sizeof(question->host), "%s", host);
    question->holders = 2;
    (void)pthread_mutex_init(&question->lock, NULL);
    base_thread_condition(&question->answered);
    if (start_thread(question) != 0) {
        question->holders = 1;
        release(question);
        return base_error_set(error, BASE_E_IO, "no thread to look up a name");
    }
    (void)pthread_mutex_lock(&question->lock);
    while (!question->done && base_thread_wait(&question->answered, &question->lock, until_ms)) {
    }
    bool done = question->done;
    int code = question->code;
    *addresses = question->addresses;
    (void)pthread_mutex_unlock(&question->lock);
    release(question);
    if (!done) {
        return base_error_set(error, BASE_E_TIMEOUT,
                              "no answer from the name server within %.1f s: is there a network?",
                              (double)timeout_ms / 1000.0);
    }
    if (code != 0 || addresses->count == 0) {
        return base_error_set(error, BASE_E_NOT_FOUND,
                              "the name %s cannot be resolved (%s): is it spelled right, and is "
                              "there a network?",
                              host, gai_strerror(code));
    }
    return BASE_OK;
}

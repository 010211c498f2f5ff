/* test_api_start.c: the HTTP interface where it cannot start: what is said, and that nothing stays
 * open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/api.h"

static struct miner_config config;
static struct miner_log *the_log;

static struct miner_face *new_api(const char *host)
{
    struct base_error error;
    struct miner_face *face = NULL;
    (void)snprintf(config.api_host, sizeof config.api_host, "%s", host);
    assert_int_equal(miner_api_new(&face, &config, the_log, &error), BASE_OK);
    return face;
}

/* Instead of the library's: true makes it fail as the library does without memory for its daemon:
 * the socket that it was given stays open. */
static bool no_memory;

struct MHD_Daemon *MHD_start_daemon(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback accept,
                                    void *accept_user, MHD_AccessHandlerCallback handler,
                                    void *handler_user, ...)
{
    va_list options;
    if (no_memory) {
        return NULL;
    }
    va_start(options, handler_user);
    struct MHD_Daemon *daemon =
        MHD_start_daemon_va(flags, port, accept, accept_user, handler, handler_user, options);
    va_end(options);
    return daemon;
}

/* The number that the next descriptor gets. */
static int next_fd(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    return fd;
}

static void test_not_wanted(void **state)
{
    (void)state;
    assert_null(new_api(""));
}

static void test_address_of_another_machine(void **state)
{
    struct base_error error;
    (void)state;
    struct miner_face *face = new_api("192.0.2.1");
    int before = next_fd();
    assert_int_equal(face->start(face, NULL, &error), BASE_E_IO);
    assert_non_null(strstr(error.text, "192.0.2.1"));
    assert_int_equal(next_fd(), before);
    assert_true(face->stop(face));
}

static void test_no_memory(void **state)
{
    struct base_error error;
    (void)state;
    struct miner_face *face = new_api("127.0.0.1");
    int before = next_fd();
    no_memory = true;
    assert_int_equal(face->start(face, NULL, &error), BASE_E_IO);
    no_memory = false;
    assert_int_equal(next_fd(), before);
    assert_true(face->stop(face));
}

/* No thread gets a stack of 2^47 bytes: here the library closes the socket itself. */
static void test_no_thread(void **state)
{
    struct base_error error;
    pthread_attr_t usual;
    pthread_attr_t huge;
    (void)state;
    struct miner_face *face = new_api("127.0.0.1");
    int before = next_fd();
    assert_int_equal(pthread_getattr_default_np(&usual), 0);
    assert_int_equal(pthread_attr_init(&huge), 0);
    assert_int_equal(pthread_attr_setstacksize(&huge, (size_t)1 << 47), 0);
    assert_int_equal(pthread_setattr_default_np(&huge), 0);
    enum base_status status = face->start(face, NULL, &error);
    assert_int_equal(pthread_setattr_default_np(&usual), 0);
    assert_int_equal(status, BASE_E_IO);
    assert_non_null(strstr(error.text, "does not start"));
    assert_int_equal(next_fd(), before);
    assert_true(face->stop(face));
}

static void test_starts_and_stops(void **state)
{
    struct base_error error;
    (void)state;
    struct miner_face *face = new_api("127.0.0.1");
    int before = next_fd();
    assert_int_equal(face->start(face, NULL, &error), BASE_OK);
    assert_true(next_fd() > before);
    assert_true(face->stop(face));
    assert_int_equal(next_fd(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_wanted),       cmocka_unit_test(test_address_of_another_machine),
        cmocka_unit_test(test_no_memory),        cmocka_unit_test(test_no_thread),
        cmocka_unit_test(test_starts_and_stops),
    };
    const struct miner_log_config log_config = {.level = MINER_LOG_DEBUG};
    struct base_error error;
    if (miner_log_new(&the_log, &log_config, &error) != BASE_OK) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    miner_log_free(the_log);
    return failed;
}

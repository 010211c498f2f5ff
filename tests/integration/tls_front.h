/* tls_front.h: TLS in front of a test's plain server: connections to its port are taken with a
 * certificate, and what is in them is passed on to another port of this machine. A thread each. */
#ifndef TESTS_TLS_FRONT_H
#define TESTS_TLS_FRONT_H

#include "identity.h"

struct tls_front;

/** Listen on any port of 127.0.0.1. The identity must outlive the front. */
struct tls_front *tls_front_start(const struct identity *identity, uint16_t server_port);

/** Close everything, end the threads, free. */
void tls_front_stop(struct tls_front *front);

uint16_t tls_front_port(const struct tls_front *front);

/** Connections whose handshake was completed. */
size_t tls_front_taken(const struct tls_front *front);

#endif

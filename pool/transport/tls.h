/* tls.h: what we ask of a TLS peer's certificate, and failures in words. Hooks into the OpenSSL
 * context that libcurl makes; does no I/O. */
#ifndef POOL_TLS_H
#define POOL_TLS_H

#include <stdint.h>

#include "base/status.h"

/* One connection's check. Must outlive the connection. */
struct pool_tls_check {
    bool pinned;             /* in: accept the certificate with this fingerprint and no other */
    uint8_t pin[32];         /* in: SHA-256 of the certificate (DER) */
    bool seen;               /* out: a certificate came */
    uint8_t fingerprint[32]; /* out: its SHA-256 */
    int chain_error;         /* out: X509_V_* of the chain; 0 good */
};

/** Make context (an SSL_CTX) check by `check`. */
void pool_tls_install(struct pool_tls_check *check, void *context);

/** Say why a TLS connection failed, if TLS is the reason.
 * In:  http           requests, not a stream: for the URL that would be right
 *      verify_failed  the peer's certificate or name was refused
 *      tls_failed     the handshake broke
 *      detail         the library's own words
 * Returns: true when error was filled. */
bool pool_tls_explain(const struct pool_tls_check *check, struct base_error *error,
                      const char *host, uint16_t port, const char *detail, bool http,
                      bool verify_failed, bool tls_failed);

#endif

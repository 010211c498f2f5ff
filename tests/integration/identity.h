/* identity.h: keys and certificates, made at test time. Fails the test on any error. */
#ifndef TESTS_IDENTITY_H
#define TESTS_IDENTITY_H

#include <openssl/ssl.h>

enum { IDENTITY_DAY = 86400, IDENTITY_PATH = 32 };

/* A certificate and its key. */
struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

/** New key, and a certificate for it that is good from now + from_s to now + to_s.
 * In: alternative  subject alternative names, as "IP:127.0.0.1"; NULL: an authority.
 *     issuer       who signs; NULL: itself. */
struct identity identity_new(const char *alternative, long from_s, long to_s,
                             const struct identity *issuer);
void identity_free(struct identity *identity);

/** SHA-256 of the certificate in hexadecimal digits. Returns hex. */
char *identity_fingerprint(const struct identity *identity, char hex[65]);

/** The certificate in a new file; the caller unlinks it. */
void identity_write(const struct identity *identity, char path[IDENTITY_PATH]);

#endif

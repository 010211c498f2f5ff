/* identity.c: see identity.h. */
#include "identity.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static X509 *sign(EVP_PKEY *key, const char *name, const char *alternative, long from_s, long to_s,
                  const struct identity *issuer)
{
    X509 *certificate = X509_new();
    assert_non_null(certificate);
    (void)X509_set_version(certificate, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == NULL ? 1 : 2);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
    (void)X509_set_pubkey(certificate, key);
    (void)X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                     (const unsigned char *)name, -1, -1, 0);
    (void)X509_set_issuer_name(certificate, issuer == NULL
                                                ? X509_get_subject_name(certificate)
                                                : X509_get_subject_name(issuer->certificate));
    int nid = alternative == NULL ? NID_basic_constraints : NID_subject_alt_name;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(
        NULL, NULL, nid, alternative == NULL ? "critical,CA:TRUE" : alternative);
    assert_non_null(extension);
    (void)X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(certificate, issuer == NULL ? key : issuer->key, EVP_sha256()) > 0);
    return certificate;
}

struct identity identity_new(const char *alternative, long from_s, long to_s,
                             const struct identity *issuer)
{
    struct identity identity = {EVP_EC_gen("P-256"), NULL};
    assert_non_null(identity.key);
    identity.certificate = sign(identity.key, alternative == NULL ? "authority" : "server",
                                alternative, from_s, to_s, issuer);
    return identity;
}

void identity_free(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

char *identity_fingerprint(const struct identity *identity, char hex[65])
{
    unsigned char digest[32];
    unsigned size = sizeof(digest);
    assert_int_equal(X509_digest(identity->certificate, EVP_sha256(), digest, &size), 1);
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return hex;
}

void identity_write(const struct identity *identity, char path[IDENTITY_PATH])
{
    (void)snprintf(path, IDENTITY_PATH, "/tmp/shardpick_test_ca_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, identity->certificate), 1);
    (void)fclose(file);
}

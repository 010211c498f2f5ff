/* tls.c: see tls.h. The verify callback replaces OpenSSL's chain check, so that a pinned
 * certificate needs no chain, and so that the reason and the fingerprint are known afterwards. The
 * host name is checked by libcurl after the handshake (not when pinned). */
#include "transport/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "base/hex.h"

static int verify(X509_STORE_CTX *store, void *user)
{
    struct pool_tls_check *check = user;
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    unsigned size = sizeof(check->fingerprint);
    check->seen = leaf != NULL && X509_digest(leaf, EVP_sha256(), check->fingerprint, &size) == 1;
    int good = X509_verify_cert(store) == 1;
    check->chain_error = X509_STORE_CTX_get_error(store);
    if (!check->pinned) {
        return good;
    }
    good = check->seen && memcmp(check->fingerprint, check->pin, sizeof(check->pin)) == 0;
    X509_STORE_CTX_set_error(store, good ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return good;
}

void pool_tls_install(struct pool_tls_check *check, void *context)
{
    SSL_CTX_set_cert_verify_callback(context, verify, check);
}

static const char *chain_words(int chain_error)
{
    switch (chain_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "is not valid yet (or this machine's clock is wrong)";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "is self-signed";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "is signed by an authority that this machine does not know";
    case X509_V_ERR_CERT_REVOKED:
        return "was revoked";
    default:
        return X509_verify_cert_error_string(chain_error);
    }
}

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

bool pool_tls_explain(const struct pool_tls_check *check, struct base_error *error,
                      const char *host, uint16_t port, const char *detail, bool http,
                      bool verify_failed, bool tls_failed)
{
    char fingerprint[65];
    base_hex_encode(fingerprint, check->fingerprint, 32);
    if (verify_failed && check->pinned && check->seen) {
        char pin[65];
        base_hex_encode(pin, check->pin, 32);
        (void)base_error_set(error, BASE_E_REFUSED,
                             "TLS: the certificate of %s port %u is not the pinned one: its "
                             "fingerprint is %s, pinned is %s; somebody may be in between",
                             host, port, fingerprint, pin);
        return true;
    }
    if (verify_failed && check->seen && check->chain_error == X509_V_OK) {
        (void)base_error_set(error, BASE_E_REFUSED,
                             "TLS: the certificate is made for another name than %s; its SHA-256 "
                             "fingerprint is %s (--tls-fingerprint accepts exactly this one)",
                             host, fingerprint);
        return true;
    }
    if (verify_failed && check->seen) {
        (void)base_error_set(error, BASE_E_REFUSED,
                             "TLS: the certificate of %s port %u %s; its SHA-256 fingerprint is %s "
                             "(--tls-fingerprint accepts exactly this one)",
                             host, port, chain_words(check->chain_error), fingerprint);
        return true;
    }
    if (!tls_failed) {
        return false;
    }
    if (contains(detail, "wrong version number") || contains(detail, "packet length too long") ||
        contains(detail, "http request") || contains(detail, "record layer")) {
        (void)base_error_set(error, BASE_E_FORMAT,
                             "%s port %u does not speak TLS; try -o %s://%s:%u", host, port,
                             http ? "daemon+http" : "stratum+tcp", host, port);
        return true;
    }
    if (contains(detail, "unsupported protocol") || contains(detail, "protocol version") ||
        contains(detail, "no protocols available")) {
        (void)base_error_set(error, BASE_E_REFUSED,
                             "TLS: %s port %u offers only versions older than TLS 1.2, which are "
                             "no longer safe",
                             host, port);
        return true;
    }
    if (contains(detail, "SSL_ERROR_SYSCALL") || contains(detail, "unexpected eof") ||
        contains(detail, "reset by peer")) {
        (void)base_error_set(error, BASE_E_IO,
                             "TLS: %s port %u closed the connection before it was encrypted", host,
                             port);
        return true;
    }
    (void)base_error_set(error, BASE_E_IO, "TLS with %s port %u failed: %.200s", host, port,
                         detail);
    return true;
}

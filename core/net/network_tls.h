/*
 * Whom an endpoint trusts: the system's certificate authorities and the ca_file of its
 * configuration, TLS 1.2 or newer, peer verified. The same store serves libcurl and libwebsockets.
 * Private to core/net.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_TLS_H
#define FUNDARB_CORE_NET_NETWORK_TLS_H

#include "core/base/error.h"
#include "core/net/network.h"

#include <openssl/ssl.h>

/* A client context, to be freed with SSL_CTX_free. ca_file: PEM, "" = none. NULL: ca_file cannot be
 * read or holds no certificate (ERROR_CONFIGURATION), or no memory. */
SSL_CTX *network_tls_context(const char *ca_file, struct error *err);

/* From now on whom the peer's certificate names as issuer, and until when it is valid, is noted
 * there with every handshake; NULL: no more. */
void network_tls_note_certificate(SSL_CTX *context, struct network_peer *peer);

#endif

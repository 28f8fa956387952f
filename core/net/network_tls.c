#include "core/net/network_tls.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <time.h>

/* Besides the system's store, never instead of it: a venue's own certificate must stay valid. */
static bool trust_system(X509_STORE *store)
{
	return X509_STORE_set_default_paths(store) == 1;
}

static bool trust_file(X509_STORE *store, const char *ca_file, struct error *err)
{
	if (X509_STORE_load_file(store, ca_file) == 1)
		return true;
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	return error_set(err, ERROR_CONFIGURATION,
			 "the certificates in '%s' cannot be used (%s); expected is a PEM file",
			 ca_file, reason ? reason : "it cannot be read");
}

SSL_CTX *network_tls_context(const char *ca_file, struct error *err)
{
	ERR_clear_error();
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
		error_set(err, ERROR_IO, "OpenSSL does not start");
		goto refuse;
	}
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	if (!trust_system(store)) {
		error_set(err, ERROR_IO, "the system's certificate authorities cannot be read");
		goto refuse;
	}
	if (ca_file[0] != '\0' && !trust_file(store, ca_file, err))
		goto refuse;
	ERR_clear_error();
	return context;
refuse:
	SSL_CTX_free(context);
	ERR_clear_error();
	return NULL;
}

/* Index 0 of a store's extra data is the application's. */
#define OURS 0

static int64_t valid_until(const X509 *certificate)
{
	struct tm end;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
		return 0;
	return (int64_t)timegm(&end) * INT64_C(1000000000);
}

/* Sees every certificate of a chain; decides nothing. */
static int note(int good, X509_STORE_CTX *chain)
{
	struct network_peer *peer = X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(chain), OURS);
	X509 *certificate = X509_STORE_CTX_get_current_cert(chain);
	if (!peer || !certificate || X509_STORE_CTX_get_error_depth(chain) != 0)
		return good;
	const X509_NAME *issuer = X509_get_issuer_name(certificate);
	if (X509_NAME_get_text_by_NID(issuer, NID_organizationName, peer->issuer,
				      sizeof(peer->issuer)) < 0 &&
	    X509_NAME_get_text_by_NID(issuer, NID_commonName, peer->issuer, sizeof(peer->issuer)) <
		    0)
		peer->issuer[0] = '\0';
	peer->valid_until_ns = valid_until(certificate);
	return good;
}

void network_tls_note_certificate(SSL_CTX *context, struct network_peer *peer)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509_STORE_set_ex_data(store, OURS, peer);
	X509_STORE_set_verify_cb(store, note);
}

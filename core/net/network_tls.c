#include "core/net/network_tls.h"

#include <openssl/err.h>
#include <openssl/x509.h>

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

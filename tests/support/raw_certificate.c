#include "tests/support/raw_server.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert(extension);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *certify(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key, long from,
		     long until)
{
	static long serial;
	X509 *certificate = X509_new();
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from);
	X509_gmtime_adj(X509_getm_notAfter(certificate), until);
	X509_set_pubkey(certificate, key);
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
	if (issuer) {
		char alternative[256];
		snprintf(alternative, sizeof(alternative), "%s:%s",
			 isdigit((unsigned char)name[0]) ? "IP" : "DNS", name);
		extend(certificate, issuer, NID_subject_alt_name, alternative);
	} else {
		extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
		extend(certificate, certificate, NID_key_usage, "critical,keyCertSign");
	}
	int signature = X509_sign(certificate, issuer_key, EVP_sha256());
	assert(signature > 0);
	return certificate;
}

struct raw_authority raw_authority_make(void)
{
	struct raw_authority authority = {.key = EVP_EC_gen("P-256")};
	authority.certificate =
		certify(authority.key, "a test's authority", NULL, authority.key, -3600, 3600);
	return authority;
}

void raw_authority_free(struct raw_authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->certificate);
}

void raw_authority_write(const struct raw_authority *authority, const char *path)
{
	FILE *out = fopen(path, "w");
	assert(out);
	PEM_write_X509(out, authority->certificate);
	fclose(out);
}

SSL_CTX *raw_server_tls(const struct raw_authority *authority, const char *host, long from,
			long until)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = certify(key, host, authority->certificate, authority->key, from, until);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(context, certificate);
	SSL_CTX_use_PrivateKey(context, key);
	EVP_PKEY_free(key);
	X509_free(certificate);
	return context;
}

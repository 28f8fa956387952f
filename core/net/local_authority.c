#include "core/net/local_authority.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_SECOND	    INT64_C(1000000000)
#define DAY_S		    INT64_C(86400)
#define VALID_DAYS	    30
#define KEPT_IF_LEFT_S	    DAY_S
#define BACKDATED_S	    INT64_C(3600) /* a client whose clock is a little behind */
#define SERIAL_BITS	    127
#define CERTIFICATE_NAMES   "DNS:localhost,IP:127.0.0.1,IP:::1"
#define AUTHORITY_SUBJECT   "fundarb local testnet authority"
#define CERTIFICATE_SUBJECT "localhost"

struct set {
	X509 *authority, *certificate;
	EVP_PKEY *key; /* of the certificate; the authority's own key is never written */
};

static void free_set(struct set *set)
{
	X509_free(set->authority);
	X509_free(set->certificate);
	EVP_PKEY_free(set->key);
	*set = (struct set){0};
}

static bool path_of(char path[static PATH_MAX], const char *folder, const char *name,
		    struct error *err)
{
	int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
	if (length < 0 || length >= PATH_MAX)
		return error_set(err, ERROR_CONFIGURATION, "%s: the path is too long", folder);
	return true;
}

/* ---- what is there --------------------------------------------------------------------------- */

static FILE *opened(const char *folder, const char *name)
{
	char path[PATH_MAX];
	return path_of(path, folder, name, NULL) ? fopen(path, "re") : NULL;
}

static X509 *read_certificate(const char *folder, const char *name)
{
	FILE *file = opened(folder, name);
	X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	if (file)
		fclose(file);
	return certificate;
}

/* A password would be asked for on the terminal: there is none. */
static int no_password(char *buffer, int size, int for_writing, void *user)
{
	(void)buffer;
	(void)size;
	(void)for_writing;
	(void)user;
	return -1;
}

static EVP_PKEY *read_key(const char *folder, const char *name)
{
	FILE *file = opened(folder, name);
	if (!file)
		return NULL;
	struct stat status;
	EVP_PKEY *key = NULL;
	if (fstat(fileno(file), &status) == 0 && (status.st_mode & 077) == 0)
		key = PEM_read_PrivateKey(file, NULL, no_password, NULL);
	fclose(file);
	return key;
}

/* What a client would check, at both ends of the span. */
static bool trusted_at(const struct set *set, int64_t at_s)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool trusted = false;
	if (store && context && X509_STORE_add_cert(store, set->authority) == 1 &&
	    X509_STORE_CTX_init(context, store, set->certificate, NULL) == 1) {
		X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
		X509_VERIFY_PARAM_set_time(parameters, (time_t)at_s);
		trusted = X509_VERIFY_PARAM_set1_host(parameters, "localhost", 0) == 1 &&
			  X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1 &&
			  X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return trusted && X509_check_ip_asc(set->certificate, "127.0.0.1", 0) == 1;
}

static bool good_set_there(const char *folder, int64_t now_s)
{
	struct set set = {
		.authority = read_certificate(folder, "ca.pem"),
		.certificate = read_certificate(folder, "server.pem"),
		.key = read_key(folder, "server.key"),
	};
	bool good = set.authority && set.certificate && set.key &&
		    X509_check_private_key(set.certificate, set.key) == 1 &&
		    trusted_at(&set, now_s) && trusted_at(&set, now_s + KEPT_IF_LEFT_S);
	free_set(&set);
	ERR_clear_error();
	return good;
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool done = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return done;
}

static bool set_times(X509 *certificate, int64_t now_s)
{
	time_t from = (time_t)(now_s - BACKDATED_S), to = (time_t)(now_s + VALID_DAYS * DAY_S);
	return ASN1_TIME_set(X509_getm_notBefore(certificate), from) &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), to);
}

static bool set_subject(X509 *certificate, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
					  -1, -1, 0) == 1;
}

struct extension {
	int nid;
	const char *value;
};

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *extensions)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	for (; extensions->value; extensions++) {
		X509_EXTENSION *extension =
			X509V3_EXT_conf_nid(NULL, &context, extensions->nid, extensions->value);
		bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
		X509_EXTENSION_free(extension);
		if (!added)
			return false;
	}
	return true;
}

/* A certificate of `key`, signed with signing_key; issuer NULL: it signs itself. */
static X509 *signed_certificate(EVP_PKEY *key, const char *subject, X509 *issuer,
				EVP_PKEY *signing_key, const struct extension *extensions,
				int64_t now_s)
{
	X509 *certificate = X509_new();
	if (!certificate)
		return NULL;
	X509 *by = issuer ? issuer : certificate;
	if (X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	    set_times(certificate, now_s) && set_subject(certificate, subject) &&
	    X509_set_issuer_name(certificate, X509_get_subject_name(by)) == 1 &&
	    X509_set_pubkey(certificate, key) == 1 && add_extensions(certificate, by, extensions) &&
	    X509_sign(certificate, signing_key, EVP_sha256()) > 0)
		return certificate;
	X509_free(certificate);
	return NULL;
}

static bool make_set(struct set *set, int64_t now_s)
{
	static const struct extension of_authority[] = {
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
		{NID_key_usage, "critical,keyCertSign,cRLSign"},
		{NID_subject_key_identifier, "hash"},
		{0, NULL},
	};
	static const struct extension of_certificate[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_subject_alt_name, CERTIFICATE_NAMES},
		{0, NULL},
	};
	EVP_PKEY *authority_key = EVP_EC_gen("P-256");
	set->key = EVP_EC_gen("P-256");
	if (authority_key && set->key)
		set->authority = signed_certificate(authority_key, AUTHORITY_SUBJECT, NULL,
						    authority_key, of_authority, now_s);
	if (set->authority)
		set->certificate = signed_certificate(set->key, CERTIFICATE_SUBJECT, set->authority,
						      authority_key, of_certificate, now_s);
	EVP_PKEY_free(authority_key);
	return set->certificate != NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool write_all(int file, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, bytes, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

/* Beside it first, then renamed: a reader sees the old file or the new one, whole. */
static bool write_file(const char *folder, const char *name, mode_t mode, BIO *content,
		       struct error *err)
{
	char path[PATH_MAX], beside[PATH_MAX], beside_name[64];
	snprintf(beside_name, sizeof(beside_name), ".%s.new", name);
	if (!path_of(path, folder, name, err) || !path_of(beside, folder, beside_name, err))
		return false;
	char *bytes;
	long length = BIO_get_mem_data(content, &bytes);
	unlink(beside); /* of a run that died */
	int file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (file < 0)
		return error_set(err, ERROR_IO, "%s: %s", beside, strerror(errno));
	bool written = write_all(file, bytes, (size_t)length) && fsync(file) == 0;
	int why = errno;
	if (close(file) != 0 && written) {
		written = false;
		why = errno;
	}
	if (written && rename(beside, path) != 0) {
		written = false;
		why = errno;
	}
	if (written)
		return true;
	unlink(beside);
	return error_set(err, ERROR_IO, "%s: %s", path, strerror(why));
}

static bool write_set(const char *folder, const struct set *set, struct error *err)
{
	BIO *authority = BIO_new(BIO_s_mem()), *certificate = BIO_new(BIO_s_mem()),
	    *key = BIO_new(BIO_s_mem());
	bool made = authority && certificate && key &&
		    PEM_write_bio_X509(authority, set->authority) == 1 &&
		    PEM_write_bio_X509(certificate, set->certificate) == 1 &&
		    PEM_write_bio_PrivateKey(key, set->key, NULL, NULL, 0, NULL, NULL) == 1;
	bool written = false;
	if (!made)
		error_set(err, ERROR_LIMIT, "no memory for the local testnet's certificates");
	else
		written = write_file(folder, "server.key", 0600, key, err) &&
			  write_file(folder, "server.pem", 0644, certificate, err) &&
			  write_file(folder, "ca.pem", 0644, authority, err);
	BIO_free(authority);
	BIO_free(certificate);
	BIO_free(key);
	return written;
}

bool local_authority_prepare(const char *folder, int64_t now_ns, struct error *err)
{
	int64_t now_s = now_ns / NS_PER_SECOND;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return error_set(err, ERROR_IO, "%s: %s", folder, strerror(errno));
	if (good_set_there(folder, now_s))
		return true;
	struct set set = {0};
	bool done = make_set(&set, now_s);
	if (!done) {
		char reason[256];
		ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
		error_set(err, ERROR_IO, "the local testnet's certificates cannot be made: %s",
			  reason);
	} else {
		done = write_set(folder, &set, err);
	}
	free_set(&set);
	ERR_clear_error();
	return done;
}

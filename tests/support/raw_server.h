/*
 * A server made of bytes, for tests of the network's client side: it shares no code with it. Every
 * connection is a thread that runs the test's script with blocking reads and writes; what it counts
 * is atomic. Loopback only, any free port.
 */
#ifndef FUNDARB_TESTS_SUPPORT_RAW_SERVER_H
#define FUNDARB_TESTS_SUPPORT_RAW_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <openssl/ssl.h>

#define RAW_CONNECTIONS_MAX 256
#define RAW_HEAD_MAX	    8192
#define RAW_BODY_MAX	    (512 * 1024)

struct raw_server;

struct raw_connection {
	struct raw_server *server;
	void *user;	 /* of raw_server_start */
	unsigned number; /* from 0, in order of acceptance */
	int fd;
	SSL *tls; /* NULL: plain */
	/* read, not used yet */
	char *buffer;
	size_t begin, end;
};

typedef void (*raw_script)(struct raw_connection *connection);

/* tls: a server's context, NULL = plain; borrowed. */
struct raw_server *raw_server_start(raw_script script, void *user, SSL_CTX *tls);
int raw_server_port(const struct raw_server *server);
/* Connections accepted so far. */
unsigned raw_server_connections(const struct raw_server *server);
/* Cuts every connection and waits for its script. */
void raw_server_stop(struct raw_server *server);

/* Inside a script. All are false when the peer is gone. */
bool raw_read(struct raw_connection *connection, void *bytes, size_t length);
bool raw_write(struct raw_connection *connection, const void *bytes, size_t length);
bool raw_text(struct raw_connection *connection, const char *text);
/* FIN, or RST; the script should return. */
void raw_close(struct raw_connection *connection);
void raw_reset(struct raw_connection *connection);

struct raw_request {
	char head[RAW_HEAD_MAX]; /* to the empty line, NUL-terminated */
	char method[16], target[4096];
	char *body; /* NUL-terminated; freed by raw_request_free */
	size_t body_length;
};
/* A whole request with a Content-Length. */
bool raw_read_request(struct raw_connection *connection, struct raw_request *request);
void raw_request_free(struct raw_request *request);
/* Value of a header, "" if none. */
const char *raw_header(const struct raw_request *request, const char *name, char *value,
		       size_t size);
/* A whole answer; extra: more header lines, each ended by CRLF. */
bool raw_answer(struct raw_connection *connection, int status, const char *extra, const char *body);

/* WebSocket. extra: more header lines of the handshake. */
bool raw_upgrade(struct raw_connection *connection, const struct raw_request *request,
		 const char *extra);
enum { RAW_CONTINUATION = 0, RAW_TEXT = 1, RAW_BINARY = 2, RAW_CLOSE = 8, RAW_PING = 9, RAW_PONG };
/* first: opcode, | 0x80 = final, | 0x40 = compressed. */
bool raw_write_frame(struct raw_connection *connection, int first, const void *bytes,
		     size_t length);
/* Unmasks; the text is NUL-terminated and freed by the caller; *first as above. NULL: gone, or a
 * frame that a client must not send (unmasked). */
char *raw_read_frame(struct raw_connection *connection, int *first, size_t *length);

/* ---- certificates ---------------------------------------------------------------------------- */

/* A certificate authority of the test's own, P-256. */
struct raw_authority {
	EVP_PKEY *key;
	X509 *certificate;
};
struct raw_authority raw_authority_make(void);
void raw_authority_free(struct raw_authority *authority);
/* PEM of its certificate. */
void raw_authority_write(const struct raw_authority *authority, const char *path);
/* A server's context: host is a DNS name or an IPv4 address; valid from..until seconds from now. */
SSL_CTX *raw_server_tls(const struct raw_authority *authority, const char *host, long from,
			long until);

#endif

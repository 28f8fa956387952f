/*
 * A client of sockets, OpenSSL and zlib alone: bytes as they go over the wire, so that a server is
 * not judged by the library it is made of. Non-blocking; while it waits, it lets the network under
 * test run. Everything that should succeed aborts the test if it does not within a few seconds.
 */
#ifndef FUNDARB_TESTS_SUPPORT_RAW_CLIENT_H
#define FUNDARB_TESTS_SUPPORT_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network;
struct raw_client;

enum raw_end { RAW_OPEN, RAW_CLOSED, RAW_RESET };

/* ca_file NULL: plain. NULL: the TLS handshake was refused. */
struct raw_client *raw_client_connect(struct network *network, int port, const char *ca_file);
void raw_client_free(struct raw_client *client); /* NULL is fine */
/* Lets the network run for so long. */
void raw_client_idle(struct network *network, int64_t milliseconds);

void raw_client_write(struct raw_client *client, const void *bytes, size_t length);
void raw_client_text(struct raw_client *client, const char *text);
/* What can be written without waiting, up to length: how much was. */
size_t raw_client_write_some(struct raw_client *client, const void *bytes, size_t length);
/* Waits until the peer ends the connection (what it says before is dropped). */
enum raw_end raw_client_end(struct raw_client *client);
/* Ends with FIN, or with RST. */
void raw_client_hang_up(struct raw_client *client, bool reset);

struct raw_answer {
	int status;
	char head[2048];
	const char *body; /* valid until the next call */
	size_t length;
};
/* Reads one whole HTTP answer; false: the peer ended the connection first. */
bool raw_client_answer(struct raw_client *client, struct raw_answer *answer);

/* ---- WebSocket ---- */
/* Upgrades; deflate: offers permessage-deflate and returns whether it was accepted. */
bool raw_client_upgrade(struct raw_client *client, const char *target, bool deflate);
/* One masked frame; compressed: the text is deflated and RSV1 is set. */
void raw_client_frame(struct raw_client *client, unsigned opcode, bool final, bool compressed,
		      const void *payload, size_t length);
void raw_client_say(struct raw_client *client, const char *text);
struct raw_message {
	unsigned opcode;
	bool compressed;  /* as it came; text is inflated */
	const char *text; /* NUL-terminated, valid until the next call */
	size_t length;
};
/* One whole message or control frame; false: the peer ended the connection first. */
bool raw_client_message(struct raw_client *client, struct raw_message *message);

#endif

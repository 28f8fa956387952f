/* A live network for tests against raw servers: endpoints, what they answered, what streams said.
 */
#ifndef FUNDARB_TESTS_SUPPORT_NETWORK_WORLD_H
#define FUNDARB_TESTS_SUPPORT_NETWORK_WORLD_H

#include "core/net/network.h"
#include "tests/support/raw_server.h"

#define WORLD_PATIENCE_NS INT64_C(20000000000) /* a busy machine; nothing should need it */

struct network_world {
	struct scheduler *scheduler;
	struct network *network;
	struct endpoint *endpoint;
	struct raw_server *server;
	unsigned awaited; /* world_wait returns when it is 0 */
};

/* For cmocka_unit_test_setup_teardown; *state is the world. */
int world_set_up(void **state);
int world_tear_down(void **state);

/* An endpoint of the world's server (or of `port`), closed with the world. */
struct world_options {
	bool tls;
	int port;	  /* 0: the server's */
	const char *host; /* NULL: 127.0.0.1 */
	const char *ca_file, *proxy;
	unsigned warm;
};
struct endpoint *world_endpoint(struct network_world *world, const struct world_options *options);
void world_serve(struct network_world *world, raw_script script, void *user, SSL_CTX *tls);

struct heard {
	struct network_world *world;
	unsigned count; /* completions; must end as 1 */
	bool inside;	/* it came from inside endpoint_request */
	enum transport_outcome outcome;
	int status;
	char content_type[128];
	int64_t retry_after_s, sent_ns, received_ns;
	char *body;
	size_t length;
	char why[512];
};
/* Asks and does not wait; the answer is awaited. give_up_ns is from now. */
void world_ask(struct network_world *world, const struct http_request *request, int64_t give_up_ns,
	       struct heard *heard);
/* GET target, or one-shot POST of body. */
void world_get(struct network_world *world, const char *target, struct heard *heard);
void world_order(struct network_world *world, const char *body, struct heard *heard);
/* Runs until everything awaited has come; fails the test after WORLD_PATIENCE_NS. */
void world_wait(struct network_world *world);
void world_run_ms(struct network_world *world, int64_t ms);
/* Runs until the condition holds. */
void world_run_until(struct network_world *world, bool (*holds)(void *user), void *user);
void heard_free(struct heard *heard);

/* A stream. */
struct stream {
	struct network_world *world;
	struct web_socket *socket; /* NULL when closed */
	unsigned opened, messages, closed;
	char *last;
	size_t length;
	int64_t received_ns;
	char why[512];
	bool awaits_message, awaits_close;
	/* Called first in a message, if given. */
	void (*on_message)(struct stream *stream, const char *text, size_t length);
};
/* Connects and waits until it is open. */
void world_stream(struct network_world *world, struct stream *stream);
/* Connects and waits until it is closed, which it must be without having been open. */
void world_stream_fails(struct network_world *world, struct stream *stream);
/* Waits for one more message / for the end. */
void stream_wait_message(struct stream *stream);
void stream_wait_close(struct stream *stream);
void stream_send(struct stream *stream, const char *text);
void stream_free(struct stream *stream);

#endif

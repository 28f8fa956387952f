#include "tests/support/network_world.h"

#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int world_set_up(void **state)
{
	struct error err = {0};
	struct network_world *world = calloc(1, sizeof(*world));
	world->scheduler = scheduler_create(network_realtime_ns());
	world->network = network_create(world->scheduler, &err);
	*state = world;
	return world->network ? 0 : -1;
}

int world_tear_down(void **state)
{
	struct network_world *world = *state;
	endpoint_free(world->endpoint);
	network_free(world->network);
	raw_server_stop(world->server);
	scheduler_free(world->scheduler);
	free(world);
	return 0;
}

void world_serve(struct network_world *world, raw_script script, void *user, SSL_CTX *tls)
{
	world->server = raw_server_start(script, user, tls);
}

struct endpoint *world_endpoint(struct network_world *world, const struct world_options *options)
{
	char rest[256], socket[256];
	struct error err = {0};
	const char *host = options->host ? options->host : "127.0.0.1";
	int port = options->port ? options->port : raw_server_port(world->server);
	snprintf(rest, sizeof(rest), "http%s://%s:%d", options->tls ? "s" : "", host, port);
	snprintf(socket, sizeof(socket), "ws%s://%s:%d/stream?a=b", options->tls ? "s" : "", host,
		 port);
	struct endpoint_options made = {
		.name = "testvenue",
		.rest_url = rest,
		.socket_url = socket,
		.ca_file = options->ca_file,
		.proxy = options->proxy,
		.warm_connections = options->warm,
		.keep_warm_target = "/warm",
	};
	world->endpoint = network_endpoint(world->network, &made, &err);
	if (!world->endpoint)
		fail_msg("%s", err.text);
	world_run_ms(world, 0); /* the scheduler's time is that of its last wake-up */
	return world->endpoint;
}

static void arrived(struct network_world *world)
{
	if (--world->awaited == 0)
		scheduler_stop(world->scheduler);
}

static void hear(void *user, const struct http_response *response)
{
	struct heard *heard = user;
	heard->count++;
	heard->outcome = response->outcome;
	heard->status = response->status;
	snprintf(heard->content_type, sizeof(heard->content_type), "%s", response->content_type);
	heard->retry_after_s = response->retry_after_s;
	heard->sent_ns = response->sent_ns;
	heard->received_ns = response->received_ns;
	heard->length = response->length;
	heard->body = malloc(response->length + 1);
	memcpy(heard->body, response->body, response->length);
	heard->body[response->length] = '\0';
	snprintf(heard->why, sizeof(heard->why), "%s", response->why);
	arrived(heard->world);
}

void world_ask(struct network_world *world, const struct http_request *request, int64_t give_up_ns,
	       struct heard *heard)
{
	*heard = (struct heard){.world = world};
	world->awaited++;
	endpoint_request(world->endpoint, request, scheduler_now(world->scheduler) + give_up_ns,
			 hear, heard);
	heard->inside = heard->count > 0;
	assert_false(heard->inside);
}

void world_get(struct network_world *world, const char *target, struct heard *heard)
{
	struct http_request request = {.method = HTTP_GET, .target = target};
	world_ask(world, &request, 10 * NS_PER_SECOND, heard);
}

void world_order(struct network_world *world, const char *body, struct heard *heard)
{
	struct http_request request = {.method = HTTP_POST,
				       .target = "/order",
				       .content_type = "application/json",
				       .body = body,
				       .body_length = strlen(body),
				       .one_shot = true};
	world_ask(world, &request, 10 * NS_PER_SECOND, heard);
}

void world_wait(struct network_world *world)
{
	int64_t until_ns = network_now_ns(world->network) + WORLD_PATIENCE_NS;
	while (world->awaited > 0 && network_now_ns(world->network) < until_ns)
		network_run(world->network, until_ns);
	assert_int_equal(world->awaited, 0);
}

void world_run_ms(struct network_world *world, int64_t ms)
{
	network_run(world->network, network_now_ns(world->network) + ms * NS_PER_MS);
}

void world_run_until(struct network_world *world, bool (*holds)(void *user), void *user)
{
	int64_t until_ns = network_now_ns(world->network) + WORLD_PATIENCE_NS;
	while (!holds(user) && network_now_ns(world->network) < until_ns)
		world_run_ms(world, 1);
	assert_true(holds(user));
}

void heard_free(struct heard *heard)
{
	assert_int_equal(heard->count, 1);
	free(heard->body);
}

/* ---- streams --------------------------------------------------------------------------------- */

static void on_opened(void *user)
{
	struct stream *stream = user;
	stream->opened++;
	arrived(stream->world);
}

static void on_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct stream *stream = user;
	stream->messages++;
	stream->received_ns = received_ns;
	free(stream->last);
	stream->last = malloc(length + 1);
	memcpy(stream->last, text, length);
	stream->last[length] = '\0';
	stream->length = length;
	if (stream->awaits_message) {
		stream->awaits_message = false;
		arrived(stream->world);
	}
	if (stream->on_message)
		stream->on_message(stream, text, length);
}

static void on_closed(void *user, const char *why)
{
	struct stream *stream = user;
	stream->closed++;
	stream->socket = NULL;
	snprintf(stream->why, sizeof(stream->why), "%s", why);
	if (stream->awaits_close) {
		stream->awaits_close = false;
		arrived(stream->world);
	}
}

static void connect_stream(struct network_world *world, struct stream *stream)
{
	static const struct web_socket_events EVENTS = {on_opened, on_message, on_closed};
	void (*hook)(struct stream *, const char *, size_t) = stream->on_message;
	*stream = (struct stream){.world = world, .on_message = hook};
	world->awaited++;
	stream->socket = endpoint_connect(world->endpoint, &EVENTS, stream);
	assert_non_null(stream->socket);
	assert_int_equal(stream->opened + stream->closed, 0);
}

void world_stream(struct network_world *world, struct stream *stream)
{
	connect_stream(world, stream);
	world_wait(world);
	assert_int_equal(stream->opened, 1);
	assert_int_equal(stream->closed, 0);
}

void world_stream_fails(struct network_world *world, struct stream *stream)
{
	connect_stream(world, stream);
	stream->awaits_close = true;
	world_wait(world);
	assert_int_equal(stream->opened, 0);
	assert_int_equal(stream->closed, 1);
}

void stream_wait_message(struct stream *stream)
{
	stream->awaits_message = true;
	stream->world->awaited++;
	world_wait(stream->world);
}

void stream_wait_close(struct stream *stream)
{
	if (stream->closed > 0)
		return;
	stream->awaits_close = true;
	stream->world->awaited++;
	world_wait(stream->world);
}

void stream_send(struct stream *stream, const char *text)
{
	assert_true(web_socket_send(stream->socket, text, strlen(text)));
}

void stream_free(struct stream *stream)
{
	web_socket_close(stream->socket);
	stream->socket = NULL;
	free(stream->last);
}

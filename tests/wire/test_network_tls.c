/* Whom the client believes, and how it goes through a proxy. */
#include "core/base/utc.h"
#include "tests/support/network_world.h"
#include "tests/support/scratch_folder.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Answers requests and echoes on streams. */
static _Atomic unsigned served;

static void serve(struct raw_connection *connection)
{
	struct raw_request request;
	while (raw_read_request(connection, &request)) {
		char upgrade[32];
		served++;
		raw_header(&request, "Upgrade", upgrade, sizeof(upgrade));
		if (upgrade[0] == '\0') {
			raw_answer(connection, 200, "", "{}");
			raw_request_free(&request);
			continue;
		}
		raw_upgrade(connection, &request, "");
		raw_request_free(&request);
		int first;
		size_t length;
		for (char *text; (text = raw_read_frame(connection, &first, &length));) {
			raw_write_frame(connection, first, text, length);
			free(text);
		}
	}
}

struct trust {
	struct raw_authority authority;
	char folder[64], ca_file[96];
	SSL_CTX *tls;
};

static void trust_open(struct trust *trust, const char *host, long from, long until)
{
	scratch_folder_make(trust->folder, sizeof(trust->folder));
	snprintf(trust->ca_file, sizeof(trust->ca_file), "%s/ca.pem", trust->folder);
	trust->authority = raw_authority_make();
	raw_authority_write(&trust->authority, trust->ca_file);
	trust->tls = raw_server_tls(&trust->authority, host, from, until);
}

static void trust_close(struct trust *trust)
{
	SSL_CTX_free(trust->tls);
	raw_authority_free(&trust->authority);
	scratch_folder_remove(trust->folder);
}

static void works(struct network_world *world)
{
	struct heard get, order;
	struct stream stream = {0};
	world_get(world, "/", &get);
	world_order(world, "{}", &order);
	world_wait(world);
	if (get.outcome != TRANSPORT_ANSWERED)
		print_message("%s\n", get.why);
	assert_int_equal(get.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(order.outcome, TRANSPORT_ANSWERED);
	heard_free(&get);
	heard_free(&order);
	world_stream(world, &stream);
	stream_send(&stream, "hello");
	stream_wait_message(&stream);
	assert_string_equal(stream.last, "hello");
	stream_free(&stream);
}

static void is_refused(struct network_world *world)
{
	struct heard get, order;
	struct stream stream = {0};
	unsigned before = served;
	world_get(world, "/", &get);
	world_order(world, "{}", &order);
	world_wait(world);
	assert_int_equal(get.outcome, TRANSPORT_NEVER_SENT);
	assert_int_equal(order.outcome, TRANSPORT_NEVER_SENT);
	heard_free(&get);
	heard_free(&order);
	world_stream_fails(world, &stream);
	print_message("%s\n", stream.why);
	stream_free(&stream);
	assert_int_equal(served, before);
}

static void with(void **state, const char *certified, long from, long until, const char *asked,
		 bool trusted, void (*check)(struct network_world *world))
{
	struct network_world *world = *state;
	struct trust trust;
	trust_open(&trust, certified, from, until);
	world_serve(world, serve, NULL, trust.tls);
	world_endpoint(world, &(struct world_options){.tls = true,
						      .host = asked,
						      .ca_file = trusted ? trust.ca_file : ""});
	check(world);
	trust_close(&trust);
}

static void a_certificate_of_the_given_authority_is_believed(void **state)
{
	with(state, "localhost", -60, 3600, "localhost", true, works);
}

static void an_address_can_be_certified(void **state)
{
	with(state, "127.0.0.1", -60, 3600, "127.0.0.1", true, works);
}

static void an_unknown_authority_is_refused(void **state)
{
	with(state, "localhost", -60, 3600, "localhost", false, is_refused);
}

static void a_certificate_of_another_host_is_refused(void **state)
{
	with(state, "other.example", -60, 3600, "localhost", true, is_refused);
}

static void a_name_does_not_certify_an_address(void **state)
{
	with(state, "localhost", -60, 3600, "127.0.0.1", true, is_refused);
}

static void an_expired_certificate_is_refused(void **state)
{
	with(state, "localhost", -3600, -60, "localhost", true, is_refused);
}

static void a_certificate_of_tomorrow_is_refused(void **state)
{
	with(state, "localhost", 3600, 7200, "localhost", true, is_refused);
}

static void an_old_protocol_is_refused(void **state)
{
	struct network_world *world = *state;
	struct trust trust;
	trust_open(&trust, "localhost", -60, 3600);
	SSL_CTX_set_min_proto_version(trust.tls, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(trust.tls, TLS1_1_VERSION);
	SSL_CTX_set_cipher_list(trust.tls, "ALL:@SECLEVEL=0");
	world_serve(world, serve, NULL, trust.tls);
	world_endpoint(world, &(struct world_options){
				      .tls = true, .host = "localhost", .ca_file = trust.ca_file});
	is_refused(world);
	trust_close(&trust);
}

static void answers_plainly(struct raw_connection *connection)
{
	char byte;
	if (raw_read(connection, &byte, 1))
		raw_answer(connection, 400, "", "this is no TLS");
}

static void plain_text_where_tls_is_due_is_refused(void **state)
{
	struct network_world *world = *state;
	world_serve(world, answers_plainly, NULL, NULL);
	world_endpoint(world, &(struct world_options){.tls = true});
	is_refused(world);
}

/* One endpoint's authority is not believed by another. */
static void trust_does_not_spread(void **state)
{
	struct network_world *world = *state;
	struct trust trust;
	trust_open(&trust, "localhost", -60, 3600);
	world_serve(world, serve, NULL, trust.tls);
	world_endpoint(world, &(struct world_options){
				      .tls = true, .host = "localhost", .ca_file = trust.ca_file});
	struct endpoint *believer = world->endpoint;
	works(world);
	world_endpoint(world, &(struct world_options){.tls = true, .host = "localhost"});
	is_refused(world);
	endpoint_free(believer);
	trust_close(&trust);
}

static void what_cannot_be_an_endpoint_is_a_configuration_error(void **state)
{
	struct network_world *world = *state;
	static const struct endpoint_options WRONG[] = {
		{.name = "v"},
		{.name = "v", .rest_url = "http://example.com"},
		{.name = "v", .rest_url = "ftp://example.com"},
		{.name = "v", .rest_url = "https://example.com/path"},
		{.name = "v", .rest_url = "wss://example.com"},
		{.name = "v", .socket_url = "https://example.com/ws"},
		{.name = "v", .socket_url = "ws://example.com/ws"},
		{.name = "v", .rest_url = "https://example.com", .ca_file = "/nonexistent.pem"},
		{.name = "v", .rest_url = "https://example.com", .ca_file = "/dev/null"},
		{.name = "v", .rest_url = "https://example.com", .proxy = "socks5://127.0.0.1:1"},
		{.name = "v", .rest_url = "https://example.com", .proxy = "socks5h://h:1"},
		{.name = "v", .rest_url = "https://example.com", .proxy = "https://proxy:1"},
		{.name = "v", .rest_url = "https://example.com", .proxy = "http://proxy"},
		{.name = "v", .rest_url = "https://example.com", .proxy = "http://u:p@proxy:1"},
		{.name = "v",
		 .rest_url = "https://example.com",
		 .warm_connections = 5,
		 .keep_warm_target = "/"},
		{.name = "v", .rest_url = "https://example.com", .warm_connections = 2},
		{.name = "v",
		 .rest_url = "https://example.com",
		 .warm_connections = 2,
		 .keep_warm_target = "time"},
	};
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		struct error err = {0};
		struct endpoint *endpoint = network_endpoint(world->network, &WRONG[i], &err);
		if (endpoint)
			fail_msg("case %zu was taken", i);
		assert_int_equal(err.category, ERROR_CONFIGURATION);
		assert_int_equal(strncmp(err.text, "v", 1), 0);
		assert_null(strstr(err.text, "u:p"));
	}
}

/* ---- proxies --------------------------------------------------------------------------------- */

struct proxy {
	int port; /* where everything is led, whatever is asked for */
	_Atomic unsigned tunnels, others;
	char asked[256];
	int status; /* 0: opens the tunnel */
};

static void pump(struct raw_connection *connection, int to)
{
	char bytes[16 * 1024];
	for (;;) {
		struct pollfd both[2] = {{.fd = connection->fd, .events = POLLIN},
					 {.fd = to, .events = POLLIN}};
		if (poll(both, 2, -1) < 0)
			return;
		for (int i = 0; i < 2; i++) {
			if (!both[i].revents)
				continue;
			ssize_t got = recv(both[i].fd, bytes, sizeof(bytes), 0);
			if (got <= 0 ||
			    send(both[1 - i].fd, bytes, (size_t)got, MSG_NOSIGNAL) != got)
				return;
		}
	}
}

static void tunnel(struct raw_connection *connection)
{
	struct proxy *proxy = connection->user;
	struct raw_request request;
	if (!raw_read_request(connection, &request))
		return;
	bool connects = strcmp(request.method, "CONNECT") == 0;
	snprintf(proxy->asked, sizeof(proxy->asked), "%.255s", request.target);
	raw_request_free(&request);
	if (!connects) {
		proxy->others++;
		return;
	}
	proxy->tunnels++;
	if (proxy->status) {
		raw_answer(connection, proxy->status, "Proxy-Authenticate: Basic\r\n", "no");
		return;
	}
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)proxy->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int to = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(to, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    raw_text(connection, "HTTP/1.1 200 Connection established\r\n\r\n"))
		pump(connection, to);
	close(to);
}

static void through_a_proxy(void **state, int status, void (*check)(struct network_world *world))
{
	struct network_world *world = *state;
	static struct proxy proxy;
	proxy = (struct proxy){.status = status};
	struct trust trust;
	char url[64];
	/* A name that only the proxy knows: resolving it here would fail. */
	trust_open(&trust, "venue.invalid", -60, 3600);
	world_serve(world, serve, NULL, trust.tls);
	proxy.port = raw_server_port(world->server);
	struct raw_server *server = raw_server_start(tunnel, &proxy, NULL);
	snprintf(url, sizeof(url), "http://localhost:%d", raw_server_port(server));
	world_endpoint(world, &(struct world_options){.tls = true,
						      .host = "venue.invalid",
						      .port = 8443,
						      .ca_file = trust.ca_file,
						      .proxy = url});
	check(world);
	assert_string_equal(proxy.asked, "venue.invalid:8443");
	assert_int_equal(proxy.tunnels, 3);
	assert_int_equal(proxy.others, 0);
	endpoint_free(world->endpoint);
	world->endpoint = NULL;
	network_run(world->network, network_now_ns(world->network));
	raw_server_stop(world->server);
	world->server = NULL;
	raw_server_stop(server);
	trust_close(&trust);
}

static void requests_and_streams_go_through_the_proxy(void **state)
{
	through_a_proxy(state, 0, works);
}

static void a_proxy_that_refuses_proves_that_nothing_was_sent(void **state)
{
	through_a_proxy(state, 407, is_refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
		TEST(a_certificate_of_the_given_authority_is_believed),
		TEST(an_address_can_be_certified),
		TEST(an_unknown_authority_is_refused),
		TEST(a_certificate_of_another_host_is_refused),
		TEST(a_name_does_not_certify_an_address),
		TEST(an_expired_certificate_is_refused),
		TEST(a_certificate_of_tomorrow_is_refused),
		TEST(an_old_protocol_is_refused),
		TEST(plain_text_where_tls_is_due_is_refused),
		TEST(trust_does_not_spread),
		TEST(what_cannot_be_an_endpoint_is_a_configuration_error),
		TEST(requests_and_streams_go_through_the_proxy),
		TEST(a_proxy_that_refuses_proves_that_nothing_was_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

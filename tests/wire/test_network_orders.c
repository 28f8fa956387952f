/*
 * Orders: at most one execution, the truth about each, and no handshake on their way. The servers
 * here count what they executed; the client's word is held against it.
 */
#include "core/base/utc.h"
#include "tests/support/network_world.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum death { DIES_NOT, DIES_BY_FIN, DIES_BY_RST };

struct venue {
	_Atomic unsigned executed, warmed, open, closed_idle;
	_Atomic int death; /* executes an order, then its connection dies without a byte */
	_Atomic bool hold; /* answers to orders wait */
	_Atomic unsigned held, most_held;
	_Atomic bool goodbye; /* idle connections are closed after their next answer */
};

static void trade(struct raw_connection *connection)
{
	struct venue *venue = connection->user;
	struct raw_request request;
	venue->open++;
	while (raw_read_request(connection, &request)) {
		bool order = strcmp(request.method, "POST") == 0;
		raw_request_free(&request);
		if (!order) {
			venue->warmed++;
			if (!raw_answer(connection, 200, "", "{}"))
				break;
			if (venue->goodbye)
				break;
			continue;
		}
		venue->executed++;
		unsigned held = ++venue->held;
		if (held > venue->most_held)
			venue->most_held = held;
		while (venue->hold)
			usleep(500);
		venue->held--;
		if (venue->death == DIES_BY_RST)
			raw_reset(connection);
		if (venue->death != DIES_NOT)
			break;
		if (!raw_answer(connection, 200, "", "{}"))
			break;
	}
	venue->open--;
}

struct warm_world {
	struct network_world *world;
	struct venue *venue;
	unsigned wanted;
};

static bool is_warm(void *user)
{
	struct warm_world *warm = user;
	return warm->venue->warmed >= warm->wanted;
}

static struct network_world *open_warm(void **state, struct venue *venue, unsigned warm,
				       SSL_CTX *tls, const char *ca_file)
{
	struct network_world *world = *state;
	world_serve(world, trade, venue, tls);
	world_endpoint(world, &(struct world_options){.warm = warm,
						      .tls = tls != NULL,
						      .host = tls ? "localhost" : NULL,
						      .ca_file = ca_file});
	/* One more is kept open than asked for: the one that may be under refreshment. */
	struct warm_world wait = {world, venue, warm > 0 ? warm + 1 : 0};
	world_run_until(world, is_warm, &wait);
	world_run_ms(world, 20);
	return world;
}

static void two_orders_at_once_need_no_handshake(void **state)
{
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){.hold = true};
	struct network_world *world = open_warm(state, &venue, 2, NULL, NULL);
	uint64_t before = network_endpoint_statistics(world->endpoint).handshakes;
	struct heard first, second;
	world_order(world, "1", &first);
	world_order(world, "2", &second);
	world_run_ms(world, 50);
	assert_int_equal(venue.most_held, 2); /* both are at the venue at the same time */
	venue.hold = false;
	world_wait(world);
	assert_int_equal(first.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(second.outcome, TRANSPORT_ANSWERED);
	struct network_statistics statistics = network_endpoint_statistics(world->endpoint);
	assert_int_equal(statistics.order_path_handshakes, 0);
	assert_int_equal(statistics.handshakes, before);
	assert_int_equal(venue.executed, 2);
	heard_free(&first);
	heard_free(&second);
}

static void the_same_holds_over_tls(void **state)
{
	char folder[64], ca_file[96];
	scratch_folder_make(folder, sizeof(folder));
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	struct raw_authority authority = raw_authority_make();
	raw_authority_write(&authority, ca_file);
	SSL_CTX *tls = raw_server_tls(&authority, "localhost", -60, 3600);
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){0};
	struct network_world *world = open_warm(state, &venue, 2, tls, ca_file);
	for (unsigned i = 0; i < 5; i++) {
		struct heard first, second;
		world_order(world, "1", &first);
		world_order(world, "2", &second);
		world_wait(world);
		assert_int_equal(first.outcome, TRANSPORT_ANSWERED);
		assert_int_equal(second.outcome, TRANSPORT_ANSWERED);
		heard_free(&first);
		heard_free(&second);
	}
	assert_int_equal(network_endpoint_statistics(world->endpoint).order_path_handshakes, 0);
	assert_int_equal(venue.executed, 10);
	SSL_CTX_free(tls);
	raw_authority_free(&authority);
	scratch_folder_remove(folder);
}

static void reads_do_not_take_the_connections_of_orders(void **state)
{
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){0};
	struct network_world *world = open_warm(state, &venue, 2, NULL, NULL);
	struct heard reads[8], first, second;
	for (int i = 0; i < 8; i++)
		world_get(world, "/read", &reads[i]);
	world_order(world, "1", &first);
	world_order(world, "2", &second);
	world_wait(world);
	assert_int_equal(network_endpoint_statistics(world->endpoint).order_path_handshakes, 0);
	assert_true(network_endpoint_statistics(world->endpoint).handshakes > 3);
	for (int i = 0; i < 8; i++)
		heard_free(&reads[i]);
	heard_free(&first);
	heard_free(&second);
}

static void a_handshake_for_an_order_is_counted(void **state)
{
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){.hold = true};
	struct network_world *world = open_warm(state, &venue, 0, NULL, NULL);
	struct heard first, second, third;
	world_order(world, "1", &first);
	world_order(world, "2", &second);
	world_run_ms(world, 50);
	venue.hold = false;
	world_wait(world);
	assert_int_equal(network_endpoint_statistics(world->endpoint).order_path_handshakes, 2);
	/* What they opened stays open for the next. */
	world_order(world, "3", &third);
	world_wait(world);
	assert_int_equal(network_endpoint_statistics(world->endpoint).order_path_handshakes, 2);
	heard_free(&first);
	heard_free(&second);
	heard_free(&third);
}

/* A02: libcurl by itself would execute the order twice and report one 200. */
static void dies_on_a_reused_connection(void **state, enum death death, unsigned warm)
{
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){0};
	struct network_world *world = open_warm(state, &venue, warm, NULL, NULL);
	struct heard first, second, third, after;
	if (warm == 0) {
		/* Two connections are open and idle. */
		venue.hold = true;
		world_order(world, "1", &first);
		world_order(world, "2", &second);
		world_run_ms(world, 50);
		venue.hold = false;
		world_wait(world);
		heard_free(&first);
		heard_free(&second);
		world_run_ms(world, 20);
	}
	venue.executed = 0;
	venue.death = death;
	world_order(world, "the one", &third);
	world_wait(world);
	world_run_ms(world, 100); /* time for a second execution, were there one */
	assert_int_equal(third.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(venue.executed, 1);
	heard_free(&third);
	venue.death = DIES_NOT;
	world_order(world, "the next", &after);
	world_wait(world);
	assert_int_equal(after.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(venue.executed, 2);
	heard_free(&after);
}

static void an_order_is_executed_once_when_its_reused_connection_ends(void **state)
{
	dies_on_a_reused_connection(state, DIES_BY_FIN, 0);
}

static void an_order_is_executed_once_when_its_reused_connection_is_reset(void **state)
{
	dies_on_a_reused_connection(state, DIES_BY_RST, 0);
}

static void an_order_is_executed_once_when_its_warm_connection_ends(void **state)
{
	dies_on_a_reused_connection(state, DIES_BY_FIN, 2);
}

static void an_order_is_executed_once_when_its_warm_connection_is_reset(void **state)
{
	dies_on_a_reused_connection(state, DIES_BY_RST, 2);
}

static bool nobody_is_there(void *user)
{
	return ((struct venue *)user)->open == 0;
}

/* What a proxy does after its idle time, with plain text and with TLS (where libcurl takes the
 * goodbye for a sign of life). */
static void is_not_put_on_a_connection_that_said_goodbye(void **state, SSL_CTX *tls,
							 const char *ca_file)
{
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){.goodbye = true};
	struct network_world *world = open_warm(state, &venue, 2, tls, ca_file);
	world_run_until(world, nobody_is_there, &venue);
	world_run_ms(world, 20);
	venue.goodbye = false;
	struct heard order;
	world_order(world, "1", &order);
	world_wait(world);
	assert_int_equal(order.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(venue.executed, 1);
	heard_free(&order);
	/* And without an order they are opened again by themselves. */
	struct warm_world wait = {world, &venue, 5};
	world_run_until(world, is_warm, &wait);
	world_run_ms(world, 50);
	struct heard first, second;
	uint64_t before = network_endpoint_statistics(world->endpoint).order_path_handshakes;
	world_order(world, "2", &first);
	world_order(world, "3", &second);
	world_wait(world);
	assert_int_equal(network_endpoint_statistics(world->endpoint).order_path_handshakes,
			 before);
	heard_free(&first);
	heard_free(&second);
}

static void an_order_is_not_put_on_a_connection_that_said_goodbye(void **state)
{
	is_not_put_on_a_connection_that_said_goodbye(state, NULL, NULL);
}

static void nor_is_it_over_tls(void **state)
{
	char folder[64], ca_file[96];
	scratch_folder_make(folder, sizeof(folder));
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	struct raw_authority authority = raw_authority_make();
	raw_authority_write(&authority, ca_file);
	SSL_CTX *tls = raw_server_tls(&authority, "localhost", -60, 3600);
	is_not_put_on_a_connection_that_said_goodbye(state, tls, ca_file);
	SSL_CTX_free(tls);
	raw_authority_free(&authority);
	scratch_folder_remove(folder);
}

static void orders_beyond_the_bound_are_never_sent(void **state)
{
	enum { MANY = 40 };
	static struct venue venue; /* outlives the test: the server's threads use it */
	venue = (struct venue){.hold = true};
	struct network_world *world = open_warm(state, &venue, 0, NULL, NULL);
	struct heard heard[MANY];
	for (int i = 0; i < MANY; i++)
		world_order(world, "x", &heard[i]);
	world_run_ms(world, 100);
	venue.hold = false;
	world_wait(world);
	unsigned answered = 0, never = 0;
	for (int i = 0; i < MANY; i++) {
		answered += heard[i].outcome == TRANSPORT_ANSWERED;
		never += heard[i].outcome == TRANSPORT_NEVER_SENT;
		heard_free(&heard[i]);
	}
	assert_int_equal(answered, 32);
	assert_int_equal(never, MANY - 32);
	assert_int_equal(venue.executed, 32);
}

/* ---- many orders, many deaths ---------------------------------------------------------------- */

struct lottery {
	unsigned seed;
	_Atomic unsigned executed[600]; /* by the order's number */
};

static unsigned draw(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Kills connections at random moments: before reading, after executing, within the answer. */
static void gamble(struct raw_connection *connection)
{
	struct lottery *lottery = connection->user;
	unsigned seed = lottery->seed + connection->number * 7919;
	struct raw_request request;
	for (;;) {
		if (draw(&seed) % 12 == 0) {
			if (draw(&seed) % 2)
				raw_reset(connection);
			return;
		}
		if (!raw_read_request(connection, &request))
			return;
		unsigned number = (unsigned)atoi(request.body);
		raw_request_free(&request);
		lottery->executed[number]++;
		unsigned fate = draw(&seed) % 8;
		if (fate == 0) {
			raw_reset(connection);
			return;
		}
		if (fate == 1)
			return;
		if (fate == 2) {
			raw_text(connection, "HTTP/1.1 200 OK\r\nContent-");
			return;
		}
		if (!raw_answer(connection, 200, "", "{}"))
			return;
	}
}

static void whatever_dies_no_order_is_executed_twice_and_none_that_was_never_sent(void **state)
{
	struct network_world *world = *state;
	const char *given = getenv("FUNDARB_SEED");
	struct lottery *lottery = calloc(1, sizeof(*lottery));
	lottery->seed = given ? (unsigned)atoi(given) : (unsigned)getpid();
	print_message("seed %u\n", lottery->seed);
	world_serve(world, gamble, lottery, NULL);
	world_endpoint(world, &(struct world_options){0});
	unsigned outcomes[3] = {0};
	for (int i = 0; i < 600 && raw_server_connections(world->server) < 240; i += 2) {
		struct heard heard[2];
		char body[16];
		for (int k = 0; k < 2; k++) {
			snprintf(body, sizeof(body), "%d", i + k);
			world_order(world, body, &heard[k]);
		}
		world_wait(world);
		for (int k = 0; k < 2; k++) {
			unsigned executed = lottery->executed[i + k];
			outcomes[heard[k].outcome]++;
			assert_true(executed <= 1);
			if (heard[k].outcome == TRANSPORT_ANSWERED)
				assert_int_equal(executed, 1);
			if (heard[k].outcome == TRANSPORT_NEVER_SENT)
				assert_int_equal(executed, 0);
			heard_free(&heard[k]);
		}
	}
	print_message("%u answered, %u never sent, %u unknown\n", outcomes[0], outcomes[1],
		      outcomes[2]);
	assert_true(outcomes[TRANSPORT_ANSWERED] > 50 && outcomes[TRANSPORT_UNKNOWN] > 10);
	endpoint_free(world->endpoint);
	world->endpoint = NULL;
	raw_server_stop(world->server);
	world->server = NULL;
	free(lottery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
		TEST(two_orders_at_once_need_no_handshake),
		TEST(the_same_holds_over_tls),
		TEST(reads_do_not_take_the_connections_of_orders),
		TEST(a_handshake_for_an_order_is_counted),
		TEST(an_order_is_executed_once_when_its_reused_connection_ends),
		TEST(an_order_is_executed_once_when_its_reused_connection_is_reset),
		TEST(an_order_is_executed_once_when_its_warm_connection_ends),
		TEST(an_order_is_executed_once_when_its_warm_connection_is_reset),
		TEST(an_order_is_not_put_on_a_connection_that_said_goodbye),
		TEST(nor_is_it_over_tls),
		TEST(orders_beyond_the_bound_are_never_sent),
		TEST(whatever_dies_no_order_is_executed_twice_and_none_that_was_never_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A simulated venue over a market fixture, without latency, that keeps all it says. */
#ifndef FUNDARB_TESTS_SUPPORT_VENUE_FIXTURE_H
#define FUNDARB_TESTS_SUPPORT_VENUE_FIXTURE_H

#include "exchanges/simulated/venue.h"
#include "tests/support/market_fixture.h"

#define VENUE_FIXTURE_EVENTS 8192

struct venue_fixture {
	struct market_fixture market;
	struct simulated_venue *venue;
	struct account_event *events; /* owned */
	size_t event_count;
	uint32_t next_client_id;
};

/* Leverage 3; deposits 1,000,000 USDT and 100 BTC; books of all three instruments are synced:
 * linear and inverse "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5", spot the same. */
void venue_fixture_open(struct venue_fixture *fixture);
void venue_fixture_open_with(struct venue_fixture *fixture, struct simulated_venue_options options);
void venue_fixture_close(struct venue_fixture *fixture);
/* Forgets the events kept so far. */
void venue_fixture_forget(struct venue_fixture *fixture);

struct order_request venue_fixture_request(struct venue_fixture *fixture, instrument_id id,
					   enum order_type type, enum side side,
					   const char *quantity, const char *limit);
/* Places it now; the client id is next_client_id - 1 afterwards. */
struct simulated_answer venue_fixture_place(struct venue_fixture *fixture, instrument_id id,
					    enum order_type type, enum side side,
					    const char *quantity, const char *limit);
struct simulated_answer venue_fixture_reduce(struct venue_fixture *fixture, instrument_id id,
					     enum order_type type, enum side side,
					     const char *quantity, const char *limit);

size_t venue_fixture_count(const struct venue_fixture *fixture, enum account_event_kind kind);
/* The n-th event of a kind; fails the test if there is none. */
const struct account_event *venue_fixture_event(const struct venue_fixture *fixture,
						enum account_event_kind kind, size_t n);
/* Fails unless the n-th fill is this one. */
void venue_fixture_expect_fill(const struct venue_fixture *fixture, size_t n, enum side side,
			       const char *quantity, const char *price);
/* Fails unless the last order event says this. */
void venue_fixture_expect_order(const struct venue_fixture *fixture, enum order_state state,
				enum reject_reason reason, const char *executed);
void venue_fixture_expect_balance(const struct venue_fixture *fixture, asset_id asset,
				  const char *amount);
/* Position in the instrument's own unit. */
void venue_fixture_expect_position(const struct venue_fixture *fixture, instrument_id id,
				   const char *quantity);
void venue_fixture_expect_money(struct money actual, const char *expected);

#endif

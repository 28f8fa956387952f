/*
 * A small market for tests: one venue with a linear, an inverse and a spot instrument, its market
 * state, and one-line functions that make events. Time is a number of seconds from FIXTURE_START.
 */
#ifndef FUNDARB_TESTS_SUPPORT_MARKET_FIXTURE_H
#define FUNDARB_TESTS_SUPPORT_MARKET_FIXTURE_H

#include "core/market/market_state.h"

/* 2024-08-08T23:00:00Z: an hour before a boundary of the 8 h schedule. */
#define FIXTURE_START	 INT64_C(1723158000000000000)
#define FIXTURE_BOUNDARY INT64_C(1723161600000000000)

struct market_fixture {
	struct instrument_table *instruments;
	struct market_state *state;
	venue_id venue;		 /* "testvenue" */
	asset_id usdt, btc, usd; /* posted with 8 decimals */
	/* BTCUSDT, linear: price 1 decimal, tick 0.1, quantity 3 decimals, lot 0.001. */
	instrument_id linear;
	/* BTCUSD_PERP, inverse: contracts of 100 USD, settles in BTC, price 1 decimal, tick 0.1. */
	instrument_id inverse;
	/* BTCUSDT spot ("BTCUSDT-SPOT"): price 2 decimals, quantity 6 decimals, lot 0.00001,
	 * buy fee in base. */
	instrument_id spot;
	int64_t now_ns; /* stamp of the events made next; starts at FIXTURE_START */
	/* Called after the state applied an event, e.g. to hand it to a venue; may be NULL. */
	void (*after)(void *user, const struct market_event *event);
	void *user;
};

/* Taker 5 bp, maker 2 bp, maintenance 0.4 %, leverage up to 20, funding every 8 h on the mark. */
void market_fixture_open(struct market_fixture *fixture);
void market_fixture_close(struct market_fixture *fixture);

/* Terms of an instrument, to be changed and given to instrument_table_revise. */
struct instrument_revision market_fixture_terms(const struct market_fixture *fixture,
						instrument_id id);
void market_fixture_revise(struct market_fixture *fixture, struct instrument_revision revision,
			   instrument_id id);

/* Applies an event stamped now_ns (local) unless it has stamps of its own. */
void market_fixture_event(struct market_fixture *fixture, struct market_event event);
/*
 * A snapshot and SYNCED from text, best levels first: "100.0x2 99.9x1 | 100.1x3" (bids | asks).
 */
void market_fixture_book(struct market_fixture *fixture, instrument_id id, const char *levels);
/* A diff of the same form; quantity 0 deletes. */
void market_fixture_diff(struct market_fixture *fixture, instrument_id id, const char *levels);
void market_fixture_gap(struct market_fixture *fixture, instrument_id id);
void market_fixture_trade(struct market_fixture *fixture, instrument_id id, enum side taker,
			  const char *price, const char *quantity);
/* exch_ns: venue time of the mark. */
void market_fixture_mark(struct market_fixture *fixture, instrument_id id, const char *mark,
			 int64_t exch_ns);
void market_fixture_funding(struct market_fixture *fixture, instrument_id id,
			    enum funding_kind kind, const char *rate, int64_t boundary_ns);
void market_fixture_clock(struct market_fixture *fixture, int64_t offset_ns);

/* Decimal text in the instrument's units; fails the test if it does not fit. */
struct price market_fixture_price(const struct market_fixture *fixture, instrument_id id,
				  const char *text);
struct quantity market_fixture_quantity(const struct market_fixture *fixture, instrument_id id,
					const char *text);
struct money market_fixture_money(const char *text);

#endif

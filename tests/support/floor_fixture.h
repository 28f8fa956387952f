/*
 * A trading floor with one market, two accounts and a feed by hand; it keeps what the floor tells
 * and holds the told book against the displayed one after every run.
 */
#ifndef FUNDARB_TESTS_SUPPORT_FLOOR_FIXTURE_H
#define FUNDARB_TESTS_SUPPORT_FLOOR_FIXTURE_H

#include "exchanges/testnet/trading_floor.h"

#define FLOOR_FIXTURE_EVENTS 4096
#define FLOOR_FIXTURE_START  (INT64_C(1704067200) * 1000000000)

struct floor_fixture {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct fault_plan *faults;
	struct trading_floor *floor;
	venue_id venue;
	asset_id usdc;
	instrument_id
		btc; /* tick 0.1, lot 0.001, funding every 60 s on the mark, taker 5 bp, maker 2 */
	floor_account a, b; /* 100,000 USDC each */
	struct order_book *told;
	struct floor_order *orders; /* copies, as they were told; owned */
	struct floor_fill *fills;
	struct floor_payment *payments;
	struct market_event *trades;
	size_t order_count, fill_count, payment_count, trade_count, account_events;
};

/* Delays 300 ms taker, 200 ms maker and cancel; leverage 5; book
 * "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5", mark 60000. */
void floor_fixture_open(struct floor_fixture *fixture);
void floor_fixture_close(struct floor_fixture *fixture);
void floor_fixture_forget(struct floor_fixture *fixture);
void floor_fixture_fault(struct floor_fixture *fixture, const char *rule);

/* The feed: quantity "0" deletes. */
void floor_fixture_level(struct floor_fixture *fixture, enum side side, const char *price,
			 const char *quantity);
void floor_fixture_trade(struct floor_fixture *fixture, enum side taker, const char *price,
			 const char *quantity);
void floor_fixture_mark(struct floor_fixture *fixture, const char *price);
void floor_fixture_settle(struct floor_fixture *fixture, int64_t boundary_ns, const char *rate);

const struct floor_order *floor_fixture_place(struct floor_fixture *fixture, floor_account account,
					      enum order_type type, enum side side,
					      const char *quantity, const char *limit,
					      const char *tag);
const struct floor_order *floor_fixture_reduce(struct floor_fixture *fixture, floor_account account,
					       enum order_type type, enum side side,
					       const char *quantity, const char *limit);
/* Lets so many ms pass, then compares the told book with the displayed one. */
void floor_fixture_pass(struct floor_fixture *fixture, int64_t ms);
/* "60000.0x2 59999.9x3 | 60000.1x1 ..." */
void floor_fixture_expect_book(struct floor_fixture *fixture, const char *book);
void floor_fixture_expect_position(const struct floor_fixture *fixture, floor_account account,
				   const char *quantity);
void floor_fixture_expect_balance(const struct floor_fixture *fixture, floor_account account,
				  const char *amount);

#endif

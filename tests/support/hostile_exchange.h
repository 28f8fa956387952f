/*
 * A venue that misbehaves as the test says: a BaseExchangeClient with its own small matching (an
 * IOC walks a book that the test sets, a resting order fills when the test says) and its own truth
 * about orders and positions, in front of which requests, answers, events and reads get lost, late,
 * doubled, disordered or wrong.
 */
#ifndef FUNDARB_TESTS_SUPPORT_HOSTILE_EXCHANGE_H
#define FUNDARB_TESTS_SUPPORT_HOSTILE_EXCHANGE_H

#include "core/base/random.h"
#include "core/market/market_state.h"
#include "exchanges/exchange_client.h"

#define HOSTILE_ORDERS_MAX  4096
#define HOSTILE_LEVELS	    8
#define HOSTILE_INSTRUMENTS 8

struct journey;

/*
 * What happens to one order:
 *  '.' as it should           'u' the request is lost: no answer
 *  'U' done, answer lost      'S' done, but answer and events are lost: only reads tell
 *  'a' acknowledged, dropped  's' done and acknowledged, events lost
 *  'd' arrives 15 s late      'D' arrives 15 s late at a venue that ignores the order's expiry
 *  'e' events before answer   'x' events doubled
 *  'o' terminal event before its fills
 *  'p' half fills             'z' nothing fills          '1' one lot fills
 *  'm' refused: margin        'r' refused: other         'R' refused: reduce-only
 *  'n' never sent             'c' would cross            'q' refused: duplicate id, but done
 *  'k' refused: minimum       'b' refused: price band
 */
struct hostile_order {
	struct order_request request;
	enum order_state state;
	struct quantity executed;
	int64_t sent_ns, arrived_ns; /* 0 = never arrived */
	int64_t visible_ns;	     /* look-ups find it from then on */
	char fate;
};

struct hostile_exchange {
	struct exchange_client client; /* first */
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market; /* its clock, for exch_ns */
	void (*account)(void *user, const struct account_event *event);
	void *user;

	int64_t entry_ns, response_ns;	     /* of every request */
	int64_t read_ns;		     /* whole time of a read; sampled half-way */
	int64_t look_up_lag_ns;		     /* orders are found so much after they arrived */
	int64_t position_lag_ns;	     /* position reads show the past */
	int64_t down_from_ns, down_until_ns; /* nothing arrives, nothing answers */
	const char *fates;		     /* of the next orders, then '.' */
	const char *
		cancel_fates; /* of the next cancels: '.', 'u' lost, 'f' fills first, 'n' refused */
	unsigned fail_reads[READ_KINDS];
	bool ignores_position_limits; /* reduce-only is not enforced */
	struct random *random;	      /* fates are drawn from `menu` when fates is at its end */
	const char *menu;
	unsigned menu_one_in; /* a fate other than '.' once in so many orders */
	bool leverage_refused;
	struct journey *journeys; /* under way */

	struct book_level bids[HOSTILE_INSTRUMENTS + 1][HOSTILE_LEVELS];
	struct book_level asks[HOSTILE_INSTRUMENTS + 1][HOSTILE_LEVELS];
	uint32_t bid_count[HOSTILE_INSTRUMENTS + 1], ask_count[HOSTILE_INSTRUMENTS + 1];
	struct quantity position[HOSTILE_INSTRUMENTS + 1];
	int64_t order_room;
	struct money available, base_total; /* of every settle or quote asset; of every base */
	size_t foreign_orders;		    /* READ_OPEN_ORDERS shows so many */

	struct hostile_order orders[HOSTILE_ORDERS_MAX];
	size_t order_count;
	struct account_event fills[HOSTILE_ORDERS_MAX];
	size_t fill_count;
	uint64_t trade_ids;
	uint64_t reads[READ_KINDS];
	uint64_t commands[COMMAND_DEAD_MANS_SWITCH + 1];
	bool duplicate_id_seen; /* invariant I2 broken */
	bool two_live_orders;	/* invariant I3 broken, on one instrument */
	struct {
		int64_t at_ns;
		struct quantity quantity[HOSTILE_INSTRUMENTS + 1];
	} past[HOSTILE_ORDERS_MAX]; /* positions after each change */
	size_t past_count;
};

struct hostile_exchange *hostile_exchange_create(
	struct scheduler *scheduler, const struct instrument_table *instruments,
	const struct market_state *market, venue_id venue,
	void (*account)(void *user, const struct account_event *event), void *user);
void hostile_exchange_free(struct hostile_exchange *exchange);
/* Bids from `bid` downwards and asks from `ask` upwards, one tick apart, `size` units each. */
void hostile_book(struct hostile_exchange *exchange, instrument_id instrument, int64_t bid,
		  int64_t ask, int64_t size, uint32_t levels);
/* Fills so much of the order that rests on the instrument; false if none does. */
bool hostile_fill_resting(struct hostile_exchange *exchange, instrument_id instrument,
			  int64_t units);
/* Sends an event again, as a replay after a reconnect would. */
void hostile_repeat_fills(struct hostile_exchange *exchange);
/* The position changes without an order of ours. */
void hostile_move_position(struct hostile_exchange *exchange, instrument_id instrument,
			   int64_t units);

#endif

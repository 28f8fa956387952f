/*
 * OrderExecutor: gets one order done and tells the truth about it. It sends an order whose intent
 * is durable, follows it through answers, events and look-ups in whatever order they come, cancels
 * it until it is terminal, reads fills that did not arrive, and proves absence where the outcome is
 * unknown. It never repeats an order: whether another one follows is its owner's decision
 * (atomic_multi_order_executor.h).
 */
#ifndef FUNDARB_EXECUTION_ORDER_EXECUTOR_H
#define FUNDARB_EXECUTION_ORDER_EXECUTOR_H

#include "core/market/market_state.h"
#include "execution/absence_proof.h"
#include "execution/match_delay.h"
#include "execution/order_life.h"

/* Orders followed at once, terminal ones still looked at by their trade included. */
#define LIVE_ORDERS_MAX 2048
/* Orders whose trade is remembered, the newest of them, for late fills and the ledger. */
#define REMEMBERED_ORDERS 65536

struct live_order;

struct order_owner {
	/*
	 * Something is known that was not. Called from completions and events, never from inside a
	 * call of this header. It must not release the order: that is done in a step of its own.
	 */
	void (*changed)(void *user, struct live_order *order);
	/*
	 * Judges a complete READ_POSITIONS (spot: READ_BALANCES) answer: is the account what it
	 * would be had this order never existed?
	 */
	bool (*position_agrees)(void *user, const struct live_order *order,
				const struct read_result *read);
	void *user;
};

struct order_executor_options {
	int64_t give_up_ns;
	int64_t proof_allowance_ns;
};

struct order_executor;

/* One order; everything but the fields below is the executor's. */
struct live_order {
	struct order_life life;
	int64_t sent_ns; /* 0 = not yet */
	bool frozen;	 /* unknown for longer than a proof should take: an alarm was raised */
	bool cancel_wanted;
	bool fills_missing; /* terminal, but its fills could not be read */
	/* The owner's own marks. */
	unsigned leg;
	int purpose; /* enum intent_purpose */
	struct money counted_tokens, counted_notional, counted_fee;
	struct quantity counted;

	/* ---- the executor's ---- */
	struct order_executor *executor;
	struct order_owner owner;
	struct absence_proof proof;
	uint32_t trade;
	bool taken, released, place_pending, cancel_pending, read_pending;
	uint64_t timer;
	int64_t send_at_ns, unknown_since_ns, next_look_ns, next_cancel_ns, asked_ns;
	unsigned looks, cancels, fill_reads;
	bool alarmed, read_failed;
	struct live_order *next_free;
};

struct order_executor *order_executor_create(const struct order_executor_options *options,
					     struct scheduler *scheduler,
					     const struct instrument_table *instruments,
					     const struct market_state *market,
					     const struct exchange_clients *clients);
/* Only when the clients complete nothing any more. */
void order_executor_free(struct order_executor *executor);
struct match_delays *order_executor_delays(struct order_executor *executor);

/*
 * Takes a new order in before its intent is written: from here on its events find it. NULL when
 * LIVE_ORDERS_MAX are followed or the id is one of them.
 */
struct live_order *order_executor_prepare(struct order_executor *executor,
					  const struct order_request *request, uint32_t trade,
					  const struct order_owner *owner);
/* Its intent is durable: hands it to the venue at at_ns (in the past: now). */
void order_executor_send(struct live_order *order, int64_t at_ns);
/* The order never goes out; it was prepared only. Releases it. */
void order_executor_drop(struct live_order *order);
/* Asks for its end until it has one. Harmless on a terminal order. */
void order_executor_cancel(struct live_order *order);
/* The owner has seen enough of a finished order; silence afterwards. */
void order_executor_release(struct live_order *order);
/* Terminal, its fills complete or given up: its figures are final. */
bool order_executor_finished(const struct live_order *order);

/* What became of the orders that were handed to a venue, and released since. */
struct order_counts {
	uint64_t sent; /* the sum of the next six */
	uint64_t filled, partly_filled, unfilled, refused,
		absent /* proven never to have existed */;
	uint64_t unknown; /* released without a known end */
	uint64_t fills;
};
const struct order_counts *order_executor_counts(const struct order_executor *executor,
						 venue_id venue);

/*
 * Order and fill events of every venue. False: of no order of ours. What comes after an order was
 * released is a repetition: it was complete then.
 */
bool order_executor_account_event(struct order_executor *executor,
				  const struct account_event *event);
/* Which trade an order belongs to, 0 if none of the newest REMEMBERED_ORDERS. */
uint32_t order_executor_trade_of(const struct order_executor *executor, venue_id venue,
				 uint32_t client_id);

#endif

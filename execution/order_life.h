/*
 * What is known of one order. Phases form a lattice: nothing moves an order back, however late,
 * doubled or disordered the venue's words arrive. The executed quantity is the larger of what the
 * venue says in total and what the fills, each counted once by trade id, add up to. Pure.
 */
#ifndef FUNDARB_EXECUTION_ORDER_LIFE_H
#define FUNDARB_EXECUTION_ORDER_LIFE_H

#include "exchanges/exchange_client.h"

enum order_phase {
	ORDER_PREPARED, /* no byte has left */
	ORDER_SENT,	/* handed to the client, no answer yet */
	ORDER_UNKNOWN,	/* may or may not exist: reserved in full until found or proven absent */
	ORDER_WORKING,	/* the venue has it */
	ORDER_ENDED,	/* filled, cancelled or expired */
	ORDER_REFUSED,	/* a definite refusal, or never sent */
	ORDER_ABSENT,	/* proven never to have existed (docs/execution.md) */
};
const char *order_phase_text(enum order_phase phase);
static inline bool order_phase_is_terminal(enum order_phase phase)
{
	return phase >= ORDER_ENDED;
}

/* Fills of one order that are told apart; surplus ones count by the order's own total only. */
#define ORDER_FILLS_MAX 8192

struct fill_key {
	uint64_t a, b;
};

struct order_life {
	struct order_request request;
	const struct instrument *instrument;
	enum order_phase phase;
	enum reject_reason reason; /* REFUSED, or why an ENDED order was cut short */
	struct quantity executed;  /* never falls */
	struct quantity filled;	   /* sum of fills */
	struct money value;	   /* settle asset, sum over fills */
	struct money notional;	   /* quote, sum over fills */
	struct money tokens;	   /* canonical, sum over fills */
	struct money fee_tokens;   /* canonical, fees taken in base */
	struct money fee_base;	   /* the same in the base asset */
	uint32_t fills;
	int64_t first_match_ns, last_match_ns; /* local time; 0 = no fill */
	bool shrank; /* a terminal total below one seen before: the venue contradicts itself */
	struct fill_key *keys; /* owned */
	size_t key_count, key_capacity;
};

void order_life_begin(struct order_life *life, const struct order_request *request,
		      const struct instrument *instrument);
void order_life_end(struct order_life *life); /* frees what it owns */

/* An ACCOUNT_ORDER event or the answer of READ_ORDER. True if anything changed. */
bool order_life_order(struct order_life *life, const struct account_event *event);
/* An ACCOUNT_FILL event; match_ns: the venue's match time in local time. True unless known. */
bool order_life_fill(struct order_life *life, const struct account_event *event, int64_t match_ns);
/* The answer of the place command. True if anything changed. */
bool order_life_answer(struct order_life *life, const struct command_result *result);
/* The venue does not know an order that was handed over. True if it was taken for working. */
bool order_life_not_found(struct order_life *life);

/* What may still trade: quantity - executed, 0 once terminal. */
struct quantity order_life_open(const struct order_life *life);
/* Terminal, and every executed unit is accounted for by a fill. */
bool order_life_complete(const struct order_life *life);
/*
 * Tokens executed; what no fill explains yet counts at the limit price (or `fallback` for a market
 * order). A fee taken in base is not deducted.
 */
struct money order_life_tokens(const struct order_life *life, struct price fallback);

#endif

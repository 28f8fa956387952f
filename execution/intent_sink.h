/*
 * Where an intent becomes durable before a byte leaves. Executors send only from `done(durable)`.
 * In a backtest it writes the decision log; with the order journal it commits to disk. Both legs
 * of an open are one commit.
 */
#ifndef FUNDARB_EXECUTION_INTENT_SINK_H
#define FUNDARB_EXECUTION_INTENT_SINK_H

#include "exchanges/exchange_client.h"

enum intent_purpose {
	INTENT_OPEN,   /* first orders of an opening */
	INTENT_CLOSE,  /* first orders of a closing */
	INTENT_HEDGE,  /* completes the leg that is behind */
	INTENT_TRIM,   /* reduces the leg that is ahead */
	INTENT_UNWIND, /* brings a trade back to flat */
};
const char *intent_purpose_text(enum intent_purpose purpose);

struct intent_trade {
	uint32_t trade;
	const char *name;
	enum intent_purpose purpose;
	int64_t local_ns;
};
struct intent_order {
	unsigned leg;
	struct order_request order;
	int64_t price_age_ns;	  /* of the quote it was priced from */
	const char *price_source; /* static text */
};

typedef void (*intent_done)(void *user, bool durable);
struct intent_sink {
	/* Asynchronous: done is called exactly once, later. not durable = nothing may be sent. */
	void (*commit)(void *self, const struct intent_trade *trade,
		       const struct intent_order *orders, size_t count, intent_done done,
		       void *user);
	/* State transitions and results, for the log; never blocks. */
	void (*note)(void *self, uint32_t trade, const char *text);
	/* Next client order id; 0 = the counter cannot be made durable: do not trade. */
	uint32_t (*next_client_id)(void *self);
	void *self;
};

#endif

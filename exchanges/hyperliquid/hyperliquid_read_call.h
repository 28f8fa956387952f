/*
 * A read under way: inside of the Hyperliquid client. It asks one or several requests and is
 * finished once, with everything or with UNKNOWN.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_READ_CALL_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_READ_CALL_H

#include "exchanges/hyperliquid/hyperliquid_state.h"

/* Pages of one history: 20 of 500 rows are 10,000 hours; fills are promised to 10,000 (§1.4). */
#define HYPERLIQUID_PAGES_MAX 20

struct hyperliquid_read_call {
	struct hyperliquid_client *client;
	struct hyperliquid_read_call *next, **link; /* in the client's list */
	struct read_request request;
	const struct hyperliquid_listing *listing; /* NULL: about the whole account or venue */
	int64_t give_up_ns, started_ns;
	read_done done;
	void *user;
	schedule_id timer;
	enum read_outcome outcome; /* what `timer` finishes it with */
	struct read_result result;
	/* Rows collected so far; owned. size: bytes of one. */
	void *rows;
	size_t count, capacity, size;
	bool full; /* more than can be kept: the answer is not complete */
	/* Pages. */
	unsigned page;
	size_t page_rows, page_fresh; /* in the newest page: all, and those not seen before */
	int64_t last_ns;	      /* where the newest page began, or its newest row */
	int64_t page_newest_ns;
	unsigned step; /* READ_ACCESS */
	char text[HYPERLIQUID_MODE_MAX + 1];
	struct book_level bids[HYPERLIQUID_LEVELS_MAX], asks[HYPERLIQUID_LEVELS_MAX];
};

/* A place for one more row, zeroed; NULL (and `full`): the bound of rows is reached. */
void *hyperliquid_read_row(struct hyperliquid_read_call *call, size_t size);
/* Finishes the read; not from inside the call that began it. */
void hyperliquid_read_finish(struct hyperliquid_read_call *call, enum read_outcome outcome);
/* Finishes it a moment later: for what is known at once. */
void hyperliquid_read_finish_later(struct hyperliquid_read_call *call, enum read_outcome outcome);

void hyperliquid_read_account(struct hyperliquid_read_call *call);
/* Finishes it with what the streams have said; false: the venue must be asked. */
bool hyperliquid_read_streamed(struct hyperliquid_read_call *call);
void hyperliquid_read_access(struct hyperliquid_read_call *call);

#endif

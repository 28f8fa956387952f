/* Inside of lighter_read*.c: one read of the interface, asked in one or several requests. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_READ_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_READ_H

#include "exchanges/lighter/lighter_state.h"

/* Beyond either a history is too long to be complete: UNKNOWN. */
#define LIGHTER_PAGES_MAX 50
#define LIGHTER_ROWS_MAX  20000

struct lighter_read {
	struct lighter_client *client;
	struct lighter_read *next, *previous;
	struct read_request request;
	int64_t market; /* -1 = none */
	int64_t give_up_ns;
	read_done done;
	void *user;
	schedule_id later;
	bool asked_now;
	unsigned step, pages;
	char cursor[LIGHTER_CURSOR_MAX];
	int64_t window_ns; /* histories that are asked for in pieces: the start of the next */
	/* Rows of the result, grown as they come. */
	void *rows; /* owned */
	size_t count, capacity;
	struct book_level *asks; /* owned; DEPTH: rows are the bids */
	size_t ask_count;
	struct account_event order;
	struct market_event funding;
	struct read_result result;
};

/* How each kind is asked and what an answer to it means. */
struct lighter_read_plan {
	/* Sends the next request, or finishes. */
	void (*ask)(struct lighter_read *read);
	/* Takes one answer in; asks on or finishes. */
	void (*take)(struct lighter_read *read, const struct lighter_answer *answer);
	enum request_priority priority;
	bool of_instrument, of_account;
};
extern const struct lighter_read_plan lighter_read_plans[READ_KINDS];

void lighter_read_ask(struct lighter_read *read, int64_t weight, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Completes it; result.u is filled already when VALUE. */
void lighter_read_finish(struct lighter_read *read, enum read_outcome outcome);
/* A place for one more row of `size` bytes; NULL: LIGHTER_ROWS_MAX are there, or no memory. */
void *lighter_read_row(struct lighter_read *read, size_t size);

/* ---- lighter_read_market.c ---- */
void lighter_ask_markets(struct lighter_read *read);
void lighter_take_instruments(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_details(struct lighter_read *read);
void lighter_take_details(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_depth(struct lighter_read *read);
void lighter_take_depth(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_time(struct lighter_read *read);
void lighter_take_time(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_fees(struct lighter_read *read);

/* ---- lighter_read_funding.c ---- */
void lighter_ask_funding(struct lighter_read *read);
void lighter_take_funding(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_overview(struct lighter_read *read);
void lighter_take_overview(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_history(struct lighter_read *read);
void lighter_take_history(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_evidence(struct lighter_read *read);
void lighter_take_evidence(struct lighter_read *read, const struct lighter_answer *answer);

/* ---- lighter_read_streamed.c ---- */
/* Finishes the read with what the streams have said; false: the venue must be asked. */
bool lighter_read_streamed(struct lighter_read *read);

/* ---- lighter_read_account.c ---- */
void lighter_ask_account(struct lighter_read *read);
void lighter_take_account(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_open_orders(struct lighter_read *read);
void lighter_take_open_orders(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_order(struct lighter_read *read);
void lighter_take_order(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_fills(struct lighter_read *read);
void lighter_take_fills(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_payments(struct lighter_read *read);
void lighter_take_payments(struct lighter_read *read, const struct lighter_answer *answer);
void lighter_ask_access(struct lighter_read *read);
void lighter_ask_order_room(struct lighter_read *read);
void lighter_take_access(struct lighter_read *read, const struct lighter_answer *answer);

#endif

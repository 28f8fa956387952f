/*
 * What happened, trade by trade: every fill, result and reason, in order. The report reads it; the
 * money itself is in the ledger, whose lines carry the same trade numbers.
 */
#ifndef FUNDARB_SRC_TRADE_LOG_H
#define FUNDARB_SRC_TRADE_LOG_H

#include "core/market/account_event.h"
#include "execution/atomic_multi_order_executor.h"

enum trade_status {
	TRADE_STATUS_OPENING,
	TRADE_STATUS_OPEN, /* also at the end of data: reported as open */
	TRADE_STATUS_CLOSING,
	TRADE_STATUS_CLOSED,
	TRADE_STATUS_REFUSED, /* preflight said no; nothing was sent */
	TRADE_STATUS_UNDONE,  /* opened in part and brought back to flat */
	TRADE_STATUS_HALTED,  /* could not be repaired: a person is needed */
};
const char *trade_status_text(enum trade_status status);

struct leg_record {
	instrument_id instrument;
	enum side side; /* of the opening */
	struct quantity wanted;
	struct quantity held; /* what the trade owns now */
	struct account_event *fills;
	size_t fill_count, fill_capacity;
	struct price open_touch, close_touch; /* decision touches */
};

struct phase_record {
	bool done;
	int64_t match_gap_ns;
	int32_t match_gap_bp_e2;
	struct money exposure_seconds;
	unsigned repair_orders;
	char reason[128];
};

struct trade_record {
	uint32_t trade;
	char name[TRADE_NAME_MAX + 1];
	enum trade_status status;
	int64_t requested_ns, opened_ns, closed_ns; /* 0 = not yet */
	size_t leg_count;
	struct leg_record legs[TRADE_LEGS_MAX];
	struct phase_record opening, closing;
	char exit_reason[32], exit_number[96], exit_limit[96];
	bool preflight_refused;
	struct preflight_item refusal;
	bool expectation_known;
	i128 expected_funding_e18, expected_costs_e18; /* fractions of notional */
};

struct trade_log;

struct trade_log *trade_log_create(void);
void trade_log_free(struct trade_log *log);

/* Starts a record; the pointer stays valid until the log is freed. Aborts if memory is out. */
struct trade_record *trade_log_add(struct trade_log *log, uint32_t trade, const char *name,
				   int64_t now_ns);
struct trade_record *trade_log_find(struct trade_log *log, uint32_t trade);
/* Copies a fill to the leg of that instrument. */
void trade_log_fill(struct trade_log *log, uint32_t trade, const struct account_event *fill);
/* Takes over an executor's result of the opening or closing of that trade. */
void trade_log_result(struct trade_log *log, const struct trade_result *result, int64_t now_ns);
/*
 * The trade whose fills before that venue time left a position (0: none): whose funding that is.
 * By the venue's own clock and matches, as the venue judges it: when the news of a fill or of a
 * payment arrived here has no part in it.
 */
uint32_t trade_log_holder(const struct trade_log *log, instrument_id instrument, int64_t venue_ns);

size_t trade_log_count(const struct trade_log *log);
struct trade_record *trade_log_at(struct trade_log *log, size_t index);

#endif

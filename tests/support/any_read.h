/*
 * Results of reads and account events with any values that their structs can hold, about the
 * instruments of recording_fixture.h, and the comparison of all that they say.
 */
#ifndef FUNDARB_TESTS_SUPPORT_ANY_READ_H
#define FUNDARB_TESTS_SUPPORT_ANY_READ_H

#include "core/base/random.h"
#include "exchanges/exchange_client.h"

#define ANY_ROWS_MAX 6

struct any_read {
	struct read_result result;
	struct market_event events[ANY_ROWS_MAX];
	struct account_event account[ANY_ROWS_MAX];
	struct book_level levels[2 * ANY_ROWS_MAX];
	instrument_id ids[ANY_ROWS_MAX];
	struct balance_value balances[ANY_ROWS_MAX];
	struct position_value positions[ANY_ROWS_MAX];
	struct funding_evidence evidence[ANY_ROWS_MAX];
	char mode[64], advice[200];
};

/* Freed with free(). */
struct any_read *any_read(struct random *random, struct instrument_table *table);
struct account_event any_account_event(struct random *random, struct instrument_table *table,
				       enum account_event_kind kind);

bool same_account(const struct account_event *a, const struct account_event *b);
/* Of two results of one kind that are VALUE. */
bool same_value(const struct read_result *a, const struct read_result *b);

#endif

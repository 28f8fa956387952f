/*
 * The parts of `fundarb check`: what is in the recordings, whether the configuration fits it, and
 * what its thresholds mean. Findings are lines with a verdict and what to do.
 */
#ifndef FUNDARB_SRC_COMMANDS_CHECK_H
#define FUNDARB_SRC_COMMANDS_CHECK_H

#include "config/config.h"
#include "src/funding_threshold.h"
#include "src/world_options.h"

struct check_line {
	bool good;
	char text[512];
	char remedy[200]; /* "" where nothing is to be done */
};

/* All pairs of instruments of one pair of venues. */
struct check_venues {
	venue_id venues[2];
	size_t pairs;
	size_t reachable;		   /* of them */
	instrument_id instruments[2];	   /* the pair that needs least */
	struct spread_threshold threshold; /* of that one */
};

/* What was seen of one instrument in the recordings. */
struct check_seen {
	uint64_t books, fundings;
	bool in_pair;
};

#define CHECK_THRESHOLDS 5

struct check_threshold {
	const char *name; /* of the key */
	char text[64];	  /* "2 bp in 168 h" */
	struct rate_per_hour rate;
	int64_t break_even_ns; /* INT64_MAX = never */
};

struct check {
	const struct config *config;
	struct instrument_table *instruments;
	struct check_seen *seen; /* by handle, INSTRUMENTS_MAX + 1 */
	bool any_event;
	int64_t first_ns, last_ns; /* local */
	struct check_line *lines;
	size_t line_count, line_capacity;
	struct check_venues *venues; /* VENUES_MAX^2 at most, ordered by venue */
	size_t venues_count;
	bool fees_known; /* of the cheapest round trip that can be reached */
	i128 fees_e18;
	struct check_threshold thresholds[CHECK_THRESHOLDS];
	size_t threshold_count;
};

/* Adds a finding; remedy may be "". */
void check_say(struct check *check, bool good, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool check_all_good(const struct check *check);

/* Whether the instrument makes a pair with some other of the table. */
bool check_is_traded(const struct config *config, const struct instrument_table *table,
		     instrument_id id);

/* In this order; each adds its findings. */
void check_recordings(struct check *check);
void check_names(struct check *check);
void check_pairs(struct check *check);
void check_money(struct check *check);
void check_thresholds(struct check *check);
/* Of instruments that are in a pair: leverage and smallest order, and with `deposits` what a
 * simulated account starts with. Returns whether there are any. */
bool check_sizes(struct check *check, bool deposits);

/* A configuration of real venues, in place of all these: what the file means, and, unless
 * `offline`, what the venues say (check_live.h). */
void check_live(struct check *check, bool offline);
/* What earlier runs proved of the units of funding (check_proofs.c). */
void check_funding_proofs(struct check *check);

/* Text of a rate, of a time; figures for people: rounded half-even. Return buffer. */
const char *check_percent(i128 rate_e18, unsigned decimals, char *buffer, size_t size);
const char *check_bp(i128 fraction_e18, char *buffer, size_t size);
const char *check_hours(int64_t ns, char *buffer, size_t size); /* "never" for INT64_MAX */

void check_write_text(const struct check *check, FILE *out);
void check_write_json(const struct check *check, FILE *out);

#endif

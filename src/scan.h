/*
 * All venues' funding beside each other: for every coin that two venues trade, who would be paid
 * how much, what getting in and out costs, and how long it takes to earn that back. Computed from
 * the rates of this moment, as if they stayed: a first look, not a forecast.
 */
#ifndef FUNDARB_SRC_SCAN_H
#define FUNDARB_SRC_SCAN_H

#include "src/public_venues.h"
#include <stdio.h>

struct scan_leg {
	instrument_id instrument;
	struct rate rate; /* per its own interval */
	int64_t interval_ns;
	int64_t next_ns; /* venue time of the next settlement */
	struct rate_per_hour per_hour;
};

struct scan_row {
	struct scan_leg legs[2]; /* 0 = long: where funding is lower */
	struct rate_per_hour edge;
	i128 fees_e18; /* four taker fees, fraction of one leg's notional */
	bool depth_known;
	i128 round_trip_e18;   /* fees and slippage of the size, four walks; else fees alone */
	i128 net_e18;	       /* edge over the horizon less costs */
	int64_t break_even_ns; /* INT64_MAX: never */
};

/* Markets that were left out, and why. */
struct scan_exclusion {
	instrument_id instrument;
	const char *why; /* static */
};

#define SCAN_ROWS_MAX	    1024
#define SCAN_EXCLUSIONS_MAX 1024

struct scan_options {
	struct money size;  /* of one leg, quote */
	int64_t horizon_ns; /* over which `net` is summed */
	size_t depth_rows;  /* so many of the best rows get their depth read */
};

struct scan {
	struct public_venues *venues;
	struct scan_options options;
	size_t row_count;
	struct scan_row rows[SCAN_ROWS_MAX]; /* best net first */
	size_t exclusion_count;
	struct scan_exclusion exclusions[SCAN_EXCLUSIONS_MAX];
	unsigned overviews_awaited, depths_awaited;
	struct scan_book *books; /* by instrument id; owned */
	void (*on_rows)(void *user,
			const struct scan *scan); /* first rows are there; may be NULL */
	void *user;
};

/* The venues are borrowed and started. NULL: out of memory. */
struct scan *scan_create(struct public_venues *venues, const struct scan_options *options);
void scan_free(struct scan *scan);
/* One pass: overviews of all venues, rows, depth of the best ones. False: interrupted. */
bool scan_pass(struct scan *scan);

/* ---- scan_output.c ---- */
void scan_write_table(const struct scan *scan, FILE *out);
void scan_write_json(const struct scan *scan, FILE *out);

#endif

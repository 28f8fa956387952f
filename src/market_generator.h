/*
 * Invents a market for the demo: two venues, five coins, a day, hourly funding whose
 * spread wanders through zero, all from one seed and in integers, so that every machine writes the
 * same bytes. It is a stage for the program, not a model of any real market.
 */
#ifndef FUNDARB_SRC_MARKET_GENERATOR_H
#define FUNDARB_SRC_MARKET_GENERATOR_H

#include "core/base/error.h"
#include <stddef.h>
#include <stdint.h>

struct generator_options {
	uint64_t seed;
	int64_t start_ns;	  /* UTC, a full hour */
	unsigned hours;		  /* 1..240 */
	int64_t book_interval_ns; /* between two book messages of one instrument */
	/* Recording options that must not change what is read back. */
	size_t block_bytes;
	int compress; /* bool */
	/*
	 * Test seams: from one local time on the market differs (another seed), at the other the
	 * recording ends; INT64_MAX = never.
	 */
	int64_t diverge_ns, stop_ns;
};
struct generator_options generator_defaults(void);

struct generator_result {
	uint64_t events;
	unsigned settlements;
	int64_t first_ns, last_ns;
};
/* Writes a recording into `directory`, which must not hold one yet. */
bool market_generate(const char *directory, const struct generator_options *options,
		     struct generator_result *result, struct error *err);

#endif

/*
 * Says in plain words what the running bot does: one line an event, with the time, the amounts and
 * their units. It only listens.
 */
#ifndef FUNDARB_SRC_NARRATOR_H
#define FUNDARB_SRC_NARRATOR_H

#include "exchanges/funding_proof.h"
#include "src/trade_log.h"
#include "strategy/funding_arbitrage_strategy.h"
#include <stdio.h>

struct world;
struct narrator;

/* Both are borrowed. Colours only where `out` is a terminal. NULL: out of memory. */
struct narrator *narrator_create(const struct world *world, FILE *out);
void narrator_free(struct narrator *narrator);

/* Any sentence, stamped now. */
void narrator_say(struct narrator *narrator, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void narrator_opening(struct narrator *narrator, const struct position *position);
void narrator_closing(struct narrator *narrator, const struct position *position);
/* An opening or a closing ended. */
void narrator_result(struct narrator *narrator, const struct trade_result *result);
/* Its proof reached another state, or (alarm) a settlement does not fit. */
void narrator_proof(struct narrator *narrator, instrument_id instrument,
		    const struct funding_proof *proof, bool alarm);
/* trade 0: of none that is known. */
void narrator_funding(struct narrator *narrator, const struct account_event *payment,
		      uint32_t trade);

#endif

#include "strategy/position.h"

#include "core/base/utc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *position_state_text(enum position_state state)
{
	switch (state) {
	case POSITION_OPENING:
		return "opening";
	case POSITION_OPEN:
		return "open";
	case POSITION_CLOSING:
		return "closing";
	case POSITION_CLOSED:
		return "closed";
	}
	return "?";
}

struct quantity position_signed_held(const struct position *position, size_t leg)
{
	int64_t held = position->held[leg].units;
	return (struct quantity){leg == 0 ? held : -held};
}

static void came_to_rest(struct tracked_position *tracked, int64_t now_ns)
{
	tracked->trade_running = false;
	tracked->quiet_since_ns = now_ns;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++)
		tracked->watches[leg].agreeing = 0;
}

static void close_for_good(struct tracked_position *tracked, int64_t now_ns)
{
	assert(tracked->position.state == POSITION_OPENING ||
	       tracked->position.state == POSITION_CLOSING);
	tracked->position.state = POSITION_CLOSED;
	tracked->position.closed_ns = now_ns;
}

void position_opening_ended(struct tracked_position *tracked, const struct trade_result *result,
			    int64_t now_ns)
{
	struct position *position = &tracked->position;
	bool anything = false;
	assert(position->state == POSITION_OPENING && !result->closing);
	assert(result->leg_count == TRADE_LEGS_MAX || result->leg_count == 0);
	came_to_rest(tracked, now_ns);
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		bool answered = leg < result->leg_count;
		int64_t held = answered ? result->legs[leg].held.units : 0;
		position->held[leg].units = held > 0 ? held : 0;
		anything = anything || position->held[leg].units > 0;
	}
	/* Undone means flat: what a spot fee left behind is dust of the ledger, not a position. */
	if (!anything || (result->state == TRADE_FLAT && !result->halted)) {
		close_for_good(tracked, now_ns);
		return;
	}
	position->state = POSITION_OPEN;
	position->opened_ns = now_ns;
	tracked->unwound_opening =
		result->halted || position->held[0].units <= 0 || position->held[1].units <= 0;
}

void position_begin_closing(struct tracked_position *tracked, enum exit_reason reason)
{
	assert(tracked->position.state == POSITION_OPEN && reason != EXIT_NONE);
	tracked->position.state = POSITION_CLOSING;
	tracked->position.exit_reason = reason;
	tracked->attempts = 0;
	tracked->retry_ns = 0;
}

static struct quantity closable(const struct position *position,
				const struct instrument_table *instruments, size_t leg)
{
	return quantity_floor_to_lot(&instrument_latest(instruments, position->legs[leg])->rules,
				     position->held[leg]);
}

bool position_closing_request(struct tracked_position *tracked,
			      const struct instrument_table *instruments, int64_t now_ns,
			      struct trade_request *request)
{
	const struct position *position = &tracked->position;
	assert(position->state == POSITION_CLOSING && !tracked->trade_running);
	memset(request, 0, sizeof(*request));
	snprintf(request->name, sizeof(request->name), "%s", position->name);
	request->trade = position->trade;
	request->closing = true;
	request->tactic = TACTIC_IOC;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		struct quantity quantity = closable(position, instruments, leg);
		if (quantity.units <= 0)
			continue;
		tracked->closing_legs[request->leg_count] = leg;
		request->legs[request->leg_count++] =
			(struct trade_leg){.instrument = position->legs[leg],
					   .side = leg == 0 ? SIDE_SELL : SIDE_BUY,
					   .quantity = quantity};
	}
	if (request->leg_count == 0) {
		close_for_good(tracked, now_ns);
		return false;
	}
	tracked->trade_running = true;
	tracked->attempts++;
	return true;
}

static void subtract_filled(struct tracked_position *tracked, const struct trade_result *result)
{
	for (size_t i = 0; i < result->leg_count; i++) {
		struct quantity *held = &tracked->position.held[tracked->closing_legs[i]];
		int64_t rest = held->units - result->legs[i].filled.units;
		held->units = rest > 0 ? rest : 0;
	}
}

void position_closing_ended(struct tracked_position *tracked, const struct trade_result *result,
			    const struct instrument_table *instruments, int64_t now_ns)
{
	struct position *position = &tracked->position;
	assert(position->state == POSITION_CLOSING && result->closing);
	assert(result->leg_count <= TRADE_LEGS_MAX);
	subtract_filled(tracked, result);
	came_to_rest(tracked, now_ns);
	bool flat = closable(position, instruments, 0).units <= 0 &&
		    closable(position, instruments, 1).units <= 0;
	/* DONE is the venue's confirmation, even of a leg that something else had closed. */
	if (flat || (result->state == TRADE_DONE && !result->halted)) {
		close_for_good(tracked, now_ns);
		return;
	}
	int64_t wait = NS_PER_SECOND;
	for (unsigned i = 1; i < tracked->attempts && wait < CLOSING_RETRY_MAX_NS; i++)
		wait *= 2;
	if (wait > CLOSING_RETRY_MAX_NS)
		wait = CLOSING_RETRY_MAX_NS;
	tracked->retry_ns = now_ns + wait;
}

#include "strategy/funding_units.h"
#include "strategy/strategy_state.h"

#include "core/base/log.h"
#include "core/base/utc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_PATIENCE_NS (3 * NS_PER_SECOND)
/* A refusal that cost reading books by request stands that long. */
#define CHECK_AGAIN_AFTER_NS (10 * NS_PER_SECOND)

void strategy_note_refusal(struct funding_arbitrage_strategy *strategy, struct pair *pair)
{
	const struct candidate *candidate = &pair->candidate;
	assert(candidate->refused);
	strategy->refusals[candidate->gate]++;
	if (pair->announced && pair->announced_gate == candidate->gate)
		return;
	pair->announced = true;
	pair->announced_gate = candidate->gate;
	log_write(LOG_DEBUG, "strategy", "pair %u/%u refused by %s: %s (limit %s)",
		  candidate->long_instrument, candidate->short_instrument,
		  gate_text(candidate->gate), candidate->number, candidate->limit);
	if (strategy->observer.refused)
		strategy->observer.refused(strategy->observer.user, candidate);
}

/* ---- capacity and cool-down ------------------------------------------------------------------ */

static bool being_checked(const struct funding_arbitrage_strategy *strategy,
			  instrument_id instrument)
{
	for (const struct opening_check *check = strategy->checks; check; check = check->next)
		if (check->legs[0] == instrument || check->legs[1] == instrument)
			return true;
	return false;
}

static unsigned slots(const struct funding_arbitrage_strategy *strategy)
{
	unsigned wanted = strategy->options.maximum_positions;
	return wanted < OPEN_POSITIONS_MAX ? wanted : OPEN_POSITIONS_MAX;
}

static bool ask_capacity(struct funding_arbitrage_strategy *strategy, struct pair *pair)
{
	struct candidate *candidate = &pair->candidate;
	instrument_id legs[TRADE_LEGS_MAX] = {pair->first, pair->second};
	size_t held = strategy->held;
	if (strategy->opening_stopped) {
		sentence_print(candidate->number, "opening is stopped");
		sentence_print(candidate->limit, "running");
		return candidate_refuse(candidate, GATE_CAPACITY);
	}
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		const struct tracked_position *holder = strategy_holder(strategy, legs[leg]);
		bool checked = being_checked(strategy, legs[leg]);
		if (!holder && !checked)
			continue;
		char name[INSTRUMENT_NAME_MAX];
		instrument_name(strategy->instruments, legs[leg], name, sizeof(name));
		if (holder)
			sentence_print(candidate->number, "%s is in trade %u", name,
				       holder->position.trade);
		else
			sentence_print(candidate->number, "%s is being checked for another pair",
				       name);
		sentence_print(candidate->limit, "one position per instrument");
		pair->eligible = holder && !checked;
		return candidate_refuse(candidate, GATE_CAPACITY);
	}
	if (held + strategy->check_count < slots(strategy))
		return true;
	sentence_print(candidate->number, "%zu open or about to open",
		       held + strategy->check_count);
	sentence_print(candidate->limit, "%u positions", slots(strategy));
	pair->eligible = strategy->check_count == 0;
	return candidate_refuse(candidate, GATE_CAPACITY);
}

static bool ask_cool_down(struct funding_arbitrage_strategy *strategy, struct pair *pair)
{
	int64_t left = pair->cool_down_until_ns - scheduler_now(strategy->scheduler);
	if (left <= 0)
		return true;
	sentence_print(pair->candidate.number, "%s left", figure_text_duration(left).text);
	sentence_print(pair->candidate.limit, "%s after %s",
		       figure_text_duration(pair->cool_down_ns).text,
		       pair->failures > 0 ? "a failed opening" : "a close");
	return candidate_refuse(&pair->candidate, GATE_COOL_DOWN);
}

/* Everything that costs no book. */
static bool may_be_checked(struct funding_arbitrage_strategy *strategy, struct pair *pair)
{
	pair->eligible = false;
	pair->candidate.refused = false;
	if (!opportunity_finder_ask_cheap_gates(strategy->finder, pair))
		return false;
	bool room = ask_capacity(strategy, pair);
	/* Better pairs must not include one that could not be opened anyway. */
	if (!room) {
		pair->eligible = pair->eligible &&
				 pair->cool_down_until_ns <= scheduler_now(strategy->scheduler);
		return false;
	}
	return ask_cool_down(strategy, pair);
}

/* A refusal of the second stage that still stands. */
static bool refused_by_books(struct funding_arbitrage_strategy *strategy, struct pair *pair)
{
	struct candidate *candidate = &pair->candidate;
	if (!pair->check_refused || scheduler_now(strategy->scheduler) >= pair->check_again_ns)
		return false;
	memcpy(candidate->number, pair->check_number, SENTENCE_MAX);
	memcpy(candidate->limit, pair->check_limit, SENTENCE_MAX);
	candidate->costs_e18 = pair->check_costs_e18;
	pair->edge_printed = false;
	candidate_refuse(candidate, pair->check_gate);
	return true;
}

static void remember_book_refusal(struct pair *pair, int64_t until_ns)
{
	pair->check_refused = true;
	pair->check_again_ns = until_ns;
	pair->check_gate = pair->candidate.gate;
	memcpy(pair->check_number, pair->candidate.number, SENTENCE_MAX);
	memcpy(pair->check_limit, pair->candidate.limit, SENTENCE_MAX);
	pair->check_costs_e18 = pair->candidate.costs_e18;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool size_legs(struct funding_arbitrage_strategy *strategy, struct pair *pair,
		      const struct leg_price touch[TRADE_LEGS_MAX],
		      struct quantity quantities[TRADE_LEGS_MAX])
{
	struct candidate *candidate = &pair->candidate;
	const instrument_id legs[TRADE_LEGS_MAX] = {candidate->long_instrument,
						    candidate->short_instrument};
	const struct price prices[TRADE_LEGS_MAX] = {touch[0].ask, touch[1].bid};
	struct error err = {0};
	if (funding_units_probe(&strategy->options, strategy->instruments, legs))
		return funding_units_probe_size(strategy->instruments, prices,
						strategy->options.notional, candidate, quantities);
	if (equal_exposure_quantities(strategy->instruments, legs, prices,
				      strategy->options.notional, quantities, &err))
		return true;
	sentence_print(candidate->number, "no tradable size: %s", err.text);
	sentence_print(candidate->limit, "%s a leg",
		       figure_text_amount(strategy->options.notional).text);
	return candidate_refuse(candidate, GATE_CAPACITY);
}

static void describe_failure(struct candidate *candidate, const struct trade_result *result)
{
	const struct preflight_item *item =
		result->preflight ? preflight_first_refusal(result->preflight) : NULL;
	if (item) {
		sentence_print(candidate->number, "%s: %s%s", preflight_check_text(item->check),
			       item->number, item->verdict == VERDICT_UNKNOWN ? " (unknown)" : "");
		sentence_print(candidate->limit, "%s", item->limit);
	} else {
		sentence_print(candidate->number, "%s", result->reason);
		sentence_print(candidate->limit, "both legs filled");
	}
	candidate_refuse(candidate, GATE_PREFLIGHT);
}

static void opening_ended(void *user, const struct trade_result *result)
{
	struct tracked_position *tracked = user;
	struct funding_arbitrage_strategy *strategy = tracked->strategy;
	struct pair *pair = tracked->pair;
	position_opening_ended(tracked, result, scheduler_now(strategy->scheduler));
	if (result->halted)
		log_write(LOG_ALARM, "strategy", "trade %u %s opened only in part: %s",
			  tracked->position.trade, tracked->position.name, result->reason);
	if (tracked->position.state == POSITION_CLOSED)
		strategy_release_pair(strategy, tracked, true);
	else
		pair->failures = 0;
	if (strategy->observer.trade)
		strategy->observer.trade(strategy->observer.user, &tracked->position, result);
	if (tracked->position.state == POSITION_CLOSED) {
		describe_failure(&pair->candidate, result);
		strategy_note_refusal(strategy, pair);
	}
	strategy_wake(strategy);
}

/* Makes room among the remembered: the oldest closed position that nothing refers to any more. */
static void forget_oldest_closed(struct funding_arbitrage_strategy *strategy)
{
	for (size_t i = 0; i < strategy->position_count; i++) {
		struct tracked_position *tracked = strategy->positions[i];
		if (tracked->position.state != POSITION_CLOSED || tracked->price_calls > 0)
			continue;
		free(tracked);
		strategy->position_count--;
		memmove(&strategy->positions[i], &strategy->positions[i + 1],
			(strategy->position_count - i) * sizeof(strategy->positions[0]));
		return;
	}
}

static void name_position(const struct funding_arbitrage_strategy *strategy,
			  struct position *position)
{
	asset_id coin = instrument_get(strategy->instruments, position->legs[1])->canonical;
	snprintf(position->name, sizeof(position->name), "%.18s-%u",
		 asset_name(strategy->instruments, coin), (unsigned)position->trade);
}

static void open_pair(struct funding_arbitrage_strategy *strategy, struct pair *pair,
		      const struct quantity quantities[TRADE_LEGS_MAX])
{
	const size_t capacity = sizeof(strategy->positions) / sizeof(strategy->positions[0]);
	const struct candidate *candidate = &pair->candidate;
	struct tracked_position *tracked = calloc(1, sizeof(*tracked));
	if (!tracked)
		abort();
	struct position *position = &tracked->position;
	position->trade = strategy->next_trade++;
	position->state = POSITION_OPENING;
	position->kind = candidate->kind;
	position->legs[0] = candidate->long_instrument;
	position->legs[1] = candidate->short_instrument;
	memcpy(position->held, quantities, sizeof(position->held));
	position->probe =
		funding_units_probe(&strategy->options, strategy->instruments, position->legs);
	position->expected_funding_e18 = candidate->expected_funding_e18;
	position->expected_costs_e18 = candidate->costs_e18;
	name_position(strategy, position);
	tracked->strategy = strategy;
	tracked->pair = pair;
	tracked->trade_running = true;
	pair->holding = true;
	pair->announced = false;
	pair->check_refused = false;
	if (strategy->position_count == capacity)
		forget_oldest_closed(strategy);
	assert(strategy->position_count < capacity);
	strategy->positions[strategy->position_count++] = tracked;
	strategy->held++;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++)
		strategy->holders[position->legs[leg]] = tracked;

	struct trade_request request = {
		.trade = position->trade,
		.leg_count = TRADE_LEGS_MAX,
		.tactic = strategy->options.maker_entry ? TACTIC_LIMIT_THEN_IOC : TACTIC_IOC,
		.work_ns = strategy->options.work_ns};
	memcpy(request.name, position->name, sizeof(request.name));
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++)
		request.legs[leg] = (struct trade_leg){.instrument = position->legs[leg],
						       .side = leg == 0 ? SIDE_BUY : SIDE_SELL,
						       .quantity = quantities[leg]};
	log_write(LOG_INFO, "strategy", "trade %u %s opens: %s expected, %s costs", position->trade,
		  position->name, figure_text_bp(position->expected_funding_e18, 1).text,
		  figure_text_bp(position->expected_costs_e18, 1).text);
	if (strategy->observer.opening)
		strategy->observer.opening(strategy->observer.user, position);
	atomic_executor_start(strategy->executor, &request, opening_ended, tracked);
}

/* ---- second stage ---------------------------------------------------------------------------- */

static void check_ended(struct opening_check *check)
{
	struct funding_arbitrage_strategy *strategy = check->strategy;
	struct pair *pair = check->pair;
	const char *why[TRADE_LEGS_MAX] = {check->why[0], check->why[1]};
	pair->checking = false;
	strategy->check_count--;
	for (struct opening_check **link = &strategy->checks; *link; link = &(*link)->next)
		if (*link == check) {
			*link = check->next;
			break;
		}
	/* The world went on while books were read: everything is asked again. */
	bool open = may_be_checked(strategy, pair);
	if (open && pair->candidate.long_instrument != check->legs[0]) {
		free(check); /* the direction turned: the next scan checks the other one */
		return;
	}
	if (open && !opportunity_finder_ask_book_gates(strategy->finder, pair, check->liquidity,
						       check->known, why)) {
		bool by_stream = check->known[0] && check->known[1] &&
				 check->liquidity[0].source == PRICE_SOURCE_WEBSOCKET &&
				 check->liquidity[1].source == PRICE_SOURCE_WEBSOCKET;
		remember_book_refusal(pair, scheduler_now(strategy->scheduler) +
						    (by_stream ? 0 : CHECK_AGAIN_AFTER_NS));
		open = false;
	}
	struct quantity quantities[TRADE_LEGS_MAX];
	if (open) {
		struct leg_price touch[TRADE_LEGS_MAX] = {
			leg_outlook_touch(strategy->outlook, &check->liquidity[0]),
			leg_outlook_touch(strategy->outlook, &check->liquidity[1])};
		open = size_legs(strategy, pair, touch, quantities);
	}
	free(check);
	if (open)
		open_pair(strategy, pair, quantities);
	else
		strategy_note_refusal(strategy, pair);
}

static void leg_walked(struct opening_check *check, size_t leg, bool known,
		       const struct leg_liquidity *liquidity, const char *why)
{
	check->known[leg] = known;
	if (known)
		check->liquidity[leg] = *liquidity;
	sentence_print(check->why[leg], "%s", why ? why : "");
	assert(check->outstanding > 0);
	if (--check->outstanding == 0)
		check_ended(check);
}

static void long_leg_walked(void *user, bool known, const struct leg_liquidity *leg,
			    const char *why)
{
	leg_walked(user, 0, known, leg, why);
}

static void short_leg_walked(void *user, bool known, const struct leg_liquidity *leg,
			     const char *why)
{
	leg_walked(user, 1, known, leg, why);
}

static void start_check(struct funding_arbitrage_strategy *strategy, struct pair *pair,
			const struct quantity quantities[TRADE_LEGS_MAX])
{
	int64_t deadline = scheduler_now(strategy->scheduler) + CHECK_PATIENCE_NS;
	struct opening_check *check = calloc(1, sizeof(*check));
	if (!check)
		abort();
	check->strategy = strategy;
	check->pair = pair;
	check->legs[0] = pair->candidate.long_instrument;
	check->legs[1] = pair->candidate.short_instrument;
	check->outstanding = TRADE_LEGS_MAX;
	check->next = strategy->checks;
	strategy->checks = check;
	strategy->check_count++;
	pair->checking = true;
	liquidity_analyzer_check(strategy->liquidity, check->legs[0], SIDE_BUY, quantities[0],
				 deadline, long_leg_walked, check);
	liquidity_analyzer_check(strategy->liquidity, check->legs[1], SIDE_SELL, quantities[1],
				 deadline, short_leg_walked, check);
}

/* ---- the phase ------------------------------------------------------------------------------- */

static int best_first(const void *a, const void *b)
{
	const struct pair *one = *(struct pair *const *)a;
	const struct pair *two = *(struct pair *const *)b;
	i128 net_one = one->candidate.expected_funding_e18 - one->candidate.costs_e18;
	i128 net_two = two->candidate.expected_funding_e18 - two->candidate.costs_e18;
	if (net_one != net_two)
		return net_one > net_two ? -1 : 1;
	if (one->first != two->first)
		return one->first < two->first ? -1 : 1;
	return one->second < two->second ? -1 : one->second > two->second;
}

static void list_pairs(struct funding_arbitrage_strategy *strategy)
{
	size_t count = instrument_count(strategy->instruments);
	if (!strategy->list_stale && strategy->instruments_listed == count)
		return;
	strategy->list_stale = false;
	strategy->instruments_listed = count;
	opportunity_finder_list(strategy->finder);
}

/* Takes the passing pairs best first; each that starts may take the next one's place. */
static void start_checks(struct funding_arbitrage_strategy *strategy, struct pair **passing,
			 size_t count)
{
	qsort(passing, count, sizeof(struct pair *), best_first);
	for (size_t i = 0; i < count; i++) {
		struct pair *pair = passing[i];
		struct quantity quantities[TRADE_LEGS_MAX];
		struct leg_price touch[TRADE_LEGS_MAX] = {
			leg_outlook_price(strategy->outlook, pair->candidate.long_instrument),
			leg_outlook_price(strategy->outlook, pair->candidate.short_instrument)};
		if (ask_capacity(strategy, pair) && size_legs(strategy, pair, touch, quantities))
			start_check(strategy, pair, quantities);
		else
			strategy_note_refusal(strategy, pair);
	}
}

void strategy_scan(struct funding_arbitrage_strategy *strategy, bool all)
{
	list_pairs(strategy);
	size_t count = opportunity_finder_count(strategy->finder);
	struct pair **passing = malloc((count + 1) * sizeof(struct pair *));
	size_t passed = 0;
	if (!passing)
		abort();
	for (size_t i = 0; i < count; i++) {
		struct pair *pair = opportunity_finder_pair(strategy->finder, i);
		if (pair->checking ||
		    (!all && !strategy->dirty[pair->first] && !strategy->dirty[pair->second]))
			continue;
		if (may_be_checked(strategy, pair) && !refused_by_books(strategy, pair))
			passing[passed++] = pair;
		else
			strategy_note_refusal(strategy, pair);
	}
	start_checks(strategy, passing, passed);
	free(passing);
	if (strategy->any_dirty)
		memset(strategy->dirty, 0, sizeof(strategy->dirty));
	strategy->any_dirty = false;
}

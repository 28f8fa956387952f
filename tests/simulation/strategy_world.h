/*
 * A world round the strategy with the real market state, PriceProvider, LiquidityAnalyzer and
 * ledger, and an executor and venues that do what the test says. Included by one .c of a test
 * program: it defines the executor's functions itself, so that no order leaves.
 *
 * Markets: those of market_terms.h, and hourly:BTC (linear, 1 h funding, the same coin). Every book
 * has three wide levels; every connection delivers a frame a second.
 */
#ifndef FUNDARB_TESTS_SIMULATION_STRATEGY_WORLD_H
#define FUNDARB_TESTS_SIMULATION_STRATEGY_WORLD_H

#include "core/base/log.h"
#include "core/base/utc.h"
#include "strategy/exit_rules.h"
#include "tests/support/market_terms.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORLD_LINES    8192
#define WORLD_REQUESTS 512
#define WORLD_VENUES   5

struct world_client {
	struct exchange_client client; /* first */
	struct world *world;
};

struct world {
	struct market_terms terms;
	instrument_id usdm, coinm, spot, hourly;
	struct scheduler *scheduler;
	struct market_state *market;
	struct exchange_clients clients;
	struct world_client venues[WORLD_VENUES];
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct ledger *ledger;
	struct strategy_options options;
	struct funding_arbitrage_strategy *strategy;
	bool frames_stopped;

	/* What READ_POSITIONS says; lost[id]: the venue forgot the leg. */
	struct quantity held[INSTRUMENTS_MAX + 1];
	bool lost[INSTRUMENTS_MAX + 1];
	struct money liquidation[INSTRUMENTS_MAX + 1];
	bool reads_unknown;
	uint64_t position_reads, book_reads, price_reads;

	/* The executor: one letter a trade, see execution_ends. "" = all done. */
	const char *outcomes;
	int64_t execution_ns;
	size_t request_count;
	struct trade_request requests[WORLD_REQUESTS];
	int64_t requested_ns[WORLD_REQUESTS];
	uint64_t fills;

	void *in_flight[256]; /* reads and executions not answered yet; owned */

	/* What the observer was told, as text. */
	size_t line_count;
	char lines[WORLD_LINES][320];
	struct candidate last_refused;
	struct position last_closing;
};

static inline void *take_in_flight(struct world *world, size_t size)
{
	void **slot = world->in_flight;
	while (*slot)
		slot++;
	assert_true(slot < world->in_flight + 255);
	*slot = calloc(1, size);
	assert_non_null(*slot);
	return *slot;
}

static inline void drop_in_flight(struct world *world, void *answered)
{
	void **slot = world->in_flight;
	while (*slot != answered)
		slot++;
	*slot = NULL;
	free(answered);
	/* Kept dense, so that the first NULL ends the list. */
	for (; slot[1]; slot++) {
		slot[0] = slot[1];
		slot[1] = NULL;
	}
}

/* ---- the executor that obeys the test -------------------------------------------------------- */

struct atomic_executor {
	struct world *world;
};
static struct atomic_executor the_executor;

struct execution {
	struct world *world;
	struct trade_request request;
	trade_done done;
	void *user;
};

static inline void book_leg(struct world *world, const struct trade_leg *leg,
			    struct quantity quantity)
{
	const struct instrument *instrument = instrument_get(world->terms.table, leg->instrument);
	struct book_level touch;
	struct error err = {0};
	if (quantity.units == 0)
		return;
	assert_true(order_book_best(market_state_book(world->market, leg->instrument)->book,
				    side_opposite(leg->side), &touch));
	struct account_event fill = {.kind = ACCOUNT_FILL,
				     .local_ns = scheduler_now(world->scheduler),
				     .venue = instrument->venue,
				     .instrument = leg->instrument};
	snprintf(fill.u.fill.trade_id, sizeof(fill.u.fill.trade_id), "t%llu",
		 (unsigned long long)++world->fills);
	fill.u.fill.side = leg->side;
	fill.u.fill.price = touch.price;
	fill.u.fill.quantity = quantity;
	fill.u.fill.fee_asset = instrument->settle;
	if (!ledger_book_fill(world->ledger, &fill, 1, &err))
		fail_msg("%s", err.text);
	world->held[leg->instrument].units +=
		leg->side == SIDE_BUY ? quantity.units : -quantity.units;
	funding_arbitrage_strategy_account_event(world->strategy, &fill);
}

static inline void execution_ends(void *user)
{
	struct execution *execution = user;
	struct world *world = execution->world;
	const struct trade_request *request = &execution->request;
	struct preflight_report report = {
		.items = {{PREFLIGHT_PRICE_AGE, VERDICT_PASS, "0.10 s", "1.00 s"},
			  {PREFLIGHT_MARGIN, VERDICT_FAIL, "12.00 USDT", "3500.00 USDT"}},
		.count = 2,
	};
	struct trade_result result = {.trade = request->trade,
				      .closing = request->closing,
				      .state = TRADE_DONE,
				      .leg_count = request->leg_count};
	char outcome = *world->outcomes ? *world->outcomes++ : 'd';
	for (size_t i = 0; i < request->leg_count; i++) {
		struct quantity filled = request->legs[i].quantity;
		switch (outcome) {
		case 'd': /* done */
			break;
		case 'p': /* preflight refused */
			result.preflight = &report;
			/* fall through */
		case 'x': /* nothing filled */
			result.state = TRADE_FLAT;
			filled.units = 0;
			break;
		case 'h': /* halted with the first leg filled and the second not */
			result.state = TRADE_FLAT;
			result.halted = true;
			if (i == 1)
				filled.units = 0;
			break;
		case 'z': /* done, the venue confirms, though nothing had to be filled */
			filled.units = 0;
			break;
		default:
			fail_msg("unknown outcome %c", outcome);
		}
		result.legs[i].filled = filled;
		result.legs[i].held = filled;
		book_leg(world, &request->legs[i], filled);
	}
	snprintf(result.reason, sizeof(result.reason), "%s",
		 result.state == TRADE_DONE ? "" : "the venue had no depth");
	execution->done(execution->user, &result);
	drop_in_flight(world, execution);
}

void atomic_executor_start(struct atomic_executor *executor, const struct trade_request *request,
			   trade_done done, void *user)
{
	struct world *world = executor->world;
	struct execution *execution = take_in_flight(world, sizeof(*execution));
	assert_true(world->request_count < WORLD_REQUESTS);
	world->requested_ns[world->request_count] = scheduler_now(world->scheduler);
	world->requests[world->request_count++] = *request;
	*execution = (struct execution){world, *request, done, user};
	scheduler_after(world->scheduler, world->execution_ns, SCHEDULE_COMPLETION, execution_ends,
			execution);
}

/* ---- venues ---------------------------------------------------------------------------------- */

struct pending_read {
	struct world_client *client;
	struct read_request request;
	read_done done;
	void *user;
};

static inline void read_answered(void *user)
{
	struct pending_read *pending = user;
	struct world *world = pending->client->world;
	struct position_value values[8];
	struct book_level bid = {{0}, {0}}, ask = {{0}, {0}};
	struct read_result result = {.outcome = READ_UNKNOWN,
				     .kind = pending->request.kind,
				     .instrument = pending->request.instrument};
	if (pending->request.kind == READ_POSITIONS && !world->reads_unknown) {
		size_t count = 0;
		for (instrument_id id = 1; id <= instrument_count(world->terms.table); id++) {
			if (instrument_get(world->terms.table, id)->venue !=
				    pending->client->client.venue ||
			    world->held[id].units == 0 || world->lost[id])
				continue;
			values[count++] = (struct position_value){
				.instrument = id,
				.quantity = world->held[id],
				.liquidation_known = world->liquidation[id].e18 > 0,
				.liquidation_price = world->liquidation[id]};
		}
		result.outcome = count ? READ_VALUE : READ_ABSENT;
		result.u.positions.values = values;
		result.u.positions.count = count;
	} else if (pending->request.kind == READ_DEPTH || pending->request.kind == READ_BBO) {
		const struct book_state *book =
			market_state_book(world->market, pending->request.instrument);
		world->book_reads++;
		if (book->book && order_book_best(book->book, SIDE_BUY, &bid) &&
		    order_book_best(book->book, SIDE_SELL, &ask)) {
			result.outcome = READ_VALUE;
			result.u.depth = (struct depth_value){
				.bids = &bid,
				.asks = &ask,
				.bid_count = 1,
				.ask_count = 1,
				.requested_ns = scheduler_now(world->scheduler)};
		}
	}
	pending->done(pending->user, &result);
	drop_in_flight(world, pending);
}

static inline void client_read(struct exchange_client *client, const struct read_request *request,
			       int64_t give_up_ns, read_done done, void *user)
{
	struct world_client *venue = (struct world_client *)client;
	struct pending_read *pending = take_in_flight(venue->world, sizeof(*pending));
	(void)give_up_ns;
	venue->world->position_reads += request->kind == READ_POSITIONS;
	*pending = (struct pending_read){venue, *request, done, user};
	scheduler_after(venue->world->scheduler, 20 * NS_PER_MS, SCHEDULE_COMPLETION, read_answered,
			pending);
}

/* ---- observer -------------------------------------------------------------------------------- */

static inline void world_line(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static inline void world_line(struct world *world, const char *format, ...)
{
	va_list arguments;
	char time[UTC_TEXT_MAX];
	assert_true(world->line_count < WORLD_LINES);
	char *line = world->lines[world->line_count++];
	utc_format(scheduler_now(world->scheduler), 9, time, sizeof(time));
	int length = snprintf(line, 320, "%s ", time);
	va_start(arguments, format);
	vsnprintf(line + length, (size_t)(320 - length), format, arguments);
	va_end(arguments);
}

static inline void observe_refused(void *user, const struct candidate *candidate)
{
	struct world *world = user;
	world->last_refused = *candidate;
	world_line(world, "refused %u/%u %s: %s | %s", candidate->long_instrument,
		   candidate->short_instrument, gate_text(candidate->gate), candidate->number,
		   candidate->limit);
}

static inline void observe_opening(void *user, const struct position *position)
{
	world_line(user, "opening %s long %u x %lld short %u x %lld", position->name,
		   position->legs[0], (long long)position->held[0].units, position->legs[1],
		   (long long)position->held[1].units);
}

static inline void observe_trade(void *user, const struct position *position,
				 const struct trade_result *result)
{
	world_line(user, "trade %s %s %s", position->name, result->closing ? "close" : "open",
		   position_state_text(position->state));
}

static inline void observe_closing(void *user, const struct position *position)
{
	struct world *world = user;
	world->last_closing = *position;
	world_line(world, "closing %s %s: %s | %s", position->name,
		   exit_reason_text(position->exit_reason), position->exit_number,
		   position->exit_limit);
}

/* ---- market ---------------------------------------------------------------------------------- */

static inline int64_t world_now(const struct world *world)
{
	return scheduler_now(world->scheduler);
}

static inline void world_market(struct world *world, struct market_event *event)
{
	event->local_ns = world_now(world);
	if (event->instrument != 0) {
		event->venue = instrument_get(world->terms.table, event->instrument)->venue;
		event->connection = (uint16_t)event->instrument;
	}
	market_state_apply(world->market, event);
	price_provider_market(world->prices, event);
	if (world->strategy)
		funding_arbitrage_strategy_market_event(world->strategy, event);
}

static inline void world_connection(struct world *world, instrument_id id,
				    enum connection_state state)
{
	struct market_event event = {.kind = EVENT_CONNECTION, .instrument = id};
	event.u.connection.state = state;
	world_market(world, &event);
}

/* Prices as decimal text; three levels a side, one tick apart. */
static inline void world_book(struct world *world, instrument_id id, const char *bid,
			      const char *ask, const char *quantity)
{
	struct price best_bid = price_of(&world->terms, id, bid);
	struct price best_ask = price_of(&world->terms, id, ask);
	struct quantity size = quantity_of(&world->terms, id, quantity);
	struct book_level bids[3], asks[3];
	for (int i = 0; i < 3; i++) {
		bids[i] = (struct book_level){{best_bid.units - i}, size};
		asks[i] = (struct book_level){{best_ask.units + i}, size};
	}
	struct market_event event = {
		.kind = EVENT_BOOK, .flags = EVENT_FLAG_SNAPSHOT, .instrument = id};
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = 3;
	event.u.book.ask_count = 3;
	world_market(world, &event);
	world_connection(world, id, CONNECTION_SYNCED);
}

static inline void world_mark(struct world *world, instrument_id id, const char *mark)
{
	struct market_event event = {.kind = EVENT_MARK, .instrument = id};
	event.u.mark.fields = MARK_HAS_MARK;
	event.u.mark.mark = money_of(mark);
	world_market(world, &event);
}

static inline void world_statement(struct world *world, instrument_id id, enum funding_kind kind,
				   const char *rate, int64_t boundary_ns)
{
	struct market_event event = {.kind = EVENT_FUNDING, .instrument = id};
	event.u.funding.kind = kind;
	event.u.funding.rate = rate_of(rate);
	event.u.funding.boundary_ns = boundary_ns;
	world_market(world, &event);
}

/* The running estimate for the instrument's next settlement. */
static inline void world_estimate(struct world *world, instrument_id id, const char *rate)
{
	venue_id venue = instrument_get(world->terms.table, id)->venue;
	int64_t now = market_state_venue_time(world->market, venue, world_now(world));
	world_statement(world, id, FUNDING_ESTIMATE, rate,
			instrument_next_boundary(world->terms.table, id, now));
}

static inline void world_frames(void *user)
{
	struct world *world = user;
	for (instrument_id id = 1; id <= instrument_count(world->terms.table); id++) {
		struct market_event event = {.kind = EVENT_FRAME, .instrument = id};
		if (!world->frames_stopped)
			world_market(world, &event);
	}
	scheduler_after(world->scheduler, NS_PER_SECOND, SCHEDULE_MARKET_EVENT, world_frames,
			world);
}

static inline void nothing(void *user)
{
	(void)user;
}

/* The clock shows the end afterwards, whether or not something happens then. */
static inline void world_run_until(struct world *world, int64_t until_ns)
{
	scheduler_at(world->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, until_ns);
}

static inline void world_run_to(struct world *world, const char *time)
{
	world_run_until(world, time_of(time));
}

static inline void world_run_for(struct world *world, int64_t ns)
{
	world_run_until(world, world_now(world) + ns);
}

/* Estimates grow old: repeats each known one every minute while the time passes. */
static inline void world_run_quietly(struct world *world, int64_t ns)
{
	int64_t until = world_now(world) + ns;
	while (world_now(world) < until) {
		int64_t step = until - world_now(world);
		world_run_for(world, step < NS_PER_MINUTE ? step : NS_PER_MINUTE);
		for (instrument_id id = 1; id <= instrument_count(world->terms.table); id++) {
			const struct funding_state *funding =
				market_state_funding(world->market, id);
			venue_id venue = instrument_get(world->terms.table, id)->venue;
			struct market_event event = {.kind = EVENT_FUNDING, .instrument = id};
			if (!funding->rate_known || funding->kind != FUNDING_ESTIMATE)
				continue;
			event.u.funding.kind = FUNDING_ESTIMATE;
			event.u.funding.rate = funding->rate;
			event.u.funding.boundary_ns = instrument_next_boundary(
				world->terms.table, id,
				market_state_venue_time(world->market, venue, world_now(world)));
			world_market(world, &event);
		}
	}
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static inline void world_connect(struct world *world, size_t slot, venue_id venue)
{
	static const struct exchange_client_functions functions = {.read = client_read};
	world->venues[slot].world = world;
	world->venues[slot].client = (struct exchange_client){&functions, venue, 0};
	world->clients.by_venue[venue] = &world->venues[slot].client;
}

/* A world at `start` whose strategy is not started; change options, then world_start. */
static inline struct world *world_create(const char *start)
{
	struct world *world = calloc(1, sizeof(*world));
	struct error err = {0};
	assert_non_null(world);
	world->terms = market_terms_create();
	world->usdm = world->terms.usdm;
	world->coinm = world->terms.coinm;
	world->spot = world->terms.spot;
	struct instrument hourly = market_terms_linear(&world->terms, "BTC");
	struct instrument_revision revision = market_terms_revision();
	hourly.venue = instrument_table_venue(world->terms.table, "hourly");
	revision.funding.interval_ns = NS_PER_HOUR;
	world->hourly = instrument_table_add(world->terms.table, &hourly, &revision, &err);
	assert_int_not_equal(world->hourly, 0);
	world->scheduler = scheduler_create(time_of(start));
	world->market = market_state_create(world->terms.table);
	world_connect(world, 0, world->terms.usdm_venue);
	world_connect(world, 1, world->terms.coinm_venue);
	world_connect(world, 2, world->terms.spot_venue);
	world_connect(world, 3, hourly.venue);
	world->ledger = ledger_create(world->terms.table);
	world->outcomes = "";
	world->execution_ns = 100 * NS_PER_MS;
	world->options = strategy_defaults();
	world->options.identity_required = false;
	the_executor.world = world;
	return world;
}

static inline void world_start_with(struct world *world, bool streams)
{
	struct price_provider_options prices = price_provider_defaults();
	struct liquidity_limits liquidity = liquidity_defaults();
	struct strategy_observer observer = {observe_refused, observe_opening, observe_trade,
					     observe_closing, world};
	prices.price_jump_limit_bp = 0;
	prices.streams = streams;
	world->prices = price_provider_create(&prices, world->scheduler, world->terms.table,
					      world->market, &world->clients);
	world->liquidity =
		liquidity_analyzer_create(&liquidity, world->scheduler, world->terms.table,
					  world->market, &world->clients, world->prices);
	world->strategy = funding_arbitrage_strategy_create(
		&world->options, world->scheduler, world->terms.table, world->market,
		&world->clients, world->prices, world->liquidity, &the_executor, world->ledger,
		&observer);
	funding_arbitrage_strategy_start(world->strategy, 1);
	scheduler_after(world->scheduler, 0, SCHEDULE_MARKET_EVENT, world_frames, world);
}

static inline void world_start(struct world *world)
{
	world_start_with(world, true);
}

static inline void world_list(struct world *world, instrument_id a, instrument_id b)
{
	world->options.pair_listed = true;
	world->options.listed[world->options.listed_count][0] = a;
	world->options.listed[world->options.listed_count++][1] = b;
}

static inline void world_free(struct world *world)
{
	funding_arbitrage_strategy_free(world->strategy);
	liquidity_analyzer_free(world->liquidity);
	price_provider_free(world->prices);
	ledger_free(world->ledger);
	market_state_free(world->market);
	scheduler_free(world->scheduler);
	market_terms_free(&world->terms);
	for (void **slot = world->in_flight; *slot; slot++)
		free(*slot);
	free(world);
}

/* cmocka's groups, with the log sent nowhere: the faults of the scenarios are meant to alarm. */
static inline int world_run_tests(const struct CMUnitTest *tests, size_t count)
{
	FILE *nowhere = fopen("/dev/null", "w");
	log_configure(nowhere, LOG_DEBUG);
	int failed = _cmocka_run_group_tests("strategy", tests, count, NULL, NULL);
	fclose(nowhere);
	return failed;
}

/* ---- what tests ask -------------------------------------------------------------------------- */

static inline unsigned world_count(const struct world *world, const char *text)
{
	unsigned count = 0;
	for (size_t i = 0; i < world->line_count; i++)
		count += strstr(world->lines[i], text) != NULL;
	return count;
}

static inline void world_print(const struct world *world)
{
	for (size_t i = 0; i < world->line_count; i++)
		print_message("%s\n", world->lines[i]);
}

static inline const struct candidate *world_candidate(const struct world *world, instrument_id a,
						      instrument_id b)
{
	size_t count = funding_arbitrage_strategy_candidates(world->strategy);
	for (size_t i = 0; i < count; i++) {
		const struct candidate *candidate =
			funding_arbitrage_strategy_candidate(world->strategy, i);
		if ((candidate->long_instrument == a && candidate->short_instrument == b) ||
		    (candidate->long_instrument == b && candidate->short_instrument == a))
			return candidate;
	}
	return NULL;
}

static inline void assert_refused(const struct world *world, instrument_id a, instrument_id b,
				  enum gate gate, const char *number, const char *limit)
{
	const struct candidate *candidate = world_candidate(world, a, b);
	assert_non_null(candidate);
	assert_true(candidate->refused);
	assert_string_equal(gate_text(candidate->gate), gate_text(gate));
	assert_string_equal(candidate->number, number);
	assert_string_equal(candidate->limit, limit);
}

static inline const struct position *world_position(const struct world *world, size_t index)
{
	assert_true(index < funding_arbitrage_strategy_positions(world->strategy));
	return funding_arbitrage_strategy_position(world->strategy, index);
}

#endif

/*
 * backtest_events_per_s: the whole program on two venues: replay, simulated venues, PriceProvider,
 * strategy, executor, fills, funding, ledger, decision log. The baseline replays the same
 * recordings through the same scheduler into the market state alone. A BOOK event counts as its
 * levels, any other event as one; keyframes are read and do not count.
 *
 * On the recorded books the configuration makes the strategy open and close all the time, at a
 * loss, because a backtest that refuses everything measures little.
 */
#include "tests/bench/bench.h"
#include "tests/bench/workspace.h"

#include "core/base/utc.h"
#include "src/import/import.h"
#include "src/market_generator.h"
#include "src/report.h"
#include "tests/support/scratch_folder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So busy that between two timers of the strategy hundreds of events come. */
#define GENERATED_PASSES	   3
#define GENERATED_HOURS		   6
#define GENERATED_BOOK_INTERVAL_NS (400 * NS_PER_MS)
#define PASSES			   15

#define USDM	 "binance-books-20240808/usdm_btcusdt_20240808.gz"
#define COINM	 "binance-books-20240808/coinm_btcusd_perp_20240808.gz"
#define SETTLED	 "binance-books-20240808/funding.csv"
#define BOUNDARY (INT64_C(1723161600) * NS_PER_SECOND)
/* When the coming rates are stated: after the first messages of both venues. */
#define STATED_NS (INT64_C(1723161258) * NS_PER_SECOND)

static const char *const RECORDED_CONFIG =
	"[main]\nmode = backtest\nstate_directory = state\n"
	"[backtest]\nrecording = books\nrecording = settled\nrecording = stated\n"
	"decision_log = decisions\n"
	"[strategy]\nnotional_usd = 5000\nidentity_required = no\n"
	"minimum_net_edge_bp = -1000\nexit_edge_bp = -1000\nflip_margin_bp = 1000\n"
	"maximum_age_hours = 0.005\ncool_down_minutes = 0\n"
	"settlement_window_seconds = 0\nhold_for_settlement_minutes = 0\n"
	"[venue binance-usdm]\ntaker_fee_bp = 5\ndeposit = 100000 USDT\norder_entry_ms = 5\n"
	"order_response_ms = 5\nrest_entry_ms = 5\nrest_response_ms = 5\n"
	"[venue binance-coinm]\ntaker_fee_bp = 5\ndeposit = 2 BTC\norder_entry_ms = 5\n"
	"order_response_ms = 5\nrest_entry_ms = 5\nrest_response_ms = 5\n";

static const char *const GENERATED_CONFIG =
	"[main]\nmode = backtest\nstate_directory = state\n"
	"[backtest]\nrecording = books\ndecision_log = decisions\n"
	"[strategy]\nnotional_usd = 5000\n"
	"[venue demo-alpha]\ndeposit = 50000 USDC\norder_entry_ms = 20\n"
	"order_response_ms = 20\nrest_entry_ms = 20\nrest_response_ms = 20\n"
	"[venue demo-beta]\ndeposit = 50000 USDT\norder_entry_ms = 20\n"
	"order_response_ms = 20\nrest_entry_ms = 20\nrest_response_ms = 20\n";

struct backtest_passes {
	struct config *config;
	struct market_state *state; /* of the replay that is running */
	uint64_t events, counted;
	size_t trades, fills, payments;
};

static void stop_with(const struct error *err)
{
	fprintf(stderr, "%s\n", err->text);
	abort();
}

/* ---- the recordings -------------------------------------------------------------------------- */

static void import_files(enum import_kind kind, const char *const *files, size_t count,
			 const char *out)
{
	struct import_options options = import_defaults();
	struct import_report *report;
	struct error err = {0};
	options.kind = kind;
	options.files = files;
	options.file_count = count;
	options.out = out;
	if (!import_run(&options, &report, &err))
		stop_with(&err);
	assert(import_dropped(&report->total) == 0);
	import_report_free(report);
}

static void record(struct recording_writer *writer, struct market_state *state,
		   const struct market_event *event)
{
	struct error err = {0};
	market_state_apply(state, event);
	if (!recording_writer_event(writer, event, &err))
		stop_with(&err);
}

static struct market_event stated_event(const struct instrument_table *table,
					const char *venue_name, const char *symbol,
					enum market_event_kind kind)
{
	struct market_event event = {.local_ns = STATED_NS,
				     .exch_ns = STATED_NS,
				     .connection = 99,
				     .kind = (uint8_t)kind};
	event.venue = instrument_table_find_venue(table, venue_name);
	event.instrument = instrument_find(table, event.venue, symbol);
	assert(event.venue != 0 && event.instrument != 0);
	return event;
}

/* The table of the recording: instruments are known once they have been met. */
static struct instrument_table *instruments_of(const char *path, size_t wanted)
{
	struct error err = {0};
	struct market_event event;
	struct instrument_table *table = instrument_table_create();
	assert(table != NULL);
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	if (reader == NULL)
		stop_with(&err);
	while (instrument_count(table) < wanted)
		if (recording_reader_next(reader, &event, &err) != RECORDING_EVENT)
			abort();
	recording_reader_free(reader);
	return table;
}

/*
 * The recorded streams carry no funding; the venues' record of what was settled becomes visible at
 * the boundary only. So that positions can be opened before it, a third recording states the rates
 * as a mark price stream would have.
 */
static void write_stated_rates(const char *books, const char *out)
{
	static const struct {
		const char *venue, *symbol;
		int64_t rate_e18;
	} rates[] = {{"binance-usdm", "BTCUSDT", INT64_C(49940000000000)},
		     {"binance-coinm", "BTCUSD_PERP", INT64_C(-4140000000000)}};
	struct recording_options options = recording_defaults();
	struct error err = {0};
	struct instrument_table *table = instruments_of(books, 2);
	struct market_state *state = market_state_create(table);
	assert(state != NULL);
	struct recording_writer *writer =
		recording_writer_create(out, STATED_NS, 1, table, state, &options, &err);
	if (writer == NULL)
		stop_with(&err);
	for (size_t i = 0; i < 2; i++) {
		struct market_event declared =
			stated_event(table, rates[i].venue, rates[i].symbol, EVENT_INSTRUMENT);
		record(writer, state, &declared);
	}
	for (size_t i = 0; i < 2; i++) {
		struct market_event stated =
			stated_event(table, rates[i].venue, rates[i].symbol, EVENT_FUNDING);
		stated.u.funding.kind = FUNDING_ESTIMATE;
		stated.u.funding.rate = (struct rate){rates[i].rate_e18};
		stated.u.funding.boundary_ns = BOUNDARY;
		stated.u.funding.interval_ns = 8 * NS_PER_HOUR;
		record(writer, state, &stated);
	}
	if (!recording_writer_close(writer, &err))
		stop_with(&err);
	market_state_free(state);
	instrument_table_free(table);
}

/* False: the recorded files are not here. */
static bool import_recorded(const struct workspace *workspace)
{
	char usdm[WORKSPACE_PATH_MAX], coinm[WORKSPACE_PATH_MAX], settled[WORKSPACE_PATH_MAX];
	char books[WORKSPACE_PATH_MAX], out[WORKSPACE_PATH_MAX];
	if (!recorded_file(USDM, usdm) || !recorded_file(COINM, coinm) ||
	    !recorded_file(SETTLED, settled))
		return false;
	const char *const raw[] = {usdm, coinm}, *const csv[] = {settled};
	import_files(IMPORT_BINANCE_RAW, raw, 2, workspace_path(workspace, "books", books));
	import_files(IMPORT_FUNDING, csv, 1, workspace_path(workspace, "settled", out));
	write_stated_rates(books, workspace_path(workspace, "stated", out));
	return true;
}

static void generate(const struct workspace *workspace)
{
	char books[WORKSPACE_PATH_MAX];
	struct generator_options options = generator_defaults();
	options.hours = GENERATED_HOURS;
	options.book_interval_ns = GENERATED_BOOK_INTERVAL_NS;
	struct generator_result result;
	struct error err = {0};
	if (!market_generate(workspace_path(workspace, "books", books), &options, &result, &err))
		stop_with(&err);
}

/* ---- the two ways ---------------------------------------------------------------------------- */

static void note_outcome(struct backtest_passes *passes, struct world *world)
{
	struct report *report = report_create(world, true);
	assert(report != NULL && report->identity_exact);
	report_free(report);
	passes->payments = world->funding_count;
	passes->trades = trade_log_count(world->trades);
	for (size_t i = 0; i < passes->trades; i++) {
		const struct trade_record *trade = trade_log_at(world->trades, i);
		for (size_t leg = 0; leg < trade->leg_count; leg++)
			passes->fills += trade->legs[leg].fill_count;
	}
}

static void backtest_once(void *user)
{
	struct backtest_passes *passes = user;
	struct error err = {0};
	struct world *world = world_create_backtest(passes->config, NULL, &err);
	if (world == NULL || !world_run(world, &err))
		stop_with(&err);
	if (passes->events == 0)
		note_outcome(passes, world);
	assert(passes->events == 0 || passes->events == world->events);
	passes->events = world->events;
	world_free(world);
}

static void apply(void *user, const struct market_event *event)
{
	struct backtest_passes *passes = user;
	market_state_apply(passes->state, event);
	if (event->kind != EVENT_BOOK)
		passes->counted++;
	else if (!(event->flags & EVENT_FLAG_KEYFRAME))
		passes->counted += event->u.book.bid_count + event->u.book.ask_count;
}

static void replay_once(void *user)
{
	struct backtest_passes *passes = user;
	const struct config *config = passes->config;
	const char *paths[CONFIG_RECORDINGS_MAX];
	struct error err = {0};
	int64_t first_ns, last_ns;
	for (size_t i = 0; i < config->recording_count; i++)
		paths[i] = config->recordings[i];
	struct instrument_table *instruments = instrument_table_create();
	assert(instruments != NULL);
	struct replay *replay = replay_open(paths, config->recording_count, instruments, &err);
	if (replay == NULL)
		stop_with(&err);
	if (!replay_range(replay, &first_ns, &last_ns))
		abort();
	struct scheduler *scheduler = scheduler_create(first_ns);
	passes->state = market_state_create(instruments);
	assert(scheduler != NULL && passes->state != NULL);
	passes->counted = 0;
	replay_start(replay, passes->state, INT64_MIN, INT64_MAX, apply, passes);
	struct stream_source source = replay_source(replay);
	scheduler_run(scheduler, &source, INT64_MAX);
	if (!replay_finished_well(replay, &err))
		stop_with(&err);
	replay_free(replay);
	market_state_free(passes->state);
	scheduler_free(scheduler);
	instrument_table_free(instruments);
}

static struct config *load_config(const struct workspace *workspace, const char *text)
{
	char path[WORKSPACE_PATH_MAX];
	struct error err = {0};
	struct config *config = calloc(1, sizeof(*config));
	if (config == NULL)
		abort();
	if (!config_load_text(workspace_path(workspace, "bot.ini", path), text, strlen(text),
			      config, &err))
		stop_with(&err);
	return config;
}

void bench_backtest(struct bench_report *report)
{
	struct workspace workspace;
	struct backtest_passes passes = {0};
	scratch_folder_make(workspace.folder, sizeof(workspace.folder));
	bool recorded = import_recorded(&workspace);
	if (!recorded)
		generate(&workspace);
	passes.config = load_config(&workspace, recorded ? RECORDED_CONFIG : GENERATED_CONFIG);
	struct bench_passes whole, alone;
	unsigned rounds = recorded ? PASSES : GENERATED_PASSES;
	bench_in_turns(rounds, backtest_once, replay_once, &passes, &whole, &alone);
	double events = (double)passes.counted;
	bench_report_add(report, "backtest_events_per_s", events / whole.best_s, "events/s",
			 events / alone.best_s, "replay alone");
	bench_report_note(report,
			  "%s, %.0f events, %zu trades, %zu fills, %zu payments; best of %u, mean "
			  "%.4g, by processor time %.4g",
			  recorded ? "recorded BTC USD-M, COIN-M" : "generated market", events,
			  passes.trades, passes.fills, passes.payments, rounds,
			  events / whole.mean_s, events / whole.processor_s);
	/* A world that trades nothing has not been measured. */
	assert(passes.fills > 0);
	free(passes.config);
	scratch_folder_remove(workspace.folder);
}

#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/commands/names.h"
#include "src/history_download.h"
#include "src/progress.h"
#include "src/recording_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_PATIENCE_NS (30 * NS_PER_SECOND)
#define SAVE_EVERY_NS	  (5 * NS_PER_MINUTE)
#define FROM_DEFAULT_NS	  (30 * NS_PER_DAY)

struct arguments {
	const char *out, *config, *venues;
	struct names coins;
	bool from_ago; /* from_ns counts back from now */
	int64_t from_ns, to_ns;
};

struct history_run {
	struct arguments *arguments;
	struct public_venues *venues;
	struct funding_history *history;
	struct history_download *download;
	struct progress progress;
	schedule_id save;
	uint32_t number; /* of the next recording written */
	struct error failure;
};

/* A duration counts back from now. */
static bool take_from(void *to, const char *value)
{
	struct arguments *arguments = to;
	arguments->from_ago = duration_parse(value, &arguments->from_ns);
	return arguments->from_ago || utc_parse(value, strlen(value), &arguments->from_ns);
}

static const struct command_option TABLE[] = {
	{"out", OPTION_TEXT, offsetof(struct arguments, out), "DIR",
	 .meaning = "a folder of its own; what it holds already is not asked for again",
	 .needed = true},
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the venues of that configuration"},
	{"venues", OPTION_TEXT, offsetof(struct arguments, venues), "A,B",
	 .meaning = "only these of them"},
	{"coins", OPTION_NAMES, offsetof(struct arguments, coins), "BTC,ETH",
	 .meaning = "canonical coins (PEPE for 1000PEPE and kPEPE); otherwise all"},
	{"from", OPTION_OTHER, 0, "TIME",
	 .meaning = "2026-01-31T00:00:00Z, or how long ago: 2160h; 720h if not given",
	 .expected = "a time like 2026-01-31T00:00:00Z, or how long ago: 720h", .take = take_from},
	{"to", OPTION_TIME, offsetof(struct arguments, to_ns), "TIME",
	 .meaning = "now if not given"},
};

const struct command_options HISTORY_OPTIONS = {
	.name = "history",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.note = "TIME is 2026-01-31T00:00:00Z; --from also takes how long ago, e.g. 720h.\n",
	.meaning = "download the funding rates that venues paid, into a recording",
	.before = "Without --config: every venue's public data; no key is needed.\n",
	.after =
		"The venues' request budgets are kept, so a year of every market takes hours.\n"
		"Interrupted, it keeps what it has; run it again to go on. A backtest takes the\n"
		"folder as a second `recording`.\n"
		"Exit code 0: complete; 2: bad arguments; 3: something is missing, standard error\n"
		"says what.\n",
};

/* ---- the run --------------------------------------------------------------------------------- */

static bool is_wanted(void *user, const struct instrument_table *table, instrument_id id)
{
	const struct names *coins = user;
	return names_hold(coins, asset_name(table, instrument_get(table, id)->canonical));
}

static bool save(struct history_run *run)
{
	return run->failure.category == ERROR_NONE &&
	       (!run->history->changed || funding_history_save(run->history, run->arguments->out,
							       run->number++, &run->failure));
}

/* What took minutes to download is not lost with the process. */
static void save_due(void *user)
{
	struct history_run *run = user;
	save(run);
	run->save = scheduler_after(run->venues->scheduler, SAVE_EVERY_NS, SCHEDULE_TIMER, save_due,
				    run);
}

static bool finished(void *user)
{
	struct history_run *run = user;
	progress_at(&run->progress, history_download_done(run->download));
	return run->failure.category != ERROR_NONE || history_download_finished(run->download);
}

static void say_venue(struct history_run *run, venue_id venue)
{
	const struct instrument_table *table = run->history->instruments;
	size_t markets = 0, all = 0;
	int64_t first_ns = INT64_MAX, last_ns = 0;
	for (instrument_id id = 1; id <= instrument_count(table); id++) {
		int64_t from_ns, to_ns;
		size_t rows;
		if (instrument_get(table, id)->venue != venue ||
		    !funding_history_span(run->history, id, &from_ns, &to_ns, &rows))
			continue;
		markets++;
		all += rows;
		first_ns = from_ns < first_ns ? from_ns : first_ns;
		last_ns = to_ns > last_ns ? to_ns : last_ns;
	}
	char first[UTC_TEXT_MAX], last[UTC_TEXT_MAX];
	if (markets == 0)
		return;
	utc_format(first_ns, 0, first, sizeof(first));
	utc_format(last_ns, 0, last, sizeof(last));
	printf("%s: %zu settlements of %zu markets, %s to %s\n", venue_name(table, venue), all,
	       markets, first, last);
}

/* The failure, or what is missing, on standard error. */
static int judge(struct history_run *run, bool complete)
{
	struct error err = run->failure;
	size_t failed = history_download_failed(run->download), down = 0;
	if (err.category != ERROR_NONE || history_download_error(run->download, &err)) {
		fprintf(stderr, "fundarb history: %s\n", err.text);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < run->venues->count; i++) {
		if (run->venues->venues[i].phase == PUBLIC_VENUE_UP)
			continue;
		down++;
		fprintf(stderr, "fundarb history: %s is left out: %s\n",
			run->venues->venues[i].config->name, run->venues->venues[i].why);
	}
	if (!complete)
		fprintf(stderr,
			"fundarb history: interrupted at %llu of %llu settlements; run it "
			"again to go on\n",
			(unsigned long long)history_download_done(run->download),
			(unsigned long long)history_download_total(run->download));
	else if (failed > 0)
		fprintf(stderr, "fundarb history: %zu markets are not complete; run it again\n",
			failed);
	return complete && failed == 0 && down == 0 ? EXIT_OK : EXIT_FAILED;
}

static int download(struct history_run *run)
{
	struct arguments *arguments = run->arguments;
	int64_t now_ns = scheduler_now(run->venues->scheduler);
	struct history_request request = {
		.from_ns = arguments->from_ago ? now_ns - arguments->from_ns : arguments->from_ns,
		.to_ns = arguments->to_ns,
		.wanted = arguments->coins.count > 0 ? is_wanted : NULL,
		.user = &arguments->coins,
	};
	run->number = (uint32_t)(now_ns / NS_PER_MS);
	run->download = history_download_begin(run->venues, run->history, &request, &run->failure);
	if (!run->download) {
		fprintf(stderr, "fundarb history: %s\n", run->failure.text);
		return EXIT_FAILED;
	}
	progress_start(&run->progress, "settlements", history_download_total(run->download));
	run->save = scheduler_after(run->venues->scheduler, SAVE_EVERY_NS, SCHEDULE_TIMER, save_due,
				    run);
	bool complete = public_venues_wait(run->venues, finished, run, INT64_MAX);
	progress_end(&run->progress);
	scheduler_cancel(run->venues->scheduler, run->save);
	save(run);
	int code = judge(run, complete);
	for (venue_id venue = 1; venue <= venue_count(run->history->instruments); venue++)
		say_venue(run, venue);
	return code;
}

static int fail(const struct error *err)
{
	fprintf(stderr, "fundarb history: %s\n", err->text);
	return err->category == ERROR_CONFIGURATION ? EXIT_USAGE : EXIT_FAILED;
}

static int history_with(const struct config *config, struct arguments *arguments)
{
	struct error err = {0};
	struct history_run run = {.arguments = arguments};
	int lock = recording_folder_lock(arguments->out, &err);
	if (lock < 0)
		return fail(&err);
	run.history = funding_history_open(arguments->out, &err);
	if (run.history)
		run.venues = public_venues_open(config, false, &err);
	int code = EXIT_FAILED;
	if (!run.venues) {
		code = fail(&err);
	} else if (public_venues_start(run.venues, START_PATIENCE_NS) == 0) {
		for (size_t i = 0; i < run.venues->count; i++)
			fprintf(stderr, "fundarb history: %s: %s\n",
				run.venues->venues[i].config->name, run.venues->venues[i].why);
	} else if (!run.venues->interrupted) {
		code = download(&run);
	}
	/* Requests that are still out answer nobody once their clients are gone. */
	struct history_download *begun = run.download;
	if (begun)
		history_download_stop(begun);
	public_venues_close(run.venues);
	history_download_free(begun);
	funding_history_free(run.history);
	close(lock);
	return code;
}

int command_history(int argc, char **argv)
{
	struct arguments arguments = {
		.from_ago = true, .from_ns = FROM_DEFAULT_NS, .to_ns = INT64_MAX};
	struct error err = {0};
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	int code;
	if (!command_options_parse(&HISTORY_OPTIONS, argc, argv, &arguments, &code)) {
		/* it has been said */
	} else if (!arguments.from_ago && arguments.from_ns >= arguments.to_ns) {
		code = command_options_refuse(&HISTORY_OPTIONS, "--from must be before --to");
	} else if (!public_venues_load_config(arguments.config, arguments.venues, config, &err)) {
		code = fail(&err);
	} else {
		log_configure(stderr, LOG_ALARM);
		code = history_with(config, &arguments);
	}
	names_free(&arguments.coins);
	free(config);
	return code;
}

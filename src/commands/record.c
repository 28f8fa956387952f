#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/commands/names.h"
#include "src/market_recorder.h"
#include "src/recording_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_DEFAULT	   30 /* with trades as many as one connection of Lighter takes */
#define STATUS_TERMINAL_NS (10 * NS_PER_SECOND)
#define STATUS_LOG_NS	   NS_PER_MINUTE
#define PRUNE_EVERY_NS	   NS_PER_HOUR

struct arguments {
	const char *out, *config, *venues;
	struct names coins;
	int64_t most, keep_days, for_ns;
	bool trades;
};

struct recording_run {
	const struct arguments *arguments;
	struct public_venues *venues;
	struct market_recorder *recorder;
	bool terminal;
	schedule_id status, prune;
};

static const struct command_option TABLE[] = {
	{"out", OPTION_TEXT, offsetof(struct arguments, out), "DIR",
	 .meaning = "made if missing; one recorder at a time", .needed = true},
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the venues of that configuration"},
	{"venues", OPTION_TEXT, offsetof(struct arguments, venues), "A,B",
	 .meaning = "only these of them"},
	{"coins", OPTION_NAMES, offsetof(struct arguments, coins), "BTC,ETH",
	 .meaning = "canonical coins (PEPE for 1000PEPE and kPEPE); otherwise the largest by\n"
		    "open interest that two venues share"},
	{"most", OPTION_COUNT, offsetof(struct arguments, most), "N",
	 .meaning = "how many of those, 30 if not given", .low = 1, .high = RECORD_COINS_MAX},
	{"trades", OPTION_FLAG, offsetof(struct arguments, trades), NULL,
	 .meaning = "other people's trades too: needed to simulate resting orders"},
	{"for", OPTION_DURATION, offsetof(struct arguments, for_ns), "72h",
	 .meaning = "or 90s, 15m; until SIGTERM or Ctrl-C if not given"},
	{"keep-days", OPTION_COUNT, offsetof(struct arguments, keep_days), "N",
	 .meaning = "delete segments older than that", .low = 1, .high = 3650},
};

const struct command_options RECORD_OPTIONS = {
	.name = "record",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.meaning = "record the order books and rates of venues, for days",
	.before = "Without --config: every venue's public streams; no key is needed.\n",
	.after = "A venue that goes is asked again until it is back; its absence is in the\n"
		 "recording. docs/recording.md has a recipe for the first three days.\n"
		 "Exit code 0: ended as asked; 2: bad arguments, or the folder is in use; 3: the\n"
		 "disk is full or fails, what is written is kept.\n",
};

/* ---- while it runs --------------------------------------------------------------------------- */

static void say_status(struct recording_run *run, const char *end)
{
	struct market_recorder_status status = market_recorder_status(run->recorder);
	char time[UTC_TEXT_MAX], lag[48] = "";
	size_t up = 0;
	for (size_t i = 0; i < run->venues->count; i++)
		up += run->venues->venues[i].phase == PUBLIC_VENUE_UP;
	utc_format(scheduler_now(run->venues->scheduler), 0, time, sizeof(time));
	if (status.lag_known)
		snprintf(lag, sizeof(lag), ", %lld ms behind the venue",
			 (long long)(status.lag_ns / NS_PER_MS));
	printf("%s%s  %zu of %zu venues, %zu markets, %llu events, %llu.%llu MB, %llu gaps%s%s",
	       run->terminal ? "\r\033[K" : "", time, up, run->venues->count, status.instruments,
	       (unsigned long long)status.events, (unsigned long long)(status.bytes / 1000000),
	       (unsigned long long)(status.bytes / 100000 % 10), (unsigned long long)status.gaps,
	       lag, end);
	fflush(stdout);
}

static void status_due(void *user)
{
	struct recording_run *run = user;
	say_status(run, run->terminal ? "" : "\n");
	run->status = scheduler_after(run->venues->scheduler,
				      run->terminal ? STATUS_TERMINAL_NS : STATUS_LOG_NS,
				      SCHEDULE_TIMER, status_due, run);
}

static void prune_due(void *user)
{
	struct recording_run *run = user;
	const struct arguments *arguments = run->arguments;
	struct error err = {0};
	int64_t now_ns = scheduler_now(run->venues->scheduler);
	if (recording_folder_prune(arguments->out, now_ns - arguments->keep_days * NS_PER_DAY,
				   &err) > 0)
		log_write(LOG_INFO, "record", "segments older than %lld days were deleted",
			  (long long)arguments->keep_days);
	if (err.category != ERROR_NONE)
		log_write(LOG_ALARM, "record", "%s", err.text);
	run->prune = scheduler_after(run->venues->scheduler, PRUNE_EVERY_NS, SCHEDULE_TIMER,
				     prune_due, run);
}

static bool cannot_go_on(void *user)
{
	struct recording_run *run = user;
	struct error err;
	return market_recorder_failed(run->recorder, &err);
}

static int record_until_the_end(struct recording_run *run)
{
	struct public_venues *venues = run->venues;
	struct error err = {0};
	run->terminal = isatty(STDOUT_FILENO) == 1;
	for (size_t i = 0; i < venues->count; i++)
		public_venue_start(&venues->venues[i]);
	run->status = scheduler_after(venues->scheduler, STATUS_TERMINAL_NS, SCHEDULE_TIMER,
				      status_due, run);
	if (run->arguments->keep_days > 0)
		prune_due(run);
	public_venues_wait(venues, cannot_go_on, run, run->arguments->for_ns);
	scheduler_cancel(venues->scheduler, run->status);
	scheduler_cancel(venues->scheduler, run->prune);
	say_status(run, "\n");
	if (market_recorder_close(run->recorder, &err)) {
		printf("%s is closed.\n", run->arguments->out);
		return EXIT_OK;
	}
	fprintf(stderr, "fundarb record: %s; what is written is kept\n", err.text);
	return EXIT_FAILED;
}

static int fail(const struct error *err)
{
	fprintf(stderr, "fundarb record: %s\n", err->text);
	return err->category == ERROR_CONFIGURATION ? EXIT_USAGE : EXIT_FAILED;
}

static int record_with(const struct config *config, const struct arguments *arguments)
{
	struct error err = {0};
	struct market_recorder_options options = {
		.folder = arguments->out,
		.coins = arguments->coins.at,
		.coin_count = arguments->coins.count,
		.most = (size_t)arguments->most,
		.trades = arguments->trades,
	};
	if (config->venue_count < 2 && options.coin_count == 0)
		return command_options_refuse(&RECORD_OPTIONS,
					      "with one venue name the coins: --coins BTC,ETH");
	int lock = recording_folder_lock(arguments->out, &err);
	if (lock < 0)
		return fail(&err);
	struct public_venues *venues = public_venues_open(config, false, &err);
	struct recording_run run = {.arguments = arguments, .venues = venues};
	if (venues)
		run.recorder = market_recorder_create(venues, &options, &err);
	int code = run.recorder ? record_until_the_end(&run) : fail(&err);
	public_venues_close(venues);
	close(lock);
	return code;
}

int command_record(int argc, char **argv)
{
	struct arguments arguments = {.most = MOST_DEFAULT, .for_ns = INT64_MAX};
	struct error err = {0};
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	int code;
	if (!command_options_parse(&RECORD_OPTIONS, argc, argv, &arguments, &code)) {
		/* it has been said */
	} else if (!public_venues_load_config(arguments.config, arguments.venues, config, &err)) {
		code = fail(&err);
	} else {
		log_configure(stderr, LOG_WARNING);
		code = record_with(config, &arguments);
	}
	names_free(&arguments.coins);
	free(config);
	return code;
}

/* What the file means, and the order in which the venues are asked. */
#include "src/commands/check_live.h"

#include "core/base/utc.h"
#include "core/store/recording.h"
#include "src/venue_registry.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_PATIENCE_NS (15 * NS_PER_SECOND)
#define READS_PATIENCE_NS (20 * NS_PER_SECOND)

static bool all_answered(void *user)
{
	return ((const struct check_live *)user)->awaited == 0;
}

void check_await(struct check_live *live, struct public_venues *venues)
{
	public_venues_wait(venues, all_answered, live, READS_PATIENCE_NS);
}

/* ---- the file -------------------------------------------------------------------------------- */

static void say_mode(struct check *check)
{
	const struct config *config = check->config;
	switch (config->mode) {
	case CONFIG_BACKTEST:
		break;
	case CONFIG_PAPER:
		check_say(check, true, "",
			  "mode = paper: the venues' real markets, orders are simulated here");
		break;
	case CONFIG_TESTNET:
		check_say(check, true, "",
			  "mode = testnet: orders are really sent, where no money is real%s",
			  config->local_testnet[0] ? " (a local testnet runs inside)" : "");
		break;
	case CONFIG_LIVE:
		check_say(check, true, "", "mode = live: orders are really sent, with real money");
		break;
	}
	if (config->venue_count < 2)
		check_say(check, false, "add a [venue NAME] section",
			  "%zu venue%s: a pair needs two", config->venue_count,
			  config->venue_count == 1 ? "" : "s");
}

/* A folder that is not there yet is made by the program, inside one that is. */
static void check_folder(struct check *check, const char *key, const char *path)
{
	char folder[CONFIG_TEXT_MAX];
	if (path[0] == '\0')
		return;
	snprintf(folder, sizeof(folder), "%s", path);
	while (access(folder, F_OK) != 0 && errno == ENOENT) {
		char *slash = strrchr(folder, '/');
		snprintf(slash && slash != folder ? slash : folder, 2, "%s", slash ? "" : ".");
		if (slash == folder)
			snprintf(folder, sizeof(folder), "/");
	}
	if (access(folder, W_OK | X_OK) == 0)
		check_say(check, true, "", "%s %s can be written to", key, path);
	else
		check_say(check, false, "correct the path, or its owner and mode", "%s %s: %s: %s",
			  key, path, folder, strerror(errno));
}

static void say_venue(struct check_live *live, const struct public_venue *venue)
{
	const struct config_venue *config = venue->config;
	const struct venue_adapter *adapter = venue_adapter_find(config->name);
	struct endpoint_options urls = {0};
	struct error err = {0};
	bool testnet;
	if (!venue->client || !adapter ||
	    !venue_choose_urls(live->accounts->config, config, adapter, &urls, &testnet, &err)) {
		check_say(live->check, false, "", "%s", venue->client ? err.text : venue->why);
		return;
	}
	check_say(live->check, true, "", "%s: %s, %s%s%s", config->name, urls.rest_url,
		  urls.socket_url, config->proxy[0] ? ", through " : "", config->proxy);
	if (live->config->mode != CONFIG_PAPER)
		check_say(live->check, true, "", "%s: account %s, the key of %s is loaded",
			  config->name, config->account, config->key);
}

/* Instruments that an earlier session recorded say what the thresholds mean, without a network. */
static void check_recorded_thresholds(struct check *check)
{
	struct error err = {0};
	const char *folder = check->config->record_folder;
	if (folder[0] == '\0' || access(folder, R_OK) != 0)
		return;
	struct recording_reader *reader = recording_reader_open(folder, check->instruments, &err);
	recording_reader_free(reader);
	if (instrument_count(check->instruments) == 0)
		return;
	check_say(check, true, "", "with the markets as %s recorded them:", folder);
	check_names(check);
	check_pairs(check);
	check_sizes(check, check->config->mode == CONFIG_PAPER);
	check_thresholds(check);
}

/* ---- the venues ------------------------------------------------------------------------------ */

static void say_not_started(struct check_live *live, const struct public_venues *venues,
			    const char *what)
{
	for (size_t i = 0; i < venues->count; i++) {
		const struct public_venue *venue = &venues->venues[i];
		if (venue->client && venue->phase != PUBLIC_VENUE_UP && live->probes[i].asked &&
		    live->probes[i].outcome == TRANSPORT_ANSWERED)
			check_say(live->check, false, "", "%s: %s: %s", venue->config->name, what,
				  venue->why);
	}
}

/* Who did not answer at all is not asked for an account. */
static void fail_unreachable(struct check_live *live)
{
	for (size_t i = 0; i < live->accounts->count; i++) {
		struct public_venue *venue = &live->accounts->venues[i];
		if (live->markets->venues[i].client &&
		    live->probes[i].outcome != TRANSPORT_ANSWERED)
			venue->phase = PUBLIC_VENUE_FAILED;
	}
}

static void ask_venues(struct check_live *live)
{
	bool paper = live->config->mode == CONFIG_PAPER;
	if (!check_network(live))
		return;
	fail_unreachable(live);
	public_venues_start(live->markets, START_PATIENCE_NS);
	say_not_started(live, live->markets, "its markets cannot be read");
	if (!paper && !live->markets->interrupted) {
		public_venues_start(live->accounts, START_PATIENCE_NS);
		say_not_started(live, live->accounts, "the account cannot be used");
		check_accounts(live);
	}
	check_markets(live);
	check_clocks(live);
}

static void close_all(struct check_live *live)
{
	/* The report still names the venues' markets: the tables change hands. */
	if (live->markets && live->check->instruments == live->markets->instruments)
		live->markets->instruments = live->own;
	if (live->markets != live->accounts)
		public_venues_close(live->markets);
	public_venues_close(live->accounts);
	free(live->marks);
}

void check_live(struct check *check, bool offline)
{
	struct error err = {0};
	struct check_live live = {
		.check = check, .config = check->config, .own = check->instruments};
	bool paper = check->config->mode == CONFIG_PAPER;
	say_mode(check);
	check_folder(check, "state_directory", check->config->state_directory);
	check_folder(check, "[record] folder", check->config->record_folder);
	live.marks = calloc(INSTRUMENTS_MAX + 1, sizeof(*live.marks));
	if (!live.marks)
		abort();
	live.accounts = public_venues_open_each(check->config, !paper, &err);
	if (!live.accounts) {
		check_say(check, false, "", "%s", err.text);
		free(live.marks);
		return;
	}
	for (size_t i = 0; i < live.accounts->count; i++)
		say_venue(&live, &live.accounts->venues[i]);
	live.markets = live.accounts;
	if (offline)
		check_recorded_thresholds(check);
	else if (paper ||
		 (live.markets = public_venues_open_each(check->config, false, &err)) != NULL)
		ask_venues(&live);
	else
		check_say(check, false, "", "%s", err.text);
	close_all(&live);
}

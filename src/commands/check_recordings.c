/* What the recordings hold, and whether the names of the configuration are in them. */
#include "core/base/utc.h"
#include "core/store/recording.h"
#include "config/schema.h"
#include "src/commands/check.h"
#include "src/progress.h"

#include <string.h>
#include <unistd.h>

static void see(struct check *check, const struct market_event *event)
{
	struct check_seen *seen = &check->seen[event->instrument];
	if (!(event->flags & EVENT_FLAG_VENUE_TIME)) {
		if (!check->any_event || event->local_ns < check->first_ns)
			check->first_ns = event->local_ns;
		if (!check->any_event || event->local_ns > check->last_ns)
			check->last_ns = event->local_ns;
		check->any_event = true;
	}
	if (event->kind == EVENT_BOOK)
		seen->books++;
	else if (event->kind == EVENT_FUNDING)
		seen->fundings++;
}

static void say_contents(struct check *check, const char *path,
			 const struct recording_statistics *statistics)
{
	char first[UTC_TEXT_MAX], last[UTC_TEXT_MAX];
	utc_format(statistics->first_ns, 0, first, sizeof(first));
	utc_format(statistics->last_ns, 0, last, sizeof(last));
	if (statistics->events == 0)
		check_say(
			check, false,
			"`fundarb import` or `fundarb generate` writes one; correct `recording` in "
			"[backtest]",
			"recording %s is empty", path);
	else if (statistics->damaged_blocks > 0)
		check_say(check, false, "`fundarb rec check` tells what is lost; import it again",
			  "recording %s is damaged: %llu blocks are lost", path,
			  (unsigned long long)statistics->damaged_blocks);
	else
		check_say(check, true, "", "recording %s: %llu events, %s to %s", path,
			  (unsigned long long)statistics->events, first, last);
}

static void read_recording(struct check *check, const char *path, struct progress *progress,
			   uint64_t *events)
{
	struct error err = {0};
	struct market_event event;
	enum recording_read read = RECORDING_FAILED;
	struct recording_reader *reader = NULL;
	if (access(path, R_OK) != 0) {
		check_say(
			check, false,
			"`fundarb import` or `fundarb generate` writes one; correct `recording` in "
			"[backtest]",
			"recording %s is not there", path);
		return;
	}
	reader = recording_reader_open(path, check->instruments, &err);
	while (reader && (read = recording_reader_next(reader, &event, &err)) == RECORDING_EVENT) {
		see(check, &event);
		progress_at(progress, ++*events);
	}
	if (read == RECORDING_FINISHED)
		say_contents(check, path, recording_reader_statistics(reader));
	else
		check_say(check, false,
			  "correct `recording` in [backtest]; `fundarb rec info` looks into one",
			  "recording %s cannot be read: %s", path, err.text);
	recording_reader_free(reader);
}

static void check_range(struct check *check)
{
	const struct config *config = check->config;
	char first[UTC_TEXT_MAX], last[UTC_TEXT_MAX];
	if (instrument_count(check->instruments) == 0)
		return;
	if (!check->any_event) {
		check_say(check, false, "add a recording of order books",
			  "no recording holds an event with a local time: nothing to trade on");
		return;
	}
	utc_format(check->first_ns, 0, first, sizeof(first));
	utc_format(check->last_ns, 0, last, sizeof(last));
	if (config->from_set && config->from_ns > check->last_ns)
		check_say(check, false, "choose `from` inside the recordings",
			  "from is after the end of the recordings, %s", last);
	if (config->to_set && config->to_ns < check->first_ns)
		check_say(check, false, "choose `to` inside the recordings",
			  "to is before the beginning of the recordings, %s", first);
}

void check_recordings(struct check *check)
{
	struct progress progress;
	uint64_t events = 0;
	progress_start(&progress, "reading the recordings", 0);
	for (size_t i = 0; i < check->config->recording_count; i++)
		read_recording(check, check->config->recordings[i], &progress, &events);
	progress_end(&progress);
	check_range(check);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void say_unknown_venue(struct check *check, int line, const char *what, const char *name)
{
	const char *names[VENUES_MAX], *nearest;
	size_t count = venue_count(check->instruments);
	char remedy[160];
	for (size_t i = 0; i < count; i++)
		names[i] = venue_name(check->instruments, (venue_id)(i + 1));
	nearest = nearest_name(name, names, count);
	if (nearest)
		snprintf(remedy, sizeof(remedy), "nearest: %s", nearest);
	else
		snprintf(remedy, sizeof(remedy), "`fundarb rec info` lists the venues");
	check_say(check, false, remedy, "line %d: %s %s is not in the recordings", line, what,
		  name);
}

/* The handle, or 0 and a finding. */
static instrument_id find(struct check *check, int line, const char *venue, const char *symbol)
{
	const char *names[INSTRUMENTS_MAX], *nearest;
	size_t count = 0;
	char remedy[160];
	venue_id id = instrument_table_find_venue(check->instruments, venue);
	if (id == 0) {
		say_unknown_venue(check, line, "venue", venue);
		return 0;
	}
	instrument_id found = instrument_find(check->instruments, id, symbol);
	if (found)
		return found;
	for (instrument_id i = 1; i <= instrument_count(check->instruments); i++)
		if (instrument_get(check->instruments, i)->venue == id)
			names[count++] = instrument_get(check->instruments, i)->symbol;
	nearest = nearest_name(symbol, names, count);
	if (nearest)
		snprintf(remedy, sizeof(remedy), "nearest: %s:%s", venue, nearest);
	else
		snprintf(remedy, sizeof(remedy), "`fundarb rec info` lists the instruments");
	check_say(check, false, remedy, "line %d: instrument %s:%s is not in the recordings", line,
		  venue, symbol);
	return 0;
}

static void check_listed_pairs(struct check *check)
{
	const struct config *config = check->config;
	for (size_t i = 0; i < config->pair_count; i++) {
		instrument_id legs[2];
		for (size_t leg = 0; leg < 2; leg++)
			legs[leg] = find(check, config->pairs[i].line, config->pairs[i].venue[leg],
					 config->pairs[i].symbol[leg]);
		if (legs[0] && legs[1] &&
		    instrument_get(check->instruments, legs[0])->kind == INSTRUMENT_SPOT &&
		    instrument_get(check->instruments, legs[1])->kind == INSTRUMENT_SPOT)
			check_say(check, false, "one leg must be a perpetual",
				  "line %d: both legs of the pair are spot", config->pairs[i].line);
	}
}

void check_names(struct check *check)
{
	const struct config *config = check->config;
	size_t before = check->line_count;
	for (size_t i = 0; i < config->venue_count; i++)
		if (instrument_table_find_venue(check->instruments, config->venues[i].name) == 0)
			say_unknown_venue(check, config->venues[i].line, "venue",
					  config->venues[i].name);
	for (size_t i = 0; i < config->instrument_count; i++)
		(void)find(check, config->instruments[i].line, config->instruments[i].venue,
			   config->instruments[i].symbol);
	check_listed_pairs(check);
	if (check->line_count == before)
		check_say(check, true, "",
			  "every venue and instrument that the file names is in the recordings");
	for (instrument_id id = 1; id <= instrument_count(check->instruments); id++) {
		struct error err = {0};
		if (!apply_overrides(config, check->instruments, id, &err))
			check_say(check, false, "correct the override", "%s", err.text);
	}
}

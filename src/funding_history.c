#include "src/funding_history.h"

#include "core/base/utc.h"
#include "core/store/recording.h"
#include "src/recording_folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEW_FOLDER ".new" /* inside the folder: what is being written */

void funding_history_free(struct funding_history *history)
{
	if (!history)
		return;
	instrument_table_free(history->instruments);
	free(history->rows);
	free(history);
}

static bool add_row(struct funding_history *history, const struct funding_row *row,
		    struct error *err)
{
	if (history->count == FUNDING_HISTORY_ROWS_MAX)
		return error_set(err, ERROR_LIMIT,
				 "more than %d settlements: use a folder for each venue",
				 FUNDING_HISTORY_ROWS_MAX);
	if (history->count == history->capacity) {
		size_t capacity = history->capacity ? 2 * history->capacity : 4096;
		struct funding_row *grown = realloc(history->rows, capacity * sizeof(*grown));
		if (!grown)
			return error_set(err, ERROR_LIMIT, "out of memory");
		history->rows = grown;
		history->capacity = capacity;
	}
	history->rows[history->count++] = *row;
	history->sorted = false;
	return true;
}

bool funding_history_add(struct funding_history *history, instrument_id instrument,
			 const struct market_event *event, struct error *err)
{
	if (event->kind != EVENT_FUNDING || event->u.funding.kind != FUNDING_SETTLED ||
	    event->exch_ns == 0)
		return true;
	history->changed = true;
	struct funding_row row = {.instrument = instrument,
				  .exch_ns = event->exch_ns,
				  .boundary_ns = event->u.funding.boundary_ns,
				  .interval_ns = event->u.funding.interval_ns,
				  .rate = event->u.funding.rate};
	return add_row(history, &row, err);
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_market(const void *a, const void *b)
{
	const struct funding_row *one = a, *two = b;
	if (one->instrument != two->instrument)
		return one->instrument < two->instrument ? -1 : 1;
	return compare(one->boundary_ns, two->boundary_ns);
}

/* In the order of a recording; equal times by market, so that equal contents are equal bytes. */
static int by_time(const void *a, const void *b)
{
	const struct funding_row *one = a, *two = b;
	int order = compare(one->exch_ns, two->exch_ns);
	return order != 0 ? order : by_market(a, b);
}

static void sort(struct funding_history *history)
{
	size_t kept = 0;
	if (history->sorted)
		return;
	history->sorted = true;
	if (history->count > 0)
		qsort(history->rows, history->count, sizeof(*history->rows), by_market);
	for (size_t i = 0; i < history->count; i++)
		if (kept == 0 || by_market(&history->rows[kept - 1], &history->rows[i]) != 0)
			history->rows[kept++] = history->rows[i];
	history->count = kept;
}

/* The first one of this market or a later one; sorted. */
static size_t first_row(const struct funding_history *history, instrument_id instrument)
{
	size_t low = 0, high = history->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (history->rows[middle].instrument < instrument)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool funding_history_span(struct funding_history *history, instrument_id instrument,
			  int64_t *first_ns, int64_t *last_ns, size_t *rows)
{
	sort(history);
	size_t first = first_row(history, instrument), end = first_row(history, instrument + 1);
	*rows = end - first;
	if (first == end)
		return false;
	*first_ns = history->rows[first].boundary_ns;
	*last_ns = history->rows[end - 1].boundary_ns;
	return true;
}

/* ---- instruments ----------------------------------------------------------------------------- */

static bool same_asset(const struct instrument_table *one, asset_id a,
		       const struct instrument_table *two, asset_id b)
{
	return strcmp(a ? asset_name(one, a) : "", b ? asset_name(two, b) : "") == 0;
}

static bool same_market(const struct instrument_table *one, const struct instrument *a,
			const struct instrument_table *two, const struct instrument *b)
{
	return a->kind == b->kind && a->multiplier == b->multiplier &&
	       a->contract_size.e18 == b->contract_size.e18 &&
	       a->price_decimals == b->price_decimals &&
	       a->quantity_decimals == b->quantity_decimals &&
	       same_asset(one, a->base, two, b->base) &&
	       same_asset(one, a->canonical, two, b->canonical) &&
	       same_asset(one, a->quote, two, b->quote) &&
	       same_asset(one, a->settle, two, b->settle);
}

static asset_id copied(struct instrument_table *to, const struct instrument_table *from,
		       asset_id asset)
{
	if (asset == 0)
		return 0;
	asset_id copy = instrument_table_asset(to, asset_name(from, asset));
	if (copy != 0)
		instrument_table_set_posting_decimals(to, copy,
						      asset_posting_decimals(from, asset));
	return copy;
}

instrument_id funding_history_find(const struct funding_history *history,
				   const struct instrument_table *table, instrument_id id)
{
	const struct instrument_table *own = history->instruments;
	const struct instrument *terms = instrument_get(table, id);
	venue_id venue = instrument_table_find_venue(own, venue_name(table, terms->venue));
	instrument_id known = venue ? instrument_find(own, venue, terms->symbol) : 0;
	return known && same_market(own, instrument_get(own, known), table, terms) ? known : 0;
}

instrument_id funding_history_instrument(struct funding_history *history,
					 const struct instrument_table *table, instrument_id id,
					 struct error *err)
{
	struct instrument_table *own = history->instruments;
	struct instrument terms = *instrument_get(table, id);
	instrument_id known = funding_history_find(history, table, id);
	if (known)
		return known;
	venue_id venue = instrument_table_venue(own, venue_name(table, terms.venue));
	known = venue ? instrument_find(own, venue, terms.symbol) : 0;
	if (known)
		instrument_table_retire(own, known);
	terms.venue = venue;
	terms.base = copied(own, table, terms.base);
	terms.canonical = copied(own, table, terms.canonical);
	terms.quote = copied(own, table, terms.quote);
	terms.settle = copied(own, table, terms.settle);
	return instrument_table_add(own, &terms, instrument_latest(table, id), err);
}

/* ---- the folder ------------------------------------------------------------------------------ */

static bool holds_segments(const char *folder)
{
	bool found = false;
	DIR *directory = opendir(folder);
	if (!directory)
		return false;
	for (const struct dirent *entry; !found && (entry = readdir(directory)) != NULL;) {
		int64_t start_ns;
		uint32_t run;
		found = recording_segment_named(entry->d_name, &start_ns, &run);
	}
	closedir(directory);
	return found;
}

static bool load(struct funding_history *history, const char *folder, struct error *err)
{
	struct recording_reader *reader = recording_reader_open(folder, history->instruments, err);
	struct market_event event;
	enum recording_read read = RECORDING_FAILED;
	bool good = reader != NULL;
	while (good && (read = recording_reader_next(reader, &event, err)) == RECORDING_EVENT) {
		if (event.kind == EVENT_CONNECTION && event.u.connection.state == CONNECTION_GAP)
			continue; /* the reader's own: where a second run begins */
		good = (event.flags & EVENT_FLAG_VENUE_TIME) && event.kind == EVENT_FUNDING;
		if (!good)
			error_set(err, ERROR_CONFIGURATION,
				  "%s holds another recording: name a folder of its own", folder);
		else
			good = funding_history_add(history, event.instrument, &event, err);
	}
	recording_reader_free(reader);
	history->changed = false;
	return good && read == RECORDING_FINISHED;
}

struct funding_history *funding_history_open(const char *folder, struct error *err)
{
	struct funding_history *history = calloc(1, sizeof(*history));
	if (history)
		history->instruments = instrument_table_create();
	if (!history || !history->instruments) {
		funding_history_free(history);
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	if (!holds_segments(folder) || load(history, folder, err))
		return history;
	funding_history_free(history);
	return NULL;
}

static bool write_rows(struct funding_history *history, const char *folder, uint32_t run,
		       struct error *err)
{
	struct recording_options options = recording_defaults();
	struct market_state *state = market_state_create(history->instruments);
	options.codec = RECORDING_ZLIB;
	if (!state)
		return error_set(err, ERROR_LIMIT, "out of memory");
	struct recording_writer *writer = recording_writer_create(
		folder, history->rows[0].exch_ns, run, history->instruments, state, &options, err);
	bool good = writer != NULL;
	for (size_t i = 0; good && i < history->count; i++) {
		const struct funding_row *row = &history->rows[i];
		struct market_event event = {
			.exch_ns = row->exch_ns,
			.instrument = row->instrument,
			.venue = instrument_get(history->instruments, row->instrument)->venue,
			.kind = EVENT_FUNDING,
			.flags = EVENT_FLAG_VENUE_TIME,
			.u.funding = {FUNDING_SETTLED, row->rate, row->boundary_ns,
				      row->interval_ns},
		};
		market_state_apply(state, &event);
		good = recording_writer_event(writer, &event, err);
	}
	struct error late = {0};
	if (writer && !recording_writer_close(writer, &late) && good) {
		*err = late;
		good = false;
	}
	market_state_free(state);
	return good;
}

/* Does what `act` says with every segment there. */
static bool each_segment(int folder,
			 bool (*act)(int folder, int other, const char *name, uint32_t run,
				     uint32_t ours),
			 int other, uint32_t ours)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
	bool good = directory != NULL;
	for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
		int64_t start_ns;
		uint32_t run;
		if (recording_segment_named(entry->d_name, &start_ns, &run) &&
		    !act(folder, other, entry->d_name, run, ours))
			good = false;
	}
	if (directory)
		closedir(directory);
	else if (copy >= 0)
		close(copy);
	return good;
}

static bool move_over(int folder, int other, const char *name, uint32_t run, uint32_t ours)
{
	(void)run, (void)ours;
	return renameat(folder, name, other, name) == 0;
}

static bool delete_any(int folder, int other, const char *name, uint32_t run, uint32_t ours)
{
	(void)other, (void)run, (void)ours;
	return unlinkat(folder, name, 0) == 0;
}

static bool delete_others(int folder, int other, const char *name, uint32_t run, uint32_t ours)
{
	return run == ours || delete_any(folder, other, name, run, ours);
}

bool funding_history_save(struct funding_history *history, const char *folder, uint32_t run,
			  struct error *err)
{
	char fresh[PATH_MAX];
	sort(history);
	if (history->count == 0)
		return true;
	if (snprintf(fresh, sizeof(fresh), "%s/" NEW_FOLDER, folder) >= (int)sizeof(fresh))
		return error_set(err, ERROR_CONFIGURATION, "%s: the path is too long", folder);
	qsort(history->rows, history->count, sizeof(*history->rows), by_time);
	history->sorted = false;
	int to = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int from = to >= 0 ? openat(to, NEW_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (from >= 0) { /* of a run that was killed */
		each_segment(from, delete_any, to, run);
		close(from);
	}
	bool good = write_rows(history, fresh, run, err);
	from = good ? openat(to, NEW_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (good && (from < 0 || !each_segment(from, move_over, to, run) || fsync(to) != 0 ||
		     !each_segment(to, delete_others, -1, run)))
		good = error_set(err, ERROR_IO, "%s: %s", folder, strerror(errno));
	if (from >= 0)
		close(from);
	if (good)
		unlinkat(to, NEW_FOLDER, AT_REMOVEDIR);
	if (to >= 0)
		close(to);
	history->changed = history->changed && !good;
	return good;
}

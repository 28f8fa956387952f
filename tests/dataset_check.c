/*
 * dataset_check DIR: imports the raw captures of a dataset folder, replays the recording and
 * compares it with every figure of DIR/expected.json. Exit code 0 only if all hold. A key that this
 * program does not know is a failure, `note` and `context` are information.
 */
#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/import/import.h"
#include "tests/support/dataset_replay.h"
#include "tests/support/figures.h"
#include "tests/support/scratch_folder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
	const char *directory;
	const struct json_tree *expected;
	const char **files; /* full paths, as given to the import */
	size_t file_count;
	struct import_report *report;
	struct dataset_replay replay;
	int64_t *times;
	size_t time_count;
	struct figures figures;
};

/* --- one figure --- */

/* [price, size] against a level; NULL = that side is empty. */
static void compare_level(struct check *check, const char *path, const struct json_tree *expected,
			  const struct dataset_market *market, const struct book_level *level)
{
	char where[FIGURE_PATH_MAX];
	if (level == NULL) {
		figure_is_text(&check->figures, path, expected, NULL);
		return;
	}
	if (json_tree_count(expected) != 2)
		figure_fails(&check->figures, path, "[price, size]", "another form");
	figure_is(&check->figures, figure_path(where, "%s price", path),
		  json_tree_element(expected, 0), level->price.units,
		  market->terms->price_decimals);
	figure_is(&check->figures, figure_path(where, "%s size", path),
		  json_tree_element(expected, 1), level->quantity.units,
		  market->terms->quantity_decimals);
}

/* [update id, bid, size, ask, size] from element `at` on. */
static void compare_ticker(struct check *check, const char *path, const struct json_tree *expected,
			   size_t at, const struct dataset_market *market)
{
	static const char *const names[] = {"update id", "bid", "bid size", "ask", "ask size"};
	char where[FIGURE_PATH_MAX];
	if (json_tree_count(expected) != at + 5)
		figure_fails(&check->figures, path, "update id, bid, size, ask, size",
			     "another form");
	for (size_t i = 0; i < 5; i++) {
		const struct json_tree *element = json_tree_element(expected, at + i);
		const struct book_level *level = i <= 2 ? &market->ticker_bid : &market->ticker_ask;
		figure_path(where, "%s %s", path, names[i]);
		if (!market->ticker_known)
			figure_is_text(&check->figures, where, element, NULL);
		else if (i == 0)
			figure_is(&check->figures, where, element, (i128)market->ticker_id, 0);
		else if (i % 2 == 1)
			figure_is(&check->figures, where, element, level->price.units,
				  market->terms->price_decimals);
		else
			figure_is(&check->figures, where, element, level->quantity.units,
				  market->terms->quantity_decimals);
	}
}

/* --- which files, which market --- */

/* "usdm_btcusdt_20240808.gz" -> "usdm_btcusdt"; the whole name if there is no date. */
static void market_name(const char *path, char *name)
{
	const char *base = strrchr(path, '/');
	base = base == NULL ? path : base + 1;
	snprintf(name, FIGURE_PATH_MAX, "%s", base);
	for (char *at = name; *at != '\0'; at++) {
		if (*at == '_' && strspn(at + 1, "0123456789") == 8) {
			*at = '\0';
			return;
		}
	}
}

static void add_file(struct check *check, const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", check->directory, name) < 0)
		abort();
	for (size_t i = 0; i < check->file_count; i++) {
		if (strcmp(check->files[i], path) == 0) {
			free(path);
			return;
		}
	}
	check->files = realloc(check->files, (check->file_count + 1) * sizeof(*check->files));
	if (check->files == NULL)
		abort();
	check->files[check->file_count++] = path;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_capture(const struct dirent *entry)
{
	const char *name = entry->d_name;
	return strncmp(name, "usdm_", 5) == 0 || strncmp(name, "coinm_", 6) == 0 ||
	       strncmp(name, "spot_", 5) == 0;
}

/* A market of samples or walks may have files that no instrument names. NULL: of all markets. */
static void add_files_of_market(struct check *check, const char *market)
{
	struct dirent **entries = NULL;
	int count = scandir(check->directory, &entries, is_capture, compare_names);
	for (int i = 0; i < count; i++) {
		char name[FIGURE_PATH_MAX];
		market_name(entries[i]->d_name, name);
		if (market == NULL || strcmp(name, market) == 0)
			add_file(check, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* The files that an instrument names; if it names none, those of the market it is called after. */
static void add_files_of_instrument(struct check *check, const struct json_tree *instrument)
{
	char name[FIGURE_PATH_MAX];
	const struct json_tree *files = json_tree_member(instrument, "files");
	if (files == NULL) {
		market_name(instrument->key, name);
		add_files_of_market(check, name);
		return;
	}
	for (const struct json_tree *file = files->first; file != NULL; file = file->next)
		add_file(check, json_tree_text(json_tree_member(file, "file")));
}

static void list_files(struct check *check)
{
	const struct json_tree *instruments = json_tree_member(check->expected, "instruments");
	for (const struct json_tree *instrument = instruments != NULL ? instruments->first : NULL;
	     instrument != NULL; instrument = instrument->next)
		add_files_of_instrument(check, instrument);
	static const char *const sections[] = {"bbo_samples", "book_walks"};
	for (size_t i = 0; i < 2; i++) {
		const struct json_tree *section = json_tree_member(check->expected, sections[i]);
		for (const struct json_tree *market = section != NULL ? section->first : NULL;
		     market != NULL; market = market->next) {
			if (strcmp(market->key, "note") != 0)
				add_files_of_market(check, market->key);
		}
	}
	/* Mark prices are stated of the folder, whatever file they are in. */
	if (check->file_count == 0 || json_tree_member(check->expected, "mark_price") != NULL)
		add_files_of_market(check, NULL);
}

static const struct import_file *imported_file(const struct check *check, const char *name)
{
	for (size_t i = 0; i < check->report->file_count; i++) {
		const char *base = strrchr(check->report->files[i].path, '/');
		if (base != NULL && strcmp(base + 1, name) == 0)
			return &check->report->files[i];
	}
	return NULL;
}

static const struct import_stream *stream_of_file(const struct check *check,
						  const struct import_file *file)
{
	return &check->report->streams[file->stream];
}

static struct dataset_market *market_of_stream(struct check *check,
					       const struct import_stream *stream)
{
	return dataset_replay_market(&check->replay, stream->venue, stream->symbol);
}

/* The market of samples and walks named as the files are; NULL after a failure. */
static struct dataset_market *market_by_name(struct check *check, const char *section,
					     const char *name)
{
	char path[FIGURE_PATH_MAX], other[FIGURE_PATH_MAX];
	for (size_t i = 0; i < check->report->file_count; i++) {
		market_name(check->report->files[i].path, other);
		if (strcmp(other, name) == 0)
			return market_of_stream(check,
						stream_of_file(check, &check->report->files[i]));
	}
	figure_fails(&check->figures, figure_path(path, "%s.%s", section, name),
		     "a file of this market", "none");
	return NULL;
}

/* --- bbo_samples, book_walks: while the recording is replayed --- */

static void check_bbo_samples(struct check *check, int64_t time_ns)
{
	const struct json_tree *section = json_tree_member(check->expected, "bbo_samples");
	for (const struct json_tree *named = section != NULL ? section->first : NULL; named != NULL;
	     named = named->next) {
		for (const struct json_tree *sample = named->first; sample != NULL;
		     sample = sample->next) {
			int64_t at_ns;
			char path[FIGURE_PATH_MAX];
			if (!json_tree_i64(json_tree_element(sample, 0), &at_ns) ||
			    at_ns != time_ns)
				continue;
			const struct dataset_market *market =
				market_by_name(check, "bbo_samples", named->key);
			if (market != NULL)
				compare_ticker(check,
					       figure_path(path, "bbo_samples.%s at %" PRId64,
							   named->key, at_ns),
					       sample, 1, market);
		}
	}
}

static void check_walk(struct check *check, const char *path, const struct json_tree *expected,
		       const struct dataset_market *market)
{
	char where[FIGURE_PATH_MAX];
	unsigned price_decimals = market->terms->price_decimals;
	unsigned quantity_decimals = market->terms->quantity_decimals;
	const char *side = json_tree_text(json_tree_member(expected, "side"));
	const char *quantity_text = json_tree_text(json_tree_member(expected, "qty"));
	int64_t quantity;
	bool buy = strcmp(side, "buy") == 0;
	if ((!buy && strcmp(side, "sell") != 0) ||
	    decimal_parse_i64(quantity_text, strlen(quantity_text), quantity_decimals, &quantity) !=
		    DECIMAL_OK) {
		figure_fails(&check->figures, path, "side and qty of a walk", "another form");
		return;
	}
	struct dataset_walk walk =
		dataset_market_walk(market, buy ? SIDE_BUY : SIDE_SELL, quantity);
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		figure_path(where, "%s %s %s: %s", path, side, quantity_text, key->key);
		if (strcmp(key->key, "side") == 0 || strcmp(key->key, "qty") == 0)
			continue;
		if (strcmp(key->key, "filled") == 0)
			figure_is(&check->figures, where, key, walk.filled, quantity_decimals);
		else if (strcmp(key->key, "levels") == 0)
			figure_is(&check->figures, where, key, (i128)walk.levels, 0);
		else if (strcmp(key->key, "worst") == 0 && walk.levels == 0)
			figure_is_text(&check->figures, where, key, NULL);
		else if (strcmp(key->key, "worst") == 0)
			figure_is(&check->figures, where, key, walk.worst, price_decimals);
		else if (strcmp(key->key, "sum_px_qty") == 0)
			figure_is(&check->figures, where, key, walk.sum,
				  price_decimals + quantity_decimals);
		else
			figure_unknown(&check->figures, path, key->key);
	}
}

static void check_best(struct check *check, const char *path, const struct json_tree *expected,
		       const struct dataset_market *market, enum side side)
{
	struct book_level best;
	if (order_book_best(market->book, side, &best))
		figure_is(&check->figures, path, expected, best.price.units,
			  market->terms->price_decimals);
	else
		figure_is_text(&check->figures, path, expected, NULL);
}

static void check_book_at(struct check *check, const char *path, const struct json_tree *expected,
			  const struct dataset_market *market)
{
	char where[FIGURE_PATH_MAX];
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		figure_path(where, "%s %s", path, key->key);
		if (strcmp(key->key, "local_ns") == 0)
			continue;
		if (strcmp(key->key, "bid") == 0)
			check_best(check, where, key, market, SIDE_BUY);
		else if (strcmp(key->key, "ask") == 0)
			check_best(check, where, key, market, SIDE_SELL);
		else if (strcmp(key->key, "bid_levels") == 0)
			figure_is(&check->figures, where, key,
				  order_book_level_count(market->book, SIDE_BUY), 0);
		else if (strcmp(key->key, "ask_levels") == 0)
			figure_is(&check->figures, where, key,
				  order_book_level_count(market->book, SIDE_SELL), 0);
		else if (strcmp(key->key, "walks") == 0)
			for (const struct json_tree *walk = key->first; walk != NULL;
			     walk = walk->next)
				check_walk(check, path, walk, market);
		else
			figure_unknown(&check->figures, path, key->key);
	}
}

static void check_book_walks(struct check *check, int64_t time_ns)
{
	const struct json_tree *section = json_tree_member(check->expected, "book_walks");
	for (const struct json_tree *named = section != NULL ? section->first : NULL; named != NULL;
	     named = named->next) {
		if (strcmp(named->key, "note") == 0)
			continue;
		for (const struct json_tree *at = named->first; at != NULL; at = at->next) {
			int64_t at_ns;
			char path[FIGURE_PATH_MAX];
			if (!json_tree_i64(json_tree_member(at, "local_ns"), &at_ns) ||
			    at_ns != time_ns)
				continue;
			const struct dataset_market *market =
				market_by_name(check, "book_walks", named->key);
			if (market != NULL)
				check_book_at(check,
					      figure_path(path, "book_walks.%s at %" PRId64,
							  named->key, at_ns),
					      at, market);
		}
	}
}

static void on_time(void *user, int64_t local_ns)
{
	struct check *check = user;
	check_bbo_samples(check, local_ns);
	check_book_walks(check, local_ns);
}

static void add_time(struct check *check, const char *section, const struct json_tree *time)
{
	int64_t ns;
	if (!json_tree_i64(time, &ns)) {
		figure_fails(&check->figures, section, "a time in nanoseconds", "another form");
		return;
	}
	check->times = realloc(check->times, (check->time_count + 1) * sizeof(*check->times));
	if (check->times == NULL)
		abort();
	check->times[check->time_count++] = ns;
}

static int compare_times(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

static void list_times(struct check *check)
{
	static const char *const sections[] = {"bbo_samples", "book_walks"};
	for (size_t i = 0; i < 2; i++) {
		const struct json_tree *section = json_tree_member(check->expected, sections[i]);
		for (const struct json_tree *named = section != NULL ? section->first : NULL;
		     named != NULL; named = named->next) {
			if (strcmp(named->key, "note") == 0)
				continue;
			for (const struct json_tree *at = named->first; at != NULL; at = at->next)
				add_time(check, sections[i],
					 i == 0 ? json_tree_element(at, 0)
						: json_tree_member(at, "local_ns"));
		}
	}
	if (check->time_count == 0)
		return;
	qsort(check->times, check->time_count, sizeof(*check->times), compare_times);
	size_t distinct = 1;
	for (size_t i = 1; i < check->time_count; i++) {
		if (check->times[i] != check->times[distinct - 1])
			check->times[distinct++] = check->times[i];
	}
	check->time_count = distinct;
}

/* --- instruments --- */

static void check_events(struct check *check, const char *path, const struct json_tree *expected,
			 const struct import_file *file)
{
	char where[FIGURE_PATH_MAX];
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		int row = 0;
		while (row < IMPORT_ROWS && strcmp(import_row_name((enum import_row)row), key->key))
			row++;
		figure_path(where, "%s events.%s", path, key->key);
		if (row == IMPORT_ROWS)
			figure_unknown(&check->figures, path, key->key);
		else
			figure_is(&check->figures, where, key, (i128)file->counts.rows[row], 0);
	}
}

/* NULL after a failure. */
static const struct import_file *check_file(struct check *check, const char *path,
					    const struct json_tree *expected)
{
	char where[FIGURE_PATH_MAX];
	const char *name = json_tree_text(json_tree_member(expected, "file"));
	const struct import_file *file = imported_file(check, name);
	if (file == NULL) {
		figure_fails(&check->figures, path, "a file name", name);
		return NULL;
	}
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		figure_path(where, "%s %s %s", path, name, key->key);
		if (strcmp(key->key, "file") == 0)
			continue;
		if (strcmp(key->key, "lines") == 0)
			figure_is(&check->figures, where, key, (i128)file->counts.lines, 0);
		else if (strcmp(key->key, "events") == 0)
			check_events(check, where, key, file);
		else if (strcmp(key->key, "local_first_ns") == 0)
			figure_is(&check->figures, where, key, file->counts.first_ns, 0);
		else if (strcmp(key->key, "local_last_ns") == 0)
			figure_is(&check->figures, where, key, file->counts.last_ns, 0);
		else
			figure_unknown(&check->figures, path, key->key);
	}
	/* No figure in itself, but what explains one that is off. */
	if (file->damaged)
		printf("note: %s\n", file->damage.text);
	if (import_dropped(&file->counts) > 0)
		printf("note: %s: %" PRIu64 " rows could not be imported\n", name,
		       import_dropped(&file->counts));
	return file;
}

static void check_final_level(struct check *check, const char *path,
			      const struct json_tree *expected, const struct dataset_market *market,
			      enum side side)
{
	struct book_level best;
	bool there = order_book_best(market->book, side, &best);
	compare_level(check, path, expected, market, there ? &best : NULL);
}

/* A figure over all files of an instrument; false: not the name of one. */
static bool check_figure(struct check *check, const char *path, const struct json_tree *expected,
			 const struct dataset_market *market, const struct import_stream *stream)
{
	const char *key = expected->key;
	unsigned price = market->terms->price_decimals;
	unsigned quantity = market->terms->quantity_decimals;
	const struct {
		const char *name;
		i128 units;
		unsigned decimals;
	} figures[] = {
		/* The form's text leaves the snapshot out; the published figures count it. */
		{"depth_rows_total", (i128)market->depth_levels + stream->snapshot_levels, 0},
		{"sequence_gaps", market->gaps, 0},
		{"crossed_book_samples", market->crossed_samples, 0},
		{"trades_market", market->trades_market, 0},
		{"trades_other_type", market->trades_other, 0},
		{"trade_volume", market->trade_volume, quantity},
		{"trade_notional", market->trade_notional, price + quantity},
		{"trade_buy_volume", market->trade_buy_volume, quantity},
		{"final_last_update_id", market->last_depth_id, 0},
		{"final_bid_levels", order_book_level_count(market->book, SIDE_BUY), 0},
		{"final_ask_levels", order_book_level_count(market->book, SIDE_SELL), 0},
	};
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (strcmp(key, figures[i].name) == 0) {
			figure_is(&check->figures, path, expected, figures[i].units,
				  figures[i].decimals);
			return true;
		}
	}
	if (strcmp(key, "trade_price_min") == 0 || strcmp(key, "trade_price_max") == 0) {
		int64_t extreme = strcmp(key, "trade_price_min") == 0 ? market->trade_price_min
								      : market->trade_price_max;
		if (market->trades_market == 0)
			figure_is_text(&check->figures, path, expected, NULL);
		else
			figure_is(&check->figures, path, expected, extreme, price);
	} else if (strcmp(key, "final_bid") == 0) {
		check_final_level(check, path, expected, market, SIDE_BUY);
	} else if (strcmp(key, "final_ask") == 0) {
		check_final_level(check, path, expected, market, SIDE_SELL);
	} else if (strcmp(key, "final_bookticker") == 0) {
		compare_ticker(check, path, expected, 0, market);
	} else {
		return false;
	}
	return true;
}

/* What was imported must all have come through the recording. */
static void check_recorded(struct check *check, const char *path,
			   const struct dataset_market *market, const struct import_stream *stream)
{
	const uint64_t *rows = stream->counts.rows;
	figure_counts(&check->figures, path, "depth messages", rows[ROW_DEPTH],
		      market->depth_messages);
	figure_counts(&check->figures, path, "depth levels", stream->depth_levels,
		      market->depth_levels);
	figure_counts(&check->figures, path, "bookTickers", rows[ROW_BOOK_TICKER], market->tickers);
	figure_counts(&check->figures, path, "trades", rows[ROW_TRADE],
		      market->trades_market + market->trades_other);
	figure_counts(&check->figures, path, "mark prices", rows[ROW_MARK_PRICE], market->marks);
	figure_counts(&check->figures, path, "gaps", stream->gaps, market->gaps);
}

static void check_instrument(struct check *check, const struct json_tree *expected)
{
	char path[FIGURE_PATH_MAX];
	const struct import_file *file = &check->report->files[0];
	const struct json_tree *files = json_tree_member(expected, "files");
	for (const struct json_tree *each = files != NULL ? files->first : NULL; each != NULL;
	     each = each->next) {
		file = check_file(check, figure_path(path, "instruments.%s", expected->key), each);
		if (file == NULL)
			return;
	}
	const struct import_stream *stream = stream_of_file(check, file);
	const struct dataset_market *market = market_of_stream(check, stream);
	if (market == NULL) {
		figure_fails(&check->figures, expected->key, "events in the recording", "none");
		return;
	}
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		figure_path(path, "instruments.%s %s", expected->key, key->key);
		if (strcmp(key->key, "files") != 0 &&
		    !check_figure(check, path, key, market, stream))
			figure_unknown(&check->figures, path, key->key);
	}
	check_recorded(check, figure_path(path, "instruments.%s", expected->key), market, stream);
}

/* --- mark price and funding --- */

static void check_mark(struct check *check, const struct json_tree *expected,
		       const struct dataset_mark *mark)
{
	char path[FIGURE_PATH_MAX];
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		figure_path(path, "mark_price.%s %s", expected->key, key->key);
		bool time = strcmp(key->key, "local_us") == 0 || strcmp(key->key, "E_ms") == 0 ||
			    strcmp(key->key, "T_ms") == 0;
		if (!time && strcmp(key->key, "r") != 0 && strcmp(key->key, "mark") != 0 &&
		    strcmp(key->key, "index") != 0)
			figure_unknown(&check->figures, path, key->key);
		else if (mark == NULL)
			figure_is_text(&check->figures, path, key, NULL);
		else if (strcmp(key->key, "local_us") == 0)
			figure_is(&check->figures, path, key, mark->local_ns, 3);
		else if (strcmp(key->key, "E_ms") == 0)
			figure_is(&check->figures, path, key, mark->exch_ns, 6);
		else if (strcmp(key->key, "T_ms") == 0)
			figure_is(&check->figures, path, key, mark->next_funding_ns, 6);
		else if (strcmp(key->key, "r") == 0)
			figure_is(&check->figures, path, key, mark->rate.e18, MONEY_DECIMALS);
		else if (strcmp(key->key, "mark") == 0)
			figure_is(&check->figures, path, key, mark->mark.e18, MONEY_DECIMALS);
		else
			figure_is(&check->figures, path, key, mark->index.e18, MONEY_DECIMALS);
	}
}

/* The program's own word on what the boundary paid, by the rule that trading uses. */
static void check_settled(struct check *check, const struct json_tree *expected,
			  int64_t boundary_ns)
{
	for (size_t id = 1; id < check->replay.market_count; id++) {
		if (check->replay.markets[id].marks == 0)
			continue;
		struct settlement settlement = market_state_settlement(
			check->replay.state, (instrument_id)id, boundary_ns);
		if (settlement.rate_known)
			figure_is(&check->figures, "mark_price.settled_rate_published", expected,
				  settlement.rate.e18, MONEY_DECIMALS);
		else
			figure_is_text(&check->figures, "mark_price.settled_rate_published",
				       expected, NULL);
		return;
	}
	figure_is_text(&check->figures, "mark_price.settled_rate_published", expected, NULL);
}

static void check_mark_prices(struct check *check, const struct json_tree *expected)
{
	int64_t boundary_ms = 0;
	const struct json_tree *boundary = json_tree_member(check->expected, "funding_boundary_ms");
	if (boundary == NULL || !json_tree_i64(boundary, &boundary_ms)) {
		figure_fails(&check->figures, "mark_price", "funding_boundary_ms beside it",
			     "none");
		return;
	}
	int64_t boundary_ns = boundary_ms * NS_PER_MS;
	struct dataset_boundary marks = dataset_replay_boundary(&check->replay, boundary_ns);
	for (const struct json_tree *key = expected->first; key != NULL; key = key->next) {
		if (strcmp(key->key, "mark_price_messages") == 0)
			figure_is(&check->figures, "mark_price.mark_price_messages", key,
				  (i128)check->replay.mark_count, 0);
		else if (strcmp(key->key, "last_before_boundary") == 0)
			check_mark(check, key, marks.last_before);
		else if (strcmp(key->key, "first_after_boundary") == 0)
			check_mark(check, key, marks.first_after);
		else if (strcmp(key->key, "first_with_next_T") == 0)
			check_mark(check, key, marks.first_with_next);
		else if (strcmp(key->key, "first_new_estimate") == 0)
			check_mark(check, key, marks.first_estimate);
		else if (strcmp(key->key, "settled_rate_published") == 0)
			check_settled(check, key, boundary_ns);
		else
			figure_unknown(&check->figures, "mark_price", key->key);
	}
}

/* Some message must name the boundary as its next funding time. */
static void check_boundary(struct check *check, const struct json_tree *expected)
{
	int64_t boundary_ms;
	if (!json_tree_i64(expected, &boundary_ms)) {
		figure_fails(&check->figures, "funding_boundary_ms", "a time in milliseconds",
			     "another form");
		return;
	}
	if (check->replay.mark_count == 0)
		return; /* nothing in the recording says when funding is due */
	int64_t boundary_ns = boundary_ms * NS_PER_MS;
	if (dataset_replay_boundary(&check->replay, boundary_ns).settling != NULL)
		check->figures.held++;
	else
		figure_fails(&check->figures, "funding_boundary_ms", json_tree_text(expected),
			     "no message with this next funding time");
}

/* --- the whole --- */

static void check_common(struct check *check)
{
	for (const struct json_tree *key = check->expected->first; key != NULL; key = key->next) {
		if (strcmp(key->key, "mark_price") == 0)
			check_mark_prices(check, key);
		else if (strcmp(key->key, "funding_boundary_ms") == 0)
			check_boundary(check, key);
		else if (strcmp(key->key, "note") != 0 && strcmp(key->key, "context") != 0 &&
			 strcmp(key->key, "instruments") != 0 &&
			 strcmp(key->key, "bbo_samples") != 0 &&
			 strcmp(key->key, "book_walks") != 0)
			figure_unknown(&check->figures, "expected.json", key->key);
	}
}

/*
 * Imports check->files, replays the recording and lets `figures` compare. False after a message:
 * the data could not be imported or replayed at all.
 */
static bool run(struct check *check, const char *recording, const struct json_tree *instrument,
		void (*figures)(struct check *check, const struct json_tree *instrument))
{
	struct error error = {0};
	struct import_options options = import_defaults();
	options.kind = IMPORT_BINANCE_RAW;
	options.out = recording;
	options.files = check->files;
	options.file_count = check->file_count;
	options.survey_all = true;
	bool good = import_run(&options, &check->report, &error);
	if (good) {
		good = dataset_replay_run(&check->replay, recording, check->times,
					  check->time_count, on_time, check, &error);
		if (good) {
			figures(check, instrument);
			figure_counts(&check->figures, "import", "events", check->report->events,
				      check->replay.events);
		}
		dataset_replay_free(&check->replay);
		import_report_free(check->report);
	}
	if (!good)
		fprintf(stderr, "dataset_check: %s\n", error.text);
	scratch_folder_remove(recording);
	return good;
}

static void on_all(struct check *check, const struct json_tree *unused)
{
	(void)unused;
	check_common(check);
}

static void forget_files(struct check *check)
{
	for (size_t i = 0; i < check->file_count; i++)
		free((void *)(uintptr_t)check->files[i]);
	free(check->files);
	check->files = NULL;
	check->file_count = 0;
}

/*
 * All files together, merged, for what is stated of moments; then each instrument's own files, for
 * what is stated over them: two instruments may share a market and not the files.
 */
static bool run_all(struct check *check, const char *recording)
{
	const struct json_tree *instruments = json_tree_member(check->expected, "instruments");
	list_files(check);
	list_times(check);
	bool good = run(check, recording, NULL, on_all);
	check->time_count = 0;
	for (const struct json_tree *each = instruments != NULL ? instruments->first : NULL;
	     good && each != NULL; each = each->next) {
		forget_files(check);
		add_files_of_instrument(check, each);
		good = run(check, recording, each, check_instrument);
	}
	forget_files(check);
	free(check->times);
	return good;
}

int main(int argc, char **argv)
{
	struct check check = {0};
	char path[FIGURE_PATH_MAX], recording[FIGURE_PATH_MAX];
	const char *reason = NULL;
	if (argc != 2) {
		fprintf(stderr, "usage: dataset_check DIR, a folder with expected.json\n");
		return 2;
	}
	check.directory = argv[1];
	struct json_tree *expected =
		json_tree_load(figure_path(path, "%s/expected.json", argv[1]), &reason);
	if (expected == NULL || expected->kind != TREE_OBJECT) {
		fprintf(stderr, "dataset_check: %s: %s\n", path,
			expected == NULL ? reason : "not a JSON object");
		json_tree_free(expected);
		return 2;
	}
	check.expected = expected;
	scratch_folder_make(recording, sizeof(recording));
	bool good = run_all(&check, recording);
	printf("%s: %" PRIu64 " figures hold, %" PRIu64 " failed\n", argv[1], check.figures.held,
	       check.figures.failed);
	json_tree_free(expected);
	if (!good)
		return 3;
	return check.figures.failed == 0 ? 0 : 1;
}

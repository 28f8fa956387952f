#include "tests/bench/raw_capture.h"

#include "core/base/random.h"
#include "core/base/utc.h"
#include "src/import/import.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define RECORDED "binance-books-20240808/usdm_btcusdt_20240808.gz"

#define SEED		20240808u
#define LINES		100000u
#define SNAPSHOT_LINE	54u
#define SNAPSHOT_LEVELS 1000u
#define DIFF_LEVELS	30u /* a side, besides those that the mid has passed */
#define MID_STEP	4
#define START_NS	(INT64_C(1723161255) * NS_PER_SECOND)
#define TEXT_MAX	(256u << 10)

/* Prices in ticks of 0.1, quantities in lots of 0.001. */
struct market {
	struct random random;
	gzFile file;
	int64_t local_ns;
	int64_t mid; /* no level rests here: bids below, asks above */
	uint64_t update, last_depth, trade;
	size_t length;
	char text[TEXT_MAX];
};

__attribute__((format(printf, 2, 3))) static void say(struct market *market, const char *format,
						      ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(market->text + market->length, TEXT_MAX - market->length, format,
			       arguments);
	va_end(arguments);
	assert(length >= 0 && (size_t)length < TEXT_MAX - market->length);
	market->length += (size_t)length;
}

static void begin_line(struct market *market)
{
	market->length = 0;
	say(market, "%" PRId64 " ", market->local_ns);
}

static void end_line(struct market *market)
{
	say(market, "\n");
	if (gzwrite(market->file, market->text, (unsigned)market->length) != (int)market->length)
		abort();
}

static int64_t venue_ms(const struct market *market)
{
	return market->local_ns / NS_PER_MS + 1269;
}

static void say_price(struct market *market, int64_t ticks)
{
	say(market, "\"%" PRId64 ".%" PRId64 "0\"", ticks / 10, ticks % 10);
}

static void say_quantity(struct market *market, int64_t lots)
{
	say(market, "\"%" PRId64 ".%03" PRId64 "\"", lots / 1000, lots % 1000);
}

static void say_level(struct market *market, bool first, int64_t ticks, int64_t lots)
{
	say(market, first ? "[" : ",[");
	say_price(market, ticks);
	say(market, ",");
	say_quantity(market, lots);
	say(market, "]");
}

static int64_t lots(struct market *market)
{
	return random_between(&market->random, 1, 3000);
}

/* The levels that the mid passed on its way go; levels near it come, change and go. */
static void say_changes(struct market *market, int64_t passed_from, int64_t passed_to,
			int direction)
{
	bool first = true;
	for (int64_t ticks = passed_from; ticks <= passed_to; ticks++) {
		say_level(market, first, ticks, 0);
		first = false;
	}
	int64_t ticks = market->mid;
	for (unsigned i = 0; i < DIFF_LEVELS; i++) {
		ticks += direction * random_between(&market->random, 1, 1 + (int64_t)i);
		bool gone = i > 0 && random_below(&market->random, 3) == 0;
		say_level(market, first, ticks, gone ? 0 : lots(market));
		first = false;
	}
}

static void depth_line(struct market *market)
{
	int64_t old = market->mid;
	market->mid += random_between(&market->random, -MID_STEP, MID_STEP);
	uint64_t first = market->update + 1;
	market->update += 1 + random_below(&market->random, 2000);
	begin_line(market);
	say(market,
	    "{\"stream\":\"btcusdt@depth@0ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":%" PRId64
	    ",\"T\":%" PRId64 ",\"s\":\"BTCUSDT\",\"U\":%" PRIu64 ",\"u\":%" PRIu64
	    ",\"pu\":%" PRIu64 ",\"b\":[",
	    venue_ms(market), venue_ms(market) - 1, first, market->update, market->last_depth);
	market->last_depth = market->update;
	say_changes(market, market->mid, old - 1, -1);
	say(market, "],\"a\":[");
	say_changes(market, old + 1, market->mid, 1);
	say(market, "]}}");
	end_line(market);
}

static void ticker_line(struct market *market)
{
	begin_line(market);
	say(market,
	    "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"e\":\"bookTicker\",\"u\":%" PRIu64
	    ",\"s\":\"BTCUSDT\",\"b\":",
	    ++market->update);
	say_price(market, market->mid - 1);
	say(market, ",\"B\":");
	say_quantity(market, lots(market));
	say(market, ",\"a\":");
	say_price(market, market->mid + 1);
	say(market, ",\"A\":");
	say_quantity(market, lots(market));
	say(market, ",\"T\":%" PRId64 ",\"E\":%" PRId64 "}}", venue_ms(market), venue_ms(market));
	end_line(market);
}

static void trade_line(struct market *market)
{
	bool seller = random_below(&market->random, 2) == 0;
	begin_line(market);
	say(market,
	    "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":%" PRId64
	    ",\"T\":%" PRId64 ",\"s\":\"BTCUSDT\",\"t\":%" PRIu64 ",\"p\":",
	    venue_ms(market), venue_ms(market), ++market->trade);
	say_price(market, seller ? market->mid - 1 : market->mid + 1);
	say(market, ",\"q\":");
	say_quantity(market, lots(market));
	say(market, ",\"X\":\"MARKET\",\"m\":%s}}", seller ? "true" : "false");
	end_line(market);
}

static void snapshot_line(struct market *market)
{
	begin_line(market);
	say(market, "{\"lastUpdateId\":%" PRIu64 ",\"E\":%" PRId64 ",\"T\":%" PRId64 ",\"bids\":[",
	    market->last_depth, venue_ms(market), venue_ms(market));
	for (unsigned i = 0; i < SNAPSHOT_LEVELS; i++)
		say_level(market, i == 0, market->mid - 1 - (int64_t)i, lots(market));
	say(market, "],\"asks\":[");
	for (unsigned i = 0; i < SNAPSHOT_LEVELS; i++)
		say_level(market, i == 0, market->mid + 1 + (int64_t)i, lots(market));
	say(market, "]}");
	end_line(market);
}

static void write_capture(const char *path)
{
	struct market *market = calloc(1, sizeof(*market));
	if (market == NULL)
		abort();
	random_seed(&market->random, SEED);
	market->local_ns = START_NS;
	market->mid = 618000;
	market->update = market->last_depth = UINT64_C(5123107831937);
	market->trade = UINT64_C(5266583935);
	market->file = gzopen(path, "wb");
	if (market->file == NULL) {
		perror(path);
		abort();
	}
	for (unsigned line = 0; line < LINES; line++) {
		market->local_ns += random_between(&market->random, 1000, 7 * NS_PER_MS);
		uint64_t kind = random_below(&market->random, 100);
		if (line == SNAPSHOT_LINE)
			snapshot_line(market);
		else if (line == 0 || kind < 7)
			depth_line(market);
		else if (kind < 77)
			ticker_line(market);
		else
			trade_line(market);
	}
	if (gzclose(market->file) != Z_OK)
		abort();
	free(market);
}

void raw_capture_open(struct raw_capture *capture, const struct workspace *workspace)
{
	capture->recorded = recorded_file(RECORDED, capture->path);
	if (!capture->recorded)
		write_capture(workspace_path(workspace, "usdm_btcusdt.gz", capture->path));
}

const char *raw_capture_text(const struct raw_capture *capture)
{
	return capture->recorded ? "recorded BTCUSDT" : "made-up BTCUSDT";
}

uint64_t raw_capture_import(const struct raw_capture *capture, const char *out)
{
	struct import_options options = import_defaults();
	const char *files[] = {capture->path};
	struct import_report *report;
	struct error err = {0};
	options.kind = IMPORT_BINANCE_RAW;
	options.out = out;
	options.files = files;
	options.file_count = 1;
	if (!import_run(&options, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	/* A figure over lines that were thrown away would say nothing. */
	assert(import_dropped(&report->total) == 0 && !report->files[0].damaged);
	assert(report->streams[0].synced_at_end && report->streams[0].gaps == 0);
	uint64_t lines = report->total.lines;
	import_report_free(report);
	return lines;
}

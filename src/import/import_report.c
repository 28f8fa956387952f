#include "src/import/import_report.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>

#define MS_DECIMALS 6 /* of nanoseconds in a millisecond */

static void print_time(int64_t ns, FILE *out)
{
	char text[UTC_TEXT_MAX];
	utc_format(ns, 9, text, sizeof(text));
	fputs(text, out);
}

static void print_rows(const struct import_counts *counts, FILE *out)
{
	const char *separator = "";
	for (int i = 0; i < IMPORT_ROWS; i++) {
		if (counts->rows[i] == 0)
			continue;
		fprintf(out, "%s%s %" PRIu64, separator, import_row_name((enum import_row)i),
			counts->rows[i]);
		separator = ", ";
	}
	if (separator[0] == '\0')
		fputs("none", out);
}

static void print_dropped(const struct import_counts *counts, const char *indent, FILE *out)
{
	for (int i = 0; i < IMPORT_DROPS; i++) {
		if (counts->dropped[i] > 0)
			fprintf(out, "%sdropped %" PRIu64 ": %s\n", indent, counts->dropped[i],
				import_drop_name((enum import_drop)i));
	}
	if (counts->stamps_held > 0)
		fprintf(out,
			"%sreceive time ran backwards by up to 1 s in %" PRIu64
			" rows: taken as equal to the row before\n",
			indent, counts->stamps_held);
}

/* A series of rates alone says nothing of prices. */
static bool has_prices(const struct import_stream *stream)
{
	for (int i = 0; i < IMPORT_ROWS; i++) {
		if (i != ROW_FUNDING && i != ROW_OTHER && stream->counts.rows[i] > 0)
			return true;
	}
	return false;
}

static void print_scale(const struct import_stream *stream, FILE *out)
{
	char tick[DECIMAL_TEXT_MAX], lot[DECIMAL_TEXT_MAX];
	if (!has_prices(stream)) {
		fprintf(out,
			"  terms    no prices here: price decimals %u, quantity decimals %u%s\n",
			stream->scale.price_decimals, stream->scale.quantity_decimals,
			stream->price_inferred ? " assumed (else --terms-from DIR)" : "");
		return;
	}
	decimal_format_short(stream->scale.tick_units, stream->scale.price_decimals, tick,
			     sizeof(tick));
	decimal_format_short(stream->scale.lot_units, stream->scale.quantity_decimals, lot,
			     sizeof(lot));
	fprintf(out, "  terms    price decimals %u, tick %s%s; quantity decimals %u, lot %s%s\n",
		stream->scale.price_decimals, tick, stream->price_inferred ? " (inferred)" : "",
		stream->scale.quantity_decimals, lot,
		stream->quantity_inferred ? " (inferred)" : "");
}

static void print_hours(int64_t interval_ns, FILE *out)
{
	char text[DECIMAL_TEXT_MAX];
	i128 e6;
	if (mul_div(interval_ns, 1000000, NS_PER_HOUR, ROUND_HALF_EVEN, &e6)) {
		decimal_format_short(e6, 6, text, sizeof(text));
		fprintf(out, "%s h", text);
	}
}

static void print_book(const struct import_stream *stream, FILE *out)
{
	fprintf(out,
		"  book     %" PRIu64 " levels in diffs, %" PRIu64 " in snapshots, gaps %" PRIu64
		", crossings %" PRIu64 ", older than the snapshot %" PRIu64
		", repeated after it %" PRIu64 ", %s\n",
		stream->depth_levels, stream->snapshot_levels, stream->gaps, stream->crossings,
		stream->stale, stream->repeated,
		stream->synced_at_end ? "whole at the end"
		: stream->counts.rows[ROW_SNAPSHOT] == 0
			? "never whole: no snapshot (bookTicker is usable)"
			: "not whole at the end");
	if (stream->snapshots_too_old + stream->snapshots_not_needed > 0)
		fprintf(out,
			"           snapshots too old for their stream %" PRIu64
			", not needed %" PRIu64 "\n",
			stream->snapshots_too_old, stream->snapshots_not_needed);
	if (stream->off_market > 0)
		fprintf(out,
			"  trades   %" PRIu64 " off market (insurance fund and the like), set "
			"apart\n",
			stream->off_market);
}

static void print_series(const struct import_stream *stream, FILE *out)
{
	char sum[DECIMAL_TEXT_MAX];
	decimal_format_short(stream->rate_sum_e18, MONEY_DECIMALS, sum, sizeof(sum));
	fprintf(out, "  funding  %" PRIu64 " settlements, sum of rates %s, every ",
		stream->settlements, sum);
	print_hours(stream->interval_ns, out);
	if (stream->schedule_changes > 0) {
		fputs(", at the end every ", out);
		print_hours(stream->last_interval_ns, out);
	}
	fprintf(out,
		"\n           irregular: %" PRIu64 " over a minute late, %" PRIu64
		" extra; %" PRIu64 " missing",
		stream->late, stream->extra, stream->missing);
	if (stream->latest_ns > 0) {
		char late[DECIMAL_TEXT_MAX];
		decimal_format_short(stream->latest_ns, 9, late, sizeof(late));
		fprintf(out, "; latest by %s s", late);
	}
	fputc('\n', out);
}

static void print_stream(const struct import_stream *stream, FILE *out)
{
	fprintf(out, "%s:%s\n  rows     ", stream->venue, stream->symbol);
	print_rows(&stream->counts, out);
	fputs("\n  range    ", out);
	print_time(stream->counts.first_ns, out);
	fputs(" to ", out);
	print_time(stream->counts.last_ns, out);
	fputc('\n', out);
	print_scale(stream, out);
	if (stream->counts.rows[ROW_DEPTH] + stream->counts.rows[ROW_SNAPSHOT] > 0)
		print_book(stream, out);
	if (stream->settlements > 0)
		print_series(stream, out);
	print_dropped(&stream->counts, "  ", out);
}

static void print_clock(const struct import_venue *venue, FILE *out)
{
	char offset[DECIMAL_TEXT_MAX], uncertainty[DECIMAL_TEXT_MAX];
	if (!venue->clock.known)
		return;
	decimal_format_short(venue->clock.offset_ns, MS_DECIMALS, offset, sizeof(offset));
	decimal_format_short(venue->clock.uncertainty_ns, MS_DECIMALS, uncertainty,
			     sizeof(uncertainty));
	fprintf(out,
		"%s clock: venue time = receive time + %s ms (last of %" PRIu64
		" estimates), a usual message %s ms later\n",
		venue->name, offset, venue->clock.changes, uncertainty);
	if (venue->clock.outliers > 0)
		fprintf(out, "  %" PRIu64 " event times over a minute off were set aside\n",
			venue->clock.outliers);
}

static bool any_inferred(const struct import_report *report)
{
	for (size_t i = 0; i < report->stream_count; i++) {
		if (report->streams[i].price_inferred || report->streams[i].quantity_inferred)
			return true;
	}
	return false;
}

void import_report_print(const struct import_report *report, FILE *out)
{
	for (size_t i = 0; i < report->stream_count; i++)
		print_stream(&report->streams[i], out);
	for (size_t i = 0; i < report->venue_count; i++)
		print_clock(&report->venues[i], out);
	fputs("files\n", out);
	for (size_t i = 0; i < report->file_count; i++) {
		const struct import_file *file = &report->files[i];
		fprintf(out, "  %s: %" PRIu64 " lines: ", file->path, file->counts.lines);
		print_rows(&file->counts, out);
		fputc('\n', out);
		if (file->damaged)
			fprintf(out, "    DAMAGED: %s\n", file->damage.text);
		print_dropped(&file->counts, "    ", out);
	}
	if (any_inferred(report)) {
		fputs("assumed, as the files do not say (docs/import.md)\n", out);
		for (size_t i = 0; INSTRUMENT_TERMS_DEFAULTS[i] != NULL; i++)
			fprintf(out, "  %s\n", INSTRUMENT_TERMS_DEFAULTS[i]);
	}
	uint64_t dropped = import_dropped(&report->total);
	fprintf(out, "%" PRIu64 " lines, %" PRIu64 " dropped, %" PRIu64 " events written\n",
		report->total.lines, dropped, report->events);
}

static void add_count(cJSON *object, const char *name, uint64_t count)
{
	cJSON_AddNumberToObject(object, name, (double)count);
}

static void add_decimal(cJSON *object, const char *name, i128 units, unsigned decimals)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_format_short(units, decimals, text, sizeof(text));
	cJSON_AddStringToObject(object, name, text);
}

static void add_counts(cJSON *object, const struct import_counts *counts)
{
	char text[UTC_TEXT_MAX];
	add_count(object, "lines", counts->lines);
	cJSON *rows = cJSON_AddObjectToObject(object, "rows");
	for (int i = 0; i < IMPORT_ROWS; i++) {
		if (counts->rows[i] > 0)
			add_count(rows, import_row_name((enum import_row)i), counts->rows[i]);
	}
	cJSON *dropped = cJSON_AddObjectToObject(object, "dropped");
	for (int i = 0; i < IMPORT_DROPS; i++) {
		if (counts->dropped[i] > 0)
			add_count(dropped, import_drop_name((enum import_drop)i),
				  counts->dropped[i]);
	}
	add_count(object, "stamps_held", counts->stamps_held);
	add_decimal(object, "first_ns", counts->first_ns, 0);
	add_decimal(object, "last_ns", counts->last_ns, 0);
	utc_format(counts->first_ns, 9, text, sizeof(text));
	cJSON_AddStringToObject(object, "first", text);
	utc_format(counts->last_ns, 9, text, sizeof(text));
	cJSON_AddStringToObject(object, "last", text);
}

static cJSON *stream_json(const struct import_stream *stream)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "venue", stream->venue);
	cJSON_AddStringToObject(object, "symbol", stream->symbol);
	add_counts(object, &stream->counts);
	add_count(object, "price_decimals", stream->scale.price_decimals);
	add_count(object, "quantity_decimals", stream->scale.quantity_decimals);
	add_decimal(object, "tick", stream->scale.tick_units, stream->scale.price_decimals);
	add_decimal(object, "lot", stream->scale.lot_units, stream->scale.quantity_decimals);
	cJSON_AddBoolToObject(object, "price_inferred", stream->price_inferred);
	cJSON_AddBoolToObject(object, "quantity_inferred", stream->quantity_inferred);
	if (stream->settlements == 0) {
		add_count(object, "depth_levels", stream->depth_levels);
		add_count(object, "snapshot_levels", stream->snapshot_levels);
		add_count(object, "gaps", stream->gaps);
		add_count(object, "crossings", stream->crossings);
		add_count(object, "stale", stream->stale);
		add_count(object, "repeated", stream->repeated);
		add_count(object, "off_market", stream->off_market);
		add_count(object, "snapshots_too_old", stream->snapshots_too_old);
		add_count(object, "snapshots_not_needed", stream->snapshots_not_needed);
		cJSON_AddBoolToObject(object, "synced_at_end", stream->synced_at_end);
		return object;
	}
	add_count(object, "settlements", stream->settlements);
	add_decimal(object, "rate_sum", stream->rate_sum_e18, MONEY_DECIMALS);
	add_decimal(object, "interval_ns", stream->interval_ns, 0);
	add_decimal(object, "last_interval_ns", stream->last_interval_ns, 0);
	add_count(object, "schedule_changes", stream->schedule_changes);
	add_count(object, "late", stream->late);
	add_decimal(object, "latest_ns", stream->latest_ns, 0);
	add_count(object, "extra", stream->extra);
	add_count(object, "missing", stream->missing);
	return object;
}

static cJSON *venue_json(const struct import_venue *venue)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "venue", venue->name);
	if (!venue->clock.known) {
		cJSON_AddNullToObject(object, "clock_offset_ns");
		return object;
	}
	add_decimal(object, "clock_offset_ns", venue->clock.offset_ns, 0);
	add_decimal(object, "clock_uncertainty_ns", venue->clock.uncertainty_ns, 0);
	add_count(object, "clock_estimates", venue->clock.changes);
	add_count(object, "clock_outliers", venue->clock.outliers);
	return object;
}

static cJSON *file_json(const struct import_file *file)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "file", file->path);
	add_counts(object, &file->counts);
	if (file->damaged)
		cJSON_AddStringToObject(object, "damage", file->damage.text);
	return object;
}

bool import_report_print_json(const struct import_report *report, FILE *out)
{
	cJSON *root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "kind", import_kind_name(report->kind));
	add_count(root, "lines", report->total.lines);
	add_count(root, "dropped", import_dropped(&report->total));
	add_count(root, "events", report->events);
	cJSON *streams = cJSON_AddArrayToObject(root, "streams");
	for (size_t i = 0; i < report->stream_count; i++)
		cJSON_AddItemToArray(streams, stream_json(&report->streams[i]));
	cJSON *venues = cJSON_AddArrayToObject(root, "venues");
	for (size_t i = 0; i < report->venue_count; i++)
		cJSON_AddItemToArray(venues, venue_json(&report->venues[i]));
	cJSON *files = cJSON_AddArrayToObject(root, "files");
	for (size_t i = 0; i < report->file_count; i++)
		cJSON_AddItemToArray(files, file_json(&report->files[i]));
	cJSON *assumed = cJSON_AddArrayToObject(root, "assumed");
	for (size_t i = 0; any_inferred(report) && INSTRUMENT_TERMS_DEFAULTS[i] != NULL; i++)
		cJSON_AddItemToArray(assumed, cJSON_CreateString(INSTRUMENT_TERMS_DEFAULTS[i]));
	char *text = cJSON_Print(root);
	cJSON_Delete(root);
	if (text == NULL)
		return false;
	fprintf(out, "%s\n", text);
	free(text);
	return true;
}

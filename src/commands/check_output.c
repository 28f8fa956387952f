#include "core/base/decimal.h"
#include "src/commands/check.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

void check_write_text(const struct check *check, FILE *out)
{
	char fees[DECIMAL_TEXT_MAX], hourly[DECIMAL_TEXT_MAX], yearly[DECIMAL_TEXT_MAX],
		hours[DECIMAL_TEXT_MAX];
	size_t wrong = 0;
	for (size_t i = 0; i < check->line_count; i++) {
		const struct check_line *line = &check->lines[i];
		fprintf(out, "%s %s\n", line->good ? "✓" : "✗", line->text);
		if (line->remedy[0])
			fprintf(out, "    %s\n", line->remedy);
		wrong += !line->good;
	}
	if (check->threshold_count > 0) {
		fprintf(out,
			"\nThresholds as a steady rate, against %s bp of fees (the cheapest round "
			"trip above)\n  %-20s %-26s %10s %10s %16s\n",
			check_bp(check->fees_e18, fees, sizeof(fees)), "key", "value", "%/hour",
			"%/year", "h to break even");
		for (size_t i = 0; i < check->threshold_count; i++) {
			const struct check_threshold *threshold = &check->thresholds[i];
			fprintf(out, "  %-20s %-26s %10s %10s %16s\n", threshold->name,
				threshold->text,
				check_percent(threshold->rate.e18, 6, hourly, sizeof(hourly)),
				check_percent(rate_per_hour_as_per_year_e18(threshold->rate), 2,
					      yearly, sizeof(yearly)),
				check_hours(threshold->break_even_ns, hours, sizeof(hours)));
		}
		fputs("A spread is not expected to last (docs/strategy.md): the spreads above are "
		      "what must be there\nright before a settlement, slippage and basis not yet "
		      "paid.\n",
		      out);
	}
	if (wrong == 0)
		fputs("\nAll is well.\n", out);
	else
		fprintf(out, "\n%zu finding%s to look after.\n", wrong, wrong == 1 ? "" : "s");
}

/* ---- JSON: every figure as text, so that none passes through cJSON's doubles --------------------
 */

static void put_text(cJSON *object, const char *key, const char *text)
{
	if (!cJSON_AddStringToObject(object, key, text))
		abort();
}

static cJSON *put_array(cJSON *object, const char *key)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);
	if (!array)
		abort();
	return array;
}

static cJSON *append_object(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();
	if (!object || !cJSON_AddItemToArray(array, object))
		abort();
	return object;
}

static void put_bool(cJSON *object, const char *key, bool value)
{
	if (!cJSON_AddBoolToObject(object, key, value))
		abort();
}

static void put_rate(cJSON *object, struct rate_per_hour rate)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_format_short(rate_per_hour_as_per_8h_e18(rate), 14, text, sizeof(text));
	put_text(object, "bp_per_8h", text);
	decimal_format_short(rate.e18, 16, text, sizeof(text));
	put_text(object, "percent_per_hour", text);
	decimal_format_short(rate_per_hour_as_per_year_e18(rate), 16, text, sizeof(text));
	put_text(object, "percent_per_year", text);
}

static void put_break_even(cJSON *object, int64_t ns)
{
	char text[DECIMAL_TEXT_MAX];
	if (ns == INT64_MAX) {
		if (!cJSON_AddNullToObject(object, "hours_to_break_even"))
			abort();
		return;
	}
	put_text(object, "hours_to_break_even", check_hours(ns, text, sizeof(text)));
}

static void put_venues(cJSON *array, const struct check *check, const struct check_venues *venues)
{
	char text[DECIMAL_TEXT_MAX], name[INSTRUMENT_NAME_MAX];
	cJSON *object = append_object(array);
	cJSON *names = put_array(object, "venues"), *cheapest;
	for (size_t i = 0; i < 2; i++)
		if (!cJSON_AddItemToArray(names, cJSON_CreateString(venue_name(check->instruments,
									       venues->venues[i]))))
			abort();
	cheapest = put_array(object, "instruments");
	for (size_t i = 0; i < 2; i++) {
		instrument_name(check->instruments, venues->instruments[i], name, sizeof(name));
		if (!cJSON_AddItemToArray(cheapest, cJSON_CreateString(name)))
			abort();
	}
	if (!cJSON_AddNumberToObject(object, "pairs", (double)venues->pairs) ||
	    !cJSON_AddNumberToObject(object, "reachable", (double)venues->reachable))
		abort();
	decimal_format_short(venues->threshold.fees_e18, 14, text, sizeof(text));
	put_text(object, "fees_bp", text);
	if (!venues->threshold.reachable) {
		if (!cJSON_AddNullToObject(object, "smallest_spread"))
			abort();
		return;
	}
	cJSON *spread = cJSON_AddObjectToObject(object, "smallest_spread");
	if (!spread)
		abort();
	put_rate(spread, venues->threshold.smallest);
	put_break_even(spread, venues->threshold.break_even_ns);
}

void check_write_json(const struct check *check, FILE *out)
{
	cJSON *root = cJSON_CreateObject();
	if (!root)
		abort();
	put_bool(root, "good", check_all_good(check));
	cJSON *lines = put_array(root, "checks");
	for (size_t i = 0; i < check->line_count; i++) {
		cJSON *line = append_object(lines);
		put_bool(line, "good", check->lines[i].good);
		put_text(line, "text", check->lines[i].text);
		if (check->lines[i].remedy[0])
			put_text(line, "remedy", check->lines[i].remedy);
	}
	cJSON *venues = put_array(root, "venues");
	for (size_t i = 0; i < check->venues_count; i++)
		put_venues(venues, check, &check->venues[i]);
	cJSON *thresholds = put_array(root, "thresholds");
	for (size_t i = 0; i < check->threshold_count; i++) {
		cJSON *threshold = append_object(thresholds);
		put_text(threshold, "key", check->thresholds[i].name);
		put_text(threshold, "value", check->thresholds[i].text);
		put_rate(threshold, check->thresholds[i].rate);
		put_break_even(threshold, check->thresholds[i].break_even_ns);
	}
	char *text = cJSON_Print(root);
	if (!text)
		abort();
	fprintf(out, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(root);
}

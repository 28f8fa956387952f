#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/scan.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <unistd.h>

struct figure {
	char text[DECIMAL_TEXT_MAX];
};

/* A fraction at scale 18 times 10^shift, with `decimals`, rounded half-even. */
static struct figure figure(i128 fraction_e18, unsigned shift, unsigned decimals)
{
	struct figure out = {"-"};
	i128 units;
	if (mul_div(fraction_e18, i128_power_of_ten(shift + decimals), MONEY_ONE, ROUND_HALF_EVEN,
		    &units))
		decimal_format(units, decimals, out.text, sizeof(out.text));
	return out;
}

#define percent(fraction, decimals) figure((fraction), 2, (decimals)).text
#define basis_points(fraction)	    figure((fraction), 4, 1).text

static struct figure hours(int64_t ns)
{
	struct figure out = {"never"};
	if (ns != INT64_MAX)
		decimal_format((i128)ns / (NS_PER_HOUR / 10), 1, out.text, sizeof(out.text));
	return out;
}

static struct figure whole(struct money amount)
{
	struct figure out;
	money_format(amount, out.text, sizeof(out.text));
	return out;
}

static const char *venue_of(const struct scan *scan, instrument_id id)
{
	const struct instrument_table *table = scan->venues->instruments;
	return venue_name(table, instrument_get(table, id)->venue);
}

static const char *symbol_of(const struct scan *scan, instrument_id id)
{
	return instrument_get(scan->venues->instruments, id)->symbol;
}

static const char *coin_of(const struct scan *scan, const struct scan_row *row)
{
	const struct instrument_table *table = scan->venues->instruments;
	return asset_name(table, instrument_get(table, row->legs[0].instrument)->canonical);
}

/* Minutes until the leg's next settlement, by its venue's clock. */
static long long minutes_until(const struct scan *scan, const struct scan_leg *leg)
{
	const struct public_venues *venues = scan->venues;
	venue_id venue = instrument_get(venues->instruments, leg->instrument)->venue;
	int64_t now =
		market_state_venue_time(venues->market, venue, scheduler_now(venues->scheduler));
	return (leg->next_ns - now + NS_PER_MINUTE - 1) / NS_PER_MINUTE;
}

static void write_row(const struct scan *scan, const struct scan_row *row, bool colour, FILE *out)
{
	const struct scan_leg *lower = &row->legs[0], *higher = &row->legs[1];
	bool gain = row->depth_known && row->net_e18 > 0;
	fprintf(out, "%s%-9s %-12s %10s %5s %4lld  %-12s %10s %5s %4lld %10s %7s%s %9s %9s%s\n",
		colour && gain ? "\033[32m" : "", coin_of(scan, row),
		venue_of(scan, lower->instrument), percent(lower->rate.e18, 5),
		hours(lower->interval_ns).text, minutes_until(scan, lower),
		venue_of(scan, higher->instrument), percent(higher->rate.e18, 5),
		hours(higher->interval_ns).text, minutes_until(scan, higher),
		percent(rate_per_hour_as_per_year_e18(row->edge), 1),
		basis_points(row->round_trip_e18), row->depth_known ? " " : "*",
		basis_points(row->net_e18), hours(row->break_even_ns).text,
		colour && gain ? "\033[0m" : "");
}

void scan_write_table(const struct scan *scan, FILE *out)
{
	const struct public_venues *venues = scan->venues;
	bool colour = isatty(fileno(out)) == 1;
	bool starred = false;
	for (size_t i = 0; i < venues->count; i++)
		if (venues->venues[i].phase != PUBLIC_VENUE_UP)
			fprintf(out, "%s is left out: %s\n", venues->venues[i].config->name,
				venues->venues[i].why);
	fprintf(out, "%-9s %-12s %10s %5s %4s  %-12s %10s %5s %4s %10s %8s %9s %9s\n", "coin",
		"long at", "rate %", "per h", "min", "short at", "rate %", "per h", "min",
		"edge %/yr", "cost bp", "net bp", "even h");
	for (size_t i = 0; i < scan->row_count; i++) {
		write_row(scan, &scan->rows[i], colour, out);
		starred = starred || !scan->rows[i].depth_known;
	}
	if (scan->row_count == 0)
		fputs("No coin trades at two venues that answered.\n", out);
	fprintf(out,
		"\nmin: minutes to the settlement; cost: four taker fees and the slippage of %s "
		"USD "
		"a leg;\nnet: %s h at these rates less cost; even: hours until cost is earned. "
		"Rates "
		"do not stay as they are.\n",
		whole(scan->options.size).text, hours(scan->options.horizon_ns).text);
	if (starred)
		fputs("* fees alone: depth was not read, or does not hold the size\n", out);
	if (scan->exclusion_count > 0)
		fprintf(out,
			"Left out: %zu markets (delisted, hidden, reduce-only, ...); --json "
			"names them.\n",
			scan->exclusion_count);
	fflush(out);
}

/* ---- JSON: every figure as text -------------------------------------------------------------- */

static void put(cJSON *object, const char *key, const char *text)
{
	if (!cJSON_AddStringToObject(object, key, text))
		abort();
}

static cJSON *append(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();
	if (!object || !cJSON_AddItemToArray(array, object))
		abort();
	return object;
}

static cJSON *put_array(cJSON *object, const char *key)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);
	if (!array)
		abort();
	return array;
}

static void put_leg(const struct scan *scan, cJSON *row, const char *key,
		    const struct scan_leg *leg)
{
	char time[UTC_TEXT_MAX];
	cJSON *object = cJSON_AddObjectToObject(row, key);
	if (!object)
		abort();
	put(object, "venue", venue_of(scan, leg->instrument));
	put(object, "symbol", symbol_of(scan, leg->instrument));
	put(object, "rate_per_interval", whole((struct money){leg->rate.e18}).text);
	put(object, "interval_hours", hours(leg->interval_ns).text);
	put(object, "rate_per_year_percent",
	    percent(rate_per_hour_as_per_year_e18(leg->per_hour), 4));
	utc_format(leg->next_ns, 0, time, sizeof(time));
	put(object, "next_settlement", time);
}

void scan_write_json(const struct scan *scan, FILE *out)
{
	const struct public_venues *venues = scan->venues;
	char time[UTC_TEXT_MAX];
	cJSON *root = cJSON_CreateObject();
	if (!root)
		abort();
	utc_format(scheduler_now(venues->scheduler), 3, time, sizeof(time));
	put(root, "time", time);
	put(root, "size_usd", whole(scan->options.size).text);
	put(root, "horizon_hours", hours(scan->options.horizon_ns).text);
	cJSON *list = put_array(root, "venues");
	for (size_t i = 0; i < venues->count; i++) {
		cJSON *venue = append(list);
		bool up = venues->venues[i].phase == PUBLIC_VENUE_UP;
		put(venue, "venue", venues->venues[i].config->name);
		if (!cJSON_AddBoolToObject(venue, "up", up))
			abort();
		if (!up)
			put(venue, "why", venues->venues[i].why);
	}
	list = put_array(root, "pairs");
	for (size_t i = 0; i < scan->row_count; i++) {
		const struct scan_row *row = &scan->rows[i];
		cJSON *object = append(list);
		put(object, "coin", coin_of(scan, row));
		put_leg(scan, object, "long", &row->legs[0]);
		put_leg(scan, object, "short", &row->legs[1]);
		put(object, "edge_per_year_percent",
		    percent(rate_per_hour_as_per_year_e18(row->edge), 4));
		put(object, "fees_bp", basis_points(row->fees_e18));
		if (row->depth_known)
			put(object, "round_trip_bp", basis_points(row->round_trip_e18));
		put(object, "net_bp", basis_points(row->net_e18));
		if (row->break_even_ns != INT64_MAX)
			put(object, "break_even_hours", hours(row->break_even_ns).text);
	}
	list = put_array(root, "left_out");
	for (size_t i = 0; i < scan->exclusion_count; i++) {
		cJSON *object = append(list);
		put(object, "venue", venue_of(scan, scan->exclusions[i].instrument));
		put(object, "symbol", symbol_of(scan, scan->exclusions[i].instrument));
		put(object, "why", scan->exclusions[i].why);
	}
	char *text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (!text)
		abort();
	fprintf(out, "%s\n", text);
	fflush(out);
	cJSON_free(text);
}

/* Which pairs there are, what each pair of venues asks of an entry, and what an account needs. */
#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/commands/check.h"

#include <string.h>

#define BASIS_POINT ((i128)100000000000000)

const char *check_percent(i128 rate_e18, unsigned decimals, char *buffer, size_t size)
{
	i128 units = 0;
	if (!i128_div_round(rate_e18, i128_power_of_ten(16 - decimals), ROUND_HALF_EVEN, &units))
		return "?";
	decimal_format_short(units, decimals, buffer, size);
	return buffer;
}

const char *check_bp(i128 fraction_e18, char *buffer, size_t size)
{
	i128 units = 0;
	if (!i128_div_round(fraction_e18, BASIS_POINT / 1000, ROUND_HALF_EVEN, &units))
		return "?";
	decimal_format_short(units, 3, buffer, size);
	return buffer;
}

const char *check_hours(int64_t ns, char *buffer, size_t size)
{
	i128 units = 0;
	if (ns == INT64_MAX || !i128_div_round(ns, NS_PER_HOUR / 10, ROUND_HALF_EVEN, &units)) {
		snprintf(buffer, size, "never");
		return buffer;
	}
	decimal_format_short(units, 1, buffer, size);
	return buffer;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static bool is_listed(const struct config *config, const struct instrument_table *table,
		      const struct instrument *a, const struct instrument *b)
{
	for (size_t i = 0; i < config->pair_count; i++) {
		for (size_t turn = 0; turn < 2; turn++) {
			const struct instrument *first = turn ? b : a, *second = turn ? a : b;
			if (strcmp(config->pairs[i].venue[0], venue_name(table, first->venue)) ==
				    0 &&
			    strcmp(config->pairs[i].symbol[0], first->symbol) == 0 &&
			    strcmp(config->pairs[i].venue[1], venue_name(table, second->venue)) ==
				    0 &&
			    strcmp(config->pairs[i].symbol[1], second->symbol) == 0)
				return true;
		}
	}
	return false;
}

/* The strategy's own rule. */
static bool pair_up(const struct config *config, const struct instrument_table *table,
		    const struct instrument *a, const struct instrument *b)
{
	if (a->kind == INSTRUMENT_SPOT && b->kind == INSTRUMENT_SPOT)
		return false;
	if (config->pair_count > 0)
		return is_listed(config, table, a, b);
	return a->canonical == b->canonical && (a->venue != b->venue || a->kind != b->kind);
}

/* A listed pair is looked at whatever its markets' status. */
static bool can_be_opened(const struct config *config, const struct instrument_table *table,
			  instrument_id id)
{
	enum market_status status = instrument_latest(table, id)->rules.status;
	return !instrument_is_retired(table, id) &&
	       (status == MARKET_TRADING || config->pair_count > 0);
}

static bool makes_pair(const struct config *config, const struct instrument_table *table,
		       instrument_id a, instrument_id b)
{
	return can_be_opened(config, table, a) && can_be_opened(config, table, b) &&
	       pair_up(config, table, instrument_get(table, a), instrument_get(table, b));
}

bool check_is_traded(const struct config *config, const struct instrument_table *table,
		     instrument_id id)
{
	for (instrument_id other = 1; other <= instrument_count(table); other++)
		if (other != id && makes_pair(config, table, id, other))
			return true;
	return false;
}

static struct check_venues *venues_of(struct check *check, venue_id a, venue_id b)
{
	venue_id low = a < b ? a : b, high = a < b ? b : a;
	for (size_t i = 0; i < check->venues_count; i++)
		if (check->venues[i].venues[0] == low && check->venues[i].venues[1] == high)
			return &check->venues[i];
	struct check_venues *venues = &check->venues[check->venues_count++];
	*venues = (struct check_venues){.venues = {low, high}};
	return venues;
}

static bool better(const struct spread_threshold *one, const struct spread_threshold *other)
{
	if (one->reachable != other->reachable)
		return one->reachable;
	return one->smallest.e18 < other->smallest.e18;
}

static void add_pair(struct check *check, const struct instrument *a, const struct instrument *b)
{
	const struct config *config = check->config;
	const struct instrument *legs[2] = {a, b};
	struct threshold_terms terms = {
		.horizon_ns = config->horizon_ns,
		.settlement_window_ns = config->settlement_window_ns,
		.minimum_edge_e18 = config->minimum_net_edge_bp * BASIS_POINT,
	};
	for (size_t leg = 0; leg < 2; leg++) {
		const struct instrument_revision *latest =
			instrument_latest(check->instruments, legs[leg]->id);
		terms.funding[leg] = latest->funding;
		terms.taker[leg] = latest->fees.taker;
		check->seen[legs[leg]->id].in_pair = true;
	}
	struct check_venues *venues = venues_of(check, a->venue, b->venue);
	struct spread_threshold threshold;
	if (!spread_threshold(&terms, &threshold)) {
		char one[INSTRUMENT_NAME_MAX], two[INSTRUMENT_NAME_MAX];
		check_say(check, false, "set funding_interval_hours in [instrument VENUE:SYMBOL]",
			  "%s with %s: a funding interval outside a minute to a day",
			  instrument_name(check->instruments, a->id, one, sizeof(one)),
			  instrument_name(check->instruments, b->id, two, sizeof(two)));
		threshold = (struct spread_threshold){.break_even_ns = INT64_MAX};
	}
	i128 most = config->maximum_round_trip_bp * BASIS_POINT;
	if (most > 0 && threshold.fees_e18 > most)
		threshold.reachable = false;
	venues->reachable += threshold.reachable;
	if (venues->pairs++ == 0 || better(&threshold, &venues->threshold)) {
		venues->threshold = threshold;
		venues->instruments[0] = a->id;
		venues->instruments[1] = b->id;
	}
}

static void say_unreachable(struct check *check, const struct check_venues *venues,
			    const char *names)
{
	const struct spread_threshold *threshold = &venues->threshold;
	i128 most = check->config->maximum_round_trip_bp * BASIS_POINT;
	char fees[DECIMAL_TEXT_MAX], spread[DECIMAL_TEXT_MAX];
	check_bp(threshold->fees_e18, fees, sizeof(fees));
	check_bp(rate_per_hour_as_per_8h_e18(threshold->smallest), spread, sizeof(spread));
	if (most > 0 && threshold->fees_e18 > most)
		check_say(check, false, "raise maximum_round_trip_bp, or pay lower fees",
			  "%s can never be opened: fees alone are %s bp, maximum_round_trip_bp is "
			  "%d",
			  names, fees, (int)check->config->maximum_round_trip_bp);
	else if (threshold->capped)
		check_say(check, false, "lower minimum_net_edge_bp, or pay lower fees",
			  "%s can never be opened: %s bp per 8 h are needed, beyond the caps of "
			  "their rates",
			  names, spread);
	else
		check_say(check, false, "raise horizon_hours, or leave the venues out",
			  "%s can never be opened: no settlement within the horizon", names);
}

static void say_venues(struct check *check, const struct check_venues *venues)
{
	char names[224], fees[DECIMAL_TEXT_MAX], spread[DECIMAL_TEXT_MAX], hourly[DECIMAL_TEXT_MAX],
		yearly[DECIMAL_TEXT_MAX], hours[DECIMAL_TEXT_MAX], dead[64] = "";
	const struct spread_threshold *threshold = &venues->threshold;
	snprintf(names, sizeof(names), "%s and %s (%zu pair%s, %s%s with %s)",
		 venue_name(check->instruments, venues->venues[0]),
		 venue_name(check->instruments, venues->venues[1]), venues->pairs,
		 venues->pairs == 1 ? "" : "s", venues->pairs == 1 ? "" : "first ",
		 instrument_get(check->instruments, venues->instruments[0])->symbol,
		 instrument_get(check->instruments, venues->instruments[1])->symbol);
	if (!threshold->reachable) {
		say_unreachable(check, venues, names);
		return;
	}
	if (venues->reachable < venues->pairs)
		snprintf(dead, sizeof(dead), "; %zu of the pairs can never be opened",
			 venues->pairs - venues->reachable);
	check_say(
		check, true, "",
		"%s need a spread of %s bp per 8 h (%s %%/hour, %s %%/year) for %s bp of fees and "
		"%d bp of edge; the fees are paid after %s h%s",
		names,
		check_bp(rate_per_hour_as_per_8h_e18(threshold->smallest), spread, sizeof(spread)),
		check_percent(threshold->smallest.e18, 6, hourly, sizeof(hourly)),
		check_percent(rate_per_hour_as_per_year_e18(threshold->smallest), 2, yearly,
			      sizeof(yearly)),
		check_bp(threshold->fees_e18, fees, sizeof(fees)),
		(int)check->config->minimum_net_edge_bp,
		check_hours(threshold->break_even_ns, hours, sizeof(hours)), dead);
	if (!check->fees_known || threshold->fees_e18 < check->fees_e18)
		check->fees_e18 = threshold->fees_e18;
	check->fees_known = true;
}

void check_pairs(struct check *check)
{
	size_t count = instrument_count(check->instruments);
	if (!check->config->strategy_enabled) {
		check_say(check, true, "",
			  "the strategy is off ([strategy] enabled = no): only a script trades");
		return;
	}
	for (instrument_id a = 1; a <= count; a++)
		for (instrument_id b = a + 1; b <= count; b++)
			if (makes_pair(check->config, check->instruments, a, b))
				add_pair(check, instrument_get(check->instruments, a),
					 instrument_get(check->instruments, b));
	if (check->venues_count == 0)
		check_say(check, false,
			  "record a second venue of the same coin, or name them with `pair`",
			  "no two instruments make a pair: nothing can be opened");
	for (size_t i = 0; i < check->venues_count; i++)
		say_venues(check, &check->venues[i]);
}

/* ---- data, limits and money of the paired instruments ------------------------------------------
 */

static void check_data(struct check *check, const struct instrument *instrument, const char *name)
{
	const struct check_seen *seen = &check->seen[instrument->id];
	bool pays = instrument_latest(check->instruments, instrument->id)->funding.pays;
	if (seen->books == 0)
		check_say(check, false, "record its books, or leave it out of the pairs",
			  "%s has no order book in the recordings: it cannot be traded", name);
	if (pays && seen->fundings == 0)
		check_say(
			check, false,
			"add its rates: `fundarb import --from funding-csv`, a second `recording`",
			"%s has no funding rate in the recordings: every entry is refused "
			"(funding_known)",
			name);
}

static void check_limits(struct check *check, const struct instrument *instrument, const char *name)
{
	const struct config *config = check->config;
	const struct order_rules *rules =
		&instrument_latest(check->instruments, instrument->id)->rules;
	char wanted[DECIMAL_TEXT_MAX], least[DECIMAL_TEXT_MAX];
	if (instrument->kind != INSTRUMENT_SPOT && config->leverage > rules->maximum_leverage)
		check_say(check, false, "lower [risk] leverage",
			  "leverage %d is more than %s allows, %d: every entry is refused",
			  (int)config->leverage, name, (int)rules->maximum_leverage);
	if (config->notional.e18 < rules->minimum_notional.e18) {
		money_format(config->notional, wanted, sizeof(wanted));
		money_format(rules->minimum_notional, least, sizeof(least));
		check_say(check, false, "raise notional_usd",
			  "notional_usd %s is below the smallest order of %s, %s", wanted, name,
			  least);
	}
}

static struct money deposited(const struct config_venue *venue, const char *asset)
{
	for (size_t i = 0; venue && i < venue->deposit_count; i++)
		if (strcmp(venue->deposits[i].asset, asset) == 0)
			return venue->deposits[i].amount;
	return (struct money){0};
}

/* One line for each asset of a venue, not for each of its markets. */
#define DEPOSITS_SAID_MAX 64
struct deposits_said {
	size_t count;
	struct {
		venue_id venue;
		asset_id asset;
	} of[DEPOSITS_SAID_MAX];
};

static bool first_time(struct deposits_said *said, venue_id venue, asset_id asset)
{
	for (size_t i = 0; i < said->count; i++)
		if (said->of[i].venue == venue && said->of[i].asset == asset)
			return false;
	if (said->count < DEPOSITS_SAID_MAX) {
		said->of[said->count].venue = venue;
		said->of[said->count++].asset = asset;
	}
	return true;
}

/* What the account must hold before one leg can be opened; inverse: an amount that hangs on the
 * price, so more than nothing. */
static void check_deposit(struct check *check, const struct instrument *instrument,
			  const char *name, struct deposits_said *said)
{
	const struct config *config = check->config;
	const char *venue = venue_name(check->instruments, instrument->venue);
	bool spot = instrument->kind == INSTRUMENT_SPOT;
	const char *asset =
		asset_name(check->instruments, spot ? instrument->quote : instrument->settle);
	struct money have = deposited(config_find_venue(config, venue), asset), needed = {1};
	char remedy[160], have_text[DECIMAL_TEXT_MAX], needed_text[DECIMAL_TEXT_MAX];
	if (spot)
		needed = config->notional;
	else if (instrument->kind == INSTRUMENT_LINEAR)
		needed.e18 = config->notional.e18 / config->leverage;
	if (have.e18 >= needed.e18 ||
	    !first_time(said, instrument->venue, spot ? instrument->quote : instrument->settle))
		return;
	snprintf(remedy, sizeof(remedy), "deposit = AMOUNT %s in [venue %s]", asset, venue);
	money_format(have, have_text, sizeof(have_text));
	money_format((struct money){needed.e18 - needed.e18 % (MONEY_ONE / 100)}, needed_text,
		     sizeof(needed_text));
	if (have.e18 == 0)
		check_say(check, false, remedy, "%s has no deposit of %s, which %s needs", venue,
			  asset, name);
	else
		check_say(check, false, remedy, "%s has %s %s; one leg in %s needs more than %s",
			  venue, have_text, asset, name, needed_text);
}

static bool each_paired(struct check *check, bool data, bool deposits)
{
	bool any = false;
	struct deposits_said said = {0};
	for (instrument_id id = 1; id <= instrument_count(check->instruments); id++) {
		const struct instrument *instrument = instrument_get(check->instruments, id);
		char name[INSTRUMENT_NAME_MAX];
		if (!check->seen[id].in_pair)
			continue;
		any = true;
		instrument_name(check->instruments, id, name, sizeof(name));
		if (data)
			check_data(check, instrument, name);
		check_limits(check, instrument, name);
		if (deposits)
			check_deposit(check, instrument, name, &said);
	}
	return any;
}

bool check_sizes(struct check *check, bool deposits)
{
	return each_paired(check, false, deposits);
}

void check_money(struct check *check)
{
	size_t before = check->line_count;
	bool any = each_paired(check, true, true);
	if (any && check->line_count == before)
		check_say(check, true, "",
			  "every instrument of a pair has books, rates, room for the size and "
			  "money");
}

/* ---- thresholds ------------------------------------------------------------------------------ */

static void add_threshold(struct check *check, const char *name, int32_t bp, int64_t span_ns,
			  const char *more)
{
	struct check_threshold *threshold = &check->thresholds[check->threshold_count++];
	char span[DECIMAL_TEXT_MAX];
	threshold->name = name;
	snprintf(threshold->text, sizeof(threshold->text), "%d bp in %s h%s", (int)bp,
		 check_hours(span_ns, span, sizeof(span)), more);
	if (!threshold_per_hour(bp, span_ns, &threshold->rate))
		threshold->rate.e18 = 0;
	threshold->break_even_ns = threshold_break_even_ns(threshold->rate, check->fees_e18);
}

void check_thresholds(struct check *check)
{
	const struct config *config = check->config;
	if (!config->strategy_enabled || !check->fees_known)
		return;
	add_threshold(check, "minimum_net_edge_bp", config->minimum_net_edge_bp, config->horizon_ns,
		      " after costs");
	add_threshold(check, "exit_edge_bp", config->exit_edge_bp, config->horizon_ns, "");
	add_threshold(check, "switch_margin_bp", config->switch_margin_bp, config->horizon_ns, "");
	add_threshold(check, "flip_margin_bp", config->flip_margin_bp, 8 * NS_PER_HOUR, "");
}

/* Whether what the file wants to trade is there, trades, and is the same coin at both venues. */
#include "src/commands/check_live.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "core/market/asset_identity.h"
#include "config/schema.h"

#include <string.h>

#define READ_PATIENCE_NS (15 * NS_PER_SECOND)

static void overview_answered(void *user, const struct read_result *result)
{
	struct check_live *live = user;
	live->awaited--;
	for (size_t i = 0; result->outcome == READ_VALUE && i < result->u.funding.count; i++) {
		const struct market_event *event = &result->u.funding.events[i];
		if (event->kind == EVENT_MARK && (event->u.mark.fields & MARK_HAS_MARK))
			live->marks[event->instrument] = event->u.mark.mark;
	}
}

static void read_marks(struct check_live *live)
{
	struct public_venues *venues = live->markets;
	struct read_request request = {.kind = READ_OVERVIEW};
	for (size_t i = 0; i < venues->count; i++) {
		if (venues->venues[i].phase != PUBLIC_VENUE_UP)
			continue;
		live->awaited++;
		exchange_read(venues->venues[i].client, &request,
			      network_now_ns(venues->network) + READ_PATIENCE_NS, overview_answered,
			      live);
	}
	check_await(live, venues);
	live->awaited = 0;
}

/* ---- listed symbols -------------------------------------------------------------------------- */

static void say_unknown(struct check *check, int line, venue_id venue, const char *symbol)
{
	const char *names[INSTRUMENTS_MAX], *nearest;
	size_t count = 0;
	char remedy[160] = "`fundarb scan` lists the markets";
	for (instrument_id id = 1; id <= instrument_count(check->instruments); id++)
		if (instrument_get(check->instruments, id)->venue == venue)
			names[count++] = instrument_get(check->instruments, id)->symbol;
	nearest = nearest_name(symbol, names, count);
	if (nearest)
		snprintf(remedy, sizeof(remedy), "nearest: %s", nearest);
	check_say(check, false, remedy, "line %d: %s has no market %s", line,
		  venue_name(check->instruments, venue), symbol);
}

static void check_symbol(struct check_live *live, int line, const char *venue, const char *symbol)
{
	struct check *check = live->check;
	venue_id id = instrument_table_find_venue(check->instruments, venue);
	struct public_venue *asked = id ? public_venues_find(live->markets, id) : NULL;
	if (!asked) {
		check_say(check, false, "add its [venue NAME] section, or correct the pair",
			  "line %d: venue %s is not configured", line, venue);
		return;
	}
	if (asked->phase != PUBLIC_VENUE_UP)
		return; /* said already */
	instrument_id found = instrument_find(check->instruments, id, symbol);
	if (!found) {
		say_unknown(check, line, id, symbol);
		return;
	}
	enum market_status status = instrument_latest(check->instruments, found)->rules.status;
	check_say(check, status == MARKET_TRADING,
		  status == MARKET_TRADING ? "" : "leave the pair out", "%s:%s is %s", venue,
		  symbol, market_status_text(status));
}

/* ---- the same coin? -------------------------------------------------------------------------- */

/* Of one token, at scale 18; false: not known. */
static bool token_price(const struct check_live *live, instrument_id id, i128 *e18)
{
	return live->marks[id].e18 > 0 &&
	       i128_div_round(live->marks[id].e18,
			      instrument_get(live->check->instruments, id)->multiplier,
			      ROUND_HALF_EVEN, e18) &&
	       *e18 > 0;
}

/* How many basis points the higher is above the lower; false: not known. */
static bool distance(const struct check_live *live, instrument_id a, instrument_id b, i128 *bp)
{
	i128 one, two;
	if (!token_price(live, a, &one) || !token_price(live, b, &two))
		return false;
	i128 low = one < two ? one : two, high = one < two ? two : one;
	return mul_div(high - low, 10000, low, ROUND_HALF_EVEN, bp);
}

struct identity_count {
	size_t pairs, alike;
};

static void check_identity(struct check_live *live, instrument_id a, instrument_id b,
			   struct identity_count *count)
{
	struct check *check = live->check;
	char one[INSTRUMENT_NAME_MAX], two[INSTRUMENT_NAME_MAX];
	i128 bp;
	/* Where nobody listed the pair, the strategy leaves such a one out by itself. */
	bool left_out = live->config->pair_count == 0 && live->config->identity_required;
	count->pairs++;
	instrument_name(check->instruments, a, one, sizeof(one));
	instrument_name(check->instruments, b, two, sizeof(two));
	if (!distance(live, a, b, &bp))
		check_say(check, left_out, left_out ? "" : "try again",
			  "%s and %s: no mark price says whether they are the same coin", one, two);
	else if (bp > IDENTITY_TOLERANCE_BP)
		check_say(check, left_out,
			  left_out ? "" : "the same name for two coins: leave the pair out",
			  "%s and %s: their prices per token differ by %lld bp%s", one, two,
			  (long long)bp, left_out ? ": they are never paired" : "");
	else
		count->alike++;
}

static bool trades(const struct check *check, instrument_id id)
{
	return !instrument_is_retired(check->instruments, id) &&
	       instrument_latest(check->instruments, id)->rules.status == MARKET_TRADING;
}

static void check_shared(struct check_live *live, struct identity_count *count)
{
	const struct instrument_table *table = live->check->instruments;
	for (instrument_id a = 1; a <= instrument_count(table); a++) {
		const struct instrument *one = instrument_get(table, a);
		for (instrument_id b = a + 1; b <= instrument_count(table); b++) {
			const struct instrument *two = instrument_get(table, b);
			if (one->canonical == two->canonical && one->venue != two->venue &&
			    trades(live->check, a) && trades(live->check, b))
				check_identity(live, a, b, count);
		}
	}
}

static instrument_id find(const struct check *check, const char *venue, const char *symbol)
{
	venue_id id = instrument_table_find_venue(check->instruments, venue);
	return id ? instrument_find(check->instruments, id, symbol) : 0;
}

static void check_listed(struct check_live *live, struct identity_count *count)
{
	const struct config *config = live->config;
	for (size_t i = 0; i < config->pair_count; i++) {
		instrument_id legs[2];
		for (size_t leg = 0; leg < 2; leg++) {
			check_symbol(live, config->pairs[i].line, config->pairs[i].venue[leg],
				     config->pairs[i].symbol[leg]);
			legs[leg] = find(live->check, config->pairs[i].venue[leg],
					 config->pairs[i].symbol[leg]);
		}
		if (legs[0] && legs[1])
			check_identity(live, legs[0], legs[1], count);
	}
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void apply_all_overrides(struct check *check)
{
	for (instrument_id id = 1; id <= instrument_count(check->instruments); id++) {
		struct error err = {0};
		if (!apply_overrides(check->config, check->instruments, id, &err))
			check_say(check, false, "correct the override", "%s", err.text);
	}
}

void check_markets(struct check_live *live)
{
	struct check *check = live->check;
	struct identity_count count = {0};
	size_t up = 0;
	for (size_t i = 0; i < live->markets->count; i++)
		up += live->markets->venues[i].phase == PUBLIC_VENUE_UP;
	if (live->markets->interrupted || up == 0)
		return;
	read_marks(live);
	/* The check's rooms look at the venues' markets in place of recorded ones. */
	check->instruments = live->markets->instruments;
	apply_all_overrides(check);
	if (live->config->pair_count > 0)
		check_listed(live, &count);
	else
		check_shared(live, &count);
	if (count.alike > 0)
		check_say(check, true, "",
			  "%zu of %zu pairs are the same coin by price (within 2 %%)", count.alike,
			  count.pairs);
	if (up < 2)
		return; /* said already: the other one is not there */
	check_pairs(check);
	size_t before = check->line_count;
	if (check_sizes(check, live->config->mode == CONFIG_PAPER) && check->line_count == before)
		check_say(check, true, "", "notional_usd and leverage fit every market of a pair");
	check_thresholds(check);
}

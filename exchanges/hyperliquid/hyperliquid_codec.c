#include "exchanges/hyperliquid/hyperliquid_codec.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <string.h>

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

bool hyperliquid_to_units(struct money figure, unsigned decimals, int64_t *units)
{
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - decimals);
	i128 whole = figure.e18 / unit;
	if (figure.e18 % unit != 0 || whole > INT64_MAX || whole < INT64_MIN)
		return false;
	*units = (int64_t)whole;
	return true;
}

static bool read_coin(const struct hyperliquid_value *value, struct hyperliquid_coin *coin)
{
	return hyperliquid_copy(value, coin->name, sizeof(coin->name)) && coin->name[0] != '\0';
}

/* ---- meta --------------------------------------------------------------------------------------
 */

static bool read_leverage(const struct hyperliquid_value *value, int32_t *leverage)
{
	uint64_t figure;
	if (!hyperliquid_u64(value, &figure) || figure < 1 || figure > 1000)
		return false;
	*leverage = (int32_t)figure;
	return true;
}

static bool read_terms(const struct hyperliquid_value *value,
		       struct hyperliquid_market_terms *terms)
{
	enum { NAME, SIZE_DECIMALS, MAXIMUM_LEVERAGE, DELISTED, ONLY_ISOLATED, MARGIN_MODE, ALL };
	static const char *const names[ALL] = {"name",	     "szDecimals",   "maxLeverage",
					       "isDelisted", "onlyIsolated", "marginMode"};
	struct hyperliquid_value values[ALL];
	uint64_t decimals;
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !read_coin(&values[NAME], &terms->coin) ||
	    !hyperliquid_u64(&values[SIZE_DECIMALS], &decimals) ||
	    decimals > HYPERLIQUID_SIZE_DECIMALS_MAX ||
	    !read_leverage(&values[MAXIMUM_LEVERAGE], &terms->maximum_leverage) ||
	    !hyperliquid_flag(&values[DELISTED], &terms->delisted) ||
	    !hyperliquid_flag(&values[ONLY_ISOLATED], &terms->only_isolated))
		return false;
	terms->size_decimals = (unsigned)decimals;
	if (hyperliquid_is(&values[MARGIN_MODE], "strictIsolated") ||
	    hyperliquid_is(&values[MARGIN_MODE], "noCross"))
		terms->only_isolated = true;
	return true;
}

static bool universe_of(const struct hyperliquid_value *meta, struct hyperliquid_array *universe)
{
	static const char *const names[] = {"universe"};
	struct hyperliquid_value value;
	return hyperliquid_members(meta, names, 1, &value) &&
	       hyperliquid_array_begin(&value, universe);
}

bool hyperliquid_decode_meta(const struct hyperliquid_value *meta, hyperliquid_visit_terms visit,
			     void *user)
{
	struct hyperliquid_array universe;
	struct hyperliquid_value entry;
	struct hyperliquid_market_terms terms;
	uint32_t asset = 0;
	if (!universe_of(meta, &universe))
		return false;
	for (; hyperliquid_array_next(&universe, &entry); asset++) {
		if (asset == HYPERLIQUID_UNIVERSE_MAX || !read_terms(&entry, &terms))
			return false;
		visit(user, asset, &terms);
	}
	return !universe.broken && asset > 0;
}

/* ---- contexts ----------------------------------------------------------------------------------
 */

static bool read_optional(const struct hyperliquid_value *value, bool *known, struct money *figure)
{
	*known = !hyperliquid_missing(value);
	return !*known || hyperliquid_money(value, figure);
}

bool hyperliquid_decode_context(const struct hyperliquid_value *value,
				struct hyperliquid_context *context)
{
	enum { FUNDING, PREMIUM, MARK, ORACLE, MID, INTEREST, VOLUME, ALL };
	static const char *const names[ALL] = {"funding", "premium",	  "markPx",   "oraclePx",
					       "midPx",	  "openInterest", "dayNtlVlm"};
	struct hyperliquid_value values[ALL];
	memset(context, 0, sizeof(*context));
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_rate(&values[FUNDING], &context->funding) ||
	    !hyperliquid_money(&values[MARK], &context->mark) ||
	    !hyperliquid_money(&values[ORACLE], &context->oracle) ||
	    !hyperliquid_money(&values[INTEREST], &context->open_interest) ||
	    !hyperliquid_money(&values[VOLUME], &context->day_notional_volume) ||
	    !read_optional(&values[MID], &context->mid_known, &context->mid))
		return false;
	context->premium_known = !hyperliquid_missing(&values[PREMIUM]);
	if (context->premium_known && !hyperliquid_rate(&values[PREMIUM], &context->premium))
		return false;
	return context->mark.e18 > 0 && context->oracle.e18 > 0 && context->open_interest.e18 >= 0;
}

bool hyperliquid_decode_overview(const struct hyperliquid_value *value,
				 hyperliquid_visit_overview visit, void *user)
{
	struct hyperliquid_array pair, universe, contexts;
	struct hyperliquid_value meta, list, entry, figures, rest;
	uint32_t asset = 0;
	if (!hyperliquid_array_begin(value, &pair) || !hyperliquid_array_next(&pair, &meta) ||
	    !hyperliquid_array_next(&pair, &list) || hyperliquid_array_next(&pair, &rest) ||
	    pair.broken || !universe_of(&meta, &universe) ||
	    !hyperliquid_array_begin(&list, &contexts))
		return false;
	for (; hyperliquid_array_next(&universe, &entry); asset++) {
		struct hyperliquid_market_terms terms;
		struct hyperliquid_context context;
		if (asset == HYPERLIQUID_UNIVERSE_MAX || !read_terms(&entry, &terms) ||
		    !hyperliquid_array_next(&contexts, &figures))
			return false;
		visit(user, asset, &terms,
		      hyperliquid_decode_context(&figures, &context) ? &context : NULL);
	}
	return !universe.broken && !hyperliquid_array_next(&contexts, &figures) &&
	       !contexts.broken && asset > 0;
}

/* ---- books -------------------------------------------------------------------------------------
 */

bool hyperliquid_decode_book(const struct hyperliquid_value *value, struct hyperliquid_book *book)
{
	enum { COIN, TIME, LEVELS, ALL };
	static const char *const names[ALL] = {"coin", "time", "levels"};
	struct hyperliquid_value values[ALL], rest;
	struct hyperliquid_array sides;
	return hyperliquid_members(value, names, ALL, values) &&
	       read_coin(&values[COIN], &book->coin) &&
	       hyperliquid_time(&values[TIME], &book->time_ns) &&
	       hyperliquid_array_begin(&values[LEVELS], &sides) &&
	       hyperliquid_array_next(&sides, &book->bids) &&
	       hyperliquid_array_next(&sides, &book->asks) &&
	       !hyperliquid_array_next(&sides, &rest) && !sides.broken;
}

bool hyperliquid_decode_level(const struct hyperliquid_value *value,
			      const struct hyperliquid_scale *scale, struct book_level *level)
{
	static const char *const names[] = {"px", "sz"};
	struct hyperliquid_value values[2];
	*level = (struct book_level){0};
	if (value->type == JSON_NULL)
		return true;
	return hyperliquid_members(value, names, 2, values) &&
	       hyperliquid_units(&values[0], scale->price_decimals, &level->price.units) &&
	       hyperliquid_units(&values[1], scale->quantity_decimals, &level->quantity.units) &&
	       level->price.units > 0 && level->quantity.units > 0;
}

bool hyperliquid_decode_levels(const struct hyperliquid_value *value,
			       const struct hyperliquid_scale *scale, enum side side,
			       struct book_level levels[HYPERLIQUID_LEVELS_MAX], uint32_t *count)
{
	struct hyperliquid_array elements;
	struct hyperliquid_value element;
	*count = 0;
	if (!hyperliquid_array_begin(value, &elements))
		return false;
	while (hyperliquid_array_next(&elements, &element)) {
		struct book_level *level = &levels[*count];
		if (*count == HYPERLIQUID_LEVELS_MAX || element.type == JSON_NULL ||
		    !hyperliquid_decode_level(&element, scale, level))
			return false;
		if (*count > 0 && (side == SIDE_BUY ? level->price.units >= level[-1].price.units
						    : level->price.units <= level[-1].price.units))
			return false;
		++*count;
	}
	return !elements.broken;
}

bool hyperliquid_decode_bbo(const struct hyperliquid_value *value, struct hyperliquid_bbo *bbo)
{
	enum { COIN, TIME, BBO, ALL };
	static const char *const names[ALL] = {"coin", "time", "bbo"};
	struct hyperliquid_value values[ALL], rest;
	struct hyperliquid_array sides;
	return hyperliquid_members(value, names, ALL, values) &&
	       read_coin(&values[COIN], &bbo->coin) &&
	       hyperliquid_time(&values[TIME], &bbo->time_ns) &&
	       hyperliquid_array_begin(&values[BBO], &sides) &&
	       hyperliquid_array_next(&sides, &bbo->bid) &&
	       hyperliquid_array_next(&sides, &bbo->ask) &&
	       !hyperliquid_array_next(&sides, &rest) && !sides.broken;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

static bool read_side(const struct hyperliquid_value *value, enum side *side)
{
	*side = hyperliquid_is(value, "A") ? SIDE_SELL : SIDE_BUY;
	return *side == SIDE_SELL || hyperliquid_is(value, "B");
}

static bool read_trade(const struct hyperliquid_value *value, struct hyperliquid_trade *trade)
{
	enum { COIN, SIDE, PRICE, SIZE, TIME, ID, ALL };
	static const char *const names[ALL] = {"coin", "side", "px", "sz", "time", "tid"};
	struct hyperliquid_value values[ALL];
	return hyperliquid_members(value, names, ALL, values) &&
	       read_coin(&values[COIN], &trade->coin) &&
	       read_side(&values[SIDE], &trade->taker_side) &&
	       hyperliquid_money(&values[PRICE], &trade->price) &&
	       hyperliquid_money(&values[SIZE], &trade->size) &&
	       hyperliquid_time(&values[TIME], &trade->time_ns) &&
	       hyperliquid_u64(&values[ID], &trade->trade_id) && trade->price.e18 > 0 &&
	       trade->size.e18 > 0;
}

bool hyperliquid_decode_trades(const struct hyperliquid_value *value, hyperliquid_visit_trade visit,
			       void *user)
{
	struct hyperliquid_array rows;
	struct hyperliquid_value row;
	struct hyperliquid_trade trade;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		if (!read_trade(&row, &trade))
			return false;
		visit(user, &trade);
	}
	return !rows.broken;
}

static unsigned decimals_written(const struct hyperliquid_value *value)
{
	int decimals = decimal_decimals_needed(value->text, value->length);
	return decimals < 0 ? 0 : decimals > MONEY_DECIMALS ? MONEY_DECIMALS : (unsigned)decimals;
}

static bool read_settled(const struct hyperliquid_value *value, struct hyperliquid_settled *settled)
{
	enum { COIN, RATE, PREMIUM, TIME, ALL };
	static const char *const names[ALL] = {"coin", "fundingRate", "premium", "time"};
	struct hyperliquid_value values[ALL];
	memset(settled, 0, sizeof(*settled));
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !read_coin(&values[COIN], &settled->coin) ||
	    !hyperliquid_rate(&values[RATE], &settled->rate) ||
	    !hyperliquid_time(&values[TIME], &settled->time_ns))
		return false;
	settled->rate_decimals = decimals_written(&values[RATE]);
	settled->premium_known = !hyperliquid_missing(&values[PREMIUM]);
	if (!settled->premium_known)
		return true;
	settled->premium_decimals = decimals_written(&values[PREMIUM]);
	return hyperliquid_rate(&values[PREMIUM], &settled->premium);
}

bool hyperliquid_decode_funding_history(const struct hyperliquid_value *value,
					hyperliquid_visit_settled visit, void *user)
{
	struct hyperliquid_array rows;
	struct hyperliquid_value row;
	struct hyperliquid_settled settled;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		if (!read_settled(&row, &settled))
			return false;
		visit(user, &settled);
	}
	return !rows.broken;
}

bool hyperliquid_decode_all_mids(const struct hyperliquid_value *value, hyperliquid_visit_mid visit,
				 void *user)
{
	struct json_reader reader;
	struct json_token token;
	if (value->type != JSON_OBJECT_BEGIN)
		return false;
	json_reader_init(&reader, value->text, value->length);
	json_next(&reader, &token);
	while (json_next(&reader, &token) == JSON_KEY) {
		struct hyperliquid_coin coin;
		struct hyperliquid_value figure;
		struct money mid;
		if (!json_unescape(&token, coin.name, sizeof(coin.name)))
			return false;
		json_next(&reader, &token);
		figure = (struct hyperliquid_value){token.type, token.escaped, token.text,
						    token.length};
		if (!hyperliquid_money(&figure, &mid) || mid.e18 <= 0)
			return false;
		visit(user, &coin, mid);
	}
	return token.type == JSON_OBJECT_END && json_next(&reader, &token) == JSON_END;
}

/* One [venue, data or null]. *said is false for null. */
static bool read_prediction(const struct hyperliquid_value *value,
			    struct hyperliquid_prediction *prediction, bool *said)
{
	enum { RATE, NEXT, HOURS, ALL };
	static const char *const names[ALL] = {"fundingRate", "nextFundingTime",
					       "fundingIntervalHours"};
	struct hyperliquid_value values[ALL], venue, figures;
	struct hyperliquid_array pair;
	uint64_t hours = 0;
	if (!hyperliquid_array_begin(value, &pair) || !hyperliquid_array_next(&pair, &venue) ||
	    !hyperliquid_array_next(&pair, &figures) ||
	    !hyperliquid_copy(&venue, prediction->venue, sizeof(prediction->venue)))
		return false;
	*said = figures.type != JSON_NULL;
	if (!*said)
		return true;
	if (!hyperliquid_members(&figures, names, ALL, values) ||
	    !hyperliquid_rate(&values[RATE], &prediction->rate) ||
	    !hyperliquid_time(&values[NEXT], &prediction->next_ns))
		return false;
	if (!hyperliquid_missing(&values[HOURS]) &&
	    (!hyperliquid_u64(&values[HOURS], &hours) || hours < 1 || hours > 24))
		return false;
	prediction->interval_ns = (int64_t)hours * NS_PER_HOUR;
	return true;
}

bool hyperliquid_decode_predicted(const struct hyperliquid_value *value,
				  hyperliquid_visit_prediction visit, void *user)
{
	struct hyperliquid_array coins, pair, venues;
	struct hyperliquid_value coin, name, list, entry;
	struct hyperliquid_prediction prediction;
	if (!hyperliquid_array_begin(value, &coins))
		return false;
	while (hyperliquid_array_next(&coins, &coin)) {
		if (!hyperliquid_array_begin(&coin, &pair) ||
		    !hyperliquid_array_next(&pair, &name) ||
		    !hyperliquid_array_next(&pair, &list) || !read_coin(&name, &prediction.coin) ||
		    !hyperliquid_array_begin(&list, &venues))
			return false;
		while (hyperliquid_array_next(&venues, &entry)) {
			bool said;
			if (!read_prediction(&entry, &prediction, &said))
				return false;
			if (said)
				visit(user, &prediction);
		}
		if (venues.broken)
			return false;
	}
	return !coins.broken;
}

bool hyperliquid_decode_status(const struct hyperliquid_value *value, int64_t *time_ns,
			       char *special, size_t special_size)
{
	static const char *const names[] = {"time", "specialStatuses"};
	struct hyperliquid_value values[COUNT(names)];
	if (!hyperliquid_members(value, names, COUNT(names), values) ||
	    !hyperliquid_time(&values[0], time_ns))
		return false;
	special[0] = '\0';
	/* Its form is not documented: whatever is there is something special. */
	if (!hyperliquid_missing(&values[1])) {
		const struct hyperliquid_value raw = {JSON_STRING, false, values[1].text,
						      values[1].length};
		hyperliquid_excerpt(&raw, special, special_size);
	}
	return true;
}

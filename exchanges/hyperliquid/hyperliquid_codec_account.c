#include "exchanges/hyperliquid/hyperliquid_codec_account.h"

#include "exchanges/hyperliquid/hyperliquid_sign.h"

#include <string.h>

#define POSITIONS_MAX HYPERLIQUID_UNIVERSE_MAX

bool hyperliquid_address(const struct hyperliquid_value *value, uint8_t address[20])
{
	char text[HYPERLIQUID_ADDRESS_TEXT];
	return hyperliquid_copy(value, text, sizeof(text)) &&
	       hyperliquid_address_parse(text, address);
}

static bool read_leverage(const struct hyperliquid_value *value, bool *cross, int32_t *leverage)
{
	static const char *const names[] = {"type", "value"};
	struct hyperliquid_value values[2];
	uint64_t figure;
	if (!hyperliquid_members(value, names, 2, values) ||
	    !hyperliquid_u64(&values[1], &figure) || figure < 1 || figure > 1000)
		return false;
	*leverage = (int32_t)figure;
	*cross = hyperliquid_is(&values[0], "cross");
	return *cross || hyperliquid_is(&values[0], "isolated");
}

static bool read_position(const struct hyperliquid_value *value,
			  struct hyperliquid_position *position)
{
	enum { COIN, SIZE, ENTRY, UNREALISED, LEVERAGE, LIQUIDATION, ALL };
	static const char *const names[ALL] = {"coin",		"szi",	    "entryPx",
					       "unrealizedPnl", "leverage", "liquidationPx"};
	static const char *const wrapper[] = {"position"};
	struct hyperliquid_value values[ALL], inner;
	memset(position, 0, sizeof(*position));
	if (!hyperliquid_members(value, wrapper, 1, &inner) ||
	    !hyperliquid_members(&inner, names, ALL, values) ||
	    !hyperliquid_copy(&values[COIN], position->coin.name, sizeof(position->coin.name)) ||
	    !hyperliquid_money(&values[SIZE], &position->size) ||
	    !hyperliquid_money(&values[UNREALISED], &position->unrealised) ||
	    !read_leverage(&values[LEVERAGE], &position->cross, &position->leverage))
		return false;
	/* A flat row, if one is ever sent, has no entry. */
	if (hyperliquid_missing(&values[ENTRY])
		    ? position->size.e18 != 0
		    : !hyperliquid_money(&values[ENTRY], &position->entry_price))
		return false;
	position->liquidation_known = !hyperliquid_missing(&values[LIQUIDATION]);
	return !position->liquidation_known ||
	       hyperliquid_money(&values[LIQUIDATION], &position->liquidation_price);
}

static bool read_summary(const struct hyperliquid_value *value, struct money *account_value,
			 struct money *margin_used)
{
	static const char *const names[] = {"accountValue", "totalMarginUsed"};
	struct hyperliquid_value values[2];
	return hyperliquid_members(value, names, 2, values) &&
	       hyperliquid_money(&values[0], account_value) &&
	       hyperliquid_money(&values[1], margin_used);
}

bool hyperliquid_decode_clearinghouse(const struct hyperliquid_value *value,
				      struct hyperliquid_clearinghouse *state,
				      hyperliquid_visit_position visit, void *user)
{
	enum { ACCOUNT, CROSS, MAINTENANCE, POSITIONS, TIME, ALL };
	static const char *const names[ALL] = {"marginSummary", "crossMarginSummary",
					       "crossMaintenanceMarginUsed", "assetPositions",
					       "time"};
	struct hyperliquid_value values[ALL], row;
	struct hyperliquid_array rows;
	struct hyperliquid_position position;
	struct money all_margin_used;
	size_t count = 0;
	memset(state, 0, sizeof(*state));
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_time(&values[TIME], &state->time_ns) ||
	    !read_summary(&values[ACCOUNT], &state->account_value, &all_margin_used) ||
	    !read_summary(&values[CROSS], &state->cross_value, &state->cross_margin_used) ||
	    !hyperliquid_money(&values[MAINTENANCE], &state->cross_maintenance) ||
	    !hyperliquid_array_begin(&values[POSITIONS], &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		if (++count > POSITIONS_MAX || !read_position(&row, &position))
			return false;
		state->unrealised.e18 += position.unrealised.e18; /* bounded: 2048 x 10^33 */
		visit(user, &position);
	}
	return !rows.broken;
}

bool hyperliquid_clearinghouse_of_stream(const struct hyperliquid_value *data,
					 struct hyperliquid_value *state)
{
	static const char *const names[] = {"dex", "clearinghouseState"};
	struct hyperliquid_value values[2];
	if (!hyperliquid_members(data, names, 2, values))
		return false;
	*state = values[1];
	return (hyperliquid_missing(&values[0]) || hyperliquid_is(&values[0], "")) &&
	       state->type == JSON_OBJECT_BEGIN;
}

bool hyperliquid_decode_mode(const struct hyperliquid_value *value,
			     char mode[HYPERLIQUID_MODE_MAX + 1])
{
	if (!hyperliquid_copy(value, mode, HYPERLIQUID_MODE_MAX + 1))
		return false;
	return mode[0] != '\0';
}

bool hyperliquid_mode_fits(const char *mode)
{
	return strcmp(mode, "default") == 0 || strcmp(mode, "disabled") == 0;
}

bool hyperliquid_decode_spot_balances(const struct hyperliquid_value *value,
				      hyperliquid_visit_balance visit, void *user)
{
	static const char *const outer[] = {"balances"};
	static const char *const names[] = {"coin", "total", "hold"};
	struct hyperliquid_value list, row, values[3];
	struct hyperliquid_array rows;
	if (!hyperliquid_members(value, outer, 1, &list) || !hyperliquid_array_begin(&list, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		struct hyperliquid_coin coin;
		struct money total, hold;
		if (!hyperliquid_members(&row, names, 3, values) ||
		    !hyperliquid_copy(&values[0], coin.name, sizeof(coin.name)) ||
		    !hyperliquid_money(&values[1], &total) || !hyperliquid_money(&values[2], &hold))
			return false;
		visit(user, coin.name, total, hold);
	}
	return !rows.broken;
}

static bool discounted(struct rate rate, struct rate discount, struct rate *out)
{
	i128 e18;
	if (!mul_div(rate.e18, RATE_ONE - (i128)discount.e18, RATE_ONE, ROUND_HALF_EVEN, &e18))
		return false;
	out->e18 = (int64_t)e18;
	return true;
}

bool hyperliquid_decode_fees(const struct hyperliquid_value *value, struct rate *maker,
			     struct rate *taker)
{
	enum { TAKER, MAKER, DISCOUNT, ALL };
	static const char *const names[ALL] = {"userCrossRate", "userAddRate",
					       "activeReferralDiscount"};
	struct hyperliquid_value values[ALL];
	struct rate cross, add, discount = {0};
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_rate(&values[TAKER], &cross) || !hyperliquid_rate(&values[MAKER], &add))
		return false;
	if (!hyperliquid_missing(&values[DISCOUNT]) &&
	    (!hyperliquid_rate(&values[DISCOUNT], &discount) || discount.e18 < 0))
		return false;
	return discounted(add, discount, maker) && discounted(cross, discount, taker);
}

bool hyperliquid_decode_budget(const struct hyperliquid_value *value,
			       struct hyperliquid_budget *budget)
{
	enum { USED, CAP, SURPLUS, ALL };
	static const char *const names[ALL] = {"nRequestsUsed", "nRequestsCap", "nRequestsSurplus"};
	struct hyperliquid_value values[ALL];
	memset(budget, 0, sizeof(*budget));
	if (!hyperliquid_members(value, names, ALL, values) ||
	    !hyperliquid_i64(&values[USED], &budget->used) ||
	    !hyperliquid_i64(&values[CAP], &budget->cap) || budget->used < 0 || budget->cap < 0 ||
	    budget->used > INT64_MAX / 4 || budget->cap > INT64_MAX / 4)
		return false;
	return hyperliquid_missing(&values[SURPLUS]) ||
	       (hyperliquid_i64(&values[SURPLUS], &budget->surplus) && budget->surplus >= 0 &&
		budget->surplus <= INT64_MAX / 4);
}

bool hyperliquid_decode_role(const struct hyperliquid_value *value, enum hyperliquid_role *role,
			     uint8_t owner[20])
{
	static const struct {
		const char *name;
		enum hyperliquid_role role;
		const char *owner; /* member of `data`; NULL: none */
	} roles[] = {
		{"user", HYPERLIQUID_ROLE_USER, NULL},
		{"missing", HYPERLIQUID_ROLE_MISSING, NULL},
		{"vault", HYPERLIQUID_ROLE_VAULT, NULL},
		{"agent", HYPERLIQUID_ROLE_AGENT, "user"},
		{"subAccount", HYPERLIQUID_ROLE_SUBACCOUNT, "master"},
	};
	static const char *const names[] = {"role", "data"};
	struct hyperliquid_value values[2], address;
	memset(owner, 0, 20);
	if (!hyperliquid_members(value, names, 2, values))
		return false;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (!hyperliquid_is(&values[0], roles[i].name))
			continue;
		*role = roles[i].role;
		return roles[i].owner == NULL ||
		       (hyperliquid_members(&values[1], &roles[i].owner, 1, &address) &&
			hyperliquid_address(&address, owner));
	}
	return false;
}

bool hyperliquid_decode_agents(const struct hyperliquid_value *value, hyperliquid_visit_agent visit,
			       void *user)
{
	static const char *const names[] = {"address", "validUntil"};
	struct hyperliquid_value row, values[2];
	struct hyperliquid_array rows;
	if (!hyperliquid_array_begin(value, &rows))
		return false;
	while (hyperliquid_array_next(&rows, &row)) {
		uint8_t address[20];
		int64_t valid_until_ns = 0;
		if (!hyperliquid_members(&row, names, 2, values) ||
		    !hyperliquid_address(&values[0], address))
			return false;
		if (!hyperliquid_missing(&values[1]) &&
		    !hyperliquid_time(&values[1], &valid_until_ns))
			return false;
		visit(user, address, valid_until_ns);
	}
	return !rows.broken;
}

bool hyperliquid_decode_asset_data(const struct hyperliquid_value *value, bool *cross,
				   int32_t *leverage)
{
	static const char *const names[] = {"leverage"};
	struct hyperliquid_value setting;
	return hyperliquid_members(value, names, 1, &setting) &&
	       read_leverage(&setting, cross, leverage);
}

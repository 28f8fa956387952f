/* Leverage and margin mode as the venues hold them, beside what orders are opened with. */
#include "src/commands/check_live.h"

#include "core/base/utc.h"

#include <stdio.h>

#define READ_PATIENCE_NS (15 * NS_PER_SECOND)
#define LOOKED_AT_MAX	 10 /* markets of a venue: a request each */

/* ---- what is said of it ---------------------------------------------------------------------- */

void check_say_leverage(struct check *check, const char *venue, const struct check_leverage *row,
			bool can_set)
{
	int32_t wanted = check->config->leverage;
	bool known = row->outcome == READ_VALUE;
	bool isolated = known && row->value.mode == MARGIN_ISOLATED;
	char now[64] = "leverage and margin mode were never set", then[96] = "";
	const char *remedy = "";

	if (row->outcome == READ_UNKNOWN) {
		check_say(check, false, "try again",
			  "%s: %s: leverage and margin mode cannot be read", venue, row->market);
		return;
	}
	if (known)
		snprintf(now, sizeof(now), "leverage %d, %s margin", (int)row->value.leverage,
			 isolated ? "isolated" : "cross");
	if (wanted > row->maximum) {
		snprintf(then, sizeof(then), "; at most %d is allowed, [risk] leverage is %d",
			 (int)row->maximum, (int)wanted);
		remedy = "lower [risk] leverage";
	} else if ((!known || row->value.leverage != wanted) && can_set) {
		snprintf(then, sizeof(then), "; leverage %d is set before the first order",
			 (int)wanted);
	} else if (!known || row->value.leverage != wanted) {
		snprintf(then, sizeof(then), "; [risk] leverage is %d", (int)wanted);
		remedy = "set it at the venue";
	}
	if (isolated)
		remedy = "set it to cross margin at the venue while nothing is open there, or "
			 "leave its pairs out";
	check_say(check, remedy[0] == '\0', remedy, "%s: %s: %s%s", venue, row->market, now, then);
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct leverage_call {
	struct check_live *live;
	struct check_leverage *row;
};

static void leverage_answered(void *user, const struct read_result *result)
{
	struct leverage_call *call = user;
	call->live->awaited--;
	call->row->outcome = result->outcome;
	if (result->outcome == READ_VALUE)
		call->row->value = result->u.leverage;
}

static void look_at(struct check_live *live, const struct public_venue *venue, instrument_id id)
{
	const struct instrument_table *table = venue->all->instruments;
	struct check_leverage row = {
		.market = instrument_get(table, id)->symbol,
		.maximum = instrument_latest(table, id)->rules.maximum_leverage,
		.outcome = READ_UNKNOWN,
	};
	struct leverage_call call = {live, &row};
	struct read_request request = {.kind = READ_LEVERAGE, .instrument = id};
	live->awaited = 1;
	exchange_read(venue->client, &request,
		      network_now_ns(venue->all->network) + READ_PATIENCE_NS, leverage_answered,
		      &call);
	check_await(live, venue->all);
	if (!venue->all->interrupted)
		check_say_leverage(live->check, venue->config->name, &row,
				   venue->client->capabilities & CAN_SET_LEVERAGE);
}

void check_leverages(struct check_live *live, const struct public_venue *venue)
{
	const struct instrument_table *table = venue->all->instruments;
	const struct config *config = live->config;
	const char *name = venue->config->name;
	size_t traded = 0;
	/* Accounts at real venues are told [risk] leverage. */
	if (venue->config->leverage > 0 && venue->config->leverage != config->leverage)
		check_say(live->check, false, "set [risk] leverage, or leave the key out",
			  "%s: [venue %s] leverage %d is for simulated accounts: orders are "
			  "opened with [risk] leverage %d",
			  name, name, (int)venue->config->leverage, (int)config->leverage);
	for (instrument_id id = 1; id <= instrument_count(table); id++) {
		const struct instrument *instrument = instrument_get(table, id);
		if (instrument->venue != venue->id || instrument->kind == INSTRUMENT_SPOT ||
		    !check_is_traded(config, table, id))
			continue;
		if (traded++ < LOOKED_AT_MAX && !venue->all->interrupted)
			look_at(live, venue, id);
	}
	if (traded > LOOKED_AT_MAX && !venue->all->interrupted)
		check_say(live->check, true, "",
			  "%s: leverage and margin mode of %zu more markets are not looked at",
			  name, traded - LOOKED_AT_MAX);
}

/* What the venues say of our key, our account and what is in it. */
#include "src/commands/check_live.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/access_rule.h"

#include <string.h>

#define READ_PATIENCE_NS (15 * NS_PER_SECOND)
#define EXPIRY_SOON_NS	 (7 * NS_PER_DAY)
#define SHOWN_MAX	 5 /* positions, orders: the rest is counted */

struct account_call {
	struct check_live *live;
	const struct public_venue *venue;
};

static void unread(const struct account_call *call, const char *what)
{
	check_say(call->live->check, false, "try again", "%s: %s cannot be read",
		  call->venue->config->name, what);
}

/* ---- the key --------------------------------------------------------------------------------- */

static void say_rights(const struct account_call *call, const struct access_value *access)
{
	struct check *check = call->live->check;
	const char *name = call->venue->config->name;
	char why[512];
	if (access->may_trade == ANSWER_NO)
		check_say(check, false, access->advice, "%s: the key may not trade", name);
	else if (access->may_trade == ANSWER_YES)
		check_say(check, true, "", "%s: the key may trade", name);
	else
		check_say(check, true, "", "%s: whether the key may trade is not told", name);
	if (access_refused(access, why, sizeof(why)))
		check_say(check, false, "the program does not start with it", "%s: %s", name, why);
	else if (access->may_withdraw == ANSWER_NO)
		check_say(check, true, "", "%s: the key cannot withdraw", name);
	else
		check_say(check, true, "", "%s: whether the key can withdraw is not told%s%s", name,
			  access->advice[0] ? ": " : "", access->advice);
}

static void say_expiry(const struct account_call *call, const struct access_value *access)
{
	char time[UTC_TEXT_MAX];
	int64_t now_ns = scheduler_now(call->venue->all->scheduler);
	if (access->key_expires_ns == 0)
		return;
	utc_format(access->key_expires_ns, 0, time, sizeof(time));
	bool soon = access->key_expires_ns - now_ns < EXPIRY_SOON_NS;
	check_say(call->live->check, !soon, soon ? "approve a new one in time" : "",
		  "%s: the key expires at %s", call->venue->config->name, time);
}

static void access_answered(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	struct check *check = call->live->check;
	const struct access_value *access = &result->u.access;
	const char *name = call->venue->config->name;
	call->live->awaited--;
	if (result->outcome != READ_VALUE) {
		unread(call, "what the key may do");
		return;
	}
	say_rights(call, access);
	say_expiry(call, access);
	if (access->mode_fits != ANSWER_NO && access->mode[0])
		check_say(check, true, "", "%s: the account's mode is %s", name, access->mode);
	if (access->budget_known)
		check_say(check, access->budget_left > 0,
			  access->budget_left > 0 ? "" : "wait; at some venues volume earns more",
			  "%s: request budget: %lld of %lld left", name,
			  (long long)access->budget_left, (long long)access->budget_limit);
}

/* ---- what is in it --------------------------------------------------------------------------- */

static void say_balance(const struct account_call *call, const struct balance_value *value)
{
	struct check *check = call->live->check;
	const struct config *config = call->live->config;
	char total[DECIMAL_TEXT_MAX], available[DECIMAL_TEXT_MAX], needed[DECIMAL_TEXT_MAX];
	struct money margin = {config->notional.e18 / config->leverage};
	const char *asset = asset_name(call->venue->all->instruments, value->asset);
	money_format(value->total, total, sizeof(total));
	money_format(value->available, available, sizeof(available));
	money_format((struct money){margin.e18 - margin.e18 % (MONEY_ONE / 100)}, needed,
		     sizeof(needed));
	if (value->available.e18 < margin.e18)
		check_say(check, false, "deposit more, or lower notional_usd",
			  "%s: %s %s, %s of it free: one leg of notional_usd needs more than %s",
			  call->venue->config->name, total, asset, available, needed);
	else
		check_say(check, true, "", "%s: %s %s, %s of it free", call->venue->config->name,
			  total, asset, available);
}

static void balances_answered(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	call->live->awaited--;
	if (result->outcome == READ_UNKNOWN)
		unread(call, "the balance");
	else if (result->outcome == READ_ABSENT || result->u.balances.count == 0)
		check_say(call->live->check, false, "deposit at the venue",
			  "%s: the account is empty", call->venue->config->name);
	else
		for (size_t i = 0; i < result->u.balances.count; i++)
			say_balance(call, &result->u.balances.values[i]);
}

static const char *market_of(const struct account_call *call, instrument_id id)
{
	return id ? instrument_get(call->venue->all->instruments, id)->symbol
		  : "a market not traded here";
}

static void positions_answered(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	struct check *check = call->live->check;
	const char *name = call->venue->config->name;
	size_t open = 0;
	call->live->awaited--;
	if (result->outcome == READ_UNKNOWN) {
		unread(call, "positions");
		return;
	}
	for (size_t i = 0; result->outcome == READ_VALUE && i < result->u.positions.count; i++) {
		const struct position_value *value = &result->u.positions.values[i];
		if (value->quantity.units == 0 || open++ >= SHOWN_MAX)
			continue;
		check_say(check, false,
			  "close it at the venue, or give the program an account of its own",
			  "%s: a %s position in %s is open (leverage %d)", name,
			  value->quantity.units > 0 ? "long" : "short",
			  market_of(call, value->instrument), (int)value->leverage);
	}
	if (open > SHOWN_MAX)
		check_say(check, false, "close them too", "%s: %zu more positions are open", name,
			  open - SHOWN_MAX);
	if (open == 0)
		check_say(check, true, "", "%s: no position is open", name);
}

static void orders_answered(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	const char *name = call->venue->config->name;
	size_t count = result->outcome == READ_VALUE ? result->u.events.count : 0, foreign = 0;
	call->live->awaited--;
	if (result->outcome == READ_UNKNOWN) {
		unread(call, "open orders");
		return;
	}
	for (size_t i = 0; i < count; i++)
		foreign += result->u.events.events[i].u.order.client_id == 0;
	if (count == 0)
		check_say(call->live->check, true, "", "%s: no order is open", name);
	else
		check_say(call->live->check, false,
			  "cancel them at the venue, or give the program an account of its own",
			  "%s: %zu orders are open, %zu of them not by this program", name, count,
			  foreign);
}

void check_accounts(struct check_live *live)
{
	static const struct {
		enum read_kind kind;
		read_done done;
	} READS[] = {{READ_ACCESS, access_answered},
		     {READ_BALANCES, balances_answered},
		     {READ_POSITIONS, positions_answered},
		     {READ_OPEN_ORDERS, orders_answered}};
	struct public_venues *venues = live->accounts;
	for (size_t i = 0; i < venues->count; i++) {
		struct account_call call = {live, &venues->venues[i]};
		if (venues->venues[i].phase != PUBLIC_VENUE_UP)
			continue;
		/* One after the other: lines of a venue stay together, in this order. */
		for (size_t kind = 0;
		     kind < sizeof(READS) / sizeof(READS[0]) && !venues->interrupted; kind++) {
			struct read_request request = {.kind = READS[kind].kind};
			live->awaited = 1;
			exchange_read(venues->venues[i].client, &request,
				      network_now_ns(venues->network) + READ_PATIENCE_NS,
				      READS[kind].done, &call);
			check_await(live, venues);
		}
		if (!venues->interrupted)
			check_leverages(live, &venues->venues[i]);
	}
}

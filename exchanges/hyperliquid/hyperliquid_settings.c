#include "exchanges/hyperliquid/hyperliquid_call.h"

#include <assert.h>
#include <stddef.h>

#define DEAD_MAN_SHORTEST_NS (5 * NS_PER_SECOND)

static void setting_answered(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_command_call *call = user;
	struct hyperliquid_client *client = call->client;
	struct hyperliquid_answer answer;
	if (hyperliquid_judge_action(client, reply, &answer, &call->members[0]))
		hyperliquid_resolve(&call->members[0], COMMAND_ACKNOWLEDGED, REJECT_NONE,
				    answer.text);
	if (call->members[0].outcome != COMMAND_ACKNOWLEDGED &&
	    call->request.kind != COMMAND_DEAD_MANS_SWITCH) {
		const struct hyperliquid_listing *listing = hyperliquid_listing_of_instrument(
			&client->markets, call->request.u.leverage.instrument);
		client->settings[listing->asset].known = false;
	}
	hyperliquid_deliver(call);
}

static void act_setting(struct hyperliquid_command_call *call,
			const struct hyperliquid_action *action)
{
	const struct hyperliquid_act_options options = {
		.priority = PRIORITY_OPEN, .members = 1, .give_up_ns = call->give_up_ns};
	hyperliquid_act(call->client, action, &options, setting_answered, call);
}

/* One action carries leverage and mode (§2.5): what the command does not name stays as it is. */
static void update_leverage(struct hyperliquid_command_call *call)
{
	struct hyperliquid_client *client = call->client;
	const struct hyperliquid_listing *listing = hyperliquid_listing_of_instrument(
		&client->markets, call->request.u.leverage.instrument);
	struct hyperliquid_setting *setting = &client->settings[listing->asset];
	if (call->request.kind == COMMAND_SET_LEVERAGE)
		setting->leverage = call->request.u.leverage.leverage;
	else
		setting->cross = call->request.u.margin.mode == MARGIN_CROSS;
	struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_UPDATE_LEVERAGE};
	action.u.leverage.asset = listing->asset;
	action.u.leverage.cross = setting->cross;
	action.u.leverage.leverage = setting->leverage;
	act_setting(call, &action);
}

static void asset_data_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_command_call *call = user;
	const struct hyperliquid_listing *listing = hyperliquid_listing_of_instrument(
		&call->client->markets, call->request.u.leverage.instrument);
	struct hyperliquid_setting *setting = &call->client->settings[listing->asset];
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !hyperliquid_decode_asset_data(&reply->value, &setting->cross, &setting->leverage)) {
		hyperliquid_refuse(call, REJECT_NEVER_SENT,
				   "the account's present leverage could not be read: not sent");
		return;
	}
	setting->known = true;
	update_leverage(call);
}

void hyperliquid_set_leverage(struct hyperliquid_command_call *call)
{
	struct hyperliquid_client *client = call->client;
	/* Both requests begin with the instrument. */
	static_assert(offsetof(struct command_request, u.leverage.instrument) ==
			      offsetof(struct command_request, u.margin.instrument),
		      "one place for the instrument");
	const struct hyperliquid_listing *listing = hyperliquid_listing_of_instrument(
		&client->markets, call->request.u.leverage.instrument);
	if (listing == NULL) {
		hyperliquid_refuse(call, REJECT_NEVER_SENT,
				   "no such market of this venue: not sent");
		return;
	}
	if (client->settings[listing->asset].known) {
		update_leverage(call);
		return;
	}
	hyperliquid_ask(client, PRIORITY_OPEN, 20, call->give_up_ns, asset_data_read, call,
			"{\"type\":\"activeAssetData\",\"user\":\"%s\",\"coin\":\"%s\"}",
			client->account_text, listing->terms.coin.name);
}

void hyperliquid_set_dead_man(struct hyperliquid_command_call *call)
{
	struct hyperliquid_client *client = call->client;
	int64_t after_ns = call->request.u.dead_man.after_ns;
	struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_SCHEDULE_CANCEL};
	if (client->dead_man_refused) {
		hyperliquid_refuse(call, REJECT_OTHER, client->dead_man_text);
		return;
	}
	if (after_ns != 0 && after_ns < DEAD_MAN_SHORTEST_NS) {
		hyperliquid_refuse(call, REJECT_NEVER_SENT,
				   "the venue wants at least 5 seconds: not sent");
		return;
	}
	if (after_ns != 0)
		action.u.schedule_cancel.time_ms =
			(hyperliquid_venue_now(client) + after_ns) / NS_PER_MS;
	act_setting(call, &action);
}

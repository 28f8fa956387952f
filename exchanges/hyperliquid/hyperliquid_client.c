#include "exchanges/hyperliquid/hyperliquid_client.h"

#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <stdlib.h>
#include <string.h>

/*
 * Of 1,200 weight a minute per IP and 2,000 messages a minute (§5.3, §6.1). Whatever minute the
 * venue counts, capacity and a minute's refill together stay within its limit.
 */
static const struct rate_bucket_options buckets[] = {
	{.name = "request weight of this IP",
	 .capacity = 500,
	 .refill_per_hour = 42000,
	 .reserve_percent = {0, 0, 30, 40, 50}},
	{.name = "messages of this IP",
	 .capacity = 500,
	 .refill_per_hour = 90000,
	 .reserve_percent = {0, 0, 0, 0}},
};

static void client_start(struct exchange_client *base, const struct exchange_sink *sink,
			 lifecycle_done done, void *user)
{
	struct hyperliquid_client *client = hyperliquid_self(base);
	if (!client->started)
		client->sink = *sink;
	hyperliquid_session_start(client, done, user);
}

static void client_stop(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct hyperliquid_client *client = hyperliquid_self(base);
	hyperliquid_session_stop(client);
	hyperliquid_later(client, true, "", done, user);
}

static void client_subscribe(struct exchange_client *base, instrument_id instrument,
			     unsigned channels, lifecycle_done done, void *user)
{
	hyperliquid_subscribe(hyperliquid_self(base), instrument, channels, done, user);
}

static void client_unsubscribe(struct exchange_client *base, instrument_id instrument,
			       unsigned channels, lifecycle_done done, void *user)
{
	hyperliquid_unsubscribe(hyperliquid_self(base), instrument, channels, done, user);
}

static void client_subscribe_account(struct exchange_client *base, lifecycle_done done, void *user)
{
	hyperliquid_account_begin(hyperliquid_self(base), done, user);
}

static void client_command(struct exchange_client *base, const struct command_request *request,
			   int64_t give_up_ns, command_done done, void *user)
{
	hyperliquid_command(hyperliquid_self(base), request, give_up_ns, done, user);
}

static void client_read(struct exchange_client *base, const struct read_request *request,
			int64_t give_up_ns, read_done done, void *user)
{
	hyperliquid_read(hyperliquid_self(base), request, give_up_ns, done, user);
}

static void client_free(struct exchange_client *base)
{
	struct hyperliquid_client *client = hyperliquid_self(base);
	client->freeing = true;
	stream_link_free(client->link);
	client->link = NULL;
	schedule_id timers[] = {client->start_timer, client->clock_timer,   client->budget_timer,
				client->feed_timer,  client->settled_timer, client->sync_timer,
				client->check_timer, client->refresh_timer, client->silence_timer};
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		scheduler_cancel(client->scheduler, timers[i]);
	hyperliquid_doubts_stop(client);
	/* Requests in flight complete from inside; nobody hears of it any more. */
	endpoint_free(client->options.endpoint);
	hyperliquid_requests_free(client);
	hyperliquid_commands_free(client);
	hyperliquid_reads_free(client);
	hyperliquid_lookups_free(client);
	hyperliquid_laters_free(client);
	hyperliquid_stream_free(client->stream);
	hyperliquid_markets_free(&client->markets);
	hyperliquid_key_wipe(&client->options.key);
	free(client->orders);
	free(client->settings);
	free(client->feeds);
	free(client->doubts);
	free(client);
}

static const struct exchange_client_functions functions = {
	.start = client_start,
	.stop = client_stop,
	.subscribe = client_subscribe,
	.unsubscribe = client_unsubscribe,
	.subscribe_account = client_subscribe_account,
	.command = client_command,
	.read = client_read,
	.free = client_free,
};

static bool options_are_sound(const struct hyperliquid_client_options *options, struct error *err)
{
	if (options->endpoint == NULL)
		return error_set(err, ERROR_CONFIGURATION, "hyperliquid: no endpoint");
	if (options->venue == 0 || options->venue > VENUES_MAX)
		return error_set(err, ERROR_CONFIGURATION, "hyperliquid: no venue");
	if (options->funding_interval_ns < 0 ||
	    NS_PER_DAY % (options->funding_interval_ns ? options->funding_interval_ns : 1) != 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "hyperliquid: funding_interval must divide a day");
	if (!options->has_account)
		return true;
	if (options->cloid_prefix == 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "hyperliquid: the prefix of client order ids must not be 0");
	if (options->has_vault && memcmp(options->vault, options->account, 20) != 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "hyperliquid: with a vault or sub-account, account must be its "
				 "address too");
	if (memcmp(options->key.address, options->account, 20) == 0)
		return error_set(
			err, ERROR_CONFIGURATION,
			"hyperliquid: the key is the account's own (master) key, which could "
			"withdraw: approve an API wallet (agent) on the venue's site and use "
			"its key instead");
	return true;
}

static void emit_market(void *user, const struct market_event *event)
{
	struct hyperliquid_client *client = user;
	if (client->sink.market)
		client->sink.market(client->sink.user, event);
}

static bool allocate(struct hyperliquid_client *client, struct instrument_table *instruments)
{
	int64_t interval_ns = client->options.funding_interval_ns;
	if (!hyperliquid_markets_init(&client->markets, client->options.venue, instruments,
				      interval_ns ? interval_ns : NS_PER_HOUR))
		return false;
	client->stream = hyperliquid_stream_create(&client->markets, HYPERLIQUID_CONNECTION,
						   emit_market, client);
	client->orders = hyperliquid_orders_create();
	client->settings = calloc(HYPERLIQUID_UNIVERSE_MAX, sizeof(*client->settings));
	client->feeds = calloc(HYPERLIQUID_UNIVERSE_MAX, sizeof(*client->feeds));
	client->usdc = instrument_table_asset(instruments, "USDC");
	return client->stream && client->orders && client->settings && client->feeds &&
	       client->usdc != 0;
}

struct exchange_client *hyperliquid_client_create(const struct hyperliquid_client_options *options,
						  struct scheduler *scheduler,
						  struct instrument_table *instruments,
						  struct error *err)
{
	if (!options_are_sound(options, err)) {
		endpoint_free(options->endpoint);
		return NULL;
	}
	struct hyperliquid_client *client = calloc(1, sizeof(*client));
	if (client == NULL) {
		endpoint_free(options->endpoint);
		error_set(err, ERROR_LIMIT, "hyperliquid: out of memory");
		return NULL;
	}
	client->base.functions = &functions;
	client->base.venue = options->venue;
	client->base.capabilities = CAN_STREAM_BOOK;
	if (options->has_account)
		client->base.capabilities |= CAN_BATCH | CAN_POST_ONLY | CAN_REDUCE_ONLY |
					     CAN_DEAD_MANS_SWITCH | CAN_SET_LEVERAGE |
					     CAN_SET_MARGIN_MODE | CAN_ORDER_EXPIRY |
					     CAN_STREAM_ACCOUNT;
	client->options = *options;
	client->scheduler = scheduler;
	client->fees = hyperliquid_base_fees();
	hyperliquid_address_text(options->account, client->account_text);
	random_seed(&client->random, options->seed);
	rate_limiter_init(&client->limiter, buckets, sizeof(buckets) / sizeof(buckets[0]),
			  scheduler_now(scheduler));
	if (!allocate(client, instruments)) {
		error_set(err, ERROR_LIMIT, "hyperliquid: out of memory");
		client_free(&client->base);
		return NULL;
	}
	return &client->base;
}

#include "exchanges/simulated/paper_client.h"

#include <stdio.h>
#include <stdlib.h>

struct paper_client {
	struct exchange_client base;
	struct exchange_client *market;
	struct exchange_client *account;
	struct exchange_sink sink;
	/* A life cycle call in progress on both sides. */
	lifecycle_done done;
	void *user;
	unsigned awaited;
	bool ok;
	char why[160];
};

static struct paper_client *self(struct exchange_client *client)
{
	return (struct paper_client *)(void *)client;
}

static void pass_market(void *user, const struct market_event *event)
{
	struct paper_client *client = user;
	client->sink.market(client->sink.user, event);
}

static void pass_account(void *user, const struct account_event *event)
{
	struct paper_client *client = user;
	client->sink.account(client->sink.user, event);
}

static void drop_market(void *user, const struct market_event *event)
{
	(void)user;
	(void)event;
}

/* The real client has no account here; if it spoke of one, that would not be ours. */
static void drop_account(void *user, const struct account_event *event)
{
	(void)user;
	(void)event;
}

static void one_side_done(void *user, bool ok, const char *why)
{
	struct paper_client *client = user;
	if (!ok && client->ok) {
		client->ok = false;
		snprintf(client->why, sizeof(client->why), "%s", why);
	}
	if (--client->awaited == 0)
		client->done(client->user, client->ok, client->why);
}

static void begin_both(struct paper_client *client, lifecycle_done done, void *user)
{
	client->done = done;
	client->user = user;
	client->awaited = 2;
	client->ok = true;
	client->why[0] = '\0';
}

static void paper_start(struct exchange_client *base, const struct exchange_sink *sink,
			lifecycle_done done, void *user)
{
	struct paper_client *client = self(base);
	struct exchange_sink market = {pass_market, drop_account, client};
	struct exchange_sink account = {drop_market, pass_account, client};
	client->sink = *sink;
	begin_both(client, done, user);
	exchange_start(client->market, &market, one_side_done, client);
	exchange_start(client->account, &account, one_side_done, client);
}

static void paper_stop(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct paper_client *client = self(base);
	begin_both(client, done, user);
	exchange_stop(client->market, one_side_done, client);
	exchange_stop(client->account, one_side_done, client);
}

static void paper_subscribe(struct exchange_client *base, instrument_id instrument,
			    unsigned channels, lifecycle_done done, void *user)
{
	exchange_subscribe(self(base)->market, instrument, channels, done, user);
}

static void paper_unsubscribe(struct exchange_client *base, instrument_id instrument,
			      unsigned channels, lifecycle_done done, void *user)
{
	exchange_unsubscribe(self(base)->market, instrument, channels, done, user);
}

static void paper_subscribe_account(struct exchange_client *base, lifecycle_done done, void *user)
{
	exchange_subscribe_account(self(base)->account, done, user);
}

static void paper_command(struct exchange_client *base, const struct command_request *request,
			  int64_t give_up_ns, command_done done, void *user)
{
	exchange_command(self(base)->account, request, give_up_ns, done, user);
}

bool paper_reads_account(enum read_kind kind)
{
	switch (kind) {
	case READ_BALANCES:
	case READ_POSITIONS:
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
	case READ_FEES:
	case READ_ORDER_ROOM:
	case READ_LEVERAGE:
		return true;
	case READ_INSTRUMENTS:
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_DEPTH:
	case READ_BBO:
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
	case READ_SERVER_TIME:
	case READ_OVERVIEW:
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
		return false;
	}
	return false;
}

static void paper_read(struct exchange_client *base, const struct read_request *request,
		       int64_t give_up_ns, read_done done, void *user)
{
	struct paper_client *client = self(base);
	exchange_read(paper_reads_account(request->kind) ? client->account : client->market,
		      request, give_up_ns, done, user);
}

static void paper_free(struct exchange_client *base)
{
	struct paper_client *client = self(base);
	exchange_client_free(client->market);
	exchange_client_free(client->account);
	free(client);
}

static const struct exchange_client_functions FUNCTIONS = {
	.start = paper_start,
	.stop = paper_stop,
	.subscribe = paper_subscribe,
	.unsubscribe = paper_unsubscribe,
	.subscribe_account = paper_subscribe_account,
	.command = paper_command,
	.read = paper_read,
	.free = paper_free,
};

struct exchange_client *paper_client_create(struct exchange_client *market,
					    struct exchange_client *account)
{
	struct paper_client *client = calloc(1, sizeof(*client));
	if (!client) {
		exchange_client_free(market);
		exchange_client_free(account);
		return NULL;
	}
	assert(market->venue == account->venue);
	client->base.functions = &FUNCTIONS;
	client->base.venue = market->venue;
	client->base.capabilities = account->capabilities;
	client->market = market;
	client->account = account;
	return &client->base;
}

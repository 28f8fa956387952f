/*
 * The account's channels may fall silent while everything else on the connection delivers. So the
 * fills are read once more in the minute after a transaction was sent; those that were told are
 * not told again.
 */
#include "exchanges/lighter/lighter_state.h"

#define RECHECK_EVERY_NS  (30 * NS_PER_SECOND)
#define RECHECK_WITHIN_NS (20 * NS_PER_SECOND)
#define RECHECKS	  2 /* after the last transaction */
#define OVERLAP_NS	  NS_PER_MINUTE

static void on_recheck(void *user);

static void on_fills(void *user, const struct read_result *result)
{
	struct lighter_client *client = user;
	if (client->account.wanted)
		lighter_account_take_fills(client, result);
	/* What is unknown is asked again. */
	if (result->outcome == READ_UNKNOWN && client->account.rechecks_left < RECHECKS)
		client->account.rechecks_left++;
}

static void on_recheck(void *user)
{
	struct lighter_client *client = user;
	struct lighter_account_watch *account = &client->account;
	account->recheck.entry = 0;
	if (!lighter_enter(client))
		return;
	if (account->rechecked != client->statistics.transactions) {
		account->rechecked = client->statistics.transactions;
		account->rechecks_left = RECHECKS;
	}
	if (account->synced && account->rechecks_left > 0) {
		struct read_request request = {.kind = READ_FILLS,
					       .since_ns = account->fills_since_ns - OVERLAP_NS};
		account->rechecks_left--;
		lighter_read(&client->base, &request, lighter_now(client) + RECHECK_WITHIN_NS,
			     on_fills, client);
	}
	lighter_arm(client, &account->recheck, lighter_now(client) + RECHECK_EVERY_NS, on_recheck);
	lighter_leave(client);
}

void lighter_recheck_begin(struct lighter_client *client)
{
	lighter_arm(client, &client->account.recheck, lighter_now(client) + RECHECK_EVERY_NS,
		    on_recheck);
}

void lighter_recheck_end(struct lighter_client *client)
{
	lighter_arm(client, &client->account.recheck, INT64_MAX, on_recheck);
}

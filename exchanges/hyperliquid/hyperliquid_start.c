/*
 * The start: what has to be true before anything is traded (venues/hyperliquid.md §7.3), asked step
 * by step.
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <stdio.h>
#include <string.h>

#define START_ATTEMPTS 4
#define START_RETRY_NS NS_PER_SECOND

static void start_step(void *user);

static void finish_start(struct hyperliquid_client *client, bool ok, const char *why)
{
	lifecycle_done done = client->start_done;
	client->start_done = NULL;
	if (!ok) {
		client->started = false;
		log_write(LOG_WARNING, "hyperliquid", "not started: %s", why);
	}
	done(client->start_user, ok, why);
}

/* Each judge: NULL = fine, "" = not readable (asked again), else why this cannot be started. */
static const char *judge_status(struct hyperliquid_client *client,
				const struct hyperliquid_reply *reply)
{
	return hyperliquid_take_status(client, reply) ? NULL : "";
}

static const char *judge_agent_role(struct hyperliquid_client *client,
				    const struct hyperliquid_reply *reply)
{
	enum hyperliquid_role role;
	if (!hyperliquid_decode_role(&reply->value, &role, client->agent_owner))
		return "";
	switch (role) {
	case HYPERLIQUID_ROLE_AGENT:
		if (client->options.has_vault ||
		    memcmp(client->agent_owner, client->options.account, 20) == 0)
			return NULL;
		return "the agent wallet belongs to another account than the configured one";
	case HYPERLIQUID_ROLE_USER:
	case HYPERLIQUID_ROLE_SUBACCOUNT:
	case HYPERLIQUID_ROLE_VAULT:
		return "the key is that of an account, which could withdraw: approve an API wallet "
		       "(agent) on the venue's site and use its key instead";
	case HYPERLIQUID_ROLE_MISSING:
		return "the venue does not know the key's address: approve it as API wallet "
		       "(agent) "
		       "of the account on the venue's site; an expired one must be replaced";
	}
	return "";
}

static const char *judge_account_role(struct hyperliquid_client *client,
				      const struct hyperliquid_reply *reply)
{
	enum hyperliquid_role role;
	uint8_t owner[20];
	if (!hyperliquid_decode_role(&reply->value, &role, owner))
		return "";
	switch (role) {
	case HYPERLIQUID_ROLE_USER:
		return client->options.has_vault
			       ? "the configured vault or sub-account is an account of its own"
			       : NULL;
	case HYPERLIQUID_ROLE_SUBACCOUNT:
		if (!client->options.has_vault)
			return "the account is a sub-account: configure it as vault address too";
		return memcmp(owner, client->agent_owner, 20) == 0
			       ? NULL
			       : "the sub-account belongs to another account than the agent wallet";
	case HYPERLIQUID_ROLE_VAULT: /* who leads it is not told; a wrong one is refused later */
		return client->options.has_vault
			       ? NULL
			       : "the account is a vault: configure it as vault address too";
	case HYPERLIQUID_ROLE_AGENT:
		return "the account is the address of an API wallet: configure the account that it "
		       "signs for";
	case HYPERLIQUID_ROLE_MISSING:
		return "the venue does not know the account: deposit first, and check the network";
	}
	return "";
}

static const char *judge_mode(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply)
{
	if (!hyperliquid_decode_mode(&reply->value, client->mode))
		return "";
	return hyperliquid_mode_fits(client->mode)
		       ? NULL
		       : "the account is in unified or portfolio mode, where the venue hides its "
			 "equity: set it to the standard (default) mode on the venue's site";
}

static const char *judge_budget(struct hyperliquid_client *client,
				const struct hyperliquid_reply *reply)
{
	return hyperliquid_take_budget(client, &reply->value) ? NULL : "";
}

static const char *judge_fees(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply)
{
	return hyperliquid_decode_fees(&reply->value, &client->fees.maker, &client->fees.taker)
		       ? NULL
		       : "";
}

static const char *judge_meta(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply)
{
	struct error err = {0};
	if (hyperliquid_take_meta(client, &reply->value, &err))
		return NULL;
	log_write(LOG_WARNING, "hyperliquid", "%s", err.text);
	return "";
}

enum subject { SUBJECT_NOBODY, SUBJECT_AGENT, SUBJECT_ACCOUNT };

/* §7.3, in the order in which one needs the other. */
static const struct {
	const char *type;
	enum subject subject; /* whom it asks about; all but NOBODY need an account */
	int64_t weight;
	const char *(*judge)(struct hyperliquid_client *client,
			     const struct hyperliquid_reply *reply);
} steps[] = {
	{"exchangeStatus", SUBJECT_NOBODY, 2, judge_status},
	{"userRole", SUBJECT_AGENT, 60, judge_agent_role},
	{"userRole", SUBJECT_ACCOUNT, 60, judge_account_role},
	{"userAbstraction", SUBJECT_ACCOUNT, 20, judge_mode},
	{"userRateLimit", SUBJECT_ACCOUNT, 20, judge_budget},
	{"userFees", SUBJECT_ACCOUNT, 20, judge_fees},
	{"meta", SUBJECT_NOBODY, 20, judge_meta},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void step_answered(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	const char *why = reply->why;
	char text[256];
	if (client->start_done == NULL)
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED) {
		why = steps[client->start_step].judge(client, reply);
		if (why == NULL) {
			client->start_step++;
			client->start_attempts = 0;
			start_step(client);
			return;
		}
		if (why[0] != '\0') {
			finish_start(client, false, why);
			return;
		}
		why = "the answer cannot be read";
	}
	if (++client->start_attempts < START_ATTEMPTS) {
		client->start_timer = scheduler_after(
			client->scheduler, START_RETRY_NS << (client->start_attempts - 1),
			SCHEDULE_TIMER, start_step, client);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s", steps[client->start_step].type, why ? why : "");
	finish_start(client, false, text);
}

static void start_step(void *user)
{
	struct hyperliquid_client *client = user;
	client->start_timer = 0;
	while (client->start_step < STEPS && !client->options.has_account &&
	       steps[client->start_step].subject != SUBJECT_NOBODY)
		client->start_step++;
	int64_t give_up_ns = hyperliquid_now(client) + HYPERLIQUID_PATIENCE_NS;
	if (client->start_step == STEPS) {
		hyperliquid_session_begin(client);
		hyperliquid_link_open(client);
		client->fit_ns = client->options.has_account ? hyperliquid_now(client) : 0;
		finish_start(client, true, "");
		return;
	}
	const char *type = steps[client->start_step].type;
	int64_t weight = steps[client->start_step].weight;
	/* Somebody waits for it: before other reads. */
	if (steps[client->start_step].subject == SUBJECT_NOBODY)
		hyperliquid_ask(client, PRIORITY_OPEN, weight, give_up_ns, step_answered, client,
				"{\"type\":\"%s\"}", type);
	else
		hyperliquid_ask(client, PRIORITY_OPEN, weight, give_up_ns, step_answered, client,
				"{\"type\":\"%s\",\"user\":\"%s\"}", type,
				steps[client->start_step].subject == SUBJECT_AGENT
					? client->options.key.address_text
					: client->account_text);
}

void hyperliquid_session_start(struct hyperliquid_client *client, lifecycle_done done, void *user)
{
	if (client->started) {
		hyperliquid_later(client, false, "the client is started already", done, user);
		return;
	}
	client->started = true;
	client->start_step = client->start_attempts = 0;
	client->start_done = done;
	client->start_user = user;
	start_step(client);
}

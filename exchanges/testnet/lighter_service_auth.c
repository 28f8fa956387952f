/* Who may read what, and how often: auth tokens (§1.11) and rate limits (§1.4). */
#include "exchanges/testnet/lighter_service_state.h"

#include <string.h>

#define TOKEN_AHEAD_S (8 * 3600)
#define TOKEN_HEX     160

/* The account's own limits, and those of its tier. */
#define STANDARD_PER_MINUTE	 60
#define PREMIUM_READS_PER_MINUTE 24000
#define PREMIUM_TXS_PER_MINUTE	 4000

bool served_minute_spend(struct served_minute *minute, int64_t now_ns, int64_t weight,
			 int64_t limit)
{
	int64_t second = now_ns / NS_PER_SECOND, spent = 0;
	for (unsigned i = 0; i < 60; i++) {
		if (minute->seconds[i] > second - 60 && minute->seconds[i] <= second)
			spent += minute->weight[i];
	}
	if (spent + weight > limit)
		return false;
	unsigned place = (unsigned)(second % 60);
	if (minute->seconds[place] != second) {
		minute->seconds[place] = second;
		minute->weight[place] = 0;
	}
	minute->weight[place] += weight;
	return true;
}

bool served_spend_read(struct lighter_service *service, struct served_account *account,
		       int64_t weight)
{
	int64_t now_ns = scheduler_now(service->scheduler);
	if (!service->rate_limits)
		return true;
	if (account == NULL)
		return served_minute_spend(&service->anonymous, now_ns, 1, STANDARD_PER_MINUTE);
	if (account->premium)
		return served_minute_spend(&account->reads, now_ns, weight,
					   PREMIUM_READS_PER_MINUTE);
	return served_minute_spend(&account->reads, now_ns, 1, STANDARD_PER_MINUTE);
}

bool served_spend_transaction(struct lighter_service *service, struct served_account *account)
{
	int64_t now_ns = scheduler_now(service->scheduler);
	if (!service->rate_limits)
		return true;
	if (account->premium)
		return served_minute_spend(&account->transactions, now_ns, 1,
					   PREMIUM_TXS_PER_MINUTE);
	/* Standard: one bucket for both. */
	return served_minute_spend(&account->reads, now_ns, 1, STANDARD_PER_MINUTE);
}

/* Cuts "<number>:" off the text. */
static bool cut_number(const char **at, int64_t *out)
{
	const char *colon = strchr(*at, ':');
	char digits[24];
	if (colon == NULL || (size_t)(colon - *at) >= sizeof(digits))
		return false;
	memcpy(digits, *at, (size_t)(colon - *at));
	digits[colon - *at] = '\0';
	*at = colon + 1;
	return served_integer(digits, 0, INT64_MAX, out);
}

int served_token_check(struct lighter_service *service, const char *token, unsigned *account)
{
	int64_t deadline_s, index, key_index;
	const char *at = token;
	uint8_t hash[TX_HASH_BYTES], signature[80];
	if (token == NULL || *token == '\0')
		return 20001;
	if (!cut_number(&at, &deadline_s) || !cut_number(&at, &index) ||
	    !cut_number(&at, &key_index) || strlen(at) != TOKEN_HEX ||
	    !served_unhex(at, TOKEN_HEX, signature, sizeof(signature)) ||
	    !served_find_account(service, index, account))
		return 20013;
	int64_t now_s = served_now_ns(service) / NS_PER_SECOND;
	if (deadline_s <= now_s || deadline_s > now_s + TOKEN_AHEAD_S)
		return 20013;
	const struct served_account *owner = &service->accounts[*account];
	served_token_hash(token, (size_t)(at - 1 - token), hash);
	for (unsigned i = 0; i < owner->key_count; i++) {
		if (owner->keys[i].index == key_index)
			return served_signature_holds(owner->keys[i].public_key, hash, signature)
				       ? 0
				       : 20013;
	}
	return 20013;
}

#include "core/market/asset_identity.h"

#include "core/base/utc.h"
#include <string.h>

/* Names whose beginning looks like a multiplier, or was once taken for one, and is none. */
static const char *const whole_names[] = {
	"0G",	 "1INCH", "2Z", "1CAT", "1MIL", "1000X", "kBTC", /* one bitcoin, wrapped */
	"kHYPE", "kSOL",					 /* one staked coin */
};

static bool is_whole_name(const char *base)
{
	for (size_t i = 0; i < sizeof(whole_names) / sizeof(whole_names[0]); i++) {
		if (strcmp(base, whole_names[i]) == 0)
			return true;
	}
	return false;
}

/* What is left of a multiplier symbol: a letter first, then capitals and digits, two at least. */
static bool is_coin_name(const char *text)
{
	if (text[0] < 'A' || text[0] > 'Z' || text[1] == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (!(*text >= 'A' && *text <= 'Z') && !(*text >= '0' && *text <= '9'))
			return false;
	}
	return true;
}

#define ZEROS_MIN 3
#define ZEROS_MAX 8

/* Length of the multiplier prefix, 0 if there is none. */
static size_t multiplier_prefix(const char *base, int64_t *multiplier)
{
	*multiplier = 1;
	if (base[0] == 'k') {
		*multiplier = 1000;
		return 1;
	}
	if (base[0] != '1')
		return 0;
	if (base[1] == 'M') {
		*multiplier = 1000000;
		return 2;
	}
	size_t zeros = strspn(base + 1, "0");
	if (zeros < ZEROS_MIN || zeros > ZEROS_MAX)
		return 0;
	for (size_t i = 0; i < zeros; i++)
		*multiplier *= 10;
	return 1 + zeros;
}

bool asset_identity_of(const char *base, struct asset_identity *identity)
{
	size_t length = strnlen(base, NAME_MAX_LENGTH + 1);
	if (length == 0 || length > NAME_MAX_LENGTH)
		return false;
	int64_t multiplier;
	size_t prefix = multiplier_prefix(base, &multiplier);
	if (prefix == 0 || is_whole_name(base) || !is_coin_name(base + prefix)) {
		prefix = 0;
		multiplier = 1;
	}
	memset(identity, 0, sizeof(*identity));
	memcpy(identity->canonical, base + prefix, length - prefix);
	identity->multiplier = multiplier;
	return true;
}

enum identity_verdict identity_proof_offer(struct identity_proof *proof, int64_t now_ns,
					   struct money first, struct money second)
{
	if (first.e18 <= 0 || second.e18 <= 0)
		return proof->verdict;
	if (proof->last_sample_ns != 0 &&
	    now_ns - proof->last_sample_ns < IDENTITY_SAMPLE_SPACING_S * NS_PER_SECOND)
		return proof->verdict;
	proof->last_sample_ns = now_ns;
	i128 low = first.e18 < second.e18 ? first.e18 : second.e18;
	i128 high = first.e18 < second.e18 ? second.e18 : first.e18;
	if (high - low > low / (10000 / IDENTITY_TOLERANCE_BP)) {
		proof->good = 0;
		proof->verdict = IDENTITY_REFUTED;
		return proof->verdict;
	}
	if (proof->good < IDENTITY_SAMPLES)
		proof->good++;
	if (proof->good == IDENTITY_SAMPLES)
		proof->verdict = IDENTITY_PROVEN;
	return proof->verdict;
}

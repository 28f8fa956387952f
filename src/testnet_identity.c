#include "src/testnet_identity.h"

#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/lighter/lighter_sign.h"
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define LIGHTER_KEY_BYTES 40
#define WALLET_KEY_BYTES  32
#define FIRST_INDEX	  5501
/* Keeps a 40-byte little-endian scalar below the order of Lighter's curve (a little under 2^319).
 */
#define TOP_BYTE_MASK 0x3f

static void write_hex(char *out, const uint8_t *bytes, size_t count)
{
	static const char DIGITS[] = "0123456789abcdef";
	*out++ = '0';
	*out++ = 'x';
	for (size_t i = 0; i < count; i++) {
		*out++ = DIGITS[bytes[i] >> 4];
		*out++ = DIGITS[bytes[i] & 15];
	}
	*out = '\0';
}

/* Fails with probability 2^-128 for a wallet key beyond the order: then loading it says so. */
static void derive(const struct testnet_config *config, const char *name, const char *what,
		   size_t count, char *out)
{
	char text[128];
	uint8_t digest[SHA512_DIGEST_LENGTH];
	int length = snprintf(text, sizeof(text), "fundarb testnet/%s/%llu/%s", what,
			      (unsigned long long)config->seed, name);
	SHA512((const unsigned char *)text, (size_t)length, digest);
	digest[LIGHTER_KEY_BYTES - 1] &= TOP_BYTE_MASK;
	write_hex(out, digest, count);
}

static void take_key(const struct testnet_config *config, const char *name,
		     const struct testnet_text *given, const char *what, size_t count, char *out)
{
	if (given->text[0] == '\0')
		derive(config, name, what, count, out);
	else
		snprintf(out, 2 * count + 3, "%.82s", given->text);
}

static bool load_wallet(const char *hex, char text[43], uint8_t address[20], struct error *err)
{
	struct hyperliquid_key key;
	if (!hyperliquid_key_load(hex, &key, err))
		return false;
	memcpy(address, key.address, sizeof(key.address));
	hyperliquid_address_text(key.address, text);
	hyperliquid_key_wipe(&key);
	return true;
}

static bool load_lighter(const struct testnet_config_account *from,
			 struct testnet_identity *identity, size_t position, struct error *err)
{
	struct lighter_service_account *account = &identity->account.lighter;
	struct lighter_key key;
	if (!lighter_key_load(identity->lighter_key, &key, err))
		return false;
	account->account_index =
		from->lighter_index != 0 ? from->lighter_index : FIRST_INDEX + (int64_t)position;
	snprintf(account->l1_address, sizeof(account->l1_address), "%s", identity->wallet_address);
	account->keys[0].api_key_index = (int32_t)from->lighter_api_key_index;
	memcpy(account->keys[0].public_key, key.public_key, sizeof(key.public_key));
	account->key_count = 1;
	account->premium = from->lighter_premium;
	lighter_key_wipe(&key);
	return true;
}

static bool load_hyperliquid(const struct testnet_config_account *from,
			     struct testnet_identity *identity, struct error *err)
{
	struct hyperliquid_service_account *account = &identity->account.hyperliquid;
	if (!load_wallet(identity->wallet_key, identity->wallet_address, account->address, err) ||
	    !load_wallet(identity->agent_key, identity->agent_address, account->agents[0].address,
			 err))
		return false;
	snprintf(account->agents[0].name, sizeof(account->agents[0].name), "fundarb");
	account->agent_count = 1;
	snprintf(account->mode, sizeof(account->mode), "%.23s", from->hyperliquid_mode.text);
	account->traded_usd = from->hyperliquid_traded_usd;
	return true;
}

bool testnet_identity_of(const struct testnet_config *config, size_t position,
			 struct testnet_identity *identity, struct error *err)
{
	const struct testnet_config_account *from = &config->accounts[position];
	memset(identity, 0, sizeof(*identity));
	memcpy(identity->name, from->name, sizeof(identity->name));
	identity->account.deposit = from->deposit;
	take_key(config, from->name, &from->lighter_key, "lighter", LIGHTER_KEY_BYTES,
		 identity->lighter_key);
	take_key(config, from->name, &from->hyperliquid_key, "wallet", WALLET_KEY_BYTES,
		 identity->wallet_key);
	take_key(config, from->name, &from->hyperliquid_agent_key, "agent", WALLET_KEY_BYTES,
		 identity->agent_key);
	if (load_hyperliquid(from, identity, err) && load_lighter(from, identity, position, err))
		return true;
	error_prefix(err, "%s:%d: [account %s]", config->path, from->line, from->name);
	return false;
}

/*
 * Keys and names of the testnet's accounts: what the configuration gives, the rest derived from its
 * seed and the account's name (SHA-512 of a text), so that the same file gives the same keys. They
 * are test keys: they stand in the output of `fundarb testnet`.
 */
#ifndef FUNDARB_SRC_TESTNET_IDENTITY_H
#define FUNDARB_SRC_TESTNET_IDENTITY_H

#include "config/testnet_config.h"
#include "exchanges/testnet/testnet.h"

struct testnet_identity {
	char name[32];
	char lighter_key[83];	 /* "0x" and 80 hex digits */
	char wallet_key[67];	 /* Hyperliquid's master: "0x" and 64 */
	char wallet_address[43]; /* Hyperliquid's account, Lighter's L1 address */
	char agent_key[67];
	char agent_address[43];
	struct testnet_account account; /* what the services are told of it */
};
/* position: 0.. in the file. False: a key of the file is none, err says which. */
bool testnet_identity_of(const struct testnet_config *config, size_t position,
			 struct testnet_identity *identity, struct error *err);

#endif

/*
 * Which symbols of different venues are the same coin. Multiplier symbols (1000PEPE, kPEPE,
 * 1MBABYDOGE) are so many of a canonical token; a leading digit that is part of the name ("2Z",
 * "1INCH") is not a multiplier. The table proposes; a price ratio proves.
 */
#ifndef FUNDARB_CORE_MARKET_ASSET_IDENTITY_H
#define FUNDARB_CORE_MARKET_ASSET_IDENTITY_H

#include "core/market/instrument.h"

struct asset_identity {
	char canonical[NAME_MAX_LENGTH + 1];
	int64_t multiplier; /* canonical tokens in one coin of this symbol */
};
/*
 * Reads a venue's base-coin name ("1000PEPE", "kPEPE", "BTC", "2Z"). Names listed as exceptions
 * are taken whole. Returns false if the name is empty or too long.
 */
bool asset_identity_of(const char *base, struct asset_identity *identity);

#define IDENTITY_SAMPLES	  3
#define IDENTITY_SAMPLE_SPACING_S 10
#define IDENTITY_TOLERANCE_BP	  200

enum identity_verdict { IDENTITY_UNPROVEN, IDENTITY_PROVEN, IDENTITY_REFUTED };

/* Proof that two instruments price the same token: price_per_base within 2 % on three samples 10 s
 * apart; one sample outside refutes until three good ones follow. */
struct identity_proof {
	unsigned good;
	int64_t last_sample_ns;
	enum identity_verdict verdict;
};
/* Offers a pair of token prices (scale 18, > 0) at now_ns; samples closer than 10 s are ignored. */
enum identity_verdict identity_proof_offer(struct identity_proof *proof, int64_t now_ns,
					   struct money first, struct money second);

#endif

/*
 * lighter_sign_us: hash, sign and check of a CreateOrder, as the adapter has it. The baseline signs
 * the same hash the plain way, k G by doubling and adding bit by bit, and checks nothing.
 */
#include "tests/bench/bench.h"

#include "exchanges/lighter/lighter_sign.h"
#include "exchanges/lighter/poseidon2.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de62f"

#define PASSES 300
#define CALLS  10 /* in a pass */

struct signing {
	struct lighter_key key;
	struct lighter_transaction order;
	struct scalar secret, k;
	uint8_t extra[32];
	struct lighter_signed made;
	uint8_t hash[40], signature[80];
	struct quintic message;
};

static void sign_orders(void *user)
{
	struct signing *signing = user;
	struct error err;
	for (unsigned i = 0; i < CALLS; i++) {
		signing->order.nonce++;
		if (!lighter_sign(&signing->key, LIGHTER_CHAIN_TESTNET, &signing->order,
				  signing->extra, &signing->made, &err))
			abort();
	}
}

static void hash_only(void *user)
{
	struct signing *signing = user;
	struct error err;
	for (unsigned i = 0; i < CALLS; i++) {
		signing->order.nonce++;
		if (!lighter_hash(LIGHTER_CHAIN_TESTNET, &signing->order, signing->hash, &err))
			abort();
	}
}

static void sign_only(void *user)
{
	struct signing *signing = user;
	for (unsigned i = 0; i < CALLS; i++)
		if (!schnorr_sign_hedged(&signing->secret, &signing->message, signing->extra,
					 signing->signature))
			abort();
}

static void verify_only(void *user)
{
	struct signing *signing = user;
	for (unsigned i = 0; i < CALLS; i++)
		if (!schnorr_verifier_check_vartime(&signing->key.verifier, &signing->message,
						    signing->signature))
			abort();
}

static void do_nothing(void *user)
{
	(void)user;
}

static double each_us(const struct bench_passes *passes)
{
	return passes->best_s / CALLS * 1e6;
}

static void double_and_add(struct ecgfp5_point *out, const struct scalar *k)
{
	*out = ecgfp5_neutral;
	for (unsigned i = 319; i-- > 0;) {
		ecgfp5_add(out, out, out);
		if (scalar_bit(k, i))
			ecgfp5_add(out, out, &ecgfp5_generator);
	}
}

static void sign_plainly(void *user)
{
	struct signing *signing = user;
	hash_only(user);
	for (unsigned i = 0; i < CALLS; i++) {
		struct ecgfp5_point commitment;
		struct quintic input[2], challenge;
		struct scalar e, s;
		uint8_t bytes[40];
		uint64_t elements[10];
		double_and_add(&commitment, &signing->k);
		ecgfp5_encode(&input[0], &commitment);
		input[1] = signing->message;
		memcpy(elements, input, sizeof(elements));
		poseidon2_hash_to_fp5(elements, 10, &challenge);
		quintic_to_bytes(bytes, &challenge);
		scalar_from_bytes(&e, bytes);
		scalar_mul(&s, &e, &signing->secret);
		scalar_sub(&s, &signing->k, &s);
		scalar_to_bytes(signing->signature, &s);
		scalar_to_bytes(signing->signature + 40, &e);
	}
}

void bench_lighter_sign(struct bench_report *report)
{
	struct signing *signing = calloc(1, sizeof(*signing));
	struct error err;
	assert(signing != NULL);
	bool loaded = lighter_key_load(KEY, &signing->key, &err);
	assert(loaded);
	signing->order = (struct lighter_transaction){
		.type = LIGHTER_CREATE_ORDER,
		.account_index = 281474976623092,
		.api_key_index = 4,
		.nonce = 1000,
		.expired_at_ms = 1787900000000,
		.u.create = {.market_index = 1,
			     .client_order_index = 1000001,
			     .base_amount = 150,
			     .price = 302466,
			     .type = LIGHTER_LIMIT,
			     .time_in_force = LIGHTER_IOC},
	};
	memset(signing->extra, 0x5a, sizeof(signing->extra));
	scalar_from_bytes(&signing->secret, signing->key.secret);
	scalar_from_hash(&signing->k, (const uint8_t[64]){[3] = 77, [33] = 201, [38] = 99});
	hash_only(signing);
	bool canonical = quintic_from_bytes(&signing->message, signing->hash);
	assert(canonical);

	struct bench_passes whole, plain, part, none;
	bench_in_turns(PASSES, sign_orders, sign_plainly, signing, &whole, &plain);
	/* Both must do the same work: the plain signature, too, is one. */
	assert(schnorr_verifier_check_vartime(&signing->key.verifier, &signing->message,
					      signing->signature));
	bench_in_turns(PASSES, hash_only, do_nothing, signing, &part, &none);
	double hash_us = each_us(&part);
	bench_in_turns(PASSES, sign_only, do_nothing, signing, &part, &none);
	double sign_us = each_us(&part);
	bench_in_turns(PASSES, verify_only, do_nothing, signing, &part, &none);
	double verify_us = each_us(&part);
	free(signing);
	bench_report_add(report, "lighter_sign_us", each_us(&whole), "us", each_us(&plain),
			 "plain double-and-add, unchecked");
	bench_report_note(report,
			  "fastest pass: hash %.1f, sign %.1f, verify %.1f us; mean of all %.1f us",
			  hash_us, sign_us, verify_us, whole.mean_s / CALLS * 1e6);
}

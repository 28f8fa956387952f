/*
 * hyperliquid_sign_us: one order from its struct to the body that is sent: checked, written as
 * msgpack and JSON, hashed, signed. The baseline is the signature alone.
 */
#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "tests/bench/bench.h"

#include <assert.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>

#define PASSES 200
#define CALLS  50 /* of each pass */

struct signing {
	struct hyperliquid_key key;
	struct hyperliquid_order order;
	struct hyperliquid_envelope envelope;
	struct hyperliquid_signed made;
	secp256k1_context *context;
	uint8_t digest[32];
};

static void sign_orders(void *user)
{
	struct signing *signing = user;
	const struct hyperliquid_action action = {
		.kind = HYPERLIQUID_ACTION_ORDER,
		.u.order = {.orders = &signing->order, .count = 1},
	};
	for (unsigned i = 0; i < CALLS; i++) {
		struct error err;
		signing->envelope.nonce_ms++;
		bool made = hyperliquid_sign(&signing->key, &action, &signing->envelope,
					     &signing->made, &err);
		assert(made);
	}
}

static void sign_digests(void *user)
{
	struct signing *signing = user;
	for (unsigned i = 0; i < CALLS; i++) {
		secp256k1_ecdsa_recoverable_signature signature;
		memcpy(signing->digest, &i, sizeof(i));
		int made = secp256k1_ecdsa_sign_recoverable(signing->context, &signature,
							    signing->digest, signing->key.secret,
							    NULL, NULL);
		assert(made);
	}
}

void bench_hyperliquid_sign(struct bench_report *report)
{
	static struct signing signing;
	struct error err;
	bool loaded = hyperliquid_key_load(
		"0x0123456789012345678901234567890123456789012345678901234567890123", &signing.key,
		&err);
	assert(loaded);
	signing.order = (struct hyperliquid_order){
		.asset = 1,
		.buy = true,
		.price = "2831.7",
		.size = "0.0456",
		.tif = HYPERLIQUID_IOC,
		.cloid = "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70",
	};
	signing.envelope = (struct hyperliquid_envelope){.nonce_ms = 1764000000000,
							 .expires_after_ms = 1764000015000};
	signing.context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	assert(signing.context != NULL);
	struct bench_passes signed_orders, bare;
	bench_in_turns(PASSES, sign_orders, sign_digests, &signing, &signed_orders, &bare);
	secp256k1_context_destroy(signing.context);
	bench_report_add(report, "hyperliquid_sign_us", signed_orders.best_s * 1e6 / CALLS, "us",
			 bare.best_s * 1e6 / CALLS, "sign_recoverable alone");
	bench_report_note(report,
			  "an IOC order with client order id and expiry, body of %zu bytes; mean "
			  "%.3g us, baseline's %.3g",
			  signing.made.body_length, signed_orders.mean_s * 1e6 / CALLS,
			  bare.mean_s * 1e6 / CALLS);
}

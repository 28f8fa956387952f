/*
 * Nonces against a venue that counts strictly, over a wire that loses requests and answers: no two
 * transactions that may still act ever share a nonce, and the two always come together again.
 */
#include "core/base/random.h"
#include "exchanges/lighter/lighter_nonce.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FLIGHTS 64
#define STEPS	2000

enum fate { FATE_ON_THE_WAY, FATE_ANSWERED, FATE_LOST };
enum answer { ANSWER_ACCEPTED, ANSWER_REFUSED, ANSWER_INVALID };

struct flight {
	bool used;
	int64_t nonce, dead_ns;
	enum fate fate;
	enum answer answer;
	int64_t answer_ns; /* when it is heard; -1: never */
};

static struct random dice;
static struct lighter_nonces nonces;
static struct flight flights[FLIGHTS];
static int64_t expected; /* the venue's next */
static int64_t now_ns;
static uint64_t accepted;

/* The venue reads a transaction: in the order in which they were sent. */
static void arrive(struct flight *flight)
{
	uint64_t luck = random_below(&dice, 100);
	flight->fate = FATE_ANSWERED;
	flight->answer_ns = now_ns + (int64_t)random_below(&dice, 5);
	if (luck < 3) { /* the request is lost */
		flight->fate = FATE_LOST;
		flight->answer_ns = -1;
		return;
	}
	if (flight->nonce != expected) {
		flight->answer = ANSWER_INVALID;
	} else if (luck < 15) {
		flight->answer = ANSWER_REFUSED;
	} else {
		flight->answer = ANSWER_ACCEPTED;
		expected++;
	}
	if (random_below(&dice, 30) == 0)
		flight->answer_ns = -1; /* the answer is lost */
}

static void send(uint64_t seed)
{
	struct flight *place = NULL;
	int64_t nonce;
	for (size_t i = 0; i < FLIGHTS; i++)
		if (!flights[i].used)
			place = &flights[i];
	if (place == NULL || !lighter_nonces_take(&nonces, now_ns + 20, &nonce))
		return;
	for (size_t i = 0; i < FLIGHTS; i++)
		if (flights[i].used && flights[i].nonce == nonce)
			fail_msg("seed %llu: nonce %lld is out twice", (unsigned long long)seed,
				 (long long)nonce);
	*place = (struct flight){.used = true, .nonce = nonce, .dead_ns = now_ns + 20};
	arrive(place);
}

static void hear(struct flight *flight)
{
	switch (flight->answer) {
	case ANSWER_ACCEPTED:
		lighter_nonces_accepted(&nonces, flight->nonce);
		accepted++;
		break;
	case ANSWER_REFUSED:
		lighter_nonces_refused(&nonces, flight->nonce);
		break;
	case ANSWER_INVALID:
		lighter_nonces_invalid(&nonces, flight->nonce);
		break;
	}
	flight->used = false;
}

static void listen(void)
{
	for (size_t i = 0; i < FLIGHTS; i++) {
		struct flight *flight = &flights[i];
		if (flight->used && flight->answer_ns >= 0 && flight->answer_ns <= now_ns)
			hear(flight);
		else if (flight->used && flight->dead_ns <= now_ns) {
			lighter_nonces_unknown(&nonces, flight->nonce);
			flight->used = false;
		}
	}
	assert_true(nonces.waiting_count <= LIGHTER_NONCES_AHEAD);
	assert_true(nonces.waiting_count + nonces.free_count <= LIGHTER_NONCES_AHEAD);
	if (lighter_nonces_resync_at(&nonces) <= now_ns && nonces.waiting_count == 0)
		lighter_nonces_resync(&nonces, now_ns, expected);
}

static void one_world(uint64_t seed)
{
	random_seed(&dice, seed);
	memset(flights, 0, sizeof(flights));
	lighter_nonces_init(&nonces);
	now_ns = 0;
	accepted = 0;
	expected = (int64_t)random_below(&dice, 1000);
	lighter_nonces_resync(&nonces, 0, expected);
	for (unsigned step = 0; step < STEPS; step++) {
		now_ns++;
		for (uint64_t i = random_below(&dice, 4); i > 0; i--)
			send(seed);
		listen();
	}
	/* Quiet: everything is answered or dead, then one goes through at once. */
	for (unsigned step = 0; step < 50; step++) {
		now_ns++;
		listen();
	}
	int64_t nonce;
	if (!lighter_nonces_take(&nonces, now_ns + 20, &nonce) || nonce != expected)
		fail_msg("seed %llu: %lld, the venue expects %lld", (unsigned long long)seed,
			 (long long)nonce, (long long)expected);
	assert_true(accepted > STEPS / 10);
}

static void we_and_the_venue_come_together(void **state)
{
	(void)state;
	unsigned runs = effort(300, "nonces over a faulty wire");
	for (uint64_t seed = 1; seed <= runs; seed++)
		one_world(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(we_and_the_venue_come_together)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

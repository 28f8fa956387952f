/*
 * `fundarb testnet` as a process of its own, for tests of commands over real sockets: it dies with
 * the test, at the latest by its own --for.
 */
#ifndef FUNDARB_TESTS_SUPPORT_RUNNING_TESTNET_H
#define FUNDARB_TESTS_SUPPORT_RUNNING_TESTNET_H

#include "tests/support/program.h"

struct running_testnet {
	pid_t process;
	cJSON *line; /* what it printed */
};

/* text: the whole testnet.ini. */
void running_testnet_start(struct running_testnet *testnet, const struct workshop *workshop,
			   const char *text);
void running_testnet_stop(struct running_testnet *testnet);
/* POST to its admin endpoint; fails the test if it does not say ok. */
void running_testnet_tell(const struct running_testnet *testnet, const char *target,
			  const char *body);
/*
 * Writes keys and a bot's file for account `index` of it: mode is testnet unless said otherwise.
 * Lines of [venue lighter] and [venue hyperliquid] are those it needs; `main` stands before them.
 */
void running_testnet_write_bot(const struct running_testnet *testnet,
			       const struct workshop *workshop, const char *name, const char *main,
			       int index);
/* Replaces the first `old` in a file of the workshop; fails the test if it is not there. */
void workshop_replace(const struct workshop *workshop, const char *name, const char *old,
		      const char *fresh);

#endif

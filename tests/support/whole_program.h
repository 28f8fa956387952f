/*
 * The whole program against both venue models in one process, on a virtual clock: configuration in,
 * report out, bytes of both wire protocols in between. Deterministic.
 */
#ifndef FUNDARB_TESTS_SUPPORT_WHOLE_PROGRAM_H
#define FUNDARB_TESTS_SUPPORT_WHOLE_PROGRAM_H

#include "src/local_testnet.h"
#include "src/report.h"
#include "src/world_live.h"
#include "tests/support/wire_tap.h"

struct whole_program {
	char folder[64]; /* removed at the end */
	struct scheduler *scheduler;
	struct local_testnet *testnet;
	struct wire_tap tap; /* its listener may be set at any time */
	struct connector connector;
	struct config *config;
	struct world *world;
};

/*
 * testnet_keys: lines of [testnet] and what follows, e.g. "[market]\nvolatility_bp = 3\n"; the seed
 * and the folder are set. bot_text: the bot's sections after [main] (mode is testnet unless `mode`
 * says otherwise). Fails the test if anything does not start.
 */
struct whole_program *whole_program_create(const char *mode, const char *testnet_keys,
					   const char *bot_text, int64_t run_ns);
/* The bot ends and begins anew on the same testnet; narration: world_live_options. */
void whole_program_restart(struct whole_program *program, int64_t run_ns, FILE *narration);
void whole_program_free(struct whole_program *program);

#endif

#include "tests/support/whole_program.h"

#include "core/base/utc.h"
#include "tests/support/scratch_folder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2026-03-01T12:00:20Z: some way off any boundary. */
#define START_NS (INT64_C(1772366420) * NS_PER_SECOND)

static void write_text(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void write_text(const char *path, const char *format, ...)
{
	FILE *file = fopen(path, "we");
	va_list arguments;
	assert_non_null(file);
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	assert_int_equal(fclose(file), 0);
}

static void begin_world(struct whole_program *program, int64_t run_ns, FILE *narration)
{
	struct error err = {0};
	struct world_live_options options = {.run_ns = run_ns,
					     .narration = narration,
					     .scheduler = program->scheduler,
					     .connector = &program->connector};
	program->world = world_create_live(program->config, &options, &err);
	if (!program->world)
		fail_msg("%s", err.text);
}

struct whole_program *whole_program_create(const char *mode, const char *testnet_keys,
					   const char *bot_text, int64_t run_ns)
{
	struct whole_program *program = calloc(1, sizeof(*program));
	struct error err = {0};
	char path[128];
	assert_non_null(program);
	scratch_folder_make(program->folder, sizeof(program->folder));
	snprintf(path, sizeof(path), "%s/testnet.ini", program->folder);
	write_text(path, "[testnet]\nseed = 7\nstate_directory = %s/testnet\n%s", program->folder,
		   testnet_keys);
	program->scheduler = scheduler_create(START_NS);
	assert_non_null(program->scheduler);
	struct virtual_link_options links = {.up_ns = 4 * NS_PER_MS,
					     .down_ns = 4 * NS_PER_MS,
					     .jitter_ns = 2 * NS_PER_MS,
					     .seed = 5};
	program->testnet = local_testnet_simulate(path, program->scheduler, &links, &err);
	if (!program->testnet)
		fail_msg("%s", err.text);
	program->tap.inner = local_testnet_connector(program->testnet);
	program->connector = wire_tap_connector(&program->tap);
	program->config = calloc(1, sizeof(*program->config));
	assert_non_null(program->config);
	snprintf(path, sizeof(path), "%s/bot.ini", program->folder);
	write_text(path, "[main]\nmode = %s\nstate_directory = %s/state\nlog_level = alarm\n%s",
		   mode, program->folder, bot_text);
	if (!config_load(path, program->config, &err) ||
	    !local_testnet_configure(program->testnet, program->config, &err))
		fail_msg("%s", err.text);
	begin_world(program, run_ns, NULL);
	return program;
}

void whole_program_restart(struct whole_program *program, int64_t run_ns, FILE *narration)
{
	world_free(program->world);
	begin_world(program, run_ns, narration);
}

void whole_program_free(struct whole_program *program)
{
	world_free(program->world);
	local_testnet_stop(program->testnet);
	scheduler_free(program->scheduler);
	free(program->config);
	scratch_folder_remove(program->folder);
	free(program);
}

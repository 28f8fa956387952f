/* Any bytes: refused with file and line, or a configuration that is written and read back equal. */
#include "config/config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct config config, again;
	static char written[128 * 1024];
	struct error err = {0};
	if (!config_load_text("bot.ini", (const char *)bytes, size, &config, &err)) {
		assert(err.category == ERROR_CONFIGURATION);
		assert(strncmp(err.text, "bot.ini:", 8) == 0);
		return 0;
	}
	FILE *out = fmemopen(written, sizeof(written), "w");
	if (!out)
		abort();
	config_write(&config, out);
	long length = ftell(out);
	assert(length > 0 && (size_t)length < sizeof(written) - 1);
	fclose(out);
	bool loaded = config_load_text("bot.ini", written, (size_t)length, &again, &err);
	assert(loaded);
	/* Line numbers differ: the written file has an order of its own. */
	for (size_t i = 0; i < config.venue_count; i++)
		again.venues[i].line = config.venues[i].line;
	for (size_t i = 0; i < config.instrument_count; i++)
		again.instruments[i].line = config.instruments[i].line;
	for (size_t i = 0; i < config.pair_count; i++)
		again.pairs[i].line = config.pairs[i].line;
	assert(memcmp(&config, &again, sizeof(config)) == 0);
	return 0;
}

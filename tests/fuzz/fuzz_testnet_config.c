/* Any bytes as the testnet's file: refused with file and line, or within the table's bounds. */
#include "config/testnet_config.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct testnet_config config;
	struct error err = {0};
	if (!testnet_config_load_text("t.ini", (const char *)bytes, size, &config, &err)) {
		assert(err.category == ERROR_CONFIGURATION);
		assert(strncmp(err.text, "t.ini:", 6) == 0);
		return 0;
	}
	assert(config.account_count >= 1 && config.account_count <= TESTNET_ACCOUNTS_MAX);
	assert(config.levels >= 1 && config.levels <= 100);
	assert(config.feed_book_interval_ns >= 10000000);
	assert(config.faults.count <= TESTNET_LIST_MAX);
	for (size_t i = 0; i < config.account_count; i++)
		assert(config.accounts[i].name[0] != '\0' && config.accounts[i].deposit.e18 >= 0);
	return 0;
}

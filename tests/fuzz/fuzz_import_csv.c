/* Any bytes as a CSV history: refused, or a recording that can be read back; never a fault. */
#include "src/import/import.h"
#include "tests/support/import_fixture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_event(void *user, const struct market_event *event,
		     const struct instrument_table *instruments)
{
	int64_t *last_ns = user;
	(void)instruments;
	assert(event->flags & EVENT_FLAG_VENUE_TIME);
	assert(event->exch_ns >= *last_ns);
	*last_ns = event->exch_ns;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char candles[] =
		"funding_time_ms,venue,pair,contract,span_start_ms,span_end_ms,open,high,low,close,"
		"volume,funding_rate\n";
	static const char *const headers[] = {
		"venue,symbol,time_ms,rate\n",
		"venue,instrument,boundary_ms,interval_hours,rate,source\n",
		"venue,symbol,time_ms,rate,premium\n",
		candles,
		"",
	};
	static const enum import_kind kinds[] = {IMPORT_FUNDING, IMPORT_FUNDING,
						 IMPORT_HYPERLIQUID_FUNDING, IMPORT_CANDLES_FUNDING,
						 IMPORT_FUNDING};
	struct import_fixture fixture;
	if (size == 0)
		return 0;
	size_t form = bytes[0] % 5;
	size_t header = strlen(headers[form]);
	char *text = malloc(header + size);
	assert(text != NULL);
	memcpy(text, headers[form], header);
	memcpy(text + header, bytes + 1, size - 1);
	text[header + size - 1] = '\0';
	import_fixture_begin(&fixture, kinds[form]);
	import_fixture_text(&fixture, "rows.csv", text);
	free(text);
	if (import_fixture_run(&fixture)) {
		int64_t last_ns = 0;
		uint64_t events = import_fixture_replay(&fixture, on_event, &last_ns);
		assert(events == fixture.report->events);
	} else {
		assert(fixture.error.text[0] != '\0');
	}
	import_fixture_end(&fixture);
	return 0;
}

/* Bodies of dictionary records (docs/recording-format.md, "Dictionary"): both directions in one
 * place. */
#ifndef FUNDARB_CORE_STORE_RECORDING_DICTIONARY_RECORDS_H
#define FUNDARB_CORE_STORE_RECORDING_DICTIONARY_RECORDS_H

#include "core/market/instrument.h"
#include "core/store/recording_format.h"

enum dictionary_record {
	DICTIONARY_SETTINGS = 1,
	DICTIONARY_VENUE = 2,
	DICTIONARY_ASSET = 3,
	DICTIONARY_INSTRUMENT = 4, /* identity and first revision */
	DICTIONARY_REVISION = 5,
	DICTIONARY_STREAM = 6,
};

/* An instrument's venue and assets as numbers of the dictionary; 0 = none. */
struct instrument_numbers {
	uint32_t venue, base, canonical, quote, settle;
};

uint8_t *dictionary_write_instrument(uint8_t *at, const struct instrument *terms,
				     const struct instrument_numbers *numbers);
/* Fills everything but id, venue and assets. */
void dictionary_read_instrument(struct cursor *cursor, struct instrument *terms,
				struct instrument_numbers *numbers);
uint8_t *dictionary_write_revision(uint8_t *at, const struct instrument_revision *revision);
void dictionary_read_revision(struct cursor *cursor, struct instrument_revision *revision);
/* Same identity (venue, symbol, kind, assets, sizes, decimals), whatever the id. */
bool instrument_same_identity(const struct instrument *a, const struct instrument *b);
/* Same rules, fees and funding, whatever number and beginning. */
bool instrument_same_terms(const struct instrument_revision *a,
			   const struct instrument_revision *b);

#endif

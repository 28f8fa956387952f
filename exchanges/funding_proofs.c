#include "exchanges/funding_proofs.h"

#include "core/base/log.h"
#include "core/base/utc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct funding_proofs {
	struct funding_proof_record *records; /* owned */
	size_t count, capacity;
	/* Index + 1 of the instrument's record; 0: never met. */
	uint16_t by_instrument[INSTRUMENTS_MAX + 1];
};

struct funding_proofs *funding_proofs_create(void)
{
	return calloc(1, sizeof(struct funding_proofs));
}

void funding_proofs_free(struct funding_proofs *proofs)
{
	if (!proofs)
		return;
	free(proofs->records);
	free(proofs);
}

static struct funding_proof_record *find_name(const struct funding_proofs *proofs, const char *name)
{
	for (size_t i = 0; i < proofs->count; i++)
		if (strcmp(proofs->records[i].name, name) == 0)
			return &proofs->records[i];
	return NULL;
}

/* Names come from venues: one with a blank or a control character would break the line. */
static bool name_fits_a_line(const char *name)
{
	if (name[0] == '\0' || name[0] == '#')
		return false;
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return false;
	return true;
}

bool funding_proofs_add(struct funding_proofs *proofs, const struct funding_proof_record *record)
{
	if (proofs->count == FUNDING_PROOFS_MAX || !name_fits_a_line(record->name) ||
	    find_name(proofs, record->name))
		return false;
	if (proofs->count == proofs->capacity) {
		size_t capacity = proofs->capacity ? 2 * proofs->capacity : 64;
		struct funding_proof_record *grown =
			realloc(proofs->records, capacity * sizeof(*grown));
		if (!grown)
			abort();
		proofs->records = grown;
		proofs->capacity = capacity;
	}
	proofs->records[proofs->count++] = *record;
	return true;
}

static struct funding_proof_terms terms_of(const struct instrument_table *instruments,
					   instrument_id id)
{
	const struct instrument *instrument = instrument_get(instruments, id);
	return (struct funding_proof_terms){
		.interval_ns = instrument_latest(instruments, id)->funding.interval_ns,
		.price_decimals = instrument->price_decimals,
		.quantity_decimals = instrument->quantity_decimals,
		.contract_size = instrument->contract_size,
	};
}

static bool same_terms(const struct funding_proof_terms *a, const struct funding_proof_terms *b)
{
	return a->interval_ns == b->interval_ns && a->price_decimals == b->price_decimals &&
	       a->quantity_decimals == b->quantity_decimals &&
	       a->contract_size.e18 == b->contract_size.e18;
}

struct funding_proof *funding_proofs_meet(struct funding_proofs *proofs,
					  const struct instrument_table *instruments,
					  instrument_id id)
{
	struct funding_proof_record *record;
	struct funding_proof_terms terms = terms_of(instruments, id);
	assert(id >= 1 && id <= INSTRUMENTS_MAX);
	if (proofs->by_instrument[id] == 0) {
		struct funding_proof_record fresh = {.terms = terms,
						     .proof = funding_proof_begin()};
		instrument_name(instruments, id, fresh.name, sizeof(fresh.name));
		record = find_name(proofs, fresh.name);
		if (!record) {
			if (!funding_proofs_add(proofs, &fresh))
				return NULL;
			record = &proofs->records[proofs->count - 1];
		}
		proofs->by_instrument[id] = (uint16_t)(record - proofs->records + 1);
	}
	record = &proofs->records[proofs->by_instrument[id] - 1];
	if (!same_terms(&record->terms, &terms)) {
		record->terms = terms;
		if (!record->proof.quarantined) {
			log_write(LOG_WARNING, "funding",
				  "%s has other terms than when its funding was proven: it is "
				  "proven anew",
				  record->name);
			record->proof = funding_proof_begin();
		}
	}
	return &record->proof;
}

const struct funding_proof *funding_proofs_find(const struct funding_proofs *proofs,
						instrument_id id)
{
	size_t place = proofs->by_instrument[id];
	return place ? &proofs->records[place - 1].proof : NULL;
}

enum funding_proof_state funding_proofs_state(const struct funding_proofs *proofs,
					      const struct instrument_table *instruments,
					      instrument_id id)
{
	const struct funding_proof *proof = funding_proofs_find(proofs, id);
	if (!instrument_latest(instruments, id)->funding.pays)
		return FUNDING_FULL;
	return proof ? funding_proof_state(proof) : FUNDING_UNPROVEN;
}

size_t funding_proofs_count(const struct funding_proofs *proofs)
{
	return proofs->count;
}

const struct funding_proof_record *funding_proofs_at(const struct funding_proofs *proofs,
						     size_t index)
{
	assert(index < proofs->count);
	return &proofs->records[index];
}

void funding_proofs_write(const struct funding_proofs *proofs, FILE *out)
{
	for (size_t i = 0; i < proofs->count; i++) {
		const struct funding_proof_record *record = &proofs->records[i];
		char sentence[FUNDING_SENTENCE_MAX], since[UTC_TEXT_MAX] = "";
		if (record->proof.changed_ns != 0)
			utc_format(record->proof.changed_ns, 0, since, sizeof(since));
		fprintf(out, "  %-24s %-11s %s%s%s\n", record->name,
			funding_proof_state_text(funding_proof_state(&record->proof)),
			funding_proof_sentence(&record->proof, sentence, sizeof(sentence)),
			since[0] ? ", since " : "", since);
	}
}

/*
 * The funding proofs of all instruments, and the file that keeps them: one line an instrument,
 * named "venue:symbol", so that proofs outlive the process. Strategy and report read it; only
 * src/funding_prover changes it.
 *
 * The file is written whole beside the old one, synced, and put in its place. A line ends with its
 * checksum; a damaged one is reported and its instrument is unproven. A person ends a quarantine by
 * removing the line (or the file) while fundarb does not run.
 */
#ifndef FUNDARB_EXCHANGES_FUNDING_PROOFS_H
#define FUNDARB_EXCHANGES_FUNDING_PROOFS_H

#include "exchanges/funding_proof.h"
#include <stdio.h>

#define FUNDING_PROOFS_MAX INSTRUMENTS_MAX

/* What a proof is about: with other terms it is void. */
struct funding_proof_terms {
	int64_t interval_ns;
	unsigned price_decimals, quantity_decimals;
	struct money contract_size;
};

struct funding_proof_record {
	char name[INSTRUMENT_NAME_MAX];
	struct funding_proof_terms terms;
	struct funding_proof proof;
};

struct funding_proofs;

struct funding_proofs *funding_proofs_create(void); /* NULL: out of memory */
void funding_proofs_free(struct funding_proofs *proofs);

/*
 * The instrument's proof, found by its name or begun; begun anew if the terms changed since, except
 * that a quarantine stays. NULL: the table is full or the name cannot be written to a line. The
 * pointer is valid until the next call.
 */
struct funding_proof *funding_proofs_meet(struct funding_proofs *proofs,
					  const struct instrument_table *instruments,
					  instrument_id id);
/* NULL: never met. */
const struct funding_proof *funding_proofs_find(const struct funding_proofs *proofs,
						instrument_id id);
/* What pays no funding needs no proof: FUNDING_FULL. Never met: FUNDING_UNPROVEN. */
enum funding_proof_state funding_proofs_state(const struct funding_proofs *proofs,
					      const struct instrument_table *instruments,
					      instrument_id id);
size_t funding_proofs_count(const struct funding_proofs *proofs);
const struct funding_proof_record *funding_proofs_at(const struct funding_proofs *proofs,
						     size_t index);

/*
 * Adds what the file holds; a missing file holds nothing. False: it cannot be read. *damaged counts
 * the lines that were passed over; each is reported in the log.
 */
bool funding_proofs_load(struct funding_proofs *proofs, const char *path, unsigned *damaged,
			 struct error *err);
/* Atomic: after a false, or a power cut, the file is the old one or the new one. */
bool funding_proofs_save(const struct funding_proofs *proofs, const char *path, struct error *err);
/* One line of text for people per proof: name, state, what it rests on, since when. */
void funding_proofs_write(const struct funding_proofs *proofs, FILE *out);

/* The line of one record with its checksum, without a newline; its length, 0 if it does not fit. */
#define FUNDING_PROOF_LINE_MAX 1024
size_t funding_proof_line(const struct funding_proof_record *record,
			  char line[FUNDING_PROOF_LINE_MAX]);
/* Reads such a line of `length` bytes; false: damaged. */
bool funding_proof_line_read(const char *line, size_t length, struct funding_proof_record *record);
/* Puts a record that was read into the table; false: full, or the name is there already. */
bool funding_proofs_add(struct funding_proofs *proofs, const struct funding_proof_record *record);

#endif

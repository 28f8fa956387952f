/*
 * What all kinds of import share: the instruments, the state that feeds the writer's keyframes, the
 * recording that is written, the report that grows.
 */
#ifndef FUNDARB_SRC_IMPORT_IMPORT_SESSION_H
#define FUNDARB_SRC_IMPORT_IMPORT_SESSION_H

#include "src/import/import.h"
#include "src/progress.h"

struct import_session {
	const struct import_options *options;
	struct import_report *report;
	struct instrument_table *instruments;
	struct market_state *state;
	struct recording_writer *writer; /* NULL until import_session_start */
	struct progress progress;
	struct error error;
	bool failed; /* the recording could not be written: error says why */
};

/* The report's entry of a stream or venue, added when new. Aborts if memory is out. */
size_t import_session_stream(struct import_session *session, const char *venue, const char *symbol);
size_t import_session_venue(struct import_session *session, const char *venue);

/*
 * Enters a stream's instrument into the table: with the terms of options->terms_from if it is
 * there, else with the defaults and this scale. Sets the stream's instrument and scale.
 */
bool import_session_instrument(struct import_session *session, size_t stream,
			       const struct scale_terms *scale, struct error *err);

/* Starts the recording; start_ns names its first segment. */
bool import_session_start(struct import_session *session, int64_t start_ns, struct error *err);

/* Applies an event and writes it. After a failure it does nothing. */
void import_session_event(struct import_session *session, const struct market_event *event);

/* The kinds. Each fills session->report; false: err says why. */
bool import_binance_raw(struct import_session *session, struct error *err);
bool import_csv(struct import_session *session, struct error *err);

#endif

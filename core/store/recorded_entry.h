/*
 * What a recording holds beside market events: the answers of reads, of commands, account events,
 * and the marks of a session. Written by a session, so that it can be played again with what it
 * asked for and was told (docs/recording-format.md, "Session records").
 *
 * The store does not know the venue interface: kinds and outcomes are its numbers, payloads are
 * market events, account events and rows of figures (exchanges/recorded_read.h turns them back).
 */
#ifndef FUNDARB_CORE_STORE_RECORDED_ENTRY_H
#define FUNDARB_CORE_STORE_RECORDED_ENTRY_H

#include "core/market/account_event.h"
#include "core/market/market_event.h"

#define RECORDED_VALUES_MAX 8
#define RECORDED_TEXT_MAX   255 /* bytes; a longer text is cut */
#define RECORDED_TEXTS	    3

/* One line of figures; which stands where follows from the kind of the answer. */
struct recorded_row {
	instrument_id instrument; /* 0 = none */
	asset_id asset;		  /* 0 = none */
	i128 values[RECORDED_VALUES_MAX];
};

struct recorded_answer {
	venue_id venue;
	instrument_id instrument; /* of the request; 0 = about all */
	uint8_t kind;		  /* of the read */
	uint8_t outcome;
	int64_t requested_ns; /* local: when it was asked */
	int64_t received_ns;  /* local: when the asker was told */
	/* Borrowed. A BOOK event is the only one of its answer. */
	const struct market_event *events;
	const struct account_event *account;
	const struct recorded_row *rows;
	uint32_t event_count, account_count, row_count;
	const char *texts[RECORDED_TEXTS]; /* NULL = "" */
};

struct recorded_command {
	venue_id venue;
	instrument_id instrument; /* 0 = none */
	uint8_t kind, outcome, reason;
	uint32_t client_id; /* 0 = none */
	int64_t requested_ns, received_ns;
	const char *texts[RECORDED_TEXTS]; /* order id, code, text of the venue; NULL = "" */
};

enum session_phase {
	SESSION_BEGAN,	 /* the strategy starts at this instant */
	SESSION_LEAVING, /* nothing more is opened, what is held is closed if so configured */
	SESSION_ENDED,
};

struct recorded_session {
	enum session_phase phase;
	int64_t local_ns;
	uint64_t seed;
	uint32_t next_client_id; /* BEGAN: the first one it can hand out */
	const char *mode;	 /* "paper", ... */
	const char *program;	 /* name and version */
};

enum recorded_kind {
	RECORDED_EVENT,
	RECORDED_ANSWER,
	RECORDED_COMMAND,
	RECORDED_ACCOUNT,
	RECORDED_SESSION,
};

struct recording_entry {
	enum recorded_kind kind;
	union {
		struct market_event event;
		struct recorded_answer answer;
		struct recorded_command command;
		struct account_event account;
		struct recorded_session session;
	} u;
};

#endif

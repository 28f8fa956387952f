/*
 * Downloads settled funding rates of every market of every venue that is up: oldest first, in
 * pieces, one request a venue at a time (the clients keep the venue's request budget), asking again
 * where an answer fails. What the history holds already is not asked for.
 */
#ifndef FUNDARB_SRC_HISTORY_DOWNLOAD_H
#define FUNDARB_SRC_HISTORY_DOWNLOAD_H

#include "src/funding_history.h"
#include "src/public_venues.h"

struct history_download;

struct history_request {
	int64_t from_ns, to_ns; /* venue time */
	/* Which markets; NULL: all that pay funding. */
	bool (*wanted)(void *user, const struct instrument_table *table, instrument_id id);
	void *user;
};

/* Both are borrowed; the venues are started. NULL with err. */
struct history_download *history_download_begin(struct public_venues *venues,
						struct funding_history *history,
						const struct history_request *request,
						struct error *err);
/* Nothing more is asked. What is still out may answer until the venues' clients are gone: it is
 * freed after them. */
void history_download_stop(struct history_download *download);
void history_download_free(struct history_download *download);
bool history_download_finished(void *download); /* for public_venues_wait */
/* Settlements asked for, and those of them that are answered for. */
uint64_t history_download_total(const struct history_download *download);
uint64_t history_download_done(const struct history_download *download);
/* Markets that could not be read to their end. */
size_t history_download_failed(const struct history_download *download);
/* Why nothing more can be taken (memory, bounds); false: nothing is wrong. */
bool history_download_error(const struct history_download *download, struct error *err);

#endif

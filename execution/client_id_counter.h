/*
 * The durable counter of client order ids: a file in the state directory, reserved in blocks of
 * 1,000 and fsynced before the first id of a block is handed out, so that no id is ever used twice,
 * whatever is killed when.
 */
#ifndef FUNDARB_EXECUTION_CLIENT_ID_COUNTER_H
#define FUNDARB_EXECUTION_CLIENT_ID_COUNTER_H

#include "core/base/error.h"
#include <stdint.h>

#define CLIENT_ID_BLOCK 1000

struct client_id_counter;
/*
 * Makes directory and file if missing; refuses a damaged (also an emptied) file, and one that
 * another process has open.
 */
struct client_id_counter *client_id_counter_open(const char *directory, struct error *err);
void client_id_counter_close(struct client_id_counter *counter);
/* The id that comes next. */
uint32_t client_id_counter_peek(const struct client_id_counter *counter);
/* Only where no id can ever have been sent (a simulated account): the next one will be `next`. */
void client_id_counter_begin_at(struct client_id_counter *counter, uint32_t next);
/* 1..CLIENT_ID_MAX, each once for ever; 0 if a new block could not be made durable. */
uint32_t client_id_counter_next(struct client_id_counter *counter);

#endif

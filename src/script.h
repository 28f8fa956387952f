/*
 * A script drives the atomic executor directly, one action per line:
 *
 *   2024-08-08T23:56:00Z open NAME long=<venue>:<symbol>:<quantity>
 * short=<venue>:<symbol>:<quantity> 2024-08-08T23:59:59Z close NAME
 *
 * Times are on the recorder's clock; quantities in the venue's own unit; either side may be absent
 * (one leg). close trades back what the trade holds, floored to the lot. Blank lines and # comments
 * are skipped; times must not run backwards.
 */
#ifndef FUNDARB_SRC_SCRIPT_H
#define FUNDARB_SRC_SCRIPT_H

#include "core/base/scheduler.h"
#include "execution/atomic_multi_order_executor.h"
#include "src/trade_log.h"

struct script;

/* err: "trades.txt:3: ..." with what is wrong and what is expected. */
struct script *script_load(const char *path, struct error *err);
void script_free(struct script *script);
/* Every action at its time. Quantities are read when they fire, since instruments may come late. */
void script_start(struct script *script, struct scheduler *scheduler,
		  const struct instrument_table *instruments, struct atomic_executor *executor,
		  struct trade_log *log);
/*
 * After the run: false if an action could not be carried out as written (unknown instrument or
 * name, quantity that does not fit, a trade that was refused, or data that ended before it).
 */
bool script_carried_out(const struct script *script, struct error *err);

#endif

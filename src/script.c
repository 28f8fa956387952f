#include "src/script.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LENGTH_MAX 510
#define ACTIONS_MAX	10000

struct script_leg {
	bool given;
	char venue[NAME_MAX_LENGTH + 1];
	char symbol[NAME_MAX_LENGTH + 1];
	char quantity[NAME_MAX_LENGTH + 1];
};

struct action {
	struct script *script;
	int64_t at_ns;
	unsigned line;
	bool closing;
	char name[TRADE_NAME_MAX + 1];
	struct script_leg legs[2]; /* long, short */
};

struct script {
	char path[256];
	struct action *actions;
	size_t count, capacity;
	size_t fired;
	uint32_t next_trade;
	struct scheduler *scheduler;
	int64_t started_ns;
	const struct instrument_table *instruments;
	struct atomic_executor *executor;
	struct trade_log *log;
	bool failed;
	struct error first_failure;
};

static bool copy_word(char *out, size_t size, const char *text, size_t length)
{
	if (length == 0 || length >= size)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

/* <venue>:<symbol>:<quantity> */
static bool parse_leg(const char *text, struct script_leg *leg)
{
	const char *first = strchr(text, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	int64_t ignored;
	if (!second || leg->given)
		return false;
	leg->given = true;
	if (!copy_word(leg->venue, sizeof(leg->venue), text, (size_t)(first - text)) ||
	    !copy_word(leg->symbol, sizeof(leg->symbol), first + 1, (size_t)(second - first - 1)) ||
	    !copy_word(leg->quantity, sizeof(leg->quantity), second + 1, strlen(second + 1)))
		return false;
	return decimal_parse_i64(leg->quantity, strlen(leg->quantity), 12, &ignored) ==
		       DECIMAL_OK &&
	       ignored > 0;
}

static bool parse_line(struct action *action, char *line, const char *where, struct error *err)
{
	char *rest = NULL;
	const char *time = strtok_r(line, " \t\r\n", &rest);
	const char *verb = strtok_r(NULL, " \t\r\n", &rest);
	const char *name = strtok_r(NULL, " \t\r\n", &rest);
	if (!utc_parse(time, strlen(time), &action->at_ns))
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: '%s' is not a time like 2024-08-08T23:56:00Z", where, time);
	if (!verb || (strcmp(verb, "open") != 0 && strcmp(verb, "close") != 0))
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: '%s' is no action; allowed are open and close", where,
				 verb ? verb : "");
	if (!name || !copy_word(action->name, sizeof(action->name), name, strlen(name)))
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: a name of 1 to %d characters must follow %s", where,
				 TRADE_NAME_MAX, verb);
	action->closing = strcmp(verb, "close") == 0;
	for (const char *word; (word = strtok_r(NULL, " \t\r\n", &rest)) != NULL;) {
		bool is_long = strncmp(word, "long=", 5) == 0;
		bool is_short = strncmp(word, "short=", 6) == 0;
		if (action->closing || (!is_long && !is_short) ||
		    !parse_leg(word + (is_long ? 5 : 6), &action->legs[is_long ? 0 : 1]))
			return error_set(err, ERROR_CONFIGURATION,
					 "%s: '%s' is not understood; allowed after open: "
					 "long=<venue>:<symbol>:<quantity> and "
					 "short=<venue>:<symbol>:<quantity>, once each",
					 where, word);
	}
	if (!action->closing && !action->legs[0].given && !action->legs[1].given)
		return error_set(err, ERROR_CONFIGURATION, "%s: open needs long=, short= or both",
				 where);
	return true;
}

static struct action *append(struct script *script)
{
	if (script->count == script->capacity) {
		size_t capacity = script->capacity ? script->capacity * 2 : 16;
		struct action *grown = realloc(script->actions, capacity * sizeof(*grown));
		if (!grown)
			return NULL;
		script->actions = grown;
		script->capacity = capacity;
	}
	struct action *action = &script->actions[script->count++];
	memset(action, 0, sizeof(*action));
	return action;
}

static bool read_line(struct script *script, char *line, size_t length, unsigned number,
		      struct error *err)
{
	char where[300];
	snprintf(where, sizeof(where), "%s:%u", script->path, number);
	if (strlen(line) != length)
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: line holds a NUL byte: this is not a text file", where);
	size_t newline = length > 0 && line[length - 1] == '\n';
	if (length - newline > LINE_LENGTH_MAX)
		return error_set(err, ERROR_CONFIGURATION, "%s: line is longer than %d characters",
				 where, LINE_LENGTH_MAX);
	line[strcspn(line, "#")] = '\0';
	if (line[strspn(line, " \t\r\n")] == '\0')
		return true;
	if (script->count >= ACTIONS_MAX)
		return error_set(err, ERROR_LIMIT, "%s: more than %d actions", where, ACTIONS_MAX);
	struct action *action = append(script);
	if (!action)
		return error_set(err, ERROR_LIMIT, "%s: out of memory", where);
	action->line = number;
	if (!parse_line(action, line, where, err))
		return false;
	if (script->count > 1 && action->at_ns < action[-1].at_ns)
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: this time is before the line above; sort the script", where);
	return true;
}

static bool read_lines(struct script *script, FILE *file, struct error *err)
{
	char *line = NULL;
	size_t capacity = 0;
	bool ok = true;
	unsigned number = 0;
	for (ssize_t length; ok && (length = getline(&line, &capacity, file)) >= 0;)
		ok = read_line(script, line, (size_t)length, ++number, err);
	if (ok && ferror(file))
		ok = error_set(err, ERROR_IO, "%s: %s", script->path, strerror(errno));
	free(line);
	return ok;
}

struct script *script_load(const char *path, struct error *err)
{
	struct script *script = calloc(1, sizeof(*script));
	FILE *file = fopen(path, "re");
	if (!script || !file) {
		error_set(err, ERROR_CONFIGURATION, "%s: script cannot be read: %s", path,
			  strerror(errno));
		if (file)
			fclose(file);
		free(script);
		return NULL;
	}
	snprintf(script->path, sizeof(script->path), "%s", path);
	script->next_trade = 1;
	bool ok = read_lines(script, file, err);
	fclose(file);
	if (!ok) {
		script_free(script);
		return NULL;
	}
	return script;
}

void script_free(struct script *script)
{
	if (!script)
		return;
	free(script->actions);
	free(script);
}

static void fail(struct action *action, const char *what)
{
	struct script *script = action->script;
	if (script->failed)
		return;
	script->failed = true;
	error_set(&script->first_failure, ERROR_INPUT, "%s:%u: %s", script->path, action->line,
		  what);
}

static void trade_ended(void *user, const struct trade_result *result)
{
	struct action *action = user;
	struct script *script = action->script;
	trade_log_result(script->log, result, scheduler_now(script->scheduler));
	if (result->state == TRADE_DONE && !result->halted)
		return;
	char what[256];
	const struct preflight_item *item = result->preflight && !action->closing
						    ? preflight_first_refusal(result->preflight)
						    : NULL;
	if (item)
		snprintf(what, sizeof(what), "%s was refused by %s: %s, limit %s", action->name,
			 preflight_check_text(item->check), item->number, item->limit);
	else
		snprintf(what, sizeof(what), "%s %s ended %s: %s",
			 action->closing ? "closing" : "opening", action->name,
			 trade_state_text(result->state), result->reason);
	fail(action, what);
}

static bool resolve_leg(struct action *action, const struct script_leg *leg, struct trade_leg *out,
			char *what, size_t size)
{
	const struct instrument_table *table = action->script->instruments;
	venue_id venue = instrument_table_find_venue(table, leg->venue);
	out->instrument = venue ? instrument_find(table, venue, leg->symbol) : 0;
	if (!out->instrument) {
		snprintf(what, size, "%s:%s is not in the recordings", leg->venue, leg->symbol);
		return false;
	}
	const struct instrument *instrument = instrument_get(table, out->instrument);
	enum decimal_result result =
		decimal_parse_i64(leg->quantity, strlen(leg->quantity),
				  instrument->quantity_decimals, &out->quantity.units);
	if (result != DECIMAL_OK) {
		snprintf(what, size, "quantity %s of %s:%s: %s (it counts %u decimals)",
			 leg->quantity, leg->venue, leg->symbol, decimal_result_text(result),
			 instrument->quantity_decimals);
		return false;
	}
	return true;
}

static bool is_alive(const struct trade_record *record)
{
	return record->status == TRADE_STATUS_OPENING || record->status == TRADE_STATUS_OPEN ||
	       record->status == TRADE_STATUS_CLOSING;
}

/* The trade of that name that holds or is about to; there is never more than one. */
static struct trade_record *find_alive(struct script *script, const char *name)
{
	for (size_t i = trade_log_count(script->log); i > 0; i--) {
		struct trade_record *record = trade_log_at(script->log, i - 1);
		if (strcmp(record->name, name) == 0 && is_alive(record))
			return record;
	}
	return NULL;
}

static void open_fires(struct action *action)
{
	struct script *script = action->script;
	const struct trade_record *alive = find_alive(script, action->name);
	struct trade_request request = {.trade = script->next_trade, .tactic = TACTIC_IOC};
	char what[256];
	if (alive) {
		snprintf(what, sizeof(what), "%s is %s already; give this trade another name",
			 action->name, trade_status_text(alive->status));
		fail(action, what);
		return;
	}
	snprintf(request.name, sizeof(request.name), "%s", action->name);
	for (size_t i = 0; i < 2; i++) {
		if (!action->legs[i].given)
			continue;
		struct trade_leg *leg = &request.legs[request.leg_count++];
		leg->side = i == 0 ? SIDE_BUY : SIDE_SELL;
		if (!resolve_leg(action, &action->legs[i], leg, what, sizeof(what))) {
			fail(action, what);
			return;
		}
	}
	script->next_trade++;
	struct trade_record *record = trade_log_add(script->log, request.trade, request.name,
						    scheduler_now(script->scheduler));
	record->leg_count = request.leg_count;
	for (size_t i = 0; i < request.leg_count; i++) {
		record->legs[i].instrument = request.legs[i].instrument;
		record->legs[i].side = request.legs[i].side;
		record->legs[i].wanted = request.legs[i].quantity;
	}
	atomic_executor_start(script->executor, &request, trade_ended, action);
}

static void close_fires(struct action *action)
{
	struct script *script = action->script;
	struct trade_record *record = find_alive(script, action->name);
	if (!record || record->status != TRADE_STATUS_OPEN) {
		char what[256];
		snprintf(what, sizeof(what), "%s is not open%s%s", action->name,
			 record ? ", but still " : "",
			 record ? trade_status_text(record->status) : "");
		fail(action, what);
		return;
	}
	struct trade_request request = {
		.trade = record->trade, .closing = true, .tactic = TACTIC_IOC};
	snprintf(request.name, sizeof(request.name), "%s", action->name);
	for (size_t i = 0; i < record->leg_count; i++) {
		const struct leg_record *held = &record->legs[i];
		const struct instrument_revision *terms =
			instrument_latest(script->instruments, held->instrument);
		struct trade_leg leg = {.instrument = held->instrument,
					.side = side_opposite(held->side),
					.quantity =
						quantity_floor_to_lot(&terms->rules, held->held)};
		if (leg.quantity.units > 0)
			request.legs[request.leg_count++] = leg;
	}
	if (request.leg_count == 0) {
		fail(action, "nothing as large as a lot is held");
		return;
	}
	record->status = TRADE_STATUS_CLOSING;
	snprintf(record->exit_reason, sizeof(record->exit_reason), "script");
	atomic_executor_start(script->executor, &request, trade_ended, action);
}

static void action_fires(void *user)
{
	struct action *action = user;
	action->script->fired++;
	if (action->at_ns < action->script->started_ns)
		fail(action, "this time is before the run begins");
	else if (action->closing)
		close_fires(action);
	else
		open_fires(action);
}

void script_start(struct script *script, struct scheduler *scheduler,
		  const struct instrument_table *instruments, struct atomic_executor *executor,
		  struct trade_log *log)
{
	script->scheduler = scheduler;
	script->started_ns = scheduler_now(scheduler);
	script->instruments = instruments;
	script->executor = executor;
	script->log = log;
	for (size_t i = 0; i < script->count; i++) {
		script->actions[i].script = script;
		scheduler_at(scheduler, script->actions[i].at_ns, SCHEDULE_TIMER, action_fires,
			     &script->actions[i]);
	}
}

bool script_carried_out(const struct script *script, struct error *err)
{
	if (script->failed) {
		if (err)
			*err = script->first_failure;
		return false;
	}
	if (script->fired < script->count) {
		const struct action *action = &script->actions[script->fired];
		return error_set(err, ERROR_MISSING_DATA,
				 "%s:%u: the recordings end before this action", script->path,
				 action->line);
	}
	return true;
}

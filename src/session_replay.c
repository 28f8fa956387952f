#include "src/session_replay.h"

#include "core/base/log.h"
#include "exchanges/simulated/paper_client.h"
#include "src/leaving.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct session_replay {
	struct world *world;
	struct exchange_client *market[VENUES_MAX + 1]; /* borrowed from their paper clients */
	bool answers_pending;				/* of this instant */
	bool began;
	uint32_t next_client_id;
	struct leaving leaving;
};

/* ---- marks ----------------------------------------------------------------------------------- */

static void begin(void *user)
{
	struct session_replay *session = user;
	struct world *world = session->world;
	struct error err = {0};
	if (session->next_client_id >= 1)
		client_id_counter_begin_at(world->ids, session->next_client_id);
	if (!world_begin_deciding(world, &err))
		world_fail(world, &err);
}

static void left(void *user, size_t count)
{
	(void)user;
	if (count > 0)
		log_write(LOG_ALARM, "world", "%zu positions could not be closed", count);
}

static void leave(void *user)
{
	struct session_replay *session = user;
	leaving_begin(&session->leaving, session->world, left, session);
}

static void stop(void *user)
{
	scheduler_stop(((struct session_replay *)user)->world->scheduler);
}

static void take_mark(struct session_replay *session, const struct recorded_session *mark)
{
	struct world *world = session->world;
	/* Another session behind one that was cut off: its account is not this one. */
	bool another = mark->phase == SESSION_BEGAN && session->began;
	if (mark->phase == SESSION_ENDED || another) {
		scheduler_after(world->scheduler, 0, SCHEDULE_TIMER, stop, session);
		return;
	}
	if (mark->phase == SESSION_LEAVING) {
		scheduler_after(world->scheduler, 0, SCHEDULE_TIMER, leave, session);
		return;
	}
	session->began = true;
	session->next_client_id = mark->next_client_id;
	if (mark->seed != world->config->seed)
		log_write(LOG_WARNING, "replay",
			  "the session ran with seed %llu, this run has %llu: delays will differ",
			  (unsigned long long)mark->seed, (unsigned long long)world->config->seed);
	scheduler_after(world->scheduler, 0, SCHEDULE_COMPLETION, begin, session);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void take_entry(void *user, const struct recording_entry *entry)
{
	struct session_replay *session = user;
	switch (entry->kind) {
	case RECORDED_ANSWER: {
		const struct recorded_answer *answer = &entry->u.answer;
		struct exchange_client *market = session->market[answer->venue];
		if (!market || answer->kind >= READ_KINDS ||
		    paper_reads_account((enum read_kind)answer->kind))
			return;
		session_replay_client_answer(market, answer);
		session->answers_pending = true;
		return;
	}
	case RECORDED_SESSION:
		take_mark(session, &entry->u.session);
		return;
	case RECORDED_COMMAND: /* accounts are simulated anew */
	case RECORDED_ACCOUNT:
	case RECORDED_EVENT:
		return;
	}
}

void session_replay_market(void *user, const struct market_event *event)
{
	struct session_replay *session = user;
	/* An answer in front of an event of the same instant was told before it. */
	if (session->answers_pending && event->local_ns == scheduler_now(session->world->scheduler))
		for (size_t i = 0; i <= VENUES_MAX; i++)
			if (session->market[i])
				session_replay_client_flush(session->market[i]);
	session->answers_pending = false;
	world_market_event(session->world, event);
}

/* ---- wiring ---------------------------------------------------------------------------------- */

struct session_replay *session_replay_create(struct world *world, struct error *err)
{
	const struct config *config = world->config;
	if (config->recording_count != 1 || config->from_set) {
		error_set(err, ERROR_CONFIGURATION,
			  "%s: [backtest] replay = session plays one recording from its beginning: "
			  "name one, without `from`",
			  config->path);
		return NULL;
	}
	if (access(config->recordings[0], R_OK) != 0) {
		error_set(err, ERROR_CONFIGURATION, "%s: [backtest] recording %s: %s", config->path,
			  config->recordings[0], strerror(errno));
		return NULL;
	}
	struct session_replay *session = calloc(1, sizeof(*session));
	if (!session) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	session->world = world;
	world->replay = replay_open_session(config->recordings[0], world->instruments, take_entry,
					    session, err);
	if (world->replay)
		return session;
	free(session);
	return NULL;
}

void session_replay_free(struct session_replay *session)
{
	free(session);
}

struct exchange_client *session_replay_connect(struct session_replay *session,
					       struct exchange_client *account)
{
	venue_id venue = account->venue;
	struct exchange_client *market =
		session_replay_client_create(venue, session->world->scheduler);
	if (!market) {
		exchange_client_free(account);
		return NULL;
	}
	struct exchange_client *client = paper_client_create(market, account);
	session->market[venue] = client ? market : NULL;
	return client;
}

bool session_replay_took_place(const struct session_replay *session, struct error *err)
{
	if (session->began)
		return true;
	return error_set(err, ERROR_CONFIGURATION,
			 "%s: %s holds no session that began: only `fundarb run` with [record] "
			 "folder makes one; replay = market plays any recording",
			 session->world->config->path, session->world->config->recordings[0]);
}

struct session_replay_counts session_replay_counted(const struct session_replay *session)
{
	struct session_replay_counts sum = {0};
	for (size_t i = 0; i <= VENUES_MAX; i++) {
		if (!session->market[i])
			continue;
		struct session_replay_counts one = session_replay_client_counts(session->market[i]);
		sum.answered += one.answered;
		sum.without_answer += one.without_answer;
		sum.not_asked_for += one.not_asked_for;
	}
	return sum;
}

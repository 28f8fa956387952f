#include "exchanges/lighter/lighter_nonce.h"

#include <assert.h>
#include <string.h>

void lighter_nonces_init(struct lighter_nonces *nonces)
{
	memset(nonces, 0, sizeof(*nonces));
	nonces->all_dead_ns = INT64_MIN;
}

static void insert_free(struct lighter_nonces *nonces, int64_t nonce)
{
	unsigned at = nonces->free_count++;
	assert(at < LIGHTER_NONCES_AHEAD);
	for (; at > 0 && nonces->free[at - 1] > nonce; at--)
		nonces->free[at] = nonces->free[at - 1];
	nonces->free[at] = nonce;
}

static void insert_waiting(struct lighter_nonces *nonces, int64_t nonce)
{
	unsigned at = nonces->waiting_count++;
	assert(at < LIGHTER_NONCES_AHEAD);
	for (; at > 0 && nonces->waiting[at - 1].nonce > nonce; at--)
		nonces->waiting[at] = nonces->waiting[at - 1];
	nonces->waiting[at].nonce = nonce;
	nonces->waiting[at].turn = ++nonces->turn;
}

static bool remove_waiting(struct lighter_nonces *nonces, int64_t nonce)
{
	for (unsigned i = 0; i < nonces->waiting_count; i++) {
		if (nonces->waiting[i].nonce != nonce)
			continue;
		nonces->waiting_count--;
		memmove(nonces->waiting + i, nonces->waiting + i + 1,
			(nonces->waiting_count - i) * sizeof(nonces->waiting[0]));
		return true;
	}
	return false;
}

bool lighter_nonces_take(struct lighter_nonces *nonces, int64_t dead_ns, int64_t *nonce)
{
	if (!nonces->known || nonces->waiting_count == LIGHTER_NONCES_AHEAD)
		return false;
	if (nonces->free_count > 0) {
		/* A hole stops everything behind it: it is filled first. */
		*nonce = nonces->free[0];
		nonces->free_count--;
		memmove(nonces->free, nonces->free + 1,
			nonces->free_count * sizeof(nonces->free[0]));
	} else {
		/* So holes and flights always lie within the venue's window, and fit the lists. */
		if (nonces->waiting_count > 0 &&
		    nonces->next - nonces->waiting[0].nonce >= LIGHTER_NONCES_AHEAD)
			return false;
		*nonce = nonces->next++;
	}
	insert_waiting(nonces, *nonce);
	if (dead_ns > nonces->all_dead_ns)
		nonces->all_dead_ns = dead_ns;
	return true;
}

size_t lighter_nonces_run(const struct lighter_nonces *nonces, size_t most)
{
	struct lighter_nonces probe = *nonces;
	int64_t nonce, previous = 0;
	size_t run = 0;
	while (run < most && lighter_nonces_take(&probe, 0, &nonce) &&
	       (run == 0 || nonce == previous + 1)) {
		previous = nonce;
		run++;
	}
	return run;
}

void lighter_nonces_accepted(struct lighter_nonces *nonces, int64_t nonce)
{
	remove_waiting(nonces, nonce);
}

void lighter_nonces_refused(struct lighter_nonces *nonces, int64_t nonce)
{
	if (!remove_waiting(nonces, nonce) || !nonces->known)
		return;
	if (nonce == nonces->next - 1)
		nonces->next = nonce; /* the newest: as if it had never been given out */
	else
		insert_free(nonces, nonce);
	/* Refused ones below may have become the newest in turn. */
	while (nonces->free_count > 0 && nonces->free[nonces->free_count - 1] == nonces->next - 1) {
		nonces->free_count--;
		nonces->next--;
	}
}

/* A lower nonce was refused before this one's answer: it lies free, or went out again since. */
static bool explained(const struct lighter_nonces *nonces, int64_t nonce)
{
	uint64_t turn = 0;
	if (!nonces->known)
		return false;
	if (nonces->free_count > 0 && nonces->free[0] < nonce)
		return true;
	for (unsigned i = 0; i < nonces->waiting_count; i++)
		if (nonces->waiting[i].nonce == nonce)
			turn = nonces->waiting[i].turn;
	for (unsigned i = 0; i < nonces->waiting_count; i++)
		if (nonces->waiting[i].nonce < nonce && nonces->waiting[i].turn > turn)
			return true;
	return false;
}

bool lighter_nonces_invalid(struct lighter_nonces *nonces, int64_t nonce)
{
	if (explained(nonces, nonce)) {
		lighter_nonces_refused(nonces, nonce);
		return true;
	}
	remove_waiting(nonces, nonce);
	nonces->known = false;
	nonces->free_count = 0;
	return false;
}

void lighter_nonces_unknown(struct lighter_nonces *nonces, int64_t nonce)
{
	if (remove_waiting(nonces, nonce))
		nonces->doubtful = true;
}

int64_t lighter_nonces_resync_at(const struct lighter_nonces *nonces)
{
	if (nonces->known && !nonces->doubtful)
		return INT64_MAX;
	return nonces->all_dead_ns;
}

void lighter_nonces_resync(struct lighter_nonces *nonces, int64_t asked_ns, int64_t next)
{
	if (asked_ns < nonces->all_dead_ns || nonces->waiting_count > 0)
		return;
	nonces->known = true;
	nonces->doubtful = false;
	nonces->next = next;
	nonces->free_count = 0;
}

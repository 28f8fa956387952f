#include "exchanges/lighter/lighter_nonce.h"

#include <assert.h>
#include <string.h>

void lighter_nonces_init(struct lighter_nonces *nonces)
{
	memset(nonces, 0, sizeof(*nonces));
	nonces->all_dead_ns = INT64_MIN;
}

static void insert(int64_t *list, unsigned *count, int64_t nonce)
{
	unsigned at = *count;
	assert(*count < LIGHTER_NONCES_AHEAD);
	for (; at > 0 && list[at - 1] > nonce; at--)
		list[at] = list[at - 1];
	list[at] = nonce;
	++*count;
}

static bool take_out(int64_t *list, unsigned *count, int64_t nonce)
{
	for (unsigned i = 0; i < *count; i++) {
		if (list[i] != nonce)
			continue;
		memmove(list + i, list + i + 1, (*count - i - 1) * sizeof(*list));
		--*count;
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
		take_out(nonces->free, &nonces->free_count, *nonce);
	} else {
		/* So holes and flights always lie within the venue's window, and fit the lists. */
		if (nonces->waiting_count > 0 &&
		    nonces->next - nonces->waiting[0] >= LIGHTER_NONCES_AHEAD)
			return false;
		*nonce = nonces->next++;
	}
	insert(nonces->waiting, &nonces->waiting_count, *nonce);
	if (dead_ns > nonces->all_dead_ns)
		nonces->all_dead_ns = dead_ns;
	return true;
}

void lighter_nonces_accepted(struct lighter_nonces *nonces, int64_t nonce)
{
	take_out(nonces->waiting, &nonces->waiting_count, nonce);
}

void lighter_nonces_refused(struct lighter_nonces *nonces, int64_t nonce)
{
	if (!take_out(nonces->waiting, &nonces->waiting_count, nonce) || !nonces->known)
		return;
	if (nonce == nonces->next - 1)
		nonces->next = nonce; /* the newest: as if it had never been given out */
	else
		insert(nonces->free, &nonces->free_count, nonce);
	/* Refused ones below may have become the newest in turn. */
	while (nonces->free_count > 0 && nonces->free[nonces->free_count - 1] == nonces->next - 1) {
		nonces->free_count--;
		nonces->next--;
	}
}

void lighter_nonces_invalid(struct lighter_nonces *nonces, int64_t nonce)
{
	take_out(nonces->waiting, &nonces->waiting_count, nonce);
	nonces->known = false;
	nonces->free_count = 0;
}

void lighter_nonces_unknown(struct lighter_nonces *nonces, int64_t nonce)
{
	if (take_out(nonces->waiting, &nonces->waiting_count, nonce))
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

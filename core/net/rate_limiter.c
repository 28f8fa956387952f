#include "core/net/rate_limiter.h"

#include "core/base/int128.h"
#include <assert.h>

#define E9		 INT64_C(1000000000)
#define SECONDS_PER_HOUR 3600
#define CAPACITY_MAX	 INT64_C(4000000000) /* x 10^9 fits int64_t twice */

/* A weight as set_left gives it and as the arithmetic can bear it. */
static int64_t bounded(int64_t weight)
{
	if (weight > CAPACITY_MAX)
		return CAPACITY_MAX;
	return weight < -CAPACITY_MAX ? -CAPACITY_MAX : weight;
}

void rate_limiter_init(struct rate_limiter *limiter, const struct rate_bucket_options *buckets,
		       unsigned count, int64_t now_ns)
{
	assert(count <= RATE_BUCKETS_MAX);
	*limiter = (struct rate_limiter){.count = count, .blocked_until_ns = INT64_MIN};
	for (unsigned i = 0; i < count; i++) {
		const struct rate_bucket_options *options = &buckets[i];
		assert(options->capacity > 0 && options->capacity <= CAPACITY_MAX);
		assert(options->refill_per_hour >= 0 && options->refill_per_hour <= CAPACITY_MAX);
		for (unsigned priority = 0; priority < REQUEST_PRIORITIES; priority++)
			assert(options->reserve_percent[priority] >= 0 &&
			       options->reserve_percent[priority] <= 100);
		limiter->buckets[i].options = *options;
		limiter->buckets[i].left_e9 = options->capacity * E9;
		limiter->buckets[i].at_ns = now_ns;
	}
}

/*
 * elapsed ns x weight per hour / 3600 is weight x 10^9. What the division leaves over is kept, so
 * that asking often loses nothing.
 */
static void refill(struct rate_bucket *bucket, int64_t now_ns)
{
	if (now_ns <= bucket->at_ns)
		return;
	int64_t full_e9 = bucket->options.capacity * E9;
	i128 gained = (i128)(now_ns - bucket->at_ns) * bucket->options.refill_per_hour +
		      bucket->remainder;
	bucket->at_ns = now_ns;
	if (bucket->options.refill_per_hour == 0)
		return;
	i128 left_e9 = bucket->left_e9 + gained / SECONDS_PER_HOUR;
	bucket->remainder = (int64_t)(gained % SECONDS_PER_HOUR);
	if (left_e9 >= full_e9) {
		left_e9 = full_e9;
		bucket->remainder = 0;
	}
	bucket->left_e9 = (int64_t)left_e9;
}

/* When a bucket that is filled up to its at_ns will hold needed_e9; its at_ns if it does. */
static int64_t time_of(const struct rate_bucket *bucket, i128 needed_e9)
{
	if (bucket->left_e9 >= needed_e9)
		return bucket->at_ns;
	int64_t refill_per_hour = bucket->options.refill_per_hour;
	if (refill_per_hour == 0 || needed_e9 > (i128)bucket->options.capacity * E9)
		return INT64_MAX;
	i128 missing = (needed_e9 - bucket->left_e9) * SECONDS_PER_HOUR - bucket->remainder;
	i128 at_ns = bucket->at_ns + (missing + refill_per_hour - 1) / refill_per_hour;
	return at_ns > INT64_MAX ? INT64_MAX : (int64_t)at_ns;
}

/* What the bucket keeps for what is more important. Percents of 10^9 divide without a rest. */
static i128 reserve_e9(const struct rate_bucket *bucket, enum request_priority priority)
{
	return (i128)bucket->options.capacity * bucket->options.reserve_percent[priority] *
	       (E9 / 100);
}

int64_t rate_limiter_take(struct rate_limiter *limiter, enum request_priority priority,
			  const int64_t weights[RATE_BUCKETS_MAX], int64_t now_ns)
{
	assert(now_ns >= 0);
	int64_t at_ns = now_ns;
	if (limiter->blocked_until_ns > at_ns)
		at_ns = limiter->blocked_until_ns;
	for (unsigned i = 0; i < limiter->count; i++) {
		struct rate_bucket *bucket = &limiter->buckets[i];
		assert(weights[i] >= 0 && weights[i] <= CAPACITY_MAX);
		refill(bucket, now_ns);
		if (weights[i] == 0)
			continue;
		int64_t enough_ns =
			time_of(bucket, (i128)weights[i] * E9 + reserve_e9(bucket, priority));
		if (enough_ns > at_ns)
			at_ns = enough_ns;
	}
	if (at_ns > now_ns)
		return at_ns;
	for (unsigned i = 0; i < limiter->count; i++)
		limiter->buckets[i].left_e9 -= weights[i] * E9;
	return 0;
}

int64_t rate_limiter_room(const struct rate_limiter *limiter, enum request_priority priority,
			  const int64_t weights[RATE_BUCKETS_MAX], int64_t now_ns)
{
	int64_t room = INT64_MAX;
	if (limiter->blocked_until_ns > now_ns)
		return 0;
	for (unsigned i = 0; i < limiter->count; i++) {
		struct rate_bucket bucket = limiter->buckets[i];
		assert(weights[i] >= 0 && weights[i] <= CAPACITY_MAX);
		if (weights[i] == 0)
			continue;
		refill(&bucket, now_ns);
		i128 free_e9 = bucket.left_e9 - reserve_e9(&bucket, priority);
		int64_t times = free_e9 > 0 ? (int64_t)(free_e9 / E9 / weights[i]) : 0;
		if (times < room)
			room = times;
	}
	return room;
}

void rate_limiter_block(struct rate_limiter *limiter, int64_t until_ns)
{
	if (until_ns > limiter->blocked_until_ns)
		limiter->blocked_until_ns = until_ns;
}

void rate_limiter_set_left(struct rate_limiter *limiter, unsigned index, int64_t weight,
			   int64_t now_ns)
{
	assert(index < limiter->count);
	struct rate_bucket *bucket = &limiter->buckets[index];
	refill(bucket, now_ns);
	bool refills = bucket->options.refill_per_hour > 0;
	if (refills && weight > bucket->options.capacity)
		weight = bucket->options.capacity;
	bucket->left_e9 = bounded(weight) * E9;
	bucket->remainder = 0;
}

int64_t rate_limiter_left(const struct rate_limiter *limiter, unsigned index, int64_t now_ns)
{
	assert(index < limiter->count);
	struct rate_bucket bucket = limiter->buckets[index];
	refill(&bucket, now_ns);
	/* Rounded down, below zero too: what is said to be left is there. */
	return bucket.left_e9 >= 0 ? bucket.left_e9 / E9 : -((-bucket.left_e9 + E9 - 1) / E9);
}

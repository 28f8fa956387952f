#include "execution/exposure_meter.h"

#include "core/base/utc.h"
#include <assert.h>
#include <string.h>

void exposure_meter_fill(struct exposure_meter *meter, unsigned leg, int64_t match_ns,
			 struct money tokens, struct money notional)
{
	struct exposure_point *at = NULL;

	for (size_t i = meter->count; i > 0 && !at; i--)
		if (meter->points[i - 1].match_ns == match_ns && meter->points[i - 1].leg == leg)
			at = &meter->points[i - 1];
	if (!at && meter->count == EXPOSURE_POINTS_MAX)
		at = &meter->points[meter->count - 1];
	if (at) {
		bool fits = money_add(at->tokens, tokens, &at->tokens) &&
			    money_add(at->notional, notional, &at->notional);
		assert(fits);
		return;
	}
	meter->points[meter->count++] = (struct exposure_point){match_ns, leg, tokens, notional};
}

/* By match time; equal times keep their order of arrival. */
static void sort_points(struct exposure_meter *meter)
{
	for (size_t i = 1; i < meter->count; i++) {
		struct exposure_point moved = meter->points[i];
		size_t j = i;
		for (; j > 0 && meter->points[j - 1].match_ns > moved.match_ns; j--)
			meter->points[j] = meter->points[j - 1];
		meter->points[j] = moved;
	}
}

struct money exposure_meter_seconds(struct exposure_meter *meter)
{
	struct money total = {0}, open = {0};

	sort_points(meter);
	for (size_t i = 0; i + 1 < meter->count; i++) {
		const struct exposure_point *point = &meter->points[i];
		int64_t elapsed_ns = meter->points[i + 1].match_ns - point->match_ns;
		i128 size = point->tokens.e18 < 0 ? -point->tokens.e18 : point->tokens.e18;
		struct money notional, part;

		if (!money_add(open, point->tokens, &open))
			return total;
		i128 naked = open.e18 < 0 ? -open.e18 : open.e18;
		if (size == 0 ||
		    !mul_div(point->notional.e18, naked, size, ROUND_HALF_EVEN, &notional.e18) ||
		    !mul_div(notional.e18, elapsed_ns, NS_PER_SECOND, ROUND_HALF_EVEN, &part.e18) ||
		    !money_add(total, part, &total))
			return total;
	}
	return total;
}

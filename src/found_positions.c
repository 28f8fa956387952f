#include "src/found_positions.h"

#include "core/base/decimal.h"
#include "core/base/log.h"
#include "src/narrator.h"

#include <stdio.h>

static void tell(struct world *world, const struct position_value *found)
{
	const struct instrument *instrument = instrument_get(world->instruments, found->instrument);
	char quantity[DECIMAL_TEXT_MAX], name[INSTRUMENT_NAME_MAX];
	instrument_name(world->instruments, found->instrument, name, sizeof(name));
	i128 size = found->quantity.units;
	decimal_format_short(size < 0 ? -size : size, instrument->quantity_decimals, quantity,
			     sizeof(quantity));
	const char *side = found->quantity.units < 0 ? "short" : "long";
	log_write(LOG_WARNING, "positions",
		  "%s: %s %s was held before this run: left alone, and nothing is opened there "
		  "until it is closed at the venue",
		  name, side, quantity);
	if (world->narrator)
		narrator_say(world->narrator,
			     "%s: %s %s was held before this run. It is left alone, and nothing "
			     "is opened there: close it at the venue",
			     name, side, quantity);
}

static void positions_read(void *user, const struct read_result *result)
{
	struct world *world = user;
	if (result->outcome == READ_UNKNOWN)
		log_write(
			LOG_WARNING, "positions",
			"what a venue's account holds could not be read; each opening asks again");
	if (result->outcome != READ_VALUE)
		return;
	for (size_t i = 0; i < result->u.positions.count; i++)
		if (result->u.positions.values[i].quantity.units != 0)
			tell(world, &result->u.positions.values[i]);
}

void found_positions_ask(struct world *world, struct exchange_client *client, int64_t give_up_ns)
{
	struct read_request request = {.kind = READ_POSITIONS, .streamed_is_enough = true};
	exchange_read(client, &request, give_up_ns, positions_read, world);
}

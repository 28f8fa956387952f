#include "core/base/int128.h"

#include <assert.h>

i128 i128_power_of_ten(unsigned exponent)
{
	assert(exponent <= 38);
	i128 power = 1;
	while (exponent-- > 0)
		power *= 10;
	return power;
}

#include "strategy/figure_text.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct figure figure_text_bp(i128 fraction_e18, unsigned decimals)
{
	struct figure figure;
	char digits[DECIMAL_TEXT_MAX];
	i128 units = 0;
	assert(decimals <= 14);
	/* bp = fraction / 10^-4, so 10^(14 - decimals) of 10^-18 make one unit of the last digit.
	 */
	bool fits = i128_div_round(fraction_e18, i128_power_of_ten(14 - decimals), ROUND_HALF_EVEN,
				   &units);
	assert(fits);
	decimal_format(units, decimals, digits, sizeof(digits));
	snprintf(figure.text, sizeof(figure.text), "%.40s bp", digits);
	return figure;
}

struct figure figure_text_duration(int64_t ns)
{
	struct figure figure;
	if (ns < 2 * NS_PER_MINUTE)
		snprintf(figure.text, sizeof(figure.text), "%" PRId64 " s", ns / NS_PER_SECOND);
	else if (ns < 2 * NS_PER_HOUR)
		snprintf(figure.text, sizeof(figure.text), "%" PRId64 " min", ns / NS_PER_MINUTE);
	else
		snprintf(figure.text, sizeof(figure.text), "%" PRId64 " h", ns / NS_PER_HOUR);
	return figure;
}

struct figure figure_text_amount(struct money amount)
{
	struct figure figure;
	char digits[DECIMAL_TEXT_MAX];
	i128 cents = 0;
	bool fits = i128_div_round(amount.e18, i128_power_of_ten(16), ROUND_HALF_EVEN, &cents);
	assert(fits);
	decimal_format(cents, 2, digits, sizeof(digits));
	snprintf(figure.text, sizeof(figure.text), "%.46s", digits);
	return figure;
}

void sentence_print(char sentence[SENTENCE_MAX], const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(sentence, SENTENCE_MAX, format, arguments);
	va_end(arguments);
}

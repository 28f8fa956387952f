#include "core/base/utc.h"

#include <assert.h>

/* Days since 1970-01-01 of a Gregorian date (Hinnant's civil-from-days arithmetic). */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = year / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static bool digits(const char *text, size_t count, int64_t *out)
{
	int64_t value = 0;
	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*out = value;
	return true;
}

static int days_in_month(int64_t year, int64_t month)
{
	static const int DAYS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return DAYS[month - 1] + (month == 2 && leap);
}

bool utc_parse(const char *text, size_t length, int64_t *ns)
{
	int64_t year, month, day, hour, minute, second, fraction = 0;
	if (length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
	    text[16] != ':' || text[length - 1] != 'Z')
		return false;
	if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day) ||
	    !digits(text + 11, 2, &hour) || !digits(text + 14, 2, &minute) ||
	    !digits(text + 17, 2, &second))
		return false;
	if (length > 20) {
		size_t count = length - 21;
		if (text[19] != '.' || count < 1 || count > 9 ||
		    !digits(text + 20, count, &fraction))
			return false;
		for (; count < 9; count++)
			fraction *= 10;
	}
	if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return false;
	int64_t days = days_from_civil(year, (int)month, (int)day);
	*ns = days * NS_PER_DAY + hour * NS_PER_HOUR + minute * NS_PER_MINUTE +
	      second * NS_PER_SECOND + fraction;
	return true;
}

/* So many digits of a number that has no more, and what follows them. */
static char *put(char *at, int64_t number, unsigned digits, char after)
{
	for (unsigned i = digits; i > 0; i--, number /= 10)
		at[i - 1] = (char)('0' + number % 10);
	at[digits] = after;
	return at + digits + 1;
}

size_t utc_format(int64_t ns, unsigned fraction_digits, char *buffer, size_t size)
{
	int64_t days = ns / NS_PER_DAY, rest = ns % NS_PER_DAY;
	if (rest < 0) {
		rest += NS_PER_DAY;
		days--;
	}
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted_month = (5 * day_of_year + 2) / 153;
	int day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
	int month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
	int year = (int)(year_of_era + era * 400 + (month <= 2));
	int64_t fraction = rest % NS_PER_SECOND;
	for (unsigned i = fraction_digits; i < 9; i++)
		fraction /= 10;
	/* By hand: a line of the log is written on the way of an order. */
	char *at = buffer;
	assert(fraction_digits <= 9 && size >= 22 + fraction_digits && year >= 0 && year <= 9999);
	at = put(at, year, 4, '-');
	at = put(at, month, 2, '-');
	at = put(at, day, 2, 'T');
	at = put(at, rest / NS_PER_HOUR, 2, ':');
	at = put(at, rest / NS_PER_MINUTE % 60, 2, ':');
	at = put(at, rest / NS_PER_SECOND % 60, 2, fraction_digits > 0 ? '.' : 'Z');
	if (fraction_digits > 0)
		at = put(at, fraction, fraction_digits, 'Z');
	*at = '\0';
	return (size_t)(at - buffer);
}

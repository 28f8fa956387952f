#include "core/base/log.h"

#include "core/base/utc.h"
#include <stdarg.h>

static struct {
	FILE *out; /* NULL = stderr */
	enum log_level lowest;
	int64_t (*now)(void *user);
	void *user;
} logger = {NULL, LOG_WARNING, NULL, NULL};

static const char *level_text(enum log_level level)
{
	switch (level) {
	case LOG_DEBUG:
		return "DEBUG";
	case LOG_INFO:
		return "INFO";
	case LOG_WARNING:
		return "WARNING";
	case LOG_ALARM:
		return "ALARM";
	}
	return "?";
}

void log_configure(FILE *out, enum log_level lowest)
{
	logger.out = out;
	logger.lowest = lowest;
}

void log_set_clock(int64_t (*now)(void *user), void *user)
{
	logger.now = now;
	logger.user = user;
}

bool log_enabled(enum log_level level)
{
	return level >= logger.lowest;
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
	char text[1024], stamp[UTC_TEXT_MAX + 1] = "";
	if (!log_enabled(level))
		return;
	if (logger.now) {
		size_t length = utc_format(logger.now(logger.user), 6, stamp, sizeof(stamp) - 1);
		stamp[length] = ' ';
		stamp[length + 1] = '\0';
	}
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* Foreign text must not end the line, forge another or drive a terminal. */
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	fprintf(logger.out ? logger.out : stderr, "%s%s %s: %s\n", stamp, level_text(level), area,
		text);
}

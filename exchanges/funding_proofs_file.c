/* The file of funding proofs: its lines, and how it is put in the place of the old one. */
#include "exchanges/funding_proofs.h"

#include "core/base/decimal.h"
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC "fundarb-funding-proofs 1\n"
#define REMEDY                                                                                     \
	"# One line an instrument. To end a quarantine: stop fundarb, remove the line, start "     \
	"again.\n"
#define CHECKSUM	" crc32="
#define CHECKSUM_DIGITS 8
#define FILE_MAX	((size_t)(FUNDING_PROOFS_MAX + 2) * FUNDING_PROOF_LINE_MAX)
#define PATH_LENGTH_MAX 512

/* ---- one line -------------------------------------------------------------------------------- */

static const char *const VERDICTS[] = {
	[FUNDING_DOES_NOT_COUNT] = "none",
	[FUNDING_FITS] = "fits",
	[FUNDING_OFF_BY_FACTOR] = "factor",
	[FUNDING_MISFIT] = "misfit",
};

/* The figures of a line, in its order: all are integers, amounts at scale 18. */
enum {
	AT_SINCE,
	AT_INTERVAL,
	AT_PRICE_DECIMALS,
	AT_QUANTITY_DECIMALS,
	AT_CONTRACT_SIZE,
	AT_ROWS,
	AT_AGREEING,
	AT_AGREES,
	AT_FITS_NEEDED,
	AT_NUMERATOR,
	AT_DENOMINATOR,
	AT_VERDICT,
	AT_BOUNDARY,
	AT_EXPECTED,
	AT_EXPECTED_TOLERANCE,
	AT_PAID,
	AT_PAID_TOLERANCE,
	FIGURES,
};
/* clang-format off */
static const struct figure {
	const char *key;
	bool amount; /* written as a decimal */
	int64_t least, most;
} KEYS[FIGURES] = {
	[AT_SINCE] = {"since_ns", false, 0, INT64_MAX},
	[AT_INTERVAL] = {"interval_ns", false, 0, INT64_MAX},
	[AT_PRICE_DECIMALS] = {"price_decimals", false, 0, MONEY_DECIMALS},
	[AT_QUANTITY_DECIMALS] = {"quantity_decimals", false, 0, MONEY_DECIMALS},
	[AT_CONTRACT_SIZE] = {"contract_size", true, 0, 0},
	[AT_ROWS] = {"rows", false, 0, UINT16_MAX},
	[AT_AGREEING] = {"agreeing", false, 0, UINT16_MAX},
	[AT_AGREES] = {"agrees", false, 0, 1},
	[AT_FITS_NEEDED] = {"fits_needed", false, 0, FUNDING_FITS_AFTER_MISFIT},
	[AT_NUMERATOR] = {"numerator", false, -100, 100},
	[AT_DENOMINATOR] = {"denominator", false, 0, 100},
	[AT_VERDICT] = {"verdict", false, 0, FUNDING_MISFIT},
	[AT_BOUNDARY] = {"boundary_ns", false, 0, INT64_MAX},
	[AT_EXPECTED] = {"expected", true, 0, 0},
	[AT_EXPECTED_TOLERANCE] = {"expected_tolerance", true, 0, 0},
	[AT_PAID] = {"paid", true, 0, 0},
	[AT_PAID_TOLERANCE] = {"paid_tolerance", true, 0, 0},
};
/* clang-format on */

static void figures_of(const struct funding_proof_record *record, i128 figures[FIGURES])
{
	const struct funding_proof *proof = &record->proof;
	figures[AT_SINCE] = proof->changed_ns;
	figures[AT_INTERVAL] = record->terms.interval_ns;
	figures[AT_PRICE_DECIMALS] = record->terms.price_decimals;
	figures[AT_QUANTITY_DECIMALS] = record->terms.quantity_decimals;
	figures[AT_CONTRACT_SIZE] = record->terms.contract_size.e18;
	figures[AT_ROWS] = proof->rows_counted;
	figures[AT_AGREEING] = proof->rows_agreeing;
	figures[AT_AGREES] = proof->public_agrees;
	figures[AT_FITS_NEEDED] = proof->fits_needed;
	figures[AT_NUMERATOR] = proof->factor.numerator;
	figures[AT_DENOMINATOR] = proof->factor.denominator;
	figures[AT_VERDICT] = proof->verdict;
	figures[AT_BOUNDARY] = proof->settlement.boundary_ns;
	figures[AT_EXPECTED] = proof->settlement.expected.e18;
	figures[AT_EXPECTED_TOLERANCE] = proof->settlement.expected_tolerance.e18;
	figures[AT_PAID] = proof->settlement.paid.e18;
	figures[AT_PAID_TOLERANCE] = proof->settlement.paid_tolerance.e18;
}

static void take_figures(struct funding_proof_record *record, const i128 figures[FIGURES])
{
	struct funding_proof *proof = &record->proof;
	record->terms.interval_ns = (int64_t)figures[AT_INTERVAL];
	record->terms.price_decimals = (unsigned)figures[AT_PRICE_DECIMALS];
	record->terms.quantity_decimals = (unsigned)figures[AT_QUANTITY_DECIMALS];
	record->terms.contract_size.e18 = figures[AT_CONTRACT_SIZE];
	proof->changed_ns = (int64_t)figures[AT_SINCE];
	proof->rows_counted = (uint16_t)figures[AT_ROWS];
	proof->rows_agreeing = (uint16_t)figures[AT_AGREEING];
	proof->public_agrees = figures[AT_AGREES] != 0;
	proof->fits_needed = (uint16_t)figures[AT_FITS_NEEDED];
	proof->factor.numerator = (int16_t)figures[AT_NUMERATOR];
	proof->factor.denominator = (int16_t)figures[AT_DENOMINATOR];
	proof->quarantined = figures[AT_DENOMINATOR] != 0;
	proof->verdict = (enum funding_verdict)figures[AT_VERDICT];
	proof->settlement.boundary_ns = (int64_t)figures[AT_BOUNDARY];
	proof->settlement.expected.e18 = figures[AT_EXPECTED];
	proof->settlement.expected_tolerance.e18 = figures[AT_EXPECTED_TOLERANCE];
	proof->settlement.paid.e18 = figures[AT_PAID];
	proof->settlement.paid_tolerance.e18 = figures[AT_PAID_TOLERANCE];
}

static uint32_t checksum_of(const char *bytes, size_t length)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), (const unsigned char *)bytes, length);
}

size_t funding_proof_line(const struct funding_proof_record *record,
			  char line[FUNDING_PROOF_LINE_MAX])
{
	i128 figures[FIGURES];
	const size_t most = FUNDING_PROOF_LINE_MAX - sizeof(CHECKSUM) - CHECKSUM_DIGITS - 1;
	int length = snprintf(line, most, "%s %s", record->name,
			      funding_proof_state_text(funding_proof_state(&record->proof)));
	size_t at = (size_t)length;
	figures_of(record, figures);
	for (size_t i = 0; i < FIGURES && at < most; i++) {
		char text[DECIMAL_TEXT_MAX];
		decimal_format_short(figures[i], KEYS[i].amount ? MONEY_DECIMALS : 0, text,
				     sizeof(text));
		length = i == AT_VERDICT
				 ? snprintf(line + at, most - at, " %s=%s", KEYS[i].key,
					    VERDICTS[record->proof.verdict])
				 : snprintf(line + at, most - at, " %s=%s", KEYS[i].key, text);
		at += (size_t)length;
	}
	if (at >= most)
		return 0;
	length = snprintf(line + at, FUNDING_PROOF_LINE_MAX - at, CHECKSUM "%08" PRIx32,
			  checksum_of(line, at));
	return at + (size_t)length;
}

/* The next word; false at the end. */
static bool next_word(const char **at, const char *end, const char **word, size_t *length)
{
	const char *stop;
	if (*at >= end)
		return false;
	stop = memchr(*at, ' ', (size_t)(end - *at));
	*word = *at;
	*length = (size_t)((stop ? stop : end) - *at);
	*at = stop ? stop + 1 : end;
	return *length > 0;
}

static bool read_figure(size_t index, const char *word, size_t length, i128 *out)
{
	const struct figure *figure = &KEYS[index];
	size_t key = strlen(figure->key);
	if (length <= key + 1 || memcmp(word, figure->key, key) != 0 || word[key] != '=')
		return false;
	word += key + 1;
	length -= key + 1;
	if (index == AT_VERDICT) {
		for (size_t i = 0; i < sizeof(VERDICTS) / sizeof(VERDICTS[0]); i++)
			if (strlen(VERDICTS[i]) == length &&
			    memcmp(VERDICTS[i], word, length) == 0) {
				*out = (i128)i;
				return true;
			}
		return false;
	}
	return decimal_parse_i128(word, length, figure->amount ? MONEY_DECIMALS : 0, out) ==
		       DECIMAL_OK &&
	       (figure->amount || (*out >= figure->least && *out <= figure->most));
}

/* The checksum is whole, so what is left to refuse is what a hand wrote. */
bool funding_proof_line_read(const char *line, size_t length, struct funding_proof_record *record)
{
	const size_t tail = strlen(CHECKSUM) + CHECKSUM_DIGITS;
	const char *at = line, *word;
	char checksum[sizeof(CHECKSUM) + CHECKSUM_DIGITS];
	size_t word_length;
	i128 figures[FIGURES];
	if (length <= tail || length >= FUNDING_PROOF_LINE_MAX)
		return false;
	const char *end = line + length - tail;
	snprintf(checksum, sizeof(checksum), CHECKSUM "%08" PRIx32,
		 checksum_of(line, length - tail));
	if (memcmp(end, checksum, tail) != 0)
		return false;
	memset(record, 0, sizeof(*record));
	if (!next_word(&at, end, &word, &word_length) || word_length >= sizeof(record->name))
		return false;
	memcpy(record->name, word, word_length);
	const char *state;
	size_t state_length;
	if (!next_word(&at, end, &state, &state_length))
		return false;
	for (size_t i = 0; i < FIGURES; i++)
		if (!next_word(&at, end, &word, &word_length) ||
		    !read_figure(i, word, word_length, &figures[i]))
			return false;
	take_figures(record, figures);
	const char *should = funding_proof_state_text(funding_proof_state(&record->proof));
	return at == end && strlen(should) == state_length &&
	       memcmp(should, state, state_length) == 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* The whole file; NULL with *missing, or with err. Freed by the caller. */
static char *read_whole(const char *path, size_t *length, bool *missing, struct error *err)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = NULL;
	ssize_t got = 0;
	*missing = file < 0 && errno == ENOENT;
	*length = 0;
	if (file >= 0 && (bytes = malloc(FILE_MAX + 1)) != NULL)
		while (*length <= FILE_MAX &&
		       (got = read(file, bytes + *length, FILE_MAX + 1 - *length)) > 0)
			*length += (size_t)got;
	if (file >= 0 && bytes && got == 0 && *length <= FILE_MAX) {
		close(file);
		return bytes;
	}
	if (!*missing)
		error_set(err, ERROR_IO, "%s: cannot be read: %s", path,
			  *length > FILE_MAX	? "it is too long"
			  : file >= 0 && !bytes ? "out of memory"
						: strerror(errno));
	if (file >= 0)
		close(file);
	free(bytes);
	return NULL;
}

bool funding_proofs_load(struct funding_proofs *proofs, const char *path, unsigned *damaged,
			 struct error *err)
{
	size_t length;
	bool missing;
	unsigned number = 0;
	*damaged = 0;
	char *bytes = read_whole(path, &length, &missing, err);
	if (!bytes)
		return missing;
	for (const char *at = bytes, *end = bytes + length; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((newline ? newline : end) - at);
		struct funding_proof_record record;
		bool sound =
			++number == 1 ? line + 1 == strlen(MAGIC) && memcmp(at, MAGIC, line) == 0
			: line == 0 || at[0] == '#' ? true
						    : funding_proof_line_read(at, line, &record) &&
							      funding_proofs_add(proofs, &record);
		if (!sound) {
			++*damaged;
			log_write(LOG_ALARM, "funding",
				  "%s:%u: the line is damaged and passed over; its instrument is "
				  "unproven",
				  path, number);
		}
		at += line + (newline != NULL);
	}
	free(bytes);
	return true;
}

static bool write_all(FILE *file, const struct funding_proofs *proofs)
{
	bool good = fputs(MAGIC REMEDY, file) >= 0;
	for (size_t i = 0; good && i < funding_proofs_count(proofs); i++) {
		char line[FUNDING_PROOF_LINE_MAX];
		size_t length = funding_proof_line(funding_proofs_at(proofs, i), line);
		good = fwrite(line, 1, length, file) == length && fputc('\n', file) != EOF;
	}
	return good && fflush(file) == 0 && fsync(fileno(file)) == 0;
}

static bool sync_folder(const char *path)
{
	char folder[PATH_LENGTH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	if (length >= sizeof(folder))
		return false;
	memcpy(folder, path, length);
	folder[length] = '\0';
	int directory = open(!slash	   ? "."
			     : length == 0 ? "/"
					   : folder,
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = directory >= 0 && fsync(directory) == 0;
	if (directory >= 0)
		close(directory);
	return good;
}

bool funding_proofs_save(const struct funding_proofs *proofs, const char *path, struct error *err)
{
	char fresh[PATH_LENGTH_MAX];
	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return error_set(err, ERROR_CONFIGURATION, "%s: the path is too long", path);
	FILE *file = fopen(fresh, "we");
	bool good = file && write_all(file, proofs);
	if (file)
		good = fclose(file) == 0 && good;
	good = good && rename(fresh, path) == 0 && sync_folder(path);
	if (!good) {
		error_set(err, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
		unlink(fresh);
	}
	return good;
}

/*
 * Stands in for libFuzzer in ordinary builds: runs a fuzz target over the files of its corpus
 * (argument 1; a missing folder means there are none), over mutations of them and over generated
 * bytes. The same seed gives the same inputs everywhere; FUNDARB_SEED in the environment sets it.
 */
#include "core/base/random.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED	      20240808
#define FILES_MAX     256
#define BYTES_MAX     ((size_t)1 << 20)
#define MUTATIONS     300 /* in all, spread over the files */
#define GENERATED     300
#define GENERATED_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments) __attribute__((weak));

struct input {
	uint8_t *bytes;
	size_t size;
};

static char about[512]; /* the input that runs, for the death message */

static void dies(int number)
{
	(void)!write(STDERR_FILENO, about, strlen(about));
	signal(number, SIG_DFL);
	raise(number);
}

static void run(const struct input *input, uint64_t seed, const char *what, size_t number)
{
	/* A copy of exactly that size, so that reading past the end is seen. */
	uint8_t *copy = malloc(input->size ? input->size : 1);
	if (!copy)
		abort();
	memcpy(copy, input->bytes, input->size);
	snprintf(about, sizeof(about), "died on %s %zu, %zu bytes, seed %llu\n", what, number,
		 input->size, (unsigned long long)seed);
	LLVMFuzzerTestOneInput(copy, input->size);
	free(copy);
}

static bool read_file(const char *path, struct input *input)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	input->bytes = malloc(BYTES_MAX);
	if (!input->bytes)
		abort();
	input->size = fread(input->bytes, 1, BYTES_MAX, file);
	bool whole = !ferror(file);
	fclose(file);
	if (!whole)
		free(input->bytes);
	return whole;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of their names. */
static size_t read_corpus(const char *folder, struct input *inputs)
{
	struct dirent **entries;
	size_t count = 0;
	int found = scandir(folder, &entries, visible, alphasort);
	if (found < 0)
		return 0;
	for (int i = 0; i < found; i++) {
		char path[1024];
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (count < FILES_MAX && read_file(path, &inputs[count]))
			count++;
		free(entries[i]);
	}
	free(entries);
	return count;
}

/* Changes, drops or repeats a few stretches; room is BYTES_MAX. */
static void mutate(struct random *random, struct input *input)
{
	for (uint64_t n = 1 + random_below(random, 4); n > 0; n--) {
		size_t at = random_below(random, input->size + 1);
		size_t rest = input->size - at;
		size_t length = random_below(random, (rest < 16 ? rest : 16) + 1);
		switch (random_below(random, 6)) {
		case 0:
			if (rest > 0)
				input->bytes[at] ^= (uint8_t)(1u << random_below(random, 8));
			break;
		case 1:
			if (rest > 0)
				input->bytes[at] = (uint8_t)random_u64(random);
			break;
		case 2:
			if (rest > 0)
				input->bytes[at] =
					(const uint8_t[]){0, 0x7f, 0x80, 0xff, '0', '-', '.', '\n'}
						[random_below(random, 8)];
			break;
		case 3:
			input->size = at;
			break;
		case 4:
			memmove(input->bytes + at, input->bytes + at + length, rest - length);
			input->size -= length;
			break;
		case 5:
			if (input->size + length > BYTES_MAX)
				break;
			memmove(input->bytes + at + length, input->bytes + at, rest);
			input->size += length;
			break;
		}
	}
}

static void generate(struct random *random, struct input *input)
{
	static const char TEXT[] = "0123456789.-+eE:={}[]\", \nabctruefalsenull";
	input->size = random_below(random, GENERATED_MAX + 1);
	uint64_t manner = random_below(random, 3);
	for (size_t i = 0; i < input->size; i++)
		input->bytes[i] = manner == 0 || (manner == 1 && random_below(random, 8) == 0)
					  ? (uint8_t)random_u64(random)
					  : (uint8_t)TEXT[random_below(random, sizeof(TEXT) - 1)];
}

int main(int count, char **arguments)
{
	static struct input inputs[FILES_MAX];
	const char *given = getenv("FUNDARB_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : SEED;
	struct random random;
	struct input input = {.bytes = malloc(BYTES_MAX)};
	if (!input.bytes)
		abort();
	random_seed(&random, seed);
	signal(SIGABRT, dies);
	signal(SIGSEGV, dies);
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&count, &arguments);

	size_t files = count > 1 ? read_corpus(arguments[1], inputs) : 0;
	for (size_t i = 0; i < files; i++)
		run(&inputs[i], seed, "file (by name, from 0)", i);
	for (size_t i = 0; files > 0 && i < MUTATIONS; i++) {
		const struct input *file = &inputs[i % files];
		memcpy(input.bytes, file->bytes, file->size);
		input.size = file->size;
		mutate(&random, &input);
		run(&input, seed, "mutation", i);
	}
	for (size_t i = 0; i < GENERATED; i++) {
		generate(&random, &input);
		run(&input, seed, "generated input", i);
	}
	printf("%zu files, %d mutations, %d generated inputs, seed %llu\n", files,
	       files > 0 ? MUTATIONS : 0, GENERATED, (unsigned long long)seed);
	for (size_t i = 0; i < files; i++)
		free(inputs[i].bytes);
	free(input.bytes);
	return 0;
}

#include "src/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_PAGE 4096

static bool take(const char *text, size_t length, const char *where, struct secret *secret,
		 struct error *err)
{
	while (length > 0 && strchr(" \t\r\n", text[0])) {
		text++;
		length--;
	}
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (length == 0)
		return error_set(err, ERROR_CONFIGURATION, "%s is empty", where);
	if (length > SECRET_MAX)
		return error_set(err, ERROR_CONFIGURATION, "%s holds more than %d characters",
				 where, SECRET_MAX);
	char *page =
		mmap(NULL, SECRET_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return error_set(err, ERROR_IO, "no memory for a key: %s", strerror(errno));
	/* A limit on locked memory is no reason not to trade; the other two always work. */
	mlock(page, SECRET_PAGE);
	madvise(page, SECRET_PAGE, MADV_DONTDUMP);
	madvise(page, SECRET_PAGE, MADV_WIPEONFORK);
	memcpy(page, text, length);
	secret->text = page;
	secret->length = length;
	return true;
}

static bool from_environment(const char *name, struct secret *secret, struct error *err)
{
	char where[128];
	char *text = getenv(name);
	snprintf(where, sizeof(where), "environment variable %s", name);
	if (!text)
		return error_set(err, ERROR_CONFIGURATION, "%s is not set", where);
	bool taken = take(text, strlen(text), where, secret, err);
	OPENSSL_cleanse(text, strlen(text));
	unsetenv(name);
	return taken;
}

static bool from_file(const char *path, bool ours, struct secret *secret, struct error *err)
{
	char text[SECRET_MAX + 64], where[600];
	struct stat status;
	snprintf(where, sizeof(where), "key file %s", path);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return error_set(err, ERROR_CONFIGURATION, "%s: %s", where, strerror(errno));
	bool fit = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
	if (!fit)
		error_set(err, ERROR_CONFIGURATION, "%s is not a regular file", where);
	else if (ours && status.st_uid != geteuid())
		fit = error_set(err, ERROR_CONFIGURATION, "%s belongs to another user", where);
	else if (ours && (status.st_mode & 077) != 0)
		fit = error_set(err, ERROR_CONFIGURATION,
				"%s can be read by others (mode %04o): chmod 600 it", where,
				status.st_mode & 07777);
	ssize_t length = fit ? read(file, text, sizeof(text)) : -1;
	if (fit && length < 0)
		error_set(err, ERROR_CONFIGURATION, "%s: %s", where, strerror(errno));
	close(file);
	bool taken = length >= 0 && take(text, (size_t)length, where, secret, err);
	OPENSSL_cleanse(text, sizeof(text));
	return taken;
}

bool secret_load(const char *source, const char *folder, struct secret *secret, struct error *err)
{
	char path[600];
	*secret = (struct secret){0};
	if (strncmp(source, "env:", 4) == 0)
		return from_environment(source + 4, secret, err);
	if (strncmp(source, "file:", 5) == 0) {
		bool relative = source[5] != '/' && *folder;
		snprintf(path, sizeof(path), "%s%s%s", relative ? folder : "", relative ? "/" : "",
			 source + 5);
		return from_file(path, true, secret, err);
	}
	if (strncmp(source, "credential:", 11) == 0) {
		const char *directory = getenv("CREDENTIALS_DIRECTORY");
		if (!directory)
			return error_set(err, ERROR_CONFIGURATION,
					 "credential %s: the service manager gave none "
					 "(LoadCredential=%s:PATH in the unit)",
					 source + 11, source + 11);
		if (strchr(source + 11, '/'))
			return error_set(err, ERROR_CONFIGURATION,
					 "a credential's name has no '/' in it");
		snprintf(path, sizeof(path), "%s/%s", directory, source + 11);
		return from_file(path, false, secret, err);
	}
	/* The text may be the key itself: it is not repeated. */
	return error_set(err, ERROR_CONFIGURATION,
			 "a key is given by its place: env:NAME, file:PATH or credential:NAME");
}

void secret_wipe(struct secret *secret)
{
	if (secret->text) {
		OPENSSL_cleanse(secret->text, SECRET_PAGE);
		munmap(secret->text, SECRET_PAGE);
	}
	*secret = (struct secret){0};
}

void secrets_harden_process(void)
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

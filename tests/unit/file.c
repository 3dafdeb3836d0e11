/* SPDX-License-Identifier: ISC */
#include "../../lib/io/file.h"
#include "../../lib/io/io.h"
#include "../../lib/io/keylogfile.h"
#include "../../lib/proto/keylog.h"
#include "child.h"
#include "tap.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static char err[4096];

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ss_write_full(fd, text, strlen(text)) < 0 ||
	    fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

static int
holds(const char *path, const char *text, mode_t mode)
{
	char got[256];
	size_t n;
	struct stat st;

	return ss_file_read(got, &n, sizeof(got), path, 0) == SS_OK
	    && n == strlen(text) && memcmp(got, text, n) == 0
	    && stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

/* How many entries the folder has: temporaries that were left show here. */
static int
entries(void)
{
	DIR *d = opendir(".");
	int n = 0;

	while (d && readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static enum ss_err
get(const char *path, size_t max, int secret)
{
	char got[64];
	size_t n;

	memset(got, 'x', sizeof(got));
	return ss_file_read(got, &n, max, path, secret);
}

static void
reading(void)
{
	char got[8] = "zzzzzzz";
	size_t n = 9;

	put("plain", "12345", 0644);
	is_err(ss_file_read(got, &n, 5, "plain", 0), SS_OK, "just fits");
	ok(n == 5 && memcmp(got, "12345zz", 7) == 0, "its bytes");
	is_err(ss_file_read(got, &n, 4, "plain", 0), SS_ERR_LENGTH,
	    "a byte too long");
	is_err(get("none", 9, 0), SS_ERR_SYSTEM, "not there");
	ok(errno == ENOENT, "with the reason in errno");
	is_err(get(".", 9, 0), SS_ERR_SYSTEM, "a folder");
	ok(errno == EISDIR, "with the reason in errno");
}

static void
permissions(void)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0602, 0610, 0601 };
	int fd;

	put("secret", "s", 0600);
	is_err(get("secret", 9, 1), SS_OK, "mode 600");
	chmod("secret", 0400);
	is_err(get("secret", 9, 1), SS_OK, "mode 400");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		chmod("secret", bad[i]);
		is_err(get("secret", 9, 1), SS_ERR_PERMISSION, "mode %o",
		    (unsigned)bad[i]);
	}
	chmod("secret", 0644);
	is_err(get("secret", 9, 0), SS_OK, "which is fine if no secret");
	chmod("secret", 0600);
	ok(symlink("secret", "link") == 0, "a symbolic link");
	is_err(get("link", 9, 1), SS_ERR_PERMISSION, "is refused");
	is_err(get("link", 9, 0), SS_OK, "but not if no secret");
	ok(mkfifo("fifo", 0600) == 0, "a FIFO nobody writes to");
	is_err(get("fifo", 9, 1), SS_ERR_PERMISSION, "is not waited for");
	is_err(get(".", 9, 1), SS_ERR_PERMISSION, "a folder");
	if (geteuid() == 0) {
		ok(chown("secret", 1, 1) == 0, "a file of somebody else");
		is_err(get("secret", 9, 1), SS_ERR_PERMISSION, "is refused");
		ok(chown("secret", 0, 0) == 0, "a file of ours");
	} else {
		skip(3, "only root can give files away");
	}
	fd = open("secret", O_RDONLY);
	(void)dup2(fd, 0);
	is_err(get("-", 9, 1), SS_OK, "on stdin");
	fchmod(fd, 0644);
	is_err(get("/dev/stdin", 9, 1), SS_ERR_PERMISSION,
	    "a file on stdin that others can read");
	close(fd);
}

static void
descriptors(void)
{
	char path[32], got[8];
	int fds[2];
	size_t n;

	if (pipe(fds) < 0)
		abort();
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	ok(ss_write_full(fds[1], "pipe", 4) == 0 && close(fds[1]) == 0,
	    "a pipe, as in <(command)");
	is_err(ss_file_read(got, &n, sizeof(got), path, 1), SS_OK,
	    "may carry a secret");
	ok(n == 4 && memcmp(got, "pipe", 4) == 0, "its bytes");
	ok(fcntl(fds[0], F_GETFD) >= 0, "and stays open");
	close(fds[0]);
	is_err(get(path, 8, 1), SS_ERR_SYSTEM, "a closed one");
}

static void
replacing(void)
{
	int before = entries();

	is_err(ss_file_replace("new", "one", 3, 0600, 0), SS_OK, "a new file");
	ok(holds("new", "one", 0600), "is there with its mode");
	is_err(ss_file_replace("new", "two", 3, 0600, 0), SS_ERR_EXISTS,
	    "is not replaced");
	ok(holds("new", "one", 0600), "and has not changed");
	is_err(ss_file_replace("new", "three", 5, 0644, 1), SS_OK,
	    "by force it is");
	ok(holds("new", "three", 0644), "with the new mode");
	is_err(ss_file_replace("./new", "", 0, 0600, 1), SS_OK, "emptied");
	ok(holds("new", "", 0600), "is empty");
	ok(entries() == before + 1, "no temporary is left");

	is_err(ss_file_replace("none/new", "x", 1, 0600, 0), SS_ERR_SYSTEM,
	    "no such folder");
	ok(errno == ENOENT, "with the reason in errno");
	ok(symlink("new", "link2") == 0, "a symbolic link");
	is_err(ss_file_replace("link2", "x", 1, 0600, 0), SS_ERR_EXISTS,
	    "counts as there");
	is_err(ss_file_replace("link2", "x", 1, 0600, 1), SS_OK,
	    "by force the link is replaced");
	ok(holds("new", "", 0600), "not what it points to");
	is_err(ss_file_replace("fifo", "x", 1, 0600, 0), SS_ERR_EXISTS,
	    "a FIFO is not written to");
	is_err(ss_file_replace("/dev/null", "x", 1, 0600, 0), SS_ERR_EXISTS,
	    "nor a device, without force");
	mkdir("folder", 0700);
	is_err(ss_file_replace("folder", "x", 1, 0600, 1), SS_ERR_SYSTEM,
	    "a folder in the way");
	if (access("/dev/full", W_OK) == 0) {
		is_err(ss_file_replace("/dev/full", "x", 1, 0600, 1),
		    SS_ERR_SYSTEM, "a full disk");
		ok(errno == ENOSPC, "with the reason in errno");
	} else {
		skip(2, "no /dev/full");
	}
	ok(entries() == before + 3, "no temporary is left");
	is_err(ss_file_remove("new"), SS_OK, "removed");
	ok(access("new", F_OK) < 0, "is gone");
	is_err(ss_file_remove("new"), SS_ERR_SYSTEM, "but once");
}

/* What is unlinked was overwritten before: seen through a second name. */
static void
overwritten(void)
{
	char got[8];
	size_t n;

	put("a", "secret", 0600);
	ok(link("a", "b") == 0, "two names of a file");
	is_err(ss_file_remove("a"), SS_OK, "one is removed");
	is_err(ss_file_read(got, &n, sizeof(got), "b", 0), SS_OK, "the other");
	ok(n == 6 && memcmp(got, "\0\0\0\0\0\0", 6) == 0, "holds zeros");
}

static struct ss_out out;

static void
out_commit(void *arg)
{
	ss_umask = 027;
	xout_open(&out, arg, 0);
	xwrite_full(out.fd, "data", 4, "it");
	xout_commit(&out);
	exit(0);
}

static void
out_die(void *arg)
{
	xout_open(&out, arg, 0);
	xwrite_full(out.fd, "data", 4, "it");
	ss_die(SS_ERR_AUTH, "it");
}

static void
out_signal(void *arg)
{
	xout_open(&out, "killed", 0);
	xwrite_full(out.fd, "data", 4, "it");
	raise(*(int *)arg);
}

static void
out_abandon(void *arg)
{
	xout_open(&out, arg, 0);
	xout_abandon(&out);
	exit(0);
}

static void
output(void)
{
	static int ends[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
	int before = entries();

	ok(child(err, sizeof(err), out_die, "out") == 1, "refused midway");
	ok(access("out", F_OK) < 0 && entries() == before,
	    "no output, no temporary");
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		ok(child(err, sizeof(err), out_signal, &ends[i])
		    == 128 + ends[i] && entries() == before,
		    "signal %d: dead by it, no temporary", ends[i]);
	ok(child(err, sizeof(err), out_abandon, "out") == 0 &&
	    entries() == before, "abandoned: no temporary");
	ok(child(err, sizeof(err), out_commit, "out") == 0, "committed");
	ok(holds("out", "data", 0640) && entries() == before + 1,
	    "there, with the umask of the caller");
	ok(child(err, sizeof(err), out_commit, "out") == 2 &&
	    strstr(err, "out: the file exists already\n"), "not twice");
	ok(entries() == before + 1, "and no temporary");
	ok(child(err, sizeof(err), out_commit, "/dev/null") == 0,
	    "a device is written to");
	ok(access("/dev/null", W_OK) == 0, "and stays");
}

static void
log_line(void *arg)
{
	xlog_append(arg, "# notice\n", "line\n");
	exit(0);
}

/* Four at once create one log: they start when the pipe is closed. */
static int
one_round(void)
{
	static const char want[] = "# notice\nline\nline\nline\nline\n";
	int fds[2];
	char c;

	if (pipe(fds) < 0)
		abort();
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			close(fds[1]);
			if (read(fds[0], &c, 1) != 0)
				_exit(1);
			log_line("log");
		}
	close(fds[0]);
	close(fds[1]);
	while (wait(NULL) > 0)
		;
	return holds("log", want, 0600);
}

static void
logs(void)
{
	int good = 0;
	struct stat st;

	fflush(stdout);
	for (int i = 0; i < 100; i++) {
		unlink("log");
		good += one_round();
	}
	ok(good == 100, "one notice, first, and every line whole (%d of 100)",
	    good);
	put("log", "TLS\n", 0600);
	ok(child(err, sizeof(err), log_line, "log") == 0 &&
	    holds("log", "TLS\nline\n", 0600), "no notice into a used one");
	ok(err[0] == '\0', "and no warning");
	put("log", "", 0644);
	ok(child(err, sizeof(err), log_line, "log") == 0 &&
	    strcmp(err, "file: warning: others can read the log log\n") == 0,
	    "a warning, if others can read it");
	ok(child(err, sizeof(err), log_line, "none/log") == 2 &&
	    strstr(err, "none/log: No such file"), "no such folder");
	if (stat("/dev/full", &st) == 0)
		ok(child(err, sizeof(err), log_line, "/dev/full") == 2,
		    "a full disk");
	else
		skip(1, "no /dev/full");
}

static void
keylog(void)
{
	struct ss_introducer i = { .family = SS_RATCHET, .aead = SS_CHACHAPOLY,
		.sender = { 1 }, .audience = { 2 } };
	struct ss_epoch e = { .id = { 0 } };
	uint8_t key[32] = { 3 };
	struct ss_keylog k;
	char got[1024], *line;
	size_t n;

	ss_epoch_open(&e, SS_CHACHAPOLY, key);
	xkeylog_epoch(NULL, &i, &e);
	xkeylog_epoch("keylog", &i, &e);
	is_err(ss_file_read(got, &n, sizeof(got) - 1, "keylog", 1), SS_OK,
	    "a key log of ours, mode 600");
	got[n] = '\0';
	ok(strncmp(got, ss_keylog_notice, strlen(ss_keylog_notice)) == 0,
	    "says first what it can read");
	line = strstr(got, SS_KEYLOG_WORD " ");
	is_err(line ? ss_keylog_get(&k, line, strlen(line)) : SS_ERR_EMPTY,
	    SS_OK, "and then the line of the epoch");
	ok(memcmp(k.key, key, 32) == 0 && k.sender[0] == 1 &&
	    k.audience[0] == 2 && memcmp(k.id, e.id, 16) == 0,
	    "with its fields");
	ss_epoch_wipe(&e);
}

int
main(int argc, char **argv)
{
	char folder[] = "/tmp/ss-file-XXXXXX", command[64];

	(void)argc;
	(void)argv;
	ss_start("file");
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	reading();
	permissions();
	descriptors();
	replacing();
	overwritten();
	output();
	logs();
	keylog();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") < 0 || system(command) != 0 || done_testing();
}

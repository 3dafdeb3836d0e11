/* SPDX-License-Identifier: ISC */

/*
 * measure [-n TIMES] [-i FILE] COMMAND [ARG...] - run a command again and
 * again and say what it cost, per run:
 *
 *     wall SECONDS cpu SECONDS rss KIB
 *
 * stdin is FILE (or empty), stdout is /dev/null.  wall is the median of the
 * runs, cpu the mean of user and system time of the command and all of its
 * children, rss the largest resident size of any of them.  A shell's clock
 * would add more than a small command takes.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One run; the wall time, or -1. */
static double
once(char *const *argv, const char *input)
{
	posix_spawn_file_actions_t fds;
	double began;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&fds);
	posix_spawn_file_actions_addopen(&fds, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fds, 1, "/dev/null", O_WRONLY, 0);
	began = seconds();
	if (posix_spawnp(&pid, argv[0], &fds, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		return -1;
	began = seconds() - began;
	posix_spawn_file_actions_destroy(&fds);
	return began;
}

int
main(int argc, char **argv)
{
	const char *input = "/dev/null";
	struct rusage use;
	double *walls, cpu;
	int times = 1, c;

	while ((c = getopt(argc, argv, "+n:i:")) != -1) {
		if (c == 'n')
			times = atoi(optarg);
		else if (c == 'i')
			input = optarg;
		else
			return 2;
	}
	if (optind == argc || times < 1 ||
	    !(walls = calloc((size_t)times, sizeof(*walls))))
		return 2;
	for (int i = 0; i < times; i++)
		if ((walls[i] = once(argv + optind, input)) < 0) {
			fprintf(stderr, "measure: %s failed\n", argv[optind]);
			return 1;
		}
	getrusage(RUSAGE_CHILDREN, &use);
	cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	qsort(walls, (size_t)times, sizeof(*walls), ascending);
	printf("wall %.6f cpu %.6f rss %ld\n", walls[times / 2], cpu / times,
	    use.ru_maxrss);
	free(walls);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/tls.h"
#include "../lib/io/wsserver.h"
#include "../lib/relay/core.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: ss-relay [-ow] [-c file] [-d dir] [-k file] [-L name=n] "
    "[-l host:port]\n"
    "           [-n name] [-r fd] [-t file] [-U profile] [-u url] [-Z seed]\n"
    "       ss-relay --help | --version\n";

static const struct option options[] = {
	{ "allow-origin-login", no_argument, NULL, 'o' },
	{ "cert", required_argument, NULL, 'c' },
	{ "state", required_argument, NULL, 'd' },
	{ "key", required_argument, NULL, 'k' },
	{ "limit", required_argument, NULL, 'L' },
	{ "listen", required_argument, NULL, 'l' },
	{ "name", required_argument, NULL, 'n' },
	{ "ready-fd", required_argument, NULL, 'r' },
	{ "tls-keylog", required_argument, NULL, 't' },
	{ "url", required_argument, NULL, 'u' },
	{ "ws", no_argument, NULL, 'w' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

#define LISTEN_MAX 8
#define URLS_MAX   64
#define PATH_ROOM  4096

struct relay {
	struct ss_relay_config core_config;
	struct ss_server_config server_config;
	const char *listen[LISTEN_MAX + 1];
	const char *origins[URLS_MAX + 1];
	const char *state, *keylog;
	char host[LISTEN_MAX][256];
	size_t nlisten, norigins;
	int plain, ready_fd;
	char cert[PATH_ROOM], key[PATH_ROOM];

	struct ss_relay *core;
	struct ss_server *server;
	struct ss_store *store;
	struct ss_writer *writer;
	FILE *audit;
	int ready, audit_failed;
};

/* Signal handlers have no argument. */
static struct ss_server *signal_server;
static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
	ss_server_wake(signal_server);
}

/* The audit log: written line by line, flushed in every tick. */
static void
write_audit(struct relay *r, const struct ss_audit *a)
{
	char line[SS_AUDIT_LINE_MAX], now[SS_TIME_TEXT];
	size_t n;

	ss_time_text(now, ss_now_ms());
	n = ss_audit_line(line, sizeof line, a, now);
	if (fwrite(line, 1, n, r->audit) != n && !r->audit_failed++)
		ss_warn("the audit log cannot be written");
}

static void
act(struct relay *r, const struct ss_action *a)
{
	switch (a->kind) {
	case SS_ACT_SEND:
		ss_server_send(r->server, a->conn, a->msg);
		break;
	case SS_ACT_PING:
		ss_server_ping(r->server, a->conn);
		break;
	case SS_ACT_CLOSE:
		ss_server_close(r->server, a->conn, a->code);
		break;
	case SS_ACT_STORE:
		a->op->now_ms = ss_now_ms();
		ss_writer_submit(r->writer, a->op);
		break;
	case SS_ACT_AUDIT:
		write_audit(r, &a->audit);
		break;
	}
}

static void
drive(struct relay *r, const struct ss_event *ev)
{
	struct ss_action a;

	ss_relay_event(r->core, ev, ss_server_now());
	while (ss_relay_action(r->core, &a))
		act(r, &a);
}

static void
on_open(void *arg, const struct ss_server_peer *peer)
{
	struct ss_opening o = { .tls = peer->tls, .address = peer->address };

	ss_random(o.challenge, sizeof o.challenge);
	memcpy(o.exporter, peer->exporter, sizeof o.exporter);
	drive(arg, &(struct ss_event){ .kind = SS_EV_OPEN,
	    .conn = peer->conn, .opening = &o });
}

static void
on_text(void *arg, uint64_t conn, struct ss_msg *m)
{
	drive(arg, &(struct ss_event){ .kind = SS_EV_TEXT, .conn = conn,
	    .msg = m });
}

static void
on_binary(void *arg, uint64_t conn, struct ss_msg *m)
{
	drive(arg, &(struct ss_event){ .kind = SS_EV_BINARY, .conn = conn,
	    .msg = m });
}

static void
on_alive(void *arg, uint64_t conn)
{
	drive(arg, &(struct ss_event){ .kind = SS_EV_ALIVE, .conn = conn });
}

static void
on_sent(void *arg, uint64_t conn, size_t n)
{
	drive(arg, &(struct ss_event){ .kind = SS_EV_SENT, .conn = conn,
	    .n = n });
}

static void
on_closed(void *arg, uint64_t conn)
{
	drive(arg, &(struct ss_event){ .kind = SS_EV_CLOSED, .conn = conn });
}

static void
on_tick(void *arg)
{
	struct relay *r = arg;

	drive(r, &(struct ss_event){ .kind = SS_EV_TICK });
	if (fflush(r->audit) != 0 && !r->audit_failed++)
		ss_warn("the audit log cannot be written");
}

/* URL and pin, for people on stdout and for programs on --ready-fd. */
static void
announce(struct relay *r, FILE *out)
{
	char pin[SS_PIN_TEXT];
	size_t i;

	for (i = 0; i < r->nlisten; i++)
		fprintf(out, "url: %s\n", r->origins[i]);
	if (!r->plain) {
		xtls_pin_file(pin, r->cert);
		fprintf(out, "pin: %s\n", pin);
	}
	if (fflush(out) != 0)
		ss_die(SS_ERR_SYSTEM, "telling URL and pin");
}

static void
tell_ready(struct relay *r)
{
	FILE *out;

	r->ready = 1;
	announce(r, stdout);
	if (r->ready_fd < 0)
		return;
	out = fdopen(r->ready_fd, "w");
	if (out == NULL)
		ss_die(SS_ERR_SYSTEM, "--ready-fd %d", r->ready_fd);
	announce(r, out);
	fclose(out);
}

static void
on_woken(void *arg)
{
	struct relay *r = arg;
	struct ss_op *op;

	if (!r->ready)
		tell_ready(r);
	while ((op = ss_writer_take(r->writer)) != NULL)
		drive(r, &(struct ss_event){ .kind = SS_EV_STORED, .op = op });
	if (stop) {
		drive(r, &(struct ss_event){ .kind = SS_EV_STOP });
		ss_server_finish(r->server);
	}
}

/* from the writer's thread */
static void
wake(void *server)
{
	ss_server_wake(server);
}

/* Plain HTTP: is it alive, and how is it. */
static int
on_page(void *arg, const char *path, char *out, size_t size)
{
	struct relay *r = arg;
	const struct ss_relay_counters *c = ss_relay_counters(r->core);
	const uint64_t *value = (const uint64_t *)(const void *)c;
	size_t i, len = 0;
	int n;

	if (strcmp(path, "/healthz") == 0)
		return snprintf(out, size, "ok\n");
	if (strcmp(path, "/metrics") != 0)
		return -1;
	for (i = 0; ss_relay_counter_names[i] != NULL && len < size; i++) {
		n = snprintf(out + len, size - len, "ss_relay_%s %llu\n",
		    ss_relay_counter_names[i], (unsigned long long)value[i]);
		len += n > 0 ? (size_t)n : 0;
	}
	return (int)len;
}

static const struct ss_server_handler handler = { on_open, on_text, on_binary,
	on_alive, on_sent, on_closed, on_tick, on_woken, on_page };

/* Limits by name, all with the defaults of docs/protocol.md, 11.6. */
static void
set_limit(struct relay *r, const char *text)
{
	struct ss_relay_config *c = &r->core_config;
	uint64_t conns = c->max_conns, address = r->server_config.per_address,
	    http = r->server_config.http_timeout_s, age = 0, login = 0,
	    ping = 0, dead = 0;
	const struct {
		const char *name;
		uint64_t *value, max;
	} limits[] = {
		{ "connections", &conns, 1 << 20 },
		{ "per-address", &address, 1 << 20 },
		{ "http-timeout", &http, 3600 },
		{ "login-timeout", &login, 3600 },
		{ "ping", &ping, 86400 },
		{ "dead", &dead, 86400 },
		{ "window", &c->window, 65536 },
		{ "queue-bytes", &c->queue_bytes, 1 << 30 },
		{ "queue-messages", &c->queue_msgs, 1 << 20 },
		{ "memory", &c->budget, (uint64_t)1 << 40 },
		{ "mailbox-messages", &c->mailbox.count, 1 << 30 },
		{ "mailbox-bytes", &c->mailbox.bytes, (uint64_t)1 << 40 },
		{ "mailbox-age", &age, 36500ULL * 86400 },
	};
	size_t i, n = strcspn(text, "=");

	for (i = 0; i < sizeof limits / sizeof *limits; i++)
		if (strlen(limits[i].name) == n &&
		    strncmp(limits[i].name, text, n) == 0)
			break;
	if (text[n] != '=' || i == sizeof limits / sizeof *limits)
		ss_usage(usage, "-L %s: no such limit", text);
	*limits[i].value = xnumber(text, text + n + 1, limits[i].max);
	if (*limits[i].value == 0)
		ss_usage(usage, "-L %s: it must be positive", text);
	c->max_conns = (uint32_t)conns;
	r->server_config.per_address = (uint32_t)address;
	r->server_config.http_timeout_s = (unsigned)http;
	c->login_ms = login ? (int64_t)login * 1000 : c->login_ms;
	c->ping_ms = ping ? (int64_t)ping * 1000 : c->ping_ms;
	c->dead_ms = dead ? (int64_t)dead * 1000 : c->dead_ms;
	c->mailbox.age_ms = age ? (int64_t)age * 1000 : c->mailbox.age_ms;
}

/* A name is signed and travels in JSON: only plain characters. */
static const char *
checked_name(const char *name)
{
	size_t n = strlen(name);

	if (n < 1 || n > 255 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	           "0123456789.-_:") != n)
		ss_usage(usage, "-n %s: not a name for a relay", name);
	return name;
}

static void
add_url(struct relay *r, const char *url)
{
	if (r->norigins == URLS_MAX - LISTEN_MAX)
		ss_usage(usage, "too many -u");
	/* the first LISTEN_MAX are for what we listen on */
	r->origins[LISTEN_MAX + r->norigins++] = url;
}

static void
parse(struct relay *r, int argc, char **argv)
{
	struct ss_relay_config *c = &r->core_config;
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "oc:d:k:L:l:n:r:t:U:u:wZ:hV",
	    options, NULL)) != -1) {
		if (o == 'o')
			c->allow_origin = 1;
		else if (o == 'c')
			r->server_config.cert = optarg;
		else if (o == 'd')
			r->state = optarg;
		else if (o == 'k')
			r->server_config.key = optarg;
		else if (o == 'L')
			set_limit(r, optarg);
		else if (o == 'l' && r->nlisten < LISTEN_MAX)
			r->listen[r->nlisten++] = optarg;
		else if (o == 'n')
			c->name = checked_name(optarg);
		else if (o == 'r')
			r->ready_fd = (int)xnumber("-r", optarg, 65535);
		else if (o == 't')
			r->keylog = optarg;
		else if (o == 'u')
			add_url(r, optarg);
		else if (o == 'w')
			r->plain = 1;
		else if (o == 'U')
			xlab_unsafe(optarg);
		else if (o == 'Z')
			xlab_seed(optarg);
		else if (o == 'h')
			ss_help(usage);
		else if (o == 'V')
			ss_version();
		else
			ss_usage(usage, o == 'l' ? "too many -l" :
			    "unknown option or missing argument: %s",
			    argv[optind - 1]);
	}
	if (optind < argc)
		ss_usage(usage, "too many arguments: %s", argv[optind]);
	if ((r->server_config.cert == NULL) != (r->server_config.key == NULL))
		ss_usage(usage, "--cert and --key go together");
	if (r->plain && r->server_config.cert != NULL)
		ss_usage(usage, "--ws has no certificate");
	c->lab = ss_lab() != NULL;
	if (r->nlisten == 0)
		r->listen[r->nlisten++] = "127.0.0.1:8443";
}

static void
xjoin(char *out, const char *dir, const char *name)
{
	int n = snprintf(out, PATH_ROOM, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_ROOM)
		ss_die(SS_ERR_LENGTH, "%s", dir);
}

/*
 * One relay for one folder: a second one would store mail for those whom the
 * first one serves, and nobody would tell them.
 */
static void
lock_state(struct relay *r)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_ROOM];
	int fd;

	xjoin(path, r->state, "lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	if (fcntl(fd, F_SETLK, &whole) == 0)
		return; /* it stays open as long as we live */
	if (errno == EAGAIN || errno == EACCES) {
		ss_set_hint("another ss-relay uses this folder");
		errno = EBUSY;
	}
	ss_die(SS_ERR_SYSTEM, "%s", path);
}

/* The state folder: database, audit log, certificate; ours alone. */
static void
open_state(struct relay *r)
{
	char path[PATH_ROOM];
	const char *trouble;

	if (mkdir(r->state, 0700) != 0 && errno != EEXIST)
		ss_die(SS_ERR_SYSTEM, "%s", r->state);
	lock_state(r);
	xjoin(path, r->state, "relay.db");
	r->store = ss_store_sqlite(
	    path, &r->core_config.mailbox, &trouble);
	if (r->store == NULL) {
		ss_set_hint(trouble);
		errno = EIO;
		ss_die(SS_ERR_SYSTEM, "%s", path);
	}
	xjoin(path, r->state, "audit.jsonl");
	r->audit = fopen(path, "ae");
	if (r->audit == NULL)
		ss_die(SS_ERR_SYSTEM, "%s", path);
}

/* "127.0.0.1" out of "127.0.0.1:8443", "::1" out of "[::1]:8443" */
static const char *
host_of(struct relay *r, size_t which)
{
	const char *listen = r->listen[which];
	const char *colon = strrchr(listen, ':');
	int n = colon != NULL ? (int)(colon - listen) : 0;

	if (n >= 2 && listen[0] == '[')
		listen++, n -= 2;
	snprintf(r->host[which], sizeof r->host[which], "%.*s", n, listen);
	return r->host[which];
}

static void
find_certificate(struct relay *r)
{
	const char *names[LISTEN_MAX + 2] = { "localhost" };
	size_t i, n = 1;

	if (r->plain)
		return;
	if (r->server_config.cert == NULL) {
		for (i = 0; i < r->nlisten; i++) {
			const char *host = host_of(r, i);

			if (host[0] != '\0' && strcmp(host, "localhost") != 0)
				names[n++] = host;
		}
		xjoin(r->cert, r->state, "cert.pem");
		xjoin(r->key, r->state, "key.pem");
		xtls_certificate(r->cert, r->key, names);
	} else {
		snprintf(r->cert, PATH_ROOM, "%s", r->server_config.cert);
		snprintf(r->key, PATH_ROOM, "%s", r->server_config.key);
	}
	r->server_config.cert = r->cert;
	r->server_config.key = r->key;
}

/* What we listen on, as URLs: for people, and to check `origin` logins. */
static void
make_urls(struct relay *r)
{
	const char *scheme = r->plain ? "ws" : "wss", *host;
	size_t i, n;
	char *url;

	for (i = 0; i < r->nlisten; i++) {
		host = host_of(r, i);
		if (host[0] == '\0' || strcmp(host, "127.0.0.1") == 0 ||
		    strcmp(host, "::1") == 0 || strcmp(host, "0.0.0.0") == 0)
			host = "localhost";
		url = malloc(512);
		if (url == NULL)
			ss_die(SS_ERR_SYSTEM, "memory");
		snprintf(url, 512, strchr(host, ':') ? "%s://[%s]:%u/" :
		    "%s://%s:%u/", scheme, host,
		    ss_server_port(r->server, i));
		r->origins[i] = url;
	}
	n = r->norigins;
	memmove(r->origins + r->nlisten, r->origins + LISTEN_MAX,
	    n * sizeof *r->origins);
	r->origins[r->nlisten + n] = NULL;
}

static void
start(struct relay *r)
{
	struct sigaction sa = { .sa_handler = on_signal };

	find_certificate(r);
	r->server_config.listen = r->listen;
	r->server_config.subprotocol = "secretsocket.v1";
	r->server_config.keylog = r->keylog;
	r->server_config.max_conns = r->core_config.max_conns;
	r->server_config.max_text = SS_MSG_TEXT_MAX;
	r->server_config.max_binary = SS_MSG_BINARY_MAX;
	r->server_config.handler = &handler;
	r->server_config.arg = r;
	r->server = xserver_new(&r->server_config);
	make_urls(r);
	r->core_config.max_conns = r->server_config.max_conns;
	r->core_config.origins = r->origins;
	ss_random(r->core_config.hash_key, sizeof r->core_config.hash_key);
	r->core = ss_relay_new(&r->core_config);
	r->writer = ss_writer_start(r->store, wake, r->server);
	if (r->core == NULL || r->writer == NULL)
		ss_die(SS_ERR_SYSTEM, "memory");
	signal_server = r->server;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	fprintf(stderr, "ss-relay: event loop: %s; at most %u connections\n",
	    ss_server_loop(r->server), r->core_config.max_conns);
	ss_server_wake(r->server); /* the first turn tells that we are ready */
}

static void
finish(struct relay *r)
{
	int failed;

	ss_writer_stop(r->writer);
	ss_server_free(r->server);
	ss_relay_free(r->core);
	r->store->close(r->store);
	failed = ferror(r->audit);
	if (fclose(r->audit) != 0 || failed)
		ss_die(SS_ERR_SYSTEM, "audit log");
	xclose_stdout();
}

int
main(int argc, char **argv)
{
	static struct relay r = { .state = ".", .ready_fd = -1 };

	ss_start(argv[0]);
	ss_relay_defaults(&r.core_config);
	r.server_config.per_address = 64;
	r.server_config.http_timeout_s = 5;
	r.keylog = ss_env("SSLKEYLOGFILE");
	parse(&r, argc, argv);
	open_state(&r);
	start(&r);
	ss_server_run(r.server);
	finish(&r);
	return 0;
}

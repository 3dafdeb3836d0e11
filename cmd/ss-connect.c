/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/wschild.h"
#include "../lib/io/wscut.h"
#include "../lib/io/wsmail.h"
#include "../lib/io/wsspool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: ss-connect [-d] [-C file] [-F fd] [-f name] [-K file] -k file "
    "[-P pin]\n"
    "           [-R url] [-s file] [-T time] [-t name] [-U profile] [-Z seed]\n"
    "           [-- command [argument ...]]\n"
    "       ss-connect --help | --version\n";

static const struct option options[] = {
	{ "ca", required_argument, NULL, 'C' },
	{ "drain", no_argument, NULL, 'd' },
	{ "passphrase-fd", required_argument, NULL, 'F' },
	{ "from", required_argument, NULL, 'f' },
	{ "tls-keylog", required_argument, NULL, 'K' },
	{ "key", required_argument, NULL, 'k' },
	{ "pin", required_argument, NULL, 'P' },
	{ "relay", required_argument, NULL, 'R' },
	{ "spool", required_argument, NULL, 's' },
	{ "timeout", required_argument, NULL, 'T' },
	{ "to", required_argument, NULL, 't' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

#define DIAL_MS  20000
#define DEAD_MS  90000 /* the relay pings every 30 seconds */
#define CHUNK    4096  /* PIPE_BUF: what poll calls writable does not block */
#define HEADROOM (2 * SS_MSG_TEXT_MAX) /* kept for ACKs and pongs */

struct join {
	/* options */
	const char *key, *to, *from, *spool;
	struct ss_ws_dial dial;
	int passphrase_fd, drain;
	int64_t timeout_ms; /* 0: none */
	char **command;

	struct ss_ws ws;
	struct ss_ws_welcome welcome;

	/* from stdin or the command to the relay */
	int source, source_end;
	struct ss_cut cut;
	enum ss_err cut_error;
	unsigned inflight; /* messages that the relay has not accepted */
	uint64_t sent;
	uint8_t *records; /* of the next message */

	/* from the relay to stdout, a spool or the command */
	struct ss_inbox inbox;
	int sink, sink_error, drained;

	struct ss_child child;
	int child_ended, status;
	int64_t heard_ms, progress_ms;
};

static struct ss_child *running;

static void
stop_child(void)
{
	ss_child_stop(running);
}

/* Control messages */
static _Noreturn void
refused(const struct join *j, const json_t *m)
{
	static const struct {
		const char *code;
		enum ss_err e;
	} codes[] = {
		{ "unknown", SS_ERR_NONAME },
		{ "full", SS_ERR_FULL },
		{ "login", SS_ERR_LOGIN },
	};
	const char *code = json_string_value(json_object_get(m, "code"));
	const char *text = json_string_value(json_object_get(m, "text"));
	size_t i;

	for (i = 0; code != NULL && i < sizeof codes / sizeof *codes; i++)
		if (strcmp(code, codes[i].code) == 0)
			ss_die(codes[i].e, "to '%s'", j->to ? j->to : "");
	ss_set_hint(text);
	ss_die(SS_ERR_NETWORK, "the relay says");
}

static void
on_text(struct join *j, const struct ss_ws_message *msg)
{
	json_t *m = json_loadb((const char *)msg->at, msg->len,
	    JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(m, "type"));

	if (type == NULL)
		ss_die(SS_ERR_FORMAT, "the relay's message");
	if (strcmp(type, "stored") == 0 || strcmp(type, "delivered") == 0) {
		j->inflight -= j->inflight > 0;
		j->progress_ms = ss_ws_clock();
	} else if (strcmp(type, "acked") == 0) {
		j->inbox.acks_out -= j->inbox.acks_out > 0;
	} else if (strcmp(type, "empty") == 0) {
		j->drained = 1;
	} else if (strcmp(type, "error") == 0) {
		refused(j, m);
	}
	json_decref(m);
}

static void
take_messages(struct join *j)
{
	struct ss_ws_message m;
	enum ss_err e;
	int got;

	while ((got = ss_ws_next(&j->ws, &m)) == 1) {
		if (m.opcode == SS_WS_TEXT) {
			on_text(j, &m);
			continue;
		}
		j->progress_ms = ss_ws_clock();
		e = j->from ? ss_inbox_put(&j->inbox, &m, j->from) : SS_OK;
		if (e != SS_OK)
			ss_die(e, "a message from the relay");
	}
	if (got < 0)
		ss_die(SS_ERR_FORMAT, "the relay's frames");
}

/*
 * The next message: as many whole records as are here and fit.  A handshake
 * record travels alone: its reader takes exactly that record and ends, and
 * what follows must still be in the mailbox for the next one.
 */
static size_t
pack(struct join *j)
{
	const uint8_t *rec;
	size_t n = 0, len;

	for (;;) {
		j->cut_error = ss_cut_look(&j->cut, &rec, &len);
		if (j->cut_error != SS_OK || len == 0 ||
		    n + len > SS_RECORD_MAX)
			break;
		if ((rec[3] & ~SS_TYPE_LAB) == SS_HANDSHAKE && n > 0)
			break;
		memcpy(j->records + n, rec, len);
		n += len;
		ss_cut_take(&j->cut);
		if ((rec[3] & ~SS_TYPE_LAB) == SS_HANDSHAKE)
			break;
	}
	return n;
}

static int
may_send(const struct join *j)
{
	return j->inflight < j->welcome.window &&
	    ss_ws_room(&j->ws, SS_MSG_BINARY_MAX + HEADROOM);
}

/*
 * Its output is for the peer, and this is nothing that the peer could read:
 * end it, and leave its mail where it is.
 */
static _Noreturn void
refuse_command(struct join *j)
{
	ss_child_stop(&j->child);
	ss_set_hint("what the command writes goes to the peer, so it must be "
	    "records; text goes to a file: ss-open -o FILE");
	ss_die(j->cut_error, "record %llu of the command's output",
	    (unsigned long long)j->sent + 1);
}

static void
send_records(struct join *j)
{
	struct ss_route r = { .kind = SS_ROUTE_DELIVER };
	uint8_t head[SS_ROUTE_MAX];
	size_t n, headlen;

	strcpy(r.name, j->to);
	while (may_send(j) && (n = pack(j)) > 0) {
		/* with a seed: other records, another id, in each call */
		ss_lab_mix(j->records, n);
		ss_random(r.id, sizeof r.id);
		headlen = ss_route_put(head, &r);
		ss_ws_send(&j->ws, SS_WS_BINARY, head, headlen, j->records, n);
		j->inflight++;
		j->sent++;
	}
	if (j->cut_error != SS_OK && j->command)
		refuse_command(j);
	if (j->cut_error != SS_OK)
		j->source_end = 1; /* what was whole is on its way */
}

static void
read_source(struct join *j)
{
	size_t room;
	uint8_t *to = ss_cut_space(&j->cut, &room);
	ssize_t n;

	if (room == 0)
		return;
	n = ss_read(j->source, to, room);
	if (n < 0)
		ss_die(SS_ERR_SYSTEM, "reading");
	if (n == 0)
		j->source_end = 1;
	ss_cut_filled(&j->cut, (size_t)n);
}

/* Mail to whoever reads it, as far as that does not block. */
static void
write_sink(struct join *j)
{
	struct pollfd p = { .fd = j->sink, .events = POLLOUT };
	const uint8_t *at;
	ssize_t n = 0;
	size_t len;

	while (!j->sink_error) {
		at = ss_inbox_front(&j->inbox, &len);
		if (at == NULL || poll(&p, 1, 0) != 1)
			break;
		n = write(j->sink, at,
		    j->command == NULL && len > CHUNK ? CHUNK : len);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0)
			j->sink_error = errno;
		else
			ss_inbox_wrote(
			    &j->inbox, (size_t)n, j->command != NULL);
	}
	if (j->spool && j->inbox.nacks > 0 && fsync(j->sink) != 0)
		ss_die(SS_ERR_SYSTEM, "%s", j->spool);
	at = ss_inbox_front(&j->inbox, &len);
	if (j->command && j->drain && j->drained && at == NULL &&
	    j->child.in >= 0) {
		close(j->child.in); /* the command sees the end */
		j->child.in = j->sink = -1;
	}
}

static int
all_sent(const struct join *j)
{
	return j->to == NULL ||
	    (j->source_end && j->inflight == 0 && j->ws.out_len == 0 &&
	    (j->cut_error != SS_OK || may_send(j)));
}

/*
 * The command has ended and its last words are accepted: now its mail may be
 * acknowledged, as far as it read it.  Any other order could lose something.
 */
static int
child_settled(struct join *j)
{
	uint64_t unread;

	if (!j->child_ended || !all_sent(j))
		return 0;
	if (j->child_ended == 1) {
		j->child_ended = 2;
		unread = ss_child_unread(&j->child);
		/* half a record is nothing that was accepted */
		if (j->status == 0 && ss_cut_rest(&j->cut) == 0)
			ss_inbox_consumed(
			    &j->inbox, j->inbox.written - unread);
	}
	return 1;
}

static int
finished(struct join *j)
{
	size_t waiting;
	int settled, reported;

	(void)ss_inbox_front(&j->inbox, &waiting);
	settled = j->command == NULL || child_settled(j);
	reported = ss_inbox_report(&j->inbox, &j->ws);
	if (j->command)
		return settled && reported;
	if (j->sink_error)
		return reported;
	if (j->from == NULL)
		return all_sent(j);
	return j->drain && j->drained && waiting == 0 && reported &&
	    all_sent(j);
}

static int
poll_timeout(const struct join *j)
{
	int64_t now = ss_ws_clock(), left = j->heard_ms + DEAD_MS - now;

	if (j->ws.more)
		return 0;
	if (j->timeout_ms > 0 && j->progress_ms + j->timeout_ms - now < left)
		left = j->progress_ms + j->timeout_ms - now;
	return left > 0 ? (int)left : 0;
}

static void
check_clock(const struct join *j)
{
	int64_t now = ss_ws_clock();

	if (j->timeout_ms > 0 && now - j->progress_ms >= j->timeout_ms)
		ss_die(SS_ERR_TIMEOUT, "no message");
	if (now - j->heard_ms >= DEAD_MS)
		ss_die(SS_ERR_NETWORK, "the relay is silent");
}

enum { WS, SOURCE, SINK, CHILD, NPOLL };

static void
wait_for_work(struct join *j, struct pollfd p[NPOLL])
{
	size_t room = 0, waiting;
	int reads = j->to && !j->source_end && may_send(j);

	if (reads)
		(void)ss_cut_space(&j->cut, &room);
	(void)ss_inbox_front(&j->inbox, &waiting);
	p[WS] = (struct pollfd){ .fd = j->ws.fd,
		.events = ss_ws_events(&j->ws) };
	p[SOURCE] = (struct pollfd){ .fd = room > 0 ? j->source : -1,
		.events = POLLIN };
	/* without mail only to see whether the reader is gone */
	p[SINK] = (struct pollfd){
		.fd = j->from && !j->sink_error && !j->child_ended ?
		    j->sink : -1,
		.events = waiting > 0 ? POLLOUT : 0 };
	p[CHILD] = (struct pollfd){ .fd = j->command ? j->child.event : -1,
		.events = POLLIN };
	if (poll(p, NPOLL, j->child_ended && reads ? 0 : poll_timeout(j)) < 0) {
		if (errno != EINTR)
			ss_die(SS_ERR_SYSTEM, "poll");
		p[WS].revents = p[SOURCE].revents = p[SINK].revents =
		    p[CHILD].revents = 0;
	} else if (j->child_ended && reads && p[SOURCE].revents == 0) {
		j->source_end = 1; /* nothing more, though a grandchild may
				    * hold the pipe open */
	}
}

static void
turn(struct join *j)
{
	struct pollfd p[NPOLL];

	wait_for_work(j, p);
	if (p[WS].revents & POLLIN)
		j->heard_ms = ss_ws_clock();
	if (ss_ws_pump(&j->ws) != SS_OK || j->ws.ended) {
		take_messages(j); /* an error may say why */
		ss_die(SS_ERR_NETWORK, "the relay closed the connection");
	}
	take_messages(j);
	if (p[SOURCE].revents != 0)
		read_source(j);
	if (j->to)
		send_records(j);
	if (p[SINK].revents & (POLLERR | POLLHUP | POLLNVAL))
		j->sink_error = EPIPE;
	if (j->from && !j->child_ended)
		write_sink(j);
	if (p[CHILD].revents != 0 && ss_child_ended(&j->child, &j->status)) {
		j->child_ended = 1;
	}
	check_clock(j);
}

static void
join(struct join *j)
{
	j->heard_ms = j->progress_ms = ss_ws_clock();
	if (j->from)
		ss_inbox_ask(&j->inbox, &j->ws, j->from);
	do
		turn(j);
	while (!finished(j));
	if (ss_ws_pump(&j->ws) == SS_OK && ss_ws_room(&j->ws, 2)) {
		ss_ws_send(&j->ws, SS_WS_CLOSE, "\x03\xe8", 2, NULL, 0);
		(void)!ss_ws_pump(&j->ws);
	}
}

static int
verdict(struct join *j)
{
	if (j->sink_error) {
		errno = j->sink_error;
		ss_die(SS_ERR_SYSTEM, "%s",
		    j->spool ? j->spool : "standard output");
	}
	if (j->command && j->status != 0)
		return j->status;
	if (j->to && j->cut_error != SS_OK)
		ss_die(j->cut_error, "record %llu of the input",
		    (unsigned long long)j->sent + 1);
	if (j->to && ss_cut_rest(&j->cut) > 0)
		ss_die(SS_ERR_TRUNCATED, "the last record");
	if (j->to && !j->from && j->sent == 0)
		ss_die(SS_ERR_EMPTY, "standard input");
	return 0;
}

static void
take_option(struct join *j, int o, char **argv)
{
	switch (o) {
	case 'C': j->dial.ca = optarg; break;
	case 'd': j->drain = 1; break;
	case 'F':
		j->passphrase_fd =
		    (int)xnumber("--passphrase-fd", optarg, 65535);
		break;
	case 'f': j->from = optarg; break;
	case 'K': j->dial.keylog = optarg; break;
	case 'k': j->key = optarg; break;
	case 'P': j->dial.pin = optarg; break;
	case 'R': j->dial.url = optarg; break;
	case 's': j->spool = optarg; break;
	case 'T':
		j->timeout_ms = 1000 * (int64_t)xduration("--timeout", optarg);
		break;
	case 't': j->to = optarg; break;
	case 'U': xlab_unsafe(optarg); break;
	case 'Z': xlab_seed(optarg); break;
	case 'h': ss_help(usage);
	case 'V': ss_version();
	default:
		ss_usage(usage, "unknown option or missing argument: %s",
		    argv[optind - 1]);
	}
}

static void
check_options(struct join *j)
{
	const char *names[] = { j->to, j->from };
	size_t i;

	if (j->key == NULL)
		ss_usage(usage, "-k FILE is missing");
	if (j->dial.url == NULL)
		ss_usage(usage, "-R URL is missing");
	for (i = 0; i < 2; i++)
		if (names[i] && !ss_name_ok(names[i], strlen(names[i])))
			ss_usage(usage, "'%s' cannot be a name", names[i]);
	if (j->command) {
		if (!j->to && !j->from)
			ss_usage(usage, "a command needs --to or --from");
		if (j->spool)
			ss_usage(usage, "a command and --spool exclude "
			    "each other");
		j->to = j->to ? j->to : j->from;
		j->from = j->from ? j->from : j->to;
	}
	if ((j->drain || j->spool) && !j->from)
		ss_usage(usage, "--drain and --spool go with --from");
}

static void
parse(struct join *j, int argc, char **argv)
{
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "+C:dF:f:K:k:P:R:s:T:t:U:Z:hV",
	    options, NULL)) != -1)
		take_option(j, o, argv);
	if (optind < argc) {
		if (strcmp(argv[optind - 1], "--") != 0)
			ss_usage(usage, "a command comes after --: %s",
			    argv[optind]);
		j->command = argv + optind;
	}
	check_options(j);
}

static void
open_ends(struct join *j)
{
	j->source = 0;
	j->sink = 1;
	if (j->command) {
		xchild_start(&j->child, j->command);
		running = &j->child;
		atexit(stop_child);
		j->source = j->child.out;
		j->sink = j->child.in;
	} else if (j->spool) {
		j->sink = xspool_open(j->spool);
	} else if (j->from) {
		xrefuse_terminal(1, "pipe it into ss-open");
	}
	j->records = malloc(SS_RECORD_MAX);
	if (j->records == NULL)
		ss_die(SS_ERR_SYSTEM, "memory");
	ss_cut_open(&j->cut);
	ss_inbox_open(&j->inbox);
}

int
main(int argc, char **argv)
{
	static struct join j = { .passphrase_fd = -1,
		.dial = { .subprotocol = "secretsocket.v1",
		    .timeout_ms = DIAL_MS } };
	struct ss_identity *id;
	int status = 0;

	ss_start(argv[0]);
	signal(SIGPIPE, SIG_IGN); /* a lost reader must not lose ACKs */
	j.dial.url = ss_env("SS_RELAY");
	j.dial.pin = ss_env("SS_PIN");
	j.dial.keylog = ss_env("SSLKEYLOGFILE");
	parse(&j, argc, argv);
	id = xsecret_alloc(sizeof *id);
	xkey_load(id, j.key, j.passphrase_fd);
	ss_lab_mix(id->pub.name, strlen(id->pub.name));
	xws_dial(&j.ws, &j.dial);
	xws_login(&j.ws, &j.welcome, id, DIAL_MS);
	if (j.welcome.first)
		ss_warn("'%s' is now registered with this key", id->pub.name);
	sodium_free(id);
	if (j.to || j.from) {
		open_ends(&j);
		join(&j);
		status = verdict(&j);
		ss_inbox_free(&j.inbox);
		ss_cut_close(&j.cut);
		free(j.records);
	}
	ss_ws_free(&j.ws);
	xclose_stdout();
	return status;
}

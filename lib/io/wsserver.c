/* SPDX-License-Identifier: ISC */
#include "io.h"
#include "wsserver_in.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TICK_US        250000
#define FINISH_MS      2000
#define OWN_DESCRIPTORS 64 /* files, database, loop */

int64_t
ss_server_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Addresses.  The library's own limits are compiled out on Debian. */
static void
address_text(char *out, size_t size, const struct sockaddr_storage *from)
{
	struct in6_addr a6;

	out[0] = '\0';
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)from;

		inet_ntop(AF_INET, &v4->sin_addr, out, (socklen_t)size);
	} else if (from->ss_family == AF_INET6) {
		/* whoever has one address of IPv6 has the whole /64 */
		a6 = ((const struct sockaddr_in6 *)(const void *)from)
		    ->sin6_addr;
		memset(a6.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &a6, out, (socklen_t)size);
	}
}

static struct address *
address_enter(struct ss_server *s, const char *text)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	struct address *a, **bucket;
	const char *t;

	for (t = text; *t != '\0'; t++)
		h = (h ^ (uint8_t)*t) * 16777619u;
	bucket = &s->addresses[h % SS_ADDRESSES];
	for (a = *bucket; a != NULL && strcmp(a->text, text) != 0;)
		a = a->next;
	if (a == NULL) {
		a = calloc(1, sizeof *a);
		if (a == NULL)
			return NULL;
		snprintf(a->text, sizeof a->text, "%s", text);
		a->next = *bucket;
		a->link = bucket;
		if (a->next != NULL)
			a->next->link = &a->next;
		*bucket = a;
	} else if (a->count >= s->config.per_address) {
		return NULL;
	}
	a->count++;
	return a;
}

void
ss_address_leave(struct address *a)
{
	if (--a->count > 0)
		return;
	*a->link = a->next;
	if (a->next != NULL)
		a->next->link = a->link;
	free(a);
}

/*
 * Listening is ours: connections are counted before the library sees them
 * (when descriptors run out it spins), a bind that fails leaves nothing half
 * done, and port 0 and several addresses are no special case.
 */
static void
adopt(struct ss_server *s, int fd, const struct sockaddr_storage *from)
{
	lws_adopt_desc_t d = { .vh = s->vhost,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP };
	struct address *a = NULL;
	struct conn *c = NULL;
	struct lws *wsi;
	char text[64];

	address_text(text, sizeof text, from);
	if (s->nfree > 0)
		a = address_enter(s, text);
	if (a != NULL && (c = ss_conn_new(s, a)) == NULL)
		ss_address_leave(a);
	if (c == NULL) {
		close(fd);
		return;
	}
	if (s->config.cert != NULL)
		d.type |= LWS_ADOPT_ALLOW_SSL;
	d.fd.sockfd = fd;
	d.opaque = c;
	s->adopting = c;
	wsi = lws_adopt_descriptor_vhost_via_info(&d);
	/*
	 * TLS may have failed in there already.  Then the wsi is gone and c
	 * with it, or, on libuv, both go in a later turn; a c that never had
	 * a wsi goes when it is due.
	 */
	if (s->adopting != NULL)
		c->wsi = wsi;
	s->adopting = NULL;
}

static void
accept_some(struct ss_server *s, int fd)
{
	struct sockaddr_storage from;
	socklen_t len;
	int i, conn, one = 1;

	for (i = 0; i < 64 && !s->finishing; i++) {
		len = sizeof from;
		conn = accept(fd, (struct sockaddr *)&from, &len);
		if (conn < 0)
			return;
		fcntl(conn, F_SETFD, FD_CLOEXEC);
		fcntl(conn, F_SETFL, O_NONBLOCK);
		setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		adopt(s, conn, &from);
	}
}

static int
on_listen(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct ss_server *s = lws_context_user(lws_get_context(wsi));

	(void)user, (void)in, (void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		accept_some(s, (int)lws_get_socket_fd(wsi));
	return 0;
}

static int
on_wake(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct ss_server *s = lws_context_user(lws_get_context(wsi));
	char drain[256];

	(void)user, (void)in, (void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE) {
		while (read(s->wake[0], drain, sizeof drain) ==
		    (ssize_t)sizeof drain)
			;
		s->config.handler->woken(s->config.arg);
	}
	return 0;
}

void
ss_server_wake(struct ss_server *s)
{
	int saved = errno;

	/* a full pipe wakes as well */
	(void)!write(s->wake[1], "", 1);
	errno = saved;
}

static void
split_address(char *host, size_t size, const char **port, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	if (colon == NULL || n >= size || colon[1] == '\0')
		ss_die(SS_ERR_USAGE, "-l %s: not HOST:PORT", text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	*port = colon + 1;
}

static int
xlisten(const char *text)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *ai;
	char host[256];
	const char *port;
	int fd, one = 1, rc;

	split_address(host, sizeof host, &port, text);
	rc = getaddrinfo(host[0] ? host : NULL, port, &hints, &ai);
	if (rc != 0) {
		ss_set_hint(gai_strerror(rc));
		ss_die(SS_ERR_USAGE, "-l %s", text);
	}
	fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, 1024) != 0)
		ss_die(SS_ERR_SYSTEM, "listening on %s", text);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	freeaddrinfo(ai);
	return fd;
}

unsigned
ss_server_port(const struct ss_server *s, size_t which)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;

	if (getsockname(s->listen[which], (struct sockaddr *)&at, &len) != 0)
		return 0;
	/* the port stands at the same place in both */
	return ntohs(((const struct sockaddr_in *)(const void *)&at)->sin_port);
}

const char *
ss_server_loop(const struct ss_server *s)
{
	return s->uv ? "libuv" : "poll";
}

static const struct lws_protocols listen_protocol = { .name = "ss-listen",
	.callback = on_listen };
static const struct lws_protocols wake_protocol = { .name = "ss-wake",
	.callback = on_wake };

static int
watch(struct ss_server *s, int fd, const char *protocol)
{
	lws_sock_file_fd_type d = { .filefd = fd };

	return lws_adopt_descriptor_vhost(s->vhost, LWS_ADOPT_RAW_FILE_DESC, d,
	           protocol, NULL) != NULL ? 0 : -1;
}

static void
log_library(int level, const char *line)
{
	(void)level;
	fputs("ss-relay: libwebsockets: ", stderr);
	ss_escape(stderr, (const uint8_t *)line, strcspn(line, "\n"), 0);
	fputc('\n', stderr);
}

/* With libuv where Debian's plug-in is installed: the library's own poll
 * loop looks at every connection in every turn. */
static void
create_context(struct ss_server *s, struct lws_context_creation_info *info)
{
	void *loops[1] = { &s->loop };

	lws_set_log_level(0, log_library);
	if (uv_loop_init(&s->loop) == 0) {
		info->foreign_loops = loops;
		info->options |= LWS_SERVER_OPTION_LIBUV;
		s->context = lws_create_context(info);
		s->uv = s->context != NULL;
	}
	lws_set_log_level(LLL_ERR, log_library);
	if (!s->uv) {
		info->foreign_loops = NULL;
		info->options &= ~(uint64_t)LWS_SERVER_OPTION_LIBUV;
		s->context = lws_create_context(info);
	}
	if (s->context == NULL)
		ss_die(SS_ERR_SYSTEM, "libwebsockets");
}

static void
create_vhost(struct ss_server *s, struct lws_context_creation_info *info)
{
	static struct lws_protocols protocols[4];
	static const lws_retry_bo_t no_validity; /* the core pings */

	protocols[0] = (struct lws_protocols){
		.name = s->config.subprotocol, .callback = ss_conn_callback,
		.rx_buffer_size = 16384,
		.tx_packet_size = SS_GATHER + 2 * SS_RECORD_MAX };
	protocols[1] = listen_protocol;
	protocols[2] = wake_protocol;
	info->protocols = protocols;
	info->retry_and_idle_policy = &no_validity;
	info->alpn = "http/1.1";
	info->ssl_cert_filepath = s->config.cert;
	info->ssl_private_key_filepath = s->config.key;
	info->vhost_name = "relay";
	s->vhost = lws_create_vhost(s->context, info);
	if (s->vhost == NULL)
		ss_die(SS_ERR_SYSTEM, "%s: certificate or key",
		    s->config.cert != NULL ? s->config.cert : "libwebsockets");
}

static void
fit_descriptors(struct ss_server_config *c)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) != 0)
		return;
	if (lim.rlim_cur < (rlim_t)c->max_conns + OWN_DESCRIPTORS) {
		lim.rlim_cur = (rlim_t)c->max_conns + OWN_DESCRIPTORS;
		if (lim.rlim_cur > lim.rlim_max)
			lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
		(void)getrlimit(RLIMIT_NOFILE, &lim);
	}
	if (lim.rlim_cur < 2 * OWN_DESCRIPTORS)
		ss_die(SS_ERR_USAGE, "descriptor limit below %d",
		    2 * OWN_DESCRIPTORS);
	if (c->max_conns > lim.rlim_cur - OWN_DESCRIPTORS)
		c->max_conns = (uint32_t)(lim.rlim_cur - OWN_DESCRIPTORS);
}

static void
on_tick(lws_sorted_usec_list_t *sul)
{
	struct ss_server *s = lws_container_of(sul, struct ss_server, tick);
	struct conn *c, *next;
	int64_t now = ss_server_now();

	lws_sul_schedule(s->context, 0, &s->tick, on_tick, TICK_US);
	for (c = s->due; c != NULL; c = next) {
		next = c->next_due;
		if (now < c->due_ms)
			continue;
		ss_conn_due(c, 0);
		if (c->wsi == NULL)
			ss_conn_free(c);
		else
			lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND,
			    LWS_TO_KILL_ASYNC);
	}
	s->config.handler->tick(s->config.arg);
}

struct ss_server *
xserver_new(struct ss_server_config *config)
{
	struct lws_context_creation_info info = { 0 };
	struct ss_server *s;
	uint32_t i;

	fit_descriptors(config);
	s = calloc(1, sizeof *s);
	if (s == NULL)
		ss_die(SS_ERR_SYSTEM, "memory");
	s->config = *config;
	s->conns = calloc(config->max_conns, sizeof(void *));
	s->free_slots = calloc(config->max_conns, sizeof *s->free_slots);
	s->gather = malloc(LWS_PRE + SS_GATHER + SS_FRAME_HEAD_MAX +
	    SS_MSG_BINARY_MAX);
	if (s->conns == NULL || s->free_slots == NULL || s->gather == NULL ||
	    pipe(s->wake) != 0)
		ss_die(SS_ERR_SYSTEM, "memory");
	for (i = 0; i < config->max_conns; i++)
		s->free_slots[s->nfree++] = config->max_conns - 1 - i;
	for (i = 0; i < 2; i++) {
		fcntl(s->wake[i], F_SETFD, FD_CLOEXEC);
		fcntl(s->wake[i], F_SETFL, O_NONBLOCK);
	}
	for (i = 0; config->listen[i] != NULL; i++) {
		if (i == SS_LISTEN_MAX)
			ss_die(SS_ERR_USAGE, "too many -l");
		s->listen[s->nlisten++] = xlisten(config->listen[i]);
	}
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
	    LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.timeout_secs = config->http_timeout_s;
	info.keepalive_timeout = (int)config->http_timeout_s;
	info.pt_serv_buf_size = 32768;
	info.gid = info.uid = -1;
	info.user = s;
	create_context(s, &info);
	create_vhost(s, &info);
	return s;
}

void
ss_server_run(struct ss_server *s)
{
	int i, failed = watch(s, s->wake[0], wake_protocol.name);

	for (i = 0; i < s->nlisten; i++)
		failed |= watch(s, s->listen[i], listen_protocol.name);
	if (failed)
		ss_die(SS_ERR_SYSTEM, "libwebsockets");
	lws_sul_schedule(s->context, 0, &s->tick, on_tick, TICK_US);
	while (!s->finishing ||
	    (s->nfree < s->config.max_conns &&
	    ss_server_now() - s->finish_ms < FINISH_MS)) {
		if (s->uv)
			uv_run(&s->loop, UV_RUN_ONCE);
		else if (lws_service(s->context, 0) < 0)
			break;
	}
}

void
ss_server_finish(struct ss_server *s)
{
	if (s->finishing)
		return;
	s->finishing = 1;
	s->finish_ms = ss_server_now();
}

void
ss_server_free(struct ss_server *s)
{
	int i;

	lws_context_destroy(s->context);
	if (s->uv) {
		for (i = 0; i < 16; i++)
			uv_run(&s->loop, UV_RUN_NOWAIT);
		lws_context_destroy(s->context);
		(void)uv_loop_close(&s->loop);
	}
	close(s->wake[1]);
	free(s->gather);
	free(s->free_slots);
	free(s->conns);
	free(s);
}

/* SPDX-License-Identifier: ISC */
#include "io.h"
#include "tls.h"
#include "wsclient.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct url {
	int tls;
	char host[256], port[8];
};

/* One part of a URL, whole or not at all: half a name is another name. */
static int
part(char *out, size_t size, const char *at, const char *end)
{
	size_t n = (size_t)(end - at);

	if (n == 0 || n >= size)
		return -1;
	memcpy(out, at, n);
	out[n] = '\0';
	return 0;
}

static int
port_ok(const char *port)
{
	return strspn(port, "0123456789") == strlen(port) &&
	    strtoul(port, NULL, 10) >= 1 && strtoul(port, NULL, 10) <= 65535;
}

static void
xurl_parse(struct url *u, const char *text)
{
	const char *at = text, *end, *colon, *host_end;
	size_t n;

	u->tls = strncmp(text, "wss://", 6) == 0;
	if (!u->tls && strncmp(text, "ws://", 5) != 0)
		ss_die(SS_ERR_USAGE, "%s: not a wss:// URL", text);
	at += u->tls ? 6 : 5;
	n = strcspn(at, "/?#@");
	end = at + n;
	if (strcmp(end, "") != 0 && strcmp(end, "/") != 0)
		ss_die(SS_ERR_USAGE, "%s: not a relay's URL", text);
	colon = memchr(at, ':', n);
	if (at[0] == '[') {
		at++;
		colon = memchr(at, ']', n - 1);
		if (colon == NULL || (colon[1] != ':' && colon + 1 != end))
			ss_die(SS_ERR_USAGE, "%s: not a URL", text);
		host_end = colon;
		colon = colon[1] == ':' ? colon + 1 : NULL;
	} else {
		host_end = colon != NULL ? colon : end;
	}
	strcpy(u->port, u->tls ? "443" : "80");
	if (part(u->host, sizeof u->host, at, host_end) != 0 ||
	    (colon != NULL &&
	    part(u->port, sizeof u->port, colon + 1, end) != 0) ||
	    !port_ok(u->port))
		ss_die(SS_ERR_USAGE, "%s: not a URL", text);
}

static int
try_connect(struct ss_ws *ws, const struct addrinfo *ai, int64_t deadline)
{
	int err = 0, one = 1;
	socklen_t len = sizeof err;

	ws->fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
	if (ws->fd < 0)
		return -1;
	fcntl(ws->fd, F_SETFD, FD_CLOEXEC);
	fcntl(ws->fd, F_SETFL, O_NONBLOCK);
	setsockopt(ws->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(ws->fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return 0;
	if (errno == EINPROGRESS) {
		errno = ETIMEDOUT;
		if (ss_ws_wait(ws, POLLOUT, deadline) &&
		    getsockopt(ws->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0) {
			if (err == 0)
				return 0;
			errno = err;
		}
	}
	err = errno;
	close(ws->fd);
	ws->fd = -1;
	errno = err;
	return -1;
}

static void
xconnect(struct ss_ws *ws, const struct url *u, int64_t deadline)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV }, *list, *ai;
	int rc = getaddrinfo(u->host, u->port, &hints, &list);

	if (rc != 0) {
		ss_set_hint(gai_strerror(rc));
		ss_die(SS_ERR_NETWORK, "%s", u->host);
	}
	for (ai = list; ai != NULL; ai = ai->ai_next)
		if (try_connect(ws, ai, deadline) == 0)
			break;
	if (ai == NULL) {
		ss_set_hint(strerror(errno));
		ss_die(SS_ERR_NETWORK, "%s, port %s", u->host, u->port);
	}
	freeaddrinfo(list);
}

/*
 * With a pin, the certificate is trusted because it is this one and for no
 * other reason.  The check runs inside the handshake: nothing has been sent
 * to the wrong relay when it fails.
 */
static int
check_pin(X509_STORE_CTX *store, void *arg)
{
	const uint8_t *pin = arg;
	uint8_t md[SS_PIN_BYTES] = { 0 };
	char hex[2 * SS_PIN_BYTES + 1];
	X509 *leaf = X509_STORE_CTX_get0_cert(store);

	if (leaf != NULL && X509_digest(leaf, EVP_sha256(), md, NULL) == 1 &&
	    sodium_memcmp(md, pin, sizeof md) == 0)
		return 1;
	/* the one lesson about a man in the middle that a terminal gives */
	ss_warn("expected pin %s", sodium_bin2hex(hex, sizeof hex, pin,
	    SS_PIN_BYTES));
	if (leaf != NULL)
		ss_warn("found pin    %s", sodium_bin2hex(hex, sizeof hex, md,
		    sizeof md));
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static void
xtls_prepare(struct ss_ws *ws, const struct ss_ws_dial *d,
    const struct url *u, uint8_t *pin)
{
	struct in6_addr any;
	int ip, ok;

	ws->ctx = SSL_CTX_new(TLS_client_method());
	ip = inet_pton(AF_INET, u->host, &any) == 1 ||
	    inet_pton(AF_INET6, u->host, &any) == 1;
	ok = ws->ctx != NULL;
	if (ok) {
		ss_tls_harden(ws->ctx);
		xtls_keylog(ws->ctx, d->keylog);
		SSL_CTX_set_mode(ws->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
		    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		SSL_CTX_set_verify(ws->ctx, SSL_VERIFY_PEER, NULL);
	}
	if (ok && d->pin != NULL)
		SSL_CTX_set_cert_verify_callback(ws->ctx, check_pin, pin);
	else if (ok && d->ca != NULL)
		ok = SSL_CTX_load_verify_file(ws->ctx, d->ca);
	else if (ok)
		ok = SSL_CTX_set_default_verify_paths(ws->ctx);
	if (!ok)
		ss_die(SS_ERR_KEY, "%s", d->ca != NULL ? d->ca : "OpenSSL");
	ws->ssl = SSL_new(ws->ctx);
	ok = ws->ssl != NULL && SSL_set_fd(ws->ssl, ws->fd) &&
	    SSL_set_alpn_protos(
	        ws->ssl, (const uint8_t *)"\x08http/1.1", 9) == 0 &&
	    (ip || SSL_set_tlsext_host_name(ws->ssl, u->host)) &&
	    (ip ? X509_VERIFY_PARAM_set1_ip_asc(
	              SSL_get0_param(ws->ssl), u->host)
	        : SSL_set1_host(ws->ssl, u->host));
	if (!ok) {
		errno = ENOMEM;
		ss_die(SS_ERR_SYSTEM, "OpenSSL");
	}
}

static _Noreturn void
tls_failed(const struct ss_ws *ws, const struct ss_ws_dial *d)
{
	long why = SSL_get_verify_result(ws->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	if (why != X509_V_OK) {
		if (d->pin == NULL)
			ss_set_hint("give --pin with what ss-relay printed, "
			    "or --ca with its certificate");
		ss_die(SS_ERR_PIN, "%s", d->url);
	}
	if (reason != NULL)
		ss_set_hint(reason);
	ss_die(SS_ERR_NETWORK, "%s: TLS", d->url);
}

static void
xtls_open(struct ss_ws *ws, const struct ss_ws_dial *d, const struct url *u,
    int64_t deadline)
{
	uint8_t pin[SS_PIN_BYTES];
	int rc, want;

	if (d->pin != NULL && ss_pin_parse(pin, d->pin) != 0)
		ss_die(SS_ERR_USAGE, "a pin (--pin, SS_PIN) is 64 hex "
		    "digits, not '%s'", d->pin);
	xtls_prepare(ws, d, u, pin);
	while ((rc = SSL_connect(ws->ssl)) != 1) {
		want = SSL_get_error(ws->ssl, rc);
		if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
			tls_failed(ws, d);
		if (!ss_ws_wait(ws, want == SSL_ERROR_WANT_READ ? POLLIN :
		    POLLOUT, deadline))
			ss_die(SS_ERR_TIMEOUT, "%s: TLS", d->url);
	}
	if (ss_tls_exporter(ws->exporter, ws->ssl) != 0)
		ss_die(SS_ERR_NETWORK, "%s: channel binding", d->url);
}

/* base64(SHA-1(key || GUID)): not security, only proof that the other side
 * speaks WebSocket.                                  RFC 6455, 4.2.2 */
static void
accept_of(char out[29], const char *key)
{
	char text[64];
	unsigned char md[20];
	int n = snprintf(text, sizeof text,
	    "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

	EVP_Digest(text, (size_t)n, md, NULL, EVP_sha1(), NULL);
	sodium_bin2base64(out, 29, md, sizeof md,
	    sodium_base64_VARIANT_ORIGINAL);
}

/* The value of a header of the answer, in place, or NULL. */
static char *
header(char *answer, const char *name)
{
	size_t n = strlen(name);
	char *line, *end;

	for (line = strstr(answer, "\r\n"); line != NULL;
	     line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " \t");
		end = strstr(line, "\r\n");
		if (end != NULL)
			*end = '\0';
		return line;
	}
	return NULL;
}

static int
answers(const char *answer, const char *name, const char *want)
{
	char copy[4096], *value;

	snprintf(copy, sizeof copy, "%s", answer);
	value = header(copy, name);
	return value != NULL && strcasecmp(value, want) == 0;
}

static void
xread_answer(struct ss_ws *ws, char *answer, size_t size, const char *url,
    int64_t deadline)
{
	char *end;

	for (;;) {
		if (ss_ws_pump(ws) != SS_OK || ws->in_len >= size)
			ss_die(SS_ERR_NETWORK, "%s: no WebSocket", url);
		memcpy(answer, ws->in, ws->in_len);
		answer[ws->in_len] = '\0';
		end = strstr(answer, "\r\n\r\n");
		if (end != NULL)
			break;
		if (!ss_ws_wait(ws, ss_ws_events(ws), deadline))
			ss_die(SS_ERR_TIMEOUT, "%s: WebSocket", url);
	}
	end[2] = '\0'; /* the empty line goes, the header lines stay whole */
	ws->in_at = (size_t)(end + 4 - answer);
	ws->in_len -= ws->in_at;
}

static void
xupgrade(struct ss_ws *ws, const struct ss_ws_dial *d, const struct url *u,
    int64_t deadline)
{
	char request[1024], answer[4096], key[25], want[29];
	uint8_t nonce[16];
	int n;

	ss_random(nonce, sizeof nonce);
	sodium_bin2base64(key, sizeof key, nonce, sizeof nonce,
	    sodium_base64_VARIANT_ORIGINAL);
	accept_of(want, key);
	n = snprintf(request, sizeof request,
	    "GET / HTTP/1.1\r\nHost: %s%s%s:%s\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
	    strchr(u->host, ':') ? "[" : "", u->host,
	    strchr(u->host, ':') ? "]" : "", u->port, key, d->subprotocol);
	memcpy(ws->out, request, (size_t)n);
	ws->out_len = (size_t)n;
	xread_answer(ws, answer, sizeof answer, d->url, deadline);
	if (strncmp(answer, "HTTP/1.1 101", 12) != 0 ||
	    !answers(answer, "Upgrade", "websocket") ||
	    !answers(answer, "Connection", "upgrade") ||
	    !answers(answer, "Sec-WebSocket-Accept", want) ||
	    !answers(answer, "Sec-WebSocket-Protocol", d->subprotocol)) {
		ss_set_hint("is this the URL of an ss-relay?");
		ss_die(SS_ERR_NETWORK, "%s: no WebSocket", d->url);
	}
}

void
xws_dial(struct ss_ws *ws, const struct ss_ws_dial *d)
{
	int64_t deadline = ss_ws_clock() + d->timeout_ms;
	struct url u;

	memset(ws, 0, sizeof *ws);
	ws->fd = -1;
	ws->in = malloc(SS_WS_BUFFER);
	ws->out = malloc(SS_WS_BUFFER);
	if (ws->in == NULL || ws->out == NULL)
		ss_die(SS_ERR_SYSTEM, "memory");
	xurl_parse(&u, d->url);
	snprintf(ws->origin, sizeof ws->origin,
	    strchr(u.host, ':') ? "%s://[%s]:%s/" : "%s://%s:%s/",
	    u.tls ? "wss" : "ws", u.host, u.port);
	xconnect(ws, &u, deadline);
	ws->tls = u.tls;
	if (u.tls)
		xtls_open(ws, d, &u, deadline);
	xupgrade(ws, d, &u, deadline);
}

/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * recorder PORT FILE [START] - for machines on which nobody may capture:
 * listens on a free port of 127.0.0.1 (printed), passes every connection on to
 * PORT there, and writes the bytes of both directions to FILE as a pcapng of
 * TCP packets, as dumpcap would have seen them.  Ends with SIGTERM.
 *
 * With START, seconds since 1970, the capture is to be made again some day:
 * time begins there and goes on by a millisecond for each packet, the relay's
 * port is told as 8443 and the clients' as 50001, 50002, and so on.
 */

#define PAIRS  64
#define CHUNK  16384
#define HDR    40 /* IPv4 20, TCP 20 */
#define FIN    0x01
#define SYN    0x02
#define PSH    0x08
#define ACK    0x10

struct pair {
	int fd[2];        /* client, relay; -1: free */
	int closed[2];
	uint16_t port[2]; /* of the client, of the relay */
	uint32_t seq[2];
};

static struct pair pairs[PAIRS];
static FILE *pcap;
static uint16_t relay_port;
static uint64_t start, told; /* packets, if it is to be made again */
static uint16_t clients;
static volatile sig_atomic_t over;

static void
stop(int sig)
{
	(void)sig;
	over = 1;
}

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "recorder: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
put(uint8_t *at, uint32_t v, int n)
{
	while (n-- > 0) {
		at[n] = (uint8_t)v;
		v >>= 8;
	}
}

/* RFC 1071, over data that a pseudo header's sum may stand before */
static uint16_t
checksum(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* One packet of side `from` (0: the client). */
static void
packet(struct pair *p, int from, uint8_t flags, const uint8_t *data, size_t n)
{
	uint8_t pkt[HDR + CHUNK + 4] = { 0x45 };
	struct timespec now;
	uint64_t us;
	size_t len = HDR + n, padded = (len + 3) / 4 * 4;
	uint32_t total = (uint32_t)(32 + padded), head[7];

	clock_gettime(CLOCK_REALTIME, &now);
	us = start ? start * 1000000 + 1000 * told++
	    : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	put(pkt + 2, (uint32_t)len, 2);
	put(pkt + 8, 0x4006, 2); /* ttl 64, TCP */
	put(pkt + 12, INADDR_LOOPBACK, 4);
	put(pkt + 16, INADDR_LOOPBACK, 4);
	put(pkt + 10, checksum(0, pkt, 20), 2);
	put(pkt + 20, p->port[from], 2);
	put(pkt + 22, p->port[!from], 2);
	put(pkt + 24, p->seq[from], 4);
	put(pkt + 28, flags & ACK ? p->seq[!from] : 0, 4);
	pkt[32] = 0x50;
	pkt[33] = flags;
	put(pkt + 34, 65535, 2);
	if (n > 0)
		memcpy(pkt + HDR, data, n);
	put(pkt + 36,
	    checksum(2 * (0x7f00 + 1) + 6 + (uint32_t)(20 + n), pkt + 20,
		20 + n),
	    2);
	p->seq[from] += (uint32_t)n + !!(flags & (SYN | FIN));
	/* an enhanced packet block of the first interface */
	head[0] = 6;
	head[1] = total;
	head[2] = 0;
	head[3] = (uint32_t)(us >> 32);
	head[4] = (uint32_t)us;
	head[5] = head[6] = (uint32_t)len;
	if (fwrite(head, sizeof(head), 1, pcap) != 1 ||
	    fwrite(pkt, padded, 1, pcap) != 1 ||
	    fwrite(&total, sizeof(total), 1, pcap) != 1)
		die("write");
}

static void
open_pcap(const char *name)
{
	/* a section: byte order, version 1.0, of unknown length */
	const uint32_t section[7] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1,
		UINT32_MAX, UINT32_MAX, 28 };
	/* its interface: raw IP, snapshot */
	const uint32_t interface[5] = { 1, 20, 101, 262144, 20 };

	if (!(pcap = fopen(name, "wb")) ||
	    fwrite(section, sizeof(section), 1, pcap) != 1 ||
	    fwrite(interface, sizeof(interface), 1, pcap) != 1)
		die(name);
}

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int
listen_somewhere(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) < 0 ||
	    listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		die("listen");
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

static void
begin(int client)
{
	struct sockaddr_in a = loopback(relay_port), peer;
	socklen_t n = sizeof(peer);
	int relay = socket(AF_INET, SOCK_STREAM, 0);
	struct pair *p = pairs;

	while (p < pairs + PAIRS && p->fd[0] >= 0)
		p++;
	if (p == pairs + PAIRS || relay < 0 ||
	    connect(relay, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    getpeername(client, (struct sockaddr *)&peer, &n) < 0) {
		close(client);
		close(relay);
		return;
	}
	*p = (struct pair){ { client, relay }, { 0, 0 },
		{ ntohs(peer.sin_port), relay_port }, { 1000, 5000 } };
	if (start) {
		p->port[0] = (uint16_t)(50001 + clients++);
		p->port[1] = 8443;
	}
	packet(p, 0, SYN, NULL, 0);
	packet(p, 1, SYN | ACK, NULL, 0);
	packet(p, 0, ACK, NULL, 0);
}

/* Bytes of one side go to the other, and into the file. */
static void
pass(struct pair *p, int from)
{
	uint8_t buf[CHUNK];
	ssize_t n = read(p->fd[from], buf, sizeof(buf)), done = 0, w;

	if (n > 0)
		packet(p, from, PSH | ACK, buf, (size_t)n);
	while (n > 0 && done < n) {
		w = write(p->fd[!from], buf + done, (size_t)(n - done));
		if (w < 0)
			break; /* the other side is gone: its end comes */
		done += w;
	}
	if (n > 0)
		return;
	packet(p, from, FIN | ACK, NULL, 0);
	shutdown(p->fd[!from], SHUT_WR);
	p->closed[from] = 1;
	if (p->closed[!from]) {
		close(p->fd[0]);
		close(p->fd[1]);
		p->fd[0] = -1;
	}
}

static void
turn(int door)
{
	struct pollfd fds[1 + 2 * PAIRS];

	fds[0] = (struct pollfd){ door, POLLIN, 0 };
	for (int i = 0; i < 2 * PAIRS; i++) {
		struct pair *p = &pairs[i / 2];

		fds[1 + i] = (struct pollfd){
			p->fd[0] >= 0 && !p->closed[i % 2] ? p->fd[i % 2] : -1,
			POLLIN, 0 };
	}
	if (poll(fds, 1 + 2 * PAIRS, -1) < 0)
		return;
	for (int i = 0; i < 2 * PAIRS; i++)
		if (fds[1 + i].revents && pairs[i / 2].fd[0] >= 0)
			pass(&pairs[i / 2], i % 2);
	if (fds[0].revents)
		begin(accept(door, NULL, NULL));
	fflush(pcap);
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = stop };
	int door;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: recorder port file [start]\n");
		return 2;
	}
	start = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	relay_port = (uint16_t)atoi(argv[1]);
	for (int i = 0; i < PAIRS; i++)
		pairs[i].fd[0] = -1;
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	open_pcap(argv[2]);
	door = listen_somewhere();
	while (!over)
		turn(door);
	if (fclose(pcap) != 0)
		die(argv[2]);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The relay's core under hundreds of seeded schedules: connections drop, the
 * relay dies between any two events, batches of the store fail, senders
 * repeat.  Whatever happens, every accepted message arrives, none arrives at
 * somebody else, and none before it is committed.
 */
#include "relay_client.h"

static void
step(struct sim *s, int faults)
{
	int user = (int)draw(s, USERS);
	uint64_t what = draw(s, 100);

	s->now += (int64_t)draw(s, 50);
	if (s->client[user].conn == 0)
		dial(s, user);
	if (what < 15)
		client_sends(s, user, !faults || draw(s, 4) > 0);
	else if (what < 40)
		relay_reads(s, user);
	else if (what < 65)
		client_reads(s, user);
	else if (what < 75)
		client_acks(s, user);
	else if (what < 84)
		store_step(s, faults);
	else if (what < 97)
		complete_step(s);
	else if (what < 99)
		event(s, &(struct ss_event){ .kind = SS_EV_TICK });
	else if (faults && draw(s, 3) == 0)
		crash(s);
	else if (faults)
		lose(s, user);
}

static int
idle(const struct sim *s)
{
	int i;

	for (i = 0; i < USERS; i++)
		if (!s->client[i].in || s->client[i].up || s->client[i].down ||
		    s->client[i].nrows > 0)
			return 0;
	for (i = 0; i < s->nmessages; i++)
		if (!s->message[i].accepted && !s->message[i].refused)
			return 0;
	return s->todo == NULL && s->done == NULL;
}

/* Everybody comes back, nothing fails any more, all that can move moves. */
static void
settle(struct sim *s)
{
	int i, k;

	s->now += 10000; /* beyond hold_ms */
	for (k = 0; k < 4000 && !idle(s); k++) {
		for (i = 0; i < USERS; i++) {
			if (s->client[i].conn == 0)
				dial(s, i);
			relay_reads(s, i);
			client_reads(s, i);
			client_acks(s, i);
			client_sends(s, i, 0);
		}
		store_step(s, 0);
		complete_step(s);
		complete_step(s);
		if (k % 100 == 0) {
			s->now += 1000;
			event(s, &(struct ss_event){ .kind = SS_EV_TICK });
		}
	}
}

/* NULL or what went wrong */
static const char *
schedule(uint64_t seed, int faults)
{
	static struct sim s;
	const char *bad = NULL;
	struct message *m;
	int i;

	start(&s, seed, faults);
	everybody_in(&s);
	for (i = 0; i < 4000; i++)
		step(&s, faults);
	settle(&s);
	for (i = 0; i < s.nmessages; i++) {
		m = &s.message[i];
		if (m->to == USERS && (m->accepted || m->delivered))
			bad = "accepted for nobody";
		if (m->to == USERS && !m->refused)
			bad = "no answer about an unknown name";
		if (m->to < USERS && !m->accepted)
			bad = "never accepted";
		if (m->to < USERS && m->accepted && !m->delivered)
			bad = "accepted and not delivered";
	}
	if (s.wrong)
		bad = "delivered wrongly";
	if (s.early)
		bad = "before the commit";
	if (!faults && s.disorder)
		bad = "out of order";
	if (!faults && s.repeated)
		bad = "twice without a reason";
	if (s.nmessages < MESSAGES / 2)
		bad = "the schedule did nothing";
	finish(&s);
	return bad;
}

int
main(void)
{
	uint64_t seed;
	const char *bad = NULL;

	if (sodium_init() < 0)
		return 1;
	for (seed = 1; seed <= 150 && bad == NULL; seed++)
		bad = schedule(seed, 0);
	ok(bad == NULL, "150 schedules without faults%s%s, seed %d",
	    bad ? ": " : "", bad ? bad : "", (int)seed - 1);
	bad = NULL;
	for (seed = 1; seed <= 300 && bad == NULL; seed++)
		bad = schedule(seed + 1000, 1);
	ok(bad == NULL, "300 schedules with faults%s%s, seed %d",
	    bad ? ": " : "", bad ? bad : "", (int)seed + 999);
	return done_testing();
}

/* SPDX-License-Identifier: ISC */
/* What people are told about a discussion. */
#include "io.h"
#include "qkd.h"
#include <string.h>

/* 1234567 as "1,234,567" */
static const char *
number(char out[static 32], uint64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%llu",
	    (unsigned long long)v);
	char *at = out;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return out;
}

void
ss_qkd_tell_estimate(const struct ss_talk *t)
{
	char a[32], b[32], c[32];

	ss_warn("%s pulses, %s sifted bits", number(a, t->c.pulses),
	    number(b, t->sifted));
	ss_warn("QBER %.2f %%, between %.2f and %.2f %% (95 %%, "
	    "Clopper-Pearson)", 100 * t->qber, 100 * t->low, 100 * t->high);
	ss_warn("  %s errors in a sample of %s bits, %s; %s remain",
	    number(a, t->errors), number(b, t->sample), t->c.keep_sample ?
	    "which stays in the key" : "now discarded", number(c, t->n));
}

void
ss_qkd_tell_sum(const struct ss_keylen *l)
{
	char n[32], eve[32], leak[32], sum[32];

	number(n, l->n);
	number(eve, (uint64_t)(l->eve + 0.5));
	number(leak, l->leaked);
	number(sum, l->length);
	ss_warn("key length = n - Eve - parities - check - margin");
	ss_warn("           = %s - %s - %s - %.0f - %.0f = %s bits", n, eve,
	    leak, l->correct, l->margin, sum);
	ss_warn("  (Eve: %s h(%.4f + %.4f); security 2^%.0f)", n, l->qber,
	    l->mu, -l->margin / 2);
}

/* In plain words, and with the status of the code. */
void
ss_qkd_die(const struct ss_talk *t)
{
	const char *us = t->c.role == SS_ALICE ? "alice" : "bob";
	const char *they = t->c.role == SS_ALICE ? "bob" : "alice";

	if (t->error == SS_ERR_NOISY && t->sample &&
	    t->qber > t->c.threshold)
		ss_warn("%.1f %% of the bits are wrong, more than %.1f %%: "
		    "somebody may have measured the qubits, so there is no "
		    "key", 100 * t->qber, 100 * t->c.threshold);
	else if (t->error == SS_ERR_NOISY && t->sum.n) {
		ss_qkd_tell_sum(&t->sum);
		ss_set_hint("send more qubits: fewer than 256 bits would "
		    "remain");
	} else if (t->error == SS_ERR_LENGTH && !t->by_peer &&
	    t->phase == SS_TALK_SIFT && t->sifted < 2 * SS_TALK_SAMPLE_MIN) {
		ss_warn("only %zu bits are left after sifting", t->sifted);
		ss_set_hint("send more qubits: a sample of 256 bits and as "
		    "many others are needed");
	}
	if (t->by_peer)
		ss_die(t->error, "%s gave up", they);
	ss_die(t->error, "%s, message %u", us, t->step);
}

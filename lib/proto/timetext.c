/* SPDX-License-Identifier: ISC */
#include "timetext.h"
#include <string.h>

#define DAY_MS 86400000

/*
 * Days are counted from 1 March of the year -400.  A year that begins in March
 * has its leap day at its end, where it disturbs no month before it; after 400
 * years the calendar repeats itself.
 *           H. Hinnant, chrono-compatible low-level date algorithms, 2013
 */
#define YEAR_0       (-400)
#define DAYS_TO_1970 (DAYS_IN_400 + 719468)
#define DAYS_IN_400  146097

struct date {
	int64_t year, month, day;
};

static struct date
date_of(int64_t days)
{
	int64_t era = days / DAYS_IN_400, day = days % DAYS_IN_400, year;
	int64_t month;

	/* without the leap days before it every year has 365 */
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	/* from March on months have 31 30 31 30 31, and so on: 153 in five */
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	return (struct date){ YEAR_0 + 400 * era + year + (month >= 10),
		month < 10 ? month + 3 : month - 9, day + 1 };
}

static char *
digits(char *out, int64_t v, int n, char after)
{
	out[n] = after;
	for (int i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	return out + n + 1;
}

void
ss_time_text(char out[static SS_TIME_TEXT], int64_t ms)
{
	int64_t part;
	struct date d;

	if (ms < -62167219200000 || ms > 253402300799999) {
		memcpy(out, "-", 2);
		return;
	}
	part = (ms % DAY_MS + DAY_MS) % DAY_MS;
	d = date_of((ms - part) / DAY_MS + DAYS_TO_1970);
	out = digits(out, d.year, 4, '-');
	out = digits(out, d.month, 2, '-');
	out = digits(out, d.day, 2, 'T');
	out = digits(out, part / 3600000, 2, ':');
	out = digits(out, part / 60000 % 60, 2, ':');
	out = digits(out, part / 1000 % 60, 2, '.');
	out = digits(out, part % 1000, 3, 'Z');
	*out = '\0';
}

/* SPDX-License-Identifier: ISC */
#include "../../lib/io/explain.h"
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * ss-explain reads what is damaged and what strangers made.  Whatever that
 * is, no style may let a control character through to the terminal.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static void
explain(const struct ss_sheet_style *style, const uint8_t *in, size_t len)
{
	struct ss_sheet s = { .style = style, .width = 80, .more = 1 };
	char *text = NULL;
	size_t size = 0;
	uint64_t where;
	int fd[2];

	s.out = open_memstream(&text, &size);
	if (!s.out || pipe(fd) < 0 ||
	    write(fd[1], in, len) != (ssize_t)len || close(fd[1]) < 0)
		abort();
	s.style->begin(&s);
	if (ss_explain_input(&s, fd[0], &where) != SS_OK && where > len)
		abort();
	s.style->end(&s);
	close(fd[0]);
	if (fclose(s.out) != 0)
		abort();
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') ||
		    text[i] == 0x7f)
			abort();
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	if (sodium_init() < 0 || len > 60000) /* what a pipe holds */
		return 0;
	explain(&ss_sheet_text, in, len);
	explain(&ss_sheet_json, in, len);
	explain(&ss_sheet_html, in, len);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#ifndef SS_QR_H
#define SS_QR_H

/* xqr_print - a line of text as a QR code on stdout; dies without memory.
 * Who uses it links with libqrencode. */
void xqr_print(const char *line);

#endif

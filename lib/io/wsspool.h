/* SPDX-License-Identifier: ISC */
#ifndef SS_WSSPOOL_H
#define SS_WSSPOOL_H

/*
 * xspool_open - a file that mail is appended to; the descriptor.
 *
 * What a killed writer left of a record at its end is cut off: that message
 * was not acknowledged and comes again, whole.  Dies if the file holds
 * anything but records, or if another process appends to it.
 */
int xspool_open(const char *path);

#endif

/**
 * Most bytes that one read brings. Many programs write 64 KiB at once; with room for the head before them they come in
 * one piece.
 */
export const RECEIVE_BYTES = 68 * 1024;

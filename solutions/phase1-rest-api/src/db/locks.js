/** Numbers of the advisory locks; what they guard runs once at a time over all processes. */
export const LOCKS = { migrate: 7001, seed: 7002 };

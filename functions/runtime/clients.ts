/**
 * What every client of an AWS service but Cloud Map's gets: without it, a service that a private subnet does not reach hangs
 * a function until Lambda ends it, in milliseconds. A call that fails is made three times in all.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** A URL as it may be shown: what stands before an `@` may be a password. Takes what is no URL too. */
export function withoutUser(url: string): string {
  return url.replace(/^([^/]*\/\/)?.*@/s, (_, scheme: string = "") => scheme);
}

/**
 * A service's name, as in the API's own model of Cloud Map: labels of 1 to 63 characters with dots between them, at most
 * 127 in all. (The model also knows the name `.`, of services that AWS makes for itself.)
 */
export const SERVICE_NAME =
  /^(?=.{1,127}$)(?:[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*$/;

/** The same for people. */
export const SERVICE_NAMES =
  "a Cloud Map service's name: letters, digits, `-` and `_`, dots between labels, at most 127";

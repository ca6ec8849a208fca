/** Names of container ports: an IANA service name (RFC 6335), as the API server checks it. */
export const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

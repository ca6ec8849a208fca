/**
 * Syntax of Kubernetes labels, as the text of regular expressions
 * (kubernetes.io/docs/concepts/overview/working-with-objects/labels: names of up to 63 characters, prefixes that are DNS subdomains).
 */

const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
const PREFIX = "(?=[^/]{1,253}/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*/";

export const LABEL_KEY = `(?:${PREFIX})?${NAME}`;
export const LABEL_VALUE = `(?:${NAME})?`;

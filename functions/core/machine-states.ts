/** States of an EC2 instance whose pods are gone, or will be in seconds. `pending` and `running` bring nodes, whose pods speak for themselves. */
export const LEAVING_STATES: readonly string[] = ["shutting-down", "terminated", "stopping", "stopped"];

/** What AWS does not document about Cloud Map, in one place: whoever depends on one of these depends on luck. */
export type Switches = {
  /** What ListInstances and GetInstance show: a write once it is accepted, or once its operation has ended. */
  readonly writesShow: "accepted" | "completed";
  /** What a second RegisterInstance does to the instance's custom health. */
  readonly updateOfHealth: "resets" | "keeps";
  /** Attributes with an empty value. The published pattern matches them, the documentation is silent. */
  readonly emptyValues: "accepted" | "refused";
  /** Whether reads return AWS_INIT_HEALTH_STATUS among the attributes. */
  readonly initHealth: "returned" | "hidden";
  /** AWS_INIT_HEALTH_STATUS in a service without a custom health check. */
  readonly initHealthWithoutCheck: "accepted" | "refused";
  /** An instance of one address family in a service with A and AAAA records. */
  readonly oneFamily: "accepted" | "refused";
  /** A write to a service that is deleted around it: refused, or accepted, and its operation fails. */
  readonly deletedService: "accepted" | "refused";
  /** What DiscoverInstances takes where no HealthStatus is asked for. */
  readonly defaultHealthFilter: "ALL" | "HEALTHY_OR_ELSE_ALL";
};

/** Two complete settings, each switch one way and the other, for `describe.each`. */
export const SWITCH_SETTINGS: readonly { readonly name: string; readonly switches: Switches }[] = [
  {
    name: "lenient",
    switches: {
      writesShow: "accepted",
      updateOfHealth: "keeps",
      emptyValues: "accepted",
      initHealth: "returned",
      initHealthWithoutCheck: "accepted",
      oneFamily: "accepted",
      deletedService: "accepted",
      defaultHealthFilter: "HEALTHY_OR_ELSE_ALL",
    },
  },
  {
    name: "strict",
    switches: {
      writesShow: "completed",
      updateOfHealth: "resets",
      emptyValues: "refused",
      initHealth: "hidden",
      initHealthWithoutCheck: "refused",
      oneFamily: "refused",
      deletedService: "refused",
      defaultHealthFilter: "ALL",
    },
  },
];

export const DEFAULT_SWITCHES: Switches = {
  writesShow: "completed",
  updateOfHealth: "resets",
  emptyValues: "accepted",
  initHealth: "returned",
  initHealthWithoutCheck: "accepted",
  oneFamily: "refused",
  deletedService: "refused",
  defaultHealthFilter: "HEALTHY_OR_ELSE_ALL",
};
